// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// drawn is a random item and, if it is a field, a random value of it.
type drawn struct {
	item    directive.Item
	kind    int
	text    string // as the proxy prints it, not filled up
	num     int64
	missing bool
}

// Kinds of fields that are drawn.
const (
	kindInt = iota
	kindUnsigned
	kindZeros
	kindSet
	kindHex
	kindText
	numKinds
)

func drawField(t *rapid.T, i int) drawn {
	d := drawn{kind: rapid.IntRange(0, numKinds-1).Draw(t, "kind")}
	var s directive.Shape
	switch d.kind {
	case kindInt, kindUnsigned, kindZeros:
		s = directive.Int
		s.Unsigned, s.Zeros = d.kind == kindUnsigned, d.kind == kindZeros
		low := int64(0)
		if d.kind == kindInt {
			low = -1 << 40
		}
		d.num = rapid.OneOf(rapid.Int64Range(low, 1<<62), rapid.Int64Range(0, 20)).Draw(t, "number")
		d.text = strconv.FormatInt(d.num, 10)
	case kindSet:
		s = directive.Shape{Kind: directive.KindSet, Set: lower, Min: 1}
		d.text = rapid.StringMatching(`[a-z][a-z-]{0,6}`).Draw(t, "name")
	case kindHex:
		s = hex4
		d.num = rapid.Int64Range(0, 1<<16-1).Draw(t, "hex")
		d.text = fmt.Sprintf("%04x", d.num)
	case kindText:
		s = free
		d.text = rapid.StringMatching(`[a-z0-9|;="-]([a-z0-9|;=" -]{0,8}[a-z0-9|;="-])?`).Draw(t, "text")
	}
	s.HasNull, s.Null = rapid.Bool().Draw(t, "null"), "-"
	switch {
	case s.HasNull && rapid.IntRange(0, 3).Draw(t, "missing") == 0:
		d.text, d.num, d.missing = "-", 0, true
	case d.text == "-":
		d.text = "x" // else nothing tells it from a missing value
	}
	if d.kind != kindZeros {
		s.Pad = rapid.SampledFrom([]int{0, 0, 3, 6}).Draw(t, "pad")
		// A missing value may be filled up or not, so that blanks behind it leave open whose they are.
		s.PadRight = s.Pad > 0 && !s.HasNull && rapid.Bool().Draw(t, "left")
	}
	d.item = item(strconv.Itoa(i), s)
	return d
}

func drawDirective(t *rapid.T) []drawn {
	var out []drawn
	fields := rapid.IntRange(1, 6).Draw(t, "fields")
	for i := range fields {
		// Mostly there is a literal between two fields; what cannot be read back without one is refused.
		if rapid.IntRange(0, 9).Draw(t, "literal") > 0 {
			out = append(out, drawn{item: lit(rapid.SampledFrom([]string{" ", "|", ";", `" "`, " n=", "; ", " | ", ` "`, `" `}).Draw(t, "text"))})
		}
		out = append(out, drawField(t, i))
	}
	return out
}

// render prints a record as the directive says, in the simplest way: this is what the engine is held against.
func render(record []drawn) string {
	var b strings.Builder
	for _, d := range record {
		if d.item.Field == nil {
			b.WriteString(d.item.Literal)
			continue
		}
		text, s := d.text, d.item.Shape
		switch {
		case d.missing:
		case d.kind == kindZeros:
			text = fmt.Sprintf("%06d", d.num)
		case s.PadRight:
			text = fmt.Sprintf("%-*s", s.Pad, text)
		default:
			text = fmt.Sprintf("%*s", s.Pad, text)
		}
		b.WriteString(text)
	}
	return b.String()
}

func TestPropertyReadsBack(t *testing.T) {
	unique := 0
	for range 10 { // ten times as many as usual: they are cheap
		rapid.Check(t, func(t *rapid.T) { readsBack(t, &unique) })
	}
	if unique == 0 {
		t.Error("no directive with a unique reading was drawn")
	}
}

