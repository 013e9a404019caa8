// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadatatest"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// A scenario is a file of steps, each a line "-- step --" and its text:
//
//	config      YAML of the processor; first, if at all
//	in          a batch of records, one JSON object a line (see record); "in refused" expects that it is refused
//	advance D   lets the time D pass
//	downstream  what the next consumer does from now on: accepts, refuses (may be tried again) or rejects (for good)
//	out         the records that have come out since the last such step, in any order (see line)
//	shutdown    shuts the processor down; "shutdown D" gives it so long
//	telemetry   metrics that must have these values
type scenario struct {
	*testing.T
	next downstream
	p    processor.Logs
	tel  *componenttest.Telemetry
}

type downstream struct {
	mu   sync.Mutex
	mode string
	got  []plog.LogRecord
}

func (d *downstream) become(mode string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mode = mode
}

func (d *downstream) take() []plog.LogRecord {
	d.mu.Lock()
	defer d.mu.Unlock()
	got := d.got
	d.got = nil
	return got
}

func (*downstream) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (d *downstream) ConsumeLogs(_ context.Context, ld plog.Logs) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch d.mode {
	case "refuses":
		return errors.New("busy")
	case "rejects":
		return consumererror.NewPermanent(errors.New("not like this"))
	}
	d.got = append(d.got, records([]plog.Logs{ld})...)
	return nil
}

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*/scenario.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) { run(t, string(b)) })
		})
	}
}

func run(t *testing.T, text string) {
	s := &scenario{T: t, next: downstream{mode: "accepts"}, tel: componenttest.NewTelemetry()}
	_, text, _ = strings.Cut("\n"+text, "\n-- ")
	cfg := createDefaultConfig().(*Config)
	for text != "" {
		var head, body string
		head, text, _ = strings.Cut(text, " --\n")
		body, text, _ = strings.Cut("\n"+text, "\n-- ")
		step, arg, _ := strings.Cut(head, " ")
		if step == "config" {
			var m map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(body), &m))
			require.NoError(t, confmap.NewFromStringMap(m).Unmarshal(&cfg))
			require.NoError(t, cfg.Validate())
			continue
		}
		if s.p == nil {
			s.start(cfg)
		}
		s.step(step, arg, body)
	}
	require.NoError(t, s.p.Shutdown(context.Background()), "at the end")
	require.NoError(t, s.tel.Shutdown(context.Background()))
}

func (s *scenario) start(cfg *Config) {
	var err error
	s.p, err = NewFactory().CreateLogs(context.Background(), metadatatest.NewSettings(s.tel), cfg, &s.next)
	require.NoError(s, err)
	require.False(s, s.p.Capabilities().MutatesData)
	require.NoError(s, s.p.Start(context.Background(), componenttest.NewNopHost()))
}

func (s *scenario) step(step, arg, body string) {
	switch step {
	case "in":
		batch := s.batch(body)
		batch.MarkReadOnly() // another pipeline has it too
		err := s.p.ConsumeLogs(context.Background(), batch)
		if arg == "refused" {
			require.Error(s, err)
			require.False(s, consumererror.IsPermanent(err), "it may be tried again")
		} else {
			require.NoError(s, err)
		}
		synctest.Wait()
	case "advance":
		d, err := time.ParseDuration(arg)
		require.NoError(s, err)
		time.Sleep(d)
		synctest.Wait()
	case "downstream":
		s.next.become(arg)
	case "out":
		var got []string
		for _, rec := range s.next.take() {
			got = append(got, line(rec))
		}
		assert.Equal(s, lines(body), lines(strings.Join(got, "\n")))
	case "shutdown":
		ctx := context.Background()
		if arg != "" {
			d, err := time.ParseDuration(arg)
			require.NoError(s, err)
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, d)
			defer cancel()
			require.Error(s, s.p.Shutdown(ctx))
			return
		}
		require.NoError(s, s.p.Shutdown(ctx))
	case "telemetry":
		s.telemetry(body)
	default:
		require.Fail(s, "unknown step", step)
	}
}

