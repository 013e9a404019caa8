// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"math"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// A table can be written down piece by piece and be rebuilt: from pieces, and from what happened since, told again by
// Put, Dismiss and Drop. Telling again what a piece already holds changes nothing but what Put does.

// Partitions is the number of pieces; a session's is the first byte of its key's hash.
const Partitions = 256

// Partition is the piece that a session belongs to.
func Partition(k session.Key) int { return int(k.Hi >> 56) }

// Saved is a session as it is written down.
type Saved struct {
	Key   session.Key
	Model int
	// Flags are the table's own.
	Flags uint8
	// Opened and Due are times of the model's clock.
	Opened, Due int64
	State       []byte
}

// Each calls f with the sessions of a partition, open and remembered ones. State holds during the call.
func (t *Table) Each(partition int, f func(Saved)) {
	s := t.shard(session.Key{Hi: uint64(partition) << 56})
	s.mu.Lock()
	defer s.mu.Unlock()
	save := func(p place) {
		sl := s.arena.at(p)
		f(Saved{
			Key: sl.key, Model: int(sl.model), Flags: uint8(sl.flags &^ slotTicking), Opened: sl.opened, Due: sl.due,
			State: s.arena.state(p),
		})
	}
	for mi := range t.models {
		s.open[mi].of(uint8(partition), save)
		s.kept[mi].of(uint8(partition), save)
	}
}

// Load puts a session into the table that is not in it; false when it is.
func (t *Table) Load(v Saved) bool {
	s := t.shard(v.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.find(v.Key); found {
		return false
	}
	p := s.enter(v.Model, v.Key, v.State)
	sl := s.arena.at(p)
	sl.flags |= slotFlags(v.Flags) &^ slotTicking
	sl.opened, sl.due = v.Opened, v.Due
	if sl.flags&slotRemembered != 0 {
		t.kept.Add(1)
		s.push(&s.kept[v.Model], p, v.Due)
	} else {
		t.open.Add(1)
		t.slots.Add(1)
		s.push(&s.open[v.Model], p, v.Due)
		if every := int64(t.models[v.Model].Timing.Progress); every > 0 {
			sl.flags |= slotTicking
			s.push(&s.progress[v.Model], p, later(v.Opened, every))
		}
	}
	s.account()
	return true
}

// Dismiss tells again that a session was released at a time of its model's clock.
func (t *Table) Dismiss(k session.Key, at int64) {
	s := t.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	p, found := s.find(k)
	if !found || s.arena.at(p).flags&slotRemembered != 0 {
		return
	}
	m := &t.models[s.arena.at(p).model]
	st := &s.state
	err := st.Decode(m.Model, k, s.arena.state(p))
	s.leave(p)
	if err == nil {
		st.Release()
		p = s.store(p, st)
	}
	s.remember(p, later(at, int64(m.Timing.Late)))
	s.arena.tidy()
	s.account()
}

// Drop tells again that a session was forgotten.
func (t *Table) Drop(k session.Key) {
	s := t.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	p, found := s.find(k)
	if !found {
		return
	}
	if s.arena.at(p).flags&slotRemembered == 0 {
		s.leave(p)
		s.remember(p, 0)
	}
	s.forget(p)
	s.account()
}

// ClockState is a model's event clock; both are zero where it has none or has seen nothing.
type ClockState struct {
	// Base is the event time, At the wall clock when it was seen.
	Base, At int64
}

// Clock gives a model's clock.
func (t *Table) Clock(mi int) ClockState {
	c := &t.clocks[mi]
	c.mu.Lock()
	defer c.mu.Unlock()
	return ClockState{Base: c.base, At: c.at}
}

// SetClock sets it.
func (t *Table) SetClock(mi int, v ClockState) {
	c := &t.clocks[mi]
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.at = v.Base, v.At
}

// Resume begins anew after a restore. models are those of the present configuration, in the same order as before.
// Nothing is released before grace has passed, nor forgotten before keep has, in nanoseconds, since what was on the way
// while nobody listened may come now, nor kept longer than it would be if its last part came now: timeouts may be shorter
// than they were, and the wall clock may have been put back. The deadlines of a model whose clock has changed begin anew; an
// event clock that did not go before shows the time of the newest part.
func (t *Table) Resume(models []Model, wall, grace, keep int64) {
	for mi := range t.models {
		old := t.models[mi].EventClock
		t.models[mi] = models[mi]
		c := &t.clocks[mi]
		c.event = models[mi].EventClock
		switch {
		case !c.event:
			c.base, c.at = 0, 0
		case !old:
			c.dial = dial{}
			if newest, ok := t.newest(mi); ok {
				c.dial.saw(newest, wall)
			}
		case c.at != 0:
			c.base, c.at = min(c.base, wall), wall
		}
		for i := range t.shards {
			t.shards[i].resume(mi, old != c.event, c.now(wall), grace, keep)
		}
	}
}

// newest is the time of the newest part that a model's sessions have had.
func (t *Table) newest(mi int) (at int64, ok bool) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		s.arena.each(func(p place, sl *slot) {
			if int(sl.model) != mi || s.state.Decode(t.models[mi].Model, sl.key, s.arena.state(p)) != nil {
				return
			}
			if st := &s.state; st.Flags&session.HasNewest != 0 && (!ok || st.Newest > at) {
				at, ok = st.Newest, true
			}
		})
		s.mu.Unlock()
	}
	return at, ok
}

func (s *shard) resume(mi int, anew bool, now, grace, keep int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.table.models[mi]
	s.arena.each(func(_ place, sl *slot) {
		if int(sl.model) != mi {
			return
		}
		if sl.flags&slotRemembered != 0 {
			if anew {
				sl.due = later(now, int64(m.Timing.Late))
			}
			sl.due = min(max(sl.due, later(now, min(keep, int64(m.Timing.Late)))), later(now, int64(m.Timing.Late)))
			s.kept[mi].fix(int(sl.at), sl.due)
			return
		}
		s.retick(sl, anew, now)
		silent := int64(math.MaxInt64)
		if sl.flags&slotEnded != 0 {
			silent = later(now, int64(m.Timing.Linger))
		} else if m.Timing.Idle > 0 {
			silent = later(now, int64(m.Timing.Idle))
		}
		if anew || sl.due > silent {
			sl.due = silent
			sl.flags &^= slotLifetime
		}
		if anew || sl.opened > now {
			sl.opened = now
		}
		sl.due = max(sl.due, later(now, grace))
		s.open[mi].fix(int(sl.at), sl.due)
	})
}

// retick brings the next report of a session nearer, where reports come more often than before, and takes it away where there
// are none any more.
func (s *shard) retick(sl *slot, anew bool, now int64) {
	if sl.flags&slotTicking == 0 {
		return
	}
	h, every := &s.progress[sl.model], int64(s.table.models[sl.model].Timing.Progress)
	if every <= 0 {
		h.remove(int(sl.ticks))
		sl.flags &^= slotTicking
		return
	}
	next := later(now, every)
	if !anew {
		next = min(next, h.dues[sl.ticks])
	}
	h.fix(int(sl.ticks), next)
}
