// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/collector"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/input"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/report"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/samples"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/settings"
)

// startup is how long the Collector may take until it answers, at least: on a busy machine that is many seconds, and a
// short --patience is about its progress.
const startup = 30 * time.Second

const runHelp = `usage: proxylog run [flags] [FILE…]

Runs the Collector distribution over files, from their beginning to their end, with the receiver proxylog and the
processor session_stitch, and prints what it makes of them as proxylog sessions does. FILE may be a pattern. Without
FILE it reads the samples of all five proxies that come with the source. It needs room for the records in the folder
for temporary files (TMPDIR).

  --collector PATH
                   the distribution; without it otelcol-proxylog beside this program
  --all            print all sessions; without it, the first ` + defaultRowsText + ` of each proxy, those that tell only their
                   client last
` + linesHelp + `  --patience D     how long the Collector may make no progress: 30s
  --keep           keep the configuration and the records, and say where
  --show-config    print the configuration of the Collector and run nothing

Times are printed in the zone of --timezone; the samples are of UTC.
The exit status is 1 when a file cannot be read, when lines are missing in the end, or when the Collector fails, 2 when
the command line makes no sense, and 0 otherwise, also when lines are rejected.
`

func runRun(e *env, args []string) error {
	var s settings.Flags
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	s.Register(fs)
	r := runner{env: e, settings: &s}
	fs.StringVar(&r.binary, "collector", "", "")
	fs.BoolVar(&r.all, "all", false, "")
	fs.BoolVar(&r.keep, "keep", false, "")
	show := fs.Bool("show-config", false, "")
	fs.DurationVar(&r.patience, "patience", 30*time.Second, "")
	files, err := parse(fs, args)
	if err != nil {
		return err
	}
	if r.patience <= 0 {
		return usagef("--patience: %s is not a positive duration", r.patience)
	}
	for _, f := range files {
		if f == input.Stdin {
			return usagef("the Collector reads files; for standard input there is proxylog sessions -")
		}
	}
	// What is wrong with the flags is said before anything is read.
	if _, err := e.decoder(&s, false); err != nil {
		return err
	}
	if len(files) == 0 {
		found, err := samples.Find()
		if err != nil {
			return err
		}
		files, r.receiver = found.Files, found.Receiver
		if s.Timezone == "" {
			s.Timezone = "UTC"
		}
	}
	names, failed := e.expand("run", files)
	r.failed = failed
	if err := r.look(names); err != nil {
		return err
	}
	switch {
	case *show:
		return r.showConfig()
	case r.lines == 0:
		return r.nothing()
	}
	return r.run()
}

// runner is one run of the command.
type runner struct {
	*env
	settings  *settings.Flags
	binary    string
	all, keep bool
	patience  time.Duration

	receiver map[string]any // more settings of the receiver

	files  []string // absolute
	lines  int64    // that are not blank
	blank  int64
	failed bool
}

// config is the Collector's configuration, but for its output and port.
func (r *runner) config() (collector.Config, error) {
	receiver, err := r.settings.Map()
	if err != nil {
		return collector.Config{}, err
	}
	for format, more := range r.receiver {
		section, ok := receiver[format].(map[string]any)
		if !ok {
			section = map[string]any{}
			receiver[format] = section
		}
		if m, ok := more.(map[string]any); ok {
			maps.Copy(section, m)
		}
	}
	return collector.Config{Files: r.files, Receiver: receiver}, nil
}

func (r *runner) showConfig() error {
	cfg, err := r.config()
	if err != nil {
		return err
	}
	cfg.Output, cfg.Port = filepath.Join(os.TempDir(), "records.jsonl"), 8888
	text, err := cfg.YAML()
	if err != nil {
		return err
	}
	if _, err = r.stdout.Write(text); err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	if r.failed {
		return errReported
	}
	return nil
}

