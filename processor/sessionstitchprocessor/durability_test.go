// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// filled is a world whose process has taken half of the entries of some sessions and then died.
func filled(t *testing.T, change func(*Config)) (w *world, sessions []sessiontest.Session, rest []sessiontest.Entry) {
	w = newWorld(t, change)
	require.NoError(t, w.start())
	sessions = someSessions(9, 3)
	entries := interleave(sessions)
	for _, e := range entries[:len(entries)/2] {
		w.send(e.Copy())
	}
	return w, sessions, entries[len(entries)/2:]
}

func (w *world) sendAll(entries []sessiontest.Entry) {
	for _, e := range entries {
		w.send(e.Copy())
	}
}

// TestACleanStopKeepsWhatIsOpen with both ways to keep it, and between them.
func TestACleanStopKeepsWhatIsOpen(t *testing.T) {
	for _, ways := range [][2]Durability{
		{DurabilityJournal, DurabilityJournal},
		{DurabilityShutdown, DurabilityShutdown},
		{DurabilityJournal, DurabilityShutdown},
		{DurabilityShutdown, DurabilityJournal},
	} {
		t.Run(fmt.Sprint(ways[0], " then ", ways[1]), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, sessions, rest := filled(t, func(c *Config) { c.Durability, c.IdleTimeout = ways[0], time.Hour })
				open := w.p.table.Open()
				require.Positive(t, open)
				require.NoError(t, w.p.Shutdown(t.Context()))
				for _, e := range w.acknowledged() {
					assert.NotEqual(t, "shutdown", textOf(e.Record(), attr.ProxySessionCloseReason))
				}
				w.cfg.Durability = ways[1]
				require.NoError(t, w.start())
				assert.Equal(t, open, w.p.table.Open())
				w.sendAll(rest)
				time.Sleep(2 * time.Hour)
				w.end()
				w.check(sessions)
			})
		})
	}
}

// TestNothingIsLeftInTheStorage where nothing is to be kept any more: what was open goes on in memory, and does not come back
// when it is kept again.
func TestNothingIsLeftInTheStorage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, sessions, rest := filled(t, func(c *Config) { c.IdleTimeout = time.Hour })
		open := w.p.table.Open()
		require.Positive(t, open)
		w.die()
		w.cfg.Durability = DurabilityNone
		require.NoError(t, w.start())
		assert.Equal(t, open, w.p.table.Open())
		assert.Empty(t, w.store.Keys("journal/"))
		w.sendAll(rest)
		time.Sleep(2 * time.Hour)
		require.NoError(t, w.p.Shutdown(t.Context()))
		w.cfg.Durability = DurabilityJournal
		require.NoError(t, w.start())
		assert.Zero(t, w.p.table.Open())
		w.end()
		w.check(sessions)
		w.cfg.Durability = DurabilityNone
		p := mustStitcher(t, processortest.NewNopSettings(metadata.Type), w.cfg)
		require.NoError(t, p.Start(t.Context(), sessiontest.Host{}), "there is nothing to read back where there is no storage")
		require.NoError(t, p.Shutdown(t.Context()))
	})
}

// TestAnUnacceptedOutputIsKept over a clean stop while the next consumer refuses, and over a crash.
func TestAnUnacceptedOutputIsKept(t *testing.T) {
	for _, d := range []Durability{DurabilityJournal, DurabilityShutdown} {
		t.Run(string(d), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, func(c *Config) { c.Durability = d })
				require.NoError(t, w.start())
				w.refuse(1 << 30)
				sessions := someSessions(9, 4)
				w.sendAll(interleave(sessions))
				time.Sleep(time.Hour)
				require.Empty(t, w.acknowledged())
				require.NoError(t, w.p.Shutdown(t.Context()))
				require.NoError(t, w.start())
				w.end()
				w.check(sessions)
			})
		})
	}
}

