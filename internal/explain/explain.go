// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package explain shows what was read of a line: its fields with their place and value, the record they became, or where
// and why it could not be read. It looks on while decode does the reading, and has no parsing of its own.
package explain

import (
	"cmp"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// Line is what was read of one line or datagram. Record and Error exclude each other.
type Line struct {
	// File is the file's name where several are read.
	File string `json:"file,omitempty"`
	// Line counts from 1.
	Line    int    `json:"line"`
	Format  string `json:"format,omitempty"`
	Dialect string `json:"dialect,omitempty"`
	Kind    string `json:"kind,omitempty"`
	// Fields are the directive's codes, or the keys, in order.
	Fields []Field `json:"fields,omitempty"`
	Record *Record `json:"record,omitempty"`
	Error  *Error  `json:"error,omitempty"`
	// Entries are set instead of Fields and Record where the line held several entries, as a JSON array does.
	Entries []Entry `json:"entries,omitempty"`
	// Text is the line itself, without what a container's runtime, journald or fluentd has put around it: offsets count
	// from its first byte.
	Text string `json:"-"`
}

// Entry is one of several entries of a line.
type Entry struct {
	Dialect string  `json:"dialect,omitempty"`
	Kind    string  `json:"kind,omitempty"`
	Fields  []Field `json:"fields,omitempty"`
	Record  *Record `json:"record,omitempty"`
	Error   *Error  `json:"error,omitempty"`
}

// Field is one field of a line.
type Field struct {
	Code string `json:"code"`
	// Raw is the value with quoting, padding and encoding undone, nil where it is missing.
	Raw *string `json:"raw"`
	// List is set beside Raw where the value is a list; the JSON's raw is then this list.
	List []string `json:"-"`
	// Offset is the byte of the line at which the value begins, -1 where the line does not have it at all.
	Offset int `json:"offset"`
	// Attribute is the attribute the field becomes, "" where it is part of several or of a derived one.
	Attribute string `json:"attribute,omitempty"`
	// Makes is the first attribute of the record that the format makes of it, where it has none of its own; the record's
	// value may be written in another way.
	Makes string `json:"-"`
	// slot is which of the dialect's fields it is, -1 for a key that the dialect does not know.
	slot int
}

// Record is a LogRecord for a person and for jq.
type Record struct {
	Timestamp  string         `json:"timestamp"`
	Event      string         `json:"event,omitempty"`
	Severity   string         `json:"severity,omitempty"`
	Body       any            `json:"body,omitempty"`
	Attributes map[string]any `json:"attributes"`
	Resource   map[string]any `json:"resource"`
}

// Error is why and where a line could not be read.
type Error struct {
	Reason string `json:"reason"`
	Field  string `json:"field,omitempty"`
	Offset int    `json:"offset"`
	// Expected is what should have stood there.
	Expected string `json:"expected,omitempty"`
	// Dialect is the one that nearly fitted.
	Dialect string `json:"dialect,omitempty"`
	// Fits is a dialect, with its format, that reads the line and that the configuration leaves out; Hint says what to
	// configure.
	Fits string `json:"fits,omitempty"`
	Hint string `json:"hint,omitempty"`
}

// Explainer reads lines of one source and says what it reads.
type Explainer struct {
	source  *decode.Source
	batch   *decode.Batch
	entries []Entry
	format  string
	text    string
	n       int
}

// New makes an Explainer of a Decoder; name is the source's, for messages.
func New(d *decode.Decoder, name string) *Explainer {
	e := &Explainer{source: d.NewSource(name), batch: d.NewBatch()}
	e.source.Trace(e.see)
	return e
}

// see notes an entry at the moment at which its fields are known.
func (e *Explainer) see(in *format.Input, err *format.Error) {
	e.text = in.Line
	if err != nil {
		entry := Entry{Error: &Error{Reason: err.Reason.String(), Field: err.Field, Offset: err.Offset, Expected: err.Expected}}
		if err.Fits != nil {
			entry.Error.Fits, entry.Error.Hint = err.Fits.Scope.Format+" "+err.Fits.Scope.Dialect, err.Hint
		}
		if err.Reason == format.Truncated {
			entry.Kind = format.KindTruncated
		}
		if err.Dialect != nil {
			entry.Error.Dialect = err.Dialect.Scope.Dialect
			e.format = err.Dialect.Scope.Format
		}
		e.entries = append(e.entries, entry)
		return
	}
	m := &in.Match
	e.format = m.Dialect.Scope.Format
	entry := Entry{Dialect: m.Dialect.Scope.Dialect, Kind: m.Kind}
	lists := hasLists(m)
	for i := range m.Slots {
		if m.Dialect.Keyed && m.Slots[i].Start < 0 || m.Dialect.Fields[i].List != nil && !lists {
			continue
		}
		f := newField(in.Line, &m.Dialect.Fields[i], &m.Slots[i])
		f.Code, f.slot = in.Code(i), i
		entry.Fields = append(entry.Fields, f)
	}
	for i := range m.Extra {
		f := newField(in.Line, &field.Field{Code: m.Extra[i].Key, Decode: m.Extra[i].Decode}, &m.Extra[i].Slot)
		f.slot = -1
		entry.Fields = append(entry.Fields, f)
	}
	if m.Dialect.Keyed {
		slices.SortStableFunc(entry.Fields, func(a, b Field) int { return cmp.Compare(a.Offset, b.Offset) })
	}
	// The record was committed just now. Taking it at once is what joins it to its fields: records of one line that
	// differ in resource do not leave in the order of the entries.
	logs, _ := e.batch.Take()
	for _, r := range Records(logs) {
		if r.Attributes[attr.ProxylogErrorType] == nil {
			entry.Record = r
		}
	}
	entry.name(m.Dialect)
	e.entries = append(e.entries, entry)
}

// name gives the fields that have no attribute of their own the one that the record has of what the format makes of them.
func (e *Entry) name(d *format.Dialect) {
	if e.Record == nil {
		return
	}
	for k := range e.Fields {
		f := &e.Fields[k]
		if f.Attribute != "" || f.Raw == nil || f.slot < 0 {
			continue
		}
		for _, a := range d.Attributes(f.slot) {
			if e.Record.Attributes[a.Key] != nil || e.Record.Resource[a.Key] != nil {
				f.Makes = a.Key
				break
			}
		}
	}
}

// hasLists reports whether one of the lists has a value. Where none has, the proxy printed nothing at all in their place,
// and no number of missing values either.
func hasLists(m *format.Match) bool {
	for i := range m.Slots {
		if m.Dialect.Fields[i].List != nil && m.Slots[i].Has() {
			return true
		}
	}
	return false
}

func newField(line string, f *field.Field, s *field.Slot) Field {
	out := Field{Code: f.Code, Offset: int(s.Start), Attribute: f.Key}
	if s.Has() {
		v := f.Value(line, s)
		out.Raw = &v
		if f.List != nil {
			out.List = f.List(v)
		}
	}
	return out
}

// Read reads one line.
func (e *Explainer) Read(text string, observed time.Time) Line {
	return e.ReadLine(decode.Line{Text: text, Observed: observed})
}

// ReadLine reads one line, which may be cut. A blank line gives nothing but its number.
func (e *Explainer) ReadLine(line decode.Line) Line {
	e.n++
	e.entries, e.format, e.text = e.entries[:0:0], "", line.Text
	e.source.Decode(e.batch, line)
	// What is left are rejected entries, which Error describes.
	e.batch.Take()
	out := Line{Line: e.n, Text: e.text, Format: e.format}
	switch len(e.entries) {
	case 0:
	case 1:
		n := e.entries[0]
		out.Dialect, out.Kind, out.Fields, out.Record, out.Error = n.Dialect, n.Kind, n.Fields, n.Record, n.Error
	default:
		out.Entries = e.entries
		out.Dialect = e.entries[0].Dialect
	}
	return out
}

// Records lists the records of logs, in their order.
func Records(logs plog.Logs) []*Record {
	var out []*Record
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				out = append(out, newRecord(rl.Resource().Attributes(), lr))
			}
		}
	}
	return out
}

func newRecord(res pcommon.Map, lr plog.LogRecord) *Record {
	r := &Record{
		Timestamp: lr.Timestamp().AsTime().UTC().Format("2006-01-02T15:04:05.000000000Z"),
		Event:     lr.EventName(), Severity: lr.SeverityText(),
		Attributes: lr.Attributes().AsRaw(), Resource: res.AsRaw(),
	}
	if lr.Body().Type() != pcommon.ValueTypeEmpty {
		r.Body = lr.Body().AsRaw()
	}
	return r
}
