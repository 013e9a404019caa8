// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package tally

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/report"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/show"
	"github.com/proxylog/proxylog/internal/explain"
)

// WriteJSON writes the tally as one JSON object and an end of line.
func (t *Tally) WriteJSON(w io.Writer) error {
	for i := range t.Rejects {
		if e := t.Rejects[i].First; e != nil {
			for _, s := range []*string{&e.File, &e.Field, &e.Expected} {
				if !utf8.ValidString(*s) {
					*s = strings.ToValidUTF8(*s, "\ufffd")
				}
			}
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(t)
}

// Print prints the tally for a person.
func (t *Tally) Print(w io.Writer, width int, style screen.Style) {
	counts := report.Counts{Files: t.Files, Lines: t.Lines, Parsed: t.Parsed, Rejected: t.Rejected + t.Oversize, Blank: t.Blank}
	fmt.Fprintf(w, "%s\n", counts)
	if t.LinesPerSecond > 0 {
		fmt.Fprintf(w, "%s in %s: %s lines/s, %s/s on one core\n", bytesOf(float64(t.Bytes)), report.Duration(t.Seconds), report.Count(int64(t.LinesPerSecond)), bytesOf(t.BytesPerSecond))
	}
	if len(t.Formats) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Dim(fmt.Sprintf("%-10s %-22s %12s %12s", "FORMAT", "DIALECT", "LINES", "RECORDS")))
	}
	for i := range t.Formats {
		f := &t.Formats[i]
		fmt.Fprintf(w, "%-10s %-22s %12s\n", f.Format, "", report.Count(f.lines()))
		for _, d := range f.Dialects {
			fmt.Fprintf(w, "%-10s %s %12s %12s\n", "", screen.Left(screen.Text(d.Dialect), 22), "", report.Count(d.Records))
		}
		if n := f.Rejected + f.Oversize; n > 0 {
			fmt.Fprintf(w, "%-10s %s %12s\n", "", style.Bad(fmt.Sprintf("%-22s", "rejected")), report.Count(n))
		}
		if f.Blank > 0 {
			fmt.Fprintf(w, "%-10s %-22s %12s\n", "", "blank", report.Count(f.Blank))
		}
	}
	p := show.Printer{W: w, Width: width, Style: style}
	if len(t.Rejects) > 0 {
		fmt.Fprintln(w)
	}
	for i := range t.Rejects {
		r := &t.Rejects[i]
		fmt.Fprintf(w, "%s %s: %s", r.Format, style.Bad(r.Reason), report.Count(r.Lines))
		if r.First == nil {
			fmt.Fprint(w, "\n\n")
			continue
		}
		fmt.Fprintf(w, ", first ")
		p.Line(&explain.Line{File: r.First.File, Line: r.First.Line, Format: r.Format, Error: &r.First.Error, Text: r.First.Text})
	}
	if len(t.NearMisses) > 0 {
		fmt.Fprintf(w, "Of the first rejected lines of each file,\n")
	}
	for _, n := range t.NearMisses {
		fmt.Fprintf(w, "  %s %s %s %s, which is not configured: %s\n", report.Count(n.Lines), fit(n.Lines), n.Format, screen.Text(n.Dialect), screen.Text(n.Hint))
	}
}

func fit(n int64) string {
	if n == 1 {
		return "fits"
	}
	return "fit"
}

// bytesOf writes a number of bytes with a decimal unit.
func bytesOf(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", n/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", n/1e3)
	}
	return fmt.Sprintf("%.0f B", n)
}
