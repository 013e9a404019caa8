// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
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
	opFixed
	opText
)

// step is one item, made ready to be run from either side.
type step struct {
	op       op
	kind     Kind
	escape   [2]byte // the second is 0 where there is only one
	plus     bool
	unsigned bool
	zeros    bool
	padRight bool
	null     bool // text is a missing value
	absorb   bool
	overflow bool // opFixed: a number below zero may be wider
	// encoded says that a value always has to be decoded.
	encoded bool
	// leftward says that a value read from the right ends where it should.
	leftward bool
	// exact says that a value has to be filled up to the byte. From the beginning of a line any number of blanks will do,
	// since lines pass through hands that merge them; between texts it tells where the text ends.
	exact bool
	// before and after are how many blanks the literals around it have on its side; -1 where a missing value is not filled
	// up, or nothing would tell whether it is.
	before, after int
	pad           int
	min           int
	width         int
	slot          int
	item          int
	lit           string // opLit; opSetLast: the literal behind
	text          string // null: the text
	set           *Set
	fn            Func
	// floor and extra are the set's word.
	floor, extra byte
	// begin is the byte with which an optional value begins, where that is always the same; else 0.
	begin byte
	valid func(string) bool
	// likely is nil where any value will do.
	likely func(string) bool
	// begins is nil where a value may begin with any text.
	begins func(string) bool
	// also is another text that stands for a missing value, "" for none.
	also string
	// parts are the steps of adjacent fields that are one text to the program.
	parts []step
}

func newStep(items []Item, i, slot int) step {
	it := items[i]
	s := step{item: i, slot: slot}
	if it.Field == nil {
		s.op, s.lit = opLit, it.Literal
		return s
	}
	sh := it.Shape
	s.kind, s.plus, s.unsigned, s.absorb = sh.Kind, sh.Plus, sh.Unsigned, sh.Absorb
	s.pad, s.padRight, s.zeros = sh.Pad, sh.PadRight, sh.Zeros
	copy(s.escape[:], sh.Escape)
	s.min, s.width, s.set, s.fn, s.valid, s.likely = sh.Min, sh.Width, sh.Set, sh.Func, sh.Valid, sh.Likely
	if sh.Likely != nil && sh.Pad == 0 {
		s.begins = sh.Begins
	}
	if s.set != nil {
		s.floor, s.extra = s.set.word()
	}
	s.null, s.text, s.also, s.encoded = sh.HasNull, sh.Null, sh.Also, sh.Encoded
	if sh.Kind == KindText && sh.Set != nil && sh.Valid == nil && sh.Likely == nil && i+1 < len(items) && items[i+1].Field == nil &&
		!sh.Set[items[i+1].Literal[0]] && !followsText(items, i) {
		s.kind, sh.Kind = KindSet, KindSet // the literal behind it ends it
	}
	switch {
	case sh.Fixed:
		s.op, s.overflow = opFixed, sh.Overflow
		return s
	case sh.Optional:
		s.op, s.pad, s.zeros, s.begin = opOptional, 0, false, sh.Set.only()
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
		case next.Field != nil && touchesAny(sh, items[i+1:]):
			s.op = opText
		case next.Field == nil && s.op == opSet && sh.Set[next.Literal[0]] && sh.PadRight:
			s.op = opText // blanks may stand between the value and the literal
		case next.Field == nil && s.op == opSet && sh.Set[next.Literal[0]] && lastEnds(items[i:]):
			s.op, s.lit = opSetLast, next.Literal
		case next.Field == nil && s.op == opSet && sh.Set[next.Literal[0]]:
			s.op = opText
		case next.Field == nil && s.op == opInt && isDigit(next.Literal[0]):
			s.op = opText
		}
	}
	s.leftward = i == 0 || readable(sh, items[i-1])
	s.before, s.after = besides(items, i)
	return s
}

// followsText reports whether the literal before an item may stand in it and in a text before that, so that the border
// between the two has to be looked for.
func followsText(items []Item, i int) bool {
	if i < 2 || items[i-1].Field != nil {
		return false
	}
	for k := range items[:i-1] {
		if sh := items[k].Shape; items[k].Field != nil && sh.Kind == KindText && sh.holdsAll(items[i-1].Literal) && items[i].Shape.holdsAll(items[i-1].Literal) {
			return true
		}
	}
	return false
}

// holdsAll reports whether a value may hold each byte of a text.
func (sh Shape) holdsAll(text string) bool {
	for i := range len(text) {
		if !sh.holds(text[i]) {
			return false
		}
	}
	return true
}

