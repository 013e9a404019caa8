// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
)

var errBusy = errors.New("busy")

// proxy writes numbered lines to a file and rotates it now and then.
type proxy struct {
	t     *testing.T
	path  string
	rand  *rand.Rand
	turns int
	lines []string
}

// write appends n lines.
func (p *proxy) write(n int) {
	f, err := os.OpenFile(p.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	require.NoError(p.t, err)
	for range n {
		l := fmt.Sprintf("%06d %s says something of no known format, %d", len(p.lines), filepath.Base(p.path), p.rand.Uint64())
		p.lines = append(p.lines, l)
		_, err = f.WriteString(l + "\n")
		require.NoError(p.t, err)
	}
	require.NoError(p.t, f.Close())
}

// rename rotates as logrotate does by default. Rotated names stay in the pattern.
func (p *proxy) rename() {
	p.turns++
	require.NoError(p.t, os.Rename(p.path, fmt.Sprintf("%s.%d", p.path, p.turns)))
}

// copyTruncate rotates as logrotate's copytruncate does.
func (p *proxy) copyTruncate() {
	p.turns++
	in, err := os.Open(p.path)
	require.NoError(p.t, err)
	defer in.Close()
	out, err := os.Create(fmt.Sprintf("%s.%d", p.path, p.turns))
	require.NoError(p.t, err)
	_, err = io.Copy(out, in)
	require.NoError(p.t, err)
	require.NoError(p.t, out.Close())
	require.NoError(p.t, os.Truncate(p.path, 0))
}

// TestDeliveryAcrossStops refuses batches at random, stops in the middle of a refusal and starts again, while three
// files are written and rotated: every line arrives, and arrives once.
//
// Renaming may happen at any time. A file is copied and truncated either while the receiver is down, or when all of it
// was read: a reader under way would go on in the middle of what is written next, as any program that reads a file
// which is truncated under it. Even so a poll may look at the file just then, and take the copy for a new file or begin
// in the middle of a line. So the third file's lines may come twice, and ends of them by themselves.
func TestDeliveryAcrossStops(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			dir := t.TempDir()
			file := func(name string) *proxy { return &proxy{t: t, path: filepath.Join(dir, name), rand: rnd} }
			renamed, truncated, live := file("renamed.log"), file("truncated.log"), file("live.log")
			m, s := newMemory(), newSink()
			var outage atomic.Bool
			var calls atomic.Uint64
			s.decide = func(context.Context, []string) error {
				if outage.Load() || calls.Add(1)%3 == 0 {
					return errBusy
				}
				return nil
			}
			for range 6 {
				outage.Store(false)
				h := start(t, fileConfig(filepath.Join(dir, "*.log*")), s, m)
				for range 4 {
					renamed.write(200 + rnd.IntN(400))
					truncated.write(200 + rnd.IntN(400))
					live.write(100)
					time.Sleep(time.Duration(rnd.IntN(30)) * time.Millisecond)
					switch rnd.IntN(4) {
					case 0, 1:
						renamed.rename()
					case 2:
						last := live.lines[len(live.lines)-1]
						require.Eventually(t, func() bool { return s.count(last) > 0 }, soon, time.Millisecond)
						live.copyTruncate()
					}
				}
				outage.Store(true)
				renamed.write(300)
				truncated.write(300)
				before := s.refusals()
				require.Eventually(t, func() bool { return s.refusals() > before+1 }, soon, time.Millisecond)
				h.stop(t)
				if rnd.IntN(2) == 0 {
					truncated.copyTruncate()
				}
			}
			outage.Store(false)
			h := start(t, fileConfig(filepath.Join(dir, "*.log*")), s, m)
			missing := slices.Concat(renamed.lines, truncated.lines, live.lines)
			require.Eventually(t, func() bool {
				missing = slices.DeleteFunc(missing, func(l string) bool { return s.count(l) > 0 })
				return len(missing) == 0
			}, soon, 20*time.Millisecond, "lines are missing")
			h.stop(t)

			for _, o := range s.others(renamed.lines, truncated.lines, live.lines) {
				assert.True(t, slices.ContainsFunc(live.lines, func(l string) bool { return strings.HasSuffix(l, o) }),
					"nobody wrote %q", o)
			}
			for _, p := range []*proxy{renamed, truncated, live} {
				missing, twice := 0, 0
				for _, l := range p.lines {
					switch n := s.count(l); {
					case n == 0:
						missing++
					case n > 1:
						twice++
					}
				}
				assert.Zero(t, missing, "missing of %d lines of %s", len(p.lines), p.path)
				if p != live {
					assert.Zero(t, twice, "twice of %d lines of %s", len(p.lines), p.path)
				}
			}
		})
	}
}

// TestDeliveryAfterKill takes what a process that is killed leaves behind, and goes on from there: nothing is missing.
func TestDeliveryAfterKill(t *testing.T) {
	dir := t.TempDir()
	p := &proxy{t: t, path: filepath.Join(dir, "a.log"), rand: rand.New(rand.NewPCG(7, 0))}
	m, first := newMemory(), newSink()
	h := start(t, fileConfig(filepath.Join(dir, "*.log*")), first, m)
	p.write(1000)
	first.await(t, 1000)
	var left *memory
	require.Eventually(t, func() bool {
		left = m.copy()
		return left.data["knownFiles"] != nil
	}, soon, time.Millisecond)
	p.write(1000)
	p.rename()
	p.write(500)
	first.await(t, 2200) // in the middle
	h.stop(t)

	second := newSink()
	h = start(t, fileConfig(filepath.Join(dir, "*.log*")), second, left)
	// What was read but not saved as read comes again; whether the first thousand does depends on the poll.
	require.Eventually(t, func() bool {
		return !slices.ContainsFunc(p.lines[1000:], func(l string) bool { return second.count(l) == 0 })
	}, soon, 10*time.Millisecond)
	h.stop(t)
	for i, l := range p.lines {
		require.NotZero(t, first.count(l)+second.count(l), l)
		require.LessOrEqual(t, second.count(l), 1, "%d: %s", i, l)
	}
}

