// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package endtoend

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/fluentforwardreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/journaldreceiver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/porttest"
	"github.com/proxylog/proxylog/processor/proxylogprocessor"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver"
)

// running starts a receiver in front of next, and ends it with the test.
func running(t *testing.T, f receiver.Factory, settings map[string]any, next consumer.Logs) {
	t.Helper()
	cfg := f.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(cfg))
	r, err := f.CreateLogs(context.Background(), receivertest.NewNopSettings(f.Type()), cfg, next)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { assert.NoError(t, r.Shutdown(context.Background())) })
}

// parsing is the processor in front of a sink.
func parsing(t *testing.T, next consumer.Logs, settings map[string]any) consumer.Logs {
	t.Helper()
	f := proxylogprocessor.NewFactory()
	cfg := f.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(cfg))
	p, err := f.CreateLogs(context.Background(), processortest.NewNopSettings(f.Type()), cfg, next)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
	return p
}

// described are the records of a sink, each as text, without what tells the way by which it came. Bodies that are objects
// are compared without regard to the order of their keys.
func described(t *testing.T, sink *consumertest.LogsSink, without ...string) []string {
	t.Helper()
	var out []string
	for _, l := range sink.AllLogs() {
		each(l, func(res pcommon.Resource, scope pcommon.InstrumentationScope, r plog.LogRecord) {
			body := any(r.Body().AsString())
			var object map[string]any
			if json.Unmarshal([]byte(r.Body().AsString()), &object) == nil {
				body = object
			}
			attributes := r.Attributes().AsRaw()
			for _, key := range without {
				delete(attributes, key)
			}
			text, err := json.Marshal([]any{
				r.Timestamp(), r.EventName(), r.SeverityText(), body, attributes, res.Attributes().AsRaw(), scope.Attributes().AsRaw(),
			})
			require.NoError(t, err)
			out = append(out, string(text))
		})
	}
	slices.Sort(out)
	return out
}

func await(t *testing.T, sink *consumertest.LogsSink, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return sink.LogRecordCount() >= n }, time.Minute, 5*time.Millisecond)
}

// TestFluentForward: the processor behind contrib's fluent_forward gives the records of g3proxy's messages that our own
// input gives, whatever the envelope of other lines is.
func TestFluentForward(t *testing.T) {
	var files []string
	for _, name := range []string{"g3proxy/ok/fluentd.msgpack", "g3proxy/ok/fluentd-task.msgpack"} {
		files = append(files, formattest.Testdata(name))
	}
	if more, err := filepath.Glob(formattest.Testdata("../../shared/corpus/g3proxy/fluentd/*.msgpack")); err == nil {
		files = append(files, more...)
	}
	ours := new(consumertest.LogsSink)
	address := porttest.Take(t)
	running(t, proxylogreceiver.NewFactory(), map[string]any{"fluent": map[string]any{"endpoint": address}}, ours)
	n := 0
	send := func(address string) {
		for _, f := range files {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
			require.NoError(t, err)
			_, err = conn.Write(formattest.Read(t, f))
			require.NoError(t, err)
			require.NoError(t, conn.Close())
		}
	}
	for _, f := range files {
		n += len(formattest.Messages(t, f))
	}
	require.Positive(t, n)
	send(address)
	await(t, ours, n)
	want := described(t, ours)
	for _, envelope := range []string{"auto", "syslog"} {
		theirs := new(consumertest.LogsSink)
		address = porttest.Take(t)
		running(t, fluentforwardreceiver.NewFactory(), map[string]any{"endpoint": address},
			parsing(t, theirs, map[string]any{"envelope": envelope}))
		send(address)
		await(t, theirs, n)
		assert.Equal(t, want, described(t, theirs, "fluent.tag"))
	}
}

// TestJournald: the processor behind contrib's journald receiver gives the records that a file has which journalctl has
// written: entries of g3proxy's own, lines in MESSAGE, and one whose bytes are no text.
func TestJournald(t *testing.T) {
	dir := t.TempDir()
	var lines []string
	for i, l := range formattest.Lines(t, formattest.Corpus(t, "g3proxy/journal-json/journalctl.json")) {
		lines = append(lines, fmt.Sprintf(`{"__CURSOR":"s=%d",%s`, i, strings.TrimPrefix(l, "{")))
	}
	entry := func(message string) {
		lines = append(lines, fmt.Sprintf(`{"__CURSOR":"s=%d","__REALTIME_TIMESTAMP":"1795304756425889","_HOSTNAME":"proxy-1",`+
			`"SYSLOG_IDENTIFIER":"haproxy","SYSLOG_PID":"4540","PRIORITY":"6","SYSLOG_FACILITY":"16","MESSAGE":%s}`, len(lines), message))
	}
	entry(`"::1:42510 [21/Nov/2026:23:43:15.414] fnt fnt.ok/s1 1/0/13 300000 -- 17/1/0/0/0 0/0"`)
	raw := []byte("::1:42511 [21/Nov/2026:23:43:15.414] f\xffnt fnt.ok/s1 1/0/13 300000 -- 17/1/0/0/0 0/0")
	var numbers []string
	for _, b := range raw {
		numbers = append(numbers, fmt.Sprint(b))
	}
	entry("[" + strings.Join(numbers, ",") + "]")
	path := filepath.Join(dir, "journal.json")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	script := filepath.Join(dir, "journalctl")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\ncat '"+path+"'\nexec sleep 100\n"), 0o700)) //nolint:gosec // it is to be run

	ours, theirs := new(consumertest.LogsSink), new(consumertest.LogsSink)
	running(t, proxylogreceiver.NewFactory(), map[string]any{
		"file": map[string]any{"include": []any{path}, "start_at": "beginning"},
	}, ours)
	running(t, journaldreceiver.NewFactory(), map[string]any{"journalctl_path": script}, parsing(t, theirs, nil))
	await(t, ours, len(lines))
	await(t, theirs, len(lines))
	want := described(t, ours, "log.file.name")
	assert.Equal(t, want, described(t, theirs))
	text := strings.Join(want, "\n")
	assert.Equal(t, 2, strings.Count(text, `"proxy.type":"haproxy"`))
	assert.Equal(t, len(lines)-2, strings.Count(text, `"proxy.type":"g3proxy"`))
	assert.NotContains(t, text, "proxylog.error.type")
}
