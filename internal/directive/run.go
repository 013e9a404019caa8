// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import "github.com/proxylog/proxylog/internal/field"

// Run finds the fields in line[start:end] and writes their slots; there has to be a slot for each of Fields. After a
// Result that is not OK the slots hold what was read until then.
func (p *Program) Run(line string, start, end int, slots []field.Slot) Result {
	pos, failed := through(p.head, line, start, end, slots)
	if failed != nil {
		return Result{Offset: failed.stop(line, pos, end), Item: failed.item}
	}
	if len(p.texts) == 0 {
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
		taken := k > 0 && p.tail[k-1].blank() || k == 0 && (back == pos || line[back-1] != ' ')
		if s.op == opOptional && i == back && k+1 < len(p.tail) && taken && p.tail[k+1].endsBlank() {
			// As in through, seen from the right: the blank behind it was taken, so the one before it was not printed. At the
			// end of the line it may have got lost.
			if i = p.tail[k+1].withoutLastBlank(line, pos, back); i < 0 {
				return Result{Offset: back, Item: p.tail[k+1].item}
			}
			k++
		}
		back = i
	}
	return p.divide(line, pos, back, slots)
}

// through reads steps one after the other from the left and returns where the last one ends; or where it stopped, and
// the step at which it did.
func through(steps []step, line string, pos, end int, slots []field.Slot) (int, *step) {
	begin := pos
	for k := 0; k < len(steps); k++ {
		s := &steps[k]
		// Most steps are one of these three, and most of the time goes by here.
		switch s.quick {
		case quickByte:
			if pos >= end || line[pos] != s.lit[0] {
				return pos, s
			}
			pos++
			continue
		case quickInt:
			if e := s.quickInt(line, pos, end, slots); e > 0 {
				pos = e
				continue
			}
		case quickSet:
			set, e := s.set, pos
			for e < end && set[line[e]] {
				e++
			}
			if e-pos < s.min {
				return pos, s
			}
			var flags field.Flag
			if s.null && line[pos:e] == s.text {
				flags = field.Null
			}
			slots[s.slot] = field.Slot{Start: int32(pos), End: int32(e), Flags: flags}
			pos = e
			continue
		}
		e := s.fromLeft(line, pos, end, slots)
		if e < 0 {
			return pos, s
		}
		if s.op == opOptional && e == pos && k+1 < len(steps) && steps[k+1].blank() && (pos == begin || line[pos-1] == ' ') {
			// Nothing was printed, so the blank behind it, which would follow another one, was not printed either.
			if e = steps[k+1].withoutBlank(line, pos, end); e < 0 {
				return pos, &steps[k+1]
			}
			k++
		}
		pos = e
	}
	return pos, nil
}

// quickInt reads a number of at most 18 digits, and returns 0 for what else there may be: number knows.
func (s *step) quickInt(line string, i, end int, slots []field.Slot) int {
	from := i
	negative := i < end && line[i] == '-'
	if negative {
		i++
	}
	digits, n := i, int64(0)
	for i < end {
		c := line[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int64(c)
		i++
	}
	if i == digits || i-digits > 18 || negative && s.unsigned {
		return 0
	}
	if negative {
		n = -n
	}
	slots[s.slot] = field.Slot{Start: int32(from), End: int32(i), Num: n}
	return i
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
