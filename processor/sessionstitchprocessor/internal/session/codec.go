// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// version of the encoding, its first byte.
const version = 2

// errDamaged says that bytes are not an encoded state.
var errDamaged = errors.New("damaged session state")

// How the owner of an attribute is written: in the two low bits of its key's number.
const (
	ownerFirst = iota
	ownerNone
	ownerFollows
)

// Flags of the encoding, beside those of the state.
const (
	// single: one part, no repetition, no earlier output, no timeline, as most open sessions are.
	single   = 1 << 6
	hasFloor = 1 << 7
)

func (s *State) single() bool {
	return s.Parts == 1 && s.Duplicates == 0 && s.Outputs == 0 && len(s.Timeline) == 0
}

// digested in the first byte says that the digest is that of the identities, and not written.
const digested = 1 << 7

// maxDigested is of how many identities the digest is computed and not written: they cost time, it costs 16 bytes.
const maxDigested = 8

// digestOfIDs is the digest of the identities that are kept; ok is false for too many.
func digestOfIDs(k Key, ids []byte) (d Digest, ok bool) {
	if len(ids) > maxDigested*idSize {
		return d, false
	}
	for b := ids; len(b) >= idSize; b = b[idSize:] {
		d = d.plus(digestOf(k, binary.LittleEndian.Uint64(b)))
	}
	return d, true
}

// AppendBinary adds the encoded state of the session k to dst. Attribute keys and values are numbers of the dictionary it
// was made with.
func (s *State) AppendBinary(dst []byte, k Key) []byte {
	flags := byte(s.Flags)
	if s.Floor != 0 {
		flags |= hasFloor
	}
	alone := s.single()
	if alone {
		flags |= single
	}
	first := byte(version)
	d, known := digestOfIDs(k, s.IDs)
	if known = known && s.Parts > 0 && d == s.Digest; known {
		first |= digested
	}
	dst = append(dst, first, flags)
	if !alone {
		dst = binary.AppendUvarint(dst, s.Parts)
		dst = binary.AppendUvarint(dst, s.Duplicates)
		dst = binary.AppendUvarint(dst, uint64(s.Outputs))
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Newest))
	if s.Outputs > 0 {
		dst = binary.AppendVarint(dst, s.Newest-s.Before)
	}
	if s.Floor != 0 {
		dst = binary.AppendVarint(dst, s.Newest-s.Floor)
	}
	if s.Parts > 0 && !known {
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
	dst = s.appendAttrs(dst)
	dst = binary.AppendUvarint(dst, uint64(len(s.Counters)))
	for i := range s.Counters {
		dst = s.Counters[i].append(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Resource)))
	dst = append(dst, s.Resource...)
	if alone {
		return append(dst, s.IDs...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Timeline)))
	for _, e := range s.Timeline {
		dst = binary.AppendVarint(dst, s.Newest-e.Time)
		dst = binary.LittleEndian.AppendUint64(dst, e.Hash)
		dst = append(dst, e.Value...)
	}
	return append(dst, s.IDs...)
}

// appendAttrs adds the attributes. The time of the newest part is mostly in two of them, and takes a byte there.
func (s *State) appendAttrs(dst []byte) []byte {
	kinds := [...]byte{kindNewestInt, kindNewestTime}
	var a, b [maxTimeLen]byte
	newest := s.newestValues(a[:0], b[:0])
	last := uint32(0)
	for i := range s.Attrs {
		x := s.Attrs[i]
		for k := range newest {
			if x.Value[0] == newest[k][0] && bytes.Equal(x.Value, newest[k]) {
				x.Value = kinds[k : k+1]
			}
		}
		dst = appendAttr(dst, &x, last)
		last = x.Key
	}
	return dst
}

// maxTimeLen is the longest encoding of a time, in bytes.
const maxTimeLen = 12

// newestValues are the encodings of the newest part's time that have kinds of their own.
func (s *State) newestValues(a, b []byte) [2][]byte {
	return [2][]byte{appendInt(a, s.Newest), binary.LittleEndian.AppendUint64(append(b, kindTime), uint64(s.Newest))}
}

// appendAttr adds an attribute behind one whose key is last, which is not greater.
func appendAttr(dst []byte, a *Attr, last uint32) []byte {
	code := uint64(ownerFollows)
	switch a.Owner {
	case 0:
		code = ownerFirst
	case noOwner:
		code = ownerNone
	}
	dst = binary.AppendUvarint(dst, uint64(a.Key-last)<<2|code)
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
		dst = binary.AppendUvarint(dst, uint64(c.Owner+1)) // 0: none, and a sum has no lower end
		if c.Owner != noOwner {
			dst = binary.AppendVarint(dst, c.Lo)
		}
		dst = binary.AppendVarint(dst, c.Hi)
	}
	if c.Counted {
		dst = binary.AppendVarint(dst, c.CountedLo)
		dst = binary.AppendVarint(dst, c.CountedHi)
	}
	return dst
}

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
	for range r.count(11) {
		o := Order{Class: model.Class(r.byte()), Rank: r.byte()}
		o.Time, o.Hash = s.Newest-r.varint(), r.fixed()
		s.Orders = append(s.Orders, o)
	}
	n := r.count(2)
	ar := attrReader{b: r.b}
	s.newest = s.newestValues(s.newest[0][:0], s.newest[1][:0])
	actions := m.actionsFor()
	for range n {
		if !ar.next() || int(ar.Key) >= len(actions) {
			return errDamaged
		}
		if free := actions[ar.Key].rule.Placeless(); free != (ar.Owner == noOwner) || !free && int(ar.Owner) >= len(s.Orders) {
			return errDamaged
		}
		a := ar.Attr
		if k := a.Value[0]; k == kindNewestInt || k == kindNewestTime {
			a.Value = s.newest[k-kindNewestInt]
		}
		s.Attrs = append(s.Attrs, a)
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
	for range r.entries(flags) {
		e := Entry{Time: s.Newest - r.varint(), Hash: r.fixed()}
		e.Value = r.take(uint64(valueLen(r.b)))
		r.bad = r.bad || len(e.Value) == 0
		s.Timeline = append(s.Timeline, e)
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

// entries is the number of a timeline's.
func (r *reader) entries(flags byte) uint64 {
	if flags&single != 0 {
		return 0
	}
	return r.count(10)
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
