// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "math/bits"

// index finds a block by the hash of its key: open addressing, linear probing, at most seven eighths full. An entry holds
// the hash's upper half, which also says where it belongs, so that a block is looked at only when it is nearly surely the
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

// seek gives the first entry that has the hash's upper half, from the index's place i on: its place there, and where its
// block is, which is nearly surely the one.
func (x *index) seek(hash uint64, i int) (at int, p place, ok bool) {
	for ; x.list[i] != 0; i = x.next(i) {
		if e := x.list[i]; e>>32 == hash>>32 {
			return i, place(uint32(e) - 1), true
		}
	}
	return 0, 0, false
}

// near gives the block of the entry at a place of the index, if it has the hash's upper half.
func (x *index) near(hash uint64, at uint32) (p place, ok bool) {
	if int(at) >= len(x.list) {
		return 0, false
	}
	e := x.list[at]
	return place(uint32(e) - 1), e>>32 == hash>>32 && e != 0
}

// add enters a block that is not in it.
func (x *index) add(hash uint64, p place) {
	if (x.n+1)*8 > len(x.list)*7 {
		x.grow()
	}
	x.n++
	x.enter(hash>>32<<32 | uint64(p+1))
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

// entry is the place of a block's entry.
func (x *index) entry(hash uint64, p place) int {
	i := x.home(hash)
	for uint32(x.list[i]) != uint32(p)+1 {
		i = x.next(i)
	}
	return i
}

// move tells where a block is now.
func (x *index) move(hash uint64, from, to place) {
	x.list[x.entry(hash, from)] = hash>>32<<32 | uint64(to+1)
}

// remove takes a block out and moves up what was pushed behind it.
func (x *index) remove(hash uint64, p place) {
	i := x.entry(hash, p)
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
