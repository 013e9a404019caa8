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
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

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
		Patience:   10 * time.Second,
	}
	return f
}

func (f *fixture) start() {
	f.t.Helper()
	decoder, err := decode.New(decode.NewConfig(), decode.Settings{})
	require.NoError(f.t, err)
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = f.tel.NewTelemetrySettings()
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	require.NoError(f.t, err)
	next, err := consumer.NewLogs(f.consume)
	require.NoError(f.t, err)
	f.sink, err = deliver.New(deliver.Settings{
		Receiver: set, Decoder: decoder, Counters: deliver.NewCounters(telemetry, false), Next: next, Transport: "file",
	})
	require.NoError(f.t, err)
	f.set.Decoder, f.set.Sink, f.set.Storage = decoder, f.sink, f.store
	f.reader = New(f.set)
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
	assert.Eventually(f.t, func() bool { return len(f.got()) >= len(want) }, 10*time.Second, time.Millisecond)
	time.Sleep(6 * f.set.PollInterval)
	require.Equal(f.t, want, f.got())
}

// counted is the value of receiver_proxylog_lines by outcome.
func (f *fixture) counted() map[string]int64 {
	f.t.Helper()
	m, err := f.tel.GetMetric("otelcol_receiver_proxylog_lines")
	require.NoError(f.t, err)
	out := make(map[string]int64)
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		v, _ := p.Attributes.Value("outcome")
		out[v.AsString()] += p.Value
	}
	return out
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

// TestGrow downloads a package again and again while it grows, packed anew each time: each line comes once.
func TestGrow(t *testing.T) {
	f := newFixture(t)
	lines := numbered("a", 0, 1000)
	f.start()
	for n := 100; n <= 1000; n += 300 {
		f.swap("a.gz", packed(text(lines[:n]...)))
		f.await(lines[:n]...)
	}
	f.stop()
	assert.Equal(t, map[string]int64{"rejected": 1000}, f.counted())
}

// TestMembers appends members to a file, the last of which has no line feed at its end.
func TestMembers(t *testing.T) {
	f := newFixture(t)
	f.start()
	f.put("a.gz", packed("one\ntwo\n"))
	f.await("one", "two")
	f.put("a.gz", packed("one\ntwo\n", "three\nfo", "ur\n", ""))
	f.await("one", "two", "three", "four")
	f.put("a.gz", packed("one\ntwo\n", "three\nfo", "ur\n", "", "the end"))
	f.await("one", "two", "three", "four", "the end")
	f.put("a.gz", packed("one\ntwo\n", "three\nfo", "ur\n", "", "the end", "\nmore\n"))
	f.await("one", "two", "three", "four", "the end", "more")
	f.stop()
}

// TestDownload writes a package in place, a piece at a time: no part of a line is delivered, and all of them once.
func TestDownload(t *testing.T) {
	f := newFixture(t)
	f.set.FlushAfter = time.Millisecond
	lines := numbered("a", 0, 3000)
	content := packed(text(lines[:1500]...), text(lines[1500:]...))
	f.start()
	for n := 0; n < len(content); n += len(content)/20 + 1 {
		f.put("a.gz", content[:n])
		time.Sleep(10 * time.Millisecond)
	}
	got := f.got()
	assert.Equal(t, lines[:len(got)], got)
	f.put("a.gz", content)
	f.await(lines...)
	// Downloaded again, in place.
	for n := 0; n < len(content); n += len(content)/9 + 1 {
		f.put("a.gz", content[:n])
		time.Sleep(10 * time.Millisecond)
	}
	f.put("a.gz", content)
	f.await(lines...)
	assert.Zero(t, f.logs.Len(), "%v", f.logs.All())
	f.stop()
}

