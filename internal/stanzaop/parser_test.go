// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package stanzaop

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/entry"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator"
)

var observed = time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)

const (
	good = `<134>Nov 21 23:43:15 localhost haproxy[4540]: ::1:42510 [21/Nov/2026:23:43:15.414] fnt fnt.ok/s1 1/0/13 300000 -- 17/1/0/0/0 0/0`
	bad  = `no proxy writes this`
)

// output is the operator behind the one under test.
type output struct {
	operator.Operator
	entries []*entry.Entry
	calls   int
	err     error
}

func (*output) ID() string       { return "output" }
func (*output) CanProcess() bool { return true }

func (o *output) Process(_ context.Context, e *entry.Entry) error {
	o.calls++
	o.entries = append(o.entries, e)
	return o.err
}

func (o *output) ProcessBatch(_ context.Context, list []*entry.Entry) error {
	o.calls++
	o.entries = append(o.entries, list...)
	return o.err
}

// config reads an operator as it stands in the list of a receiver.
func config(t testing.TB, yaml string) (*operator.Config, error) {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(yaml))
	require.NoError(t, err)
	conf, err := retrieved.AsConf()
	require.NoError(t, err)
	var cfg operator.Config
	return &cfg, conf.Unmarshal(&cfg)
}

func build(t testing.TB, yaml string) (operator.Operator, *output, *observer.ObservedLogs) {
	t.Helper()
	cfg, err := config(t, "{type: proxylog_parser, "+yaml+"}")
	require.NoError(t, err)
	require.NoError(t, confmap.Validate(cfg))
	core, logs := observer.New(zapcore.DebugLevel)
	set := componenttest.NewNopTelemetrySettings()
	set.Logger = zap.New(core)
	op, err := cfg.Build(set)
	require.NoError(t, err)
	out := &output{}
	op.SetOutputIDs([]string{"output"})
	require.NoError(t, op.SetOutputs([]operator.Operator{out}))
	return op, out, logs
}

func entryOf(body any) *entry.Entry {
	return &entry.Entry{ObservedTimestamp: observed, Body: body, Attributes: map[string]any{"log.file.name": "a.log"}}
}

// TestBytes: a line that is no UTF-8 is handed on as bytes wherever it stays, whether it could be read or not.
func TestBytes(t *testing.T) {
	const key = "attributes.line"
	good := strings.Replace(good, "fnt.ok", "fnt.\xff", 1)
	for _, c := range []struct {
		config, line string
		place        entry.Field
	}{
		{"", bad + "\xff", entry.NewBodyField()},
		{"parse_from: " + key, bad + "\xff", entry.NewAttributeField("line")},
		{"parse_from: " + key, good, entry.NewAttributeField("line")},
	} {
		op, out, _ := build(t, c.config)
		e := entryOf(c.line)
		e.Attributes["line"] = c.line
		_ = op.Process(t.Context(), e)
		require.Len(t, out.entries, 1)
		got, _ := out.entries[0].Get(c.place)
		assert.Equal(t, []byte(c.line), got)
	}
}

// ways are the two ways in which entries come.
var ways = map[string]func(operator.Operator, ...*entry.Entry) error{
	"one by one": func(op operator.Operator, list ...*entry.Entry) error {
		var errs []error
		for _, e := range list {
			errs = append(errs, op.Process(context.Background(), e))
		}
		return errors.Join(errs...)
	},
	"together": func(op operator.Operator, list ...*entry.Entry) error {
		return op.ProcessBatch(context.Background(), list)
	},
}

func TestEntry(t *testing.T) {
	for name, send := range ways {
		for _, body := range []any{good, []byte(good)} {
			t.Run(name, func(t *testing.T) {
				op, out, _ := build(t, "haproxy: {timezone: UTC}")
				require.NoError(t, send(op, entryOf(body)))
				require.Len(t, out.entries, 1)
				e := out.entries[0]
				assert.Equal(t, good, e.Body)
				assert.Equal(t, observed, e.ObservedTimestamp)
				assert.Equal(t, "2026-11-21T23:43:15.427Z", e.Timestamp.UTC().Format(time.RFC3339Nano))
				assert.Equal(t, entry.Info, e.Severity)
				assert.Equal(t, "INFO", e.SeverityText)
				assert.Equal(t, "github.com/proxylog/proxylog/haproxy", e.ScopeName)
				assert.Equal(t, map[string]any{"service.name": "haproxy", "host.name": "localhost", "process.pid": int64(4540)}, e.Resource)
				for key, want := range map[string]any{
					"event.name": "proxy.session.end", "encoding.format": "proxylog.haproxy.tcplog", "log.file.name": "a.log",
					"proxy.client.bytes_received": int64(300000), "proxy.duration": 0.013, "proxy.type": "haproxy", "client.address": "::1",
				} {
					assert.Equal(t, want, e.Attributes[key], key)
				}
			})
		}
	}
}

