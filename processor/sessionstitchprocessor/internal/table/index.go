// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

// index finds a slot by the hash of its key: open addressing, linear probing, at most three quarters full. An entry
// holds the hash's upper half, so that a slot is looked at only when it is nearly surely the one.
type index struct {
	list []uint64
	n    int
	hash func(slot uint32) uint64
}

const indexMin = 64

// find returns the slot for which same holds.
func (x *index) find(hash uint64, same func(slot uint32) bool) (uint32, bool) {
	if len(x.list) == 0 {
		return 0, false
	}
	mask := uint64(len(x.list) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
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

// add enters a slot that is not in it.
func (x *index) add(hash uint64, slot uint32) {
	if (x.n+1)*4 > len(x.list)*3 {
		x.grow()
	}
	x.n++
	x.enter(hash, slot)
}

func (x *index) enter(hash uint64, slot uint32) {
	mask := uint64(len(x.list) - 1)
	i := hash & mask
	for x.list[i] != 0 {
		i = (i + 1) & mask
	}
	x.list[i] = hash>>32<<32 | uint64(slot+1)
}

func (x *index) grow() {
	old := x.list
	x.list = make([]uint64, max(2*len(old), indexMin))
	for _, e := range old {
		if e != 0 {
			slot := uint32(e) - 1
			x.enter(x.hash(slot), slot)
		}
	}
}

// remove takes a slot out and moves up what was pushed behind it.
func (x *index) remove(hash uint64, slot uint32) {
	mask := uint64(len(x.list) - 1)
	i := hash & mask
	for uint32(x.list[i]) != slot+1 {
		i = (i + 1) & mask
	}
	x.n--
	for j := (i + 1) & mask; x.list[j] != 0; j = (j + 1) & mask {
		home := x.hash(uint32(x.list[j])-1) & mask
		if (j-home)&mask >= (j-i)&mask {
			x.list[i] = x.list[j]
			i = j
		}
	}
	x.list[i] = 0
}

func (x *index) bytes() int64 { return int64(len(x.list)) * 8 }
