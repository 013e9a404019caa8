// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "math/bits"

// index finds a slot by the hash of its key: open addressing, linear probing, at most seven eighths full. An entry holds
// the hash's upper half, which also says where it belongs, so that a slot is looked at only when it is nearly surely the
// one, and that none is looked at when the index grows.
type index struct {
	list []uint64
	n    int
}

const indexMin = 64

// home is the place of an entry or hash: its upper half, scaled.
func (x *index) home(e uint64) int {
	hi, _ := bits.Mul64(e>>32<<32, uint64(len(x.list)))
	return int(hi)
}

// next is the place behind one.
func (x *index) next(i int) int {
	if i++; i == len(x.list) {
		return 0
	}
	return i
}

// find returns the slot for which same holds.
func (x *index) find(hash uint64, same func(slot uint32) bool) (uint32, bool) {
	if len(x.list) == 0 {
		return 0, false
	}
	for i := x.home(hash); ; i = x.next(i) {
		e := x.list[i]
		if e == 0 {
			return 0, false
		}
		if e>>32 == hash>>32 {
			if slot := uint32(e) - 1; same(slot) {
				return slot, true
			}
		}
	}
}

// peek looks at the place of a hash.
func (x *index) peek(hash uint64) uint64 {
	if len(x.list) == 0 {
		return 0
	}
	return x.list[x.home(hash)]
}

// likely is find without looking at the slot: nearly surely the one.
func (x *index) likely(hash uint64) (uint32, bool) {
	if len(x.list) == 0 {
		return 0, false
	}
	for i := x.home(hash); x.list[i] != 0; i = x.next(i) {
		if e := x.list[i]; e>>32 == hash>>32 {
			return uint32(e) - 1, true
		}
	}
	return 0, false
}

// add enters a slot that is not in it.
func (x *index) add(hash uint64, slot uint32) {
	if (x.n+1)*8 > len(x.list)*7 {
		x.grow()
	}
	x.n++
	x.enter(hash>>32<<32 | uint64(slot+1))
}

func (x *index) enter(e uint64) {
	i := x.home(e)
	for x.list[i] != 0 {
		i = x.next(i)
	}
	x.list[i] = e
}

// grow makes it larger by a quarter.
func (x *index) grow() {
	old := x.list
	x.list = make([]uint64, max(len(old)+len(old)/4, indexMin))
	for _, e := range old {
		if e != 0 {
			x.enter(e)
		}
	}
}

// remove takes a slot out and moves up what was pushed behind it.
func (x *index) remove(hash uint64, slot uint32) {
	i := x.home(hash)
	for uint32(x.list[i]) != slot+1 {
		i = x.next(i)
	}
	x.n--
	// from is how far j is behind the place i.
	n := len(x.list)
	from := func(i, j int) int {
		if j < i {
			j += n
		}
		return j - i
	}
	for j := x.next(i); x.list[j] != 0; j = x.next(j) {
		if from(x.home(x.list[j]), j) >= from(i, j) {
			x.list[i] = x.list[j]
			i = j
		}
	}
	x.list[i] = 0
}

func (x *index) bytes() int64 { return int64(len(x.list)) * 8 }
