// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Most parts are newer than all that their session had, and have all attributes that it had, so that what the newest one
// decides is theirs. Joining such a part to its session's encoded state takes no decoding: the attributes are the part's,
// the counters are added up, the identity goes behind the others. AppendJoined does that, byte for byte as Decode, Add and
// AppendBinary would, and leaves everything else to them.

// Layout is what a table may remember of a state that was made of packed parts only, so that the next join need not look
// at its attributes. The zero Layout knows nothing.
type Layout struct {
	// shape names the list of its attributes' keys; counters is where the counters begin.
	shape, counters uint16
}

// AppendJoined adds to dst the encoded state old joined with the packed part, and gives its flags and layout. False where
// the part or the state is unusual; what was added to dst means nothing then. It stands for Merged.
func (p *Part) AppendJoined(dst, old []byte, l Layout, window int64) ([]byte, Flags, Layout, bool) {
	var h plain
	var space [128]byte // what counters mostly take; more go elsewhere
	counters, ok := h.read(space[:0], old, l, p)
	if !ok {
		return dst, 0, l, false
	}
	horizon := seconds(p.Newest - window)
	cut := h.ids
	for cut < len(old) && binary.LittleEndian.Uint32(old[cut+8:]) < horizon {
		cut += idSize
	}
	ids := len(old) - cut + idSize
	if ids > maxIdentities*idSize || hasID(old[h.ids:], p.packed.id) {
		return dst, 0, l, false
	}
	d, known := Digest{}, h.digested && cut == h.ids && ids <= maxDigested*idSize
	if !known {
		d, known = h.join(p, old, cut)
	}
	flags, start := h.flags|p.Flags, p.Newest-h.start
	if h.flags&HasStart == 0 || p.Flags&HasStart != 0 && p.Start < h.start {
		start = p.Newest - p.Start
	}
	first := byte(version)
	if known {
		first |= digested
	}
	from := len(dst)
	dst = binary.AppendUvarint(append(dst, first, byte(flags)), addCounts(h.parts, 1))
	dst = append(binary.AppendUvarint(dst, h.duplicates), 0)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(p.Newest))
	if !known {
		dst = binary.LittleEndian.AppendUint64(dst, d.Hi)
		dst = binary.LittleEndian.AppendUint64(dst, d.Lo)
	}
	if flags&HasStart != 0 {
		dst = binary.AppendVarint(dst, start)
	}
	k := &p.packed
	dst = append(dst, k.state[k.place:k.counters]...)
	l = layout(k.shape, len(dst)-from)
	dst = append(dst, counters...)
	dst = append(dst, k.state[k.resource:k.ids]...)
	dst = append(append(dst, 0), old[cut:]...)
	return append(dst, k.state[k.ids:]...), flags, l, true
}

func layout(shape uint16, counters int) Layout {
	if counters > math.MaxUint16 {
		return Layout{}
	}
	return Layout{shape: shape, counters: uint16(counters)}
}

// plain is what is read of an encoded state that a packed part can be joined to without decoding it.
type plain struct {
	flags             Flags
	digested          bool
	parts, duplicates uint64
	digest            Digest
	start             int64
	order             Order
	// ids is where the identities begin.
	ids int
}

// read reads a state that was never put out, has no timeline, has its attributes from one part, which is older than p,
// and none that p has not. It adds to dst the counters of state and part together.
func (h *plain) read(dst, b []byte, l Layout, p *Part) (counters []byte, ok bool) {
	if len(b) < 2+8 || b[0]&^digested != version || b[1]&hasFloor != 0 {
		return nil, false
	}
	h.digested, h.flags, h.parts = b[0]&digested != 0, Flags(b[1]&^single), 1
	if h.flags&(HasNewest|HasResource|Reopened) != HasNewest|HasResource {
		return nil, false
	}
	at, alone := 2, b[1]&single != 0
	if !alone {
		outputs := uint64(0)
		h.parts, at = uvarintAt(b, at)
		h.duplicates, at = uvarintAt(b, at)
		if outputs, at = uvarintAt(b, at); outputs != 0 || h.parts == 0 {
			return nil, false
		}
	}
	// What has a fixed length between the numbers: time, digest, class and rank, hash.
	const times, place = 8 + 16, 3
	if at+times > len(b) {
		return nil, false
	}
	newest := int64(binary.LittleEndian.Uint64(b[at:]))
	at += 8
	if !h.digested {
		h.digest = Digest{Hi: binary.LittleEndian.Uint64(b[at:]), Lo: binary.LittleEndian.Uint64(b[at+8:])}
		at += 16
	}
	if h.flags&HasStart != 0 {
		h.start, at = varintAt(b, at)
		h.start = newest - h.start
	}
	if newest > p.Newest || p.Newest < 0 || at+place > len(b) || b[at] != 1 {
		return nil, false
	}
	h.order.Class, h.order.Rank = model.Class(b[at+1]), b[at+2]
	if h.order.Time, at = varintAt(b, at+place); at+8 > len(b) {
		return nil, false
	}
	h.order.Time, h.order.Hash = newest-h.order.Time, binary.LittleEndian.Uint64(b[at:])
	if p.packed.order.Compare(h.order) <= 0 {
		return nil, false
	}
	if l.shape != 0 && l.shape == p.packed.shape {
		at = int(l.counters)
	} else if at = p.coversAttrs(b, at+8); at < 0 {
		return nil, false
	}
	if dst, at = h.joinCounters(dst, p, b, at); at < 0 || at > len(b) {
		return nil, false
	}
	resource := p.packed.state[p.packed.resource:p.packed.ids]
	if !bytes.HasPrefix(b[at:], resource) {
		return nil, false
	}
	at += len(resource)
	if !alone {
		if at >= len(b) || b[at] != 0 { // timeline
			return nil, false
		}
		at++
	}
	h.ids = at
	n := len(b) - at
	return dst, n > 0 && n%idSize == 0 && binary.LittleEndian.Uint32(b[len(b)-4:]) <= seconds(p.packed.order.Time)
}

