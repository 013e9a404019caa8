// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// table is an order of columns: entries as values alone, without a header, one a line.
type table struct {
	*dialect
	// columns has for each column the number of its field, or -1 for a name that is not documented.
	columns []int
	names   []string
	// guess says that nobody has configured the order: a line has to look like an entry in every column.
	guess bool
}

// delimiters are those between which EdgeOne lets its customers choose.
const delimiters = ",\t;"

// newTable makes a table of columns.
func newTable(cfg *Config, names []string) *table {
	t := &table{names: names}
	var list []spec
	for _, n := range names {
		t.columns = append(t.columns, -1)
		for _, s := range fields {
			if s.named(n) {
				t.columns[len(t.columns)-1] = len(list)
				s.field.Code = n
				list = append(list, s)
			}
		}
	}
	t.dialect = newDialect(cfg, dialectCSV, list, unquote)
	return t
}

// documented is the order of the documentation, which is that of a task with all fields, or without SessionID, which older
// logs did not have.
func documented(session bool) []string {
	var out []string
	for i := range fields {
		if session || fields[i].field.Role != roleSession {
			out = append(out, fields[i].field.Code)
		}
	}
	return out
}

// unquote undoes the quotes inside a quoted value (RFC 4180 section 2).
func unquote(s string) string { return strings.ReplaceAll(s, `""`, `"`) }

// column is where the value of a column begins and ends, and the flags of its slot; next is the byte behind its delimiter,
// or len(line)+1 behind the last one. What stands in quotes, and what does not follow RFC 4180, is taken as it is.
func column(line string, i int, delim byte) (slot field.Slot, next int) {
	if i < len(line) && line[i] == '"' {
		var flags field.Flag
		for k := i + 1; k < len(line); k++ {
			if line[k] != '"' {
				continue
			}
			if k+1 < len(line) && line[k+1] == '"' {
				flags = field.Encoded
				k++
				continue
			}
			if k+1 == len(line) || line[k+1] == delim {
				return field.Slot{Start: int32(i + 1), End: int32(k), Flags: flags}, k + 2
			}
			break
		}
	}
	end := strings.IndexByte(line[i:], delim)
	if end < 0 {
		end = len(line)
	} else {
		end += i
	}
	return field.Slot{Start: int32(i), End: int32(end)}, end + 1
}

// width is the number of columns of line[i:] with a delimiter.
func width(line string, i int, delim byte) int {
	n := 0
	for i <= len(line) {
		_, i = column(line, i, delim)
		n++
	}
	return n
}

// delimiter finds out what separates the columns of line[i:]: what was configured, or what gives as many as a table has,
// first of all what did so in the line before. The table is nil where nothing does.
func (p *parser) delimiter(before *table, delim byte, line string, i int) (*table, byte) {
	if before != nil && width(line, i, delim) == len(before.columns) {
		return before, delim
	}
	for k := range len(p.delims) {
		n := width(line, i, p.delims[k])
		for _, t := range p.tables {
			if n == len(t.columns) {
				return t, p.delims[k]
			}
		}
	}
	return nil, 0
}

// sniffCSV reports whether the payload has as many columns as a table, and looks like an entry, or is the names of the
// columns, where nobody has said so; or whether it holds several entries, of which one looks so, or names in another order.
func (p *parser) sniffCSV(in *format.Input, i int) bool {
	if len(p.tables) == 0 {
		return false
	}
	line := in.Line[:in.Header.End]
	t, delim := p.delimiter(nil, 0, line, i)
	if t != nil && (!t.guess || header(line, i, delim, t.names) || p.readCSV(in, t, line, i, delim) == nil) {
		return true
	}
	if _, ok := p.several(in, line, i); ok {
		return true
	}
	_, ok := p.otherOrder(line, i)
	return ok
}