func (r *runner) run() error {
	binary, err := r.distribution()
	if err != nil {
		return err
	}
	cfg, err := r.config()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "proxylog-run-")
	if err != nil {
		return fmt.Errorf("a folder for temporary files: %w", err)
	}
	if r.keep {
		defer fmt.Fprintf(r.stderr, "proxylog run: configuration and records are kept in %s\n", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	// Whoever reads the output may stop to do so; the temporary files go all the same.
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var mu sync.Mutex
	say := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(r.stderr, "collector: %s\n", screen.Text(text))
	}
	progress := r.progress(&mu)
	res, err := collector.Run(ctx, &collector.Settings{
		Binary: binary, Dir: dir, Config: cfg, Lines: r.lines, Environ: r.environ(),
		Patience: r.patience, Startup: max(r.patience, startup),
		Say: say, Progress: progress.lines,
	})
	progress.clear()
	if err != nil {
		r.failed = true
		if ctx.Err() == nil {
			r.complain("run", err)
		}
	}
	if res == nil || errors.Is(err, collector.ErrEnded) {
		return errReported
	}
	if err := r.print(res); err != nil {
		return err
	}
	if ctx.Err() != nil {
		r.complain("run", fmt.Errorf("interrupted: %s of %s lines were read", report.Count(res.Lines()), report.Count(r.lines)))
		return errInterrupted
	}
	if r.failed {
		return errReported
	}
	return nil
}

// distribution is the program to run.
func (r *runner) distribution() (string, error) {
	binary := r.binary
	if binary == "" {
		exe, err := os.Executable()
		if err != nil {
			return "", usagef("name the distribution with --collector")
		}
		binary = filepath.Join(filepath.Dir(exe), "otelcol-proxylog"+filepath.Ext(exe))
	}
	info, err := os.Stat(binary)
	switch {
	case err != nil:
		return "", fmt.Errorf("there is no Collector at %s; make build makes it, --collector names another place", binary)
	case info.IsDir():
		return "", fmt.Errorf("%s is a directory, not the Collector", binary)
	}
	// A name without a slash would be looked for in PATH.
	return filepath.Abs(binary)
}

// environ is the Collector's environment. What has no setting for its zone, such as a syslog header, has the local one.
func (r *runner) environ() []string {
	environ := os.Environ()
	if z := r.settings.Timezone; z != "" && !strings.EqualFold(z, "local") {
		environ = append(environ, "TZ="+z)
	}
	return environ
}

// print prints what the Collector made of the files.
func (r *runner) print(res *collector.Result) error {
	loc, err := r.settings.Location()
	if err != nil {
		return err
	}
	rep := report.New(rows(r.all))
	records, err := os.Open(res.Output)
	if err != nil {
		return fmt.Errorf("the Collector has written no records: %w", err)
	}
	defer records.Close()
	if err := report.ReadOTLP(records, rep.Add); err != nil {
		r.complain("run", err)
		r.failed = true
	}
	w, finish := r.buffered()
	counts := report.Counts{
		Files: int64(len(r.files)), Lines: res.Lines() + res.Settled["empty"], Parsed: res.Settled["parsed"],
		Rejected: res.Settled["rejected"] + res.Settled["oversize"], Refused: res.Settled["refused"], Blank: res.Settled["empty"],
	}
	fmt.Fprintf(w, "%s\n\n", counts)
	rep.Print(w, report.Layout{
		Width: screen.Width(r.stdout, r.getenv), Style: screen.NewStyle(r.stdout, r.getenv), Location: loc, More: "--all prints them",
	})
	if refused := res.Settled["refused"]; refused > 0 {
		r.complain("run", fmt.Errorf("%d lines were refused and are missing", refused))
		r.failed = true
	}
	if want := res.Settled["rejected"] + res.Settled["oversize"]; rep.Rejected < want {
		r.complain("run", fmt.Errorf("%d rejected lines are missing in the Collector's output", want-rep.Rejected))
		r.failed = true
	}
	return finish(nil)
}