// TestReplaced reads a file from its beginning when its contents are others, wherever they begin to differ.
func TestReplaced(t *testing.T) {
	const message = "a gzip file has other contents than before; it is read from its beginning"
	lines := numbered("a", 0, 500)
	for name, change := range map[string]func() []string{
		"first line": func() []string { return append([]string{"x"}, lines[1:]...) },
		"last line":  func() []string { return append(slices.Clone(lines[:499]), "x") },
		"other":      func() []string { return numbered("b", 0, 10) },
		"shorter":    func() []string { return lines[:400] },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.start()
			f.put("a.gz", packed(text(lines...)))
			f.await(lines...)
			now := change()
			f.swap("a.gz", packed(text(now...)))
			f.await(append(slices.Clone(lines), now...)...)
			f.stop()
			assert.Equal(t, 1, f.logs.FilterMessage(message).Len())
		})
	}
}

// TestAgain downloads the same package again, packed in another way and to a new file: nothing comes twice.
func TestAgain(t *testing.T) {
	f := newFixture(t)
	lines := numbered("a", 0, 500)
	f.start()
	f.put("a.gz", packed(text(lines...)))
	f.await(lines...)
	f.swap("a.gz", packed(text(lines[:100]...), text(lines[100:]...)))
	f.await(lines...)
	require.NoError(t, os.Remove(filepath.Join(f.dir, "a.gz")))
	time.Sleep(20 * time.Millisecond)
	f.put("a.gz", packed(text(lines...)))
	f.await(lines...)
	f.stop()
	assert.Zero(t, f.logs.Len(), "%v", f.logs.All())
}

// TestMoved renames files into each other's place, as logrotate does: their lines do not come again, also when it
// happens while nobody looks.
func TestMoved(t *testing.T) {
	f := newFixture(t)
	var want []string
	shift := func(turn int) {
		for n := turn; n > 0; n-- {
			require.NoError(t, os.Rename(filepath.Join(f.dir, fmt.Sprintf("%d.gz", n)), filepath.Join(f.dir, fmt.Sprintf("%d.gz", n+1))))
		}
		lines := numbered(fmt.Sprint("turn ", turn), 0, 3)
		want = append(want, lines...)
		f.swap("1.gz", packed(text(lines...)))
	}
	f.start()
	for turn := range 3 {
		shift(turn)
		f.await(want...)
	}
	f.stop()
	shift(3)
	f.start()
	f.await(want...)
	f.stop()
}

// TestStops stops in the middle of a refusal and starts again, with several files and batches: nothing is missing and
// nothing comes twice.
func TestStops(t *testing.T) {
	f := newFixture(t)
	var calls, outage atomic.Int64
	f.decide = func([]string) error {
		if calls.Add(1)%3 == 0 || outage.Load() > 0 && calls.Load() > outage.Load() {
			return errors.New("busy")
		}
		return nil
	}
	a, b := numbered("a", 0, 5000), numbered("b", 0, 3000)
	f.put("a.gz", packed(text(a...)))
	f.put("b.gz", packed(text(b...)))
	for range 6 {
		outage.Store(calls.Load() + 5)
		f.start()
		before := f.refusals()
		require.Eventually(t, func() bool { return f.refusals() > before+2 }, 10*time.Second, time.Millisecond)
		f.stop()
	}
	assert.Less(t, len(f.got()), 8000)
	outage.Store(0)
	f.start()
	f.await(append(slices.Clone(a), b...)...)
	f.stop()
	assert.Equal(t, map[string]int64{"rejected": 8000}, f.counted())
}

// TestKill goes on from what was saved before a kill: nothing is missing, and only what came after it is read again.
func TestKill(t *testing.T) {
	f := newFixture(t)
	lines := numbered("a", 0, 2000)
	f.start()
	f.put("a.gz", packed(text(lines[:1000]...)))
	f.await(lines[:1000]...)
	left := f.store.copy()
	f.swap("a.gz", packed(text(lines...)))
	f.await(lines...)
	f.stop()
	f.store = left
	f.start()
	f.await(append(slices.Clone(lines), lines[1000:]...)...)
	f.stop()
}