// TestSeverities: a severity of the records is the same number in an entry.
func TestSeverities(t *testing.T) {
	assert.Equal(t, int(plog.SeverityNumberTrace), int(entry.Trace))
	assert.Equal(t, int(plog.SeverityNumberInfo), int(entry.Info))
	assert.Equal(t, int(plog.SeverityNumberWarn), int(entry.Warn))
	assert.Equal(t, int(plog.SeverityNumberError), int(entry.Error))
	assert.Equal(t, int(plog.SeverityNumberFatal4), int(entry.Fatal4))
}

func TestFields(t *testing.T) {
	t.Run("parse_from", func(t *testing.T) {
		op, out, _ := build(t, "parse_from: attributes.log")
		e := entryOf("the rest")
		e.Attributes["log"] = good
		require.NoError(t, op.Process(context.Background(), e))
		assert.Equal(t, "the rest", out.entries[0].Body)
		assert.Equal(t, good, out.entries[0].Attributes["log"])
		assert.Equal(t, "haproxy", out.entries[0].Attributes["proxy.type"])
	})
	t.Run("parse_to attribute", func(t *testing.T) {
		op, out, _ := build(t, "parse_to: attributes.proxy")
		require.NoError(t, op.Process(context.Background(), entryOf(good)))
		nested := out.entries[0].Attributes["proxy"].(map[string]any)
		assert.Equal(t, int64(300000), nested["proxy.client.bytes_received"])
		assert.NotContains(t, out.entries[0].Attributes, "proxy.type")
		assert.Equal(t, good, out.entries[0].Body)
	})
	t.Run("parse_to body", func(t *testing.T) {
		op, out, _ := build(t, "parse_to: body")
		require.NoError(t, op.Process(context.Background(), entryOf(good)))
		assert.Equal(t, "haproxy", out.entries[0].Body.(map[string]any)["proxy.type"])
	})
	t.Run("parse_to resource", func(t *testing.T) {
		op, out, _ := build(t, "parse_to: resource")
		require.NoError(t, op.Process(context.Background(), entryOf(good)))
		assert.Equal(t, "haproxy", out.entries[0].Resource["proxy.type"])
		assert.Equal(t, "localhost", out.entries[0].Resource["host.name"])
	})
	t.Run("if", func(t *testing.T) {
		op, out, _ := build(t, `if: 'attributes["log.file.name"] == "b.log"'`)
		require.NoError(t, op.Process(context.Background(), entryOf(good)))
		assert.Equal(t, map[string]any{"log.file.name": "a.log"}, out.entries[0].Attributes)
		e := entryOf(good)
		e.Attributes["log.file.name"] = "b.log"
		require.NoError(t, op.Process(context.Background(), e))
		assert.Equal(t, "haproxy", out.entries[1].Attributes["proxy.type"])
	})
	t.Run("body", func(t *testing.T) {
		op, out, _ := build(t, "body: none")
		require.NoError(t, op.Process(context.Background(), entryOf(good)))
		assert.Nil(t, out.entries[0].Body)
	})
	t.Run("what the receiver knew", func(t *testing.T) {
		op, out, _ := build(t, "resource: {service.name: edge}")
		e := entryOf(good)
		e.Resource = map[string]any{"host.name": "node-1", "service.name": "x"}
		e.Attributes["proxy.type"] = "old"
		require.NoError(t, op.Process(context.Background(), e))
		assert.Equal(t, map[string]any{"host.name": "node-1", "service.name": "edge", "process.pid": int64(4540)}, out.entries[0].Resource)
		assert.Equal(t, "haproxy", out.entries[0].Attributes["proxy.type"])
	})
	t.Run("the pod of the path", func(t *testing.T) {
		op, out, _ := build(t, "")
		e := entryOf("2026-11-21T23:43:15.500000000Z stdout F " + good)
		e.Attributes["log.file.path"] = "/var/log/pods/shop_edge-0_0f3e/haproxy/3.log"
		require.NoError(t, op.Process(context.Background(), e))
		assert.Equal(t, "edge-0", out.entries[0].Resource["k8s.pod.name"])
		assert.Equal(t, "shop", out.entries[0].Resource["k8s.namespace.name"])
		assert.Equal(t, "stdout", out.entries[0].Attributes["log.iostream"])
	})
}

