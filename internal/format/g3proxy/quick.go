// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"math/bits"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/scan"
)

// Lines of one log have their keys in a few orders, so that the key behind another one is nearly always one of those that
// stood there before. quick reads such pairs, with values as g3proxy writes them, eight bytes at a time; whatever else
// there is, it leaves to pairs, which reads every pair and would read these in the same way.

// expected are the fields that followed another one, the more frequent ones in front; noField is none.
type expected [8]uint8

const noField = 255

// quick reads pairs from byte i on, at which a separator stands; the first of them follows field prev. It returns the
// byte behind the last one that it has read, and its field: what stands there is the end, or for pairs. escaped says that
// there is a backslash anywhere in the line.
func (s *source) quick(in *format.Input, l *layout, line string, i, prev int, escaped bool) (end, last int) {
	slots, keys, next := in.Match.Slots, l.keys, s.next
	for i < len(line) {
		f := int(next[prev][0])
		if f >= len(keys) || !keys[f].at(line, i) {
			if f = s.follows(l, line, i, prev); f < 0 {
				break
			}
		}
		k := &keys[f]
		start := i + len(k.text)
		var end, after int
		var num int64
		var flags field.Flag
		if k.bare {
			end, num, flags = k.reads.bare(line, start)
			if after = end; end < 0 || end < len(line) && line[end] != l.sep[0] {
				break
			}
		} else {
			end = quote(line, start)
			if after = end + 1; end < 0 || escaped && strings.IndexByte(line[start:end], '\\') >= 0 {
				break
			}
			if k.reads != asText {
				var ok bool
				if num, ok = k.reads.quoted(in, line[start:end]); !ok {
					break
				}
			}
		}
		v := &slots[f]
		if v.Start < 0 {
			s.seen = append(s.seen, f)
		}
		v.Start, v.End, v.Flags, v.Num = int32(start), int32(end), flags, num
		prev, i = f, after
	}
	return i, prev
}

// follows is the field whose key stands at byte i, if it is one of those that have followed field prev; else -1.
func (s *source) follows(l *layout, line string, i, prev int) int {
	list := &s.next[prev]
	for n, f := range list {
		if f == noField {
			break
		}
		if l.keys[f].at(line, i) {
			if n > 0 {
				list[n-1], list[n] = f, list[n-1]
			}
			return int(f)
		}
	}
	return -1
}

// follow notes that field f has followed field prev.
func (s *source) follow(prev, f int) {
	list := &s.next[prev]
	copy(list[1:], list[:])
	list[0] = uint8(f)
}

// startsQuick reports whether the payload is pairs of RFC 3164 without a message, the first of which is one that stood
// there before: then it is nothing else either.
func (s *source) startsQuick(in *format.Input) bool {
	if in.Header.SDEnd > in.Header.SDStart {
		return false
	}
	f := s.follows(&s.inText, in.Line[:in.Header.End], in.Header.Start, len(s.inText.keys))
	return f >= 0 && !s.inText.keys[f].bare
}

// digits reads up to 18 digits and returns the byte behind them, -1 where there are none or more.
func digits(line string, i int) (int, int64) {
	var n int64
	from := i
	for i < len(line) {
		c := line[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int64(c)
		i++
	}
	if d := i - from; d == 0 || d > 18 {
		return -1, 0
	}
	return i, n
}

// quote is the next quote from byte i on, -1 where there is none.
func quote(line string, i int) int {
	const (
		ones   = 0x0101010101010101
		quotes = '"' * ones
	)
	for i+8 <= len(line) {
		// A byte that is 0 now was a quote; the lowest high bit that is left is its.
		x := scan.Eight(line, i) ^ quotes
		if z := (x - ones) &^ x & (ones << 7); z != 0 {
			return i + bits.TrailingZeros64(z)/8
		}
		i += 8
	}
	for ; i < len(line); i++ {
		if line[i] == '"' {
			return i
		}
	}
	return -1
}
