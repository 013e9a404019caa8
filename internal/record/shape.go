// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"
	"unsafe"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata"
)

// Lines of one source mostly have the same attributes, and many of them the same values as the line before: names,
// states, counters that stand still. pdata keeps each value in an object of its own, so that building a record costs
// one allocation a value. But what a value is set to never changes: a pcommon.Value that is set gets a new object. So
// records may share the objects of equal values, and a shape is there to do so: it holds the attributes of the last
// record with the same keys. A record under way follows a shape (see follow.go): an attribute that has not changed
// costs a comparison, one that has is noted, and at the end the list as a whole is copied.

// attribute is one attribute of a shape, or of a record that follows none.
type attribute struct {
	key string
	str string
	// num is the integer, the bits of the double, or 1 for true and for a list whose text is not valid UTF-8.
	num  uint64
	list *List // of a list, which it makes of str
	kind kind
	// stale says that its place stands among the shape's stale ones.
	stale bool
}

// kind is the type of an attribute's value.
type kind uint8

const (
	text kind = iota
	integer
	double
	truth
	several
)

// same reports whether a has b's value.
func (a *attribute) same(b *attribute) bool {
	return a.num == b.num && a.kind == b.kind && a.str == b.str && (a.kind != several || a.list == b.list)
}

// put makes v the value; to is memory to use.
func (a *attribute) put(v pcommon.Value, to *Elements) {
	switch a.kind {
	case text:
		v.SetStr(a.str)
	case integer:
		v.SetInt(int64(a.num))
	case double:
		v.SetDouble(math.Float64frombits(a.num))
	case truth:
		v.SetBool(a.num != 0)
	case several:
		a.list.put(v, a.str, a.num != 0, to)
	}
}

// sameKey compares two keys, which mostly are the same constant.
func sameKey(a, b string) bool {
	return len(a) == len(b) && (unsafe.StringData(a) == unsafe.StringData(b) || a == b)
}

// shape is a sequence of keys and the values of the last record that had them.
type shape struct {
	attrs []attribute
	// marks are of the keys before each attribute, and the last of all: a hash tells most sequences apart.
	marks []uint32
	// turns are the shapes that records went on with which had this one's keys up to there, by their numbers; 0 is none.
	turns []uint32
	// values are those in builder, stale the places of those that are not yet what attrs says.
	values  []pcommon.Value
	stale   []uint16
	builder [1]xpdata.MapBuilder
	number  uint32
	used    uint32
}

// maxAttributes bounds the attributes of a shape.
const maxAttributes = 1 << 10

func newShape(attrs []attribute, number uint32, to *Elements) *shape {
	n := len(attrs)
	s := &shape{
		attrs: make([]attribute, n), values: make([]pcommon.Value, n),
		marks: make([]uint32, n+1), turns: make([]uint32, n+1), number: number,
	}
	copy(s.attrs, attrs)
	b := &s.builder[0]
	b.EnsureCapacity(n)
	for i := range s.attrs {
		a := &s.attrs[i]
		a.stale = false
		s.marks[i+1] = mark(s.marks[i], a.key)
		s.values[i] = b.AppendEmpty(a.key)
		a.put(s.values[i], to)
	}
	return s
}

// mark adds a key to the hash of those before it. Most keys of one format differ in length or in the last byte; those
// that do not are told apart when they are compared.
func mark(before uint32, key string) uint32 {
	m := before*31 + uint32(len(key)) + 1
	if key != "" {
		m += uint32(key[len(key)-1]) << 8
	}
	return m
}

// begins reports whether the first n keys are those of t.
func (s *shape) begins(t *shape, n int) bool {
	if s.marks[n] != t.marks[n] {
		return false
	}
	for i := range n {
		if !sameKey(s.attrs[i].key, t.attrs[i].key) {
			return false
		}
	}
	return true
}

// set changes the value at i to that of a.
func (s *shape) set(i int, a *attribute) {
	switch a.kind {
	case text:
		s.setText(i, a.str)
	case several:
		s.setList(i, a.str, a.num, a.list)
	default:
		s.setNumber(i, a.num, a.kind)
	}
}

func (s *shape) setText(i int, str string) {
	a := &s.attrs[i]
	a.str, a.num, a.kind = str, 0, text
	if !a.stale {
		a.stale = true
		s.stale = append(s.stale, uint16(i))
	}
}

func (s *shape) setNumber(i int, num uint64, k kind) {
	a := &s.attrs[i]
	a.num = num
	if a.kind != k {
		a.str, a.kind = "", k
	}
	if !a.stale {
		a.stale = true
		s.stale = append(s.stale, uint16(i))
	}
}

func (s *shape) setList(i int, str string, num uint64, l *List) {
	s.setText(i, str)
	a := &s.attrs[i]
	a.num, a.kind, a.list = num, several, l
}

// copyFrom makes the first n values those of t, which has the same keys there.
func (s *shape) copyFrom(t *shape, n int) {
	from, to := t.attrs[:n], s.attrs[:n]
	for i := range to {
		a, b := &from[i], &to[i]
		if !a.same(b) {
			s.set(i, a)
		}
	}
}

// refresh makes objects for the values that have changed.
func (s *shape) refresh(to *Elements) {
	for _, i := range s.stale {
		a := &s.attrs[i]
		a.stale = false
		a.put(s.values[i], to)
	}
	s.stale = s.stale[:0]
}

// into puts the shape's attributes into b, with room for so many more. A builder is a list of pairs and a note that it
// may be changed: b is first made the same builder, and then its list one of its own, since that has to grow. The pairs
// are copied, the objects of their values are not. TestShared fails when pdata does this in another way.
func (s *shape) into(b *[1]xpdata.MapBuilder, more int, to *Elements) {
	s.refresh(to)
	copy(b[:], s.builder[:])
	b[0].EnsureCapacity(len(s.attrs) + max(more, 1))
}
