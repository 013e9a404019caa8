// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"os"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/input"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/settings"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/show"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/explain"
)

const explainHelp = `usage: proxylog explain [flags] [FILE…]

Says of each line what is read from it: format, dialect and kind, its fields with the attribute that each becomes, and
the record with the attributes that follow from several fields. For a line that does not fit: the reason, a caret under
the byte where it stops fitting, what was expected there, and the dialect that fitted furthest.
Without FILE, or with -, lines are read from standard input. With --directive or --config and without any input the
dialects themselves are explained: the items in order, the attribute and type of each field, how the end of each is
found, and what some lines leave open and how to avoid that. A directive that makes no sense is shown with a caret.

` + settingsHelp + `  --json           one JSON object for each line, "line" counting from 1

In the JSON, "fields" are the directive's codes, or the keys, in order: "raw" is the value with quoting, padding and
encoding undone, null where it is missing, and "offset" the byte at which it begins; "attribute" is there where the value
becomes that attribute by itself. "record" and "error" exclude each other. A line with several entries, such as a JSON
array, has "entries" instead. JSON is UTF-8: a value that is not is read as ISO 8859-1, so that each byte becomes one
character.

A line of more than 1 MiB is cut and rejected as oversize. The exit status is 0 also when lines are rejected, 1 when a
file cannot be read, 2 when the command line makes no sense.
`

// settingsHelp describes the flags of settings.Flags.RegisterAll, linesHelp those of Register.
const (
	settingsHelp = linesHelp + `  --config FILE    take the settings from the section receivers::proxylog of a Collector's configuration; flags beat it
  --component ID   which one, where the configuration has several, such as proxylog/edge
`
	linesHelp = `  --format F       auto (the default), edgeone, envoy, g3proxy, haproxy or squid
  --directive D    the log format as it stands in the proxy's configuration, several lines too: log-format "…" or option
                   tcplog of HAProxy, logformat … of Squid, a format string or JSON map of Envoy
  --timezone Z     the zone of dates without one: Local (the default), UTC, or a name such as Europe/Berlin
  --capture-request-headers A,B, --capture-response-headers A,B
                   the headers that HAProxy captures, in the order of their declaration
`
)

func runExplain(e *env, args []string) error {
	var s settings.Flags
	fs := flag.NewFlagSet("explain", flag.ContinueOnError)
	s.RegisterAll(fs)
	asJSON := fs.Bool("json", false, "")
	files, err := parse(fs, args)
	if err != nil {
		return err
	}
	d, err := e.decoder(&s, true)
	if err != nil {
		return err
	}
	// Without a file, and with nothing on standard input, the dialects are what is to be explained.
	described := len(files) == 0 && (s.Directive != "" || s.Config != "")
	if len(files) == 0 {
		files = []string{input.Stdin}
	}
	names, failed := e.expand("explain", files)
	w, finish := e.buffered()
	x := explaining{
		env: e, decoder: d, w: w, json: *asJSON, several: len(names) > 1,
		printer: show.Printer{W: w, Width: screen.Width(e.stdout, e.getenv), Style: screen.NewStyle(e.stdout, e.getenv)},
	}
	if described && e.typed() {
		return finish(x.programs())
	}
	for _, name := range names {
		if err := x.file(name); err != nil {
			if errors.Is(err, errOutput) {
				break // finish reports it
			}
			w.Flush()
			e.complain("explain", err)
			failed = true
		}
	}
	switch {
	case failed:
		return finish(errReported)
	case described && x.lines == 0:
		return finish(x.programs())
	case x.lines == 0:
		e.complain("explain", errors.New("there are no lines in it"))
	}
	return finish(nil)
}

// decoder compiles what the flags say; drop as settings.Flags.Decoder has it. Directives that make no sense are shown with
// a caret under the byte.
func (e *env) decoder(s *settings.Flags, drop bool) (*decode.Decoder, error) {
	d, err := s.Decoder(context.Background(), drop)
	if err == nil {
		return d, nil
	}
	p := show.Printer{W: e.stderr, Width: screen.Width(e.stderr, e.getenv), Style: screen.NewStyle(e.stderr, e.getenv)}
	for _, at := range positions(err) {
		p.Directive(at.Directive, at.At)
	}
	return nil, usagef("%s", oneLine(err))
}

// positions are the errors of a tree that know their place in a directive.
func positions(err error) (out []*directive.PositionError) {
	switch n := err.(type) { //nolint:errorlint // it walks the tree itself, since errors.As stops at the first
	case *directive.PositionError:
		return []*directive.PositionError{n}
	case interface{ Unwrap() []error }:
		for _, e := range n.Unwrap() {
			out = append(out, positions(e)...)
		}
	case interface{ Unwrap() error }:
		return positions(n.Unwrap())
	}
	return out
}

// typed reports whether standard input is a terminal, at which nobody has typed anything yet.
func (e *env) typed() bool {
	f, ok := e.stdin.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// programs explains the dialects.
func (x *explaining) programs() error {
	programs := explain.Programs(x.decoder)
	if len(programs) == 0 {
		return errors.New("the format has no directives to explain")
	}
	for i := range programs {
		if !x.json {
			x.printer.Program(&programs[i])
			continue
		}
		if err := programs[i].WriteJSON(x.w); err != nil {
			return nil // the writer's owner reports it
		}
	}
	return nil
}

// errOutput is a failure to write, after which nothing more is to be read.
var errOutput = errors.New("output")

// explaining is one run of the command.
type explaining struct {
	*env
	decoder *decode.Decoder
	w       *bufio.Writer
	json    bool
	several bool
	printer show.Printer
	lines   int
}

func (x *explaining) file(name string) error {
	lines, err := input.Open(name, x.stdin)
	if err != nil {
		return err
	}
	defer lines.Close()
	e := explain.New(x.decoder, lines.Name())
	for lines.Next() {
		x.lines++
		l := e.ReadLine(decode.Line{Text: lines.Text, Cut: lines.Cut, Observed: x.now()})
		if x.several {
			l.File = lines.Name()
		}
		if x.json {
			err = l.WriteJSON(x.w)
		} else {
			x.printer.Line(&l)
		}
		// Whoever types or pipes lines wants to see what became of them before the next one comes.
		if err == nil && lines.Waiting() {
			err = x.w.Flush()
		}
		if err != nil {
			return errOutput
		}
	}
	return lines.Err()
}

// expand finds the files to read and complains about arguments that are none.
func (e *env) expand(command string, args []string) (names []string, failed bool) {
	names, errs := input.Expand(args)
	for _, err := range errs {
		e.complain(command, err)
	}
	return names, len(errs) > 0
}
