// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Command peers measures what reading proxy logs costs with our receiver and with what users would otherwise write for
// the same Collector: CPU time of the process, start-up taken off, and its peak memory. make bench-peers runs it.
//
// The candidates of a corpus read the same file in turn, in several rounds, so that a machine that is busy for a while
// hits all of them; the table shows medians. Each run ends when the Collector's own metrics say that every line was read
// and, where it is parsed, parsed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/proxylog/proxylog/bench/collector"
	"github.com/proxylog/proxylog/bench/corpus"
)

func main() {
	root := flag.String("root", ".", "folder of the source")
	binary := flag.String("collector", "bin/otelcol-proxylog", "the distribution")
	lines := flag.Int64("lines", 1_000_000, "lines of each corpus")
	rounds := flag.Int("rounds", 3, "how often each candidate runs")
	gogc := flag.String("gogc", "100", "GOGC of every Collector")
	list := flag.String("only", "", "corpora, with commas between them: "+strings.Join(corpus.Names(), ",")+"; empty is all")
	seed := flag.Uint64("seed", 1, "of the corpora")
	docs := flag.String("docs", "", "page into which the table is written, between the marks for it")
	flag.Parse()
	b := &bench{
		root: *root, lines: *lines, rounds: *rounds, seed: *seed,
		runner: collector.Runner{Binary: *binary, GOGC: *gogc, Patience: time.Minute},
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := b.run(ctx, only(sets(), *list), *docs)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-peers:", err)
		os.Exit(1)
	}
}

// bench is one measurement.
type bench struct {
	root   string
	lines  int64
	rounds int
	seed   uint64
	runner collector.Runner
}

func (b *bench) run(ctx context.Context, list []set, docs string) error {
	if len(list) == 0 || b.lines < 1 || b.rounds < 1 {
		return fmt.Errorf("nothing to do: corpora are %s, lines and rounds are positive", strings.Join(corpus.Names(), ", "))
	}
	dir, err := os.MkdirTemp("", "bench-peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	report := newReport(b)
	for _, s := range list {
		r, err := b.set(ctx, dir, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.corpus, err)
		}
		report.sets = append(report.sets, r)
		fmt.Println(r.table())
	}
	fmt.Print(report.summary())
	if docs == "" {
		return nil
	}
	return report.write(docs)
}

// set measures all candidates of one corpus.
func (b *bench) set(ctx context.Context, dir string, s set) (*result, error) {
	c, err := corpus.Load(b.root, s.corpus)
	if err != nil {
		return nil, err
	}
	path, empty := filepath.Join(dir, s.corpus+".log"), filepath.Join(dir, "empty.log")
	size, err := c.WriteFile(path, int(b.lines), b.seed)
	if err != nil {
		return nil, err
	}
	defer os.Remove(path)
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		return nil, err
	}
	r := &result{title: c.Title, bytesPerLine: float64(size) / float64(b.lines), lines: b.lines}
	for _, k := range append([]candidate{s.ours}, s.peers...) {
		r.rows = append(r.rows, row{candidate: k})
	}
	for round := range b.rounds {
		fmt.Fprintf(os.Stderr, "%s: round %d of %d\n", c.Title, round+1, b.rounds)
		// Each round begins with another candidate: the first one after the dearest finds the machine in another state.
		first := round * len(r.rows) / b.rounds
		for i := range r.rows {
			row := &r.rows[(first+i)%len(r.rows)]
			start, err := b.runner.Run(ctx, row.make(empty), 0)
			if err != nil {
				return nil, fmt.Errorf("%s, without lines: %w", row.title, err)
			}
			cost, err := b.runner.Run(ctx, row.make(path), b.lines)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", row.title, err)
			}
			row.starts = append(row.starts, start)
			row.costs = append(row.costs, cost)
		}
	}
	r.others = others(ctx, s.corpus, path, b)
	return r, nil
}
