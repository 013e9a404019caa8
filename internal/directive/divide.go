// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
)

// maxTries bounds how many places are tried, so that a hostile line costs little more than another. A line that exceeds
// it is called ambiguous.
const maxTries = 512

// cut divides a text among the texts and groups of a program: a text before the absorbing one ends at the first place
// where the group behind it stands and leaves a reading of all the rest, one behind it begins at the last such place, and
// the absorbing one takes what remains.
type cut struct {
	p     *Program
	line  string
	slots []field.Slot
	// once stops at the first reading; else the search goes on to see whether there is a second.
	once bool
	// found is how many readings there are, and dirty that another place was tried after the first, so that the slots are
	// no longer those of the first.
	found, tries int
	dirty        bool
	// split says that adjacent fields were divided in one of several ways, and ambiguous that a part of the text was.
	split, ambiguous bool
	// splits counts the borders between adjacent fields that were tried.
	splits int
	// deepest is how far a group that did not fit was read, and item what should have stood there.
	deepest, item int
}

// divide reads the text between head and tail: with the borders or marks where these tell all places, else by a search.
func (p *Program) divide(line string, from, to int, slots []field.Slot) Result {
	if from > to {
		return Result{Offset: to, Item: p.texts[0].item}
	}
	if p.bordered && p.inOneWay(line, from, to, slots) {
		return Result{OK: true}
	}
	c := cut{p: p, line: line, slots: slots, item: p.texts[0].item, deepest: from}
	last := len(p.texts) - 1
	open := len(p.groups) == len(p.texts)
	if c.anchored(from, to, open) {
		return Result{OK: true, Ambiguous: c.ambiguous || c.split}
	}
	c.search(0, last, from, to, open)
	if c.found == 0 {
		return Result{Offset: c.deepest, Item: c.item}
	}
	ambiguous := c.found > 1 || c.tries > maxTries || c.split
	if c.dirty {
		c = cut{p: p, line: line, slots: slots, once: true}
		c.search(0, last, from, to, open)
	}
	return Result{OK: true, Ambiguous: ambiguous}
}

// isBordered reports whether there is nothing but one and the same byte between each two of the texts.
func (p *Program) isBordered() bool {
	for i := range p.groups {
		if g := p.groups[i].steps; len(g) != 1 || len(g[0].lit) != 1 || g[0].lit != p.groups[0].steps[0].lit {
			return false
		}
	}
	for i := range p.texts {
		if p.texts[i].parts != nil {
			return false
		}
	}
	return len(p.groups) == len(p.texts)-1
}

// inOneWay divides the text of a program whose texts have borders, where there are just as many as it takes: then there
// is one way at most. It reports whether there is.
func (p *Program) inOneWay(line string, from, to int, slots []field.Slot) bool {
	last := len(p.texts) - 1
	if last > 0 && strings.Count(line[from:to], p.groups[0].steps[0].lit) != last {
		return false
	}
	for k := range p.texts {
		end := to
		if k < last {
			end = from + strings.IndexByte(line[from:to], p.groups[k].steps[0].lit[0])
		}
		if !p.texts[k].takes(line, from, end, slots) {
			for j := range k { // as if nothing had been tried
				slots[p.texts[j].slot] = field.Absent
			}
			return false
		}
		from = end + 1
	}
	return true
}

