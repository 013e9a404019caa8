// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// One line of each format, and of one that is none.
const (
	tcp     = `<134>Nov 21 23:43:14 lb1 haproxy[4540]: 127.0.0.1:37190 [21/Nov/2026:23:43:14.652] fnt fnt.ok/s1 1/0/120 30 -- 21/1/0/0/0 0/0`
	icap    = `1795304950.095      3 127.0.0.5 ICAP_ECHO/204 107 REQMOD icap://127.0.0.1:13450/reqmod - -/127.0.0.1 -`
	entry   = `{"ServiceID":"sid-1","SessionID":"1","ConnectTimeStamp":"2026-11-20T00:00:11Z","DisconnetTimeStamp":"2026-11-20T00:00:12Z","DisconnetReason":"up:channel_eof_exception","ClientRealIP":"192.0.2.1","ClientRegion":"JP","EdgeIP":"198.51.100.170","ForwardProtocol":"TCP","ForwardPort":5222,"SentBytes":1,"ReceivedBytes":2,"LogTimeStamp":"2026-11-20T00:00:12Z"}`
	task    = `<29>Nov 21 23:45:01 g3proxy[13611]: , server_name="stream", server_type="TcpStream", pid=13611, log_type="Task", daemon_name="lab", upstream="script.ok.test:18001", client_addr="127.0.0.1:35330", server_addr="127.0.0.1:22003", start_at="2026-11-21T23:45:01.547996Z", stage="Created", task_event="Created", task_id="917f9aa1e60511f199a3b5f191b3bc75", task_type="TcpConnect"`
	access  = `[2026-11-21T23:51:58.578Z] "HEAD /api HTTP/1.1" 200 - 0 0 8 8 "-" "curl" "01153699-f8f5-49c8-a1e2-be9aec384360" "app.lab.example" "127.0.0.1:17400"`
	nothing = "hello world"
)

var samples = map[string]string{"haproxy": tcp, "squid": icap, "edgeone": entry, "g3proxy": task, "envoy": access}

