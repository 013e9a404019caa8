// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Command prove shows that the totals of stitched sessions are the truth, in whatever order, repetition and number the
// records come, over crashes, and over several stitchers. make prove runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	root := flag.String("root", ".", "folder of the source")
	collector := flag.String("collector", "bin/otelcol-proxylog", "the distribution, which is killed")
	kills := flag.Int("kills", 8, "how often")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of what is random")
	flag.Parse()
	k := &killing{collector: *collector, kills: *kills, rng: rand.New(rand.NewPCG(*seed, 7)), patience: time.Minute}
	fmt.Printf("seed %d\n", *seed)
	ok, err := prove(context.Background(), os.Stdout, *root, k)
	if err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
	if !ok {
		fmt.Println("\nNOT equal to the truth.")
		os.Exit(1)
	}
	fmt.Println("\nAll equal to the truth, session by session.")
}

// prove prints a table for each set, with a line for each way; false when one is not the truth.
func prove(ctx context.Context, out io.Writer, root string, k *killing) (bool, error) {
	list, err := sets(root)
	if err != nil {
		return false, err
	}
	good := true
	for _, s := range list {
		fmt.Fprintf(out, "\n%s: %d lines\n", s.name, len(s.lines))
		t := table{Writer: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), good: true}
		t.head(s)
		if err := t.ways(ctx, s, k.rng); err != nil {
			return false, err
		}
		wrong, err := t.killed(ctx, s, k)
		if err != nil {
			return false, err
		}
		if err := t.Flush(); err != nil {
			return false, err
		}
		if wrong != "" {
			fmt.Fprintln(out, wrong)
		}
		good = good && t.good
	}
	return good, nil
}

// table is what is printed of one set.
type table struct {
	*tabwriter.Writer
	good bool // all ways so far are the truth
}

func (t *table) head(s set) {
	fmt.Fprintln(t, "  \tsessions\tended\tclient sent\tclient received\trecords\t\tin = opened + merged + duplicate + late + passed")
	t.row("truth", s.truth, 0, "", note("(each way: every session's sums, and whether its end was seen)"))
}

func (t *table) row(way string, sessions map[string]totals, records int, ok string, l fmt.Stringer) {
	sum, complete := total(sessions)
	fmt.Fprintf(t, "  %s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", way, len(sessions), complete, sum.Sent, sum.Received, records, ok, l)
}

// result is the row of a way.
func (t *table) result(way string, s set, got *sums, l ledger) {
	ok := got.equal(s.truth) && l.balanced()
	t.good = t.good && ok
	t.row(way, got.sessions, got.records, verdict(ok), l)
}

// ways are those in which lines come to stitchers that live on.
func (t *table) ways(ctx context.Context, s set, rng *rand.Rand) error {
	shuffled := slices.Clone(s.lines)
	rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	twice := append(slices.Clone(s.lines), shuffled...)
	for _, way := range []struct {
		name string
		run  func() (*sums, ledger, error)
	}{
		{"plain order", func() (*sums, ledger, error) { return one(ctx, s, s.lines) }},
		{"shuffled", func() (*sums, ledger, error) { return one(ctx, s, shuffled) }},
		{"duplicated", func() (*sums, ledger, error) { return one(ctx, s, twice) }},
		{"over three, stitched again", func() (*sums, ledger, error) { return three(ctx, s, rng) }},
	} {
		got, l, err := way.run()
		if err != nil {
			return fmt.Errorf("%s, %s: %w", s.name, way.name, err)
		}
		t.result(way.name, s, got, l)
	}
	return nil
}

// killed is the way through a Collector that is killed: every distinct line is in exactly one output, or has passed.
// wrong says which is not, "" where all are.
func (t *table) killed(ctx context.Context, s set, k *killing) (wrong string, err error) {
	got, times, err := k.run(ctx, s)
	if err != nil {
		return "", fmt.Errorf("%s, killed: %w", s.name, err)
	}
	l := got.ledger(s)
	t.result(fmt.Sprintf("killed %d times", times), s, got, l)
	fmt.Fprintf(t, "  \t\t\t\t\t\t\t(%d lines, %d repetitions known; %d records came again with the same uid and content)\n",
		len(s.lines), l["duplicate"]+got.passedAgain, got.again)
	return got.wrong, nil
}

type note string

func (n note) String() string { return string(n) }

func verdict(ok bool) string {
	if ok {
		return "= truth"
	}
	return "WRONG"
}
