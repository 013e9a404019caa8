// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import "github.com/proxylog/proxylog/internal/field"

// Run finds the fields in line[start:end] and writes their slots; there has to be a slot for each of Fields. After a
// Result that is not OK the slots hold what was read until then.
func (p *Program) Run(line string, start, end int, slots []field.Slot) Result {
	pos, failed := p.head.through(line, start, end, slots)
	if failed != nil {
		return Result{Offset: failed.stop(line, pos, end), Item: failed.item}
	}
	if len(p.texts) == 0 {
		if pos != end {
			return Result{Offset: pos, Item: -1}
		}
		return Result{OK: true}
	}
	back, failed := p.tail.back(line, pos, end, slots)
	if failed != nil {
		return Result{Offset: back, Item: failed.item}
	}
	return p.divide(line, pos, back, slots)
}

// stop is the byte at which a step failed: for a literal the first byte that differs, for a value the byte behind what
// fills it up.
func (s *step) stop(line string, i, end int) int {
	if s.pad > 0 && !s.padRight {
		for i < end && line[i] == ' ' {
			i++
		}
	}
	if s.op == opLit {
		for k := 0; k < len(s.lit) && i < end && line[i] == s.lit[k]; k++ {
			i++
		}
	}
	return i
}

// blank reports whether it is a literal that begins with a blank.
func (s *step) blank() bool { return s.op == opLit && s.lit[0] == ' ' }

func (s *step) endsBlank() bool { return s.op == opLit && s.lit[len(s.lit)-1] == ' ' }

// withoutBlank reads a literal whose leading blank was not printed.
func (s *step) withoutBlank(line string, i, end int) int {
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
