// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package directive compiles what a proxy was told to log, a sequence of literal text and typed fields, into a program
// that finds the fields in a line.
//
// The front ends (HAProxy's log-format, Squid's logformat, Envoy's format strings) each parse their own language into
// Items; from there on there is one engine. Most fields end where their shape ends: a number behind its last digit, a
// name at the first byte that no name can hold. Such fields are read from the left, one after the other. Free text has
// no end of its own. What follows the first free text is therefore read from the right, down to the last free text, and
// only what lies between the two has to be divided: where what stands between two texts, which begins with a literal, is
// found. Quotes mostly tell their places at once: see anchors. Where a line admits more than one reading, the program says
// so. Nothing allocates.
package directive

import (
	"errors"
	"slices"
	"strconv"

	"github.com/proxylog/proxylog/internal/field"
)

// Item is a literal or a field of a directive.
type Item struct {
	// Literal stands in the line as it is, unless Field is set.
	Literal string
	// Field is what the item is; its index among the fields of all items is the index of its slot.
	Field *field.Field
	Shape Shape
	// At is the byte of the directive at which a field stands, for errors.
	At int
}

// Program finds the fields of a directive in a line. It never changes and is safe for concurrent use.
type Program struct {
	// Fields are the directive's fields in order; Run fills one slot for each.
	Fields []field.Field
	items  []Item
	head   chain // from the left
	tail   chain // from the right, last item first
	// What lies between the two: texts without an end of their own, and the groups of items between them. A group begins
	// with a literal and is read from the left. There may be one more group than there are spaces between the texts,
	// where the tail cannot be read from the right all the way down to the last text.
	texts  []step
	groups []chain
	absorb int // of texts: the one that takes what could belong to several
	// bordered says that nothing but one and the same byte stands between each two of the texts.
	bordered bool
	anchors  anchors
	// behind is the first slot behind those of texts and groups.
	behind int
	// loose is the same program without what is likely of its texts, nil where nothing is.
	loose *Program
}

// Loose is the program for lines that the program itself does not read: it takes values that do not look as they mostly
// do. nil where there are no such values.
func (p *Program) Loose() *Program { return p.loose }

// Result is how a Run ended.
type Result struct {
	// OK says that the whole text was read.
	OK bool
	// Ambiguous says that the text admits more than one reading.
	Ambiguous bool
	// Offset is the byte at which it stopped, and Item the item that was expected there; -1 stands for the end of the
	// text.
	Offset int
	Item   int
}

// Compile makes a program of a directive's items. The error is an *Error where one of the items is to blame.
func Compile(items []Item) (*Program, error) {
	p, err := compile(items, false)
	if err != nil || !slices.ContainsFunc(p.texts, func(s step) bool { return s.likely != nil }) {
		return p, err
	}
	items = slices.Clone(items)
	for i := range items {
		items[i].Shape.Likely = nil
	}
	p.loose, err = compile(items, false)
	return p, err
}

// CompileAdjacent is Compile, but takes fields that nothing separates too: what lies between the items around them is
// divided by trying, and a text that can be divided in more than one way is ambiguous.
func CompileAdjacent(items []Item) (*Program, error) { return compile(items, true) }

func compile(items []Item, adjacent bool) (*Program, error) {
	items = join(items)
	p := &Program{items: items, absorb: -1}
	slots := make([]int, len(items))
	for i, it := range items {
		if it.Field != nil {
			slots[i] = len(p.Fields)
			p.Fields = append(p.Fields, *it.Field)
		}
	}
	if len(p.Fields) == 0 {
		return nil, errors.New("it has no fields")
	}
	steps := make([]step, len(items))
	for i := range items {
		steps[i] = newStep(items, i, slots[i])
	}
	if adjacent {
		steps = cluster(items, steps)
	}
	first, last := 0, len(steps)-1
	for first < len(steps) && steps[first].forward() {
		first++
	}
	if first == len(steps) {
		p.head = newChain(steps, false)
		return p, nil
	}
	for last > first && steps[last].backward() {
		last--
	}
	for last+1 < len(steps) && steps[last+1].op == opOptional {
		if !adjacent {
			return nil, p.inseparable(steps[last+1].item)
		}
		last++ // what is read before it has no end from the right
	}
	if steps[last].op == opSetLast {
		steps[last].op = opSet // the literal behind it is the tail's: it ends where that begins
	}
	steps[last].bound(&items[steps[last].item].Shape)
	p.head = newChain(steps[:first], false)
	tail := slices.Clone(steps[last+1:])
	slices.Reverse(tail)
	p.tail = newChain(tail, true)
	if err := p.divideMiddle(steps[first : last+1]); err != nil {
		return nil, err
	}
	p.bordered, p.anchors = p.isBordered(), newAnchors(p)
	p.behind = len(p.Fields)
	for i := range tail {
		if tail[i].op != opLit {
			p.behind--
		}
	}
	return p, nil
}

// divideMiddle parts the middle into texts and groups. It begins with a text and ends in a field.
func (p *Program) divideMiddle(middle []step) error {
	for i := 0; i < len(middle); {
		s := &middle[i]
		if s.op != opText {
			return p.inseparable(s.item)
		}
		if k := len(p.texts); p.absorb < 0 || s.absorb && !p.texts[p.absorb].absorb {
			p.absorb = k
		}
		p.texts = append(p.texts, *s)
		from := i + 1
		for i = from; i < len(middle) && middle[i].forward(); {
			i++
		}
		if from == len(middle) {
			return nil
		}
		if middle[from].op != opLit {
			return p.inseparable(middle[from].item)
		}
		for k := from; k < i; k++ {
			middle[k].exact = true
		}
		p.groups = append(p.groups, newChain(middle[from:i], false))
	}
	return nil
}

// join makes one literal of adjacent ones and drops empty ones.
func join(items []Item) []Item {
	isPart := func(i int) bool { return items[i].Literal == "" || i > 0 && items[i-1].Field == nil }
	parts := 0
	for i := range items {
		if items[i].Field == nil && isPart(i) {
			parts++
		}
	}
	if parts == 0 {
		return items
	}
	out := make([]Item, 0, len(items)-parts+1)
	for _, it := range items {
		if it.Field == nil {
			if it.Literal == "" {
				continue
			}
			if n := len(out); n > 0 && out[n-1].Field == nil {
				out[n-1].Literal += it.Literal
				continue
			}
		}
		out = append(out, it)
	}
	return out
}

// Expected says what stands at an item of the directive, for a person; item as in Result.
func (p *Program) Expected(item int) string {
	if item < 0 {
		return "the end of the line"
	}
	it := p.items[item]
	if it.Field == nil {
		return strconv.Quote(it.Literal)
	}
	if it.Shape.Expect != "" {
		return it.Shape.Expect
	}
	return "a value of " + it.Field.Code
}

// Code is the code of the field at an item, "" for a literal and for the end.
func (p *Program) Code(item int) string {
	if item < 0 || p.items[item].Field == nil {
		return ""
	}
	return p.items[item].Field.Code
}