// TestPermanentRefusal passes over what the consumer refuses for good, and counts it.
func TestPermanentRefusal(t *testing.T) {
	dir := t.TempDir()
	p := &proxy{t: t, path: filepath.Join(dir, "a.log"), rand: rand.New(rand.NewPCG(8, 0))}
	p.write(1000)
	s := newSink()
	var calls, refused atomic.Int64
	settled := make(map[string]bool) // by one call at a time
	s.decide = func(_ context.Context, bodies []string) error {
		switch calls.Add(1) % 3 {
		case 0:
			refused.Add(int64(len(bodies)))
			for _, l := range bodies {
				settled[l] = true
			}
			return consumererror.NewPermanent(errors.New("never"))
		case 1:
			return errBusy
		}
		return nil
	}
	h := start(t, fileConfig(p.path), s, nil)
	require.Eventually(t, func() bool { return int64(s.len())+refused.Load() == 1000 }, soon, time.Millisecond)
	h.stop(t)
	for _, l := range s.lines() {
		settled[l] = true
	}
	assert.Len(t, settled, 1000, "none was both refused and accepted")
	got := h.lines(t)
	assert.Equal(t, refused.Load(), got["refused"])
	assert.EqualValues(t, s.len(), got["rejected"], "these lines are of no format")
	assert.NotZero(t, refused.Load())
	assert.NotZero(t, s.len())
}

// TestHangingConsumer does not let Shutdown wait for longer than its context allows, and saves no position afterwards.
func TestHangingConsumer(t *testing.T) {
	dir := t.TempDir()
	p := &proxy{t: t, path: filepath.Join(dir, "a.log"), rand: rand.New(rand.NewPCG(9, 0))}
	p.write(10)
	m, s := newMemory(), newSink()
	hangs, release := make(chan struct{}), make(chan struct{})
	s.decide = func(context.Context, []string) error {
		close(hangs)
		<-release
		return nil
	}
	h := start(t, fileConfig(p.path), s, m)
	<-hangs
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, h.Shutdown(ctx), context.DeadlineExceeded)
	left := m.copy()
	close(release)
	s.await(t, 10)

	// What was accepted after the end is delivered again: better twice than never.
	again := newSink()
	h = start(t, fileConfig(p.path), again, left)
	again.await(t, 10)
	h.stop(t)
}

// TestCancelledConsumer ends a call that waits for its context, and reads the lines again after the next start.
func TestCancelledConsumer(t *testing.T) {
	dir := t.TempDir()
	p := &proxy{t: t, path: filepath.Join(dir, "a.log"), rand: rand.New(rand.NewPCG(10, 0))}
	p.write(10)
	m, s := newMemory(), newSink()
	waits := make(chan struct{})
	s.decide = func(ctx context.Context, _ []string) error {
		close(waits)
		<-ctx.Done()
		return ctx.Err()
	}
	h := start(t, fileConfig(p.path), s, m)
	<-waits
	require.NoError(t, h.Shutdown(shortly()))
	assert.Empty(t, h.lines(t), "nothing is settled yet")

	s.decide = nil
	h = start(t, fileConfig(p.path), s, m)
	s.await(t, 10)
	h.stop(t)
	for _, l := range p.lines {
		assert.Equal(t, 1, s.count(l))
	}
}

// TestStartAtEnd reads only what comes after the first start, but everything that comes while the receiver is down,
// even where no file was there before.
func TestStartAtEnd(t *testing.T) {
	dir := t.TempDir()
	m, s := newMemory(), newSink()
	cfg := func() *Config {
		cfg := fileConfig(filepath.Join(dir, "*.log"))
		cfg.File.Get().Consumer.StartAt = "end"
		return cfg
	}
	h := start(t, cfg(), s, m)
	require.Eventually(t, func() bool { return m.copy().data["knownFiles"] != nil }, soon, time.Millisecond)
	h.stop(t)
	p := &proxy{t: t, path: filepath.Join(dir, "a.log"), rand: rand.New(rand.NewPCG(11, 0))}
	p.write(50)
	h = start(t, cfg(), s, m)
	s.await(t, 50)
	h.stop(t)

	fresh := newSink()
	h = start(t, cfg(), fresh, newMemory())
	time.Sleep(50 * time.Millisecond) // for what must not come
	h.stop(t)
	assert.Zero(t, fresh.len(), "what was there before the first start")
}

// TestIdleWritesNothing saves positions when the first poll has ended, and then only when they change.
func TestIdleWritesNothing(t *testing.T) {
	dir := t.TempDir()
	p := &proxy{t: t, path: filepath.Join(dir, "a.log"), rand: rand.New(rand.NewPCG(12, 0))}
	p.write(50)
	m, s := newMemory(), newSink()
	h := start(t, fileConfig(p.path), s, m)
	s.await(t, 50)
	h.stop(t)
	before := m.written()
	h = start(t, fileConfig(p.path), s, m)
	require.Eventually(t, func() bool { return m.written() > before }, soon, time.Millisecond)
	time.Sleep(100 * time.Millisecond) // ten polls; more only make the test stricter
	h.stop(t)
	assert.Equal(t, before+1, m.written())
	assert.Equal(t, 50, s.len())
}
