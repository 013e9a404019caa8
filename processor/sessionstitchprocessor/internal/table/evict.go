// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "math"

// Evict makes room in memory: it forgets the remembered session that would be forgotten first, or else releases an open
// one. False when there is neither.
func (t *Table) Evict(wall int64) bool {
	return t.EvictRemembered(wall) || t.EvictOpen(wall)
}

// EvictRemembered forgets the remembered session that would be forgotten first; false when there is none.
func (t *Table) EvictRemembered(wall int64) bool {
	for t.kept.Load() > 0 {
		if s, mi := t.soonest(wall, (*shard).firstKept); s != nil {
			s.mu.Lock()
			p, _, ok := s.firstKept(mi)
			if ok {
				s.forget(p)
				s.account()
			}
			s.mu.Unlock()
			if ok {
				return true
			}
		}
	}
	return false
}

// EvictOpen releases the open session that is due first, which has ended or has been silent the longest. It is remembered,
// so that what it counted is not counted again. False when none is open.
func (t *Table) EvictOpen(wall int64) bool {
	for t.open.Load() > 0 {
		if s, mi := t.soonest(wall, (*shard).first); s != nil {
			s.mu.Lock()
			p, _, ok := s.first(mi)
			if ok {
				s.release(p, ReasonLimit, t.clocks[mi].now(wall))
				s.account()
			}
			s.mu.Unlock()
			if ok {
				return true
			}
		}
	}
	return false
}

func (s *shard) firstKept(mi int) (p place, due int64, ok bool) {
	if h := &s.kept[mi]; h.len() > 0 {
		return h.places[0], h.dues[0], true
	}
	return 0, 0, false
}

// soonest finds the shard and model whose first session has the least time left.
func (t *Table) soonest(wall int64, first func(*shard, int) (place, int64, bool)) (found *shard, model int) {
	least := int64(math.MaxInt64)
	for mi := range t.models {
		now := t.clocks[mi].now(wall)
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			_, due, ok := first(s, mi)
			s.mu.Unlock()
			if left := due - now; ok && (found == nil || left < least) {
				found, model, least = s, mi, left
			}
		}
	}
	return found, model
}
