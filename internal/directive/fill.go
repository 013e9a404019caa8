// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import "github.com/proxylog/proxylog/internal/field"

// Values with a width are filled up, with blanks on either side or with zeros. What fills an item up is read here, the item
// itself in read.go and readright.go.

// fromLeft reads the item at i, with what fills it up, and returns where it ends, or -1.
func (s *step) fromLeft(line string, i, end int, slots []field.Slot) int {
	if s.pad == 0 && !s.zeros {
		return s.readLeft(line, i, end, slots)
	}
	if s.op == opFixed {
		return s.fixed(line, i, end, slots)
	}
	from := i
	if !s.padRight && s.pad > 0 {
		for i < end && line[i] == ' ' {
			i++
		}
	}
	e := s.readLeft(line, i, end, slots)
	if e < 0 {
		return -1
	}
	s.trim(line, slots)
	missing := slots[s.slot].Flags&field.Null != 0
	switch {
	case s.padRight && missing:
		filled := blanks(line, e, end, s.pad-(e-i))
		if s.after < 0 || filled < 0 || filled < end && blanks(line, filled, end, s.after) < 0 {
			return e
		}
		return filled // where that is the end, what stands behind it was read from the right
	case s.padRight:
		if slot := &slots[s.slot]; e-i <= s.pad && int(slot.End) == e {
			for slot.End > slot.Start+1 && line[slot.End-1] == ' ' { // a value that may hold blanks took what fills it up
				slot.End--
			}
			if s.null && line[slot.Start:slot.End] == s.text { // filled up as a value is: Squid's %mt
				slot.Flags |= field.Null
			}
		}
		return blanks(line, e, end, s.pad-(e-i))
	case s.exact && i > from && e-from != s.pad:
		return -1
	case s.exact && !missing && !s.padRight && e-from < s.pad:
		return -1
	}
	return e
}

// fixed reads a value of just the width and returns where it ends, or -1.
func (s *step) fixed(line string, i, end int, slots []field.Slot) int {
	e := i + s.pad
	if s.null && hasAt(line, i, end, s.text) {
		k := i + len(s.text)
		number := s.kind == KindInt && k < end && isDigit(line[k])
		if !number && (!s.padRight || e > end || blanks(line, k, end, e-k) != e) {
			s.fill(line, slots, i, k, 0)
			return k
		}
	}
	if e > end {
		return -1
	}
	if s.overflow && line[i] == '-' {
		for e < end && isDigit(line[e]) {
			e++
		}
	}
	from, to := i, e
	for !s.padRight && from < to-1 && line[from] == ' ' {
		from++
	}
	for s.padRight && to > from+1 && line[to-1] == ' ' {
		to--
	}
	if s.kind == KindInt {
		if s.number(line, from, to, slots) != to {
			return -1
		}
		s.trim(line, slots)
		return e
	}
	for k := from; s.set != nil && k < to; k++ {
		if !s.set[line[k]] {
			return -1
		}
	}
	s.fill(line, slots, from, to, 0)
	return e
}

// blanks passes over n blanks at i and returns where they end, or -1.
func blanks(line string, i, end, n int) int {
	for ; n > 0; n-- {
		if i >= end || line[i] != ' ' {
			return -1
		}
		i++
	}
	return i
}

// trim takes the zeros off a number that was filled up with them.
func (s *step) trim(line string, slots []field.Slot) {
	if !s.zeros {
		return
	}
	slot := &slots[s.slot]
	for slot.Start+1 < slot.End && line[slot.Start] == '0' && isDigit(line[slot.Start+1]) {
		slot.Start++
	}
}

// fromRight reads the item that ends at end, not before from, and returns where it begins, or -1.
func (s *step) fromRight(line string, from, end int, slots []field.Slot) int {
	if s.pad == 0 && !s.zeros {
		return s.readRight(line, from, end, slots)
	}
	e := end
	if s.padRight {
		for e > from && line[e-1] == ' ' {
			e--
		}
	}
	i := s.readRight(line, from, e, slots)
	if i < 0 {
		return -1
	}
	s.trim(line, slots)
	n := s.pad - (end - i)
	switch {
	case slots[s.slot].Flags&field.Null != 0:
		// It is filled up all the way or not at all.
		if e != end && end-i != s.pad {
			return -1
		}
		if k := i - n - s.before; !s.padRight && n > 0 && s.before >= 0 && k >= 0 && i-n >= from && blanks(line, k, i, n+s.before) == i {
			i -= n
		}
	case s.padRight:
		if end-i < s.pad || e != end && end-i != s.pad {
			return -1
		}
	default:
		if slot := &slots[s.slot]; n == 0 && int(slot.Start) == i {
			for slot.Start < slot.End-1 && line[slot.Start] == ' ' {
				slot.Start++
			}
		}
		if n > 0 && (i-n < from || blanks(line, i-n, i, n) != i) {
			return -1
		}
		i -= max(n, 0)
	}
	return i
}
