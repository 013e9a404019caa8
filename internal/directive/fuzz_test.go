// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"strconv"
	"testing"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// itemsOf makes a directive of bytes: one byte chooses a literal or a shape, the next changes it.
func itemsOf(program []byte) []directive.Item {
	literals := []string{" ", "|", "/", ":", `"`, " -/", "\" \"", "]", "0", "-"}
	shapes := []directive.Shape{directive.Int, word, name, free, hex4, curly, {Kind: directive.KindSet, Set: lower}, {Kind: directive.KindText}}
	var items []directive.Item
	for i := 0; i+1 < len(program) && len(items) < 24; i += 2 {
		kind, change := program[i], program[i+1]
		if kind%2 == 0 {
			items = append(items, lit(literals[int(kind/2)%len(literals)]))
			continue
		}
		s := shapes[int(kind/2)%len(shapes)]
		if !s.Optional {
			s.Pad = int(change & 7)
		}
		s.PadRight = change&8 != 0
		s.HasNull, s.Null = change&16 != 0, "-"
		s.Zeros = change&32 != 0
		s.Unsigned = change&64 != 0
		s.Absorb = change&128 != 0
		items = append(items, item(strconv.Itoa(len(items)), s))
	}
	return items
}

// FuzzRun holds any directive against any line: nothing panics, slots lie within what was to be read, and what is read
// is all of it. A directive that compiles never fails to run.
func FuzzRun(f *testing.F) {
	for _, s := range []struct{ program, line string }{
		{"\x01\x00\x00\x00\x03\x00\x00\x00\x07\x00\x00\x00\x07\x80", "12 ab c d - e"},
		{"\x01\x06\x00\x00\x05\x1d\x02\x00\x09\x10", "     7 ab   |00ff"},
		{"\x07\x00\x00\x00\x0b\x00\x00\x00\x05\x00", "a b {c} d"},
		{"\x03\x00\x06\x00\x01\x40\x0a\x00\x03\x00", "::1:80 -/127.0.0.1"},
	} {
		f.Add([]byte(s.program), s.line)
	}
	f.Fuzz(func(t *testing.T, program []byte, line string) {
		items := itemsOf(program)
		p, err := directive.Compile(items)
		if err != nil {
			return
		}
		const before, behind = "x|1 ", " 2|y"
		text := before + line + behind
		slots := make([]field.Slot, len(p.Fields))
		field.Reset(slots)
		asPlain(t, p, text, len(before), len(before)+len(line))
		res := p.Run(text, len(before), len(before)+len(line), slots)
		if !res.OK {
			if res.Offset < len(before) || res.Offset > len(before)+len(line) {
				t.Fatalf("stopped at byte %d, outside of %q", res.Offset, line)
			}
			_, _ = p.Expected(res.Item), p.Code(res.Item)
			return
		}
		for i := range slots {
			if slots[i].Start >= 0 {
				slots[i].Start -= int32(len(before))
				slots[i].End -= int32(len(before))
			}
		}
		if err := covers(p, items, line, slots); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	})
}

// FuzzDescribe: whatever compiles can be described, each item once and in order, and what is reported names its fields.
func FuzzDescribe(f *testing.F) {
	f.Add([]byte("\x07\x00\x00\x00\x07\x00\x0a\x00\x07\x80"))
	f.Add([]byte("\x01\x06\x00\x00\x05\x1d\x02\x00\x09\x10"))
	f.Add([]byte("\x05\x00\x03\x00\x01\x00\x07\x00"))
	f.Fuzz(func(t *testing.T, program []byte) {
		p, err := directive.Compile(itemsOf(program))
		if err != nil {
			return
		}
		fields := 0
		codes := map[string]bool{}
		for _, part := range p.Parts() {
			switch {
			case part.Field == nil && part.Literal == "":
				t.Error("a part is neither a literal nor a field")
			case part.Field != nil:
				if part.Field.Code != p.Fields[fields].Code || part.End == "" {
					t.Errorf("part %+v, want field %s and how it ends", part, p.Fields[fields].Code)
				}
				codes[part.Field.Code] = true
				fields++
			}
		}
		if fields != len(p.Fields) {
			t.Errorf("%d fields described, want %d", fields, len(p.Fields))
		}
		for _, a := range p.Ambiguities() {
			if len(a.Codes) < 2 || !codes[a.Codes[0]] || !codes[a.Codes[1]] || a.Why == "" {
				t.Errorf("%+v", a)
			}
		}
	})
}
