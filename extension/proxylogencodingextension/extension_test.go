// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/countertest"
)

// observed is when the lines of these tests are read: the bundled captures are of that time.
var observed = time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)

const (
	good = `<134>Nov 21 23:43:15 localhost haproxy[4540]: ::1:42510 [21/Nov/2026:23:43:15.414] fnt fnt.ok/s1 1/0/13 300000 -- 17/1/0/0/0 0/0`
	bad  = `no proxy writes this`
)

// start makes an extension out of YAML.
func start(t testing.TB, yaml string) (*codec, *componenttest.Telemetry) {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(yaml))
	require.NoError(t, err)
	conf, err := retrieved.AsConf()
	require.NoError(t, err)
	f := NewFactory()
	cfg := f.CreateDefaultConfig()
	require.NoError(t, conf.Unmarshal(cfg))
	require.NoError(t, confmap.Validate(cfg))
	tel := componenttest.NewTelemetry()
	set := extensiontest.NewNopSettings(f.Type())
	set.TelemetrySettings = tel.NewTelemetrySettings()
	ext, err := f.Create(context.Background(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, ext.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() {
		require.NoError(t, ext.Shutdown(context.Background()))
		require.NoError(t, tel.Shutdown(context.Background()))
	})
	c := ext.(*codec)
	c.now = func() time.Time { return observed }
	return c, tel
}

// text is all of some records, in an order of its own.
func text(t testing.TB, logs plog.Logs) string {
	t.Helper()
	var out strings.Builder
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				raw, err := json.Marshal([]any{
					rl.Resource().Attributes().AsRaw(), sl.Scope().Name(), sl.Scope().Attributes().AsRaw(), r.EventName(), r.Timestamp(),
					r.SeverityText(), r.Attributes().AsRaw(), r.Body().AsString(), r.Body().Type(),
				})
				require.NoError(t, err)
				out.Write(raw)
				out.WriteByte('\n')
			}
		}
	}
	return out.String()
}

func unmarshal(t testing.TB, c *codec, message string) plog.Logs {
	t.Helper()
	raw := []byte(message)
	logs, err := c.UnmarshalLogs(raw)
	require.NoError(t, err)
	// The caller's bytes are its own again.
	for i := range raw {
		raw[i] = '#'
	}
	return logs
}

// bodies are the bodies of records in their order, with a mark before those of lines that could not be read.
func bodies(logs plog.Logs) []string {
	var out []string
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				mark := ""
				if v, ok := r.Attributes().Get("proxylog.error.type"); ok {
					mark = v.Str() + ": "
				}
				out = append(out, mark+r.Body().AsString())
			}
		}
	}
	return out
}

func TestMessageOfOneLine(t *testing.T) {
	c, _ := start(t, "")
	for _, end := range []string{"", "\n", "\r\n"} {
		logs := unmarshal(t, c, good+end)
		require.Equal(t, 1, logs.LogRecordCount())
		rl := logs.ResourceLogs().At(0)
		assert.Equal(t, map[string]any{"host.name": "localhost", "process.pid": int64(4540), "service.name": "haproxy"}, rl.Resource().Attributes().AsRaw())
		sl := rl.ScopeLogs().At(0)
		assert.Equal(t, "github.com/proxylog/proxylog/haproxy", sl.Scope().Name())
		assert.Equal(t, map[string]any{"encoding.format": "proxylog.haproxy.tcplog"}, sl.Scope().Attributes().AsRaw())
		r := sl.LogRecords().At(0)
		assert.Equal(t, "proxy.session.end", r.EventName())
		assert.Equal(t, good, r.Body().Str())
		assert.Equal(t, observed, r.ObservedTimestamp().AsTime())
		v, _ := r.Attributes().Get("proxy.client.bytes_received")
		assert.Equal(t, int64(300000), v.Int())
	}
}

// TestABadLineCostsItself: what cannot be read stands between what can, in order, and fails nothing.
func TestABadLineCostsItself(t *testing.T) {
	c, tel := start(t, "max_line_bytes: 512")
	long := strings.Repeat("é", 300)
	logs := unmarshal(t, c, good+"\n"+bad+"\r\n\n"+good+"\n"+long+"\n\xff\xfe\n"+good)
	// Grouped by scope: the lines of HAProxy, and the others.
	got := bodies(logs)
	assert.Equal(t, []string{good, good, good}, filter(got, func(s string) bool { return s == good }))
	rest := filter(got, func(s string) bool { return s != good })
	require.Len(t, rest, 3)
	assert.Contains(t, rest[0], ": "+bad)
	assert.Equal(t, "oversize: "+strings.Repeat("é", 256), rest[1])
	assert.Contains(t, rest[2], ": //4=") // bytes, which AsString shows in base64
	assert.Equal(t, map[string]int64{"haproxy parsed": 3, "haproxy rejected": 2, "haproxy oversize": 1, "haproxy empty": 1},
		countertest.By(t, tel, "otelcol_extension_proxylog_encoding_lines", "format", "outcome"))
	assert.Equal(t, int64(1), countertest.By(t, tel, "otelcol_extension_proxylog_encoding_rejects", "format", "reason")["haproxy oversize"])
}

// TestNearMiss: lines that another dialect reads than the configured one are counted, and looked for among the first ones
// of a reader and of a stream only.
func TestNearMiss(t *testing.T) {
	c, tel := start(t, "format: squid")
	const name = "otelcol_extension_proxylog_encoding_near_misses"
	for range 20 {
		unmarshal(t, c, good)
	}
	unmarshal(t, c, bad)
	assert.Equal(t, map[string]int64{"haproxy tcplog": 16}, countertest.By(t, tel, name, "format", "dialect"))
	_, _, err := drain(t, c, strings.NewReader(strings.Repeat(good+"\n", 20)))
	require.ErrorIs(t, err, io.EOF)
	assert.Equal(t, map[string]int64{"haproxy tcplog": 32}, countertest.By(t, tel, name, "format", "dialect"))
}

