// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

// heap is a queue of slots by time: four children to a node, so that a million entries are ten levels, and no pointers.
// moved tells where an entry is, so that it can be changed in place.
type heap struct {
	// dues and slots are the entries' halves, so that one takes 12 bytes.
	dues  []int64
	slots []uint32
	moved func(slot uint32, at int)
}

type entry struct {
	due  int64
	slot uint32
}

// entrySize is what an entry takes, in bytes.
const entrySize = 12

// len is the number of entries, room that of places for them.
func (h *heap) len() int  { return len(h.slots) }
func (h *heap) room() int { return cap(h.slots) }

// at is the entry at i.
func (h *heap) at(i int) entry { return entry{due: h.dues[i], slot: h.slots[i]} }

func (h *heap) push(slot uint32, due int64) {
	if n := len(h.slots); n == cap(h.slots) {
		// By a sixteenth, since what is not used counts too.
		n += max(n/16, 16)
		h.dues = append(make([]int64, 0, n), h.dues...)
		h.slots = append(make([]uint32, 0, n), h.slots...)
	}
	h.dues, h.slots = append(h.dues, due), append(h.slots, slot)
	h.up(len(h.slots)-1, entry{due: due, slot: slot})
}

// fix gives the entry at i another time.
func (h *heap) fix(i int, due int64) {
	e := h.at(i)
	earlier := due < e.due
	e.due = due
	if earlier {
		h.up(i, e)
	} else {
		h.down(i, e)
	}
}

func (h *heap) remove(i int) {
	last := h.len() - 1
	e, old := h.at(last), h.at(i)
	h.dues, h.slots = h.dues[:last], h.slots[:last]
	if i == last {
		return
	}
	if e.due < old.due {
		h.up(i, e)
	} else {
		h.down(i, e)
	}
}

func (h *heap) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 4
		if h.dues[parent] <= e.due {
			break
		}
		h.set(i, h.at(parent))
		i = parent
	}
	h.set(i, e)
}

func (h *heap) down(i int, e entry) {
	for {
		least := 4*i + 1
		if least >= h.len() {
			break
		}
		for c := least + 1; c < min(4*i+5, h.len()); c++ {
			if h.dues[c] < h.dues[least] {
				least = c
			}
		}
		if e.due <= h.dues[least] {
			break
		}
		h.set(i, h.at(least))
		i = least
	}
	h.set(i, e)
}

func (h *heap) set(i int, e entry) {
	h.dues[i], h.slots[i] = e.due, e.slot
	h.moved(e.slot, i)
}
