// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// layout is how the entries of a push in CSV stand on one line, where its records are not separated by an end of line:
// that can be a comma, a tab or a semicolon, also the one that separates columns.
type layout struct {
	table          *table
	delim, between byte
}

// recordEnd is the byte behind the entry at line[i], where the delimiter of records stands or the line ends; ok is false
// where there are not as many columns as the table has.
func (l layout) recordEnd(line string, i int) (end int, ok bool) {
	for range len(l.table.columns) - 1 {
		if _, i = column(line, i, l.delim); i > len(line) {
			return 0, false
		}
	}
	_, next := column(line, i, l.between)
	return next - 1, l.delim == l.between || width(line[:next-1], i, l.delim) == 1
}

// several finds out how a line that is no entry holds several; ok is false where it does not.
func (p *parser) several(in *format.Input, line string, i int) (l layout, ok bool) {
	for _, t := range p.tables {
		for k := range len(p.delims) {
			for b := range len(delimiters) {
				l = layout{t, p.delims[k], delimiters[b]}
				if l.holds(line, i) {
					return l, p.anyReads(in, l, line, i)
				}
			}
		}
	}
	return layout{}, false
}

// holds reports whether all of the line is entries, at least two.
func (l layout) holds(line string, i int) bool {
	n := 0
	for i < len(line) {
		end, ok := l.recordEnd(line, i)
		if !ok {
			return false
		}
		i = end + 1
		n++
	}
	return n > 1
}

// anyReads reports whether a line of the layout is one of entries: where the order of columns is a guess, one of them has
// to be readable. A line of another format can have as many commas.
func (p *parser) anyReads(in *format.Input, l layout, line string, i int) bool {
	if !l.table.guess {
		return true
	}
	for i < len(line) {
		end, _ := l.recordEnd(line, i)
		if p.readCSV(in, l.table, line[:end], i, l.delim) == nil {
			return true
		}
		i = end + 1
	}
	return false
}

// parseSeveral reads the entries of a line that holds several; false where it does not. One that cannot be read costs
// itself.
func (p *parser) parseSeveral(in *format.Input, src *source, i int, out *record.Writer) bool {
	line := in.Line[:in.Header.End]
	l, ok := p.several(in, line, i)
	if !ok {
		return false
	}
	for i < len(line) {
		end, _ := l.recordEnd(line, i)
		if err := p.readCSV(in, l.table, line[:end], i, l.delim); err != nil {
			in.RejectEntry(out, p.reject, line[i:end], err)
		} else {
			out.Begin(l.table.Scope, in.Dirty, in.Observed)
			p.write(in, src, out)
			out.Commit(line[i:end])
			in.Done()
		}
		i = end + 1
	}
	return true
}
