// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
)

// samples are texts of the kinds of values that proxies log. Witnesses are made of them.
var samples = [...]string{
	"a", "a=b", "-", "1", "234", "x y", "GET / HTTP/1.1", "192.0.2.1", "192.0.2.1:80", "21/Nov/2026:23:43:14.491", "21/Nov/2026:23:43:14 +0000",
	"2026-11-21T23:51:58.578Z", "1795304950", "1795304950.095", "--", "----", "{a}", "0000000000000000", "HTTP/1.1", "", `"a"`,
}

// sample is what group k could print.
func (p *Program) sample(k int) (string, bool) {
	return p.printed(p.groups[k].steps, make([]field.Slot, len(p.Fields)))
}

// Example is a line as the directive could print it; false where none could be made.
func (p *Program) Example() (string, bool) {
	steps := make([]*step, len(p.items))
	note := func(list []step) {
		for i := range list {
			if s := &list[i]; s.op != opLit && s.parts == nil {
				steps[s.item] = s
			}
		}
	}
	note(p.head.steps)
	note(p.tail.steps)
	note(p.texts)
	for i := range p.groups {
		note(p.groups[i].steps)
	}
	slots := make([]field.Slot, len(p.Fields))
	var b strings.Builder
	for i := range p.items {
		if p.items[i].Field == nil {
			b.WriteString(p.items[i].Literal)
			continue
		}
		if steps[i] == nil {
			return "", false
		}
		v, ok := p.value(steps[i], slots)
		if !ok {
			return "", false
		}
		b.WriteString(v)
	}
	line := b.String()
	return line, p.Reads(line)
}

// Alike reports whether a line of one program could be one of the other's.
func Alike(a, b *Program) bool {
	line, ok := a.Example()
	if ok && b.Reads(line) {
		return true
	}
	line, ok = b.Example()
	return ok && a.Reads(line)
}

// Reads reports whether a line could be one of the directive's.
func (p *Program) Reads(line string) bool {
	return p.Run(line, 0, len(line), make([]field.Slot, len(p.Fields))).OK
}

// printed is what steps could print.
func (p *Program) printed(steps []step, slots []field.Slot) (string, bool) {
	var b strings.Builder
	for i := range steps {
		s := &steps[i]
		if s.op == opLit {
			b.WriteString(s.lit)
			continue
		}
		v, ok := p.value(s, slots)
		if !ok {
			return "", false
		}
		b.WriteString(v)
	}
	return b.String(), true
}

// value is a value of the field of a step.
func (p *Program) value(s *step, slots []field.Slot) (string, bool) {
	if v := p.items[s.item].Shape.Sample; v != "" {
		return s.sample([]string{v}, slots)
	}
	return s.sample(samples[:], slots)
}

// sample is the first of the texts that is a value of the field, filled up.
func (s *step) sample(texts []string, slots []field.Slot) (string, bool) {
	for _, v := range texts {
		if s.pad > len(v) {
			fill := strings.Repeat(" ", s.pad-len(v))
			if s.padRight {
				v += fill
			} else {
				v = fill + v
			}
		}
		switch {
		case s.op == opSetLast:
			if s.fromLeft(v+s.lit, 0, len(v)+len(s.lit), slots) == len(v) {
				return v, true
			}
		case s.op == opText && s.takes(v, 0, len(v), slots):
			return v, true
		case s.op != opText && s.fromLeft(v, 0, len(v), slots) == len(v):
			return v, true
		}
	}
	return "", false
}
