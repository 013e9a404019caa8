// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata"
)

// List makes lists of texts. There is one for each way of dividing a text, so that of two texts with the same List equal
// ones make equal lists.
type List struct {
	divide func(text string, to *Elements)
}

// NewList makes a List. divide adds the elements that a text has; it is called when a record needs them, at the latest
// when it is committed.
func NewList(divide func(text string, to *Elements)) *List { return &List{divide} }

// whole is the List of one element, a text whose encoding was undone.
var whole = NewList(func(text string, to *Elements) {
	to.Expect(1)
	to.Decoded(text)
})

// put makes v the list of a text; dirty says that the text may not be valid UTF-8. to is memory to use.
func (l *List) put(v pcommon.Value, text string, dirty bool, to *Elements) {
	to.list, to.dirty = v.SetEmptySlice(), dirty
	l.divide(text, to)
	to.list = pcommon.Slice{}
}

// Elements takes the elements of a list one by one.
type Elements struct {
	list  pcommon.Slice
	dirty bool
}

// Expect makes room for so many elements.
func (e *Elements) Expect(n int) { e.list.EnsureCapacity(n) }

// Str adds a part of the text as it stands.
func (e *Elements) Str(s string) {
	if e.dirty {
		s = valid(s)
	}
	e.list.AppendEmpty().SetStr(s)
}

// Decoded adds a text whose encoding was undone.
func (e *Elements) Decoded(s string) { e.list.AppendEmpty().SetStr(valid(s)) }

// lists are the attributes of the record under way that are lists of its own. The elements of those that are not made
// when they are needed stand one after the other in texts and doubles. It is reused.
type lists struct {
	list    []ownList
	texts   []string
	doubles []float64
}

// ownList is an attribute that is a list: of is made of a text, without it of texts or, where doubles is set, of numbers.
type ownList struct {
	key      string
	of       *List
	text     string
	from, to int
	dirty    bool
	doubles  bool
}

func (l *lists) reset() { l.list, l.texts, l.doubles = l.list[:0], l.texts[:0], l.doubles[:0] }

func (l *lists) of(key, text string, of *List, dirty bool) {
	l.list = append(l.list, ownList{key: key, of: of, text: text, dirty: dirty})
}

// add adds texts that are valid UTF-8 once their encoding is undone.
func (l *lists) add(key string, texts []string) {
	from := len(l.texts)
	for _, s := range texts {
		l.texts = append(l.texts, valid(s))
	}
	l.list = append(l.list, ownList{key: key, from: from, to: len(l.texts)})
}

func (l *lists) addDoubles(key string, numbers []float64) {
	from := len(l.doubles)
	l.doubles = append(l.doubles, numbers...)
	l.list = append(l.list, ownList{key: key, from: from, to: len(l.doubles), doubles: true})
}

// into adds them to b; to is memory to use.
func (l *lists) into(b *xpdata.MapBuilder, to *Elements) {
	for i := range l.list {
		one := &l.list[i]
		v := b.AppendEmpty(one.key)
		switch {
		case one.of != nil:
			one.of.put(v, one.text, one.dirty, to)
		case one.doubles:
			sl := v.SetEmptySlice()
			sl.EnsureCapacity(one.to - one.from)
			for _, f := range l.doubles[one.from:one.to] {
				sl.AppendEmpty().SetDouble(f)
			}
		default:
			sl := v.SetEmptySlice()
			sl.EnsureCapacity(one.to - one.from)
			for _, s := range l.texts[one.from:one.to] {
				sl.AppendEmpty().SetStr(s)
			}
		}
	}
}
