// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

import "strings"

// block is a level of .if, .elif, .else and .endif that is open.
type block struct {
	// line is that of its .if.
	line int
	// reading says that the present branch is read, done that one before it certainly was, so that no other is, and last
	// that the present branch is that of .else.
	reading, done, last bool
	// outside says that the block stands in a branch that is not read.
	outside bool
}

// skipping reports whether the present line stands in a branch that is not read.
func (p *parser) skipping() bool {
	n := len(p.blocks)
	return n > 0 && !p.blocks[n-1].reading
}

// isConditional reports whether a line begins with a word such as .if: those are read in branches that are passed over too.
func isConditional(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), ".") }

// conditional reads a line whose first word begins with a dot.
func (p *parser) conditional(w []Word) {
	key := w[0].Text
	switch key {
	case ".if":
		b := block{line: p.n, outside: p.skipping()}
		if !b.outside {
			p.branch(&b, w)
		}
		p.blocks = append(p.blocks, b)
		return
	case ".elif", ".else", ".endif":
	default:
		return // .notice, .warning, .alert and .diag say something to who starts HAProxy
	}
	if len(p.blocks) == 0 {
		p.fail(w[0], "%s without an .if before it", key)
		return
	}
	b := &p.blocks[len(p.blocks)-1]
	switch {
	case key == ".endif":
		p.blocks = p.blocks[:len(p.blocks)-1]
	case b.last:
		p.fail(w[0], "%s behind the .else of the .if in line %d", key, b.line)
	case key == ".else":
		b.last, b.reading = true, !b.done && !b.outside
	case b.done || b.outside:
		b.reading = false
	default:
		p.branch(b, w)
	}
}

// branch decides by its condition whether a branch is read. One that may be is, and so are the others that then may be.
func (p *parser) branch(b *block, w []Word) {
	texts := make([]string, len(w)-1)
	for i := range texts {
		texts[i] = w[i+1].Text
	}
	c := condition{text: strings.Join(texts, " "), version: p.version, defined: p.isDefined}
	t, err := c.evaluate()
	if p.ownVariable {
		t, err = unknown, nil
	}
	switch {
	case err != nil:
		p.fail(w[min(1, len(w)-1)], "%s: %v", w[0].Text, err)
	case t == unknown:
		p.warn("%s: conditions that depend on the HAProxy that runs are not evaluated: all branches that may hold are read", w[0].Text)
	}
	b.reading, b.done = t != no, t == yes
}

// isDefined reports whether a variable exists.
func (p *parser) isDefined(name string) truth {
	_, ok := p.lookup(name)
	if !ok {
		p.say(missing{name: name})
	}
	return truthOf(ok)
}

// isOwn reports whether HAProxy itself sets a variable when it starts.
func isOwn(name string) bool { return strings.HasPrefix(name, "HAPROXY_") }

// unclosed says which blocks the file leaves open.
func (p *parser) unclosed() {
	for _, b := range p.blocks {
		p.errs = append(p.errs, &Error{p.file.Path, b.line, 1, ".if: the .endif of this block is missing"})
	}
}