// TestImpatient lets other files have their turn while one is refused.
func TestImpatient(t *testing.T) {
	f := newFixture(t)
	f.set.Patience = 20 * time.Millisecond
	var open atomic.Bool
	f.decide = func(lines []string) error {
		if strings.HasPrefix(lines[0], "a") && !open.Load() {
			return errors.New("busy")
		}
		return nil
	}
	a, b := numbered("a", 0, 300), numbered("b", 0, 300)
	f.put("a.gz", packed(text(a...)))
	f.put("b.gz", packed(text(b...)))
	f.start()
	f.await(b...)
	open.Store(true)
	f.await(append(slices.Clone(b), a...)...)
	f.stop()
}

// TestCorrupt says once what is wrong with a file, and reads what comes before the damage and every other file. When
// the file is mended, its lines come.
func TestCorrupt(t *testing.T) {
	const message = "a gzip file cannot be read to its end"
	good := packed(text(numbered("a", 0, 100)...))
	flipped := slices.Clone(good)
	flipped[len(flipped)-6] ^= 0xff // in the checksum
	for name, c := range map[string]struct {
		content []byte
		before  int
	}{
		"no gzip":        {[]byte("this is plain text, whatever its name says\n"), 0},
		"zeros":          {make([]byte, 3000), 0},
		"wrong checksum": {flipped, 100},
		"bad block":      {append(slices.Clone(good[:10]), 0xff, 0xff, 0xff, 0xff), 0},
		"garbage after":  {append(slices.Clone(good), "garbage, and enough of it"...), 100},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.put("a.gz", c.content)
			f.put("b.gz", packed("good\n"))
			f.start()
			want := append(numbered("a", 0, c.before), "good")
			f.await(want...)
			f.put("a.gz", c.content) // a new version, as bad as the one before
			f.await(want...)
			if entries := f.logs.FilterMessage(message).All(); assert.Len(t, entries, 1) {
				assert.Equal(t, filepath.Join(f.dir, "a.gz"), entries[0].ContextMap()["path"])
			}
			f.put("a.gz", packed(text(numbered("a", 0, 120)...)))
			f.await(append(want, numbered("a", c.before, 120)...)...)
			f.stop()
			f.start() // and it is not said again
			f.await(append(want, numbered("a", c.before, 120)...)...)
			f.stop()
			assert.Equal(t, 1, f.logs.Len(), "%v", f.logs.All())
		})
	}
}

// TestLineLimit holds lines around the limit and around the buffer: what is longer is cut and comes once, also over a
// stop and growth.
func TestLineLimit(t *testing.T) {
	for _, limit := range []int{600, 70000, 200000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			f := newFixture(t)
			f.set.MaxLine = limit
			var all strings.Builder
			var want []string
			for i, n := range []int{1, limit - 1, limit, limit + 1, limit + 2, limit + 3, bufSize - 1, bufSize, bufSize + 1, 2*limit + 5, 900000} {
				body := strings.Repeat(string(rune('a'+i)), n)
				all.WriteString(body + []string{"\n", "\r\n"}[i%2])
				want = append(want, body[:min(n, limit)])
			}
			f.put("a.gz", packed(all.String()+strings.Repeat("z", 300000)))
			f.start()
			f.await(append(slices.Clone(want), strings.Repeat("z", min(limit, 300000)))...)
			f.stop()
			f.put("a.gz", packed(all.String()+strings.Repeat("z", 300000)+"\nlast\n"))
			f.start()
			f.await(append(slices.Clone(want), strings.Repeat("z", min(limit, 300000)), "last")...)
			f.stop()
		})
	}
}

// TestLongLineDownload waits for the end of a line that is longer than the buffer.
func TestLongLineDownload(t *testing.T) {
	f := newFixture(t)
	f.set.MaxLine = 1000
	var long strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&long, "%x", i*2654435761)
	}
	content := packed("before\n" + long.String() + "\nafter\n")
	f.start()
	for _, n := range []int{len(content) / 4, len(content) / 2, len(content) - 20} {
		f.put("a.gz", content[:n])
		f.await("before")
	}
	f.put("a.gz", content)
	f.await("before", long.String()[:1000], "after")
	f.stop()
	assert.Equal(t, map[string]int64{"rejected": 2, "oversize": 1}, f.counted())
}

