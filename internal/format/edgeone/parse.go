// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// source is what is remembered of a source of lines.
type source struct {
	reader *jsonscan.Reader
	extras *format.Extras
	// table and delim are those of the line before, where it was CSV.
	table *table
	delim byte
}

func (p *parser) source(in *format.Input) *source {
	if s, ok := in.Sticky.(*source); ok {
		return s
	}
	s := &source{
		reader: jsonscan.NewReader(p.keys),
		extras: format.NewExtras("edgeone.", attr.EdgeoneServiceID, attr.EdgeoneDisconnectReason, attr.EdgeoneLogTime),
	}
	in.Sticky = s
	return s
}

// Sniff looks for a key that only EdgeOne's logs have. A line that holds nothing but the brackets of an array that is
// spread over lines could be of this format too.
func (p *parser) Sniff(in *format.Input) bool {
	payload := in.Line[in.Header.Start:in.Header.End]
	i := jsonscan.Skip(payload, 0)
	if i >= len(payload) {
		return brackets(payload)
	}
	if payload[i] != '{' {
		return p.sniffCSV(in, begin(in))
	}
	for _, key := range p.sniff {
		if strings.Contains(payload, key) {
			return true
		}
	}
	return false
}

// begin is the first byte of the payload that is no byte order mark.
func begin(in *format.Input) int {
	i := in.Header.Start
	if strings.HasPrefix(in.Line[i:in.Header.End], "\ufeff") {
		i += len("\ufeff")
	}
	return i
}

// brackets reports whether the payload, which holds no value, holds what stands around values.
func brackets(payload string) bool { return strings.ContainsAny(payload, "[],") }

// ends reports whether what stands at line[end] may follow a value of an array; end is negative where there is none.
func ends(line string, end int) bool {
	if end < 0 {
		return false
	}
	rest := strings.TrimLeft(line[end:], " \t\r\n")
	return rest == "" || rest[0] == ',' || rest[0] == ']'
}

// Parse reads the entries of a line. One that cannot be read costs itself only, unless it is the only one.
func (p *parser) Parse(in *format.Input, out *record.Writer) error {
	src := p.source(in)
	line := in.Line[:in.Header.End]
	i := jsonscan.Skip(line, in.Header.Start)
	if i >= len(line) {
		if brackets(line[in.Header.Start:]) {
			in.Begin(p.json.Dialect)
			return nil
		}
		return in.Fail(format.Error{Reason: format.Unrecognized, Dialect: p.json.Dialect, Offset: i, Expected: "a JSON object"})
	}
	if from := begin(in); line[i] != '{' && !strings.Contains(line[from:i], "[") && strings.ContainsAny(line[from:], p.delims) {
		if err := p.parseCSV(in, src, from, out); err != nil {
			return err
		}
		return nil
	}
	for first := true; i < len(line); first = false {
		end, err := p.read(in, src, line, i)
		next := len(line)
		if end >= 0 {
			next = jsonscan.Skip(line, end)
		}
		// A line that begins with something else than an object or an array is no list of entries, whatever follows; nor is
		// one whose first value does not end where one of an array does, such as the time that begins Envoy's lines.
		only := first && (next >= len(line) || line[i] != '{' && (!brackets(line[in.Header.Start:i]) || !ends(line, end)))
		switch {
		case err != nil && only:
			return err
		case err != nil && end < 0:
			in.RejectEntry(out, p.reject, line[i:], err)
		case err != nil:
			in.RejectEntry(out, p.reject, line[i:end], err)
		default:
			in.Record(out, in.Hash(in.Match.Present(), roleReason), roleService, rolePort, roleProtocol)
			if in.Match.Dialect == p.test {
				writeTest(in, src, out)
			} else {
				p.write(in, src, out)
			}
			if only {
				out.Commit(in.Line)
			} else {
				out.Commit(line[i:end])
			}
			in.Done()
		}
		i = next
	}
	return nil
}

// read fills in.Match with the entry at line[i] and returns the byte behind it, -1 where it is not JSON.
func (p *parser) read(in *format.Input, src *source, line string, i int) (int, *format.Error) {
	slots := in.Begin(p.json.Dialect)
	r := src.reader
	r.Extra = in.Match.Extra
	var end int
	if line[i] == '{' {
		end = r.Object(line, i, slots)
	} else if end = r.Value(line, i); end >= 0 {
		return end, in.Fail(format.Error{Reason: format.Mismatch, Dialect: p.json.Dialect, Offset: i, Expected: "a JSON object"})
	}
	in.Match.Extra = r.Extra
	if end < 0 {
		reason := format.BadJSON
		switch {
		case r.Err.Offset == i:
			reason = format.Unrecognized
		case r.Err.Truncated:
			reason = format.Truncated
		}
		return end, in.Fail(format.Error{Reason: reason, Dialect: p.json.Dialect, Offset: r.Err.Offset, Expected: r.Err.Expected})
	}
	for k := range in.Match.Extra {
		missing(line, &in.Match.Extra[k].Slot, true)
	}
	fe := p.json.check(in, slots, i)
	if fe != nil && fe.Reason == format.Unrecognized {
		fe = p.foreign(in, line[i:end], i)
	}
	return end, fe
}

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
			ok, expected = readInt(in.Line, s), "a number of bytes"
		case port:
			if !readInt(in.Line, s) {
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

// readInt reads a number, also one in quotes.
func readInt(line string, s *field.Slot) bool {
	if s.Is(field.Number) {
		return !s.Is(field.Real)
	}
	e, n := scan.Int(line, int(s.Start), int(s.End))
	s.Num = n
	return e == int(s.End) && e > int(s.Start)
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
