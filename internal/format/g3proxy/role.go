// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// slot is that of the role, nil where the entry has no text for it.
func (s *source) slot(in *format.Input, r field.Role) *field.Slot {
	if v := &in.Match.Slots[s.byRole[r]]; v.Has() && v.Start < v.End {
		return v
	}
	return nil
}

// either is the slot of the first of two roles that the entry has a text for, nil for none.
func (s *source) either(in *format.Input, a, b field.Role) *field.Slot {
	if v := s.slot(in, a); v != nil {
		return v
	}
	return s.slot(in, b)
}

// say is the text of a slot, its escapes undone.
func (s *source) say(in *format.Input, v *field.Slot) string {
	if v.Flags&field.Encoded == 0 {
		return in.Line[v.Start:v.End]
	}
	// All fields of a dialect have the same escapes.
	return s.dialect.Fields[0].Value(in.Line, v)
}

// word is the text of the role, "" where the entry has none.
func (s *source) word(in *format.Input, r field.Role) string {
	if v := s.slot(in, r); v != nil {
		return s.say(in, v)
	}
	return ""
}

// number is that of the role.
func (s *source) number(in *format.Input, r field.Role) (int64, bool) {
	if v := s.slot(in, r); v != nil {
		return v.Num, true
	}
	return 0, false
}
