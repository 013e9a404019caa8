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

const (
	// fetchAtOnce is how many parts' sessions are fetched together: what they have should fit a core's cache.
	fetchAtOnce = 256
	// cacheLine is what a processor fetches at once, in bytes.
	cacheLine = 64
)

// fetch looks at what the parts' sessions have in memory, so that it is in the cache when it is changed. A million sessions
// are in no cache; to add one part after the other would wait for index, slot and state of each, one after the other,
// while here the processor waits for those of many sessions together. It changes nothing.
func (t *Table) fetch(list []Addition) {
	var first, last [shards]int
	for i := range list {
		n := shardOf(list[i].Part.Key)
		if first[n] == 0 {
			first[n] = i + 1
		} else {
			list[last[n]].next = i
		}
		last[n] = i
	}
	for n, i := range first {
		if i > 0 && i-1 != last[n] {
			t.shards[n].fetch(list, i-1, last[n])
		}
	}
}

// fetch does so for one shard, whose parts are chained from the first place to the last.
func (s *shard) fetch(list []Addition, i, last int) {
	var hashes [fetchAtOnce]uint64
	var slots [fetchAtOnce]uint32
	s.mu.Lock()
	defer s.mu.Unlock()
	n, sum := 0, uint64(0)
	for ; ; i = list[i].next {
		hashes[n] = s.table.hash(list[i].Part.Key)
		sum += s.index.peek(hashes[n])
		n++
		if i == last {
			break
		}
	}
	found := 0
	for _, h := range hashes[:n] {
		if slot, ok := s.index.likely(h); ok {
			slots[found] = slot
			found++
			sum += s.slots.at(slot).key.Lo
		}
	}
	for _, slot := range slots[:found] {
		sl := s.slots.at(slot)
		b := s.arena.get(sl.state, sl.size)
		for ; len(b) > cacheLine; b = b[cacheLine:] {
			sum += uint64(b[0])
		}
		sum += uint64(b[len(b)-1])
	}
	s.fetched = sum
}
