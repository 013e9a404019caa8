// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"errors"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// errDamaged says that bytes are not an encoded state.
var errDamaged = errors.New("damaged session state")

// Decode reads the encoded state of the model's session k; the state shares b from then on.
func (s *State) Decode(m *Model, k Key, b []byte) error {
	s.Reset()
	r := reader{b: b}
	first := r.byte()
	if first&^digested != version {
		return errDamaged
	}
	flags := r.byte()
	s.Flags, s.Parts = Flags(flags&^(hasFloor|single)), 1
	if flags&single == 0 {
		s.Parts, s.Duplicates, s.Outputs = r.uvarint(), r.uvarint(), uint32(r.uvarint())
	}
	s.Newest = int64(r.fixed())
	if s.Outputs > 0 {
		s.Before = s.Newest - r.varint()
	}
	if flags&hasFloor != 0 {
		s.Floor = s.Newest - r.varint()
	}
	if s.Parts > 0 && first&digested == 0 {
		s.Digest = Digest{Hi: r.fixed(), Lo: r.fixed()}
	}
	if s.Flags&HasStart != 0 {
		s.Start = s.Newest - r.varint()
	}
	s.decodeOrders(&r)
	if !s.decodeAttrs(m, &r) || !s.decodeCounters(m, &r) {
		return errDamaged
	}
	s.Resource = r.take(r.uvarint())
	if flags&single == 0 {
		s.decodeTimeline(&r)
	}
	s.IDs = r.b
	if r.bad || len(s.IDs)%idSize != 0 {
		return errDamaged
	}
	if first&digested != 0 {
		s.Digest, _ = digestOfIDs(k, s.IDs)
	}
	return nil
}

func (s *State) decodeOrders(r *reader) {
	for range r.count(11) {
		o := Order{Class: model.Class(r.byte()), Rank: r.byte()}
		o.Time, o.Hash = s.Newest-r.varint(), r.fixed()
		s.Orders = append(s.Orders, o)
	}
}

// decodeAttrs reads the attributes; false where they are not those of the model, or owned by parts that are not there.
func (s *State) decodeAttrs(m *Model, r *reader) bool {
	n := r.count(2)
	ar := attrReader{b: r.b}
	s.newest = s.newestValues(s.newest[0][:0], s.newest[1][:0])
	actions := m.actionsFor()
	for range n {
		if !ar.next() || int(ar.Key) >= len(actions) {
			return false
		}
		if !s.mayOwn(ar.Owner, actions[ar.Key].rule.Placeless()) {
			return false
		}
		a := ar.Attr
		if k := a.Value[0]; k == kindNewestInt || k == kindNewestTime {
			a.Value = s.newest[k-kindNewestInt]
		}
		s.Attrs = append(s.Attrs, a)
	}
	r.b = ar.b
	return true
}

// decodeCounters likewise.
func (s *State) decodeCounters(m *Model, r *reader) bool {
	for range r.count(1) {
		c := r.counter()
		if int(c.Index) >= len(m.Counters) {
			return false
		}
		if c.Set && !s.mayOwn(c.Owner, m.Counters[c.Index].Sum == model.Delta) {
			return false
		}
		s.Counters = append(s.Counters, c)
	}
	return true
}

// mayOwn reports whether owner is one of the parts that own something, or none for what is nobody's.
func (s *State) mayOwn(owner uint16, nobodys bool) bool {
	return nobodys == (owner == noOwner) && (nobodys || int(owner) < len(s.Orders))
}

func (s *State) decodeTimeline(r *reader) {
	for range r.count(10) {
		e := Entry{Time: s.Newest - r.varint(), Hash: r.fixed()}
		e.Value = r.take(uint64(valueLen(r.b)))
		r.bad = r.bad || len(e.Value) == 0
		s.Timeline = append(s.Timeline, e)
	}
}

func (r *reader) counter() Counter {
	b := r.byte()
	c := Counter{Index: b &^ (counterSet | counterCounted), Set: b&counterSet != 0, Counted: b&counterCounted != 0}
	if c.Set {
		if c.Owner = uint16(r.uvarint()) - 1; c.Owner != noOwner {
			c.Lo = r.varint()
		}
		c.Hi = r.varint()
	}
	if c.Counted {
		c.CountedLo, c.CountedHi = r.varint(), r.varint()
	}
	return c
}

// reader takes numbers from the front of a buffer; bad says that they were not there.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) fixed() uint64 {
	if len(r.b) < 8 {
		r.bad, r.b = true, nil
		return 0
	}
	n := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return n
}

func (r *reader) uvarint() uint64 {
	n, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[k:]
	return n
}

func (r *reader) varint() int64 {
	n, k := binary.Varint(r.b)
	if k <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[k:]
	return n
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

// count reads a number of things that take at least size bytes each, so that a damaged one costs no memory.
func (r *reader) count(size int) uint64 {
	n := r.uvarint()
	if n > uint64(len(r.b)/size) {
		r.bad = true
		return 0
	}
	return n
}

// attrReader takes attributes from the front of a buffer.
type attrReader struct {
	Attr
	b []byte
}

// next reads one; false at the end, or where the rest is none.
func (r *attrReader) next() bool {
	n, at := uvarintAt(r.b, 0)
	if at > len(r.b) {
		return false
	}
	a := Attr{Key: r.Key + uint32(n>>2)}
	switch n & 3 {
	case ownerNone:
		a.Owner = noOwner
	case ownerFollows:
		var owner uint64
		if owner, at = uvarintAt(r.b, at); at > len(r.b) || owner >= noOwner {
			return false
		}
		a.Owner = uint16(owner)
	}
	b := r.b[at:]
	size := valueLen(b)
	if size == 0 || (a.Key == 0) != (b[0] == kindNamed) {
		return false
	}
	a.Value = b[:size:size]
	r.Attr, r.b = a, b[size:]
	return true
}
