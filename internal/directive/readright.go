// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import "github.com/proxylog/proxylog/internal/field"

// readRight reads the item that ends at end and returns where it begins, or -1.
func (s *step) readRight(line string, from, end int, slots []field.Slot) int {
	switch s.op {
	case opLit:
		i := end - len(s.lit)
		if i < from || line[i:end] != s.lit {
			return -1
		}
		return i
	case opInt:
		return s.numberFromRight(line, from, end, slots)
	case opSet, opSetLast:
		set, i := s.set, end
		for i > from && set[line[i-1]] {
			i--
		}
		if end-i < s.min || !s.mayBe(line[i:end]) {
			return -1
		}
		s.fill(line, slots, i, end, 0)
		return i
	case opFunc:
		i := end - s.width
		if i >= from {
			if e, num := s.fn(line, i, end); e == end {
				s.fill(line, slots, i, end, num)
				return i
			}
		}
		if i = end - len(s.text); !s.null || i < from || line[i:end] != s.text {
			return -1
		}
		s.fill(line, slots, i, end, 0)
		return i
	case opOptional:
		return s.optionalFromRight(line, from, end, slots)
	}
	return -1
}

func (s *step) numberFromRight(line string, from, end int, slots []field.Slot) int {
	i := end
	for i > from && isDigit(line[i-1]) {
		i--
	}
	if i == end {
		i -= len(s.text)
		if !s.null || i < from || line[i:end] != s.text {
			return -1
		}
		slots[s.slot] = field.Slot{Start: int32(i), End: int32(end), Flags: field.Null}
		return i
	}
	if i > from && (!s.unsigned && line[i-1] == '-' || s.plus && line[i-1] == '+') {
		i--
	}
	if s.number(line, i, end, slots) != end {
		return -1
	}
	return i
}

// optionalFromRight looks for a value whose first byte is the nearest one to the left with which one may begin.
func (s *step) optionalFromRight(line string, from, end int, slots []field.Slot) int {
	for i := s.lastFirst(line, from, end); i >= 0; i = s.lastFirst(line, from, i) {
		e, num := s.fn(line, i, end)
		if e == end {
			s.fill(line, slots, i, end, num)
			return i
		}
		if e != Foreign {
			return end
		}
	}
	return end
}

// lastFirst is the place of the last byte of line[from:end] with which an optional value may begin, or -1.
func (s *step) lastFirst(line string, from, end int) int {
	if i := lastByte(line[from:end], s.begin); i >= 0 { // mostly a bracket, which is far more to the left
		return from + i
	}
	return -1
}
