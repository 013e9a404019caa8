// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "encoding/binary"

// arena keeps blocks of bytes in segments without pointers. A block is written at the end of the current segment; what
// it replaces becomes garbage; when garbage is more than a seventh of what lives, the emptiest segment is moved out and
// freed. So the memory taken stays below eight sevenths of what lives, plus three segments, whatever the sizes: two that are
// being written, and one that was freed and is kept for the next time.
type arena struct {
	size int
	segs []segment
	free []uint32
	cur  uint32
	// spare is the memory of a segment that was freed, for the next one.
	spare []byte
	// live and reserved are bytes: of blocks in use with their headers, and of segments.
	live, reserved int64
	moved          func(slot uint32, to ref)
}

type segment struct {
	buf  []byte
	live int
}

// ref is where a block is: segment and offset of its payload.
type ref uint64

const (
	// blockHeader: the slot that owns the block and its capacity, 4 bytes each.
	blockHeader = 8
	// nobody owns a block that was freed.
	nobody = ^uint32(0)
	// blockUnit is what capacities are a multiple of, so that a state can grow a little in place.
	blockUnit = 8
)

// Each part of a session leaves its identity, 12 bytes, and the second one three counts besides. firstGrowth is the room
// for that behind a new block; growth is the share of a block that grew that is kept free behind it.
const (
	firstGrowth = 15
	growth      = 8
)

// spare is the share of what lives that may be garbage.
const spare = 7

func newArena(segmentSize int, moved func(uint32, ref)) *arena {
	return &arena{size: segmentSize, cur: nobody, moved: moved}
}

// bytes is what the arena takes, as it is counted against the limit: not the segments there are but the most there can
// be, which goes down with each block that is freed.
func (a *arena) bytes() int64 {
	if a.live == 0 {
		return 0
	}
	return a.live + a.live/spare + 3*int64(a.size)
}

// get is the payload of a block, n bytes of it.
func (a *arena) get(r ref, n uint32) []byte {
	off := uint32(r)
	return a.segs[r>>32].buf[off : off+n]
}

// put stores data for a slot and returns where. old, unless it is 0, is the block that it replaces.
func (a *arena) put(slot uint32, old ref, data []byte) ref {
	if old == 0 {
		return a.place(slot, data, firstGrowth)
	}
	c, more := a.capacity(old), 0
	if len(data) <= c && c <= 2*len(data)+4*blockUnit {
		copy(a.segs[old>>32].buf[uint32(old):], data)
		return old
	}
	if len(data) > c {
		more = len(data) / growth
	}
	a.drop(old)
	return a.place(slot, data, more)
}

// tidy compacts as long as too much is garbage. It moves blocks, and tells where to.
func (a *arena) tidy() {
	for a.reserved > a.live+a.live/spare+2*int64(a.size) && a.compact() {
	}
}

func (a *arena) capacity(r ref) int {
	return int(binary.LittleEndian.Uint32(a.segs[r>>32].buf[uint32(r)-4:]))
}

// drop frees a block.
func (a *arena) drop(r ref) {
	s := &a.segs[r>>32]
	n := a.capacity(r) + blockHeader
	binary.LittleEndian.PutUint32(s.buf[uint32(r)-blockHeader:], nobody)
	s.live -= n
	a.live -= int64(n)
	if s.live == 0 && uint32(r>>32) != a.cur {
		a.release(uint32(r >> 32))
	}
}

// place writes a block with room for more bytes behind it.
func (a *arena) place(slot uint32, data []byte, more int) ref {
	room := (len(data) + more + blockUnit - 1) / blockUnit * blockUnit
	n := room + blockHeader
	if a.cur == nobody || cap(a.segs[a.cur].buf)-len(a.segs[a.cur].buf) < n {
		a.advance(n)
	}
	s := &a.segs[a.cur]
	off := len(s.buf)
	s.buf = s.buf[:off+n]
	binary.LittleEndian.PutUint32(s.buf[off:], slot)
	binary.LittleEndian.PutUint32(s.buf[off+4:], uint32(room))
	copy(s.buf[off+blockHeader:], data)
	s.live += n
	a.live += int64(n)
	return ref(a.cur)<<32 | ref(off+blockHeader)
}

// advance makes a segment with room for n bytes the current one.
func (a *arena) advance(n int) {
	if a.cur != nobody && a.segs[a.cur].live == 0 {
		a.release(a.cur)
	}
	seg := segment{buf: a.spare}
	if a.spare = nil; cap(seg.buf) < n {
		seg.buf = make([]byte, 0, max(a.size, n))
	}
	a.reserved += int64(cap(seg.buf))
	if k := len(a.free); k > 0 {
		a.cur = a.free[k-1]
		a.free = a.free[:k-1]
		a.segs[a.cur] = seg
		return
	}
	a.cur = uint32(len(a.segs))
	a.segs = append(a.segs, seg)
}

func (a *arena) release(i uint32) {
	buf := a.segs[i].buf
	a.reserved -= int64(cap(buf))
	if cap(buf) == a.size {
		a.spare = buf[:0]
	}
	a.segs[i] = segment{}
	a.free = append(a.free, i)
}

// compact moves what lives in the emptiest segment elsewhere and frees it; false when there is none.
func (a *arena) compact() bool {
	victim, waste := nobody, 0
	for i := range a.segs {
		s := &a.segs[i]
		if w := cap(s.buf) - s.live; s.buf != nil && uint32(i) != a.cur && w > waste {
			victim, waste = uint32(i), w
		}
	}
	if victim == nobody {
		return false
	}
	buf := a.segs[victim].buf
	for off := 0; off < len(buf); {
		slot := binary.LittleEndian.Uint32(buf[off:])
		room := int(binary.LittleEndian.Uint32(buf[off+4:]))
		if slot != nobody {
			// The whole capacity moves: only the slot knows how much of it is used.
			a.moved(slot, a.place(slot, buf[off+blockHeader:off+blockHeader+room], 0))
		}
		off += room + blockHeader
	}
	a.live -= int64(a.segs[victim].live)
	a.release(victim)
	return true
}
