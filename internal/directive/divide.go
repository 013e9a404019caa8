// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
)

// divide gives line[from:to] to the texts and groups: a text before the absorbing one ends at the first place where the
// group behind it stands and leaves a valid value, one behind it begins at the last such place, and it takes the rest.
func (p *Program) divide(line string, from, to int, slots []field.Slot) Result {
	if from > to {
		return Result{Offset: to, Item: p.texts[0].item}
	}
	c := cut{p: p, line: line, slots: slots, from: from, to: to, last: len(p.texts) - 1}
	if len(p.groups) == len(p.texts) {
		at, _ := c.search(c.last, false)
		if at < 0 {
			return c.failed(c.last)
		}
		c.to = at
	}
	for c.first < p.absorb {
		at, end := c.search(c.first, true)
		if at < 0 {
			return c.failed(c.first)
		}
		p.texts[c.first].takes(line, c.from, at, slots)
		c.from = end
		c.first++
	}
	for c.last > p.absorb {
		at, end := c.search(c.last-1, false)
		if at < 0 {
			return c.failed(c.last - 1)
		}
		p.texts[c.last].takes(line, end, c.to, slots)
		c.to = at
		c.last--
	}
	if s := &p.texts[p.absorb]; !s.takes(line, c.from, c.to, slots) {
		return Result{Offset: c.from, Item: s.item}
	}
	return Result{OK: true, Ambiguous: c.ambiguous}
}

// maxCuts bounds how many places are tried, so that a hostile line costs little more than another.
const maxCuts = 64

// cut divides line[from:to] among texts[first] to texts[last].
type cut struct {
	p           *Program
	line        string
	slots       []field.Slot
	from, to    int
	first, last int
	ambiguous   bool
	// deepest is how far a group that did not fit was read, and item what should have stood there.
	deepest, item int
}

// search finds the first or the last place of group k in line[from:to] and returns where it begins and ends, or -1.
func (c *cut) search(k int, leftmost bool) (at, end int) {
	lit := c.p.groups[k][0].lit
	low, high := c.from, c.to
	at = -1
	again := false
	for range maxCuts {
		i := -1
		if leftmost {
			i = strings.Index(c.line[low:high], lit)
		} else {
			i = strings.LastIndex(c.line[low:high], lit)
		}
		if i < 0 {
			break
		}
		if i += low; leftmost {
			low = i + 1
		} else {
			high = i + len(lit) - 1
		}
		e, ok := c.fits(k, i)
		switch {
		case !ok:
			again = again || at >= 0
		case at < 0:
			at, end = i, e
		default:
			c.ambiguous, again = true, true
		}
	}
	if again {
		end, _ = c.fits(k, at) // the slots hold what was tried last
	}
	return at, end
}

// fits reports whether group k stands at i, and whether the texts beside it whose other end is known are valid then. It
// returns where the group ends.
func (c *cut) fits(k, i int) (int, bool) {
	e, s := through(c.p.groups[k], c.line, i, c.to, c.slots)
	if s != nil {
		if e > c.deepest {
			c.deepest, c.item = e, s.item
		}
		return 0, false
	}
	texts := c.p.texts
	switch {
	case k == len(texts)-1 && e != c.to, // behind the last text it has to reach up to the end
		k == c.first && !texts[k].takes(c.line, c.from, i, c.slots),
		k+1 == c.last && !texts[k+1].takes(c.line, e, c.to, c.slots),
		!c.room(c.first, k, c.from, i), !c.room(k+1, c.last, e, c.to):
		return 0, false
	}
	return e, true
}

// room reports whether the literals of groups first up to, not including, last stand one behind the other in
// line[from:to]: a place that leaves none for the texts beside it is not a place.
func (c *cut) room(first, last, from, to int) bool {
	for k := first; k < last; k++ {
		lit := c.p.groups[k][0].lit
		i := strings.Index(c.line[from:to], lit)
		if i < 0 {
			return false
		}
		from += i + len(lit)
	}
	return true
}

// failed is the result where group k is nowhere to be found.
func (c *cut) failed(k int) Result {
	if c.deepest > 0 {
		return Result{Offset: c.deepest, Item: c.item}
	}
	return Result{Offset: c.from, Item: c.p.groups[k][0].item}
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