// coversAttrs says that the part has all attributes of an encoded list, which begins with their number, and gives what
// follows it; -1: it has not.
func (p *Part) coversAttrs(b []byte, at int) int {
	keys, j, key := p.packed.keys, 0, uint64(0)
	n, at := uvarintAt(b, at)
	for ; n > 0; n-- {
		if at >= len(b) {
			return -1
		}
		code := uint64(b[at])
		if at++; code >= 0x80 {
			code, at = uvarintAt(b, at-1)
		}
		key += code >> 2
		for j < len(keys) && uint64(keys[j]) < key {
			j++
		}
		if j == len(keys) || uint64(keys[j]) != key || code&3 != ownerFirst || at >= len(b) {
			return -1
		}
		j++
		if size := sizes[b[at]]; size > 0 {
			at += int(size)
			continue
		}
		if kind := b[at]; kind == kindInt || kind == kindDecimal {
			for at++; at < len(b) && b[at] >= 0x80; at++ {
			}
			at++
			continue
		}
		size := valueLen(b[at:])
		if size == 0 {
			return -1
		}
		at += size
	}
	if at > len(b) {
		return -1
	}
	return at
}

// joinCounters adds to dst the counters of state and part together, which begin with their number, and gives what follows
// those of the state. -1 where a total of the state holds: then its part still owns something.
func (h *plain) joinCounters(dst []byte, p *Part, old []byte, at int) ([]byte, int) {
	k := &p.packed
	i, at := uvarintAt(old, at)
	from := k.counters + 1
	j := k.state[k.counters]
	dst = append(dst, 0)
	n := byte(0)
	// Mostly both have the same ones, and all are sums.
	for i > 0 && j > 0 && from+1 < len(k.state) && at+1 < len(old) && old[at] == k.state[from] && old[at] < counterCounted && old[at+1]|k.state[from+1] == 0 {
		var x, y int64
		dst = append(dst, old[at], 0)
		x, at = varintAt(old, at+2)
		y, from = varintAt(k.state, from+2)
		dst = binary.AppendVarint(dst, saturating(x, y))
		i--
		j--
		n++
	}
	var a, b leanCounter
	for i > 0 || j > 0 || a.set || b.set {
		if !a.set && i > 0 {
			if at = a.read(old, at); at > len(old) {
				return dst, -1
			}
			i--
		}
		if !b.set && j > 0 {
			from = b.read(k.state, from)
			j--
		}
		n++
		if !b.set || a.set && a.index < b.index {
			if a.total {
				return dst, -1
			}
			dst, a.set = a.append(dst), false
			continue
		}
		if a.set && a.index == b.index {
			a.set = false
			switch {
			case !b.total:
				b.hi = saturating(a.hi, b.hi)
			case h.order.Class == k.order.Class && h.order.Time == k.order.Time && a.hi > b.hi:
				return dst, -1
			default:
				b.lo = min(a.lo, b.lo)
			}
		}
		dst, b.set = b.append(dst), false
	}
	dst[0] = n
	return dst, at
}

// leanCounter is a counter that no output counted; a total belongs to the only part that owns anything.
type leanCounter struct {
	set, total bool
	index      byte
	lo, hi     int64
}

// read reads one; behind the end where it is none.
func (c *leanCounter) read(b []byte, at int) int {
	if at+1 >= len(b) || b[at]&(counterSet|counterCounted) != counterSet || b[at+1] > 1 {
		return len(b) + 1
	}
	c.set, c.index, c.total, c.lo = true, b[at]&^counterSet, b[at+1] == 1, 0
	at += 2
	if c.total {
		c.lo, at = varintAt(b, at)
	}
	c.hi, at = varintAt(b, at)
	return at
}

func (c *leanCounter) append(dst []byte) []byte {
	if !c.total {
		return binary.AppendVarint(append(dst, c.index|counterSet, 0), c.hi)
	}
	return binary.AppendVarint(binary.AppendVarint(append(dst, c.index|counterSet, 1), c.lo), c.hi)
}

// join is the digest of state and part together, and whether it is that of the identities that are kept, from cut on.
func (h *plain) join(p *Part, old []byte, cut int) (d Digest, known bool) {
	if d = h.digest; h.digested {
		d, _ = digestOfIDs(p.Key, old[h.ids:])
	}
	d = d.plus(p.Digest)
	if len(old)-cut+idSize > maxDigested*idSize {
		return d, false
	}
	kept, _ := digestOfIDs(p.Key, old[cut:])
	return d, kept.plus(p.Digest) == d
}

// uvarintAt reads a number and gives what follows it: behind the end where there is none.
func uvarintAt(b []byte, at int) (n uint64, next int) {
	for shift := 0; at < len(b); shift += 7 {
		c := b[at]
		at++
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n, at
		}
	}
	return 0, len(b) + 1
}

func varintAt(b []byte, at int) (int64, int) {
	n, at := uvarintAt(b, at)
	return int64(n>>1) ^ -int64(n&1), at
}
