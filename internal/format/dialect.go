// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/record"
)

// Dialect is one way in which a format writes a line. It is made once and never changes.
type Dialect struct {
	// Scope holds the names: the format's and the dialect's.
	Scope *record.Scope
	// Fields are what a line of the dialect holds, in the order of its directive.
	Fields []field.Field
	// Directive is the text that the user wrote or that the built-in stands for; "" where there is none.
	Directive string
	// Kind is what lines of the dialect are.
	Kind string
	// Keyed says that each value stands behind its key: a line holds some of the fields, in any order.
	Keyed bool
	// KeyOf is the key of a slot as the line spells it, where several spellings lead to one field; nil where a field has
	// one name only.
	KeyOf func(line string, s *field.Slot) string
	// Files are the paths to which the proxy's configuration writes lines of the dialect, as it names them; a * stands for
	// what differs from process to process. It tells dialects apart that look alike.
	Files []string
	// Makes lists the attributes that the format makes of a field with a role, besides the field's own, for a person; nil is
	// none.
	Makes func(field.Role) []string

	roles   [64]int16
	emitted []emitted
}

// emitted is a field that Emit writes: what it needs of it for most lines, side by side.
type emitted struct {
	key  string
	slot int32
	conv field.Conv
}

// NewDialect makes a dialect of its fields and finds the roles among them; the first field with a role has it.
func NewDialect(format, name, directive, kind string, fields []field.Field) *Dialect {
	d := &Dialect{Scope: record.NewScope(format, name), Fields: fields, Directive: directive, Kind: kind}
	for i := range d.roles {
		d.roles[i] = -1
	}
	for i := range fields {
		if r := fields[i].Role; r != 0 && d.roles[r] < 0 {
			d.roles[r] = int16(i)
		}
		if fields[i].Conv != field.None {
			d.emitted = append(d.emitted, emitted{key: fields[i].Key, slot: int32(i), conv: fields[i].Conv})
		}
	}
	return d
}

// Field is the field with the role; nil where the dialect has none.
func (d *Dialect) Field(r field.Role) *field.Field {
	if i := d.roles[r]; i >= 0 {
		return &d.Fields[i]
	}
	return nil
}
