// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// Reason is why a session was released.
type Reason uint8

// The reasons.
const (
	ReasonEnd Reason = iota
	ReasonIdle
	ReasonLifetime
	ReasonLimit
	ReasonShutdown
	ReasonLate
	reasonProgress
)

var reasons = [...]string{"end", "idle", "lifetime", "limit", "shutdown", "late", "progress"}

// String is the reason as proxy.session.close_reason has it.
func (r Reason) String() string { return reasons[r] }

// Valid says that it is one of the reasons.
func (r Reason) Valid() bool { return int(r) < len(reasons) }

// Progress says that this is no release but a report of an open session.
func (r Reason) Progress() bool { return r == reasonProgress }

// Origin is what a released state was made of.
type Origin uint8

// The origins.
const (
	// Session is the state of a session, which from then on is only remembered.
	Session Origin = iota
	// Remainder is what lay below the ranges that a session's earlier outputs counted.
	Remainder
	// Stray is a part that could not be merged.
	Stray
	// Report is an open session that goes on.
	Report
)

// Released is a session that leaves.
type Released struct {
	// Model is its place in the configuration.
	Model  int
	Key    session.Key
	Reason Reason
	Origin Origin
	// At is the time of the model's clock.
	At int64
	// Part is for a Stray the place of its part among those that were added together.
	Part int
	// State is its encoded state, which has to be copied.
	State []byte
}

// Model is a model and when its sessions are released.
type Model struct {
	*session.Model
	Timing model.Timing
	// Timeline is the number of entries to keep.
	Timeline int
	// EventClock measures deadlines in the time of the events.
	EventClock bool
}

// window is how far behind the newest part a part may be. Where released keys are not remembered it is as long as a
// session may be silent, which may be for ever.
func (m *Model) window() int64 {
	switch {
	case m.Timing.Late > 0:
		return int64(m.Timing.Late)
	case m.Timing.Idle > 0:
		return int64(m.Timing.Idle)
	}
	return math.MaxInt64
}

// Config is what the table is made of.
type Config struct {
	Dict   *dict.Dict
	Models []Model
	// Sessions is how many may be open.
	Sessions int64
	// Memory is how much the caller means to let the table take, in bytes; the table chooses its grain by it.
	Memory int64
	// Release is called under a shard's lock for each session that leaves. It must not block nor call the table.
	Release func(Released)
	// Forget, unless it is nil, is called likewise for each session that is no longer remembered.
	Forget func(session.Key)
	// Report, unless it is nil, is asked likewise whether the progress of a session may be reported now. What is not is told
	// by its next report: reports are cumulative.
	Report func() bool
}

const shards = 8

// Table holds sessions. It is safe for concurrent use. Times are nanoseconds since 1970 on the wall clock.
type Table struct {
	dict    *dict.Dict
	models  []Model
	clocks  []clock
	limit   int64
	release func(Released)
	forget  func(session.Key)
	reports func() bool
	seed    uint64
	shards  [shards]shard

	open, kept, size atomic.Int64
	// slots counts open sessions, and those that are about to be.
	slots atomic.Int64
	// wall is the latest time of the wall clock that Expire was told.
	wall atomic.Int64
}

// New makes an empty table.
func New(c Config) *Table {
	t := &Table{
		dict: c.Dict, models: slices.Clone(c.Models), limit: c.Sessions, release: c.Release, forget: c.Forget, reports: c.Report,
		clocks: make([]clock, len(c.Models)),
		seed:   rand.Uint64(), // so that nobody can choose keys that meet in one place
	}
	for i := range t.clocks {
		t.clocks[i].event = c.Models[i].EventClock
	}
	segment := min(max(c.Memory/shards/96, 2<<10), 48<<10)
	places := min(max(c.Memory/shards/64/8, 64), 64<<10)
	for i := range t.shards {
		t.shards[i].init(t, int(segment), int(places))
	}
	return t
}

func (t *Table) hash(k session.Key) uint64 {
	x := k.Lo ^ t.seed
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	return x ^ x>>32
}

func (t *Table) shard(k session.Key) *shard { return &t.shards[shardOf(k)] }

func shardOf(k session.Key) int { return int(k.Hi >> 61) }

// reserve takes a place for a session that opens, if there is one or if it has to be.
func (t *Table) reserve(force bool) bool {
	if t.slots.Add(1) > t.limit && !force {
		t.slots.Add(-1)
		return false
	}
	return true
}

// Model is the model at a place of the configuration.
func (t *Table) Model(mi int) *session.Model { return t.models[mi].Model }

// Open is the number of open sessions.
func (t *Table) Open() int64 { return t.open.Load() }

// Remembered is the number of released sessions that are remembered.
func (t *Table) Remembered() int64 { return t.kept.Load() }

// Slots is the number of sessions that count against the limit: those that are open. What remembered ones take is memory.
func (t *Table) Slots() int64 { return t.slots.Load() }

// Size is what the table takes, in bytes.
func (t *Table) Size() int64 { return t.size.Load() }

// IsOpen says whether a session is open.
func (t *Table) IsOpen(k session.Key) bool {
	s := t.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.find(k)
	return ok && s.arena.at(p).flags&slotRemembered == 0
}

// Expire releases, forgets and reports what is due.
func (t *Table) Expire(wall int64) { t.ExpireSome(wall, math.MaxInt) }

// ExpireSome does so with up to n sessions; true says that there may be more.
func (t *Table) ExpireSome(wall int64, n int) (more bool) {
	t.look(wall)
	for i := range t.shards {
		s := &t.shards[i]
		for mi := range t.models {
			now := t.clocks[mi].now(wall)
			for more := true; more; {
				s.mu.Lock()
				more = s.expire(mi, now, &n)
				s.account()
				s.mu.Unlock()
			}
		}
	}
	return n <= 0
}

// putBack is how far the wall clock has to go back for deadlines to follow it; by less they may be late.
const putBack = int64(time.Second)

// look follows a wall clock that was put back. What was due would be due only when it has caught up, which may take as
// long as it was wrong, and an event clock would stand still until then.
func (t *Table) look(wall int64) {
	if wall > t.wall.Load()-putBack {
		t.wall.Store(max(wall, t.wall.Load()))
		return
	}
	t.wall.Store(wall)
	for mi := range t.models {
		c := &t.clocks[mi]
		c.putBack(wall)
		for i := range t.shards {
			t.shards[i].resume(mi, false, c.now(wall), 0, 0)
		}
	}
}

// ReleaseAll releases every open session.
func (t *Table) ReleaseAll(why Reason, wall int64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for mi := range t.models {
			s.releaseAll(mi, why, t.clocks[mi].now(wall))
		}
		s.account()
		s.mu.Unlock()
	}
}

// Abandon releases every open session of a model, and forgets them and those that are remembered.
func (t *Table) Abandon(mi int, wall int64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		s.releaseAll(mi, ReasonShutdown, t.clocks[mi].now(wall))
		for h := &s.kept[mi]; h.len() > 0; {
			s.forget(h.places[0])
		}
		s.account()
		s.mu.Unlock()
	}
}
