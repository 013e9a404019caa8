// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
)

// Ambiguity is a place of a directive that some lines leave open: there are lines with more than one reading.
type Ambiguity struct {
	// Codes are the fields concerned.
	Codes []string
	// Why says what in a line leaves it open, for a person.
	Why string
	// Avoid says what to write instead; "" where nothing helps.
	Avoid string
	// Silent says that the records of such lines do not show it.
	Silent bool
}

// Ambiguities are the places at which the program has to divide text between two fields that both may hold what
// separates them. Each is proven: a line with two readings was found.
func (p *Program) Ambiguities() []Ambiguity {
	var out []Ambiguity
	for k := range p.texts {
		out = append(out, p.adjacent(p.texts[k].parts)...)
	}
	for k := 0; k < len(p.texts) && k < len(p.groups); k++ {
		var a Ambiguity
		switch {
		case k+1 < len(p.texts) && p.open(k):
			between, ok := p.sample(k)
			a = Ambiguity{Codes: []string{p.Code(p.texts[k].item), p.Code(p.texts[k+1].item)}, Why: "both may hold what stands between them"}
			switch {
			case ok && between == "":
				a.Why = "nothing stands between them"
			case ok && len(p.groups[k].steps) == 1:
				a.Why = bothHold(between)
			}
		case p.runsOn(k):
			a = Ambiguity{Codes: []string{p.Code(p.texts[k].item), p.Code(p.groups[k].steps[1].item)}, Why: bothHold(p.groups[k].steps[0].lit)}
		default:
			continue
		}
		out = append(out, a)
	}
	return out
}

// bothHold is why two fields are ambiguous that a literal separates.
func bothHold(lit string) string {
	return fmt.Sprintf("both may hold %q, which stands between them", lit)
}

// adjacent are the borders between adjacent fields that may stand at two places.
func (p *Program) adjacent(parts []step) []Ambiguity {
	var out []Ambiguity
	slots := make([]field.Slot, len(p.Fields))
	for k := 0; k+1 < len(parts); k++ {
		pair := step{op: opText, parts: parts[k : k+2]}
		if pair.movable(slots) {
			out = append(out, Ambiguity{Codes: []string{p.Code(parts[k].item), p.Code(parts[k+1].item)}, Why: "nothing stands between them"})
		}
	}
	return out
}

// movable reports whether there is a text that two adjacent fields can divide in two ways.
func (s *step) movable(slots []field.Slot) bool {
	for _, x := range samples {
		for _, y := range samples {
			text := x + y
			if ways, _ := s.split(text, 0, len(text), slots, 0); ways > 1 {
				return true
			}
		}
	}
	return false
}

// maxProofs bounds the lines that are tried for one border.
const maxProofs = 200

// open reports whether there is a line in which the border between texts k and k+1 may stand at two places.
func (p *Program) open(k int) bool {
	between, ok := p.sample(k)
	if !ok {
		return false
	}
	slots := make([]field.Slot, len(p.Fields))
	right := &p.texts[k+1]
	return p.twice(k, k+1, between, slots, func(y, z string) (string, bool) {
		longer := y + between + z
		return longer, right.takes(z, 0, len(z), slots) && right.takes(longer, 0, len(longer), slots)
	})
}

// runsOn reports whether there is a line in which the border between text k and the field behind it may stand at two
// places, since that field too may hold the literal between them.
func (p *Program) runsOn(k int) bool {
	steps := p.groups[k].steps
	if len(steps) < 2 || steps[0].op != opLit || steps[1].op != opSet {
		return false // what a function reads knows its own end
	}
	slots := make([]field.Slot, len(p.Fields))
	lit, right := steps[0].lit, &steps[1]
	rest, ok := p.printed(steps[2:], slots)
	if !ok {
		return false
	}
	return p.twice(k, k, lit, slots, func(y, z string) (string, bool) {
		longer, ok := right.sample([]string{y + lit + z}, slots)
		return longer + rest, ok
	})
}

// twice looks for a line in which what separates text k from the field behind it stands twice, between samples x, y and z,
// and may be the border at both places: y belongs to either side. behind is what stands behind the first border, where
// that can be; with texts k to last in their place the line has to have two readings.
func (p *Program) twice(k, last int, between string, slots []field.Slot, behind func(y, z string) (string, bool)) bool {
	left := &p.texts[k]
	fits := func(text string) bool { return left.takes(text, 0, len(text), slots) }
	proofs := 0
	for _, x := range samples {
		if !fits(x) {
			continue
		}
		for _, y := range samples {
			if !fits(x + between + y) {
				continue
			}
			for _, z := range samples {
				v, ok := behind(y, z)
				if !ok {
					continue
				}
				if p.proves(k, last, x+between+v, slots) {
					return true
				}
				if proofs++; proofs == maxProofs {
					return false
				}
			}
		}
	}
	return false
}

// proves reports whether a text in the place of texts first to last has two readings. The group behind them is printed
// too, but where they are one: then it is part of the text.
func (p *Program) proves(first, last int, text string, slots []field.Slot) bool {
	var b strings.Builder
	for i := 0; i < len(p.texts); i++ {
		if i == first {
			b.WriteString(text)
			if i = last; first == last {
				continue
			}
		} else {
			v, ok := p.value(&p.texts[i], slots)
			if !ok {
				return false
			}
			b.WriteString(v)
		}
		if i < len(p.groups) {
			g, ok := p.sample(i)
			if !ok {
				return false
			}
			b.WriteString(g)
		}
	}
	line := b.String()
	r := p.divide(line, 0, len(line), slots)
	return r.OK && r.Ambiguous
}
