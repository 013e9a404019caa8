// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/scan"
)

// Most sets of a directive hold all bytes but blanks, control characters and one more, such as a quote. A word is such a
// set: where it ends can be looked for in eight bytes at once.

// maxFloor bounds the floor of a word: from there on nearly all bytes of names, addresses and URLs are.
const maxFloor = '0'

// word is the byte from which on the set holds all bytes, but for extra.
func (set *Set) word() (floor, extra byte) {
	missing := 0
	for b := len(set) - 1; b >= 0; b-- {
		if set[b] {
			continue
		}
		if missing++; missing == 2 {
			return byte(b + 1), extra
		}
		extra = byte(b)
	}
	return 0, extra
}

const (
	each = 0x0101010101010101
	high = 0x80 * each
)

// special marks, by its highest bit, each byte of eight that is below floor or is extra. Both are given eight times.
func special(eight, floor, extra uint64) uint64 {
	differs := eight ^ extra
	differs |= differs&^high + ^uint64(high)
	above := eight | (eight&^high + (high - floor))
	return ^(differs & above) & high
}

// span is where the bytes out of the step's set end.
func (s *step) span(text string, i int) int {
	set, floor, extra := s.set, uint64(s.floor)*each, uint64(s.extra)*each
	for {
		if s.floor <= maxFloor && i+8 <= len(text) {
			m := special(scan.Eight(text, i), floor, extra)
			if i += bits.TrailingZeros64(m) >> 3; m == 0 {
				continue
			}
		}
		if i >= len(text) || !set[text[i]] {
			return i
		}
		i++
	}
}

// lastByte is strings.LastIndexByte.
func lastByte(text string, b byte) int {
	i, mark := len(text), uint64(b)*each
	for i >= 8 {
		m := special(scan.Eight(text, i-8), 0, mark)
		if i -= bits.LeadingZeros64(m) >> 3; m != 0 {
			return i - 1
		}
	}
	for i--; i >= 0 && text[i] != b; i-- {
	}
	return i
}

// lastIndex is strings.LastIndex for what is not empty, which mostly begins with a byte that is rare.
func lastIndex(text, lit string) int {
	for end := len(text) - len(lit) + 1; end > 0; {
		i := lastByte(text[:end], lit[0])
		if i < 0 || text[i:i+len(lit)] == lit {
			return i
		}
		end = i
	}
	return -1
}
