// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/countertest"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// memory is a storage extension that outlives the receivers of a test.
type memory struct {
	component.StartFunc
	component.ShutdownFunc
	mu     sync.Mutex
	data   map[string][]byte
	writes int
}

// soon is how long tests wait for what has to come: that ends the wait, and a busy machine may stand still for seconds.
const soon = time.Minute

var storageID = component.MustNewID("memory")

func newMemory() *memory { return &memory{data: make(map[string][]byte)} }

func (m *memory) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return &memoryClient{m: m}, nil
}

// copy is what a process that is killed now leaves behind.
func (m *memory) copy() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memory{data: maps.Clone(m.data)}
}

func (m *memory) written() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writes
}

type memoryClient struct {
	m      *memory
	closed bool
}

var errClosed = errors.New("the storage was used after it was closed")

func (c *memoryClient) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := c.Batch(ctx, op)
	return op.Value, err
}

func (c *memoryClient) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c *memoryClient) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, storage.DeleteOperation(key))
}

func (c *memoryClient) Batch(_ context.Context, ops ...*storage.Operation) error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if c.closed {
		return errClosed
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Get:
			op.Value = bytes.Clone(c.m.data[op.Key])
		case storage.Set:
			c.m.data[op.Key] = bytes.Clone(op.Value)
			c.m.writes++
		case storage.Delete:
			delete(c.m.data, op.Key)
		}
	}
	return nil
}

func (c *memoryClient) Close(context.Context) error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.closed = true
	return nil
}

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

func hostWith(m *memory) component.Host {
	if m == nil {
		return componenttest.NewNopHost()
	}
	return host{storageID: m}
}

// sink is a consumer that decides about each batch and keeps the bodies of those it accepts.
type sink struct {
	mu      sync.Mutex
	bodies  map[string]int // how often each was accepted
	order   []string
	records []plog.LogRecord
	refused int // calls that were refused
	// decide says what becomes of a batch; nil accepts all.
	decide func(ctx context.Context, bodies []string) error
}

func newSink() *sink { return &sink{bodies: make(map[string]int)} }

// newBusySink refuses everything for as long as busy is set, which it is at first.
func newBusySink() (s *sink, busy *atomic.Bool) {
	s, busy = newSink(), new(atomic.Bool)
	busy.Store(true)
	s.decide = func(context.Context, []string) error {
		if busy.Load() {
			return errBusy
		}
		return nil
	}
	return s, busy
}

func (s *sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

func (s *sink) ConsumeLogs(ctx context.Context, logs plog.Logs) error {
	var bodies []string
	kept := plog.NewLogs()
	logs.CopyTo(kept)
	var records []plog.LogRecord
	formattest.Each(kept, func(r plog.LogRecord) {
		records = append(records, r)
		bodies = append(bodies, bodyText(r.Body()))
	})
	// A consumer that may change what it gets does.
	logs.ResourceLogs().RemoveIf(func(plog.ResourceLogs) bool { return true })
	if s.decide != nil {
		if err := s.decide(ctx, bodies); err != nil {
			s.mu.Lock()
			s.refused++
			s.mu.Unlock()
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range bodies {
		s.bodies[b]++
	}
	s.order = append(s.order, bodies...)
	s.records = append(s.records, records...)
	return nil
}

func bodyText(v pcommon.Value) string {
	if v.Type() == pcommon.ValueTypeBytes {
		return string(v.Bytes().AsRaw())
	}
	return v.Str()
}

func (s *sink) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.order)
}

func (s *sink) refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

func (s *sink) count(body string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[body]
}

// others are the lines accepted that are in none of the lists.
func (s *sink) others(lists ...[]string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := make(map[string]bool)
	for _, list := range lists {
		for _, l := range list {
			known[l] = true
		}
	}
	var out []string
	for l := range s.bodies {
		if !known[l] {
			out = append(out, l)
		}
	}
	return out
}

func (s *sink) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.order...)
}

func (s *sink) all() []plog.LogRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]plog.LogRecord(nil), s.records...)
}

// await waits for n lines.
func (s *sink) await(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return s.len() >= n }, soon, 5*time.Millisecond,
		"want %d lines, have %d", n, s.len())
}

// fileConfig reads the patterns from their beginning, in short polls.
func fileConfig(include ...string) *Config {
	cfg := createDefaultConfig().(*Config)
	f := &cfg.File.GetOrInsertDefault().Consumer
	f.Include = include
	f.StartAt = "beginning"
	f.PollInterval = 10 * time.Millisecond
	f.FlushPeriod = 50 * time.Millisecond
	return cfg
}

// harness is a running receiver.
type harness struct {
	receiver.Logs
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
}

func start(t *testing.T, cfg *Config, next consumer.Logs, m *memory) *harness {
	t.Helper()
	if m != nil {
		cfg.Storage = &storageID
	}
	return startIn(t, cfg, next, hostWith(m))
}

// startIn starts a receiver among other components.
func startIn(t *testing.T, cfg *Config, next consumer.Logs, others component.Host) *harness {
	t.Helper()
	require.NoError(t, cfg.Validate())
	core, logs := observer.New(zap.InfoLevel)
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { _ = tel.Shutdown(context.Background()) })
	set := receivertest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = tel.NewTelemetrySettings()
	set.Logger = zap.New(core)
	r, err := NewFactory().CreateLogs(context.Background(), set, cfg, next)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), others))
	return &harness{Logs: r, logs: logs, telemetry: tel}
}

func (h *harness) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, h.Shutdown(context.Background()))
}

// lines is the value of receiver_proxylog_lines, summed over the formats.
func (h *harness) lines(t *testing.T) map[string]int64 {
	t.Helper()
	return h.sum(t, "otelcol_receiver_proxylog_lines", "outcome")
}

func (h *harness) sum(t *testing.T, name, key string) map[string]int64 {
	t.Helper()
	return countertest.By(t, h.telemetry, name, key)
}

// refuseEvery refuses every nth call.
func refuseEvery(n uint64) func(context.Context, []string) error {
	var calls atomic.Uint64
	return func(context.Context, []string) error {
		if calls.Add(1)%n == 0 {
			return errBusy
		}
		return nil
	}
}

// giveUp is a context that says that it is soon over, so that a Shutdown gives up early on calls that do not return. It
// is not over then: on a busy machine what is left to do can take any time.
type giveUp struct {
	context.Context
	deadline time.Time
}

func (g giveUp) Deadline() (time.Time, bool) { return g.deadline, true }

// shortly is a context for a Shutdown that has to give up, which it does after half of this time.
func shortly() context.Context { return giveUp{context.Background(), time.Now().Add(4 * time.Second)} }

// readAll reads n lines of a file and waits for them.
func readAll(b *testing.B, path string, n int) {
	b.Helper()
	var have atomic.Int64
	done := make(chan struct{})
	next, err := consumer.NewLogs(func(_ context.Context, logs plog.Logs) error {
		if have.Add(int64(logs.LogRecordCount())) == int64(n) {
			close(done)
		}
		return nil
	})
	require.NoError(b, err)
	r, err := NewFactory().CreateLogs(context.Background(), receivertest.NewNopSettings(NewFactory().Type()), fileConfig(path), next)
	require.NoError(b, err)
	require.NoError(b, r.Start(context.Background(), componenttest.NewNopHost()))
	<-done
	require.NoError(b, r.Shutdown(context.Background()))
}
