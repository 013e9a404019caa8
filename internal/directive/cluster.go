// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"slices"

	"github.com/proxylog/proxylog/internal/field"
)

// Fields that nothing separates are one text to the program: where that begins and ends follows from what stands around
// it, and where one of its fields ends and the next begins is found by trying, the longest value first.

// maxSplits bounds how many borders are tried in such texts of one line.
const maxSplits = 4096

// cluster makes one step of each run of adjacent fields that begins with a text.
func cluster(items []Item, steps []step) []step {
	begins := func(s step) bool { return s.op == opText && s.item+1 < len(items) && items[s.item+1].Field != nil }
	if !slices.ContainsFunc(steps, begins) {
		return steps
	}
	var out []step
	for i := 0; i < len(steps); {
		end := i + 1
		for steps[i].op == opText && end < len(steps) && items[end].Field != nil {
			end++
		}
		s := steps[i]
		if end > i+1 {
			s = step{op: opText, item: s.item, slot: s.slot, absorb: s.absorb}
			for k := i; k < end; k++ {
				part := newStep(items[k:k+1], 0, steps[k].slot) // without neighbours it has the end that its shape has
				part.item = k
				part.bound(&items[k].Shape)
				s.parts = append(s.parts, part)
			}
		}
		out = append(out, s)
		i = end
	}
	return out
}

// splitter divides a text among adjacent fields.
type splitter struct {
	line  string
	slots []field.Slot
	// once stops at the first way.
	once bool
	ways int
	// tries counts the borders that were tried in this line, here and in other such texts.
	tries int
}

// split divides line[from:to] among the parts of a step and fills their slots. It returns in how many ways that can be
// done: 0, 1, or 2 for more than one, or for one where there may be more; and how many borders were tried in this line,
// of which tries were before.
func (s *step) split(line string, from, to int, slots []field.Slot, tries int) (ways, total int) {
	c := splitter{line: line, slots: slots, tries: tries}
	c.search(s.parts, from, to)
	if c.tries > maxSplits && c.ways > 0 {
		c.ways = 2
	}
	if c.ways > 0 { // looking for a second way has left other slots than those of the first
		again := splitter{line: line, slots: slots, once: true, tries: tries} // it gets no farther than the first time
		again.search(s.parts, from, to)
	}
	return min(c.ways, 2), c.tries
}

// search reports whether it is over.
func (c *splitter) search(parts []step, from, to int) bool {
	s := &parts[0]
	if len(parts) == 1 {
		if s.takes(c.line, from, to, c.slots) {
			c.ways++
		}
		return c.ways > 1 || c.once && c.ways > 0
	}
	longest := to
	switch { // where the shape tells how long a value can be, no longer one is tried
	case s.op == opInt || s.op == opSet:
		if longest = s.fromLeft(c.line, from, to, c.slots); longest < 0 {
			longest = to // too many digits for one number, perhaps
		}
	case s.op == opFunc && s.width > 0:
		longest = min(to, from+max(s.width, len(s.text)))
	}
	for e := longest; e >= from; e-- {
		if c.tries++; c.tries > maxSplits {
			return true
		}
		if s.takes(c.line, from, e, c.slots) && c.search(parts[1:], e, to) {
			return true
		}
	}
	return false
}
