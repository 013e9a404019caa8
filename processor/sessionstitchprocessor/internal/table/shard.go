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
	// fetched is of no use but that what was fetched was asked for.
	fetched uint64
	// counted is what was last added to the table's size.
	counted int64
}

func (s *shard) init(t *Table, segment, places int) {
	s.table = t
	s.gone.places = places
	s.arena = newArena(segment, s.moved)
	n := len(t.models)
	s.open, s.kept, s.progress = make([]heap, n), make([]heap, n), make([]heap, n)
	for i := range n {
		s.open[i].moved = func(p place, at int) { s.arena.at(p).at = uint32(at) }
		s.kept[i].moved = s.open[i].moved
		s.progress[i].moved = func(p place, at int) { s.arena.at(p).ticks = uint32(at) }
	}
}

// moved tells those who point to blocks that these are somewhere else. First it looks at what the index has of them, for the
// same reason as fetch.
func (s *shard) moved(list []move) {
	if len(list) > 1 {
		sum := uint64(0)
		for _, m := range list {
			sum += s.index.list[s.index.home(s.table.hash(s.arena.at(m.to).key))]
		}
		s.fetched = sum
	}
	for _, m := range list {
		sl := s.arena.at(m.to)
		s.index.move(s.table.hash(sl.key), m.from, m.to)
		if sl.at != nowhere {
			s.deadlines(sl).places[sl.at] = m.to
		}
		if sl.flags&slotTicking != 0 {
			s.progress[sl.model].places[sl.ticks] = m.to
		}
	}
}

// deadlines is the heap that a session's deadline is in.
func (s *shard) deadlines(sl *slot) *heap {
	if sl.flags&slotRemembered != 0 {
		return &s.kept[sl.model]
	}
	return &s.open[sl.model]
}

// account brings the table's size up to date.
func (s *shard) account() {
	n := s.index.bytes() + s.arena.bytes() + int64(s.entries)*entrySize + s.gone.bytes()
	if n != s.counted {
		s.table.size.Add(n - s.counted)
		s.counted = n
	}
}

// push puts a session into one of the heaps.
func (s *shard) push(h *heap, p place, due int64) {
	before := h.room()
	h.push(entry{due: due, place: p, piece: uint8(Partition(s.arena.at(p).key))})
	s.entries += h.room() - before
}

// findNear is find with the key's hash, where the index probably still has the session at entry.
func (s *shard) findNear(k session.Key, hash uint64, entry uint32) (place, bool) {
	if p, ok := s.index.near(hash, entry); ok && s.arena.at(p).key == k {
		return p, true
	}
	return s.findBy(k, hash)
}

// find gives the place of a session's block.
func (s *shard) find(k session.Key) (place, bool) { return s.findBy(k, s.table.hash(k)) }

func (s *shard) findBy(k session.Key, hash uint64) (place, bool) {
	x := &s.index
	if len(x.list) == 0 {
		return 0, false
	}
	at, p, ok := x.seek(hash, x.home(hash))
	for ok && s.arena.at(p).key != k {
		at, p, ok = x.seek(hash, x.next(at))
	}
	return p, ok
}

// schedule sets the deadline of a session that got a part, after which its state has these flags.
func (s *shard) schedule(p place, m *Model, isNew bool, now int64, flags session.Flags) {
	sl := s.arena.at(p)
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
		s.push(&s.open[mi], p, due)
	} else if due < was && due < s.open[mi].dues[sl.at] {
		s.open[mi].fix(int(sl.at), due)
	}
	if every := int64(m.Timing.Progress); every > 0 && sl.flags&slotTicking == 0 {
		sl.flags |= slotTicking
		s.push(&s.progress[mi], p, later(now, every))
	}
}

