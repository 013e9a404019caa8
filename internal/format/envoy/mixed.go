// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// mixed is a value of a JSON map that is made of several commands, or of one and literals: "%REQ(:METHOD)% %PROTOCOL%".
// Its parts are read where they stand, in the escaped text.
type mixed struct {
	// slot is that of the whole value; those of the commands follow it.
	slot    int
	program *directive.Program
	// loose are the slots of numbers that may be no number.
	loose []int
	omits bool
}

// newMixed compiles a value; ok is false where its parts cannot be told from one another, so that it is kept whole.
func newMixed(list []item, commands []command, slot int, omits bool) (mixed, bool) {
	m := mixed{slot: slot, omits: omits}
	escaped := make([]item, len(list))
	for i, it := range list {
		it.literal = escape(it.literal)
		escaped[i] = it
	}
	items := itemsOf(escaped, commands, slot+1, omits)
	for i := range items {
		if it := &items[i]; it.Field != nil {
			it.Shape.Escape = `\`
			if it.Field.Decode == nil {
				it.Field.Decode = jsonscan.Unescape
			} else {
				it.Field.Decode = unquotedTwice
			}
		}
	}
	for i := range commands {
		if commands[i].op.kind == loose {
			m.loose = append(m.loose, commands[i].slot)
		}
	}
	var err error
	if m.program, err = directive.Compile(items); err != nil {
		return mixed{}, false
	}
	return m, true
}

// escape writes a literal as Envoy writes it into a JSON string (source/common/json/json_sanitizer.cc).
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= ' ':
			b.WriteByte(c)
		default:
			if k := strings.IndexByte("\b\f\n\r\t", c); k >= 0 {
				b.WriteByte('\\')
				b.WriteByte("bfnrt"[k])
				continue
			}
			const hex = "0123456789abcdef"
			b.WriteString(`\u00`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// read reads the parts of the value, where the line has it. A value that is made in another way is kept whole, as an
// extra key.
func (m *mixed) read(in *format.Input) {
	slots := in.Match.Slots
	whole := &slots[m.slot]
	if whole.Start < 0 || whole.Flags&field.Null != 0 {
		return
	}
	r := m.program.Run(in.Line, int(whole.Start), int(whole.End), slots[m.slot+1:])
	if !r.OK || whole.Flags&(field.Number|field.Object|field.True|field.False) != 0 {
		field.Reset(slots[m.slot+1 : m.slot+1+len(m.program.Fields)])
		in.Match.Extra = append(in.Match.Extra, field.Extra{Key: in.Match.Dialect.Fields[m.slot].Code, Slot: *whole, Decode: jsonscan.Unescape})
		return
	}
	in.Match.Ambiguous = in.Match.Ambiguous || r.Ambiguous
	if m.omits {
		dashes(in.Line, slots[m.slot+1:m.slot+1+len(m.program.Fields)])
	}
	settle(in.Line, slots, m.loose)
}

// dashes marks what is printed as missing even where missing values are printed as nothing: no flags.
func dashes(line string, slots []field.Slot) {
	for i := range slots {
		if slots[i].Start >= 0 {
			missing(line, &slots[i])
		}
	}
}

// settle marks as missing what is no number although it should be one.
func settle(line string, slots []field.Slot, loose []int) {
	for _, n := range loose {
		if s := &slots[n]; s.Has() && !jsonscan.Int(line, s) {
			s.Flags |= field.Null
		}
	}
}
