// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Outcome is what became of a part.
type Outcome uint8

const (
	// Opened: the part began an output.
	Opened Outcome = iota
	// Merged: it was added to one.
	Merged
	// Duplicate: it is known already.
	Duplicate
	// Late: it is too old to be known, and was merged only as far as repeating that does no harm.
	Late
	// Alone: it is too old to be known and was not merged; it has to leave on its own.
	Alone
)

// Add merges a part into the state. window is the late window in nanoseconds, timeline the number of entries to keep.
func (s *State) Add(m *Model, p *State, window int64, timeline int) Outcome {
	// A side record's time need not be in step with the session's, so that it is never too old.
	if p.Flags&HasNewest != 0 && s.tooOld(p.Newest, window) {
		if m.Exact || !s.Open() {
			return Alone
		}
		s.join(m, p, false, timeline)
		return Late
	}
	if hasID(s.IDs, binary.LittleEndian.Uint64(p.IDs)) {
		s.Duplicates = addCounts(addCounts(s.Duplicates, max(p.Parts, 1)), p.Duplicates)
		if s.Open() {
			// Equal identities may differ in what does not make the identity, such as the file's name.
			s.join(m, p, false, timeline)
		}
		return Duplicate
	}
	opens := !s.Open()
	s.join(m, p, true, timeline)
	s.remember(p.IDs, window)
	if opens {
		return Opened
	}
	return Merged
}

// Isolate makes of a part that has to leave on its own a state to put out; s is the session's, which stays as it is.
// What s or its earlier outputs counted of a total is not counted again.
func (s *State) Isolate(m *Model, p, dst *State) {
	dst.Reset()
	dst.Flags = s.Flags & (Approximate | Ended)
	dst.Outputs = s.Outputs
	dst.Counters = append(dst.Counters[:0], s.Counters...)
	dst.Flags |= HasNewest
	dst.Newest, dst.Before = s.Newest, s.Newest
	for i := range dst.Counters {
		c := &dst.Counters[i]
		c.Set, c.Owner, c.Lo, c.Hi = false, 0, 0, 0
	}
	dst.join(m, p, true, 0)
}

// join merges two states. count says whether what is a sum over distinct parts is added too.
func (s *State) join(m *Model, p *State, count bool, timeline int) {
	s.Flags |= p.Flags & (Ended | Approximate)
	if p.Flags&HasStart != 0 {
		if s.Flags&HasStart == 0 || p.Start < s.Start {
			s.Start = p.Start
		}
		s.Flags |= HasStart
	}
	if s.Flags&HasNewest == 0 || p.Newest > s.Newest {
		s.Newest = p.Newest
	}
	s.Flags |= HasNewest
	if count {
		s.Parts = addCounts(s.Parts, p.Parts)
		s.Duplicates = addCounts(s.Duplicates, p.Duplicates)
		s.Digest = s.Digest.plus(p.Digest)
	}
	if p.Flags&HasResource != 0 {
		s.Resource = s.intersect(p.Resource)
		s.Flags |= HasResource
	}
	shift := uint16(len(s.Orders))
	s.Orders = append(s.Orders, p.Orders...)
	s.joinAttrs(m, p, shift)
	s.joinCounters(m, p, shift, count)
	s.tidyOrders()
	s.joinTimeline(p, timeline)
}

func compareKeys(a, b *Attr) int {
	if a.Key != b.Key || a.Key != 0 {
		return cmp.Compare(a.Key, b.Key)
	}
	x, _ := named(a.Value)
	y, _ := named(b.Value)
	return bytes.Compare(x, y)
}

func (s *State) joinAttrs(m *Model, p *State, shift uint16) {
	out := s.attrs[:0]
	actions := m.actionsFor()
	i, j := 0, 0
	for i < len(s.Attrs) || j < len(p.Attrs) {
		c := -1
		switch {
		case i == len(s.Attrs):
			c = 1
		case j < len(p.Attrs):
			c = compareKeys(&s.Attrs[i], &p.Attrs[j])
		}
		if c < 0 {
			out = append(out, s.Attrs[i])
			i++
			continue
		}
		b := p.Attrs[j]
		j++
		if b.Owner != noOwner {
			b.Owner += shift
		}
		if c == 0 {
			b = s.pick(m, actions[b.Key], s.Attrs[i], b)
			i++
		}
		out = append(out, b)
	}
	s.attrs, s.Attrs = s.Attrs, out
	if len(s.Attrs) > maxAttrs {
		s.capAttrs(m)
	}
}