func readsBack(t *rapid.T, unique *int) {
	record := drawDirective(t)
	var items []directive.Item
	for _, d := range record {
		items = append(items, d.item)
	}
	p, err := directive.Compile(items)
	if err != nil {
		return
	}
	line := render(record)
	slots := make([]field.Slot, len(p.Fields))
	field.Reset(slots)
	res := p.Run(line, 0, len(line), slots)
	if !res.OK {
		t.Fatalf("%q: stopped at byte %d, expected %s", line, res.Offset, p.Expected(res.Item))
	}
	if err := covers(p, items, line, slots); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	if res.Ambiguous {
		return
	}
	*unique++
	i := 0
	for _, d := range record {
		if d.item.Field == nil {
			continue
		}
		s := &slots[i]
		i++
		if s.Is(field.Null) != d.missing || s.Text(line) != d.text || d.kind != kindText && d.kind != kindSet && s.Num != d.num {
			t.Fatalf("%q: field %s is %q %+v, want %q %d", line, d.item.Field.Code, s.Text(line), *s, d.text, d.num)
		}
	}
}

// covers reports whether literals and slots together are the line: nothing left out, nothing twice, but for blanks and
// zeros that fill up.
func covers(p *directive.Program, items []directive.Item, line string, slots []field.Slot) error {
	pos, n := 0, 0
	vanished := false
	for i, it := range items {
		if it.Field == nil {
			text := it.Literal
			if line[pos:] == strings.TrimRight(text, " ") && onlyOptional(items[i+1:]) {
				return nil // nothing was printed at the end, and the blanks before it got lost
			}
			if vanished {
				text = strings.TrimPrefix(text, " ")
			}
			vanished = false
			if !strings.HasPrefix(line[pos:], text) {
				return fmt.Errorf("byte %d is not the literal %q", pos, text)
			}
			pos += len(text)
			continue
		}
		s := slots[n]
		n++
		if s.Start < 0 {
			if !it.Shape.Optional {
				return fmt.Errorf("field %s has no slot", it.Field.Code)
			}
			vanished = true
			continue
		}
		if int(s.Start) < pos || s.End < s.Start || int(s.End) > len(line) {
			return fmt.Errorf("field %s is at %d to %d, after byte %d of %d", it.Field.Code, s.Start, s.End, pos, len(line))
		}
		if fill := line[pos:s.Start]; strings.Trim(fill, " 0") != "" {
			return fmt.Errorf("field %s leaves out %q", it.Field.Code, fill)
		}
		width := int(s.End) - pos
		pos = int(s.End)
		if s.Is(field.Null) && !filled(items[i:], line[pos:], it.Shape.Pad-width) {
			continue
		}
		for k := it.Shape.Pad - width; it.Shape.PadRight && k > 0; k-- {
			if pos >= len(line) || line[pos] != ' ' {
				return fmt.Errorf("field %s is not filled up at byte %d", it.Field.Code, pos)
			}
			pos++
		}
	}
	if pos != len(line) || n != len(p.Fields) {
		return fmt.Errorf("read up to byte %d of %d, %d of %d fields", pos, len(line), n, len(p.Fields))
	}
	return nil
}

// filled reports whether the blanks behind a missing value, the first of the items, fill it up: it may be so or not.
func filled(items []directive.Item, behind string, blanks int) bool {
	rest, ok := strings.CutPrefix(behind, strings.Repeat(" ", max(blanks, 0)))
	if !ok || len(items) == 1 {
		return ok
	}
	return items[1].Field == nil && strings.HasPrefix(rest, items[1].Literal)
}

// onlyOptional reports whether the items are blanks and at least one field, all of which may be missing.
func onlyOptional(items []directive.Item) bool {
	n := 0
	for _, it := range items {
		if it.Field == nil && it.Literal != " " || it.Field != nil && !it.Shape.Optional {
			return false
		}
		if it.Field != nil {
			n++
		}
	}
	return n > 0
}
