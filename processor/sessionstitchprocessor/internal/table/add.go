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

	// place is that in the list.
	place int
	// next links the next part of the same shard.
	next int32
	// entry is where the index had its session.
	entry uint32
	// hash is that of the key, now the time of the model's clock.
	hash uint64
	now  int64
}

// Add merges a part into its session. When there is no room for one more open session, the oldest has to leave.
func (t *Table) Add(mi int, p *session.Part, wall int64) session.Outcome {
	list := [...]Addition{{Model: mi, Part: p}}
	t.addAll(list[:], wall, false)
	return list[0].Outcome
}

// Put is Add without making room: the caller sees to that.
func (t *Table) Put(mi int, p *session.Part, wall int64) session.Outcome {
	list := [...]Addition{{Model: mi, Part: p}}
	t.addAll(list[:], wall, true)
	return list[0].Outcome
}

// AddAll adds one part after the other, which costs less than one at a time.
func (t *Table) AddAll(list []Addition, wall int64) { t.addAll(list, wall, false) }

// PutAll is AddAll without making room: the caller sees to that.
func (t *Table) PutAll(list []Addition, wall int64) { t.addAll(list, wall, true) }

func (t *Table) addAll(list []Addition, wall int64, force bool) {
	for from := 0; from < len(list); from += addAtOnce {
		some := list[from:min(from+addAtOnce, len(list))]
		for i := range some {
			some[i].place = from + i
		}
		if force || t.slots.Load()+int64(len(some)) <= t.limit {
			t.addByShard(some, wall, force)
		} else {
			t.addInOrder(some, wall)
		}
	}
}

// addByShard adds parts of which none needs room made for it. The parts of a session stay in their order, and each meets the
// time that its model's clock would show if all were added in theirs; the others see the clocks move when all are added.
func (t *Table) addByShard(list []Addition, wall int64, force bool) {
	clocks := t.ahead(wall)
	for i := range list {
		list[i].now = clocks.saw(list[i].Model, list[i].Part)
	}
	for n, i := range t.chain(list) {
		if i == 0 {
			continue
		}
		s := &t.shards[n]
		s.mu.Lock()
		s.fetch(list, i)
		for ; i != 0; i = list[i-1].next {
			s.addOne(&list[i-1], wall, force)
		}
		s.account()
		s.mu.Unlock()
	}
	clocks.settle()
}

// addInOrder adds parts where a session may have to leave for another.
func (t *Table) addInOrder(list []Addition, wall int64) {
	for n, i := range t.chain(list) {
		s := &t.shards[n]
		s.mu.Lock()
		s.fetch(list, i)
		s.mu.Unlock()
	}
	clocks := t.ahead(wall)
	for i := range list {
		a := &list[i]
		a.now = clocks.saw(a.Model, a.Part)
		clocks.settle()
		s := t.shard(a.Part.Key)
		s.mu.Lock()
		s.addOne(a, wall, false)
		s.account()
		s.mu.Unlock()
	}
}

// chain links the parts of each shard, and gives the first ones. A link is one more than a place in the list, 0 is the end.
func (t *Table) chain(list []Addition) (first [shards]int32) {
	var last [shards]int32
	for i := range list {
		a := &list[i]
		a.hash, a.next = t.hash(a.Part.Key), 0
		n, link := shardOf(a.Part.Key), int32(i+1)
		if first[n] == 0 {
			first[n] = link
		} else {
			list[last[n]-1].next = link
		}
		last[n] = link
	}
	return first
}

// addOne adds a part, and makes room as long as there is none.
func (s *shard) addOne(a *Addition, wall int64, force bool) {
	for {
		var full bool
		if a.Outcome, full = s.add(a, force); !full {
			break
		}
		s.makeRoom(wall)
	}
	s.arena.tidy()
}

// makeRoom lets a session leave, of whatever shard.
func (s *shard) makeRoom(wall int64) {
	s.account()
	s.mu.Unlock()
	s.table.EvictOpen(wall)
	s.mu.Lock()
}

// add merges a part. full says that a session that would open has no room; with force it gets it.
func (s *shard) add(a *Addition, force bool) (outcome session.Outcome, full bool) {
	part, m := a.Part, &s.table.models[a.Model]
	p, found := s.findNear(part.Key, a.hash, a.entry)
	gone := false
	if !found {
		if !s.table.reserve(force) {
			return 0, true
		}
		gone = s.gone.has(part.Key)
	}
	if part.Packed() && !gone {
		if outcome, ok := s.addPacked(p, found, a); ok {
			return outcome, false
		}
	}
	part.Expand(m.Model)
	st := &s.state
	if found {
		if err := st.Decode(m.Model, part.Key, s.arena.state(p)); err != nil {
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
	outcome = st.Add(m.Model, &part.State, m.window(), m.Timeline)
	if found && outcome == session.Opened && s.arena.at(p).flags&slotRemembered != 0 && !s.table.reserve(force) {
		return 0, true
	}
	if outcome == session.Alone {
		st.Isolate(m.Model, &part.State, &s.alone)
		s.buf = s.alone.AppendBinary(s.buf[:0], part.Key)
		s.hand(Released{Model: a.Model, Key: part.Key, Reason: ReasonLate, Origin: Stray, At: a.now, Part: a.place, State: s.buf})
		return outcome, false
	}
	if found {
		p = s.store(p, st)
	} else {
		s.buf = st.AppendBinary(s.buf[:0], part.Key)
		p = s.enter(a.Model, part.Key, s.buf)
	}
	if outcome == session.Opened || outcome == session.Merged {
		s.schedule(p, m, !found, a.now, st.Flags)
	}
	return outcome, false
}

// addPacked adds a packed part to the state as it is encoded; ok is false where that takes more.
func (s *shard) addPacked(p place, found bool, a *Addition) (outcome session.Outcome, ok bool) {
	m := &s.table.models[a.Model]
	if !found {
		p = s.enter(a.Model, a.Part.Key, a.Part.Encoded())
		s.arena.at(p).layout = a.Part.Layout()
		s.schedule(p, m, true, a.now, a.Part.Flags)
		return session.Opened, true
	}
	state, flags, layout, ok := a.Part.AppendJoined(s.buf[:0], s.arena.state(p), s.arena.at(p).layout, m.window())
	if s.buf = state; !ok {
		return 0, false
	}
	p = s.arena.put(p, state)
	s.arena.at(p).layout = layout
	s.schedule(p, m, false, a.now, flags)
	return session.Merged, true
}

// enter makes a block for a new session.
func (s *shard) enter(mi int, k session.Key, state []byte) place {
	p := s.arena.take(state)
	sl := s.arena.at(p)
	sl.key, sl.model = k, uint8(mi)
	s.index.add(s.table.hash(k), p)
	return p
}

// store puts a state in place of a session's present one, and says where it is now.
func (s *shard) store(p place, st *session.State) place {
	sl := s.arena.at(p)
	s.buf = st.AppendBinary(s.buf[:0], sl.key)
	sl.layout = session.Layout{}
	return s.arena.put(p, s.buf)
}
