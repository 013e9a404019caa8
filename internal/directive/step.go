// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// op is what a step does.
type op uint8

const (
	opLit op = iota
	opInt
	opSet
	opSetLast
	opFunc
	opOptional
	opText
)

// step is one item, made ready to be run from either side.
type step struct {
	op     op
	escape byte
	plus   bool
	pad    bool
	null   bool // text is a missing value
	absorb bool
	// leftward says that a value read from the right ends where it should.
	leftward bool
	min      int
	width    int
	slot     int
	item     int
	lit      string // opLit; opSetLast: the literal behind
	text     string // null: the text
	set      *Set
	fn       Func
	valid    func(string) bool
}

func newStep(items []Item, i, slot int) step {
	it := items[i]
	s := step{item: i, slot: slot}
	if it.Field == nil {
		s.op, s.lit = opLit, it.Literal
		return s
	}
	sh := it.Shape
	s.escape, s.plus, s.pad, s.absorb = sh.Escape, sh.Plus, sh.Pad, sh.Absorb
	s.min, s.width, s.set, s.fn, s.valid = sh.Min, sh.Width, sh.Set, sh.Func, sh.Valid
	s.null, s.text = sh.HasNull, sh.Null
	switch {
	case sh.Optional:
		s.op = opOptional
	case sh.Kind == KindInt:
		s.op = opInt
	case sh.Kind == KindFunc:
		s.op = opFunc
	case sh.Kind == KindSet:
		s.op = opSet
	case sh.Kind == KindText:
		s.op = opText
	}
	if i+1 < len(items) && s.op != opText {
		switch next := items[i+1]; {
		case next.Field != nil && touches(sh, next.Shape):
			s.op = opText
		case next.Field == nil && s.op == opSet && sh.Set[next.Literal[0]]:
			s.op, s.lit = opSetLast, next.Literal
		case next.Field == nil && s.op == opInt && isDigit(next.Literal[0]):
			s.op = opText
		}
	}
	s.leftward = i == 0 || readable(sh, items[i-1])
	return s
}

// touches reports whether a value of next may begin with a byte that could still be one of the value before it, so that
// nothing tells where the one ends and the other begins.
func touches(sh, next Shape) bool {
	if sh.Kind == KindFunc && sh.Width > 0 {
		return false // the width tells
	}
	if next.Min == 0 && next.Kind == KindSet || next.Kind == KindText {
		return true // it may be empty, or anything
	}
	for b := range 256 {
		if sh.holds(byte(b)) && next.holds(byte(b)) {
			return true
		}
	}
	return false
}

// readable reports whether a value of the shape, read from the right, ends at the item before it.
func readable(sh Shape, before Item) bool {
	if before.Field != nil {
		return sh.Kind == KindFunc && sh.Width > 0 || !touches(before.Shape, sh)
	}
	c := before.Literal[len(before.Literal)-1]
	switch {
	case sh.Kind == KindSet && !sh.Optional:
		return !sh.Set[c]
	case sh.Kind == KindInt:
		return !sh.holds(c)
	}
	return true
}

