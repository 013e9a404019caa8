// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// value reads the value at s[i] into slot and returns the byte behind it, or -1.
func (r *Reader) value(s string, i int, slot *field.Slot, depth int) int {
	if i >= len(s) {
		return r.fail(s, i, "a value")
	}
	switch c := s[i]; c {
	case '"':
		e, flags := str(s, i+1)
		if e < 0 {
			return r.failString(s, i+1)
		}
		*slot = field.Slot{Start: int32(i + 1), End: int32(e), Flags: flags}
		return e + 1
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		e, n, flags := number(s, i)
		if e < 0 {
			return r.failNumber(s, i)
		}
		*slot = field.Slot{Start: int32(i), End: int32(e), Flags: flags, Num: n}
		return e
	case 'n':
		return r.literal(s, i, "null", field.Null, slot)
	case 't':
		return r.literal(s, i, "true", field.True, slot)
	case 'f':
		return r.literal(s, i, "false", field.False, slot)
	case '{', '[':
		e := r.nested(s, i, depth+1)
		if e < 0 {
			return -1
		}
		*slot = field.Slot{Start: int32(i), End: int32(e), Flags: field.Object}
		return e
	}
	return r.fail(s, i, "a value")
}

func (r *Reader) literal(s string, i int, lit string, flag field.Flag, slot *field.Slot) int {
	if !hasAt(s, i, lit) {
		for k := range len(lit) {
			if i+k >= len(s) || s[i+k] != lit[k] {
				return r.fail(s, i+k, lit)
			}
		}
	}
	*slot = field.Slot{Start: int32(i), End: int32(i + len(lit)), Flags: flag}
	if flag == field.True {
		slot.Num = 1
	}
	return i + len(lit)
}

// nested reads an object or array whose members nobody asked for, and checks its grammar.
func (r *Reader) nested(s string, i, depth int) int {
	if depth > MaxDepth {
		return r.fail(s, i, "less nesting")
	}
	object := s[i] == '{'
	closing, expected := byte(']'), "a comma or a closing bracket"
	if object {
		closing, expected = '}', "a comma or a closing brace"
	}
	i = space(s, i+1)
	if i < len(s) && s[i] == closing {
		return i + 1
	}
	for {
		if object {
			if i >= len(s) || s[i] != '"' {
				return r.fail(s, i, "a key in quotes")
			}
			e, _ := str(s, i+1)
			if e < 0 {
				return r.failString(s, i+1)
			}
			if i = space(s, e+1); i >= len(s) || s[i] != ':' {
				return r.fail(s, i, "a colon")
			}
			i = space(s, i+1)
		}
		var slot field.Slot
		if i = r.value(s, i, &slot, depth); i < 0 {
			return -1
		}
		i = space(s, i)
		if i >= len(s) {
			return r.fail(s, i, expected)
		}
		switch s[i] {
		case ',':
			i = space(s, i+1)
		case closing:
			return i + 1
		default:
			return r.fail(s, i, expected)
		}
	}
}

// Value passes over the value of any kind at s[i] and returns the byte behind it, or -1; then Err says why.
func (r *Reader) Value(s string, i int) int {
	var slot field.Slot
	return r.value(s, i, &slot, 0)
}

// space is the first byte from i that is no blank.
func space(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n') {
		i++
	}
	return i
}

// Skip is the first byte from i that belongs to a value: blanks, commas, brackets, byte order marks and record
// separators between the objects of a line are passed over.
func Skip(s string, i int) int {
	for i < len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\n', ',', '[', ']', 0x1e:
			i++
		case 0xef:
			if !hasAt(s, i, "\ufeff") {
				return i
			}
			i += len("\ufeff")
		default:
			return i
		}
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the high bit of bytes that end a run of plain text: quotes, backslashes and control characters. The
// lowest mark is exact; higher ones may be false.
func special(w uint64) uint64 {
	quote := w ^ '"'*ones
	slash := w ^ '\\'*ones
	return ((quote-ones)&^quote | (slash-ones)&^slash | (w-' '*ones)&^w) & highs
}

// str returns the index of the quote that ends the string whose first byte is s[i], and whether it holds escapes; -1
// where there is no such quote or the string is not valid.
func str(s string, i int) (int, field.Flag) {
	var flags field.Flag
	for {
		for i+8 <= len(s) {
			if m := special(scan.Eight(s, i)); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				goto found
			}
			i += 8
		}
		for i < len(s) && s[i] != '"' && s[i] != '\\' && s[i] >= ' ' {
			i++
		}
		if i >= len(s) {
			return -1, 0
		}
	found:
		switch s[i] {
		case '"':
			return i, flags
		case '\\':
			flags = field.Encoded
			if i = escape(s, i); i < 0 {
				return -1, 0
			}
		default:
			return -1, 0
		}
	}
}

// escape passes over the escape at s[i], a backslash; -1 where it is none.
func escape(s string, i int) int {
	if i+1 >= len(s) {
		return -1
	}
	switch s[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 <= len(s) && hex4(s[i+2:i+6]) >= 0 {
			return i + 6
		}
	}
	return -1
}

// failString finds out what is wrong with the string whose first byte is s[i].
func (r *Reader) failString(s string, i int) int {
	for i < len(s) && s[i] >= ' ' {
		if s[i] != '\\' {
			i++
			continue
		}
		e := escape(s, i)
		if e < 0 {
			if i+2 > len(s) || s[i+1] == 'u' && i+6 > len(s) {
				return r.fail(s, len(s), "the rest of an escape")
			}
			return r.fail(s, i, "a valid escape")
		}
		i = e
	}
	return r.fail(s, i, "a closing quote")
}

// number reads the number at s[i]. Its value is exact where flags do not say Real.
func number(s string, i int) (end int, n int64, flags field.Flag) {
	flags = field.Number
	neg := s[i] == '-'
	if neg {
		i++
	}
	from := i
	var u uint64
	for i < len(s) {
		c := s[i] - '0'
		if c > 9 {
			break
		}
		u = u*10 + uint64(c)
		i++
	}
	digits := i - from
	if digits == 0 || digits > 1 && s[from] == '0' {
		return -1, 0, 0
	}
	if i < len(s) && (s[i] == '.' || s[i]|0x20 == 'e') {
		flags |= field.Real
		if s[i] == '.' {
			k := i + 1
			for i = k; i < len(s) && s[i]-'0' <= 9; i++ {
			}
			if i == k {
				return -1, 0, 0
			}
		}
		if i < len(s) && s[i]|0x20 == 'e' {
			if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
				i++
			}
			k := i
			for ; i < len(s) && s[i]-'0' <= 9; i++ {
			}
			if i == k {
				return -1, 0, 0
			}
		}
	}
	// Nineteen digits fit into the unsigned word, but not all of them into the signed one.
	if flags&field.Real == 0 && (digits > 19 || u > 1<<63-1 && !(neg && u == 1<<63)) {
		flags |= field.Real
	}
	if n = int64(u); neg {
		n = -n
	}
	if flags&field.Real != 0 {
		n = 0
	}
	return i, n, flags
}

// failNumber finds out what is wrong with the number at s[i].
func (r *Reader) failNumber(s string, i int) int {
	if s[i] == '-' {
		i++
	}
	if i+1 < len(s) && s[i] == '0' && s[i+1]-'0' <= 9 {
		return r.fail(s, i+1, "no digit behind a leading zero")
	}
	for i < len(s) && (s[i]-'0' <= 9 || s[i] == '.' || s[i] == '+' || s[i] == '-' || s[i]|0x20 == 'e') {
		i++
	}
	return r.fail(s, i, "a digit")
}
