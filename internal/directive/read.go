// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

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
		if e-i < s.min || !s.mayBe(line[i:e]) {
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
		if e < s.min || !s.mayBe(line[i:i+e]) {
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

// mayBe reports whether a text out of the set begins as a value does.
func (s *step) mayBe(text string) bool { return s.first == nil || text == "" || s.first[text[0]] }

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
