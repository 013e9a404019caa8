// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "unsafe"

// arena keeps blocks in segments without pointers: each a slot and the encoded state behind it, so that a session's are
// one place in memory. A block is written at the end of the current segment; what it replaces becomes garbage; when garbage
// is more than a seventh of what lives, the emptiest segment is moved out and freed. A block of more than an eighth of a
// segment is kept outside of them, so that no more than that is left over at the end of one. So the memory taken stays below
// eight sevenths of what lives, plus three segments, whatever the sizes: two that are being written, and one that was freed
// and is kept for the next time.
type arena struct {
	size int
	segs []segment
	free []uint32
	cur  uint32
	// large are the blocks outside of the segments, freeLarge the places in that list without one.
	large     [][]byte
	freeLarge []place
	// spare is the memory of a segment that was freed, for the next one.
	spare []byte
	// live and reserved are bytes: of blocks in use, and of segments and large blocks.
	live, reserved int64
	// moved is called for blocks that are now somewhere else.
	moved func([]move)
	moves []move
}

// move is a block that is now somewhere else.
type move struct{ from, to place }

type segment struct {
	buf  []byte
	live int
}

// place is where a block is: its segment, and how many units from its beginning; or isLarge and the place in that list.
// Segments of 48 KiB can have 12 GiB, so that one shard could hold all that limits::memory_mib can allow.
type place uint32

const isLarge = place(1) << 31

const (
	// blockUnit is what blocks are a multiple of, in bytes, so that slots are aligned and a state can grow a little in place.
	blockUnit = 8
	// unitBits are the low bits of a place: enough for the units of a segment for more than one block.
	unitBits = 13
	// noSegment is the current one where there is none.
	noSegment = ^uint32(0)
)

// Each part of a session leaves its identity, 12 bytes, and the second one three counts besides. firstGrowth is the room
// for that behind a new block; growth is the share of a block that grew that is kept free behind it.
const (
	firstGrowth = 24
	growth      = 4
)

// spare is the share of what lives that may be garbage.
const spare = 7

func newArena(segmentSize int, moved func([]move)) *arena {
	return &arena{size: segmentSize, cur: noSegment, moved: moved}
}

// bytes is what the arena takes, as it is counted against the limit: not the segments there are but the most there can
// be, which goes down with each block that is freed.
func (a *arena) bytes() int64 {
	if a.live == 0 {
		return 0
	}
	return a.live + a.live/spare + 3*int64(a.size)
}

// slotOf is the slot at the beginning of a block.
func slotOf(block []byte) *slot {
	_ = block[slotSize-1]
	return (*slot)(unsafe.Pointer(unsafe.SliceData(block)))
}

// from is the memory of a block and what follows it.
func (a *arena) from(p place) []byte {
	if p >= isLarge {
		return a.large[p-isLarge]
	}
	return a.segs[p>>unitBits].buf[p&(1<<unitBits-1)*blockUnit:]
}

// at is the slot at a place.
func (a *arena) at(p place) *slot { return slotOf(a.from(p)) }

// state is the encoded state at a place.
func (a *arena) state(p place) []byte {
	b := a.from(p)
	return b[slotSize : slotSize+slotOf(b).size]
}

// each visits all blocks, whose slots may be changed.
func (a *arena) each(visit func(p place, sl *slot)) {
	for i := range a.segs {
		for off, end := 0, len(a.segs[i].buf); off < end; {
			p := place(i<<unitBits | off/blockUnit)
			sl := a.at(p)
			if off += slotSize + int(sl.room); sl.flags&slotUsed != 0 {
				visit(p, sl)
			}
		}
	}
	for i, b := range a.large {
		if b != nil {
			visit(isLarge|place(i), slotOf(b))
		}
	}
}

// take makes a block for a state, with an empty slot.
func (a *arena) take(state []byte) place {
	return a.write(&slot{flags: slotUsed, at: nowhere}, state, firstGrowth)
}

// put replaces the state at a place and says where it is now.
func (a *arena) put(p place, state []byte) place {
	sl := a.at(p)
	c, more := int(sl.room), 0
	if len(state) <= c && c <= 2*len(state)+4*blockUnit {
		sl.size = uint32(len(state))
		copy(a.state(p), state)
		return p
	}
	if len(state) > c {
		more = len(state) / growth
	}
	head := *sl
	a.drop(p)
	to := a.write(&head, state, more)
	a.moves = append(a.moves[:0], move{from: p, to: to})
	a.moved(a.moves)
	return to
}

