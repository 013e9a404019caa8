// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"math"
	"sync"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// shard is a part of the table with a lock of its own.
type shard struct {
	mu    sync.Mutex
	table *Table

	slots slab
	index index
	arena *arena
	// open and kept are the deadlines of open and of remembered sessions, progress those of progress reports; one heap
	// for each model, since each model has its clock.
	open, kept, progress []heap
	// entries is how many places these heaps have together.
	entries int
	gone    forgotten

	state, alone, below session.State
	buf                 []byte
	// part is the place of the part that is being added.
	part int
	// fetched is of no use but that what was fetched was asked for.
	fetched uint64
	// counted is what was last added to the table's size.
	counted int64
}

func (s *shard) init(t *Table, segment, places int) {
	s.table = t
	s.gone.places = places
	s.arena = newArena(segment, func(i uint32, r ref) { s.slots.at(i).state = r })
	n := len(t.models)
	s.open, s.kept, s.progress = make([]heap, n), make([]heap, n), make([]heap, n)
	for i := range n {
		s.open[i].moved = func(i uint32, at int) { s.slots.at(i).at = uint32(at) }
		s.kept[i].moved = s.open[i].moved
		s.progress[i].moved = func(i uint32, at int) { s.slots.at(i).ticks = uint32(at) }
	}
}

// account brings the table's size up to date.
func (s *shard) account() {
	n := s.slots.bytes() + s.index.bytes() + s.arena.bytes() + int64(s.entries)*entrySize + s.gone.bytes()
	if n != s.counted {
		s.table.size.Add(n - s.counted)
		s.counted = n
	}
}

// push puts a session into one of the heaps.
func (s *shard) push(h *heap, i uint32, due int64) {
	before := h.room()
	h.push(i, due)
	s.entries += h.room() - before
}

func (s *shard) find(k session.Key) (uint32, bool) {
	return s.index.find(s.table.hash(k), func(i uint32) bool { return s.slots.at(i).key == k })
}

// schedule sets the deadline of a session that got a part, after which its state has these flags.
func (s *shard) schedule(i uint32, m *Model, isNew bool, now int64, flags session.Flags) {
	sl := s.slots.at(i)
	mi := int(sl.model)
	opens := isNew || sl.flags&slotRemembered != 0
	if opens {
		sl.opened = now
		s.table.open.Add(1)
		if sl.flags&slotRemembered != 0 {
			s.kept[mi].remove(int(sl.at))
			s.table.kept.Add(-1)
		}
		sl.flags &^= slotRemembered | slotReopened
		if flags&session.Reopened != 0 {
			sl.flags |= slotReopened
		}
	}
	sl.flags &^= slotEnded | slotLifetime
	sl.flags |= slotChanged
	due := int64(math.MaxInt64)
	if flags&session.Ended != 0 {
		sl.flags |= slotEnded
		due = later(now, int64(m.Timing.Linger))
	} else if m.Timing.Idle > 0 {
		due = later(now, int64(m.Timing.Idle))
	}
	if life := int64(m.Timing.Lifetime); life > 0 && later(sl.opened, life) < due {
		due = later(sl.opened, life)
		sl.flags |= slotLifetime
	}
	was := sl.due
	sl.due = due
	if opens {
		s.push(&s.open[mi], i, due)
	} else if due < was && due < s.open[mi].dues[sl.at] {
		s.open[mi].fix(int(sl.at), due)
	}
	if p := int64(m.Timing.Progress); p > 0 && sl.flags&slotTicking == 0 {
		sl.flags |= slotTicking
		s.push(&s.progress[mi], i, later(now, p))
	}
}

