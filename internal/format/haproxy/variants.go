// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"slices"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// What a line may lack of its directive: a list of captured headers prints nothing at all where there are none, and not
// even the blank behind it; and a relay may take blanks off the end of a line. Each such form is a program of its own.

// variant is a program for lines in which something is missing.
type variant struct {
	program *directive.Program
	// to is the slot of each of the program's fields.
	to []int
}

// layout is the items of a directive and where their fields stand.
type layout struct {
	items []directive.Item
	// fields are those of the directive; moved is the first that stands one behind its place among the items, -1 for none.
	fields []field.Field
	moved  int
}

func newLayoutOf(items []directive.Item) *layout {
	l := &layout{items: items, moved: -1}
	for _, it := range items {
		if it.Field != nil {
			l.fields = append(l.fields, *it.Field)
		}
	}
	return l
}

// joinLists lets %hrl take what %hsl right behind it prints too, and returns the slot of the former; -1 where the
// directive has no such pair.
func (l *layout) joinLists() int {
	n := 0
	for i := range l.items {
		if l.items[i].Field == nil {
			continue
		}
		if l.isPair(i) {
			if n+2 < len(l.fields) {
				l.moved = n + 1
			}
			l.items = slices.Concat(l.items[:i+1], l.items[i+3:])
			return n
		}
		n++
	}
	return -1
}

func (l *layout) isPair(i int) bool {
	return i+2 < len(l.items) && l.items[i].Field.Code == "%hrl" && l.items[i].Field.List != nil && l.items[i+1].Literal == " " &&
		l.items[i+2].Field != nil && l.items[i+2].Field.Code == "%hsl"
}

// slot is the slot of field n of the items.
func (l *layout) slot(n int) int {
	if l.moved >= 0 && n >= l.moved {
		return n + 1
	}
	return n
}

// maxLists bounds the lists of a directive of which every selection may be missing. Of more than these either all are
// missing, as in a line without a stream, or none of the others.
const maxLists = 3

// without is a variant for each selection of the lists that are not printed.
func (l *layout) without() []variant {
	var lists []int
	for i, it := range l.items {
		if it.Field != nil && it.Field.List != nil && it.Shape.Kind == directive.KindText {
			lists = append(lists, i)
		}
	}
	var out []variant
	if len(lists) > maxLists {
		if v, ok := l.compile(lists, len(l.items)); ok {
			out = append(out, v)
		}
		lists = lists[:maxLists]
	}
	for choice := 1; choice < 1<<len(lists); choice++ {
		var gone []int
		for k, i := range lists {
			if choice&(1<<k) != 0 {
				gone = append(gone, i)
			}
		}
		if v, ok := l.compile(gone, len(l.items)); ok {
			out = append(out, v)
		}
	}
	return out
}

// trimmed are variants without what may be missing at the end of a line together with the blank before it.
func (l *layout) trimmed() []variant {
	var out []variant
	for n := len(l.items); n > 0; {
		switch it := l.items[n-1]; {
		case it.Field != nil && mayBeEmpty(it):
			n--
			continue
		case it.Field == nil && it.Literal == " ":
			n--
		default:
			return out
		}
		if v, ok := l.compile(nil, n); ok {
			out = append(out, v)
		}
	}
	return out
}

// mayBeEmpty reports whether a field may print nothing.
func mayBeEmpty(it directive.Item) bool {
	s := it.Shape
	switch {
	case it.Field.List != nil || s.Optional:
		return true
	case s.Kind == directive.KindSet:
		return s.Min == 0 && !s.HasNull
	}
	return false
}

// compile makes a variant of the first n items without some of them. Where a blank stood on either side of what is gone
// there is one.
func (l *layout) compile(gone []int, n int) (variant, bool) {
	var items []directive.Item
	var v variant
	k := 0
	vanished := false
	for i, it := range l.items[:n] {
		switch {
		case slices.Contains(gone, i):
			vanished = true
			k++
			continue
		case it.Field != nil:
			v.to = append(v.to, l.slot(k))
			k++
		case vanished && it.Literal == " " && (len(items) == 0 || items[len(items)-1].Literal == " "):
			vanished = false
			continue
		}
		vanished = false
		items = append(items, it)
	}
	var err error
	v.program, err = directive.CompileAdjacent(items)
	return v, err == nil
}
