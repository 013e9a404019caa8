// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"cmp"
	"math"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Order is the place of a part among the parts of its session.
type Order struct {
	Class model.Class
	// Time is the event time in nanoseconds since 1970.
	Time int64
	// Rank orders parts of the same moment, as the model says.
	Rank uint8
	// Hash of the content decides between parts of the same moment and rank: the same in every process.
	Hash uint64
}

// Compare gives -1, 0 or 1.
func (o Order) Compare(p Order) int {
	if c := cmp.Compare(o.Class, p.Class); c != 0 {
		return c
	}
	if c := cmp.Compare(o.Time, p.Time); c != 0 {
		return c
	}
	if c := cmp.Compare(o.Rank, p.Rank); c != 0 {
		return c
	}
	return cmp.Compare(o.Hash, p.Hash)
}

// Attr is an attribute with the place of the part that it comes from.
type Attr struct {
	// Key is the attribute's number in the dictionary, 0 where it has none and the value begins with the name.
	Key uint32
	// Owner points into the state's orders; noOwner where the rule needs no place.
	Owner uint16
	// Value is encoded.
	Value []byte
}

const noOwner = math.MaxUint16

// Counter is the state of one of the model's counters.
type Counter struct {
	Index uint8
	// Set says that a part of this output had it.
	Set bool
	// Counted says that an earlier output counted it.
	Counted bool
	// Owner is the place of the part whose total holds.
	Owner uint16
	// For a total [Lo, Hi) is what is known of the session's count; for a delta Hi is the sum.
	Lo, Hi int64
	// The same for what earlier outputs counted.
	CountedLo, CountedHi int64
}

// Flags are facts about a session.
type Flags uint8

const (
	// Ended: an end was seen, in this output or an earlier one.
	Ended Flags = 1 << iota
	// Approximate: the totals may be wrong.
	Approximate
	// HasStart: Start is known.
	HasStart
	// HasResource: Resource is known, and may be empty.
	HasResource
	// HasNewest: a part was seen, in this output or an earlier one.
	HasNewest
	// Reopened: an earlier output had the end already.
	Reopened
)

// Entry is an entry of the timeline.
type Entry struct {
	Time int64
	Hash uint64
	// Value is the encoded map.
	Value []byte
}

// State is what is known of one session since its last output, and what is remembered of earlier ones. Its slices may
// share the buffer it was decoded from.
type State struct {
	Flags Flags
	// Parts and Duplicates of this output.
	Parts, Duplicates uint64
	// Outputs is the number of earlier outputs.
	Outputs uint32
	// Digest of the parts of this output.
	Digest Digest
	// Start is the earliest start, in nanoseconds since 1970.
	Start int64
	// Newest is the event time of the newest part, in this output or an earlier one.
	Newest int64
	// Before is what Newest was at the last output.
	Before int64
	// Floor is the time below which identities were given up; a part below it may be a repetition.
	Floor int64
	// Orders are distinct and sorted, newest first.
	Orders []Order
	// Attrs are sorted by key and name.
	Attrs []Attr
	// Counters are sorted by index.
	Counters []Counter
	// Resource are the encoded attributes of the resource, sorted like Attrs.
	Resource []byte
	// IDs are the identities of parts, 12 bytes each, sorted by time.
	IDs []byte
	// Timeline is sorted by time and hash.
	Timeline []Entry

	attrs  []Attr
	orders []Order
	ids    [2][]byte
	newest [2][]byte
	buf    []byte
}

// Reset empties the state and keeps its memory.
func (s *State) Reset() {
	*s = State{
		Orders: s.Orders[:0], Attrs: s.Attrs[:0], Counters: s.Counters[:0], Timeline: s.Timeline[:0],
		attrs: s.attrs[:0], orders: s.orders[:0], ids: s.ids, newest: s.newest, buf: s.buf[:0],
	}
}

// Open tells a state that has something to put out from one that is only remembered.
func (s *State) Open() bool { return s.Parts > 0 || len(s.Attrs) > 0 }

// Release makes the state one that is only remembered: what this output counted will not be counted again.
func (s *State) Release() {
	for i := range s.Counters {
		c := &s.Counters[i]
		if !c.Set {
			continue
		}
		switch {
		case !c.Counted:
			c.CountedLo, c.CountedHi = c.Lo, c.Hi
		case c.Owner == noOwner: // a sum: outputs add up
			c.CountedHi = saturating(c.CountedHi, c.Hi)
		default:
			c.CountedLo, c.CountedHi = min(c.CountedLo, c.Lo), max(c.CountedHi, c.Hi)
		}
		c.Set, c.Counted, c.Owner, c.Lo, c.Hi = false, true, 0, 0, 0
	}
	s.Flags &^= HasStart | HasResource
	if s.Flags&Ended != 0 {
		s.Flags |= Reopened
	}
	s.Outputs++
	s.Parts, s.Duplicates, s.Digest, s.Start, s.Before = 0, 0, Digest{}, 0, s.Newest
	s.Orders, s.Attrs, s.Resource, s.Timeline = s.Orders[:0], s.Attrs[:0], nil, s.Timeline[:0]
}

// addCounts is the saturating sum of two counts.
func addCounts(a, b uint64) uint64 {
	return uint64(saturating(int64(min(a, math.MaxInt64)), int64(min(b, math.MaxInt64))))
}

// saturating sum of two numbers that are not negative.
func saturating(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
