// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// kind is the type of an attribute's value.
type kind uint8

const (
	text kind = iota
	integer
	double
	truth
)

// attribute is one attribute of the record under way, or of a shape.
type attribute struct {
	key string
	str string
	// num is the integer, the bits of the double, or 1 for true.
	num  uint64
	kind kind
}

// same reports whether a has b's value.
func (a *attribute) same(b *attribute) bool {
	return a.num == b.num && a.kind == b.kind && (a.kind != text || a.str == b.str)
}

func (a *attribute) put(v pcommon.Value) {
	switch a.kind {
	case text:
		v.SetStr(a.str)
	case integer:
		v.SetInt(int64(a.num))
	case double:
		v.SetDouble(math.Float64frombits(a.num))
	case truth:
		v.SetBool(a.num != 0)
	}
}

// list is an attribute that is a list of texts or, where nums is not empty, of numbers: its elements stand in pending.
type list struct {
	key      string
	from, to int
	doubles  bool
}

// pending is the attributes of the record under way. It is reused.
type pending struct {
	attrs   []attribute
	lists   []list
	texts   []string
	doubles []float64
	// mark tells sets of keys apart, as a hash does.
	mark uint32
}

func (p *pending) reset() {
	p.attrs, p.lists, p.texts, p.doubles, p.mark = p.attrs[:0], p.lists[:0], p.texts[:0], p.doubles[:0], 0
}

func (p *pending) add(key, str string, num uint64, k kind) {
	// Most keys of one format differ in length or in the last byte; those that do not are told apart when they are compared.
	p.mark = p.mark*31 + uint32(len(key))
	if key != "" {
		p.mark += uint32(key[len(key)-1]) << 8
	}
	p.attrs = append(p.attrs, attribute{key: key, str: str, num: num, kind: k})
}

// put writes the elements of a list.
func (l *list) put(p *pending, v pcommon.Value) {
	sl := v.SetEmptySlice()
	sl.EnsureCapacity(l.to - l.from)
	if l.doubles {
		for _, f := range p.doubles[l.from:l.to] {
			sl.AppendEmpty().SetDouble(f)
		}
		return
	}
	for _, s := range p.texts[l.from:l.to] {
		sl.AppendEmpty().SetStr(s)
	}
}
