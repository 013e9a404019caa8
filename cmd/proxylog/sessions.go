// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/input"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/report"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/settings"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/stitch"
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/record"
)

const sessionsHelp = `usage: proxylog sessions [flags] FILE…

Reads files, joins the lines of each session with the processor session_stitch, and prints for each proxy its totals and
a line per session: start, duration, client and server, the bytes that the client sent and received, how it ended, and
of how many entries it was made. Then the lines that could not be read, by reason. FILE may be a pattern, or - for
standard input.

  --session ID     print the timeline of one session instead: each of its lines, with the time since its start. ID is a
                   session, task, request, stream or unique id
  --all            print all sessions; without it, the first ` + defaultRowsText + ` of each proxy, those that tell only their
                   client last
` + settingsHelp + `  --json           the records instead of a table, one JSON object per line, those of rejected lines included

Times are printed in the zone of --timezone. Of the configuration that --config names, the models and rules of its
session_stitch are taken too, but no timeouts: what is in the files is joined, however long it took.
A session is open where its last entry is not in the files. The exit status is 1 when a file cannot be read, 2 when the
command line makes no sense, and 0 otherwise, also when lines are rejected.
`

// defaultRows is how many rows of a proxy are printed without --all.
const (
	defaultRows     = 12
	defaultRowsText = "12"
)

// batchSize is the number of records that are handed to the stitcher at once.
const batchSize = 1000

func runSessions(e *env, args []string) error {
	var s settings.Flags
	fs := flag.NewFlagSet("sessions", flag.ContinueOnError)
	s.RegisterAll(fs)
	id := fs.String("session", "", "")
	all := fs.Bool("all", false, "")
	asJSON := fs.Bool("json", false, "")
	files, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return usagef("name the files to read, or - for standard input")
	}
	ctx := context.Background()
	// A timeline has no use for lines that belong to nothing.
	d, err := e.decoder(&s, *id != "")
	if err != nil {
		return err
	}
	section, err := s.Stitching(ctx)
	if err != nil {
		return usagef("%s", oneLine(err))
	}
	loc, err := s.Location()
	if err != nil {
		return usagef("%s", err)
	}
	names, failed := e.expand("sessions", files)
	if len(names) == 0 {
		return errReported
	}
	w, finish := e.buffered()
	r := reading{env: e, command: "sessions", decoder: d, section: section, failed: failed}
	layout := report.Layout{
		Width: screen.Width(e.stdout, e.getenv), Style: screen.NewStyle(e.stdout, e.getenv), Location: loc, More: "--all prints them",
	}
	switch {
	case *id != "":
		return finish(r.timeline(ctx, w, *id, names, layout, *asJSON))
	case *asJSON:
		return finish(r.records(ctx, w, names))
	}
	return finish(r.table(ctx, w, names, layout, rows(*all)))
}

func rows(all bool) int {
	if all {
		return 0
	}
	return defaultRows
}

// table prints the sessions; limit is the most rows of a proxy, 0 for all.
func (r *reading) table(ctx context.Context, w *bufio.Writer, names []string, layout report.Layout, limit int) error {
	rep := report.New(limit)
	if err := r.stitch(ctx, names, rep.Add); err != nil {
		return err
	}
	r.summary(w, len(names))
	rep.Print(w, layout)
	return r.outcome()
}

// records writes the records of the sessions as JSON.
func (r *reading) records(ctx context.Context, w *bufio.Writer, names []string) error {
	var output error
	err := r.stitch(ctx, names, func(logs plog.Logs) {
		if output == nil {
			output = writeRecords(w, logs)
		}
	})
	if err != nil || output != nil {
		return err // what cannot be written fails again when w is flushed, and is reported then
	}
	return r.outcome()
}

// outcome is an error where something was wrong with a file, and was said.
func (r *reading) outcome() error {
	if r.failed {
		return errReported
	}
	return nil
}

func writeRecords(w io.Writer, logs plog.Logs) error {
	for _, rec := range explain.Records(logs) {
		if err := rec.WriteJSON(w); err != nil {
			return err
		}
	}
	return nil
}

// reading reads files through one decoder.
type reading struct {
	*env
	command string
	decoder *decode.Decoder
	section map[string]any // of session_stitch in the user's configuration
	stats   decode.Stats
	lines   int64
	failed  bool
}

// file hands the lines of one file to fn; what is wrong with the file is said, and costs only its rest.
func (r *reading) file(name string, fn func(src *decode.Source, lines *input.Lines) error) error {
	lines, err := input.Open(name, r.stdin)
	if err != nil {
		r.complain(r.command, err)
		r.failed = true
		return nil
	}
	defer lines.Close()
	src := r.decoder.NewSource(lines.Name(), record.KV{Key: attr.LogFileName, Str: filepath.Base(lines.Name())})
	for lines.Next() {
		r.lines++
		if err := fn(src, lines); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		r.complain(r.command, err)
		r.failed = true
	}
	return nil
}

// stitch reads the files through the stitcher, which hands its records to fn.
func (r *reading) stitch(ctx context.Context, names []string, fn func(plog.Logs)) error {
	out, err := stitch.New(ctx, r.section, fn)
	if err != nil {
		return err
	}
	batch := r.decoder.NewBatch()
	flush := func() error {
		logs, stats := batch.Take()
		r.stats.Add(&stats)
		if logs.LogRecordCount() == 0 {
			return nil
		}
		return out.Add(ctx, logs)
	}
	for _, name := range names {
		var last *decode.Source
		err := r.file(name, func(src *decode.Source, lines *input.Lines) error {
			last = src
			src.Decode(batch, decode.Line{Text: lines.Text, Cut: lines.Cut, Observed: r.now()})
			if batch.Len() < batchSize {
				return nil
			}
			return flush()
		})
		if err != nil {
			return err
		}
		if last != nil {
			last.Flush(batch, r.now())
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return out.Close(ctx)
}

// summary says what was read.
func (r *reading) summary(w *bufio.Writer, files int) {
	var c report.Counts
	c.Files, c.Lines = int64(files), r.lines
	for f := range decode.NumFormats {
		c.Parsed += r.stats.Parsed[f]
		c.Rejected += r.stats.Rejected[f] + r.stats.Oversize[f]
		c.Blank += r.stats.Empty[f]
	}
	fmt.Fprintf(w, "%s\n\n", c)
}