// pick joins two values of one attribute.
func (s *State) pick(m *Model, do action, a, b Attr) Attr {
	takeB := false
	switch do.rule {
	case model.Union, model.Concat:
		n := len(s.buf)
		s.buf = union(s.buf, a.Value, b.Value, int(do.limit))
		a.Value = s.buf[n:len(s.buf):len(s.buf)]
		return a
	case model.Min:
		takeB = m.compareFor(1, &b, &a) < 0
	case model.Max:
		takeB = m.compareFor(-1, &b, &a) < 0
	case model.First:
		takeB = s.Orders[b.Owner].Compare(s.Orders[a.Owner]) < 0
	default:
		takeB = s.Orders[b.Owner].Compare(s.Orders[a.Owner]) > 0
	}
	if takeB {
		return b
	}
	return a
}

func (s *State) joinCounters(m *Model, p *State, shift uint16, count bool) {
	for _, b := range p.Counters {
		delta := m.Counters[b.Index].Sum == model.Delta
		if delta && !count {
			continue
		}
		if b.Owner != noOwner {
			b.Owner += shift
		}
		i, found := slices.BinarySearchFunc(s.Counters, b.Index, func(c Counter, i uint8) int { return cmp.Compare(c.Index, i) })
		if !found {
			s.Counters = slices.Insert(s.Counters, i, b)
			continue
		}
		a := &s.Counters[i]
		switch {
		case !a.Set:
			a.Set, a.Owner, a.Lo, a.Hi = b.Set, b.Owner, b.Lo, b.Hi
		case delta:
			a.Hi = saturating(a.Hi, b.Hi)
		default:
			if s.newerTotal(&b, a) {
				a.Owner, a.Hi = b.Owner, b.Hi
			}
			a.Lo = min(a.Lo, b.Lo)
		}
	}
}

// newerTotal says that a's total holds and not b's: the newest, and at the same moment the greatest, since what counts
// up within a moment is not told by rank or hash.
func (s *State) newerTotal(a, b *Counter) bool {
	x, y := s.Orders[a.Owner], s.Orders[b.Owner]
	if x.Class == y.Class && x.Time == y.Time && a.Hi != b.Hi {
		return a.Hi > b.Hi
	}
	return x.Compare(y) > 0
}

// tidyOrders sorts the table of places, and leaves out those that nothing points to.
func (s *State) tidyOrders() {
	old := append(s.orders[:0], s.Orders...)
	used := s.Orders[:0]
	visit := func(owner *uint16) {
		if *owner == noOwner {
			return
		}
		o := old[*owner]
		for i := range used {
			if used[i] == o {
				*owner = uint16(i)
				return
			}
		}
		*owner = uint16(len(used))
		used = append(used, o)
	}
	s.owners(visit)
	s.Orders, s.orders = used, old
	if len(used) < 2 || slices.IsSortedFunc(used, newestFirst) {
		return
	}
	old = append(old[:0], used...)
	slices.SortFunc(used, newestFirst)
	s.owners(func(owner *uint16) {
		if *owner != noOwner {
			i, _ := slices.BinarySearchFunc(used, old[*owner], newestFirst)
			*owner = uint16(i)
		}
	})
	s.orders = old
}

func newestFirst(a, b Order) int { return b.Compare(a) }

// owners visits every pointer into the table of places.
func (s *State) owners(visit func(*uint16)) {
	for i := range s.Attrs {
		visit(&s.Attrs[i].Owner)
	}
	for i := range s.Counters {
		if s.Counters[i].Set {
			visit(&s.Counters[i].Owner)
		}
	}
}

// intersect keeps the pairs of the resource that the other has too.
func (s *State) intersect(other []byte) []byte {
	if s.Flags&HasResource == 0 || bytes.Equal(s.Resource, other) {
		return other
	}
	n := len(s.buf)
	a, b, last := attrReader{b: s.Resource}, attrReader{b: other}, uint32(0)
	okA, okB := a.next(), b.next()
	for okA && okB {
		switch c := compareKeys(&a.Attr, &b.Attr); {
		case c < 0:
			okA = a.next()
		case c > 0:
			okB = b.next()
		default:
			if bytes.Equal(a.Value, b.Value) {
				s.buf = appendAttr(s.buf, &a.Attr, last)
				last = a.Key
			}
			okA, okB = a.next(), b.next()
		}
	}
	return s.buf[n:len(s.buf):len(s.buf)]
}

func (s *State) joinTimeline(p *State, limit int) {
	for _, e := range p.Timeline {
		i, found := slices.BinarySearchFunc(s.Timeline, e, compareEntries)
		if !found && i < limit {
			s.Timeline = slices.Insert(s.Timeline, i, e)
		}
	}
	if len(s.Timeline) > limit {
		s.Timeline = s.Timeline[:limit]
	}
}

func compareEntries(a, b Entry) int {
	if c := cmp.Compare(a.Time, b.Time); c != 0 {
		return c
	}
	return cmp.Compare(a.Hash, b.Hash)
}
