// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
)

// Run finds the fields in line[start:end] and writes their slots; there has to be a slot for each of Fields. After a
// Result that is not OK the slots hold what was read until then.
func (p *Program) Run(line string, start, end int, slots []field.Slot) Result {
	pos := start
	for k := 0; k < len(p.head); k++ {
		s := &p.head[k]
		e := s.fromLeft(line, pos, end, slots)
		if e < 0 {
			return Result{Offset: s.stop(line, pos, end), Item: s.item}
		}
		if s.op == opOptional && e == pos && k+1 < len(p.head) {
			// Nothing was printed, so the blank behind it, at which the next literal begins, was not printed either.
			if e = p.head[k+1].withoutBlank(line, pos, end); e < 0 {
				return Result{Offset: pos, Item: p.head[k+1].item}
			}
			k++
		}
		pos = e
	}
	if len(p.middle) == 0 {
		if pos != end {
			return Result{Offset: pos, Item: -1}
		}
		return Result{OK: true}
	}
	back := end
	for k := 0; k < len(p.tail); k++ {
		s := &p.tail[k]
		i := s.fromRight(line, pos, back, slots)
		if i < 0 {
			return Result{Offset: back, Item: s.item}
		}
		if s.op == opOptional && i == back && k+1 < len(p.tail) {
			// As above, seen from the right: the blank behind it was taken, so the one before it was not printed.
			if i = p.tail[k+1].withoutLastBlank(line, pos, back); i < 0 {
				return Result{Offset: back, Item: p.tail[k+1].item}
			}
			k++
		}
		back = i
	}
	return p.divide(line, pos, back, slots)
}

// stop is the byte at which a step failed: for a literal the first byte that differs.
func (s *step) stop(line string, i, end int) int {
	if s.op == opLit {
		for k := 0; k < len(s.lit) && i < end && line[i] == s.lit[k]; k++ {
			i++
		}
	}
	return i
}

// withoutBlank reads a literal whose leading blank was not printed.
func (s *step) withoutBlank(line string, i, end int) int {
	if s.op != opLit || s.lit[0] != ' ' {
		return -1
	}
	if !hasAt(line, i, end, s.lit[1:]) {
		return -1
	}
	return i + len(s.lit) - 1
}

// withoutLastBlank reads, from the right, a literal whose trailing blank was not printed.
func (s *step) withoutLastBlank(line string, from, end int) int {
	n := len(s.lit) - 1
	if s.op != opLit || s.lit[n] != ' ' || end-n < from || line[end-n:end] != s.lit[:n] {
		return -1
	}
	return end - n
}

// divide gives line[from:to] to the fields of the middle: those before the absorbing one end at the first literal that
// leaves a valid value, those behind it begin at the last one, and it takes the rest.
func (p *Program) divide(line string, from, to int, slots []field.Slot) Result {
	if from > to {
		return Result{Offset: to, Item: p.middle[0].item}
	}
	ambiguous := false
	left, right := 0, len(p.middle)-1
	for left < p.absorb {
		c := cut{line: line, slots: slots, before: &p.middle[left], behind: &p.middle[left+2], lit: p.middle[left+1].lit}
		i, n := c.first(from, to, left+2 == right)
		if i < 0 {
			return Result{Offset: from, Item: p.middle[left+1].item}
		}
		ambiguous = ambiguous || n > 1
		c.before.takes(line, from, i, slots)
		from = i + len(c.lit)
		left += 2
	}
	for right > p.absorb {
		c := cut{line: line, slots: slots, before: &p.middle[right-2], behind: &p.middle[right], lit: p.middle[right-1].lit}
		i, n := c.last(from, to, right-2 == left)
		if i < 0 {
			return Result{Offset: to, Item: p.middle[right-1].item}
		}
		ambiguous = ambiguous || n > 1
		c.behind.takes(line, i+len(c.lit), to, slots)
		to = i
		right -= 2
	}
	if s := &p.middle[p.absorb]; !s.takes(line, from, to, slots) {
		return Result{Offset: from, Item: s.item}
	}
	return Result{OK: true, Ambiguous: ambiguous}
}

// maxCuts bounds how many places are tried, so that a hostile line costs little more than another.
const maxCuts = 32

// cut is a literal at which a text may be divided, and the two fields it divides.
type cut struct {
	line           string
	slots          []field.Slot
	before, behind *step
	lit            string
}

// first finds the first place in line[from:to] with a valid value before it and, where only one field follows, behind
// it; n is how many such places there are.
func (c *cut) first(from, to int, only bool) (at, n int) {
	at = -1
	for search, tries := from, 0; tries < maxCuts; tries++ {
		i := strings.Index(c.line[search:to], c.lit)
		if i < 0 {
			break
		}
		i += search
		search = i + 1
		if c.before.takes(c.line, from, i, c.slots) && (!only || c.behind.takes(c.line, i+len(c.lit), to, c.slots)) {
			if n++; at < 0 {
				at = i
			}
		}
	}
	return at, n
}

// last is first from the right.
func (c *cut) last(from, to int, only bool) (at, n int) {
	at = -1
	for search, tries := to, 0; tries < maxCuts; tries++ {
		i := strings.LastIndex(c.line[from:search], c.lit)
		if i < 0 {
			break
		}
		i += from
		search = i + len(c.lit) - 1
		if c.behind.takes(c.line, i+len(c.lit), to, c.slots) && (!only || c.before.takes(c.line, from, i, c.slots)) {
			if n++; at < 0 {
				at = i
			}
		}
	}
	return at, n
}

// takes reports whether the field can be line[from:to], all of it, and fills its slot.
func (s *step) takes(line string, from, to int, slots []field.Slot) bool {
	if s.op != opText {
		return s.fromLeft(line, from, to, slots) == to
	}
	if s.pad > 0 {
		from, to = s.unpad(line, from, to)
	}
	if s.kind == KindInt {
		return s.number(line, from, to, slots) == to
	}
	if s.kind == KindFunc {
		return s.call(line, from, to, slots) == to
	}
	text := line[from:to]
	if !s.null || text != s.text {
		if to-from < s.min || s.valid != nil && !s.valid(text) {
			return false
		}
		if s.set != nil {
			for i := 0; i < len(text); i++ {
				if !s.set[text[i]] {
					return false
				}
			}
		}
	}
	s.fill(line, slots, from, to, 0, 0)
	return true
}

// unpad takes off the blanks that fill up a value; a value that is all blanks keeps the one.
func (s *step) unpad(line string, from, to int) (int, int) {
	for s.padRight && to > from+1 && line[to-1] == ' ' {
		to--
	}
	for !s.padRight && from < to-1 && line[from] == ' ' {
		from++
	}
	return from, to
}
