// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// check marks the missing values, reads numbers and times, and wants what an entry cannot do without.
func (d *dialect) check(in *format.Input, slots []field.Slot, i int) *format.Error {
	l4, times := 0, 0
	for k := range slots {
		s := &slots[k]
		if s.Start < 0 {
			continue
		}
		spec := &d.specs[k]
		if spec.l4 {
			l4++
		}
		missing(in.Line, s, spec.kind != text)
		if spec.kind == text || !s.Has() {
			continue
		}
		ok, expected := true, ""
		switch spec.kind {
		case text:
		case moment:
			times++
			ok, expected = readTime(in, &d.Fields[k], s), "a time"
		case count:
			ok, expected = jsonscan.Int(in.Line, s), "a number of bytes"
		case port:
			if !jsonscan.Int(in.Line, s) {
				in.Match.Extra = append(in.Match.Extra, field.Extra{Key: spec.field.Code, Slot: *s, Decode: d.Fields[k].Decode})
				s.Flags |= field.Null
			}
		}
		if !ok {
			return in.Fail(format.Error{Reason: format.BadValue, Dialect: d.Dialect, Field: in.Code(k), Offset: int(s.Start), Expected: expected})
		}
	}
	// Two of them, since other programs may have a SessionID as well.
	if l4 < 2 {
		return in.Fail(format.Error{Reason: format.Unrecognized, Dialect: d.Dialect, Offset: i, Expected: "the keys of an L4 proxy log entry"})
	}
	if times == 0 {
		return in.Fail(format.Error{Reason: format.MissingField, Dialect: d.Dialect, Field: "LogTimeStamp", Offset: i, Expected: "a time"})
	}
	return nil
}

// foreign says what an object is that is no L4 entry: the test of a new receiver, which is an event, or another log.
func (p *parser) foreign(in *format.Input, object string, i int) *format.Error {
	extra := in.Match.Extra
	l7 := ""
	nowhere := false // the test names the address 0.0.0.0, which neither an edge nor a client has
	for k := range extra {
		e := &extra[k]
		if e.Key == "EdgeServerIP" || e.Key == "ClientIP" {
			nowhere = nowhere || e.Slot.Text(in.Line) == "0.0.0.0"
		}
		if l7 == "" && slices.Contains(l7Keys, e.Key) {
			l7 = e.Key
		}
	}
	switch {
	case l7 == "":
		return in.Fail(format.Error{Reason: format.Unrecognized, Dialect: p.json.Dialect, Offset: i, Expected: "the keys of an L4 proxy log entry"})
	case !nowhere && !strings.Contains(object, "\n"):
		return in.Fail(format.Error{Reason: format.Foreign, Dialect: p.json.Dialect, Field: l7, Offset: i, Expected: "an entry of the L4 proxy log, not of the L7 access log"})
	}
	m := &in.Match
	for k := range m.Slots {
		if s := m.Slots[k]; s.Start >= 0 {
			m.Extra = append(m.Extra, field.Extra{Key: in.Code(k), Slot: s, Decode: jsonscan.Unescape})
		}
	}
	m.Dialect, m.Kind, m.Slots = p.test, p.test.Kind, m.Slots[:0]
	return nil
}

// missing marks a value that stands for none: "-" and "", and -1 where the value is a number.
func missing(line string, s *field.Slot, number bool) {
	switch s.End - s.Start {
	case 0:
		s.Flags |= field.Null
	case 1:
		if line[s.Start] == '-' {
			s.Flags |= field.Null
		}
	case 2:
		if number && line[s.Start] == '-' && line[s.Start+1] == '1' {
			s.Flags |= field.Null
		}
	}
}

// readTime reads a time into nanoseconds since 1970.
func readTime(in *format.Input, f *field.Field, s *field.Slot) bool {
	if s.Is(field.Object) {
		return false
	}
	ns, ok := in.Calendar.Instant(f.Value(in.Line, s))
	s.Num = ns
	return ok
}
