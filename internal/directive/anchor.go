// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
)

// Most directives put free text between quotes, and most texts hold none. Where a line has just as many quotes as the
// literals between its texts, none of them can be part of a text. So it is known where each group begins whose literal
// holds one, and what lies between two such groups can be divided on its own, which is mostly one text.

// anchors are the groups of a program whose places follow from those of one byte.
type anchors struct {
	// mark is the byte, and marks how many of it the groups' literals hold.
	mark  string
	marks int
	list  []anchor
}

// anchor is a group that begins with a literal in which the mark stands.
type anchor struct {
	group int
	// offset is the mark's place in the literal, skip how many marks lie between that of the anchor before and this one.
	offset, skip int
}

// newAnchors finds the byte by which most groups can be found: one that no field of the groups can hold. It is no blank,
// which is left out beside a value that was not printed.
func newAnchors(p *Program) (best anchors) {
	for k := range p.groups {
		for _, b := range []byte(p.groups[k].steps[0].lit) {
			if b == ' ' || strings.IndexByte(best.mark, b) >= 0 {
				continue
			}
			if a, ok := p.anchored(b); ok && len(a.list) > len(best.list) {
				best = a
			}
		}
	}
	return best
}

// anchored is the anchors with the mark; not ok where a field of the groups can hold it.
func (p *Program) anchored(mark byte) (a anchors, ok bool) {
	a.mark = string([]byte{mark})
	seen := 0 // marks up to that of the last anchor
	for k := range p.groups {
		for i, s := range p.groups[k].steps {
			if s.op != opLit {
				if p.items[s.item].Shape.MayHold(mark) {
					return a, false
				}
				continue
			}
			if offset := strings.IndexByte(s.lit, mark); i == 0 && offset >= 0 {
				a.list = append(a.list, anchor{group: k, offset: offset, skip: a.marks - seen})
				seen = a.marks + 1
			}
			a.marks += strings.Count(s.lit, a.mark)
		}
	}
	return a, true
}

// anchored divides the text among texts and groups where the marks tell the places of the anchors. ok says that they do
// and all of it could be read; where not, it is as if nothing had been tried.
func (c *cut) anchored(from, to int, open bool) (ok bool) {
	a := &c.p.anchors
	if len(a.list) == 0 || strings.Count(c.line[from:to], a.mark) != a.marks {
		return false
	}
	if !c.parts(from, to, open) {
		field.Reset(c.slots[c.p.texts[0].slot:c.p.behind])
		*c = cut{p: c.p, line: c.line, slots: c.slots, item: c.p.texts[0].item, deepest: from}
		return false
	}
	return true
}

// parts divides what lies between each two anchors.
func (c *cut) parts(from, to int, open bool) bool {
	p := c.p
	first, mark := 0, from
	for i := range p.anchors.list {
		a := &p.anchors.list[i]
		for range a.skip + 1 {
			mark += strings.IndexByte(c.line[mark:to], p.anchors.mark[0]) + 1
		}
		begin := mark - 1 - a.offset
		if begin < from || !c.part(first, a.group, from, begin, false) {
			return false
		}
		end, failed := p.groups[a.group].through(c.line, begin, to, c.slots)
		if failed != nil {
			return false
		}
		first, from = a.group+1, end
	}
	if first == len(p.texts) {
		return from == to
	}
	return c.part(first, len(p.texts)-1, from, to, open)
}

// part divides line[from:to] among texts[first] to texts[last].
func (c *cut) part(first, last, from, to int, open bool) bool {
	if first == last && !open {
		return c.takes(first, from, to)
	}
	c.found, c.dirty = 0, false
	c.search(first, last, from, to, open)
	if c.found == 0 {
		return false
	}
	c.ambiguous = c.ambiguous || c.found > 1 || c.tries > maxTries
	if c.dirty {
		again := cut{p: c.p, line: c.line, slots: c.slots, once: true, splits: c.splits}
		again.search(first, last, from, to, open)
	}
	return true
}
