// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import "github.com/proxylog/proxylog/internal/field"

// Plain is the program without its quick ways: each item is read by its step, and texts are divided by searching. The
// quick ways are held against it.
func (p *Program) Plain() *Program {
	plain := *p
	plain.bordered, plain.anchors = false, anchors{}
	plain.head, plain.tail, plain.groups = p.head.plain(), p.tail.plain(), make([]chain, len(p.groups))
	for i := range p.groups {
		plain.groups[i] = p.groups[i].plain()
	}
	return &plain
}

func (c chain) plain() chain {
	code := make([]quick, len(c.steps))
	for k := range code {
		code[k].step = int32(k)
	}
	c.code, c.first = code, nil
	c.link()
	return c
}

// LastIndex is lastIndex.
func LastIndex(text, lit string) int { return lastIndex(text, lit) }

// ByAnchors reports whether the line is divided by the places of its anchors.
func (p *Program) ByAnchors(line string) bool {
	slots := make([]field.Slot, len(p.Fields))
	field.Reset(slots)
	pos, failed := p.head.through(line, 0, len(line), slots)
	if failed != nil || len(p.texts) == 0 {
		return false
	}
	end, failed := p.tail.back(line, pos, len(line), slots)
	if failed != nil {
		return false
	}
	c := cut{p: p, line: line, slots: slots}
	return c.anchored(pos, end, len(p.groups) == len(p.texts))
}
