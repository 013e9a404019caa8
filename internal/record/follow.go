// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata"

	"github.com/proxylog/proxylog/internal/attr"
)

const (
	// maxShapes bounds the shapes of a Writer, MaxShared the length of the texts, in bytes, whose records make and change
	// them: a shape keeps parts of the texts.
	maxShapes = 64
	MaxShared = 4 << 10
	// kindBits and sortBits are the binary logarithms of how many kinds of records are remembered, by all of it and by
	// their keys alone.
	kindBits = 8
	sortBits = 6
	// pace is how many records have to follow a shape before another one is replaced: where there are more kinds of records
	// than shapes, making new ones all the time would cost more than they save.
	pace = 1 << 8
	// maxStrangers is how many sequences of keys are remembered that came only once.
	maxStrangers = 16
)

// shapes are those of a Writer, and the record under way.
//
// The record follows the shape of its kind, of the last record with the same keys as far as its kind tells, or of the one
// before it: as long as it has the same keys, all there is to note is how far it has come and what has changed. At
// another key it turns to a shape that has the same keys up to there and that key next. Where there is none, its
// attributes are collected, and may become a shape. A kind that comes again gets a shape of its own, so that its values
// are compared with those of its own kind.
type shapes struct {
	// current is what the record follows, nil where it follows none, and at how many attributes it has so far.
	current *shape
	at      int
	recent  *shape // of the record before
	// kind and sort are what is known of the kind of the record under way, and of those with the same keys.
	kind, sort *known
	kinds      [1 << kindBits]known
	sorts      [1 << sortBits]known
	list       []*shape
	made       uint32 // shapes so far; a shape's place in list is its number modulo maxShapes
	clock      uint32 // records that followed a shape
	// replaced is the clock's time when one shape last took the place of another.
	replaced uint32
	loose    []attribute
	lists    lists
	elements Elements // reused
	// strangers are marks of keys for which there was no shape: the second time they get one.
	strangers [maxStrangers]uint32
	next      int
	// off says that values must not be shared at all, alone that those of the record under way must not, and readOnly that
	// lists may be shared as well.
	off, alone, readOnly bool
	// out is the list of the record under way.
	out [1]xpdata.MapBuilder
}

// known is one half of a Kind and the number of the shape that its records follow; 0 is none yet.
type known struct {
	id    uint64
	shape uint32
	again bool // it has come more than once
}

// of makes it that of an id, in whose place it stands.
func (k *known) of(id uint64) *known {
	if k.id != id {
		*k = known{id: id}
	} else {
		k.again = true
	}
	return k
}

// spread is 2^64 divided by the golden ratio: the upper bits of a product with it are spread over all places.
const spread = 0x9e3779b97f4a7c15

// begin starts a record of a kind. alone says that nothing of it is to be kept.
func (x *shapes) begin(kind Kind, alone bool) {
	x.current, x.at, x.alone = nil, 0, alone || x.off
	x.loose = x.loose[:0]
	x.lists.reset()
	if x.alone {
		return
	}
	x.kind = x.kinds[kind.Values*spread>>(64-kindBits)].of(kind.Values)
	x.sort = x.sorts[kind.Keys*spread>>(64-sortBits)].of(kind.Keys)
	if x.current = x.numbered(x.kind.shape); x.current == nil {
		if x.current = x.numbered(x.sort.shape); x.current == nil {
			x.current = x.recent
		}
	}
}

// forget lets go of the texts of the record before, as far as it followed no shape.
func (x *shapes) forget() { x.loose, x.lists = nil, lists{} }

// numbered is the shape with the number; nil where it is not there any more, or the number is 0.
func (x *shapes) numbered(n uint32) *shape {
	if i := int(n % maxShapes); n != 0 && x.list[i].number == n {
		return x.list[i]
	}
	return nil
}

// text adds a text.
func (x *shapes) text(key, s string) {
	if c := x.current; c != nil && x.at < len(c.attrs) {
		if a := &c.attrs[x.at]; sameKey(a.key, key) {
			if a.str != s || a.kind != text {
				c.setText(x.at, s)
			}
			x.at++
			return
		}
	}
	x.other(attribute{key: key, str: s, kind: text})
}

// number adds what is not a text.
func (x *shapes) number(key string, num uint64, k kind) {
	if c := x.current; c != nil && x.at < len(c.attrs) {
		if a := &c.attrs[x.at]; sameKey(a.key, key) {
			if a.num != num || a.kind != k {
				c.setNumber(x.at, num, k)
			}
			x.at++
			return
		}
	}
	x.other(attribute{key: key, num: num, kind: k})
}

