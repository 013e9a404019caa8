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
	for k := 0; k < len(c.code); k++ {
		q := &c.code[k]
		b := -1 // where the value begins
		switch q.op {
		case quickLiteral:
			b = end
		case quickNumber:
			i, n, unit := end, int64(0), int64(1)
			for i > from {
				d := line[i-1] - '0'
				if d > 9 {
					break
				}
				n += int64(d) * unit
				unit *= 10
				i--
			}
			if i == end || end-i > maxDigits {
				break
			}
			if i > from && line[i-1] == '-' && !q.unsigned {
				n = -n
				i--
			}
			b = i
			slots[q.slot] = field.Slot{Start: int32(b), End: int32(end), Num: n}
		case quickSet, quickWord:
			i := end
			for {
				if q.op == quickWord && i-8 >= from {
					m := special(scan.Eight(line, i-8), uint64(q.floor)*each, uint64(q.extra)*each)
					if i -= bits.LeadingZeros64(m) >> 3; m == 0 {
						continue
					}
				}
				if i <= from || !q.set[line[i-1]] {
					break
				}
				i--
			}
			if end-i < int(q.min) {
				return end, &c.steps[q.step]
			}
			b = i
			if end-b == int(q.null) {
				c.steps[q.step].fill(line, slots, b, end, 0)
				break
			}
			slots[q.slot] = field.Slot{Start: int32(b), End: int32(end)}
		case quickCall:
			i := end - int(q.width)
			if i < from {
				break
			}
			e, num := q.fn(line, i, end)
			if e != end {
				break
			}
			b = i
			slots[q.slot] = field.Slot{Start: int32(b), End: int32(end), Num: num}
		}
		if b < 0 {
			s := &c.steps[q.step]
			if b = s.fromRight(line, from, end, slots); b < 0 {
				return end, s
			}
			if next := int(q.step) + 1; s.op == opOptional && b == end && next < len(c.steps) && c.taken(q.step, line, from, end) && c.steps[next].endsBlank() {
				// As in through, seen from the right: the blank behind it was taken, so the one before it was not printed. At the
				// end of the line it may have got lost.
				if b = c.steps[next].withoutLastBlank(line, from, end); b < 0 {
					return end, &c.steps[next]
				}
				k++
			}
		}
		end = b
		if n := int(q.length); n > 0 {
			if !q.endsIn(line, from, end) && (end-n < from || line[end-n:end] != c.steps[q.literalStep].lit) {
				return end, &c.steps[q.literalStep]
			}
			end -= n
		}
	}
	return end, nil
}

// taken reports whether the blank behind an optional value was read.
func (c *chain) taken(at int32, line string, from, end int) bool {
	if at > 0 {
		return c.steps[at-1].blank()
	}
	return end == from || line[end-1] != ' '
}

// endsIn reports whether the literal stands before end. It may say no although it does.
func (q *quick) endsIn(line string, from, end int) bool {
	return end-maxLiteral >= from && (scan.Eight(line, end-maxLiteral)^q.literal)>>(q.shift&63) == 0
}
