// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package format says what a format is: a room that turns a payload into records. Each of the five lies in a folder of
// its own below this one; format/all is the only list of them.
package format

import (
	"strings"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// Parser is a format compiled for one configuration. It never changes and is safe for concurrent use: what a source of
// lines needs from one line to the next is in its Input.
type Parser interface {
	// Sniff reports at a glance whether the payload could be of this format; format: auto asks it first. It may say
	// yes to what Parse rejects, and must not say no to what Parse reads.
	Sniff(in *Input) bool
	// Parse reads the payload in.Line[in.Header.Start:in.Header.End] and writes its records to out. The error is of
	// type *Error; then nothing was written. It is valid until the next call with the same Input.
	Parse(in *Input, out *record.Writer) error
}

// Input is one line on its way to its records, and what its source keeps from one line to the next. It is reused.
type Input struct {
	// Line is all of the line as it was read; every offset counts from its first byte.
	Line string
	// Header is what the envelope said, and where the payload stands.
	Header envelope.Header
	// Observed is when the line was read, in nanoseconds since 1970.
	Observed int64
	// Dirty says that Line is not valid UTF-8.
	Dirty bool
	// Continues says that the line may go on with the entry in the line before it, which the same format has read: in no
	// other way can it be read, by no format.
	Continues bool
	// Sticky is what a format remembers about its source, such as the dialect of the line before. Each format has one.
	Sticky any
	// Calendar reads the source's times, where they are printed in one of the ways of JSON.
	Calendar scan.Calendar
	// Match is what was read; Parse fills it, and Commit shows it to Trace.
	Match Match
	// Bad counts the entries of the line that could not be read although the line as such could, by reason.
	Bad [NumReasons]int64
	// DropBad leaves such entries out instead of keeping them as records.
	DropBad bool
	// Trace, where it is set, sees each entry of a line after it was read: explain looks through it.
	Trace func(*Match, *Error)

	err Error
}

// Rewinder is what a format remembers of a source (Input.Sticky) where it decides what becomes of the next line, and not
// only how fast that is read. Rewind brings back what it was at Mark, so that the lines since can be read again; where
// there was nothing to mark yet, that is its beginning.
type Rewinder interface {
	Mark()
	Rewind()
}

// Match is one entry as it was read: the dialect that fitted and a slot for each of its fields.
type Match struct {
	Dialect *Dialect
	// Kind is what the entry is: traffic, error, error-format, event, truncated.
	Kind string
	// Slots belong to Dialect.Fields, one each.
	Slots []field.Slot
	// Extra are keys that the dialect does not know, with their slots.
	Extra []Extra
	// Ambiguous says that the entry admits more than one reading.
	Ambiguous bool
}

// Extra is a key that the dialect does not know, kept all the same.
type Extra = field.Extra

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

// Record begins the record of the entry that was read. keys is a number of Hash for what tells which attributes it has;
// names are the fields whose values, besides, vary little from entry to entry.
func (in *Input) Record(out *record.Writer, keys uint64, names ...field.Role) {
	kind := record.Kind{Keys: keys, Values: in.Hash(keys, names...)}
	out.BeginKind(in.Match.Dialect.Scope, kind, in.Dirty, in.Observed)
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

// Field is the field with the role; nil where the dialect has none.
func (d *Dialect) Field(r field.Role) *field.Field {
	if i := d.roles[r]; i >= 0 {
		return &d.Fields[i]
	}
	return nil
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

// RejectEntry counts an entry of a line that otherwise can be read, such as one object of a JSON array, and keeps its
// text as a record unless such are to be dropped. scope is the format's "rejected" scope.
func (in *Input) RejectEntry(out *record.Writer, scope *record.Scope, text string, err *Error) {
	in.Bad[err.Reason]++
	if in.Trace != nil {
		in.Trace(&in.Match, err)
	}
	if in.DropBad {
		return
	}
	out.Begin(scope, in.Dirty, in.Observed)
	out.Reject(text, err.Reason.String(), err.Field, err.Offset)
}

// Keeper is what a format remembers about its source, in Input.Sticky, where that may hold parts of a line.
type Keeper interface {
	// LetGo forgets them, since the line is long and the next one may never come.
	LetGo()
}

// LetGo forgets the line.
func (in *Input) LetGo() {
	in.Line, in.Header, in.Match.Extra, in.err = "", envelope.Header{}, nil, Error{}
}

// Done is to be called when an entry was read and its record committed.
func (in *Input) Done() {
	if in.Trace != nil {
		in.Trace(&in.Match, nil)
	}
}
