// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Command scale measures how the cost of a line changes with what a user has more or less of: files, fields in a
// directive, records in a batch. make bench-scale runs it. Each series should be near flat.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/proxylog/proxylog/bench/collector"
	"github.com/proxylog/proxylog/bench/page"
)

func main() {
	s := &scale{runner: collector.Runner{Patience: time.Minute}}
	flag.StringVar(&s.root, "root", ".", "folder of the source")
	flag.StringVar(&s.runner.Binary, "collector", "bin/otelcol-proxylog", "the distribution")
	flag.StringVar(&s.runner.GOGC, "gogc", "100", "GOGC of every Collector")
	flag.IntVar(&s.lines, "lines", 300_000, "lines of each measurement")
	flag.IntVar(&s.rounds, "rounds", 3, "how often each is made")
	docs := flag.String("docs", "", "page into which the tables are written, and the plot beside it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := s.run(ctx, *docs)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-scale:", err)
		os.Exit(1)
	}
}

type scale struct {
	root          string
	runner        collector.Runner
	lines, rounds int
}

// series is one plot: what a line costs, in microseconds of CPU time, against a number of something.
type series struct {
	title, unit string
	// each says that the cost is to be proportional to the number, and not the same for all.
	each   bool
	points []point
}

type point struct {
	n    int
	cost float64
	// bytes is the length of a line, 0 where it is the same for all.
	bytes float64
}

const plotFile = "performance-scale.svg"

func (s *scale) run(ctx context.Context, docs string) error {
	var list []series
	for _, measure := range []func(context.Context) (series, error){s.files, s.fields, s.batches} {
		x, err := measure(ctx)
		if err != nil {
			return err
		}
		fmt.Println(x.table())
		list = append(list, x)
	}
	if docs == "" {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s: %s, %s/%s, %d CPUs, GOGC=%s, %d lines each, medians of %d rounds.\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), s.runner.GOGC, s.lines, s.rounds)
	for _, x := range list {
		b.WriteString(x.table() + "\n")
	}
	fmt.Fprintf(&b, "![cost of a line against files, fields and batch size](%s)\n", plotFile)
	if err := os.WriteFile(filepath.Join(filepath.Dir(docs), plotFile), []byte(plot(list)), 0o600); err != nil {
		return err
	}
	return page.Write(docs, "bench-scale", b.String())
}

// table is the series in Markdown, each point against the first.
func (x *series) table() string {
	var b strings.Builder
	against := "against the first"
	if x.each {
		against = "for each of them, " + against
	}
	fmt.Fprintf(&b, "| %s | µs a line | %s |\n|---:|---:|---:|\n", x.unit, against)
	for _, p := range x.points {
		name := strconv.Itoa(p.n)
		if p.bytes > 0 {
			name += fmt.Sprintf(" (%.0f bytes a line)", p.bytes)
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f× |\n", name, p.cost, x.share(p)/x.share(x.points[0]))
	}
	return b.String()
}

// share is what is to be the same for all points.
func (x *series) share(p point) float64 {
	if x.each {
		return p.cost / float64(p.n)
	}
	return p.cost
}
