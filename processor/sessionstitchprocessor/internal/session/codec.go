// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"errors"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// version of the encoding, its first byte.
const version = 1

// errDamaged says that bytes are not an encoded state.
var errDamaged = errors.New("damaged session state")

// How the owner of an attribute is written: in the two low bits of its key's number.
const (
	ownerFirst = iota
	ownerNone
	ownerFollows
)

// Flags of the encoding, beside those of the state.
const hasFloor = 1 << 7

// AppendBinary adds the encoded state to dst. Attribute keys and values are numbers of the dictionary it was made with.
func (s *State) AppendBinary(dst []byte) []byte {
	flags := byte(s.Flags)
	if s.Floor != 0 {
		flags |= hasFloor
	}
	dst = append(dst, version, flags)
	dst = binary.AppendUvarint(dst, s.Parts)
	dst = binary.AppendUvarint(dst, s.Duplicates)
	dst = binary.AppendUvarint(dst, uint64(s.Outputs))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Newest))
	if s.Outputs > 0 {
		dst = binary.AppendVarint(dst, s.Newest-s.Before)
	}
	if s.Floor != 0 {
		dst = binary.AppendVarint(dst, s.Newest-s.Floor)
	}
	if s.Parts > 0 {
		dst = binary.LittleEndian.AppendUint64(dst, s.Digest.Hi)
		dst = binary.LittleEndian.AppendUint64(dst, s.Digest.Lo)
	}
	if s.Flags&HasStart != 0 {
		dst = binary.AppendVarint(dst, s.Newest-s.Start)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Orders)))
	for _, o := range s.Orders {
		dst = append(dst, byte(o.Class), o.Rank)
		dst = binary.AppendVarint(dst, s.Newest-o.Time)
		dst = binary.LittleEndian.AppendUint64(dst, o.Hash)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Attrs)))
	for i := range s.Attrs {
		dst = appendAttr(dst, &s.Attrs[i])
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Counters)))
	for i := range s.Counters {
		dst = s.Counters[i].append(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Resource)))
	dst = append(dst, s.Resource...)
	dst = binary.AppendUvarint(dst, uint64(len(s.Timeline)))
	for _, e := range s.Timeline {
		dst = binary.AppendVarint(dst, s.Newest-e.Time)
		dst = binary.LittleEndian.AppendUint64(dst, e.Hash)
		dst = append(dst, e.Value...)
	}
	return append(dst, s.IDs...)
}

func appendAttr(dst []byte, a *Attr) []byte {
	code := uint64(ownerFollows)
	switch a.Owner {
	case 0:
		code = ownerFirst
	case noOwner:
		code = ownerNone
	}
	dst = binary.AppendUvarint(dst, uint64(a.Key)<<2|code)
	if code == ownerFollows {
		dst = binary.AppendUvarint(dst, uint64(a.Owner))
	}
	return append(dst, a.Value...)
}

const (
	counterSet     = 1 << 6
	counterCounted = 1 << 7
)

func (c *Counter) append(dst []byte) []byte {
	b := c.Index
	if c.Set {
		b |= counterSet
	}
	if c.Counted {
		b |= counterCounted
	}
	dst = append(dst, b)
	if c.Set {
		dst = binary.AppendUvarint(dst, uint64(c.Owner+1)) // 0: none
		dst = binary.AppendVarint(dst, c.Lo)
		dst = binary.AppendVarint(dst, c.Hi)
	}
	if c.Counted {
		dst = binary.AppendVarint(dst, c.CountedLo)
		dst = binary.AppendVarint(dst, c.CountedHi)
	}
	return dst
}

// Decode reads an encoded state of the model; the state shares b from then on.
func (s *State) Decode(m *Model, b []byte) error {
	s.Reset()
	r := reader{b: b}
	if r.byte() != version {
		return errDamaged
	}
	flags := r.byte()
	s.Flags = Flags(flags &^ hasFloor)
	s.Parts, s.Duplicates, s.Outputs = r.uvarint(), r.uvarint(), uint32(r.uvarint())
	s.Newest = int64(r.fixed())
	if s.Outputs > 0 {
		s.Before = s.Newest - r.varint()
	}
	if flags&hasFloor != 0 {
		s.Floor = s.Newest - r.varint()
	}
	if s.Parts > 0 {
		s.Digest = Digest{Hi: r.fixed(), Lo: r.fixed()}
	}
	if s.Flags&HasStart != 0 {
		s.Start = s.Newest - r.varint()
	}
	for range r.count(11) {
		o := Order{Class: model.Class(r.byte()), Rank: r.byte()}
		o.Time, o.Hash = s.Newest-r.varint(), r.fixed()
		s.Orders = append(s.Orders, o)
	}
	n := r.count(2)
	ar := attrReader{b: r.b}
	actions := m.actionsFor()
	for range n {
		if !ar.next() || int(ar.Key) >= len(actions) {
			return errDamaged
		}
		if free := actions[ar.Key].rule.Placeless(); free != (ar.Owner == noOwner) || !free && int(ar.Owner) >= len(s.Orders) {
			return errDamaged
		}
		s.Attrs = append(s.Attrs, ar.Attr)
	}
	r.b = ar.b
	for range r.count(1) {
		c := r.counter()
		if int(c.Index) >= len(m.Counters) {
			return errDamaged
		}
		if free := m.Counters[c.Index].Sum == model.Delta; c.Set && (free != (c.Owner == noOwner) || !free && int(c.Owner) >= len(s.Orders)) {
			return errDamaged
		}
		s.Counters = append(s.Counters, c)
	}
	s.Resource = r.take(r.uvarint())
	for range r.count(10) {
		e := Entry{Time: s.Newest - r.varint(), Hash: r.fixed()}
		e.Value = r.take(uint64(valueLen(r.b)))
		r.bad = r.bad || len(e.Value) == 0
		s.Timeline = append(s.Timeline, e)
	}
	s.IDs = r.b
	if r.bad || len(s.IDs)%idSize != 0 {
		return errDamaged
	}
	return nil
}

func (r *reader) counter() Counter {
	b := r.byte()
	c := Counter{Index: b &^ (counterSet | counterCounted), Set: b&counterSet != 0, Counted: b&counterCounted != 0}
	if c.Set {
		c.Owner, c.Lo, c.Hi = uint16(r.uvarint())-1, r.varint(), r.varint()
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
	n, k := binary.Uvarint(r.b)
	if k <= 0 {
		return false
	}
	b := r.b[k:]
	a := Attr{Key: uint32(n >> 2)}
	switch n & 3 {
	case ownerNone:
		a.Owner = noOwner
	case ownerFollows:
		owner, k := binary.Uvarint(b)
		if k <= 0 || owner >= noOwner {
			return false
		}
		a.Owner = uint16(owner)
		b = b[k:]
	}
	size := valueLen(b)
	if size == 0 || (a.Key == 0) != (b[0] == kindNamed) {
		return false
	}
	a.Value = b[:size:size]
	r.Attr, r.b = a, b[size:]
	return true
}
