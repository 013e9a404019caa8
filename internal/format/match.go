// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
)

// Match is one entry as it was read: the dialect that fitted and a slot for each of its fields.
type Match struct {
	Dialect *Dialect
	// Kind is what the entry is: traffic, error, error-format, event, truncated.
	Kind string
	// Slots belong to Dialect.Fields, one each.
	Slots []field.Slot
	// Extra are keys that the dialect does not know, with their slots.
	Extra []field.Extra
	// Ambiguous says that the entry admits more than one reading.
	Ambiguous bool
}

// Kinds of entries.
const (
	KindTraffic = "traffic"
	KindError   = "error"
	// KindErrorFormat is a line of HAProxy's error-log-format.
	KindErrorFormat = "error-format"
	KindEvent       = "event"
	// KindTruncated is an entry that was cut before it reached us, of which enough is left to be of use.
	KindTruncated = "truncated"
)

// Begin readies in.Match for an entry of the dialect: all slots absent.
func (in *Input) Begin(d *Dialect) []field.Slot {
	m := &in.Match
	m.Dialect, m.Kind, m.Ambiguous, m.Extra = d, d.Kind, false, m.Extra[:0]
	if cap(m.Slots) < len(d.Fields) {
		m.Slots = make([]field.Slot, len(d.Fields))
	}
	m.Slots = m.Slots[:len(d.Fields)]
	field.Reset(m.Slots)
	return m.Slots
}

// Role is the slot of the field with the role; nil where the dialect has no such field or the line no value for it.
func (m *Match) Role(r field.Role) *field.Slot {
	i := m.Dialect.roles[r]
	if i < 0 || !m.Slots[i].Has() {
		return nil
	}
	return &m.Slots[i]
}

// Stands reports whether the line has the field with the role, with a value or without.
func (m *Match) Stands(r field.Role) bool {
	i := m.Dialect.roles[r]
	return i >= 0 && m.Slots[i].Start >= 0
}

// RoleText is the text of the field with the role, its encoding undone; "" where the line has none.
func (in *Input) RoleText(r field.Role) string {
	i := in.Match.Dialect.roles[r]
	if i < 0 {
		return ""
	}
	return in.slotText(int(i))
}

// slotText is the text of field i, its encoding undone; "" where the line has none. It is apart from RoleText so that a
// role which the dialect does not have costs no call.
func (in *Input) slotText(i int) string {
	s := &in.Match.Slots[i]
	switch {
	case !s.Has():
		return ""
	case s.Flags&field.Encoded == 0:
		return in.Line[s.Start:s.End]
	}
	return in.Match.Dialect.Fields[i].Value(in.Line, s)
}

// RoleNum is the number of the field with the role.
func (in *Input) RoleNum(r field.Role) (int64, bool) {
	if s := in.Match.Role(r); s != nil {
		return s.Num, true
	}
	return 0, false
}

// Code is what the line calls field i: its code, or its key as the line spells it.
func (in *Input) Code(i int) string {
	d := in.Match.Dialect
	code := d.Fields[i].Code
	if d.KeyOf == nil {
		return code
	}
	if key := d.KeyOf(in.Line, &in.Match.Slots[i]); key != "" && !strings.HasSuffix(code, "."+key) {
		return key
	}
	return code
}