// bound makes the step one whose value ends at the end of what it is given.
func (s *step) bound(sh *Shape) {
	if s.op == opFunc && sh.Last != nil {
		s.fn = sh.Last
	}
}

// lastEnds reports whether a value out of a set ends at the last of the literals behind it that the run of the set's
// bytes holds: whether what follows the literal cannot hold it, and is the last that belongs to the run.
func lastEnds(items []Item) bool {
	sh, lit := items[0].Shape, items[1].Literal
	if len(items) < 3 {
		return true
	}
	if items[2].Shape.Optional {
		return false // its set is of first bytes only
	}
	for b := range lit {
		if next := items[2].Shape; next.holds(lit[b]) || strings.IndexByte(next.Null+next.Also, lit[b]) >= 0 {
			return false
		}
	}
	return len(items) == 3 || items[3].Field == nil && !sh.Set[items[3].Literal[0]]
}

// touchesAny is touches for what may stand right behind the value: the first field, and what is behind optional ones.
func touchesAny(sh Shape, items []Item) bool {
	for _, it := range items {
		if it.Field == nil {
			return runsInto(sh, it.Literal[0])
		}
		if touches(sh, it.Shape) {
			return true
		}
		if !it.Shape.Optional {
			return false
		}
	}
	return false
}

// runsInto reports whether a run of the value's bytes may go on with a literal's first.
func runsInto(sh Shape, b byte) bool {
	return sh.Kind == KindSet && sh.Set[b] || sh.Kind == KindInt && isDigit(b)
}

// besides is how many blanks the literals before and behind an item have beside it, -1 each for a number, and where there
// are only blanks between it and another item that is filled up with them.
func besides(items []Item, i int) (before, after int) {
	if items[i].Shape.Kind == KindInt {
		return -1, -1
	}
	if k := i - 1; k >= 0 {
		lit := items[k].Literal
		before = len(lit) - len(strings.TrimRight(lit, " "))
		if items[k].Field == nil {
			k--
		}
		if before == len(lit) && k >= 0 && items[k].Shape.Pad > 0 && items[k].Shape.PadRight {
			before = -1
		}
	}
	if k := i + 1; k < len(items) {
		lit := items[k].Literal
		after = len(lit) - len(strings.TrimLeft(lit, " "))
		if items[k].Field == nil {
			k++
		}
		if after == len(lit) && k < len(items) && items[k].Shape.Pad > 0 && !items[k].Shape.PadRight {
			after = -1
		}
	}
	return before, after
}

// touches reports whether a value of next may begin with a byte that could still be one of the value before it, so that
// nothing tells where the one ends and the other begins.
func touches(sh, next Shape) bool {
	if sh.Kind == KindFunc && sh.Width > 0 || sh.Fixed || sh.Closed && next.Optional {
		return false // the width tells, or the last byte
	}
	return next.Min == 0 && next.Kind == KindSet || next.Kind == KindText || overlap(sh, next)
}

// overlap reports whether there is a byte that values of both shapes, which stand side by side, may hold.
func overlap(sh, next Shape) bool {
	if next.Pad > 0 && !next.PadRight && sh.holds(' ') || sh.PadRight && next.holds(' ') {
		return true
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
		return sh.Kind == KindFunc && sh.Width > 0 || before.Shape.Kind != KindText && !overlap(before.Shape, sh)
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
		return isDigit(b) || b == '-' && (!sh.Unsigned || sh.HasNull) || sh.Plus && b == '+'
	case sh.Set != nil:
		return sh.Set[b]
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (s *step) forward() bool { return s.op != opText }

func (s *step) backward() bool {
	switch s.op {
	case opText, opFixed:
		return false
	case opInt, opSet, opSetLast:
		return s.leftward
	case opFunc:
		return s.width > 0
	}
	return true
}

// fill writes the slot of text line[from:to].
func (s *step) fill(line string, slots []field.Slot, from, to int, num int64) {
	var flags field.Flag
	if s.null && line[from:to] == s.text {
		flags |= field.Null
	}
	if s.also != "" && line[from:to] == s.also {
		flags |= field.Null
	}
	if s.encoded || s.escape[0] != 0 && s.escaped(line[from:to]) {
		flags |= field.Encoded
	}
	slots[s.slot] = field.Slot{Start: int32(from), End: int32(to), Num: num, Flags: flags}
}

func (s *step) escaped(text string) bool {
	return strings.IndexByte(text, s.escape[0]) >= 0 || s.escape[1] != 0 && strings.IndexByte(text, s.escape[1]) >= 0
}
