// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// chain is steps that are read one after the other, from the left or, last item first, from the right, and the same as
// quick code. Nearly all of a line is read by that: it is a tenth of the size of the steps, and a literal behind a value
// is part of the value's instruction. What an instruction cannot tell at once, such as whether a - is a missing number,
// it leaves to its step, which knows all there may be; so that quick code only has to know what is frequent.
type chain struct {
	steps []step
	code  []quick
	first *quick // of code, nil where there is none
}

// quickOp is what an instruction does.
type quickOp uint8

const (
	quickStep    quickOp = iota // what the step does
	quickLiteral                // nothing: the literal is all
	quickNumber
	quickFilled // a number before which any number of blanks may stand
	quickSet
	quickWord // a set that holds all bytes from a certain one on, but for one at most
	quickFill // a set, and more than its bytes to decide on the slot's flags
	quickCall
)

// quick is an instruction: a value, and the literal that is read after it.
type quick struct {
	next *quick // nil behind the last one
	op   quickOp
	// length is that of the literal in bytes; 0 is none. shift moves all others of eight bytes out.
	length, shift uint8
	// floor and extra are of a quickWord: the set holds all bytes from floor on, but for extra.
	floor, extra byte
	// zeros says that the leading zeros of a number are no part of it, fill that more than the bytes decides on the flags of
	// the slot.
	zeros, unsigned, plus, fill bool
	slot                        int32
	// step and literalStep are what the value and the literal are made of.
	step, literalStep int32
	min               int32
	// null is the length of the text that stands for a missing value, less than any value's where there is none.
	null  int32
	width int32
	set   *Set
	fn    Func
	// literal is the literal's bytes as they stand in eight bytes of the line: the lowest ones, and the highest ones where
	// it is read from the right.
	literal uint64
}

// maxLiteral is how long the literal of an instruction may be.
const maxLiteral = 8

// maxDigits is how many digits fit into 64 bits in any case.
const maxDigits = 18

// newChain makes the quick code of steps.
func newChain(steps []step, fromRight bool) chain {
	c := chain{steps: steps}
	for k := range steps {
		s := &steps[k]
		n := len(c.code)
		if s.op != opLit || len(s.lit) > maxLiteral {
			q := s.quick(fromRight)
			q.step = int32(k)
			c.code = append(c.code, q)
			continue
		}
		// A literal beside an optional value may not be there, which the step of the value decides.
		if n == 0 || c.code[n-1].length > 0 || k == 0 || steps[k-1].op == opLit || steps[k-1].op == opOptional {
			c.code = append(c.code, quick{op: quickLiteral})
			n++
		}
		c.code[n-1].behind(s.lit, k, fromRight)
	}
	c.link()
	return c
}

// link lets each instruction lead to the next one.
func (c *chain) link() {
	for k := range c.code {
		if k > 0 {
			c.code[k-1].next = &c.code[k]
		}
	}
	if len(c.code) > 0 {
		c.first = &c.code[0]
	}
}

// behind sets the literal that is read after the value.
func (q *quick) behind(lit string, at int, fromRight bool) {
	q.length, q.shift, q.literalStep = uint8(len(lit)), uint8(8*(maxLiteral-len(lit))), int32(at)
	for i := range len(lit) {
		q.literal |= uint64(lit[i]) << (8 * i)
	}
	if fromRight {
		q.literal <<= q.shift
	}
}

// quick is the step's instruction.
func (s *step) quick(fromRight bool) quick {
	q := quick{slot: int32(s.slot), min: int32(s.min), null: -1, width: int32(s.width), set: s.set, fn: s.fn, floor: s.floor, extra: s.extra}
	if s.null {
		q.null = int32(len(s.text))
	}
	q.fill = s.also != "" || s.encoded || s.escape[0] != 0
	simple := s.pad == 0 && !s.zeros
	switch {
	case s.op == opInt && (simple || !fromRight && !s.padRight && (!s.exact || s.pad == 0)):
		q.op, q.unsigned, q.plus, q.zeros = quickNumber, s.unsigned, s.plus, s.zeros
		if s.pad > 0 {
			q.op = quickFilled
		}
	case !simple, s.first != nil:
	case s.op == opSet && q.fill:
		q.op = quickFill
	case s.op == opSet || s.op == opSetLast && fromRight && !q.fill:
		q.op = quickSet
		if s.floor <= maxFloor {
			q.op = quickWord
		}
	case s.op == opFunc && !(fromRight && (q.fill || s.null && s.width == len(s.text))):
		q.op = quickCall
	}
	return q
}

