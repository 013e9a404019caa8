// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
)

// parser is the format, compiled.
type parser struct {
	json   *dialect
	keys   *jsonscan.Keys
	test   *format.Dialect
	tables []*table
	delims string
	reject *record.Scope
	// sniff are the keys, in quotes, of which one has to be in an entry.
	sniff []string
}

// New compiles the format for a configuration; the error names the setting.
func New(cfg Config) (format.Parser, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	p := &parser{reject: record.NewScope(formatName, "rejected"), delims: delimiterNames[cfg.Delimiter]}
	p.json = newDialect(&cfg, dialectJSON, fields, jsonscan.Unescape)
	p.json.KeyOf = jsonscan.KeyOf
	p.test = format.NewDialect(formatName, dialectTest, "", format.KindEvent, nil)
	p.test.Keyed = true
	var keys []jsonscan.Key
	for i, s := range fields {
		for _, key := range []string{s.field.Code, s.also} {
			if key == "" {
				continue
			}
			keys = append(keys, jsonscan.Key{Path: []string{key}, Field: i})
			if s.l4 {
				p.sniff = append(p.sniff, `"`+key+`"`)
			}
		}
	}
	for _, key := range l7Keys {
		p.sniff = append(p.sniff, `"`+key+`"`)
	}
	var err error
	if p.keys, err = jsonscan.NewKeys(keys); err != nil {
		return nil, fmt.Errorf("the keys of an entry: %w", err)
	}
	if len(cfg.Fields) > 0 {
		p.tables = []*table{newTable(&cfg, cfg.Fields)}
		return p, nil
	}
	for _, session := range []bool{true, false} {
		t := newTable(&cfg, documented(session))
		t.guess = true
		p.tables = append(p.tables, t)
	}
	return p, nil
}

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

// LetGo implements format.Keeper.
func (s *source) LetGo() { s.reader.LetGo() }

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
func (p *parser) Parse(in *format.Input, out *record.Writer) *format.Error {
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
		return p.parseCSV(in, src, from, out)
	}
	return p.parseJSON(in, src, i, out)
}

// parseJSON reads the entries of a line of JSON, whose first value stands at byte i.
func (p *parser) parseJSON(in *format.Input, src *source, i int, out *record.Writer) *format.Error {
	line := in.Line[:in.Header.End]
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
		case err != nil && first && !p.holdsEntry(in, src, line, next):
			// A list, but of nothing that is of EdgeOne's.
			_, err = p.read(in, src, line, i)
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

// holdsEntry reports whether an entry stands in line[i:].
func (p *parser) holdsEntry(in *format.Input, src *source, line string, i int) bool {
	for i < len(line) {
		end, err := p.read(in, src, line, i)
		if err == nil || end < 0 {
			return err == nil
		}
		i = jsonscan.Skip(line, end)
	}
	return false
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
