// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/proxylog/proxylog/internal/countertest"
	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver"
)

// observed is when the records of these tests were read: the bundled captures are of that time.
var observed = time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)

// harness is a processor and what came of it.
type harness struct {
	*logsProcessor
	telemetry *componenttest.Telemetry
}

func start(t *testing.T, change func(*Config), next consumer.Logs) *harness {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	tel := componenttest.NewTelemetry()
	set := processortest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = tel.NewTelemetrySettings()
	p, err := NewFactory().CreateLogs(context.Background(), set, cfg, next)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() {
		require.NoError(t, p.Shutdown(context.Background()))
		require.NoError(t, tel.Shutdown(context.Background()))
	})
	return &harness{p.(*logsProcessor), tel}
}

// run sends logs through a processor and returns what comes out.
func run(t *testing.T, change func(*Config), in plog.Logs) plog.Logs {
	t.Helper()
	sink := new(consumertest.LogsSink)
	require.NoError(t, start(t, change, sink).ConsumeLogs(context.Background(), in))
	out := plog.NewLogs()
	for _, l := range sink.AllLogs() {
		l.ResourceLogs().MoveAndAppendTo(out.ResourceLogs())
	}
	return out
}

// sum is the value of a counter by one of its attributes.
func (h *harness) sum(t *testing.T, name, key string) map[string]int64 {
	t.Helper()
	return countertest.By(t, h.telemetry, name, key)
}

// bodies makes one record of each text, all of one resource and scope.
func bodies(texts ...string) plog.Logs {
	logs := plog.NewLogs()
	sl := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	sl.Scope().SetName("other")
	for _, text := range texts {
		rec := sl.LogRecords().AppendEmpty()
		rec.Body().SetStr(text)
		rec.SetObservedTimestamp(pcommon.NewTimestampFromTime(observed))
	}
	return logs
}

// placed is a LogRecord with all that it belongs to.
type placed struct {
	plog.LogRecord
	resource pcommon.Map
	scope    pcommon.InstrumentationScope
}

func records(logs plog.Logs) []placed {
	var out []placed
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, rec := range sl.LogRecords().All() {
				out = append(out, placed{rec, rl.Resource().Attributes(), sl.Scope()})
			}
		}
	}
	return out
}

// flat is all of a record but when and out of which file it was read.
func flat(t *testing.T, r placed) string {
	t.Helper()
	m := r.Attributes().AsRaw()
	delete(m, "log.file.name")
	// Where the line has no time, the time at which it was read stands in.
	stamp := r.Timestamp()
	if stamp == r.ObservedTimestamp() {
		stamp = 0
	}
	raw, err := json.Marshal(map[string]any{
		"attributes": m, "resource": r.resource.AsRaw(), "scope": r.scope.Name(), "version": r.scope.Version(),
		"encoding": r.scope.Attributes().AsRaw(), "event": r.EventName(), "severity": r.SeverityText(),
		"number": r.SeverityNumber(), "time": stamp, "body": r.Body().AsString(), "type": r.Body().Type().String(),
		"trace": r.TraceID().String(), "span": r.SpanID().String(),
	})
	require.NoError(t, err)
	return string(raw)
}

func flatten(t *testing.T, logs ...plog.Logs) []string {
	t.Helper()
	var out []string
	for _, l := range logs {
		for _, r := range records(l) {
			out = append(out, flat(t, r))
		}
	}
	return out
}

// TestSameAsTheReceiver: the record of a line is the one that the receiver makes of it, as text and as bytes.
func TestSameAsTheReceiver(t *testing.T) {
	files, err := filepath.Glob("../../testdata/*/ok/*.log")
	require.NoError(t, err)
	seen := make(map[string]bool)
	for _, file := range files {
		name, err := filepath.Rel("../../testdata", file)
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			var lines []string
			for line := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\n"), "\n") {
				lines = append(lines, strings.TrimSuffix(line, "\r"))
			}
			want := receive(t, file, len(lines))
			require.NotEmpty(t, want)
			asText := bodies(lines...)
			for _, r := range records(asText) {
				// A date without a year is of the last twelve months for both.
				r.SetObservedTimestamp(pcommon.NewTimestampFromTime(time.Now()))
			}
			asBytes := plog.NewLogs()
			asText.CopyTo(asBytes)
			for _, r := range records(asBytes) {
				raw := []byte(r.Body().Str())
				r.Body().SetEmptyBytes().FromRaw(raw)
			}
			same(t, want, flatten(t, run(t, nil, asText)))
			same(t, want, flatten(t, run(t, nil, asBytes)))
			seen[filepath.Dir(filepath.Dir(name))] = true
		})
	}
	assert.Len(t, seen, all.Count, "a format has no captures")
}

// same compares records whatever their order, and shows the first one that differs.
func same(t *testing.T, want, got []string) {
	t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	assert.Len(t, got, len(want))
	for i := range min(len(want), len(got)) {
		if !assert.Equal(t, want[i], got[i]) {
			return
		}
	}
}

// receive reads a file with the receiver, which has done so when it has counted all lines.
func receive(t *testing.T, file string, lines int) []string {
	t.Helper()
	f := proxylogreceiver.NewFactory()
	cfg := f.CreateDefaultConfig().(*proxylogreceiver.Config)
	consumer := &cfg.File.GetOrInsertDefault().Consumer
	consumer.Include = []string{file}
	consumer.StartAt = "beginning"
	consumer.PollInterval = 10 * time.Millisecond
	tel := componenttest.NewTelemetry()
	set := receivertest.NewNopSettings(f.Type())
	set.TelemetrySettings = tel.NewTelemetrySettings()
	sink := new(consumertest.LogsSink)
	r, err := f.CreateLogs(context.Background(), set, cfg, sink)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
	h := &harness{telemetry: tel}
	require.Eventually(t, func() bool {
		var n int64
		for _, k := range h.sum(t, "otelcol_receiver_proxylog_lines", "outcome") {
			n += k
		}
		return n >= int64(lines)
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, r.Shutdown(context.Background()))
	require.NoError(t, tel.Shutdown(context.Background()))
	return flatten(t, sink.AllLogs()...)
}