func decoder(t *testing.T, change func(*decode.Config), set decode.Settings) *decode.Decoder {
	t.Helper()
	cfg := decode.NewConfig()
	// Wherever the tests run.
	cfg.Formats.HAProxy.Timezone, cfg.Formats.Squid.Timezone, cfg.Formats.G3proxy.Timezone = "UTC", "UTC", "UTC"
	if change != nil {
		change(&cfg)
	}
	set.Location = time.UTC
	d, err := decode.New(cfg, set)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func at(text string) decode.Line {
	return decode.Line{Text: text, Observed: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

// formats lists the format of each record by its scope's name, in order.
func formats(logs plog.Logs) []string {
	var out []string
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for range sl.LogRecords().Len() {
				out = append(out, strings.TrimPrefix(sl.Scope().Name(), record.ScopeName+"/"))
			}
		}
	}
	return out
}

// TestAuto wants every format recognised from its first line, said once, and counted under its name.
func TestAuto(t *testing.T) {
	names := decode.FormatNames()
	for name, line := range samples {
		t.Run(name, func(t *testing.T) {
			core, log := observer.New(zap.InfoLevel)
			d := decoder(t, nil, decode.Settings{Logger: zap.New(core)})
			src, b := d.NewSource("/var/log/x.log"), d.NewBatch()
			for range 3 {
				src.Decode(b, at(line))
			}
			logs, stats := b.Take()
			if diff := cmp.Diff([]string{name, name, name}, formats(logs)); diff != "" {
				t.Errorf("formats (-want +got):\n%s", diff)
			}
			for i, n := range stats.Parsed {
				if want := map[bool]int64{true: 3}[names[i] == name]; n != want {
					t.Errorf("%d lines counted as %s, want %d", n, names[i], want)
				}
			}
			if log.Len() != 1 || log.All()[0].ContextMap()["format"] != name || log.All()[0].ContextMap()["source"] != "/var/log/x.log" {
				t.Errorf("said: %v", log.All())
			}
		})
	}
}

// TestNamedReadsTheSame wants a named format to make the same records as auto.
func TestNamedReadsTheSame(t *testing.T) {
	for name, line := range samples {
		auto := decoder(t, nil, decode.Settings{})
		named := decoder(t, func(c *decode.Config) { c.Format = name }, decode.Settings{})
		var got [2]string
		for i, d := range []*decode.Decoder{auto, named} {
			src, b := d.NewSource("x"), d.NewBatch()
			src.Decode(b, at(line))
			logs, _ := b.Take()
			raw, err := (&plog.JSONMarshaler{}).MarshalLogs(logs)
			if err != nil {
				t.Fatal(err)
			}
			got[i] = string(raw)
		}
		if diff := cmp.Diff(got[0], got[1]); diff != "" {
			t.Errorf("%s (-auto +named):\n%s", name, diff)
		}
	}
}

// TestMixed wants single lines of other formats read in between, and the source to change over when the stream does.
func TestMixed(t *testing.T) {
	core, log := observer.New(zap.InfoLevel)
	d := decoder(t, nil, decode.Settings{Logger: zap.New(core)})
	src, b := d.NewSource("shared"), d.NewBatch()
	var want []string
	for _, line := range []string{tcp, task, tcp, icap, tcp} {
		src.Decode(b, at(line))
	}
	logs, _ := b.Take()
	if n := logs.LogRecordCount(); n != 5 {
		t.Errorf("%d records, want 5", n)
	}
	for range 20 {
		src.Decode(b, at(icap))
		want = append(want, "squid")
	}
	logs, _ = b.Take()
	if diff := cmp.Diff(want, formats(logs)); diff != "" {
		t.Errorf("formats (-want +got):\n%s", diff)
	}
	if n := log.FilterMessage("the source changed its format").Len(); n != 1 {
		t.Errorf("the change was said %d times, want once", n)
	}
	for range 50 {
		for _, line := range []string{tcp, icap} {
			for range 10 {
				src.Decode(b, at(line))
			}
		}
	}
	if n := log.FilterMessageSnippet("the source changed its format").Len(); n != 4 {
		t.Errorf("changes were said %d times, want 4 times and no more", n)
	}
}

func TestRejects(t *testing.T) {
	for _, keep := range []bool{true, false} {
		d := decoder(t, func(c *decode.Config) {
			c.Format = "haproxy"
			if !keep {
				c.OnError = "drop"
			}
		}, decode.Settings{})
		src, b := d.NewSource("x"), d.NewBatch()
		src.Decode(b, at(tcp[:len(tcp)-3]))
		src.Decode(b, at(""))
		src.Decode(b, at(" \r\n"))
		long := at(strings.Repeat("x", 100))
		long.Cut = true
		src.Decode(b, long)
		logs, stats := b.Take()
		i := index(t, "haproxy")
		if stats.Rejected[i] != 1 || stats.Rejects[i][format.Truncated] != 1 || stats.Empty[i] != 2 || stats.Oversize[i] != 1 ||
			stats.Rejects[i][format.Oversize] != 1 || stats.Parsed[i] != 0 {
			t.Errorf("stats %+v", stats)
		}
		if want := map[bool]int{true: 2}[keep]; logs.LogRecordCount() != want {
			t.Fatalf("keep %v: %d records, want %d", keep, logs.LogRecordCount(), want)
		}
		if !keep {
			continue
		}
		lr := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
		want := map[string]any{
			"proxylog.error.type": "truncated", "proxylog.error.field": "%sq", "proxylog.error.offset": int64(len(tcp) - 3),
		}
		if diff := cmp.Diff(want, lr.Attributes().AsRaw()); diff != "" {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
		if lr.Body().Str() != tcp[:len(tcp)-3] || lr.EventName() != "" {
			t.Errorf("body %q, event %q", lr.Body().Str(), lr.EventName())
		}
	}
}

// TestSourceAttributes gives every record the attributes of its own source, also where several share a batch and also
// a line that was cut.
func TestSourceAttributes(t *testing.T) {
	d := decoder(t, nil, decode.Settings{})
	b := d.NewBatch()
	for _, cut := range []bool{false, true} {
		for _, name := range []string{"a.log", "b.log"} {
			src := d.NewSource(name, record.KV{Key: attr.LogFileName, Str: name})
			line := at(name + " says something")
			line.Cut = cut
			src.Decode(b, line)
		}
	}
	logs, _ := b.Take()
	if n := logs.LogRecordCount(); n != 4 {
		t.Fatalf("%d records, want 4", n)
	}
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				name, _ := lr.Attributes().Get(attr.LogFileName)
				if !strings.HasPrefix(lr.Body().Str(), name.Str()+" ") {
					t.Errorf("%q is said to be of %q", lr.Body().Str(), name.Str())
				}
			}
		}
	}
}