// TestBomb reads a file that is a thousand times larger than it looks, without holding it.
func TestBomb(t *testing.T) {
	f := newFixture(t)
	f.set.MaxLine = 1000
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = w.Write(zeros)
	}
	_, _ = w.Write([]byte("\nafter\n"))
	_ = w.Close()
	f.put("a.gz", b.Bytes())
	f.start()
	f.await(string(zeros[:1000]), "after")
	f.stop()
}

// TestStartAtEnd passes over what is there at the first start, and reads what comes later, also while it is down.
func TestStartAtEnd(t *testing.T) {
	f := newFixture(t)
	f.set.StartAtEnd = true
	f.put("a.gz", packed("old\nold, too"))
	f.start()
	f.await()
	f.put("a.gz", packed("old\nold, too\nnew\n"))
	f.await("new")
	f.stop()
	f.put("b.gz", packed("while it was down\n"))
	f.start()
	f.await("new", "while it was down")
	f.stop()

	// A directory that is empty at the first start.
	f = newFixture(t)
	f.set.StartAtEnd = true
	f.start()
	f.await()
	f.stop()
	f.put("a.gz", packed("later\n"))
	f.start()
	f.await("later")
	f.stop()
}

// TestIdle neither reads nor writes anything while nothing changes.
func TestIdle(t *testing.T) {
	f := newFixture(t)
	f.put("a.gz", packed(text(numbered("a", 0, 10)...)))
	f.start()
	f.await(numbered("a", 0, 10)...)
	writes := f.store.written()
	time.Sleep(10 * f.set.PollInterval)
	assert.Equal(t, writes, f.store.written())
	f.stop()
	assert.Equal(t, writes, f.store.written())
}

// TestStorageFails says that positions cannot be saved, and saves them when they can.
func TestStorageFails(t *testing.T) {
	f := newFixture(t)
	f.start()
	f.await()
	f.store.fails.Store(true)
	f.put("a.gz", packed("one\n"))
	f.await("one")
	assert.NotZero(t, f.logs.FilterMessageSnippet("cannot be saved").Len())
	f.store.fails.Store(false)
	f.stop()
	f.start()
	f.await("one")
	f.stop()

	f.store.fails.Store(true)
	require.ErrorContains(t, New(f.set).Start(t.Context()), "storage: disk is full")
}

// TestSpoiled goes on from positions that are damaged: a file is rather read again than passed over.
func TestSpoiled(t *testing.T) {
	lines := numbered("a", 0, 100)
	for name, spoil := range map[string]func(string) string{
		"no JSON":        func(string) string { return "{" },
		"another format": func(v string) string { return strings.Replace(v, `"format":1`, `"format":2`, 1) },
		"another pos":    func(v string) string { return strings.Replace(v, `"pos":1400`, `"pos":700`, 1) },
		"beyond":         func(v string) string { return strings.Replace(v, `"pos":1400`, `"pos":99999`, 1) },
		"negative":       func(v string) string { return strings.Replace(v, `"pos":1400`, `"pos":-5`, 1) },
		"head":           func(v string) string { return strings.Replace(v, `"head_len":1024`, `"head_len":5000`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.put("a.gz", packed(text(lines...)))
			f.start()
			f.await(lines...)
			f.stop()
			key := bucketKey(bucketOf(filepath.Join(f.dir, "a.gz")))
			old := string(f.store.data[key])
			require.Contains(t, old, `"pos":1400`)
			require.NotEqual(t, old, spoil(old))
			f.store.data[key] = []byte(spoil(old))
			f.put("a.gz", packed(text(append(lines, "more")...)))
			f.start()
			require.Eventually(t, func() bool { return slices.Contains(f.got(), "more") }, 10*time.Second, time.Millisecond)
			f.stop()
			for _, l := range lines {
				assert.Contains(t, f.got(), l)
			}
		})
	}
}
