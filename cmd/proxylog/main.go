// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Command proxylog shows what the proxylog components read from the logs of EdgeOne, Envoy, g3proxy, HAProxy and Squid:
// line by line (explain), counted (stats), as sessions (sessions), or through the real Collector (run); and what to
// configure for a proxy (init). It calls the same packages as the receiver and the processor and has no parsing of its own.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
)

// Exit statuses. A shell adds 128 and the signal's number for a program that a signal ended.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// version is what a build without version control information is called; builder-config.yaml has the same.
const version = "0.1.0-dev"

// env is what a command has of the process.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
}

// command is one of proxylog's commands.
type command struct {
	name, summary, help string
	run                 func(*env, []string) error
}

func commands() []command {
	return []command{
		{"explain", "say what is read from each line, or where and why it does not fit", explainHelp, runExplain},
		{"stats", "count what is read of files, and what is not, and how fast", statsHelp, runStats},
		{"sessions", "stitch the sessions in files and print them", sessionsHelp, runSessions},
		{"init", "print a Collector configuration for a proxy's own configuration", initHelp, runInit},
		{"run", "stitch the sessions in files through the real Collector and print them", runHelp, runRun},
		{"version", "print the version", "usage: proxylog version\n", runVersion},
	}
}

func main() {
	e := &env{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: time.Now}
	os.Exit(e.main(os.Args[1:]))
}

// main runs the command that the arguments name and returns the exit status.
func (e *env) main(args []string) int {
	if len(args) == 0 {
		e.usage(e.stderr)
		return exitUsage
	}
	name, rest := args[0], args[1:]
	if name == "help" || name == "-h" || name == "-help" || name == "--help" {
		if len(rest) == 0 {
			e.usage(e.stdout)
			return exitOK
		}
		name, rest = rest[0], []string{"--help"}
	}
	if name == "--version" || name == "-version" {
		name = "version"
	}
	for _, c := range commands() {
		if c.name == name {
			return e.status(c, c.run(e, rest))
		}
	}
	fmt.Fprintf(e.stderr, "proxylog: no command %q; proxylog help lists them\n", name)
	return exitUsage
}

func (e *env) usage(w io.Writer) {
	var b strings.Builder
	b.WriteString("proxylog shows what is read from the logs of EdgeOne, Envoy, g3proxy, HAProxy and Squid.\n\nusage: proxylog COMMAND [flags] [FILE…]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-9s %s\n", c.name, c.summary)
	}
	b.WriteString("  help      describe a command: proxylog help COMMAND\n")
	io.WriteString(w, b.String())
}

// usageError is a command line that makes no sense.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// Errors that were reported already, or that need no report.
var (
	errReported    = errors.New("reported")
	errInterrupted = errors.New("interrupted")
)

// status reports how a command ended.
func (e *env) status(c command, err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(e.stdout, c.help)
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(e.stderr, "proxylog %s: %s; proxylog help %s says more\n", c.name, usage.text, c.name)
		return exitUsage
	case errors.Is(err, errReported):
		return exitFailed
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	}
	e.complain(c.name, err)
	return exitFailed
}

// oneLine joins the lines of an error. What ends in a colon goes on in the next line.
func oneLine(err error) string {
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' })
	return strings.ReplaceAll(strings.Join(lines, "; "), ":; ", ": ")
}

// complain reports an error that does not end the command.
func (e *env) complain(name string, err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(e.stderr, "proxylog %s: %s\n", name, screen.Text(strings.TrimRight(line, "\n")))
	}
}

// twoDashes writes the flags in the errors of the package flag as the help does.
var twoDashes = strings.NewReplacer("defined: -", "known: --", "argument: -", "argument: --", "for flag -", "for flag --", "for -", "for --")

// parse reads flags, before, between and behind the other arguments, which it returns. -- ends the flags.
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usagef("%s", twoDashes.Replace(err.Error()))
		}
		left := fs.Args()
		if len(left) == 0 {
			return rest, empty(fs)
		}
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			return append(rest, left...), empty(fs)
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// empty complains of a flag whose value is empty, as that of a variable of the shell that is not set. Without a word the
// command would do something else than was asked for.
func empty(fs *flag.FlagSet) (err error) {
	fs.Visit(func(f *flag.Flag) {
		if v, ok := f.Value.(flag.Getter); ok && v.Get() == "" {
			err = usagef("invalid value \"\" for flag --%s: it is empty", f.Name)
		}
	})
	return err
}

// buffered is standard output with a buffer, which finish empties; it returns the error of the command, or its own.
func (e *env) buffered() (w *bufio.Writer, finish func(error) error) {
	w = bufio.NewWriterSize(e.stdout, 64<<10)
	return w, func(err error) error {
		switch flushErr := w.Flush(); {
		case errors.Is(flushErr, syscall.EPIPE):
			return errReported // the reader has seen enough
		case flushErr != nil:
			return errors.Join(err, fmt.Errorf("writing the output: %w", flushErr))
		}
		return err
	}
}

func runVersion(e *env, args []string) error {
	rest, err := parse(flag.NewFlagSet("version", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("takes no arguments")
	}
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	fmt.Fprintln(e.stdout, "proxylog", v)
	return nil
}
