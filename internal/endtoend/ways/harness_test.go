// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/countertest"
	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// patience is how long a test waits for what has to come, on a busy machine.
const patience = 60 * time.Second

// sink is the consumer at the end of a way. While refuse says so, it refuses.
type sink struct {
	mu     sync.Mutex
	logs   []plog.Logs
	n      int
	calls  int
	no     int
	refuse func(call int) bool
}

var errBusy = errors.New("busy")

func (*sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

func (s *sink) ConsumeLogs(_ context.Context, logs plog.Logs) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.refuse != nil && s.refuse(s.calls) {
		s.no++
		return errBusy
	}
	kept := plog.NewLogs()
	logs.CopyTo(kept)
	s.logs = append(s.logs, kept)
	s.n += kept.LogRecordCount()
	return nil
}

func (s *sink) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

func (s *sink) refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.no
}

func (s *sink) all() []plog.Logs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.logs)
}

// placed is a record with all that it belongs to.
type placed struct {
	plog.LogRecord
	resource pcommon.Map
	scope    pcommon.InstrumentationScope
}

func records(list ...plog.Logs) (out []placed) {
	for _, logs := range list {
		for _, rl := range logs.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, rec := range sl.LogRecords().All() {
					out = append(out, placed{rec, rl.Resource().Attributes(), sl.Scope()})
				}
			}
		}
	}
	return out
}

// forwarded is the time, in seconds since 1970, that forward gives its lines.
const forwarded = 0x6acb1235

// flat is all of a record but when and out of which file it was read, sorted among its like.
func flat(t testing.TB, list ...plog.Logs) (out []string) {
	t.Helper()
	for _, r := range records(list...) {
		m := r.Attributes().AsRaw()
		for _, key := range []string{"log.file.name", "log.file.path"} {
			delete(m, key)
		}
		event, encoding := r.EventName(), r.scope.Attributes().AsRaw()
		if name, ok := m["event.name"].(string); ok && event == "" {
			// The operator's entries have no other place for these two: docs/stanza-operator.md.
			event, encoding["encoding.format"] = name, m["encoding.format"]
			delete(m, "event.name")
			delete(m, "encoding.format")
		}
		stamp := r.Timestamp()
		if stamp == r.ObservedTimestamp() || stamp == pcommon.Timestamp(forwarded*1e9) {
			stamp = 0 // where the line has no time of its own
		}
		body := r.Body().AsString()
		if m["proxy.type"] == "edgeone" {
			// Of a line that is an array with one entry the body is the line; where a push is read, it is the entry.
			body = strings.Trim(body, "[], \t")
		}
		scope := r.scope.Name()
		if event == "" {
			// Which format a line came nearest that none could read depends on the lines before it.
			scope, encoding = "", nil
			delete(m, "proxylog.error.field")
		}
		raw, err := json.Marshal([]any{
			body, r.Body().Type().String(), event, stamp, r.SeverityText(), r.SeverityNumber(), m, r.resource.AsRaw(), scope, encoding,
			r.TraceID().String(), r.SpanID().String(),
		})
		require.NoError(t, err)
		out = append(out, string(raw))
	}
	slices.Sort(out)
	return out
}

func conf(t testing.TB, yaml string) *confmap.Conf {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(yaml))
	require.NoError(t, err)
	c, err := retrieved.AsConf()
	require.NoError(t, err)
	return c
}

func config(t testing.TB, f component.Factory, yaml string) component.Config {
	t.Helper()
	cfg := f.CreateDefaultConfig()
	require.NoError(t, conf(t, yaml).Unmarshal(cfg))
	require.NoError(t, confmap.Validate(cfg))
	return cfg
}

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// running is a receiver that was started.
type running struct {
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
	stop      func()
}

// start runs a receiver, until the end of the test or stop.
func start(t testing.TB, f receiver.Factory, yaml string, next consumer.Logs, extensions host) *running {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	tel := componenttest.NewTelemetry()
	set := receivertest.NewNopSettings(f.Type())
	set.TelemetrySettings = tel.NewTelemetrySettings()
	set.Logger = zap.New(core)
	r, err := f.CreateLogs(context.Background(), set, config(t, f, yaml), next)
	require.NoError(t, err)
	if extensions == nil {
		extensions = host{}
	}
	require.NoError(t, r.Start(context.Background(), extensions))
	stop := sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, r.Shutdown(ctx))
	})
	t.Cleanup(func() { assert.NoError(t, tel.Shutdown(context.Background())) })
	t.Cleanup(stop)
	return &running{logs: logs, telemetry: tel, stop: stop}
}

// address is where a listener listens, by what the receiver says in its log.
func (r *running) address(t testing.TB) string {
	t.Helper()
	entries := r.logs.FilterMessage("listening").All()
	require.Len(t, entries, 1)
	a, _ := entries[0].ContextMap()["address"].(string)
	require.NotEmpty(t, a)
	return a
}

// lines is how many lines our receiver has counted, by these attributes.
func (r *running) lines(t testing.TB, attributes ...string) map[string]int64 {
	t.Helper()
	return countertest.By(t, r.telemetry, "otelcol_receiver_proxylog_lines", attributes...)
}

// behind runs a processor before next.
func behind(t testing.TB, f processor.Factory, yaml string, next consumer.Logs) consumer.Logs {
	t.Helper()
	p, err := f.CreateLogs(context.Background(), processortest.NewNopSettings(f.Type()), config(t, f, yaml), next)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), host{}))
	t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
	return p
}

// extend runs an extension.
func extend(t testing.TB, f extension.Factory, yaml string) extension.Extension {
	t.Helper()
	e, err := f.Create(context.Background(), extensiontest.NewNopSettings(f.Type()), config(t, f, yaml))
	require.NoError(t, err)
	require.NoError(t, e.Start(context.Background(), host{}))
	t.Cleanup(func() { assert.NoError(t, e.Shutdown(context.Background())) })
	return e
}

// captures are the bundled files of lines of all five formats, by name.
func captures(t testing.TB) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(formattest.Testdata("*/ok/*.log"))
	require.NoError(t, err)
	out := map[string][]string{}
	formats := map[string]bool{}
	for _, file := range files {
		name, err := filepath.Rel(formattest.Testdata(""), file)
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSuffix(string(formattest.Read(t, file)), "\n"), "\n")
		out[filepath.ToSlash(name)] = lines
		formats[filepath.Base(filepath.Dir(filepath.Dir(file)))] = true
	}
	require.Len(t, formats, all.Count, "a format has no captures")
	return out
}

// same holds got against want, and shows the first that differs.
func same(t testing.TB, want, got []string) {
	t.Helper()
	assert.Len(t, got, len(want))
	for i := range min(len(want), len(got)) {
		if !assert.Equal(t, want[i], got[i]) {
			return
		}
	}
}
