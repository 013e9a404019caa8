// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"time"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/scan"
)

// source is what is kept from one line of a source to the next.
type source struct {
	*dialects
	// zone is the configured one; zoned says that there is one.
	zone  scan.Zone
	zoned bool
	json  *jsonscan.Reader
	// journalJSON reads journald's entries, whose keys are in capitals.
	journalJSON *jsonscan.Reader
	// dialect is that of the entry before, whose slots are clean but for those in seen.
	dialect *format.Dialect
	// seen are the entry's fields in the order of the line.
	seen []int
	// next[n] are the two fields that last followed field n, the newer one first; the last one is for the start of a
	// line. Lines of one kind have their keys in one order, so that a key is nearly always an expected one.
	next [][2]int
	// begun says that slots were readied for the line, short that it was cut and the slots hold what is left of it.
	begun, short bool
	// marks are the keys of a line of the stdout driver.
	marks []mark
	// open says that the entry before may go on in the next line: a message of the stdout driver. openTask is its
	// task.
	open     bool
	openTask string
}

func newSource(d *dialects, loc *time.Location) *source {
	n := len(d.cee.Fields)
	return &source{
		dialects: d, zone: scan.NewZone(loc), zoned: loc != nil,
		json: jsonscan.NewReader(d.jsonKeys), journalJSON: jsonscan.NewReader(d.journalKeys), seen: make([]int, 0, n), next: make([][2]int, n+1),
	}
}

// begin readies the slots for an entry of the dialect. Only those that the entry before has filled are cleared, unless
// another format has used them since.
func (s *source) begin(in *format.Input, d *format.Dialect, kind string) {
	m := &in.Match
	if s.dialect == d && m.Dialect == d && len(m.Slots) == len(d.Fields) {
		for _, f := range s.seen {
			m.Slots[f] = field.Absent
		}
		m.Ambiguous, m.Extra = false, m.Extra[:0]
	} else {
		in.Begin(d)
	}
	m.Kind = kind
	s.dialect, s.seen, s.begun = d, s.seen[:0], true
}

// put takes one pair: field f with the value that the slot describes. A key that stands twice counts with its last
// value.
func (s *source) put(in *format.Input, f int, v field.Slot) *format.Error {
	m := &in.Match
	if m.Slots[f].Start < 0 {
		s.seen = append(s.seen, f)
	}
	m.Slots[f] = v
	return typed(in, f)
}

// extra takes a pair whose key is not in the table; decode undoes the escapes of its value.
func (s *source) extra(in *format.Input, key string, v field.Slot, decode func(string) string) {
	m := &in.Match
	for i := range m.Extra {
		if m.Extra[i].Key == key {
			m.Extra[i].Slot = v
			return
		}
	}
	if len(m.Extra) < jsonscan.MaxExtra {
		m.Extra = append(m.Extra, field.Extra{Key: key, Slot: v, Decode: decode})
	}
}

// typed reads the number, duration, truth value or time of a field whose text is known. g3proxy leaves out what it does
// not know, but empty texts of such fields are taken for missing ones too.
func typed(in *format.Input, f int) *format.Error {
	fd, v := &in.Match.Dialect.Fields[f], &in.Match.Slots[f]
	var ok bool
	var expected string
	switch {
	case v.Flags&field.Null != 0 || fd.Conv == field.Str:
		return nil
	case fd.Conv == field.Int || fd.Conv == field.Positive || fd.Role == rolePID:
		if v.Flags&(field.Number|field.Real) == field.Number {
			return nil
		}
		expected = "a whole number"
		text := fd.Value(in.Line, v)
		if text == "" {
			break
		}
		v.Num, ok = scan.Whole(text)
	case fd.Conv == field.Nanos:
		expected = "a duration, such as 1.093ms"
		v.Num, ok = scan.Duration(fd.Value(in.Line, v))
	case fd.Conv == field.Bool:
		expected = "true or false"
		v.Num, ok = truth(fd.Value(in.Line, v))
	case fd.Role == roleStart:
		expected = "a time, such as 2026-11-21T23:45:01.547996Z"
		v.Num, ok = instant(fd.Value(in.Line, v))
	default:
		return nil
	}
	if ok {
		return nil
	}
	if v.Start == v.End {
		v.Flags |= field.Null
		return nil
	}
	return in.Fail(format.Error{Reason: format.BadValue, Dialect: in.Match.Dialect, Field: fd.Code, Offset: int(v.Start), Expected: expected})
}

func truth(text string) (int64, bool) {
	switch text {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	return 0, false
}

// instant reads a time with its zone as nanoseconds since 1970.
func instant(text string) (int64, bool) {
	e, ns, zoned := scan.RFC3339(text, 0, len(text))
	return ns, e == len(text) && zoned
}