func later(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// first is the open session of a model that is due first. Deadlines that have moved away are put right on the way.
func (s *shard) first(mi int) (i uint32, due int64, ok bool) {
	h := &s.open[mi]
	for h.len() > 0 {
		e := h.at(0)
		if sl := s.slots.at(e.slot); sl.due > e.due {
			h.fix(0, sl.due)
			continue
		}
		return e.slot, e.due, true
	}
	return 0, 0, false
}

// expireAtOnce is how many sessions are handled before others get the lock.
const expireAtOnce = 512

// expire releases what is due at the model's time, and forgets and reports likewise, as long as n, which it counts down,
// is not zero; true when there is more to do.
func (s *shard) expire(mi int, now int64, n *int) (more bool) {
	for range min(expireAtOnce, *n) {
		if i, due, ok := s.first(mi); ok && due <= now {
			s.release(i, s.slots.at(i).reason(), now)
		} else if k := &s.kept[mi]; k.len() > 0 && k.dues[0] <= now {
			s.forget(k.slots[0])
		} else if h := &s.progress[mi]; h.len() > 0 && h.dues[0] <= now {
			s.report(mi, h.slots[0], now)
		} else {
			return false
		}
		*n--
	}
	return *n > 0
}

// reason says why a session whose deadline has come is released.
func (sl *slot) reason() Reason {
	switch {
	case sl.flags&slotReopened != 0:
		return ReasonLate
	case sl.flags&slotEnded != 0:
		return ReasonEnd
	case sl.flags&slotLifetime != 0:
		return ReasonLifetime
	}
	return ReasonIdle
}

// report hands over a progress report, if there is anything new to say.
func (s *shard) report(mi int, i uint32, now int64) {
	sl := s.slots.at(i)
	s.progress[mi].fix(int(sl.ticks), later(now, int64(s.table.models[mi].Timing.Progress)))
	if sl.flags&slotChanged != 0 {
		sl.flags &^= slotChanged
		s.hand(Released{Model: mi, Key: sl.key, Reason: reasonProgress, Origin: Report, At: now, State: s.arena.get(sl.state, sl.size)})
	}
}

// release hands a session over. What is needed to tell what comes late is kept, if it is to be remembered.
func (s *shard) release(i uint32, why Reason, now int64) {
	t := s.table
	sl := s.slots.at(i)
	mi := int(sl.model)
	m := &t.models[mi]
	blob := s.arena.get(sl.state, sl.size)
	st := &s.state
	err := st.Decode(m.Model, sl.key, blob)
	if err == nil {
		s.hand(Released{Model: mi, Key: sl.key, Reason: why, At: now, State: blob})
		if st.Below(m.Model, &s.below) {
			s.buf = s.below.AppendBinary(s.buf[:0], sl.key)
			s.hand(Released{Model: mi, Key: sl.key, Reason: ReasonLate, Origin: Remainder, At: now, State: s.buf})
		}
	}
	s.leave(i)
	if m.Timing.Late <= 0 || err != nil || why == ReasonLimit || why == ReasonShutdown {
		s.push(&s.kept[mi], i, now)
		s.forget(i)
		return
	}
	st.Release()
	s.store(i, st)
	sl.due = later(now, int64(m.Timing.Late))
	s.push(&s.kept[mi], i, sl.due)
}

// leave takes a session from the open ones to the remembered; it has no deadline yet.
func (s *shard) leave(i uint32) {
	sl := s.slots.at(i)
	s.open[sl.model].remove(int(sl.at))
	s.table.open.Add(-1)
	if sl.flags&slotTicking != 0 {
		s.progress[sl.model].remove(int(sl.ticks))
		sl.flags &^= slotTicking
	}
	sl.flags |= slotRemembered
	s.table.kept.Add(1)
}

// forget drops a remembered session.
func (s *shard) forget(i uint32) {
	sl := s.slots.at(i)
	if s.table.forget != nil {
		s.table.forget(sl.key)
	}
	s.kept[sl.model].remove(int(sl.at))
	s.index.remove(s.table.hash(sl.key), i)
	s.arena.drop(sl.state)
	s.gone.add(sl.key)
	s.slots.give(i)
	s.table.kept.Add(-1)
	s.table.slots.Add(-1)
	s.arena.tidy()
}

func (s *shard) hand(r Released) { s.table.release(r) }
