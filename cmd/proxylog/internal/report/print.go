// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
)

// Layout is how a report is printed.
type Layout struct {
	// Width is the number of columns.
	Width int
	Style screen.Style
	// Location is the zone of the times.
	Location *time.Location
	// More says how to see the rows that are left out.
	More string
}

// Print writes the report.
func (r *Report) Print(w io.Writer, l Layout) {
	if l.Location == nil {
		l.Location = time.Local
	}
	p := &printer{w: w, Layout: l}
	for _, name := range slices.Sorted(maps.Keys(r.proxies)) {
		p.proxy(r.proxies[name])
	}
	p.rejects(r)
}

type printer struct {
	w io.Writer
	Layout
}

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(p.w, format, args...) }

// proxy prints the totals and the table of one proxy.
func (p *printer) proxy(x *proxy) {
	if p.head(x); len(x.rows) > 0 {
		rows := slices.Clone(x.rows)
		slices.SortFunc(rows, compare)
		p.table(rows)
		if left := x.total - int64(len(rows)); left > 0 {
			p.printf("  %s\n", p.Style.Dim(fmt.Sprintf("… and %s more (%s)", Count(left), p.More)))
		}
	}
	p.printf("\n")
}

// head prints the lines above the table.
func (p *printer) head(x *proxy) {
	var parts []string
	add := func(names map[string]noun) {
		for _, k := range slices.Sorted(maps.Keys(names)) {
			if n := x.counts[k]; n > 0 {
				parts = append(parts, names[k].of(n))
			}
		}
	}
	add(events)
	if x.failed > 0 {
		parts = append(parts, p.Style.Bad(Count(x.failed)+" failed"))
	}
	if x.open > 0 {
		parts = append(parts, p.Style.Warn(Count(x.open)+" still open"))
	}
	switch {
	case x.hasSent && x.hasReceived:
		parts = append(parts, fmt.Sprintf("clients sent %s, received %s", size(x.sent), size(x.received)))
	case x.hasSent:
		parts = append(parts, "clients sent "+size(x.sent))
	case x.hasReceived:
		parts = append(parts, "clients received "+size(x.received))
	}
	first := p.Style.Bold(screen.Text(x.name))
	if x.total > 0 {
		p.printf("%s  %s\n", first, strings.Join(parts, " · "))
		first = strings.Repeat(" ", screen.Columns(screen.Text(x.name)))
	}
	parts = parts[:0]
	if x.total > 0 {
		parts = append(parts, p.span(x.first, x.last))
	}
	add(others)
	if len(parts) > 0 {
		p.printf("%s  %s\n", first, strings.Join(parts, " · "))
	}
}

// span is a time span without what its end repeats.
func (p *printer) span(first, last int64) string {
	a, b := time.Unix(0, first).In(p.Location), time.Unix(0, last).In(p.Location)
	const day, clock = "2006-01-02", "15:04:05"
	if a.Format(day) == b.Format(day) {
		return a.Format(day+" "+clock) + " to " + b.Format(clock+" MST")
	}
	return a.Format(day+" "+clock) + " to " + b.Format(day+" "+clock+" MST")
}

// Columns of the table.
const (
	colStart = iota
	colDuration
	colRoute
	colSent
	colReceived
	colEnded
	colParts
	numColumns
)

// Bounds of columns: of client and server, and of how it ended. In a narrow terminal they have less than the least that is
// pleasant to read: a line that is broken in two is worse.
const (
	leastRoute = 16
	minRoute   = 24
	maxRoute   = 200
	leastEnded = 15
	minEnded   = 21
	maxEnded   = 34
)

var headings = [numColumns]string{"START", "TOOK", "CLIENT → SERVER", "SENT", "RECVD", "HOW IT ENDED", "PARTS"}

