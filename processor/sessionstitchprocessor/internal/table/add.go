// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// Addition is a part for the session of a model, and what becomes of it.
type Addition struct {
	// Model is its place in the configuration.
	Model int
	Part  *session.Part
	// Outcome is set once the part was added.
	Outcome session.Outcome
	// next is the place of the next part of the same shard, behind the last one there is none.
	next int
}

// Add merges a part into its session. When there is no room for a new one, the oldest has to leave.
func (t *Table) Add(mi int, p *session.Part, wall int64) session.Outcome {
	return t.add(0, mi, p, wall, false)
}

// Put is Add without making room: the caller sees to that.
func (t *Table) Put(mi int, p *session.Part, wall int64) session.Outcome {
	return t.add(0, mi, p, wall, true)
}

// AddAll adds one part after the other, which costs less than one at a time.
func (t *Table) AddAll(list []Addition, wall int64) { t.addAll(list, wall, false) }

// PutAll is AddAll without making room: the caller sees to that.
func (t *Table) PutAll(list []Addition, wall int64) { t.addAll(list, wall, true) }

func (t *Table) addAll(list []Addition, wall int64, force bool) {
	for from := 0; from < len(list); from += fetchAtOnce {
		some := list[from:min(from+fetchAtOnce, len(list))]
		t.fetch(some)
		for i := range some {
			a := &some[i]
			a.Outcome = t.add(from+i, a.Model, a.Part, wall, force)
		}
	}
}

func (t *Table) add(i, mi int, p *session.Part, wall int64, force bool) session.Outcome {
	var now int64
	if c := &t.clocks[mi]; p.Flags&session.HasNewest != 0 {
		now = c.saw(p.Time, wall)
	} else {
		now = c.now(wall)
	}
	s := t.shard(p.Key)
	for {
		s.mu.Lock()
		s.part = i
		outcome, full := s.add(mi, p, now, force)
		s.account()
		s.mu.Unlock()
		if !full {
			return outcome
		}
		t.Evict(wall)
	}
}

// add merges a part. full says that a new session has no room; with force it gets it.
func (s *shard) add(mi int, p *session.Part, now int64, force bool) (outcome session.Outcome, full bool) {
	m := &s.table.models[mi]
	i, found := s.find(p.Key)
	gone := false
	if !found {
		if !s.table.reserve(force) {
			return 0, true
		}
		gone = s.gone.has(p.Key)
	}
	if p.Packed() && !gone {
		if outcome, ok := s.addPacked(i, found, mi, p, now); ok {
			return outcome, false
		}
	}
	p.Expand(m.Model)
	st := &s.state
	if found {
		sl := s.slots.at(i)
		if err := st.Decode(m.Model, p.Key, s.arena.get(sl.state, sl.size)); err != nil {
			// Only a bug can get here; the session begins anew and says so.
			st.Reset()
			st.Flags |= session.Approximate
		}
	} else {
		st.Reset()
		if gone {
			st.Flags |= session.Approximate
		}
	}
	outcome = st.Add(m.Model, &p.State, m.window(), m.Timeline)
	if outcome == session.Alone {
		st.Isolate(m.Model, &p.State, &s.alone)
		s.buf = s.alone.AppendBinary(s.buf[:0], p.Key)
		s.hand(Released{Model: mi, Key: p.Key, Reason: ReasonLate, Origin: Stray, At: now, Part: s.part, State: s.buf})
		return outcome, false
	}
	if !found {
		i = s.enter(mi, p.Key)
	}
	s.store(i, st)
	if outcome == session.Opened || outcome == session.Merged {
		s.schedule(i, m, !found, now, st.Flags)
	}
	return outcome, false
}

// addPacked adds a packed part to the state as it is encoded; ok is false where that takes more.
func (s *shard) addPacked(i uint32, found bool, mi int, p *session.Part, now int64) (outcome session.Outcome, ok bool) {
	m := &s.table.models[mi]
	if !found {
		i = s.enter(mi, p.Key)
		s.keep(i, p.Encoded(), p.Layout())
		s.schedule(i, m, true, now, p.Flags)
		return session.Opened, true
	}
	sl := s.slots.at(i)
	state, flags, layout, ok := p.AppendJoined(s.buf[:0], s.arena.get(sl.state, sl.size), sl.layout, m.window())
	if s.buf = state; !ok {
		return 0, false
	}
	s.keep(i, state, layout)
	s.schedule(i, m, false, now, flags)
	return session.Merged, true
}

// enter makes a slot for a new session.
func (s *shard) enter(mi int, k session.Key) uint32 {
	i := s.slots.take()
	sl := s.slots.at(i)
	sl.key, sl.model, sl.flags = k, uint8(mi), slotUsed
	s.index.add(s.table.hash(k), i)
	return i
}

func (s *shard) store(i uint32, st *session.State) {
	s.buf = st.AppendBinary(s.buf[:0], s.slots.at(i).key)
	s.keep(i, s.buf, session.Layout{})
}

// keep puts an encoded state in place of a session's present one.
func (s *shard) keep(i uint32, state []byte, l session.Layout) {
	sl := s.slots.at(i)
	sl.layout = l
	sl.state = s.arena.put(i, sl.state, state)
	sl.size = uint32(len(state))
	s.arena.tidy()
}