// listOf adds a list that is made of a text.
func (x *shapes) listOf(key, s string, l *List, dirty bool) {
	if !x.readOnly || x.alone {
		x.lists.of(key, s, l, dirty)
		return
	}
	a := attribute{key: key, str: s, num: bit(dirty), kind: several, list: l}
	if c := x.current; c != nil && x.at < len(c.attrs) && sameKey(c.attrs[x.at].key, key) {
		if !a.same(&c.attrs[x.at]) {
			c.set(x.at, &a)
		}
		x.at++
		return
	}
	x.other(a)
}

// other adds an attribute with a key that does not come next in the shape.
func (x *shapes) other(a attribute) {
	if x.current != nil && x.turn(a.key, false) {
		if !a.same(&x.current.attrs[x.at]) {
			x.current.set(x.at, &a)
		}
		x.at++
		return
	}
	x.loose = append(x.loose, a)
}

// turn makes the record follow a shape that has its keys so far and then that key, or ends there. Where there is none,
// it follows no shape any more.
func (x *shapes) turn(key string, end bool) bool {
	s, at := x.current, x.at
	t := x.numbered(s.turns[at])
	if t == nil || !t.goesOn(at, key, end) {
		if t = x.find(s, at, key, end); t == nil {
			x.loose = append(x.loose, s.attrs[:at]...)
			x.current = nil
			return false
		}
		s.turns[at] = t.number
	}
	t.copyFrom(s, at)
	x.current = t
	return true
}

// find is the shape that has s's first keys and then that key, or ends there; nil where there is none.
func (x *shapes) find(s *shape, at int, key string, end bool) *shape {
	for _, t := range x.list {
		if t.goesOn(at, key, end) && t.begins(s, at) {
			return t
		}
	}
	return nil
}

// goesOn reports whether the attribute at i has the key, or whether there is none any more.
func (s *shape) goesOn(i int, key string, end bool) bool {
	if end || i >= len(s.attrs) {
		return end && i == len(s.attrs)
	}
	return sameKey(s.attrs[i].key, key)
}

// into makes the record's attributes those of m, which is empty, with the start, where it is not "", behind them, and room
// for so many more.
func (x *shapes) into(m pcommon.Map, start string, room int) {
	if s := x.current; s != nil && x.at < len(s.attrs) {
		x.turn("", true)
	}
	if x.current == nil && !x.alone {
		x.current = x.adopt()
	}
	b, more := &x.out[0], len(x.lists.list)+room
	if start != "" {
		more++
	}
	if s := x.settle(); s != nil {
		s.into(&x.out, more, &x.elements)
	} else {
		b.EnsureCapacity(len(x.loose) + more)
		for i := range x.loose {
			x.loose[i].put(b.AppendEmpty(x.loose[i].key), &x.elements)
		}
	}
	if start != "" {
		b.AppendEmpty(attr.ProxyStartTime).SetStr(start)
	}
	// Lists can be changed in place, so that each record has its own, unless nobody changes it.
	x.lists.into(b, &x.elements)
	b.UnsafeIntoMap(m)
}

// settle is the shape from which the record is made; nil for none.
func (x *shapes) settle() *shape {
	s := x.current
	if s == nil {
		return nil
	}
	if k := x.kind; k.again && x.numbered(k.shape) == nil {
		if own := x.add(s.attrs); own != nil {
			s, k.shape = own, own.number
		}
	}
	x.recent, x.sort.shape = s, s.number
	x.clock++
	s.used = x.clock
	return s
}

// adopt makes a shape of the record under way; nil where its keys came for the first time, or there are none.
func (x *shapes) adopt() *shape {
	n := len(x.loose)
	if n == 0 || n > maxAttributes {
		return nil
	}
	var m uint32
	for i := range x.loose {
		m = mark(m, x.loose[i].key)
	}
	for _, stranger := range x.strangers {
		if stranger == m {
			return x.add(x.loose)
		}
	}
	x.strangers[x.next] = m
	x.next = (x.next + 1) % maxStrangers
	return nil
}

// add makes a shape of attributes, in the place of the one that has not been used for longest; nil where one
// was replaced just now.
func (x *shapes) add(attrs []attribute) *shape {
	place := len(x.list)
	if place < maxShapes {
		x.list = append(x.list, nil)
	} else {
		if x.clock-x.replaced < pace {
			return nil
		}
		x.replaced, place = x.clock, 0
		for i, s := range x.list {
			if x.clock-s.used > x.clock-x.list[place].used {
				place = i
			}
		}
	}
	x.made++
	s := newShape(attrs, x.made*maxShapes+uint32(place), &x.elements)
	s.used = x.clock
	x.list[place] = s
	return s
}
