// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"fmt"
	"strconv"

	"github.com/proxylog/proxylog/internal/field"
)

// Part is one item of a program, for a person.
type Part struct {
	// Literal is the text of a literal; "" for a field.
	Literal string
	// Field is nil for a literal.
	Field *field.Field
	// End says how the end of the field is found, or, where it is read from the right, its beginning.
	End string
	// Expect says what a value looks like; "" for any text.
	Expect string
	// Missing is the text that stands for no value, where HasMissing is set.
	Missing    string
	HasMissing bool
}

// Parts are the program's items in the directive's order.
func (p *Program) Parts() []Part {
	out := make([]Part, len(p.items))
	for i, it := range p.items {
		if it.Field == nil {
			out[i].Literal = it.Literal
			continue
		}
		out[i] = Part{Field: it.Field, Expect: it.Shape.Expect, Missing: it.Shape.Null, HasMissing: it.Shape.HasNull}
	}
	for k := range p.head.steps {
		s := &p.head.steps[k]
		out[s.item].End = s.end()
	}
	for k := range p.tail.steps {
		s := &p.tail.steps[k]
		out[s.item].End = "read from the right: " + s.end()
	}
	for _, g := range p.groups {
		for k := range g.steps {
			out[g.steps[k].item].End = g.steps[k].end()
		}
	}
	for k := range p.texts {
		out[p.texts[k].item].End = p.textEnd(k)
		for j := range p.texts[k].parts {
			out[p.texts[k].parts[j].item].End = "nothing separates it from the field beside it: what both can hold is tried, the longest first"
		}
	}
	for i := range out {
		if out[i].Field == nil {
			out[i].End = ""
		}
	}
	return out
}

// end says where a value ends that has an end of its own.
func (s *step) end() string {
	end := "where its shape ends"
	switch {
	case s.op == opInt:
		end = "behind its last digit"
	case s.op == opSet:
		end = "before the first byte that it cannot hold"
	case s.op == opSetLast:
		end = "before the last " + strconv.Quote(s.lit) + " that it could hold"
	case s.op == opFunc && s.width > 0:
		end = fmt.Sprintf("after %d bytes", s.width)
	case s.op == opFixed:
		return fmt.Sprintf("after %d bytes", s.pad)
	case s.op == opOptional:
		end = "where its shape ends; it may be missing, with a blank beside it"
	}
	if s.pad > 0 {
		end += fmt.Sprintf(", filled up to %d bytes", s.pad)
	}
	return end
}

// textEnd says where the text k ends, or begins, which only what stands around it tells.
func (p *Program) textEnd(k int) string {
	last := len(p.texts) - 1
	before, behind := "", ""
	if k > 0 && k-1 < len(p.groups) {
		before = p.beginning(k - 1)
	}
	if k < len(p.groups) {
		behind = p.beginning(k)
	}
	switch {
	case k < p.absorb && behind != "":
		return "before the first " + behind + " that leaves a reading of the rest"
	case k > p.absorb && before != "":
		return "behind the last " + before + " that leaves a reading of the rest"
	case before == "" && behind == "" && last == 0:
		return "takes what lies between the fields around it"
	}
	return "takes what the fields around it leave"
}

// beginning is the literal with which a group begins, in quotes; "" for a group that begins with none.
func (p *Program) beginning(k int) string {
	if len(p.groups[k].steps) == 0 || p.groups[k].steps[0].op != opLit {
		return ""
	}
	return strconv.Quote(p.groups[k].steps[0].lit)
}
