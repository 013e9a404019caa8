// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"slices"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// Opened is an open session as somebody sees it who looks into the table.
type Opened struct {
	Key session.Key
	// Model is its place in the configuration.
	Model int
	// Age is how long it is open by its model's clock, in nanoseconds.
	Age int64
	// Due is in how many nanoseconds it is released if nothing comes; below 0: at the next look.
	Due int64
	// Ended says that its end was seen.
	Ended bool
	// State is its encoded state, a copy.
	State []byte
}

// Oldest gives the n sessions that are open the longest, the oldest first. It looks at every session, a shard at a time.
func (t *Table) Oldest(n int, wall int64) []Opened {
	now := make([]int64, len(t.models))
	for mi := range t.models {
		now[mi] = t.clocks[mi].now(wall)
	}
	var list []Opened
	for i := range t.shards {
		list = t.shards[i].oldest(list, n, now)
	}
	return list
}

// oldest adds a shard's sessions to a list of at most n, which is sorted by age.
func (s *shard) oldest(list []Opened, n int, now []int64) []Opened {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arena.each(func(p place, sl *slot) {
		if sl.flags&slotRemembered != 0 {
			return
		}
		age := now[sl.model] - sl.opened
		if len(list) == n && (n == 0 || age <= list[n-1].Age) {
			return
		}
		at, _ := slices.BinarySearchFunc(list, age, func(o Opened, age int64) int {
			if o.Age >= age {
				return -1
			}
			return 1
		})
		list = slices.Insert(list, at, Opened{
			Key: sl.key, Model: int(sl.model), Age: age, Due: sl.due - now[sl.model], Ended: sl.flags&slotEnded != 0,
			State: slices.Clone(s.arena.state(p)),
		})
		list = list[:min(len(list), n)]
	})
	return list
}
