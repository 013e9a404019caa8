// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "bytes"

// heap is a queue of sessions by time: four children to a node, so that a million entries are ten levels, and no pointers.
// moved tells where an entry is, so that it can be changed in place.
type heap struct {
	// dues, places and pieces are what entries consist of, so that one takes 13 bytes.
	dues   []int64
	places []place
	pieces []uint8
	moved  func(p place, at int)
}

type entry struct {
	due   int64
	place place
	// piece is the session's partition, so that those of one are found without a look at the sessions.
	piece uint8
}

// entrySize is what an entry takes, in bytes.
const entrySize = 13

// len is the number of entries, room that of places for them.
func (h *heap) len() int  { return len(h.places) }
func (h *heap) room() int { return cap(h.places) }

// at is the entry at i.
func (h *heap) at(i int) entry { return entry{due: h.dues[i], place: h.places[i], piece: h.pieces[i]} }

func (h *heap) push(e entry) {
	if n := len(h.places); n == cap(h.places) {
		// By a sixteenth, since what is not used counts too.
		n += max(n/16, 16)
		h.dues = append(make([]int64, 0, n), h.dues...)
		h.places = append(make([]place, 0, n), h.places...)
		h.pieces = append(make([]uint8, 0, n), h.pieces...)
	}
	h.dues, h.places, h.pieces = append(h.dues, e.due), append(h.places, e.place), append(h.pieces, e.piece)
	h.up(len(h.places)-1, e)
}

// of visits the places of a partition's sessions.
func (h *heap) of(piece uint8, visit func(place)) {
	for i := 0; ; i++ {
		n := bytes.IndexByte(h.pieces[i:], piece)
		if n < 0 {
			return
		}
		i += n
		visit(h.places[i])
	}
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
	h.dues, h.places, h.pieces = h.dues[:last], h.places[:last], h.pieces[:last]
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
	h.dues[i], h.places[i], h.pieces[i] = e.due, e.place, e.piece
	h.moved(e.place, i)
}
