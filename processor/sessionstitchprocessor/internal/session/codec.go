// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"encoding/binary"
)

// A state is encoded here and read again in decode.go.

// version of the encoding, its first byte.
const version = 2

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
