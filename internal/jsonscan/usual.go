// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// dash is the value that proxies print for none, the most frequent one: its three bytes, quotes and all.
const dash = '"' | '-'<<8 | '"'<<16

// usual reads the members from s[i] on that are as nearly all members of nearly all lines are: the key that stood there in
// the line before, and no other for its slot before it; a text without escapes or a whole number; a comma, and no blanks.
// The first member that differs in any of this, or that stands near the end of s, is left to member, which reads all of the
// grammar. usual returns where it stopped and the number of the key before; end says that it has read the object's brace and
// stands behind it.
//
// It calls nothing, so that what it works with stays in registers.
func (r *Reader) usual(s string, i int, slots []field.Slot, prev int) (at, last int, end bool) {
	for i >= 0 && i <= len(s)-headBytes {
		n := int(r.next[prev])
		if n >= len(r.keys.entries) {
			break
		}
		// The key: its head, and the rest where it is longer.
		e := &r.keys.entries[n]
		b := s[i : i+headBytes]
		if (scan.Eight(b, 0)^e.head[0])&e.mask[0]|(scan.Eight(b, 8)^e.head[1])&e.mask[1]|
			(scan.Eight(b, 16)^e.head[2])&e.mask[2]|(scan.Eight(b, 24)^e.head[3])&e.mask[3] != 0 {
			break
		}
		v := i + len(e.literal)
		if uint(e.own) >= uint(len(slots)) || v > len(s)-8 {
			break
		}
		for j := headBytes; j < len(e.literal); j++ {
			if s[i+j] != e.literal[j] {
				return i, prev, false
			}
		}
		// The value.
		slot := &slots[e.own]
		if e.shared && slot.Start >= 0 {
			break
		}
		k := v
		switch w := scan.Eight(s, v); {
		case w&0xffffff == dash:
			k += 3
			*slot = field.Slot{Start: int32(v + 1), End: int32(v + 2)}
		case byte(w) == '"':
			m := special(w&^0xff | ' ')
			for m == 0 && k <= len(s)-16 {
				k += 8
				m = special(scan.Eight(s, k))
			}
			if m != 0 {
				k += bits.TrailingZeros64(m) >> 3
			} else {
				// The last text of a line ends within its last eight bytes.
				for k += 8; k < len(s) && s[k] != '"' && s[k] != '\\' && s[k] >= ' '; k++ {
				}
			}
			if k >= len(s) || s[k] != '"' {
				return i, prev, false
			}
			*slot = field.Slot{Start: int32(v + 1), End: int32(k)}
			k++
		default:
			var num int64
			for ; k < len(s) && s[k]-'0' <= 9; k++ {
				num = num*10 + int64(s[k]-'0')
			}
			if d := k - v; d == 0 || d > 18 || d > 1 && s[v] == '0' {
				return i, prev, false
			}
			*slot = field.Slot{Start: int32(v), End: int32(k), Flags: field.Number, Num: num}
		}
		if k >= len(s) {
			break
		}
		switch s[k] {
		case ',':
			r.Known++
			i, prev = k+1, n
		case '}':
			r.Known++
			return k + 1, n, true
		default:
			return i, prev, false
		}
	}
	return i, prev, false
}
