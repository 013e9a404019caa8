// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package tally counts what was read of lines: by format and dialect, and what could not be read by reason, with the first
// line of each.
package tally

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format"
)

// Tally is what was read of files.
type Tally struct {
	Files int64 `json:"files"`
	// Lines are those of the files, and Bytes their length with their ends, unpacked.
	Lines int64 `json:"lines"`
	Bytes int64 `json:"bytes"`
	// Seconds is how long it took to read them and to make records of them.
	Seconds float64 `json:"seconds"`
	// LinesPerSecond and BytesPerSecond are 0 where the clock has not moved.
	LinesPerSecond float64 `json:"lines_per_second"`
	BytesPerSecond float64 `json:"bytes_per_second"`
	// Parsed, Rejected, Oversize and Blank count lines; the pieces of a line that came in pieces count as one.
	Parsed   int64 `json:"parsed"`
	Rejected int64 `json:"rejected"`
	Oversize int64 `json:"oversize"`
	Blank    int64 `json:"blank"`
	// Formats are the formats of lines, unknown among them, those with the most lines first.
	Formats []Format `json:"formats"`
	// Rejects are the reasons for which lines, or entries of lines, could not be read.
	Rejects []Reject `json:"rejects"`
	// NearMisses are dialects that read rejected lines and are not configured.
	NearMisses []NearMiss `json:"near_misses"`
}

// Format counts the lines of one format.
type Format struct {
	Format   string `json:"format"`
	Parsed   int64  `json:"parsed"`
	Rejected int64  `json:"rejected"`
	Oversize int64  `json:"oversize"`
	Blank    int64  `json:"blank"`
	// Dialects count records: a line may hold several entries.
	Dialects []Dialect `json:"dialects"`
}

// Dialect counts the records of one dialect.
type Dialect struct {
	Dialect string `json:"dialect"`
	Records int64  `json:"records"`
}

// Reject counts lines that could not be read for one reason.
type Reject struct {
	Format string `json:"format"`
	Reason string `json:"reason"`
	Lines  int64  `json:"lines"`
	// First is the first of them; nil where it was an entry of a line that otherwise could be read.
	First *Example `json:"first,omitempty"`
}

// Example is one rejected line.
type Example struct {
	File string `json:"file"`
	Line int    `json:"line"`
	explain.Error
	// Text is the line, without what wraps it: Offset counts from its first byte.
	Text string `json:"-"`
}

// NearMiss counts rejected lines, among the first ones of each file, that a dialect reads which is not configured.
type NearMiss struct {
	Format  string `json:"format"`
	Dialect string `json:"dialect"`
	Lines   int64  `json:"lines"`
	Hint    string `json:"hint"`
}

// Counter makes a Tally. It is not safe for concurrent use.
type Counter struct {
	Tally Tally

	decoder  *decode.Decoder
	batch    *decode.Batch
	stats    decode.Stats
	dialects map[[2]string]int64
	first    [decode.NumFormats][format.NumReasons]*Example
	near     map[[2]string]*NearMiss
}

// batchSize is the number of records that are made at once.
const batchSize = 500

// New makes a Counter of what a decoder reads. Rejected lines have to be kept.
func New(d *decode.Decoder) *Counter {
	return &Counter{
		decoder: d, batch: d.NewBatch(), dialects: map[[2]string]int64{}, near: map[[2]string]*NearMiss{},
	}
}

// File counts the lines of one file; its end has to be told by End.
type File struct {
	c      *Counter
	name   string
	source *decode.Source
	line   decode.Line
	number int
}

// File begins a file.
func (c *Counter) File(name string) *File {
	c.Tally.Files++
	f := &File{c: c, name: name, source: c.decoder.NewSource(name)}
	f.source.Rejected(f.rejected)
	return f
}

// Line counts a line; size is its length in the file in bytes.
func (f *File) Line(line decode.Line, size int) {
	f.number++
	f.c.Tally.Lines++
	f.c.Tally.Bytes += int64(size)
	f.line = line
	f.source.Decode(f.c.batch, line)
	if f.c.batch.Len() >= batchSize {
		f.c.take()
	}
}

// End ends the file.
func (f *File) End(now time.Time) {
	f.source.Flush(f.c.batch, now)
	f.c.take()
}