// search divides line[from:to] among texts[first] to texts[last]; open says that a group follows the last of them, which
// has to reach up to the end. It reports whether the search is over.
func (c *cut) search(first, last, from, to int, open bool) (over bool) {
	p := c.p
	k, leftmost := last-1, false
	switch {
	case open:
		k = last
	case first < p.absorb:
		k, leftmost = first, true
	case first == last:
		if c.takes(last, from, to) {
			c.found++
		}
		return c.found > 1 || c.once && c.found == 1
	}
	lit := p.groups[k].steps[0].lit
	if last-first > 1 && strings.Count(c.line[from:to], lit) < p.repeats(lit, first, last) {
		return false // there are fewer places than groups that begin so
	}
	low, high := from, to
	if leftmost {
		high = min(to, p.texts[k].reach(c.line, from, to)+len(lit))
	}
	for {
		find := lastIndex
		if leftmost {
			find = strings.Index
		}
		i := find(c.line[low:high], lit)
		if i < 0 {
			return false
		}
		if i += low; leftmost {
			low = i + 1
		} else {
			high = i + len(lit) - 1
		}
		// One reading is found: another one needs a place for each of the remaining groups, and from here on there are
		// only fewer.
		if c.found > 0 && (leftmost && strings.Count(c.line[low:to], lit) < p.repeats(lit, first+1, last) ||
			!leftmost && strings.Count(c.line[from:i], lit) < p.repeats(lit, first, k)) {
			return false
		}
		if c.tries++; c.tries > maxTries {
			return true
		}
		c.dirty = c.dirty || c.found > 0
		found, split := c.found, c.split
		e, s := p.groups[k].through(c.line, i, to, c.slots)
		switch {
		case s != nil:
			if e > c.deepest {
				c.deepest, c.item = e, s.item
			}
		case open:
			over = e == to && c.search(first, last, from, i, false)
		case leftmost && p.texts[k].begins != nil && !p.texts[k].begins(c.line[from:i]):
			return false
		case leftmost:
			over = c.takes(k, from, i) && c.search(first+1, last, e, to, false)
		default:
			over = c.takes(last, e, to) && c.search(first, last-1, from, i, false)
		}
		if over {
			return true
		}
		if c.found == found {
			c.split = split // it is no part of a reading
		}
	}
}

// takes reports whether text k can be line[from:to].
func (c *cut) takes(k, from, to int) bool {
	s := &c.p.texts[k]
	if s.parts == nil {
		return s.takes(c.line, from, to, c.slots)
	}
	ways, splits := s.split(c.line, from, to, c.slots, c.splits)
	c.splits = splits
	c.split = c.split || ways > 1
	return ways > 0
}

// reach is how far a text that begins at from may reach: up to the first byte that it cannot hold.
func (s *step) reach(line string, from, to int) int {
	if s.set == nil || s.pad > 0 || s.kind != KindText && s.kind != KindSet {
		return to
	}
	i := from
	if s.null && hasAt(line, i, to, s.text) {
		i += len(s.text)
	}
	return s.span(line[:to], i)
}

// repeats is how many of the groups between texts[first] and texts[last] begin with the literal.
func (p *Program) repeats(lit string, first, last int) (n int) {
	for k := first; k < last; k++ {
		if p.groups[k].steps[0].lit == lit {
			n++
		}
	}
	return n
}

// takes reports whether the field can be line[from:to], all of it, and fills its slot.
func (s *step) takes(line string, from, to int, slots []field.Slot) bool {
	if s.parts != nil {
		ways, _ := s.split(line, from, to, slots, 0)
		return ways > 0
	}
	if s.op != opText {
		return s.fromLeft(line, from, to, slots) == to
	}
	if s.pad > 0 && !(s.null && line[from:to] == s.text) {
		if to-from < s.pad {
			return false
		}
		from, to = s.unpad(line, from, to)
	}
	switch s.kind {
	case KindInt:
		if s.number(line, from, to, slots) != to {
			return false
		}
		s.trim(line, slots)
		return true
	case KindFunc:
		if s.call(line, from, to, slots) != to {
			return false
		}
		s.trim(line, slots)
		return true
	case KindText, KindSet:
	}
	text := line[from:to]
	if !s.null || text != s.text {
		if to-from < s.min || s.valid != nil && !s.valid(text) || s.likely != nil && !s.likely(text) {
			return false
		}
		if s.set != nil && (s.span(text, 0) < len(text) || !s.mayBe(text)) {
			return false
		}
	}
	s.fill(line, slots, from, to, 0)
	return true
}

// unpad takes off the blanks that fill up a value to its width; one that is wider is not filled up.
func (s *step) unpad(line string, from, to int) (int, int) {
	if to-from > s.pad {
		return from, to
	}
	for s.padRight && to > from+1 && line[to-1] == ' ' {
		to--
	}
	for !s.padRight && from < to-1 && line[from] == ' ' {
		from++
	}
	return from, to
}