// TestACutOffRequestIsKept: where the stop cuts off a request that hangs, the exporter may call that a refusal for good.
func TestACutOffRequestIsKept(t *testing.T) {
	for _, d := range []Durability{DurabilityJournal, DurabilityShutdown} {
		t.Run(string(d), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, func(c *Config) { c.Durability = d })
				require.NoError(t, w.start())
				w.sink.hang = true
				sessions := someSessions(9, 4)
				w.sendAll(interleave(sessions))
				time.Sleep(time.Hour)
				require.NoError(t, w.p.Shutdown(t.Context()))
				require.NoError(t, w.start())
				w.end()
				w.check(sessions)
			})
		})
	}
}

// TestACrashWithShutdownOnlyLosesWhatWasOpen and never brings back what was put out since the last clean stop.
func TestACrashWithShutdownOnlyLosesWhatWasOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, sessions, rest := filled(t, func(c *Config) { c.Durability, c.IdleTimeout = DurabilityShutdown, time.Hour })
		require.NoError(t, w.p.Shutdown(t.Context()))
		require.NoError(t, w.start())
		w.sendAll(rest)
		time.Sleep(3 * time.Hour)
		n := len(w.acknowledged())
		w.check(sessions)
		w.crash()
		assert.Zero(t, w.p.table.Open())
		w.end()
		assert.Len(t, w.acknowledged(), n)
	})
}

// TestAFailedSaveReleases instead of losing.
func TestAFailedSaveReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Durability = DurabilityShutdown })
		require.NoError(t, w.start())
		sessions := someSessions(9, 5)
		w.sendAll(interleave(sessions))
		w.store.SetFull(syscall.ENOSPC)
		require.NoError(t, w.p.Shutdown(t.Context()))
		w.check(sessions)
		w.store.SetFull(nil)
		require.NoError(t, w.start())
		assert.Zero(t, w.p.table.Open(), "what was released is not kept too")
		w.end()
	})
}

// TestAFullDiskRefuses with an error that says so and may be tried again, merges nothing, loses nothing, and goes on when
// there is room.
func TestAFullDiskRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, sessions, rest := filled(t, nil)
		before := w.p.table.Open()
		w.store.SetFull(syscall.ENOSPC)
		err := w.p.ConsumeLogs(t.Context(), rest[0].Copy())
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.False(t, consumererror.IsPermanent(err))
		assert.ErrorContains(t, err, "session_stitch cannot write to its storage")
		assert.Equal(t, before, w.p.table.Open())
		time.Sleep(time.Hour)
		require.Error(t, w.p.ConsumeLogs(t.Context(), rest[0].Copy()))
		assert.LessOrEqual(t, w.p.table.Open(), before)
		w.store.SetFull(nil)
		require.NoError(t, w.p.ConsumeLogs(t.Context(), rest[0].Copy()))
		w.sendAll(rest[1:])
		w.end()
		w.check(sessions)
	})
}

// TestAnAlmostFullDiskTakesRecords: where there is room for records but not for a piece of the journal, records are taken, and
// it is told once that the journal grows and once that it no longer does.
func TestAnAlmostFullDiskTakesRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		w, sessions, rest := filled(t, nil)
		require.NoError(t, w.p.Shutdown(t.Context()))
		w.logger = zap.New(core)
		require.NoError(t, w.start())
		logs.TakeAll()
		told := func() (list []string) {
			for _, e := range logs.TakeAll() {
				list = append(list, e.Message)
			}
			return list
		}
		w.store.SetRoom(syscall.ENOSPC, 2<<10) // the head alone, which goes with each piece, is larger
		for _, e := range rest {
			require.NoError(t, w.p.ConsumeLogs(t.Context(), e.Copy()))
			time.Sleep(100 * time.Millisecond)
		}
		const grows = "The journal cannot be made shorter, and grows until it can; records are taken as long as the storage has room for them"
		assert.Equal(t, []string{grows}, told())
		w.store.SetRoom(nil, 0)
		for range 4 {
			w.send(rest[0].Copy())
			time.Sleep(time.Second)
		}
		assert.Equal(t, []string{"The journal is made shorter again"}, told())
		w.end()
		w.check(sessions)
	})
}