// rejected notes the first line that cannot be read for a reason, and what would have read it.
func (f *File) rejected(err *format.Error) {
	// The line was counted just now, under the format that the first without an example tells.
	for i := range decode.NumFormats {
		n := f.c.stats.Rejects[i][err.Reason] + f.c.batch.Stats.Rejects[i][err.Reason]
		if n > 0 && f.c.first[i][err.Reason] == nil {
			f.c.first[i][err.Reason] = f.example(err)
		}
	}
	if err.Fits == nil {
		return
	}
	scope := err.Fits.Scope
	fits := [2]string{scope.Format, scope.Dialect}
	if f.c.near[fits] == nil {
		f.c.near[fits] = &NearMiss{Format: scope.Format, Dialect: scope.Dialect, Hint: err.Hint}
	}
	f.c.near[fits].Lines++
}

// example describes the line that was read last. It is read once more, alone, for the text that the offset counts in:
// where it came in pieces that is only the last one.
func (f *File) example(err *format.Error) *Example {
	e := &Example{File: f.name, Line: f.number, Text: f.line.Text, Error: explain.Error{
		Reason: err.Reason.String(), Field: err.Field, Offset: err.Offset, Expected: err.Expected,
	}}
	if err.Dialect != nil {
		e.Dialect = err.Dialect.Scope.Dialect
	}
	if again := explain.New(f.c.decoder, f.name).ReadLine(f.line); again.Error != nil {
		e.Text = again.Text
	}
	return e
}

// take counts the records of the batch by their dialect.
func (c *Counter) take() {
	logs, stats := c.batch.Take()
	c.stats.Add(&stats)
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			c.dialects[dialectOf(sl)] += int64(sl.LogRecords().Len())
		}
	}
}

// dialectOf is the format and dialect of a scope, which names them as proxylog.<format>.<dialect>.
func dialectOf(sl plog.ScopeLogs) [2]string {
	v, _ := sl.Scope().Attributes().Get(attr.EncodingFormat)
	name, dialect, _ := strings.Cut(strings.TrimPrefix(v.Str(), "proxylog."), ".")
	return [2]string{name, dialect}
}

// Finish is the Tally of all lines; took is how long they took.
func (c *Counter) Finish(took time.Duration) *Tally {
	c.take()
	t := &c.Tally
	if t.Seconds = took.Seconds(); took > 0 {
		t.LinesPerSecond, t.BytesPerSecond = float64(t.Lines)/t.Seconds, float64(t.Bytes)/t.Seconds
	}
	t.Formats, t.Rejects, t.NearMisses = []Format{}, []Reject{}, []NearMiss{}
	for i, name := range decode.FormatNames() {
		f := Format{
			Format: name, Parsed: c.stats.Parsed[i], Rejected: c.stats.Rejected[i], Oversize: c.stats.Oversize[i], Blank: c.stats.Empty[i],
			Dialects: []Dialect{},
		}
		t.Parsed, t.Rejected, t.Oversize, t.Blank = t.Parsed+f.Parsed, t.Rejected+f.Rejected, t.Oversize+f.Oversize, t.Blank+f.Blank
		for key, n := range c.dialects {
			if key[0] == name && key[1] != "rejected" {
				f.Dialects = append(f.Dialects, Dialect{key[1], n})
			}
		}
		slices.SortFunc(f.Dialects, func(a, b Dialect) int {
			return cmp.Or(cmp.Compare(b.Records, a.Records), cmp.Compare(a.Dialect, b.Dialect))
		})
		if f.Parsed+f.Rejected+f.Oversize+f.Blank > 0 {
			t.Formats = append(t.Formats, f)
		}
		for reason, n := range c.stats.Rejects[i] {
			if n > 0 {
				t.Rejects = append(t.Rejects, Reject{
					Format: name, Reason: format.Reason(reason).String(), Lines: n, First: c.first[i][reason],
				})
			}
		}
	}
	slices.SortStableFunc(t.Formats, func(a, b Format) int { return cmp.Compare(b.lines(), a.lines()) })
	slices.SortStableFunc(t.Rejects, func(a, b Reject) int { return cmp.Compare(b.Lines, a.Lines) })
	for _, n := range c.near {
		t.NearMisses = append(t.NearMisses, *n)
	}
	slices.SortFunc(t.NearMisses, func(a, b NearMiss) int {
		return cmp.Or(cmp.Compare(b.Lines, a.Lines), cmp.Compare(a.Format+a.Dialect, b.Format+b.Dialect))
	})
	return t
}

func (f *Format) lines() int64 { return f.Parsed + f.Rejected + f.Oversize + f.Blank }