// tidy compacts as long as too much is garbage. It moves blocks, and tells where to.
func (a *arena) tidy() {
	for a.reserved > a.live+a.live/spare+2*int64(a.size) && a.compact() {
	}
}

// drop frees a block.
func (a *arena) drop(p place) {
	sl := a.at(p)
	sl.flags = 0
	n := slotSize + int(sl.room)
	a.live -= int64(n)
	if p >= isLarge {
		a.reserved -= int64(n)
		a.large[p-isLarge] = nil
		a.freeLarge = append(a.freeLarge, p)
		return
	}
	i := uint32(p >> unitBits)
	s := &a.segs[i]
	s.live -= n
	if s.live == 0 && i != a.cur {
		a.release(i)
	}
}

// write writes a block with room for more bytes of state.
func (a *arena) write(head *slot, state []byte, more int) place {
	room := (len(state) + more + blockUnit - 1) / blockUnit * blockUnit
	b, p := a.reserve(slotSize + room)
	sl := slotOf(b)
	*sl = *head
	sl.size, sl.room = uint32(len(state)), uint32(room)
	copy(b[slotSize:], state)
	return p
}

// reserve takes the memory of a block.
func (a *arena) reserve(n int) ([]byte, place) {
	a.live += int64(n)
	if n > a.size/(spare+1) {
		a.reserved += int64(n)
		b := make([]byte, n)
		return b, a.enlist(b)
	}
	if a.cur == noSegment || a.size-len(a.segs[a.cur].buf) < n {
		a.advance()
	}
	s := &a.segs[a.cur]
	off := len(s.buf)
	s.buf = s.buf[:off+n]
	s.live += n
	return s.buf[off:], place(a.cur<<unitBits | uint32(off/blockUnit))
}

// enlist gives a large block its place.
func (a *arena) enlist(b []byte) place {
	if k := len(a.freeLarge); k > 0 {
		p := a.freeLarge[k-1]
		a.freeLarge = a.freeLarge[:k-1]
		a.large[p-isLarge] = b
		return p
	}
	a.large = append(a.large, b)
	return isLarge | place(len(a.large)-1)
}

// advance begins a new segment.
func (a *arena) advance() {
	if a.cur != noSegment && a.segs[a.cur].live == 0 {
		a.release(a.cur)
	}
	seg := segment{buf: a.spare}
	if a.spare = nil; seg.buf == nil {
		seg.buf = make([]byte, 0, a.size)
	}
	a.reserved += int64(a.size)
	if k := len(a.free); k > 0 {
		a.cur = a.free[k-1]
		a.free = a.free[:k-1]
		a.segs[a.cur] = seg
		return
	}
	a.cur = uint32(len(a.segs))
	a.segs = append(a.segs, seg)
}

// release frees a segment.
func (a *arena) release(i uint32) {
	a.reserved -= int64(a.size)
	a.spare = a.segs[i].buf[:0]
	a.segs[i] = segment{}
	a.free = append(a.free, i)
}

// compact moves what lives in the emptiest segment elsewhere and frees it; false when there is none.
func (a *arena) compact() bool {
	victim, waste := noSegment, 0
	for i := range a.segs {
		s := &a.segs[i]
		if w := a.size - s.live; s.buf != nil && uint32(i) != a.cur && w > waste {
			victim, waste = uint32(i), w
		}
	}
	if victim == noSegment {
		return false
	}
	buf := a.segs[victim].buf
	a.moves = a.moves[:0]
	for off := 0; off < len(buf); {
		sl := slotOf(buf[off:])
		n := slotSize + int(sl.room)
		if sl.flags&slotUsed != 0 {
			b, to := a.reserve(n)
			copy(b, buf[off:off+n])
			a.moves = append(a.moves, move{from: place(victim<<unitBits | uint32(off/blockUnit)), to: to})
		}
		off += n
	}
	a.moved(a.moves)
	a.live -= int64(a.segs[victim].live)
	a.release(victim)
	return true
}
