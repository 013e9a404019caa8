// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

const (
	// addAtOnce is how many parts' sessions are fetched together: what they have should fit a core's cache.
	addAtOnce = 256
	// cacheLine is what a processor fetches at once, in bytes.
	cacheLine = 64
	// fetchBlind is how much of a block is fetched before it is known how long it is: what most of them have.
	fetchBlind = 3 * cacheLine
)

// fetch looks at what the sessions of a shard's parts have in memory, so that it is in the cache when it is changed. A
// million sessions are in no cache; to add one part after the other would wait for index and block of each, one after the
// other, while here the processor waits for those of many sessions together. It changes nothing but the parts' entries.
func (s *shard) fetch(list []Addition, first int32) {
	x := &s.index
	if len(x.list) == 0 {
		return
	}
	sum := uint64(0)
	for i := first; i != 0; i = list[i-1].next {
		sum += x.list[x.home(list[i-1].hash)]
	}
	// The loops that wait for memory do little else, so that more of them fits what the processor looks ahead.
	var places [addAtOnce]place
	found := 0
	for i := first; i != 0; {
		a := &list[i-1]
		if at, p, ok := x.seek(a.hash, x.home(a.hash)); ok {
			a.entry, places[found] = uint32(at), p
			found++
		}
		i = a.next
	}
	for _, p := range places[:found] {
		b := s.arena.from(p)
		sum += uint64(b[0])
		if len(b) > fetchBlind {
			sum += uint64(b[cacheLine]) + uint64(b[2*cacheLine]) + uint64(b[fetchBlind])
		}
	}
	for _, p := range places[:found] {
		for b := s.arena.state(p); len(b) > fetchBlind-slotSize; b = b[cacheLine:] {
			sum += uint64(b[len(b)-1])
		}
	}
	s.fetched = sum
}