func later(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// first is the open session of a model that is due first. Deadlines that have moved away are put right on the way.
func (s *shard) first(mi int) (p place, due int64, ok bool) {
	h := &s.open[mi]
	for h.len() > 0 {
		e := h.at(0)
		if sl := s.arena.at(e.place); sl.due > e.due {
			h.fix(0, sl.due)
			continue
		}
		return e.place, e.due, true
	}
	return 0, 0, false
}

// expireAtOnce is how many sessions are handled before others get the lock.
const expireAtOnce = 512

// expire releases what is due at the model's time, and forgets and reports likewise, as long as n, which it counts down,
// is not zero; true when there is more to do.
func (s *shard) expire(mi int, now int64, n *int) (more bool) {
	for range min(expireAtOnce, *n) {
		if p, due, ok := s.first(mi); ok && due <= now {
			s.release(p, s.arena.at(p).reason(), now)
		} else if k := &s.kept[mi]; k.len() > 0 && k.dues[0] <= now {
			s.forget(k.places[0])
		} else if h := &s.progress[mi]; h.len() > 0 && h.dues[0] <= now {
			s.report(mi, h.places[0], now)
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
func (s *shard) report(mi int, p place, now int64) {
	sl := s.arena.at(p)
	s.progress[mi].fix(int(sl.ticks), later(now, int64(s.table.models[mi].Timing.Progress)))
	if sl.flags&slotChanged != 0 && (s.table.reports == nil || s.table.reports()) {
		sl.flags &^= slotChanged
		s.hand(Released{Model: mi, Key: sl.key, Reason: reasonProgress, Origin: Report, At: now, State: s.arena.state(p)})
	}
}

// release hands a session over. What is needed to tell what comes late is kept, if it is to be remembered.
func (s *shard) release(p place, why Reason, now int64) {
	t := s.table
	sl := s.arena.at(p)
	mi := int(sl.model)
	m := &t.models[mi]
	blob := s.arena.state(p)
	st := &s.state
	err := st.Decode(m.Model, sl.key, blob)
	if err == nil {
		s.hand(Released{Model: mi, Key: sl.key, Reason: why, At: now, State: blob})
		if st.Below(m.Model, &s.below) {
			s.buf = s.below.AppendBinary(s.buf[:0], sl.key)
			s.hand(Released{Model: mi, Key: sl.key, Reason: ReasonLate, Origin: Remainder, At: now, State: s.buf})
		}
	}
	s.leave(p)
	if m.Timing.Late <= 0 || err != nil || why == ReasonShutdown {
		s.remember(p, now)
		s.forget(p)
		return
	}
	st.Release()
	s.remember(s.store(p, st), later(now, int64(m.Timing.Late)))
	s.arena.tidy()
}

// releaseAll releases every open session of a model.
func (s *shard) releaseAll(mi int, why Reason, now int64) {
	for {
		p, _, ok := s.first(mi)
		if !ok {
			return
		}
		s.release(p, why, now)
	}
}

// leave takes a session from the open ones to the remembered; it has no deadline until remember sets one.
func (s *shard) leave(p place) {
	sl := s.arena.at(p)
	s.open[sl.model].remove(int(sl.at))
	sl.at = nowhere
	s.table.open.Add(-1)
	s.table.slots.Add(-1)
	if sl.flags&slotTicking != 0 {
		s.progress[sl.model].remove(int(sl.ticks))
		sl.flags &^= slotTicking
	}
	sl.flags |= slotRemembered
	s.table.kept.Add(1)
}

// remember sets when a session that left is forgotten.
func (s *shard) remember(p place, due int64) {
	sl := s.arena.at(p)
	sl.due = due
	s.push(&s.kept[sl.model], p, due)
}

// forget drops a remembered session.
func (s *shard) forget(p place) {
	sl := s.arena.at(p)
	if s.table.forget != nil {
		s.table.forget(sl.key)
	}
	s.kept[sl.model].remove(int(sl.at))
	s.index.remove(s.table.hash(sl.key), p)
	s.gone.add(Partition(sl.key), markOf(sl.key))
	s.arena.drop(p)
	s.table.kept.Add(-1)
	s.arena.tidy()
}

func (s *shard) hand(r Released) { s.table.release(r) }
