// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

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

// readLeft reads the item at i and returns where it ends, or -1.
func (s *step) readLeft(line string, i, end int, slots []field.Slot) int {
	switch s.op {
	case opLit:
		if len(s.lit) == 1 { // most are: one byte costs less than a comparison of strings
			if i >= end || line[i] != s.lit[0] {
				return -1
			}
			return i + 1
		}
		if end-i < len(s.lit) || line[i:i+len(s.lit)] != s.lit {
			return -1
		}
		return i + len(s.lit)
	case opInt:
		return s.number(line, i, end, slots)
	case opSet:
		set, e := s.set, i
		for e < end && set[line[e]] {
			e++
		}
		if e-i < s.min {
			return -1
		}
		s.fill(line, slots, i, e, 0)
		return e
	case opSetLast:
		e := i
		for e < end && s.set[line[e]] {
			e++
		}
		// The literal may reach past the run: its first byte is in the set, the others need not be.
		e = strings.LastIndex(line[i:min(end, e+len(s.lit)-1)], s.lit)
		if e < s.min {
			return -1
		}
		s.fill(line, slots, i, i+e, 0)
		return i + e
	case opFunc:
		return s.call(line, i, end, slots)
	case opOptional:
		if i >= end || !s.set[line[i]] {
			slots[s.slot] = field.Absent // it may hold what an earlier try read
			return i
		}
		e, num := s.fn(line, i, end)
		switch {
		case e == Foreign:
			slots[s.slot] = field.Absent
			return i
		case e < 0:
			return -1
		}
		s.fill(line, slots, i, e, num)
		return e
	}
	return -1
}

func hasAt(line string, i, end int, text string) bool {
	return end-i >= len(text) && line[i:i+len(text)] == text
}

// call reads a value with the shape's function. What stands for a missing value may also begin one.
func (s *step) call(line string, i, end int, slots []field.Slot) int {
	e, num := s.fn(line, i, end)
	return s.called(line, i, end, e, num, slots)
}

// called is call with what the function has returned.
func (s *step) called(line string, i, end, e int, num int64, slots []field.Slot) int {
	if s.null && e <= i+len(s.text) && hasAt(line, i, end, s.text) {
		e, num = i+len(s.text), 0
	}
	if e < 0 && s.also != "" && hasAt(line, i, end, s.also) {
		e, num = i+len(s.also), 0
	}
	if e < 0 {
		return -1
	}
	s.fill(line, slots, i, e, num)
	return e
}

func (s *step) number(line string, i, end int, slots []field.Slot) int {
	digits := i
	var flags field.Flag
	if s.plus && i < end && line[i] == '+' {
		digits++
		flags = field.Plus
	}
	var e int
	var n int64
	if s.unsigned {
		e, n = scan.Uint(line, digits, end)
	} else {
		e, n = scan.Int(line, digits, end)
	}
	if e < 0 {
		if s.null && hasAt(line, i, end, s.text) {
			slots[s.slot] = field.Slot{Start: int32(i), End: int32(i + len(s.text)), Flags: field.Null}
			return i + len(s.text)
		}
		return -1
	}
	slots[s.slot] = field.Slot{Start: int32(i), End: int32(e), Num: n, Flags: flags}
	return e
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
		if end-i < s.min {
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

// optionalFromRight looks for a value whose first byte is the nearest one to the left out of the set.
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
	if s.begin != 0 { // mostly a bracket, which is far more to the left
		if i := lastByte(line[from:end], s.begin); i >= 0 {
			return from + i
		}
		return -1
	}
	for i := end - 1; i >= from; i-- {
		if s.set[line[i]] {
			return i
		}
	}
	return -1
}