// TestDeadlinesAreKept: a session whose deadline passed while nobody ran is released a moment after the start, the
// others when they would have been.
func TestDeadlinesAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.IdleTimeout, c.MaxLifetime = 10*time.Minute, 0 })
		c := w.cfg
		c.Models.EdgeOne.IdleTimeout = &c.IdleTimeout
		require.NoError(t, w.start())
		sessions := someSessions(1, 6)
		w.send(sessions[0].Entries[0].Copy())
		time.Sleep(4 * time.Minute)
		w.die()
		time.Sleep(4 * time.Minute)
		require.NoError(t, w.start())
		time.Sleep(110 * time.Second)
		require.Empty(t, w.acknowledged(), "eight of ten minutes")
		time.Sleep(20 * time.Second)
		require.Len(t, w.acknowledged(), 1)
		w.send(sessions[0].Entries[0].Copy())
		for _, e := range someSessions(4, 7)[3:] {
			w.send(e.Entries[0].Copy())
		}
		w.die()
		time.Sleep(time.Hour)
		require.NoError(t, w.start())
		time.Sleep(restoreGrace / 2)
		require.Len(t, w.acknowledged(), 1)
		time.Sleep(restoreGrace)
		require.Len(t, w.acknowledged(), 2)
		w.end()
	})
}

// TestDeadlinesComeNearer: what was open is released no later than timeouts that are shorter now say, nor by a wall clock
// that was wrong.
func TestDeadlinesComeNearer(t *testing.T) {
	const idle = time.Minute
	for name, change := range map[string]func(*world){
		"shorter timeouts": func(w *world) {
			long := time.Hour
			w.cfg.IdleTimeout, w.cfg.EndLinger, w.cfg.Models.EdgeOne.IdleTimeout, w.cfg.Models.G3Proxy.IdleTimeout = long, long, &long, &long
		},
		"clock put back":       func(w *world) { w.ahead = 24 * 365 * time.Hour },
		"event clock put back": func(w *world) { w.ahead, w.cfg.Clock = 24*365*time.Hour, Event },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				before := *w.cfg
				short := idle
				before.IdleTimeout, before.EndLinger, before.Models.EdgeOne.IdleTimeout, before.Models.G3Proxy.IdleTimeout = idle, idle, &short, &short
				*w.cfg = before
				change(w)
				require.NoError(t, w.start())
				sessions := someSessions(9, 4)
				w.sendAll(interleave(sessions))
				w.die()
				before.Clock = w.cfg.Clock
				*w.cfg, w.ahead = before, 0
				require.NoError(t, w.start())
				require.NotZero(t, w.p.table.Open())
				time.Sleep(2 * idle)
				assert.Zero(t, w.p.table.Open())
				w.end()
				w.check(sessions)
			})
		})
	}
}

func mustStitcher(t *testing.T, set processor.Settings, cfg *Config) *stitcher {
	t.Helper()
	p, err := newStitcher(set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	return p
}

// TestSettingsMayChange between two processes: timing and clock apply to what was read back; what belongs to a model
// that is gone is set aside.
func TestSettingsMayChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, sessions, rest := filled(t, nil)
		w.die()
		w.cfg.IdleTimeout, w.cfg.EndLinger, w.cfg.Clock, w.cfg.Timeline = time.Minute, time.Second, Event, 0
		require.NoError(t, w.start())
		w.sendAll(rest)
		w.end()
		w.check(sessions)
	})
	synctest.Test(t, func(t *testing.T) {
		w, sessions, rest := filled(t, nil)
		w.die()
		w.cfg.Rules[0].Name = "renamed"
		require.NoError(t, w.start())
		assert.Empty(t, w.store.Keys("aside/"))
		w.sendAll(rest)
		w.end()
		w.check(sessions)
	})
}