// holds reports whether a value may hold the byte. A function without a set is taken to hold any.
func (sh Shape) holds(b byte) bool {
	switch {
	case sh.Kind == KindInt:
		return isDigit(b) || b == '-' || sh.Plus && b == '+' || sh.Pad && b == ' '
	case sh.Set != nil:
		return sh.Set[b]
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (s *step) forward() bool { return s.op != opText }

func (s *step) backward() bool {
	switch s.op {
	case opText:
		return false
	case opInt, opSet, opSetLast:
		return s.leftward
	case opFunc:
		return s.width > 0 && !s.pad
	}
	return true
}

// fill writes the slot of text line[from:to].
func (s *step) fill(line string, slots []field.Slot, from, to int, num int64, flags field.Flag) {
	if s.null && line[from:to] == s.text {
		flags |= field.Null
	}
	if s.escape != 0 && strings.IndexByte(line[from:to], s.escape) >= 0 {
		flags |= field.Encoded
	}
	slots[s.slot] = field.Slot{Start: int32(from), End: int32(to), Num: num, Flags: flags}
}

// fromLeft reads the item at i and returns where it ends, or -1.
func (s *step) fromLeft(line string, i, end int, slots []field.Slot) int {
	switch s.op {
	case opLit:
		if end-i < len(s.lit) || line[i:i+len(s.lit)] != s.lit {
			return -1
		}
		return i + len(s.lit)
	case opInt:
		return s.number(line, i, end, slots)
	case opSet:
		set, e := s.set, i
		for e < end && set[line[e]] {
			e++
		}
		if e-i < s.min {
			return -1
		}
		s.fill(line, slots, i, e, 0, 0)
		return e
	case opSetLast:
		e := i
		for e < end && s.set[line[e]] {
			e++
		}
		// The literal may reach past the run: its first byte is in the set, the others need not be.
		e = strings.LastIndex(line[i:min(end, e+len(s.lit)-1)], s.lit)
		if e < s.min {
			return -1
		}
		s.fill(line, slots, i, i+e, 0, 0)
		return i + e
	case opFunc:
		from := i
		if s.pad {
			for from < end && line[from] == ' ' {
				from++
			}
		}
		if s.null && hasAt(line, from, end, s.text) {
			if e, num := s.fn(line, from, end); e > from+len(s.text) {
				s.fill(line, slots, from, e, num, 0)
				return e
			}
			s.fill(line, slots, from, from+len(s.text), 0, 0)
			return from + len(s.text)
		}
		e, num := s.fn(line, from, end)
		if e < 0 {
			return -1
		}
		s.fill(line, slots, from, e, num, 0)
		return e
	case opOptional:
		if i >= end || !s.set[line[i]] {
			return i
		}
		e, num := s.fn(line, i, end)
		if e < 0 {
			return -1
		}
		s.fill(line, slots, i, e, num, 0)
		return e
	}
	return -1
}

func hasAt(line string, i, end int, text string) bool {
	return end-i >= len(text) && line[i:i+len(text)] == text
}

func (s *step) number(line string, i, end int, slots []field.Slot) int {
	from, digits := i, i
	if s.pad {
		for from < end && line[from] == ' ' {
			from++
		}
		digits = from
	}
	var flags field.Flag
	if s.plus && from < end && line[from] == '+' {
		digits++
		flags = field.Plus
	}
	e, n := scan.Int(line, digits, end)
	if e < 0 {
		if s.null && hasAt(line, from, end, s.text) {
			slots[s.slot] = field.Slot{Start: int32(from), End: int32(from + len(s.text)), Flags: field.Null}
			return from + len(s.text)
		}
		return -1
	}
	slots[s.slot] = field.Slot{Start: int32(from), End: int32(e), Num: n, Flags: flags}
	return e
}

// fromRight reads the item that ends at end, not before from, and returns where it begins, or -1.
func (s *step) fromRight(line string, from, end int, slots []field.Slot) int {
	switch s.op {
	case opLit:
		i := end - len(s.lit)
		if i < from || line[i:end] != s.lit {
			return -1
		}
		return i
	case opInt:
		i := end
		for i > from && line[i-1]-'0' <= 9 {
			i--
		}
		if i > from && line[i-1] == '-' || s.plus && i > from && line[i-1] == '+' {
			i--
		}
		if e := s.number(line, i, end, slots); e != end {
			return -1
		}
		if s.pad {
			for i > from && line[i-1] == ' ' {
				i--
			}
		}
		return i
	case opSet, opSetLast:
		set, i := s.set, end
		for i > from && set[line[i-1]] {
			i--
		}
		if end-i < s.min {
			return -1
		}
		s.fill(line, slots, i, end, 0, 0)
		return i
	case opFunc:
		if s.null && end-len(s.text) >= from && line[end-len(s.text):end] == s.text {
			s.fill(line, slots, end-len(s.text), end, 0, 0)
			return end - len(s.text)
		}
		i := end - s.width
		if i < from {
			return -1
		}
		e, num := s.fn(line, i, end)
		if e != end {
			return -1
		}
		s.fill(line, slots, i, end, num, 0)
		return i
	case opOptional:
		return s.optionalFromRight(line, from, end, slots)
	}
	return -1
}

// optionalFromRight looks for a value whose first byte is the nearest one to the left out of the set.
func (s *step) optionalFromRight(line string, from, end int, slots []field.Slot) int {
	for i := end - 1; i >= from; i-- {
		if !s.set[line[i]] {
			continue
		}
		if e, num := s.fn(line, i, end); e == end {
			s.fill(line, slots, i, end, num, 0)
			return i
		}
		return end
	}
	return end
}