// through reads the steps from the left and returns where the last one ends; or where it stopped, and the step at which
// it did.
func (c *chain) through(line string, pos, end int, slots []field.Slot) (int, *step) {
	begin, text := pos, line[:end]
	for q := c.first; ; q = q.next {
		var read bool
		if q, pos, read = run(q, text, pos, slots); q == nil {
			return pos, nil
		}
		if !read {
			e, failed := c.read(q, text, begin, pos, slots)
			if failed != nil {
				return e, failed
			}
			if e == vanished {
				pos += len(c.steps[q.step+1].lit) - 1
				q = q.next
				continue
			}
			pos = e
		}
		if n := int(q.length); n > 0 {
			if !hasAt(text, pos, len(text), c.steps[q.literalStep].lit) {
				return pos, &c.steps[q.literalStep]
			}
			pos += n
		}
	}
}

// run reads values and literals as long as each can be read in a few instructions and without a call. It returns the
// instruction at which it stopped, nil where it did not, and the byte, and whether the value was read, so that it is the literal that does not stand
// there or is too close to the end.
func run(q *quick, text string, pos int, slots []field.Slot) (at *quick, end int, read bool) {
	for ; q != nil; q = q.next {
		switch i := pos; q.op {
		case quickFilled:
			for i < len(text) && text[i] == ' ' {
				i++
			}
			fallthrough
		case quickNumber:
			from := i
			if i < len(text) && text[i] == '-' && !q.unsigned {
				i++
			}
			first, n, all := i, int64(0), false
			if i+8 <= len(text) {
				leading, digits := scan.Leading(scan.Eight(text, i))
				n, i, all = int64(leading), i+digits, digits < 8
			}
			if !all {
				for i < len(text) && text[i]-'0' <= 9 {
					n = n*10 + int64(text[i]-'0')
					i++
				}
			}
			if uint(i-first-1) >= maxDigits {
				return q, pos, false
			}
			if first > from {
				n = -n
			}
			for q.zeros && from+1 < i && text[from] == '0' {
				from++
			}
			slots[q.slot] = field.Slot{Start: int32(from), End: int32(i), Num: n}
			pos = i
		case quickSet:
			set := q.set
			for i < len(text) && set[text[i]] {
				i++
			}
			if i-pos < int(q.min) || i-pos == int(q.null) {
				return q, pos, false
			}
			slots[q.slot] = field.Slot{Start: int32(pos), End: int32(i)}
			pos = i
		case quickWord:
			set, floor, extra := q.set, uint64(q.floor)*each, uint64(q.extra)*each
			for {
				if i+8 <= len(text) {
					m := special(scan.Eight(text, i), floor, extra)
					if i += bits.TrailingZeros64(m) >> 3; m == 0 {
						continue
					}
				}
				if i >= len(text) || !set[text[i]] {
					break
				}
				i++
			}
			if i-pos < int(q.min) || i-pos == int(q.null) {
				return q, pos, false
			}
			slots[q.slot] = field.Slot{Start: int32(pos), End: int32(i)}
			pos = i
		case quickLiteral:
		default:
			return q, pos, false
		}
		switch q.length {
		case 0:
		case 1:
			if pos >= len(text) || text[pos] != byte(q.literal) {
				return q, pos, true
			}
			pos++
		default:
			if pos+maxLiteral > len(text) || (scan.Eight(text, pos)^q.literal)<<(q.shift&63) != 0 {
				return q, pos, true
			}
			pos += int(q.length)
		}
	}
	return nil, pos, false
}

// vanished says that a value was not printed, and not even the blank behind it.
const vanished = -1

// read reads a value with its step and returns where it ends; or where it stopped, and the step at which it did.
func (c *chain) read(q *quick, text string, begin, pos int, slots []field.Slot) (int, *step) {
	s := &c.steps[q.step]
	if q.op == quickCall {
		e, num := q.fn(text, pos, len(text))
		if e > pos+int(q.null) && !q.fill {
			slots[q.slot] = field.Slot{Start: int32(pos), End: int32(e), Num: num}
			return e, nil
		}
		if e = s.called(text, pos, len(text), e, num, slots); e < 0 {
			return pos, s
		}
		return e, nil
	}
	if q.op == quickFill {
		e := s.span(text, pos)
		if e-pos < s.min {
			return pos, s
		}
		s.fill(text, slots, pos, e, 0)
		return e, nil
	}
	e := s.fromLeft(text, pos, len(text), slots)
	if e < 0 {
		return pos, s
	}
	if s.op != opOptional || e != pos || int(q.step)+1 == len(c.steps) || pos != begin && text[pos-1] != ' ' {
		return e, nil
	}
	// Nothing was printed, so the blank behind it, which would follow another one, was not printed either.
	next := &c.steps[q.step+1]
	if !next.blank() {
		return e, nil
	}
	if next.withoutBlank(text, pos, len(text)) < 0 {
		return pos, next
	}
	return vanished, nil
}
