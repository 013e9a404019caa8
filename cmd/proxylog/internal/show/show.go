// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package show prints for a person what was read of a line: its fields, the record, or where and why it does not fit.
package show

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format"
)

// Printer prints lines, one after the other.
type Printer struct {
	W io.Writer
	// Width is the number of columns.
	Width int
	Style screen.Style
}

// Line prints one line.
func (p *Printer) Line(l *explain.Line) {
	place := fmt.Sprintf("line %d", l.Line)
	if l.File != "" {
		place = screen.Text(l.File) + " " + place
	}
	switch {
	case l.Error != nil:
		p.printf("%s · %s\n", p.Style.Bold(place), p.rejected(l.Format, l.Error))
		p.failure(l.Text, l.Error)
	case l.Entries != nil:
		p.printf("%s · %s · %d entries\n", p.Style.Bold(place), join(" ", l.Format, l.Dialect), len(l.Entries))
		for i := range l.Entries {
			p.entry(l, i)
		}
	case l.Record == nil:
		p.printf("%s · %s\n", p.Style.Bold(place), p.Style.Dim(nothing(l)))
	default:
		p.printf("%s · %s\n", p.Style.Bold(place), join(" · ", join(" ", l.Format, l.Dialect), l.Kind))
		p.fields(l.Fields, l.Record)
		p.record(l.Record, l.Fields)
	}
	p.printf("\n")
}

// nothing says why a line has neither record nor error.
func nothing(l *explain.Line) string {
	if strings.TrimSpace(l.Text) == "" {
		return "blank"
	}
	return join(" ", l.Format, "no entry")
}

func (p *Printer) entry(l *explain.Line, i int) {
	e := &l.Entries[i]
	place := p.Style.Bold(fmt.Sprintf("entry %d", i+1))
	if e.Error != nil {
		p.printf("%s · %s\n", place, p.rejected(l.Format, e.Error))
		p.failure(l.Text, e.Error)
		return
	}
	p.printf("%s · %s\n", place, join(" · ", e.Dialect, e.Kind))
	if e.Record != nil {
		p.fields(e.Fields, e.Record)
		p.record(e.Record, e.Fields)
	}
}

// rejected is the heading of a line that does not fit.
func (p *Printer) rejected(format string, e *explain.Error) string {
	s := fmt.Sprintf("rejected: %s at byte %d", e.Reason, e.Offset)
	if e.Field != "" {
		s += " in " + screen.Text(e.Field)
	}
	s = p.Style.Bad(s)
	if e.Dialect != "" {
		s += "; nearest is " + join(" ", format, e.Dialect)
	}
	return s
}

// failure prints the line with a caret under the byte, and what was expected there.
func (p *Printer) failure(text string, e *explain.Error) {
	const indent = "  "
	window, column := screen.Caret(text, e.Offset, p.Width-len(indent))
	p.printf("%s%s\n", indent, window)
	caret := indent + strings.Repeat(" ", column) + p.Style.Bad("^")
	hint := "expected " + screen.Text(e.Expected)
	if e.Reason == format.Oversize.String() {
		hint = "cut here, at max_line_bytes"
	}
	switch {
	case hint == "expected ":
		p.printf("%s\n", caret)
	case len(indent)+column+2+screen.Columns(hint) <= p.Width:
		p.printf("%s %s\n", caret, hint)
	default:
		p.printf("%s\n%s%s\n", caret, indent+strings.Repeat(" ", max(0, column+1-screen.Columns(hint))), hint)
	}
	if e.Fits != "" {
		p.printf("%s%s fits %s, which is not configured: %s\n", indent, p.Style.Warn("it"), screen.Text(e.Fits), screen.Text(e.Hint))
	}
}

// Bounds of the first and last column of the table of fields; the value has what is left, and the code is cut further
// for it.
const (
	minCode      = 30
	maxCode      = 50
	maxAttribute = 40
)

