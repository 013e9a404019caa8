// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"encoding/binary"
	"math/bits"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// Lines of one log have their keys in a few orders, so that the key behind another one is nearly always one of those that
// stood there before. quick reads such pairs, with values as g3proxy mostly writes them, eight bytes at a time; whatever
// else there is, it leaves to pairs, which reads every pair and would read these in the same way.

// quickKey is what quick compares of a key and the sign behind it.
type quickKey struct {
	// head and tail are the first and the last eight bytes; of a shorter key, head has those that mask has.
	head, mask, tail uint64
	len              int
	// middle is what head and tail do not have of a key of more than 16 bytes.
	middle string
	reads  reads
}

// reads says how the value of a field is read.
type reads uint8

const (
	asText reads = iota
	asWhole
	asDuration
	asTruth
	asTime
)

// readsOf is how the values of a field are read.
func readsOf(f *field.Field) reads {
	switch {
	case f.Conv == field.Int || f.Conv == field.Positive || f.Role == rolePID:
		return asWhole
	case f.Conv == field.Nanos:
		return asDuration
	case f.Conv == field.Bool:
		return asTruth
	case f.Role == roleStart:
		return asTime
	}
	return asText
}

func newQuickKey(f *field.Field) quickKey {
	text := f.Code + "="
	k := quickKey{len: len(text), reads: readsOf(f)}
	k.mask = ^uint64(0)
	if len(text) < 8 {
		k.mask = 1<<(8*len(text)) - 1
	}
	k.head = eight(text+"\x00\x00\x00\x00\x00\x00\x00", 0) & k.mask
	if len(text) > 8 {
		k.tail = eight(text, len(text)-8)
	}
	if len(text) > 16 {
		k.middle = text[8 : len(text)-8]
	}
	return k
}

// eight are the eight bytes at i as one number, the first one lowest.
func eight(line string, i int) uint64 { return binary.LittleEndian.Uint64([]byte(line[i : i+8])) }

// at reports whether the key stands at byte i of the line, where head are eight bytes, and at least one byte behind it.
func (k *quickKey) at(line string, i int, head uint64) bool {
	return head&k.mask == k.head && i+k.len < len(line) &&
		(k.len <= 8 || eight(line, i+k.len-8) == k.tail && (k.len <= 16 || line[i+8:i+k.len-8] == k.middle))
}

// expected are the fields that followed another one, the more frequent ones in front; noField is none.
type expected [8]uint8

const noField = 255

// quick reads pairs from byte i on, the first of which follows field prev, with sep between them. It returns the byte
// behind them, and done where closing stands there or the line ends; otherwise a pair stands there that it leaves to
// pairs, and last is the field before it. escaped says that there is a backslash anywhere in the line.
func (s *source) quick(in *format.Input, line string, i, prev int, sep string, closing byte, escaped bool) (next, last int, done bool) {
	slots, keys := in.Match.Slots, s.quickKeys
	for i+8 < len(line) {
		head, list := eight(line, i), &s.next[prev]
		f := int(list[0])
		if f >= len(keys) || f >= len(slots) {
			break
		}
		if !keys[f].at(line, i, head) {
			if f = s.seldom(line, i, head, list); f < 0 {
				break
			}
		}
		k := &keys[f]
		start := i + k.len
		var end, after int
		var num int64
		var flags field.Flag
		if line[start] == '"' {
			start++
			end = quote(line, start)
			if after = end + 1; end < 0 || escaped && strings.IndexByte(line[start:end], '\\') >= 0 {
				break
			}
			if k.reads != asText {
				var ok bool
				if num, ok = k.reads.quoted(line[start:end]); !ok {
					break
				}
			}
		} else {
			if end, num, flags = k.reads.bare(line, start); end < 0 {
				break
			}
			after = end
		}
		next := after + len(sep)
		done := after == len(line) || line[after] == closing && closing != 0
		// Both separators end in a blank.
		if !done && (next >= len(line) || line[after] != sep[0] || line[next-1] != ' ') {
			break
		}
		v := &slots[f]
		if v.Start < 0 {
			s.seen = append(s.seen, f)
		}
		v.Start, v.End, v.Flags, v.Num = int32(start), int32(end), flags, num
		prev = f
		if done {
			return after, prev, true
		}
		i = next
	}
	return i, prev, false
}

// seldom is the field whose key stands at byte i, if it is one of those that have followed another one but the first;
// else -1.
func (s *source) seldom(line string, i int, head uint64, list *expected) int {
	for n := 1; n < len(list) && list[n] != noField; n++ {
		if f := list[n]; s.quickKeys[f].at(line, i, head) {
			list[n-1], list[n] = f, list[n-1]
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

// quoted is the value of a text between quotes, as typed reads it.
func (r reads) quoted(text string) (int64, bool) {
	switch r {
	case asWhole:
		e, n := digits(text, 0)
		return n, e == len(text)
	case asDuration:
		return duration(text)
	case asTruth:
		return truth(text)
	case asTime:
		return instant(text)
	case asText:
	}
	return 0, true
}

// bare reads a number or a truth value without quotes, and returns the byte behind it; -1 where it is none.
func (r reads) bare(line string, i int) (end int, n int64, flags field.Flag) {
	switch {
	case r == asWhole || r == asText:
		end, n = digits(line, i)
		return end, n, field.Number
	case r != asTruth:
	case strings.HasPrefix(line[i:], "true"):
		return i + len("true"), 1, field.True
	case strings.HasPrefix(line[i:], "false"):
		return i + len("false"), 0, field.False
	}
	return -1, 0, 0
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
		x := eight(line, i) ^ quotes
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
