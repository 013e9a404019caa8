// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

// heap is a queue of slots by time: four children to a node, so that a million entries are ten levels, and no pointers.
// moved tells where an entry is, so that it can be changed in place.
type heap struct {
	list  []entry
	moved func(slot uint32, at int)
}

type entry struct {
	due  int64
	slot uint32
}

// entrySize is what an entry takes, in bytes.
const entrySize = 16

func (h *heap) push(slot uint32, due int64) {
	h.list = append(h.list, entry{due: due, slot: slot})
	h.up(len(h.list)-1, entry{due: due, slot: slot})
}

// fix gives the entry at i another time.
func (h *heap) fix(i int, due int64) {
	e := h.list[i]
	earlier := due < e.due
	e.due = due
	if earlier {
		h.up(i, e)
	} else {
		h.down(i, e)
	}
}

func (h *heap) remove(i int) {
	last := len(h.list) - 1
	e, old := h.list[last], h.list[i]
	h.list = h.list[:last]
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
		if h.list[parent].due <= e.due {
			break
		}
		h.set(i, h.list[parent])
		i = parent
	}
	h.set(i, e)
}

func (h *heap) down(i int, e entry) {
	for {
		least := 4*i + 1
		if least >= len(h.list) {
			break
		}
		for c := least + 1; c < min(4*i+5, len(h.list)); c++ {
			if h.list[c].due < h.list[least].due {
				least = c
			}
		}
		if e.due <= h.list[least].due {
			break
		}
		h.set(i, h.list[least])
		i = least
	}
	h.set(i, e)
}

func (h *heap) set(i int, e entry) {
	h.list[i] = e
	h.moved(e.slot, i)
}
