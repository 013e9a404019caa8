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
	first         *Set // nil where a value of set may begin with any of its bytes
	fn            Func
	// floor and extra are the set's word.
	floor, extra byte
	// begin is the byte with which an optional value begins.
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
	s.min, s.width, s.set, s.first, s.fn, s.valid, s.likely = sh.Min, sh.Width, sh.Set, sh.First, sh.Func, sh.Valid, sh.Likely
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

// bound makes the step one whose value ends at the end of what it is given.
func (s *step) bound(sh *Shape) {
	if s.op == opFunc && sh.Last != nil {
		s.fn = sh.Last
	}
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