// table prints rows. The columns are as wide as what stands in them; client and server have what is left.
func (p *printer) table(rows []row) {
	cells := make([][numColumns]string, len(rows))
	var widths [numColumns]int
	for c := range headings {
		widths[c] = screen.Columns(headings[c])
	}
	clock := p.clock(rows)
	for i := range rows {
		cells[i] = p.cells(&rows[i], clock)
		for c := range widths {
			widths[c] = max(widths[c], screen.Columns(cells[i][c]))
		}
	}
	p.share(&widths, rows)
	line := func(cells [numColumns]string, paint func(c int, text string) string) {
		var b strings.Builder
		for c, text := range cells {
			text = screen.Fit(text, widths[c])
			switch c {
			case colStart, colRoute, colEnded:
				text = screen.Left(text, widths[c])
			default:
				text = screen.Right(text, widths[c])
			}
			b.WriteString("  ")
			b.WriteString(paint(c, text))
		}
		p.printf("%s\n", b.String())
	}
	line(headings, func(_ int, text string) string { return p.Style.Dim(text) })
	for i := range rows {
		cells[i][colRoute] = rows[i].route(widths[colRoute])
		cells[i][colEnded] = rows[i].end(widths[colEnded])
		line(cells[i], func(c int, text string) string {
			if c != colEnded {
				return text
			}
			return p.paint(&rows[i], text)
		})
	}
}

// share divides the columns that the others leave between client and server and how it ended: the latter may be long
// only where the former are not cut for it.
func (p *printer) share(widths *[numColumns]int, rows []row) {
	const gap = 2
	rest := p.Width
	for c := range widths {
		if rest -= gap; c != colRoute && c != colEnded {
			rest -= widths[c]
		}
	}
	short := minRoute
	for i := range rows {
		short = max(short, screen.Columns(rows[i].route(0)))
	}
	ended := max(leastEnded, min(minEnded, rest-minRoute))
	widths[colEnded] = min(widths[colEnded], maxEnded, max(ended, rest-short))
	widths[colRoute] = min(widths[colRoute], max(leastRoute, rest-widths[colEnded]))
}

// clock is the format of start times: with the date where the rows are of more than one day.
func (p *printer) clock(rows []row) string {
	const day = "2006-01-02"
	first := time.Unix(0, rows[0].start).In(p.Location).Format(day)
	for i := range rows {
		if time.Unix(0, rows[i].start).In(p.Location).Format(day) != first {
			return "01-02 15:04:05"
		}
	}
	return "15:04:05"
}

func (p *printer) cells(r *row, clock string) [numColumns]string {
	return [numColumns]string{
		colStart:    time.Unix(0, r.start).In(p.Location).Format(clock),
		colDuration: Duration(r.duration),
		colRoute:    r.route(maxRoute),
		colSent:     size(r.sent),
		colReceived: size(r.received),
		colEnded:    r.end(maxEnded),
		colParts:    Count(r.parts),
	}
}

// paint colours how a session ended.
func (p *printer) paint(r *row, text string) string {
	switch {
	case r.open:
		return p.Style.Warn(text)
	case r.outcome == "failure":
		return p.Style.Bad(text)
	case r.outcome == "success":
		return p.Style.Good(text)
	}
	return text
}

// rejects prints the lines that could not be read, the most frequent kinds first.
func (p *printer) rejects(r *Report) {
	if r.Rejected == 0 {
		return
	}
	kinds := slices.SortedFunc(maps.Values(r.rejects), func(a, b *reject) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.format, b.format), cmp.Compare(a.reason, b.reason))
	})
	p.printf("%s  %s; proxylog explain FILE shows where each stops fitting\n",
		p.Style.Bold("rejected"), noun{"line", "lines"}.of(r.Rejected))
	count, format, reason := len("LINES"), len("FORMAT"), len("REASON")
	for _, k := range kinds {
		count, format = max(count, len(Count(k.count))), max(format, screen.Columns(screen.Text(k.format)))
		reason = max(reason, screen.Columns(screen.Text(k.reason)))
	}
	head := fmt.Sprintf("  %s  %s  %s  ", screen.Right("LINES", count), screen.Left("FORMAT", format), screen.Left("REASON", reason))
	p.printf("%s\n", p.Style.Dim(head+"THE FIRST OF THEM"))
	for _, k := range kinds {
		example := k.example
		if k.file != "" {
			example = k.file + ": " + example
		}
		p.printf("  %s  %s  %s  %s\n", screen.Right(Count(k.count), count), screen.Left(screen.Text(k.format), format),
			screen.Left(screen.Text(k.reason), reason), screen.Fit(screen.Text(example), max(p.Width-screen.Columns(head), minRoute)))
	}
	p.printf("\n")
}