func index(t *testing.T, name string) int {
	t.Helper()
	for i, n := range decode.FormatNames() {
		if n == name {
			return i
		}
	}
	t.Fatalf("no format %s", name)
	return 0
}

func TestUnknown(t *testing.T) {
	d := decoder(t, nil, decode.Settings{})
	src, b := d.NewSource("x"), d.NewBatch()
	for _, l := range []string{nothing, "\x00\xff\xfe", strings.Repeat("A", 10<<20), "{", "[1", "<", "<134>"} {
		src.Decode(b, at(l))
	}
	logs, stats := b.Take()
	var rejected int64
	for _, n := range stats.Rejected {
		rejected += n
	}
	if rejected != 7 || logs.LogRecordCount() != 7 {
		t.Errorf("%d rejected, %d records, want 7", rejected, logs.LogRecordCount())
	}
}

func TestConstantAttributes(t *testing.T) {
	d := decoder(t, func(c *decode.Config) { c.Resource = map[string]string{"service.name": "edge", "team": "net"} }, decode.Settings{})
	src := d.NewSource("x", record.KV{Key: "log.file.name", Str: "x.log"})
	b := d.NewBatch()
	src.Decode(b, at(tcp))
	src.Decode(b, at(nothing))
	logs, _ := b.Take()
	for _, rl := range logs.ResourceLogs().All() {
		if v, ok := rl.Resource().Attributes().Get("service.name"); !ok || v.Str() != "edge" {
			t.Errorf("service.name is %q", v.AsString())
		}
		if v, ok := rl.Resource().Attributes().Get("team"); !ok || v.Str() != "net" {
			t.Errorf("team is %q", v.AsString())
		}
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				if v, ok := lr.Attributes().Get("log.file.name"); !ok || v.Str() != "x.log" {
					t.Errorf("no file name: %v", lr.Attributes().AsRaw())
				}
			}
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for want, change := range map[string]func(*decode.Config){
		`format: "nosuch" is neither auto nor one of`:                    func(c *decode.Config) { c.Format = "nosuch" },
		`envelope: "soap" is none of auto, none, syslog`:                 func(c *decode.Config) { c.Envelope = "soap" },
		`body: "x" is none of original, summary, none`:                   func(c *decode.Config) { c.Body = "x" },
		`timestamp: "x" is none of end, start`:                           func(c *decode.Config) { c.Timestamp = "x" },
		`on_error: "x" is none of keep, drop`:                            func(c *decode.Config) { c.OnError = "x" },
		`trace_id: "x" is none of none, session`:                         func(c *decode.Config) { c.TraceID = "x" },
		`resource: a key is empty`:                                       func(c *decode.Config) { c.Resource = map[string]string{"": "x"} },
		`haproxy::log_format[0]: at byte 0: no variable`:                 func(c *decode.Config) { c.Formats.HAProxy.LogFormat = []string{"%nope"} },
		`haproxy::timezone: unknown time zone Nowhere/Land; write Local`: func(c *decode.Config) { c.Formats.HAProxy.Timezone = "Nowhere/Land" },
		"\nhaproxy::log_format[1]: at byte 4: no variable":               func(c *decode.Config) { c.Formats.HAProxy.LogFormat = []string{"%nope", "%ci %nor"} },
		"\nsquid::timezone: unknown time zone x":                         func(c *decode.Config) { c.Formats.Squid.Timezone, c.Formats.Squid.Logformat = "x", []string{"%nope"} },
	} {
		cfg := decode.NewConfig()
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
