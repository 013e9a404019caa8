// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/countertest"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

// soon is how long tests wait for what has to come: that ends the wait, and a busy machine may stand still for seconds.
const soon = time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store keeps what was saved, and outlives Readers.
type store struct {
	storage.Client
	mu     sync.Mutex
	data   map[string][]byte
	writes int
	fails  atomic.Bool
}

func newStore() *store {
	return &store{Client: storage.NewNopClient(), data: make(map[string][]byte)}
}

func (s *store) Batch(_ context.Context, ops ...*storage.Operation) error {
	if s.fails.Load() {
		return errors.New("disk is full")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range ops {
		switch op.Type {
		case storage.Get:
			op.Value = s.data[op.Key]
		case storage.Set:
			s.data[op.Key] = op.Value
			s.writes++
		}
	}
	if len(ops) == 0 {
		s.writes++ // in vain
	}
	return nil
}

// copy is what a process that is killed now leaves behind.
func (s *store) copy() *store {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := newStore()
	out.data = maps.Clone(s.data)
	return out
}

func (s *store) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// fixture is a directory that is read by one Reader after the other, and what their consumer accepted.
type fixture struct {
	t     *testing.T
	dir   string
	store *store
	logs  *observer.ObservedLogs
	tel   *componenttest.Telemetry
	set   Settings
	// decide says what becomes of a batch; nil accepts all.
	decide func(lines []string) error

	reader *Reader
	sink   *deliver.Sink
	now    func() time.Time // nil is the wall clock
	manual bool             // the Reader is not started, a test drives it

	mu       sync.Mutex
	accepted []string
	refused  int
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir(), store: newStore(), tel: componenttest.NewTelemetry()}
	t.Cleanup(func() { _ = f.tel.Shutdown(context.Background()) })
	core, logs := observer.New(zap.InfoLevel)
	f.logs = logs
	f.set = Settings{
		Logger: zap.New(core), MaxLine: 1 << 20, PollInterval: 5 * time.Millisecond, FlushAfter: 50 * time.Millisecond,
		Match:      func() ([]string, error) { return filepath.Glob(filepath.Join(f.dir, "*.gz")) },
		Attributes: func(*os.File) []record.KV { return nil },
		Patience:   soon,
	}
	return f
}

// newDecoder is made once: it takes longer than a test. It has one format, so that all lines that it cannot read stand in
// one scope and thereby in their order.
var newDecoder = sync.OnceValues(func() (*decode.Decoder, error) {
	cfg := decode.NewConfig()
	cfg.Format = "squid"
	return decode.New(cfg, decode.Settings{})
})

func (f *fixture) start() {
	f.t.Helper()
	decoder, err := newDecoder()
	require.NoError(f.t, err)
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = f.tel.NewTelemetrySettings()
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	require.NoError(f.t, err)
	next, err := consumer.NewLogs(f.consume)
	require.NoError(f.t, err)
	f.sink, err = deliver.New(deliver.Settings{
		Receiver: set, Decoder: decoder, Counters: deliver.NewCounters(telemetry, false), Next: next, Transport: "file", Now: f.now,
	})
	require.NoError(f.t, err)
	f.set.Decoder, f.set.Sink, f.set.Storage = decoder, f.sink, f.store
	f.reader = New(f.set)
	if f.manual {
		require.NoError(f.t, f.reader.load(f.t.Context()))
		return
	}
	require.NoError(f.t, f.reader.Start(f.t.Context()))
}

func (f *fixture) stop() {
	f.t.Helper()
	f.sink.Stop()
	require.NoError(f.t, f.sink.Wait(context.Background(), f.reader.Done()))
}

func (f *fixture) consume(_ context.Context, logs plog.Logs) error {
	var lines []string
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if b := r.Body(); b.Type() == pcommon.ValueTypeBytes {
					lines = append(lines, string(b.Bytes().AsRaw()))
				} else {
					lines = append(lines, b.Str())
				}
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.decide != nil {
		if err := f.decide(lines); err != nil {
			f.refused++
			return err
		}
	}
	f.accepted = append(f.accepted, lines...)
	return nil
}

func (f *fixture) got() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.accepted)
}

func (f *fixture) refusals() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refused
}

// await waits until exactly these lines were accepted, in this order, and nothing else comes in some polls more.
func (f *fixture) await(want ...string) {
	f.t.Helper()
	assert.Eventually(f.t, func() bool { return len(f.got()) >= len(want) }, soon, time.Millisecond)
	time.Sleep(6 * f.set.PollInterval)
	require.Equal(f.t, want, f.got())
}

// saved waits until the storage holds that so many bytes of a file's text are settled.
func (f *fixture) saved(name string, pos int) {
	f.t.Helper()
	key := bucketKey(bucketOf(filepath.Join(f.dir, name)))
	require.Eventually(f.t, func() bool {
		return strings.Contains(string(f.store.copy().data[key]), fmt.Sprintf(`"done":true,"pos":%d,`, pos))
	}, soon, time.Millisecond)
}

// counted is the value of receiver_proxylog_lines by outcome.
func (f *fixture) counted() map[string]int64 {
	f.t.Helper()
	return countertest.By(f.t, f.tel, "otelcol_receiver_proxylog_lines", "outcome")
}

var clock atomic.Int64

// put writes a file in place, at a time of change of its own.
func (f *fixture) put(name string, content []byte) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	require.NoError(f.t, os.WriteFile(path, content, 0o644))
	at := time.Unix(1_800_000_000+clock.Add(1), 0)
	require.NoError(f.t, os.Chtimes(path, at, at))
}

// swap replaces a file at once, as a downloader does that renames what it has finished.
func (f *fixture) swap(name string, content []byte) {
	f.t.Helper()
	f.put(name+".part", content)
	require.NoError(f.t, os.Rename(filepath.Join(f.dir, name+".part"), filepath.Join(f.dir, name)))
}

// pack compresses texts, each as a member of its own.
func packed(texts ...string) []byte {
	var b bytes.Buffer
	for _, text := range texts {
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(text))
		_ = w.Close()
	}
	return b.Bytes()
}

// numbered are lines of no format.
func numbered(name string, from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("%s line %06d", name, i))
	}
	return out
}

func text(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