// fields prints the table of code, value and attribute. A field that has a value and nevertheless is no attribute of the
// record, such as a duration of -1, has none in the table either. Of a field that the record has in another form, such as a
// date, the table names the attribute and the record shows its value.
func (p *Printer) fields(fields []explain.Field, r *explain.Record) {
	attributes := make([]string, len(fields))
	code, attribute, value := len("CODE"), 0, len("VALUE")
	for i := range fields {
		attributes[i] = screen.Text(fields[i].Makes)
		if _, ok := r.Attributes[fields[i].Attribute]; ok {
			attributes[i] = screen.Text(fields[i].Attribute)
		}
		code = max(code, screen.Columns(screen.Text(fields[i].Code)))
		attribute = max(attribute, screen.Columns(attributes[i]))
		value = max(value, screen.Columns(screen.Text(raw(&fields[i]))))
	}
	attribute = min(attribute, maxAttribute)
	rest := p.Width - len("      ") - attribute
	code = min(code, maxCode, max(minCode, rest-value))
	value = min(value, rest-code)
	row := func(a, b, c string) string {
		return strings.TrimRight(screen.Left(a, code)+"  "+screen.Left(b, value)+"  "+c, " ")
	}
	p.printf("  %s\n", p.Style.Dim(row("CODE", "VALUE", "ATTRIBUTE")))
	for i := range fields {
		p.printf("  %s\n", row(
			screen.Fit(screen.Text(fields[i].Code), code),
			screen.Fit(screen.Text(raw(&fields[i])), value),
			screen.Fit(attributes[i], attribute),
		))
	}
}

// raw is a field's value; what is missing is a dash, and an empty text is in quotes.
func raw(f *explain.Field) string {
	switch {
	case f.Raw == nil:
		return "-"
	case *f.Raw == "":
		return `""`
	}
	return *f.Raw
}

// record prints the record: what it reports, and the attributes that are no field's own.
func (p *Printer) record(r *explain.Record, fields []explain.Field) {
	event := r.Event
	if event == "" {
		event = "record"
	}
	p.printf("  → %s  %s  %s\n", p.Style.Bold(screen.Text(event)), r.Timestamp, p.severity(r.Severity))
	own := map[string]bool{}
	for i := range fields {
		f := &fields[i]
		own[f.Attribute] = true
		if f.Makes != "" && value(r.Attributes[f.Makes]) == raw(f) {
			own[f.Makes] = true
		}
	}
	var derived []string
	for k := range r.Attributes {
		if !own[k] {
			derived = append(derived, k)
		}
	}
	slices.Sort(derived)
	resource := slices.Sorted(maps.Keys(r.Resource))
	key := 0
	for _, k := range slices.Concat(derived, resource) {
		key = min(maxKey, max(key, screen.Columns(screen.Text(k))))
	}
	for _, k := range derived {
		p.pair("    ", k, key, r.Attributes[k])
	}
	if len(resource) > 0 {
		p.printf("    %s\n", p.Style.Dim("resource"))
	}
	for _, k := range resource {
		p.pair("    ", k, key, r.Resource[k])
	}
}

// maxKey is the most columns for the name of an attribute of the record.
const maxKey = 50

func (p *Printer) pair(indent, key string, width int, v any) {
	rest := max(p.Width-len(indent)-width-2, 4)
	key = screen.Left(screen.Fit(screen.Text(key), width), width)
	p.printf("%s%s  %s\n", indent, key, screen.Fit(screen.Text(value(v)), rest))
}

func (p *Printer) severity(s string) string {
	switch s {
	case "ERROR", "FATAL":
		return p.Style.Bad(s)
	case "WARN":
		return p.Style.Warn(s)
	}
	return s
}

// value is an attribute's value in one line: numbers without an exponent, lists in brackets.
func value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = value(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		for i, k := range keys {
			keys[i] = k + "=" + value(v[k])
		}
		return "{" + strings.Join(keys, ", ") + "}"
	}
	return fmt.Sprint(v)
}

// printf drops the error of writing, which the writer's owner sees when it flushes.
func (p *Printer) printf(format string, args ...any) { fmt.Fprintf(p.W, format, args...) }

// join is strings.Join without the empty parts, safe to print.
func join(sep string, parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, screen.Text(s))
		}
	}
	return strings.Join(out, sep)
}
