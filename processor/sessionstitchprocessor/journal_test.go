// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// someSessions are the same for a seed.
func someSessions(n, seed int) (list []sessiontest.Session) {
	for i := range n {
		list = append(list, rapid.Custom(func(t *rapid.T) sessiontest.Session {
			return sessiontest.Draw(t, sessiontest.Formats[i%len(sessiontest.Formats)], fmt.Sprint("session-", i))
		}).Example(seed*100+i))
	}
	return list
}

// interleave gives the entries of all sessions in turn.
func interleave(sessions []sessiontest.Session) (list []sessiontest.Entry) {
	for i := 0; ; i++ {
		n := len(list)
		for _, s := range sessions {
			if i < len(s.Entries) {
				list = append(list, s.Entries[i])
			}
		}
		if len(list) == n {
			return list
		}
	}
}

// TestCrashAtEveryWrite lets the process die at each of its writes to the storage, with the write stored and not, with
// storages that write a batch as one and that do not; and what the sink has then and after a restart is the truth.
func TestCrashAtEveryWrite(t *testing.T) {
	sessions := someSessions(6, 1)
	entries := interleave(sessions)
	for _, mode := range []struct {
		name          string
		whole, stored bool
		// timeline is how many entries are kept. Without one, parts are packed.
		timeline int
	}{
		{"whole", true, false, 2},
		{"whole, stored", true, true, 2},
		{"in parts", false, false, 2},
		{"in parts, stored", false, true, 2},
		{"packed, whole, stored", true, true, 0},
		{"packed, in parts", false, false, 0},
	} {
		t.Run(mode.name, func(t *testing.T) {
			crashes := 0
			step := 1
			if underRace {
				step = raceSample
			}
			for n := 0; ; n += step {
				reached := false
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, func(c *Config) {
						c.EndLinger, c.IdleTimeout, c.Timeline = 2*time.Second, 20*time.Second, mode.timeline
					})
					w.store.Whole, w.store.Stored, w.store.Crash = mode.whole, mode.stored, n
					if w.start() != nil {
						w.crash()
					}
					for i, e := range entries {
						w.send(e.Copy())
						if i%5 == 4 {
							time.Sleep(15 * time.Second)
						}
					}
					w.end()
					reached = w.store.Died()
					// The process may have died after its last acknowledgement.
					require.NoError(t, w.start())
					w.end()
					w.check(sessions)
				})
				if !reached {
					break
				}
				crashes++
			}
			require.Greater(t, crashes*step, len(entries))
			t.Logf("died at %d writes", crashes)
		})
	}
}

// step is what happens before an entry is sent, and how long the pause behind it is.
type step struct {
	entry  sessiontest.Entry
	event  string
	n      int
	stored bool
	pause  time.Duration
}

// failure is a T for a bubble inside a property: rapid's own must not be told of failures there.
type failure struct{ text string }

func (f *failure) Errorf(format string, args ...any) { f.text += fmt.Sprintf(format, args...) }

func (f *failure) FailNow() { panic(f) }

// inBubble runs f in a bubble and gives what failed.
func inBubble(t *testing.T, f func(require.TestingT)) (failed string) {
	synctest.Test(t, func(*testing.T) {
		fail := &failure{}
		defer func() {
			failed = fail.text
			if r := recover(); r != nil && r != fail {
				panic(r)
			}
		}()
		f(fail)
	})
	return failed
}

// TestRandomCrashes lets random sessions go through table, clock and journal, with random orders, repetitions, pauses,
// refusals, limits and crashes.
func TestRandomCrashes(t *testing.T) {
	checkAll(t, func(rt *rapid.T) {
		var sessions []sessiontest.Session
		var entries []sessiontest.Entry
		for i := range rapid.IntRange(1, 4).Draw(rt, "sessions") {
			s := sessiontest.Draw(rt, rapid.SampledFrom(sessiontest.Formats).Draw(rt, "format"), fmt.Sprint("session-", i))
			sessions = append(sessions, s)
			entries = append(entries, s.Entries...)
		}
		clock := rapid.SampledFrom([]Clock{Arrival, Event}).Draw(rt, "clock")
		progress := rapid.SampledFrom([]time.Duration{0, 10 * time.Second}).Draw(rt, "progress")
		whole := rapid.Bool().Draw(rt, "whole")
		timeline := rapid.SampledFrom([]int{0, 2}).Draw(rt, "timeline") // without one, parts are packed
		limit := rapid.SampledFrom([]int64{1, 2, 1_000_000}).Draw(rt, "limit")
		var steps []step
		for _, e := range shuffled(rt, entries, true) {
			steps = append(steps, step{
				entry: e, event: rapid.SampledFrom([]string{"", "", "", "", "kill", "crash", "crash", "refuse", "restart"}).Draw(rt, "event"),
				n: rapid.IntRange(0, 5).Draw(rt, "n"), stored: rapid.Bool().Draw(rt, "stored"),
				pause: time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3, 30, 200}).Draw(rt, "pause")) * time.Second,
			})
		}
		if failed := inBubble(t, func(t require.TestingT) {
			w := newWorld(t, func(c *Config) {
				c.EndLinger, c.IdleTimeout, c.MaxLifetime, c.Clock, c.ProgressInterval = 2*time.Second, 20*time.Second, 100*time.Second, clock, progress
				c.Timeline, c.Limits.Sessions = timeline, limit
			})
			w.store.Whole = whole
			w.play(steps)
			w.check(sessions)
		}); failed != "" {
			rt.Fatal(failed)
		}
	})
}

// play takes the steps and then lets everything come out.
func (w *world) play(steps []step) {
	require.NoError(w.t, w.start())
	for _, s := range steps {
		switch s.event {
		case "kill":
			w.crash()
		case "crash":
			w.store.CrashAfter(s.n, s.stored)
		case "refuse":
			w.refuse(s.n)
		case "restart":
			_ = w.p.Shutdown(context.Background())
			w.crash()
		}
		w.send(s.entry.Copy())
		time.Sleep(s.pause)
	}
	w.end()
	w.store.Kill()
	require.NoError(w.t, w.start())
	w.end()
}
