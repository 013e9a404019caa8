// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/countertest"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

// soon is how long tests wait for what has to come: that ends the wait, and a busy machine may stand still for seconds.
const soon = time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store keeps the checkpoints that were written.
type store struct {
	storage.Client
	mu     sync.Mutex
	data   map[string][]byte
	writes [][]byte
}

func newStore() *store {
	return &store{Client: storage.NewNopClient(), data: make(map[string][]byte)}
}

func (s *store) Get(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data[key], nil
}

func (s *store) Batch(_ context.Context, ops ...*storage.Operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range ops {
		if op.Type == storage.Get {
			op.Value = s.data[op.Key]
			continue
		}
		s.data[op.Key] = op.Value
		s.writes = append(s.writes, op.Value)
	}
	return nil
}

func (s *store) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.writes)
}

// fixture is an Input over a directory, and what its consumer accepted.
type fixture struct {
	*Input
	dir    string
	store  *store
	logs   *observer.ObservedLogs
	tel    *componenttest.Telemetry
	refuse atomic.Pointer[string] // batches with a line that holds this are refused
	hang   func()                 // what the next call waits for, if anything

	mu       sync.Mutex
	accepted map[string]int
	refused  int
}

func newFixture(t *testing.T, dir string, s *store, now func() time.Time) *fixture {
	t.Helper()
	f := &fixture{dir: dir, store: s, accepted: make(map[string]int), tel: componenttest.NewTelemetry()}
	t.Cleanup(func() { _ = f.tel.Shutdown(context.Background()) })
	core, logs := observer.New(zap.InfoLevel)
	f.logs = logs
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = f.tel.NewTelemetrySettings()
	set.Logger = zap.New(core)
	f.Input = newInput(t, set, f.consume, dir, s, now)
	return f
}

func newInput(t *testing.T, set receiver.Settings, consume consumer.ConsumeLogsFunc, dir string, s *store, now func() time.Time) *Input {
	t.Helper()
	decoder, err := decode.New(decode.NewConfig(), decode.Settings{})
	require.NoError(t, err)
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	require.NoError(t, err)
	next, err := consumer.NewLogs(consume)
	require.NoError(t, err)
	sink, err := deliver.New(deliver.Settings{
		Receiver: set, Decoder: decoder, Counters: deliver.NewCounters(telemetry, false), Next: next, Transport: "file", Now: now,
	})
	require.NoError(t, err)
	cfg := NewConfig()
	cfg.Consumer.Include = []string{filepath.Join(dir, "*.log")}
	cfg.Consumer.StartAt = "beginning"
	cfg.Consumer.PollInterval = 20 * time.Millisecond
	return New(cfg, Settings{Telemetry: set.TelemetrySettings, Decoder: decoder, Sink: sink, Storage: s, MaxLine: 1 << 20})
}

func (f *fixture) consume(_ context.Context, logs plog.Logs) error {
	var lines []string
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				lines = append(lines, r.Body().Str())
			}
		}
	}
	f.mu.Lock()
	hang := f.hang
	f.hang = nil
	f.mu.Unlock()
	if hang != nil {
		hang()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.refuse.Load(); p != nil && strings.Contains(strings.Join(lines, "\n"), *p) {
		f.refused++
		return errors.New("busy")
	}
	for _, l := range lines {
		f.accepted[l]++
	}
	return nil
}

func (f *fixture) got() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.accepted)
}

func (f *fixture) refusals() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refused
}

