// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/field"
)

// usual reads the members from s[i] on that are as nearly all members of nearly all lines are: the key that stood there in
// the line before, a text without escapes or a whole number, a comma, and no blanks. The first member that differs in any
// of this, or that stands near the end of s, is left to member, which reads all of the grammar. usual returns where it
// stopped and the number of the key before; end says that it has read the object's brace and stands behind it.
//
// It calls nothing, so that all it works with stays in registers.
func (r *Reader) usual(s string, i int, slots []field.Slot, prev int) (at, last int, end bool) {
	entries, next := r.keys.entries, r.next
	known := 0
	limit := len(s) - 8 // the last byte from which eight can be read at once
members:
	for i >= 0 {
		n := int(next[prev])
		if uint(n) >= uint(len(entries)) {
			break
		}
		e := &entries[n]
		lit := e.literal
		v := i + len(lit)
		if v > limit || uint(e.own) >= uint(len(slots)) {
			break
		}
		// The key, eight bytes at a time and the rest at once.
		k := i
		for j := 0; j <= len(lit)-8; j += 8 {
			if word(s, k) != word(lit, j) {
				break members
			}
			k += 8
		}
		if (word(s, k)^e.tail)&e.mask != 0 {
			break
		}
		// The value.
		slot := field.Slot{Start: int32(v)}
		if k = v; s[k] == '"' {
			slot.Start++
			for k++; ; k += 8 {
				if k > limit {
					break members
				}
				if m := special(word(s, k)); m != 0 {
					k += bits.TrailingZeros64(m) >> 3
					break
				}
			}
			slot.End = int32(k)
			if s[k] != '"' {
				break
			}
			k++
		} else {
			for ; k < len(s) && s[k]-'0' <= 9; k++ {
				slot.Num = slot.Num*10 + int64(s[k]-'0')
			}
			if d := k - v; d == 0 || d > 18 || d > 1 && s[v] == '0' {
				break
			}
			slot.End, slot.Flags = int32(k), field.Number
		}
		if k >= len(s) || s[k] != ',' && s[k] != '}' {
			break
		}
		slots[e.own] = slot
		known++
		i, prev = k+1, n
		if s[k] == '}' {
			end = true
			break
		}
	}
	r.Known += known
	return i, prev, end
}
