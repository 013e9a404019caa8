// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

// Plain is the program without its quick ways: each item is read by its step, and texts are divided by searching. The
// quick ways are held against it.
func (p *Program) Plain() *Program {
	plain := *p
	plain.bordered = false
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