// add appends numbered lines to a file of the directory and returns them.
func (f *fixture) add(t *testing.T, name string, from, n int) []string {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(f.dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	var lines []string
	for i := from; i < from+n; i++ {
		lines = append(lines, fmt.Sprintf("%s %06d", name, i))
	}
	_, err = file.WriteString(strings.Join(lines, "\n") + "\n")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	return lines
}

// await waits until each of the lines was accepted once.
func (f *fixture) await(t *testing.T, lines ...string) {
	t.Helper()
	require.Eventually(t, func() bool {
		got := f.got()
		for _, l := range lines {
			if got[l] == 0 {
				return false
			}
		}
		return true
	}, soon, 2*time.Millisecond)
	got := f.got()
	for _, l := range lines {
		require.Equal(t, 1, got[l], l)
	}
}

func stop(t *testing.T, in *Input) {
	t.Helper()
	require.NoError(t, in.Shutdown(context.Background()))
}

// TestTokensStay holds that the fileconsumer never writes to a token again, so that records may keep parts of it.
func TestTokensStay(t *testing.T) {
	dir := t.TempDir()
	f := &fixture{dir: dir}
	want := f.add(t, "a.log", 0, 5000)
	cfg := NewConfig()
	cfg.Consumer.Include = []string{filepath.Join(dir, "*.log")}
	cfg.Consumer.StartAt = "beginning"
	cfg.Consumer.PollInterval = 10 * time.Millisecond
	var mu sync.Mutex
	var got []string
	manager, err := cfg.effective(1000, false).Build(componenttest.NewNopTelemetrySettings(),
		func(_ context.Context, tokens [][]byte, _ map[string]any, _ int64, _ []int64) error {
			mu.Lock()
			defer mu.Unlock()
			for _, token := range tokens {
				got = append(got, unsafe.String(unsafe.SliceData(token), len(token)))
			}
			return nil
		})
	require.NoError(t, err)
	require.NoError(t, manager.Start(nil))
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(got) == len(want)
	}, soon, time.Millisecond)
	require.NoError(t, manager.Stop())
	require.Equal(t, want, got)
}

// TestPatience lets other files go on, and new ones be found, while the lines of one file are refused.
func TestPatience(t *testing.T) {
	f := newFixture(t, t.TempDir(), newStore(), nil)
	f.patience = 30 * time.Millisecond
	stuck := "stuck.log"
	f.refuse.Store(&stuck)
	a := f.add(t, "stuck.log", 0, 500)
	b := f.add(t, "other.log", 0, 500)
	require.NoError(t, f.Start(context.Background()))
	f.await(t, b...)
	require.Eventually(t, func() bool { return f.refusals() > 0 }, soon, time.Millisecond)
	c := f.add(t, "new.log", 0, 500)
	f.await(t, c...)
	b = append(b, f.add(t, "other.log", 500, 500)...)
	f.await(t, b...)
	assert.Len(t, f.got(), 1500)
	require.NoError(t, os.Rename(filepath.Join(f.dir, "stuck.log"), filepath.Join(f.dir, "rotated.log")))
	a = append(a, f.add(t, "rotated.log", 500, 10)...)
	f.refuse.Store(nil)
	f.await(t, a...)
	stop(t, f.Input)
	assert.Len(t, f.got(), 2010)

	// A reader that left is no longer among those that read.
	assert.Equal(t, map[string]int64{"": 0}, countertest.By(t, f.tel, "otelcol_fileconsumer_reading_files"))
}

// TestLongPoll saves positions in the middle of a backlog that takes long to read.
func TestLongPoll(t *testing.T) {
	var ticks atomic.Int64
	// Every look at the clock takes a second.
	now := func() time.Time { return time.Unix(1_800_000_000+ticks.Add(1), 0) }
	f := newFixture(t, t.TempDir(), newStore(), now)
	a := f.add(t, "a.log", 0, 3000)
	b := f.add(t, "b.log", 0, 3000)
	require.NoError(t, f.Start(context.Background()))
	f.await(t, append(a, b...)...)
	stop(t, f.Input)
	assert.Greater(t, f.store.written(), 5)
	assert.Len(t, f.got(), 6000)
}

// TestHeldPieces delivers at a stop what has come of a line in pieces, also where that is refused at first: no later start
// reads it again.
func TestHeldPieces(t *testing.T) {
	const at = "2026-11-21T23:43:14.491000000Z stdout "
	f := newFixture(t, t.TempDir(), newStore(), nil)
	require.NoError(t, os.WriteFile(filepath.Join(f.dir, "a.log"), []byte(at+"F whole\n"+at+"P begun\n"), 0o600))
	require.NoError(t, f.Start(context.Background()))
	f.await(t, "whole")
	begun := "begun"
	f.refuse.Store(&begun)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		assert.NoError(t, f.Shutdown(context.Background()))
	}()
	require.Eventually(t, func() bool { return f.refusals() > 0 }, soon, time.Millisecond)
	f.refuse.Store(nil)
	<-ended
	assert.Equal(t, map[string]int{"whole": 1, "begun": 1}, f.got())
}