// TestOnError: what cannot be read is sent on with the reason, or dropped; it is logged as an error, or in the quiet modes
// for debugging only; and its neighbours pass.
func TestOnError(t *testing.T) {
	for action, want := range map[string]struct {
		sent  int
		err   bool
		level zapcore.Level
	}{
		"send": {3, true, zapcore.ErrorLevel}, "send_quiet": {3, false, zapcore.DebugLevel},
		"drop": {2, true, zapcore.ErrorLevel}, "drop_quiet": {2, false, zapcore.DebugLevel},
	} {
		for name, send := range ways {
			t.Run(action+" "+name, func(t *testing.T) {
				op, out, logs := build(t, "on_error: "+action)
				err := send(op, entryOf(good), entryOf(bad), entryOf(good))
				assert.Equal(t, want.err, err != nil, "%v", err)
				require.Len(t, out.entries, want.sent)
				failed := logs.FilterMessage("Failed to process entry").All()
				require.Len(t, failed, 1)
				assert.Equal(t, want.level, failed[0].Level)
				for _, l := range logs.FilterLevelExact(zapcore.ErrorLevel).All() {
					for _, f := range l.Context {
						assert.NotContains(t, f.String, bad)
					}
				}
				if err != nil {
					assert.NotContains(t, err.Error(), bad)
				}
				if want.sent == 3 {
					assert.Equal(t, bad, out.entries[1].Body)
					assert.NotEmpty(t, out.entries[1].Attributes["proxylog.error.type"])
					assert.IsType(t, int64(0), out.entries[1].Attributes["proxylog.error.offset"])
					assert.Empty(t, out.entries[1].ScopeName)
				}
			})
		}
	}
	for name, e := range map[string]*entry.Entry{"no field": {Attributes: map[string]any{}}, "no text": entryOf(12)} {
		t.Run(name, func(t *testing.T) {
			op, out, _ := build(t, "parse_from: body, on_error: drop")
			require.Error(t, op.Process(context.Background(), e))
			assert.Empty(t, out.entries)
		})
	}
	t.Run("refused behind", func(t *testing.T) {
		for _, send := range ways {
			op, out, _ := build(t, "on_error: send_quiet")
			out.err = errors.New("full")
			require.ErrorIs(t, send(op, entryOf(good)), out.err)
			require.ErrorIs(t, send(op, entryOf(bad)), out.err)
		}
	})
}

// TestSeveral: an array is as many entries, each with what the receiver knew, and one of them that cannot be read is an
// entry of its own.
func TestSeveral(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/edgeone/ok/entries.log")
	require.NoError(t, err)
	list := strings.SplitN(strings.TrimSpace(string(raw)), "\n", 4)[:3]
	for name, send := range ways {
		t.Run(name, func(t *testing.T) {
			op, out, _ := build(t, "")
			require.NoError(t, send(op, entryOf("["+strings.Join(list, ",")+"]")))
			require.Len(t, out.entries, 3)
			for i, e := range out.entries {
				assert.Equal(t, list[i], e.Body)
				assert.Equal(t, "edgeone", e.Attributes["proxy.type"])
				assert.Equal(t, "a.log", e.Attributes["log.file.name"])
			}
			out.entries = nil
			require.Error(t, send(op, entryOf("["+list[0]+`,{"ServiceID":"x"},`+list[1]+"]")))
			require.Len(t, out.entries, 3)
			marked := 0
			for _, e := range out.entries {
				if e.Attributes["proxylog.error.type"] != nil {
					marked++
					assert.JSONEq(t, `{"ServiceID":"x"}`, e.Body.(string))
				} else {
					assert.Equal(t, "edgeone", e.Attributes["proxy.type"])
				}
			}
			assert.Equal(t, 1, marked)
			out.entries = nil
			require.NoError(t, send(op, entryOf("["), entryOf(list[0]+","), entryOf("]"), entryOf("")))
			require.Len(t, out.entries, 2)
			assert.Equal(t, "edgeone", out.entries[0].Attributes["proxy.type"])
			assert.Equal(t, entryOf(""), out.entries[1])
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	cfg, err := config(t, "{type: proxylog_parser, on_error: send_quiet}")
	require.NoError(t, err)
	op, err := cfg.Build(componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	var mu sync.Mutex
	n := 0
	count := &counter{mu: &mu, n: &n}
	op.SetOutputIDs([]string{"output"})
	require.NoError(t, op.SetOutputs([]operator.Operator{count}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				assert.NoError(t, op.Process(context.Background(), entryOf(good)))
				assert.NoError(t, op.ProcessBatch(context.Background(), []*entry.Entry{entryOf(good), entryOf(bad)}))
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 8*50*3, n)
}

type counter struct {
	output
	mu *sync.Mutex
	n  *int
}

func (c *counter) Process(_ context.Context, _ *entry.Entry) error {
	return c.ProcessBatch(context.Background(), make([]*entry.Entry, 1))
}

func (c *counter) ProcessBatch(_ context.Context, list []*entry.Entry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	*c.n += len(list)
	return nil
}

func TestConfig(t *testing.T) {
	for yaml, want := range map[string]string{
		"format: nosuch":                         `format: "nosuch" is neither`,
		"on_error: keep":                         `on_error: "keep" is none of send, send_quiet, drop, drop_quiet`,
		"if: '1 +'":                              "if: ",
		"haproxy: {log_format: ['%ci %nosuch']}": "haproxy::log_format[0]",
		"body: all":                              `body: "all" is none of`,
		"formatt: haproxy":                       "formatt: there is no such key",
	} {
		cfg, err := config(t, "{type: proxylog_parser, "+yaml+"}")
		require.NoError(t, err, yaml)
		require.ErrorContains(t, confmap.Validate(cfg), want)
		_, err = cfg.Build(componenttest.NewNopTelemetrySettings())
		require.ErrorContains(t, err, want)
	}
	_, err := config(t, "{type: proxylog_parser, parse_from: nowhere.x}")
	require.Error(t, err)
	cfg, err := config(t, "{type: proxylog_parser, id: mine, output: next}")
	require.NoError(t, err)
	assert.Equal(t, "mine", cfg.ID())
}
