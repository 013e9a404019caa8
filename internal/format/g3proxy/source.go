// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"
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
	// next[n] are fields that have followed field n; the last one is for the start of a line.
	next []expected
	// log is the one that the entry belongs to.
	log log
	// begun says that slots were readied for the line, short that it was cut and the slots hold what is left of it.
	begun, short bool
	// marks are the keys of a line of the stdout driver.
	marks []mark
	// tail is the message of the entry before, and marked what it was at Mark.
	tail, marked tail
}

// tail is a message of the stdout driver that may go on in the next line.
type tail struct {
	open bool
	task string
	// lines is how many have gone on with it.
	lines int
}

// Mark and Rewind are those of format.Rewinder: lines are read again from where a message may have been open.
func (s *source) Mark() { s.marked = s.tail }

// Rewind brings back the tail at Mark.
func (s *source) Rewind() { s.tail = s.marked }

func newSource(d *dialects, loc *time.Location) *source {
	n := len(d.cee.Fields)
	s := &source{
		dialects: d, zone: scan.NewZone(loc), zoned: loc != nil,
		json: jsonscan.NewReader(d.jsonKeys), journalJSON: jsonscan.NewReader(d.journalKeys), seen: make([]int, 0, n), next: make([]expected, n+1),
	}
	for i := range s.next {
		for k := range s.next[i] {
			s.next[i][k] = noField
		}
	}
	return s
}

// LetGo implements format.Keeper.
func (s *source) LetGo() {
	s.json.LetGo()
	s.journalJSON.LetGo()
	s.tail.task = strings.Clone(s.tail.task)
}

// begin readies the slots for an entry of the dialect. Only those that the entry before has filled are cleared, unless
// another format has used them since.
func (s *source) begin(in *format.Input, d *format.Dialect, kind string) {
	m := &in.Match
	if slots := m.Slots; s.dialect == d && m.Dialect == d && len(slots) == len(d.Fields) {
		for _, f := range s.seen {
			v := &slots[f]
			v.Start, v.End, v.Flags, v.Num = -1, -1, 0, 0
		}
		m.Ambiguous, m.Extra = false, m.Extra[:0]
	} else {
		in.Begin(d)
		s.dialect = d
	}
	m.Kind = kind
	s.seen, s.begun = s.seen[:0], true
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
	if v.Flags&field.Null != 0 {
		return nil
	}
	var ok bool
	var expected string
	switch readsOf(fd) {
	case asText:
		return nil
	case asWhole:
		if v.Flags&(field.Number|field.Real) == field.Number {
			return nil
		}
		expected = "a whole number"
		text := fd.Value(in.Line, v)
		if text == "" {
			break
		}
		v.Num, ok = scan.Whole(text)
	case asDuration:
		expected = "a duration, such as 1.093ms"
		v.Num, ok = duration(fd.Value(in.Line, v))
	case asTruth:
		expected = "true or false"
		v.Num, ok = truth(fd.Value(in.Line, v))
	case asTime:
		expected = "a time, such as 2026-11-21T23:45:01.547996Z"
		v.Num, ok = instant(fd.Value(in.Line, v))
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

// duration reads a duration as nanoseconds. Those of Rust's {:.3?} are read by themselves: digits, three decimals, a unit.
func duration(text string) (int64, bool) {
	whole, i := int64(0), 0
	for i < len(text) && text[i]-'0' <= 9 {
		whole = whole*10 + int64(text[i]-'0')
		i++
	}
	const decimals = len(".093")
	if i == 0 || i > 9 || i+decimals >= len(text) || text[i] != '.' {
		return scan.Duration(text)
	}
	a, b, c := text[i+1]-'0', text[i+2]-'0', text[i+3]-'0'
	if a > 9 || b > 9 || c > 9 {
		return scan.Duration(text)
	}
	var unit int64 // of the last decimal, in nanoseconds
	switch text[i+decimals:] {
	case "s":
		unit = 1e6
	case "ms":
		unit = 1e3
	case "µs":
		unit = 1
	default:
		return scan.Duration(text)
	}
	return (whole*1000 + int64(a)*100 + int64(b)*10 + int64(c)) * unit, true
}

// instant reads a time with its zone as nanoseconds since 1970.
func instant(text string) (int64, bool) {
	e, ns, zoned := scan.RFC3339(text, 0, len(text))
	return ns, e == len(text) && zoned
}