// lines are the lines of a text, without empty ones and comments, sorted.
func lines(text string) (list []string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			list = append(list, l)
		}
	}
	slices.Sort(list)
	return list
}

// batch makes records: of an entry of EdgeOne's (it has a ConnectTimeStamp) or g3proxy's log (a log_type), or else of
// event, at (seconds since 2026-11-20) and attributes.
func (s *scenario) batch(body string) plog.Logs {
	ld, recs := sessiontest.NewLogs(map[string]any{attr.HostName: "vm"})
	for l := range strings.Lines(body) {
		if l = strings.TrimSpace(l); l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		dec := json.NewDecoder(strings.NewReader(l))
		dec.UseNumber()
		var m map[string]any
		require.NoError(s, dec.Decode(&m), l)
		rec := recs.AppendEmpty()
		switch {
		case m["ConnectTimeStamp"] != nil:
			sessiontest.EdgeOne(m, rec)
		case m["log_type"] != nil:
			sessiontest.G3Proxy(m, rec)
		default:
			sessiontest.Plain(m, rec)
		}
	}
	return ld
}

// line is what a scenario shows of a record: event, id, why it was released, parts, duplicates, which output it is; what
// else is true of it; its counters.
func line(rec plog.LogRecord) string {
	a := rec.Attributes()
	var b strings.Builder
	name := textOf(rec, attr.ProxySessionID)
	if name == "" {
		name = textOf(rec, attr.EnvoyStreamID)
	}
	fmt.Fprintf(&b, "%s %s", strings.TrimPrefix(rec.EventName(), "proxy."), name)
	for _, k := range []struct{ name, key string }{
		{"", attr.ProxySessionCloseReason},
		{"parts", attr.ProxySessionParts},
		{"dup", attr.ProxySessionDuplicates},
		{"output", attr.ProxySessionPart},
		{"sent", attr.ProxyClientBytesSent},
		{"received", attr.ProxyClientBytesReceived},
		{"base_sent", attr.ProxySessionBaselineClientBytesSent},
		{"base_received", attr.ProxySessionBaselineClientBytesReceived},
		{"duration", attr.ProxyDuration},
		{"escapes", attr.G3proxyEscapeCount},
		{"escape_reasons", attr.G3proxyEscapeReasons},
		{"reason", attr.G3proxyReason},
		{"timeline", attr.ProxySessionTimeline},
	} {
		if v, ok := a.Get(k.key); ok {
			b.WriteByte(' ')
			if k.name != "" {
				b.WriteString(k.name + "=")
			}
			b.WriteString(v.AsString())
		}
	}
	if flagOf(rec, attr.ProxySessionComplete) {
		b.WriteString(" complete")
	}
	if flagOf(rec, attr.ProxySessionApproximate) {
		b.WriteString(" approximate")
	}
	return b.String()
}

// telemetry compares lines "name{attribute=value,…} value".
func (s *scenario) telemetry(body string) {
	got := map[string]string{}
	var rm metricdata.ResourceMetrics
	require.NoError(s, s.tel.Reader.Collect(context.Background(), &rm))
	for _, sm := range rm.ScopeMetrics {
		for _, m := range sm.Metrics {
			name := strings.TrimPrefix(m.Name, "otelcol_processor_session_stitch_")
			var points []metricdata.DataPoint[int64]
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				points = d.DataPoints
			case metricdata.Gauge[int64]:
				points = d.DataPoints
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					got[name+".count"] = fmt.Sprint(p.Count)
				}
			}
			for _, p := range points {
				var set []string
				for _, kv := range p.Attributes.ToSlice() {
					set = append(set, string(kv.Key)+"="+kv.Value.String())
				}
				key := name
				if len(set) > 0 {
					key += "{" + strings.Join(set, ",") + "}"
				}
				got[key] = fmt.Sprint(p.Value)
			}
		}
	}
	for _, l := range lines(body) {
		i := strings.LastIndexByte(l, ' ')
		assert.Equal(s, l[i+1:], got[l[:i]], "%s; there are %v", l[:i], slices.Sorted(maps.Keys(got)))
	}
}
