// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// back reads the steps from the right, down to from, and returns where the last one begins; or where it stopped, and the
// step at which it did.
func (c *chain) back(line string, from, end int, slots []field.Slot) (int, *step) {
	for q := c.first; ; q = q.next {
		var read bool
		if q, end, read = runBack(q, line, from, end, slots); q == nil {
			return end, nil
		}
		if !read {
			b, failed := c.readBack(q, line, from, end, slots)
			if failed != nil {
				return b, failed
			}
			if b == vanished {
				end -= len(c.steps[q.step+1].lit) - 1
				q = q.next
				continue
			}
			end = b
		}
		if q.length > 0 {
			lit := &c.steps[q.literalStep]
			begin := end - len(lit.lit)
			if begin < from || line[begin:end] != lit.lit {
				return end, lit
			}
			end = begin
		}
	}
}

// runBack is run from the right.
func runBack(q *quick, line string, from, end int, slots []field.Slot) (at *quick, begin int, read bool) {
	line = line[:end]
	for ; q != nil; q = q.next {
		switch i := end; q.op {
		case quickNumber:
			if i-8 < from {
				return q, end, false
			}
			trailing, digits := scan.Trailing(scan.Eight(line, i-8))
			if uint(digits-1) >= 7 { // none, or perhaps more than eight
				return q, end, false
			}
			n := int64(trailing)
			if i -= digits; i > from {
				switch before := line[i-1]; {
				case before == '-' && !q.unsigned:
					n = -n
					i--
				case before == '+' && q.plus:
					return q, end, false
				}
			}
			slots[q.slot] = field.Slot{Start: int32(i), End: int32(end), Num: n}
			end = i
		case quickSet:
			set := q.set
			for i > from && set[line[i-1]] {
				i--
			}
			if end-i < int(q.min) || end-i == int(q.null) {
				return q, end, false
			}
			slots[q.slot] = field.Slot{Start: int32(i), End: int32(end)}
			end = i
		case quickWord:
			set, floor, extra := q.set, uint64(q.floor)*each, uint64(q.extra)*each
			for {
				if i-8 >= from {
					m := special(scan.Eight(line, i-8), floor, extra)
					if i -= bits.LeadingZeros64(m) >> 3; m == 0 {
						continue
					}
				}
				if i <= from || !set[line[i-1]] {
					break
				}
				i--
			}
			if end-i < int(q.min) || end-i == int(q.null) {
				return q, end, false
			}
			slots[q.slot] = field.Slot{Start: int32(i), End: int32(end)}
			end = i
		case quickLiteral:
		default:
			return q, end, false
		}
		switch q.length {
		case 0:
		case 1:
			if end <= from || line[end-1] != byte(q.literal>>56) {
				return q, end, true
			}
			end--
		default:
			if end-maxLiteral < from || (scan.Eight(line, end-maxLiteral)^q.literal)>>(q.shift&63) != 0 {
				return q, end, true
			}
			end -= int(q.length)
		}
	}
	return nil, end, false
}

// readBack reads a value from the right with its step and returns where it begins; or where it stopped, and the step at
// which it did.
func (c *chain) readBack(q *quick, line string, from, end int, slots []field.Slot) (int, *step) {
	s := &c.steps[q.step]
	if i := end - int(q.width); q.op == quickCall && i >= from {
		if e, num := q.fn(line, i, end); e == end {
			slots[q.slot] = field.Slot{Start: int32(i), End: int32(end), Num: num}
			return i, nil
		}
	}
	b := s.fromRight(line, from, end, slots)
	if b < 0 {
		return end, s
	}
	if s.op != opOptional || b != end || int(q.step)+1 == len(c.steps) || !c.taken(q.step, line, from, end, slots) {
		return b, nil
	}
	// As in read, seen from the right: the blank behind it was taken, so the one before it was not printed. At the end of
	// the line it may have got lost.
	next := &c.steps[q.step+1]
	if !next.endsBlank() {
		return b, nil
	}
	if next.withoutLastBlank(line, from, end) < 0 {
		return end, next
	}
	return vanished, nil
}

// taken reports whether the blank behind an optional value was read, with nothing but such values between that are not
// there either.
func (c *chain) taken(at int32, line string, from, end int, slots []field.Slot) bool {
	for ; at > 0; at-- {
		behind := &c.steps[at-1]
		if behind.op != opOptional || slots[behind.slot].Start >= 0 {
			return behind.blank()
		}
	}
	return end == from || line[end-1] != ' '
}