// parseCSV reads the entry of a line of values.
func (p *parser) parseCSV(in *format.Input, src *source, i int, out *record.Writer) *format.Error {
	line := in.Line[:in.Header.End]
	t, delim := p.delimiter(src.table, src.delim, line, i)
	if t == nil {
		if p.parseSeveral(in, src, i, out) {
			return nil
		}
		if e, ok := p.otherOrder(line, i); ok {
			return in.Fail(e)
		}
		return in.Fail(p.noTable(line, i))
	}
	if header(line, i, delim, t.names) {
		in.Begin(t.Dialect)
		return nil
	}
	if err := p.readCSV(in, t, line, i, delim); err != nil {
		// As many entries as an entry has columns look alike.
		first := *err
		if p.parseSeveral(in, src, i, out) {
			return nil
		}
		if e, ok := p.otherOrder(line, i); ok {
			first = e
		}
		return in.Fail(first)
	}
	src.table, src.delim = t, delim
	out.Begin(t.Scope, in.Dirty, in.Observed)
	p.write(in, src, out)
	out.Commit(in.Line)
	in.Done()
	return nil
}

// noTable says what is wrong with the number of columns.
func (p *parser) noTable(line string, i int) format.Error {
	t := p.tables[0]
	delim, most := p.delims[0], 0
	for k := range len(p.delims) {
		if n := width(line, i, p.delims[k]); n > most {
			delim, most = p.delims[k], n
		}
	}
	e := format.Error{Reason: format.Unrecognized, Dialect: t.Dialect, Offset: i, Expected: "an entry of the L4 proxy log"}
	switch {
	case most < 2 || t.guess:
	case most < len(t.names):
		e.Reason, e.Field, e.Offset, e.Expected = format.Truncated, t.names[most], len(line), "a column of "+t.names[most]
	default:
		for range t.names {
			_, i = column(line, i, delim)
		}
		e.Reason, e.Offset, e.Expected = format.Trailing, i-1, "the end of the line"
	}
	return e
}

// otherOrder says of a line of the names of fields in an order that was not expected what to configure for those behind it.
func (p *parser) otherOrder(line string, i int) (e format.Error, ok bool) {
	for k := range len(p.delims) {
		var names []string
		for at := i; at <= len(line); {
			var s field.Slot
			s, at = column(line, at, p.delims[k])
			name := s.Text(line)
			if !slices.ContainsFunc(fields, func(f spec) bool { return f.named(name) }) {
				names = nil
				break
			}
			names = append(names, name)
		}
		if len(names) > 1 {
			e = format.Error{Reason: format.Mismatch, Dialect: p.tables[0].Dialect, Offset: i}
			e.Expected = "edgeone::fields: [" + strings.Join(names, ", ") + "] in the configuration, since the columns stand in this order"
			return e, true
		}
	}
	return e, false
}

// header reports whether the columns are the names of the fields.
func header(line string, i int, delim byte, names []string) bool {
	for _, n := range names {
		if i > len(line) {
			return false
		}
		var s field.Slot
		if s, i = column(line, i, delim); s.Text(line) != n {
			return false
		}
	}
	return true
}

// readCSV fills in.Match with the entry at line[i].
func (p *parser) readCSV(in *format.Input, t *table, line string, i int, delim byte) *format.Error {
	slots := in.Begin(t.Dialect)
	from := i
	for k, n := range t.columns {
		var s field.Slot
		if s, i = column(line, i, delim); n >= 0 {
			slots[n] = s
			continue
		}
		missing(line, &s, true)
		in.Match.Extra = append(in.Match.Extra, field.Extra{Key: t.names[k], Slot: s, Decode: unquote})
	}
	err := t.check(in, slots, from)
	switch {
	case !t.guess:
		return err
	case err != nil:
		err.Reason = format.Unrecognized
		return err
	}
	return t.looks(in, slots, from)
}

// looks wants of an entry whose order of columns is a guess that every value is of the kind that it should be.
func (t *table) looks(in *format.Input, slots []field.Slot, from int) *format.Error {
	for k := range slots {
		s := &slots[k]
		v := s.Text(in.Line)
		ok := true
		switch t.specs[k].field.Role {
		case roleConnect, roleLog:
			ok = s.Has()
		case roleClient:
			ok = s.Has() && scan.Family(v) != ""
		case roleProtocol:
			ok = strings.EqualFold(v, "tcp") || strings.EqualFold(v, "udp")
		case rolePort:
			ok = !s.Has() || s.Num >= 0 && s.Num <= 65535
		}
		if !ok {
			return in.Fail(format.Error{Reason: format.Unrecognized, Dialect: t.Dialect, Field: t.Fields[k].Code, Offset: from, Expected: "an entry of the L4 proxy log"})
		}
	}
	return nil
}