// TestAModelSwitchedOff between two processes: what was open comes out with what there is, and the rest passes.
func TestAModelSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, sessions, rest := filled(t, nil)
		w.die()
		w.cfg.Models.Envoy.Enabled = new(bool)
		require.NoError(t, w.start())
		assert.Empty(t, w.store.Keys("aside/"))
		w.sendAll(rest)
		w.end()
		isEnvoy := func(e sessiontest.Entry) bool {
			_, envoy := e.Record().Attributes().Get(attr.EnvoyStreamID)
			return envoy
		}
		in, parts, passed := 0, int64(0), 0
		for _, s := range sessions {
			if isEnvoy(s.Entries[0]) {
				in += len(s.Entries)
			}
		}
		for _, e := range w.acknowledged() {
			if !isEnvoy(e) {
				continue
			}
			if n := intOf(e.Record(), attr.ProxySessionParts); n > 0 {
				parts += n
			} else {
				passed++
			}
		}
		assert.Positive(t, parts)
		assert.Equal(t, in, int(parts)+passed, "each entry is in a session or has passed")
	})
}

// TestAnotherClock between two processes: what was open is released when the events' time comes, and not when it has caught
// up with the wall.
func TestAnotherClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, sessions, rest := filled(t, nil)
		w.die()
		time.Sleep(time.Until(time.Unix(0, sessiontest.Epoch).Add(48 * time.Hour))) // a bubble begins in 2000
		w.cfg.Clock, w.cfg.IdleTimeout, w.cfg.EndLinger = Event, time.Minute, time.Second
		require.NoError(t, w.start())
		silent := func(e sessiontest.Entry) bool { return textOf(e.Record(), attr.ProxySessionID) == "session-1" }
		w.sendAll(slices.DeleteFunc(slices.Clone(rest), silent))
		time.Sleep(30 * time.Minute)
		assert.Zero(t, w.p.table.Open())
		w.sendAll(slices.DeleteFunc(rest, func(e sessiontest.Entry) bool { return !silent(e) }))
		w.end()
		w.check(sessions)
	})
}

// TestTheEventClockIsKept: what is open after a start is released when the events' time comes, as if the clock had stood
// while nobody ran, and not at once because the wall's has run ahead.
func TestTheEventClockIsKept(t *testing.T) {
	for d, leave := range map[Durability]func(*testing.T, *world){
		DurabilityShutdown: func(t *testing.T, w *world) { require.NoError(t, w.p.Shutdown(t.Context())) },
		DurabilityJournal:  func(_ *testing.T, w *world) { w.die() },
	} {
		t.Run(string(d), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, func(c *Config) { c.Clock, c.IdleTimeout, c.Durability = Event, 10*time.Minute, d })
				w.cfg.Models.EdgeOne.IdleTimeout = &w.cfg.IdleTimeout
				time.Sleep(time.Until(time.Unix(0, sessiontest.Epoch).Add(48 * time.Hour))) // a bubble begins in 2000
				require.NoError(t, w.start())
				w.send(someSessions(1, 6)[0].Entries[0].Copy())
				time.Sleep(4 * time.Minute)
				leave(t, w)
				time.Sleep(time.Hour)
				require.NoError(t, w.start())
				time.Sleep(5 * time.Minute)
				require.Empty(t, w.acknowledged())
				time.Sleep(6 * time.Minute)
				require.Len(t, w.acknowledged(), 1)
				w.end()
			})
		})
	}
}

// TestTheJournalIsBounded: it takes no more than a few times the state, however much goes through it.
func TestTheJournalIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.EndLinger, c.LateWindow = time.Second, time.Minute })
		require.NoError(t, w.start())
		most := 0
		ld, recs := sessiontest.NewLogs(sessiontest.EdgeOneResource())
		for range 200 {
			recs.AppendEmpty()
		}
		rounds := sample(100)
		for i := range rounds {
			for k := range 200 {
				sessiontest.EdgeOne(map[string]any{
					"SessionID": fmt.Sprint(i, "-", k), "ConnectTimeStamp": "2026-11-20T00:00:00Z", "LogTimeStamp": "2026-11-20T00:01:00Z",
					"DisconnetReason": "up:closed", "ClientRealIP": "198.51.100.146", "SentBytes": "647", "ReceivedBytes": "1",
				}, recs.At(k))
			}
			w.send(ld)
			time.Sleep(3 * time.Second)
			most = max(most, w.store.Size())
		}
		assert.Less(t, most, 8<<20)
		assert.Len(t, w.distinct(), rounds*200)
		w.end()
	})
}
