// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"unsafe"

	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata"
)

// Lines of one source mostly have the same attributes, and many of them the same values as the line before: names,
// states, counters that stand still. pdata keeps each value in an object of its own, so that building a record costs
// one allocation a value. But what a value is set to never changes: a pcommon.Value that is set gets a new object. So
// records may share the objects of equal values, and a shape is there to do so: it holds the attributes of the last
// record with the same keys. Those that differ are set anew in the shape; then its list is copied as a whole.

// shape is a sequence of keys and the values of the last record that had them.
type shape struct {
	mark  uint32
	attrs []attribute
	// values are those in builder.
	values  []pcommon.Value
	builder [1]xpdata.MapBuilder
}

func newShape(p *pending) *shape {
	s := &shape{mark: p.mark, attrs: make([]attribute, len(p.attrs)), values: make([]pcommon.Value, len(p.attrs))}
	copy(s.attrs, p.attrs)
	b := &s.builder[0]
	b.EnsureCapacity(len(p.attrs))
	for i := range s.attrs {
		s.values[i] = b.AppendEmpty(s.attrs[i].key)
		s.attrs[i].put(s.values[i])
	}
	return s
}

// follow makes the shape's values those of p; false where p has other keys.
func (s *shape) follow(p *pending) bool {
	attrs := p.attrs
	if len(s.attrs) != len(attrs) {
		return false
	}
	for i := range s.attrs {
		old, a := &s.attrs[i], &attrs[i]
		if !sameKey(old.key, a.key) {
			return false
		}
		if !old.same(a) {
			*old = *a
			a.put(s.values[i])
		}
	}
	return true
}

// sameKey compares two keys, which mostly are the same constant.
func sameKey(a, b string) bool {
	return len(a) == len(b) && (unsafe.StringData(a) == unsafe.StringData(b) || a == b)
}

// into puts the shape's attributes into b, with room for so many more. A builder is a list of pairs and a note that it
// may be changed: b is first made the same builder, and then its list one of its own, since that has to grow. The pairs
// are copied, the objects of their values are not. TestShared fails when pdata does this in another way.
func (s *shape) into(b *[1]xpdata.MapBuilder, more int) {
	copy(b[:], s.builder[:])
	b[0].EnsureCapacity(len(s.attrs) + max(more, 1))
}

const (
	// maxShapes bounds the shapes of a Writer, maxShapeLine the length of the lines, in bytes, that make and change
	// them: a shape keeps parts of lines.
	maxShapes    = 32
	maxShapeLine = 4 << 10
	// maxStrangers is how many sets of keys are remembered that came only once.
	maxStrangers = 16
)

// shapes are those of a Writer, the most recently used in front.
type shapes struct {
	list []*shape
	// strangers are marks of keys for which there was no shape: the second time they get one.
	strangers [maxStrangers]uint32
	next      int
	off       bool
	// out is the list of the record under way.
	out [1]xpdata.MapBuilder
}

// find is the shape with p's keys and values; nil where there is none and it would not pay to make one.
func (x *shapes) find(p *pending) *shape {
	for i, s := range x.list {
		if s.mark != p.mark || !s.follow(p) {
			continue
		}
		if i > 0 {
			copy(x.list[1:i+1], x.list[:i])
			x.list[0] = s
		}
		return s
	}
	for i := range x.strangers {
		if x.strangers[i] == p.mark {
			return x.add(newShape(p))
		}
	}
	x.strangers[x.next] = p.mark
	x.next = (x.next + 1) % maxStrangers
	return nil
}

func (x *shapes) add(s *shape) *shape {
	if len(x.list) < maxShapes {
		x.list = append(x.list, nil)
	}
	copy(x.list[1:], x.list)
	x.list[0] = s
	return s
}

// into makes p the attributes of m, which is empty.
func (x *shapes) into(m pcommon.Map, p *pending, lineLen int) {
	b := &x.out[0]
	var s *shape
	if !x.off && lineLen <= maxShapeLine && len(p.attrs) > 0 {
		s = x.find(p)
	}
	if s != nil {
		s.into(&x.out, len(p.lists))
	} else {
		b.EnsureCapacity(len(p.attrs) + len(p.lists))
		for i := range p.attrs {
			p.attrs[i].put(b.AppendEmpty(p.attrs[i].key))
		}
	}
	// Lists can be changed in place, so that each record has its own.
	for i := range p.lists {
		p.lists[i].put(p, b.AppendEmpty(p.lists[i].key))
	}
	b.UnsafeIntoMap(m)
}

// poolingGate is pdata's feature gate under which the objects of values are used again, and must not be shared.
const poolingGate = "pdata.useProtoPooling"

// pooled reports whether pdata uses the objects of values again.
func pooled() bool {
	on := false
	featuregate.GlobalRegistry().VisitAll(func(g *featuregate.Gate) {
		on = on || g.ID() == poolingGate && g.IsEnabled()
	})
	return on
}
