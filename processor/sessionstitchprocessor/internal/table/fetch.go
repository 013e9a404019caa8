// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

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
	var slots [fetchAtOnce]*slot
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
	// The loops that wait for memory do little else, so that more of them fits what the processor looks ahead.
	found := 0
	for _, h := range hashes[:n] {
		if i, ok := s.index.likely(h); ok {
			slots[found] = s.slots.at(i)
			found++
		}
	}
	for _, sl := range slots[:found] {
		sum += sl.key.Lo
	}
	for _, sl := range slots[:found] {
		b := s.arena.get(sl.state, sl.size)
		sum += uint64(b[0]) + uint64(b[len(b)-1])
		for len(b) > 2*cacheLine {
			b = b[cacheLine:]
			sum += uint64(b[0])
		}
	}
	s.fetched = sum
}
