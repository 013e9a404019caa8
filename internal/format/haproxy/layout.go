// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"slices"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// layout is the items of a directive and where their fields stand.
type layout struct {
	items []directive.Item
	// fields are those of the directive; moved is the first that stands one behind its place among the items, -1 for none.
	fields []field.Field
	moved  int
	// pair is the field that has taken the one behind it too, -1 for none.
	pair int
}

func newLayout(items []directive.Item) *layout {
	l := &layout{items: items, moved: -1, pair: -1}
	for _, it := range items {
		if it.Field != nil {
			l.fields = append(l.fields, *it.Field)
		}
	}
	return l
}

// joinLists lets %hrl take what %hsl right behind it prints too, where the directive has such a pair.
func (l *layout) joinLists() {
	n := 0
	for i := range l.items {
		if l.items[i].Field == nil {
			continue
		}
		if l.isPair(i) {
			if n+2 < len(l.fields) {
				l.moved = n + 1
			}
			l.items, l.pair = slices.Concat(l.items[:i+1], l.items[i+3:]), n
			s := &l.items[i].Shape
			s.HasNull, s.Valid = false, isPairOf(s.Valid, !l.isBlank(i-1), !l.isBlank(i+1))
			return
		}
		n++
	}
}

// isPair reports whether item i is a %hrl with a %hsl right behind it that prints its values in the same way.
func (l *layout) isPair(i int) bool {
	return i+2 < len(l.items) && l.items[i].Field.Code == "%hrl" && l.items[i].Field.List != nil && l.items[i+1].Literal == " " &&
		l.items[i+2].Field != nil && l.items[i+2].Field.Code == "%hsl" && l.items[i+2].Field.List != nil && alike(&l.items[i].Shape, &l.items[i+2].Shape)
}

// isBlank reports whether item i is a blank; the beginning of a line, before which HAProxy prints none, is one too.
func (l *layout) isBlank(i int) bool { return i < 0 || i < len(l.items) && l.items[i].Literal == " " }

// isBetweenBlanks reports whether there may be a blank on either side of what item i prints. The beginning of a line is
// one too, and headers that are not captured are nothing.
func isBetweenBlanks(items []directive.Item, i int) bool {
	before, behind := i-1, i+1
	for before >= 0 && maybeNothing(&items[before]) {
		before--
	}
	for behind < len(items) && maybeNothing(&items[behind]) {
		behind++
	}
	return (before < 0 || items[before].Literal == " ") && behind < len(items) && items[behind].Literal == " "
}

// maybeNothing reports whether an item is captured headers.
func maybeNothing(it *directive.Item) bool {
	return it.Field != nil && (it.Field.List != nil || it.Shape.Optional)
}

// alike reports whether two lists have the same quotes and backslashes.
func alike(a, b *directive.Shape) bool {
	return isQuoted(a) == isQuoted(b) && a.Escape == b.Escape
}

// slot is the slot of field n of the items.
func (l *layout) slot(n int) int {
	if l.moved >= 0 && n >= l.moved {
		return n + 1
	}
	return n
}