func filter(list []string, keep func(string) bool) (out []string) {
	for _, s := range list {
		if keep(s) {
			out = append(out, s)
		}
	}
	return out
}

func TestSettings(t *testing.T) {
	c, _ := start(t, "{format: haproxy, on_error: drop, body: none, resource: {service.name: edge}}")
	logs := unmarshal(t, c, good+"\n"+bad+"\n")
	require.Equal(t, 1, logs.LogRecordCount())
	name, _ := logs.ResourceLogs().At(0).Resource().Attributes().Get("service.name")
	assert.Equal(t, "edge", name.Str())
	assert.Equal(t, []string{""}, bodies(logs))
}

// TestNothingIsLeft: a piece of a container's line, or of an object, does not wait for the next message, which may be of
// another stream.
func TestNothingIsLeft(t *testing.T) {
	c, _ := start(t, "")
	for _, piece := range []string{
		"2026-11-21T23:43:15.414000000Z stdout P " + good[:40], "{\n  \"SessionID\": \"1\",\n",
	} {
		logs := unmarshal(t, c, piece)
		got := bodies(logs)
		require.Len(t, got, 1, piece)
		assert.True(t, strings.HasPrefix(got[0], "truncated: "), got[0])
		assert.Equal(t, []string{good}, bodies(unmarshal(t, c, good)), "the next message")
	}
	// The message of an entry goes on in the next line, but not in the next message.
	const open, rest = "Nov 21 23:45:54.991 INFO log_type: Resolve, resolver_name: r, Caused by:", "no such name"
	assert.Equal(t, []string{open, rest}, bodies(unmarshal(t, c, open+"\n"+rest)))
	assert.Equal(t, []string{open}, bodies(unmarshal(t, c, open)))
	assert.Equal(t, []string{"unrecognized: " + rest}, bodies(unmarshal(t, c, rest)))
	assert.Zero(t, unmarshal(t, c, "").LogRecordCount())
	assert.Zero(t, unmarshal(t, c, "\n\n").LogRecordCount())
}

// TestEntriesOfOneMessage: an array, in one line or in many, is as many records.
func TestEntriesOfOneMessage(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/edgeone/ok/entries.log")
	require.NoError(t, err)
	entries := strings.Split(strings.TrimSpace(string(raw)), "\n")
	c, _ := start(t, "")
	want := unmarshal(t, c, strings.Join(entries, "\n")).LogRecordCount()
	require.GreaterOrEqual(t, want, 4)
	array := "[" + strings.Join(entries, ",") + "]"
	assert.Equal(t, want, unmarshal(t, c, array).LogRecordCount())
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, []byte(array), "", "  "))
	assert.Equal(t, want, unmarshal(t, c, pretty.String()).LogRecordCount())
}

// TestManyAtOnce: messages of all formats, read at the same time, are read as one by one.
func TestManyAtOnce(t *testing.T) {
	files, err := filepath.Glob("../../testdata/*/ok/*.log")
	require.NoError(t, err)
	require.Greater(t, len(files), 5)
	c, _ := start(t, "")
	var wg sync.WaitGroup
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		alone, _ := start(t, "")
		want, err := alone.UnmarshalLogs(raw)
		require.NoError(t, err)
		require.NotZero(t, want.LogRecordCount())
		for range 4 {
			wg.Go(func() {
				got, err := c.UnmarshalLogs(raw)
				assert.NoError(t, err)
				assert.Equal(t, want.LogRecordCount(), got.LogRecordCount(), file)
			})
		}
	}
	wg.Wait()
}

func TestValidate(t *testing.T) {
	for yaml, want := range map[string]string{
		"format: nosuch":                         "format: \"nosuch\" is neither",
		"max_line_bytes: 10":                     "max_line_bytes: 10 is not between",
		"haproxy: {log_format: ['%ci %nosuch']}": "haproxy::log_format[0]",
	} {
		retrieved, err := confmap.NewRetrievedFromYAML([]byte(yaml))
		require.NoError(t, err)
		conf, err := retrieved.AsConf()
		require.NoError(t, err)
		cfg := createDefaultConfig()
		require.NoError(t, conf.Unmarshal(cfg))
		err = confmap.Validate(cfg)
		require.ErrorContains(t, err, want)
		assert.Equal(t, 1, strings.Count(err.Error(), want), "%v", err)
		assert.NotContains(t, err.Error(), "decode")
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(good + "\n" + bad + "\n" + good))
	f.Add([]byte("{\n\"SessionID\":\"1\"\n}\n[\n"))
	c, _ := start(f, "max_line_bytes: 512")
	f.Fuzz(func(t *testing.T, message []byte) {
		logs, err := c.UnmarshalLogs(message)
		require.NoError(t, err)
		s, err := c.NewLogsDecoder(bytes.NewReader(message))
		require.NoError(t, err)
		n := 0
		for {
			batch, err := s.DecodeLogs()
			if err != nil {
				break
			}
			n += batch.LogRecordCount()
		}
		assert.Equal(t, logs.LogRecordCount(), n)
		assert.Equal(t, int64(len(message)), s.Offset())
	})
}

func BenchmarkUnmarshal(b *testing.B) {
	raw, err := os.ReadFile("../../testdata/haproxy/ok/tcplog.log")
	if err != nil {
		raw = []byte(strings.Repeat(good+"\n", 100))
	}
	c, _ := start(b, "")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.UnmarshalLogs(raw); err != nil {
			b.Fatal(err)
		}
	}
}
