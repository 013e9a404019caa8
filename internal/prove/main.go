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

// prove prints a line for each set and way; false when one is not the truth.
func prove(ctx context.Context, out io.Writer, root string, k *killing) (bool, error) {
	list, err := sets(root)
	if err != nil {
		return false, err
	}
	rng, good := k.rng, true
	for _, s := range list {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		row := func(way string, sessions map[string]totals, records int, ok string, l fmt.Stringer) {
			if sessions == nil {
				fmt.Fprintf(w, "  %s\t\t\t\t\t\t%s\t%s\n", way, ok, l)
				return
			}
			t, complete := total(sessions)
			fmt.Fprintf(w, "  %s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", way, len(sessions), complete, t.Sent, t.Received, records, ok, l)
		}
		fmt.Fprintf(out, "\n%s: %d lines\n", s.name, len(s.lines))
		fmt.Fprintln(w, "  \tsessions\tended\tclient sent\tclient received\trecords\t\tin = opened + merged + duplicate + late + passed")
		row("truth", s.truth, 0, "", note("(each way: every session's sums, and whether its end was seen)"))
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
				return false, fmt.Errorf("%s, %s: %w", s.name, way.name, err)
			}
			ok := got.equal(s.truth) && l.balanced()
			good = good && ok
			row(way.name, got.sessions, got.records, verdict(ok), l)
		}
		got, killed, err := k.run(ctx, s)
		if err != nil {
			return false, fmt.Errorf("%s, killed: %w", s.name, err)
		}
		// Every distinct line is in exactly one output, or has passed.
		l := got.ledger(s)
		ok := got.equal(s.truth) && l.balanced()
		good = good && ok
		row(fmt.Sprintf("killed %d times", killed), got.sessions, got.records, verdict(ok), l)
		row("", nil, 0, "", note(fmt.Sprintf("(%d lines, %d repetitions known; %d records came again with the same uid and content)",
			len(s.lines), l["duplicate"]+got.passedAgain, got.again)))
		if err := w.Flush(); err != nil {
			return false, err
		}
		if got.wrong != "" {
			fmt.Fprintln(out, got.wrong)
		}
	}
	return good, nil
}

type note string

func (n note) String() string { return string(n) }

func verdict(ok bool) string {
	if ok {
		return "= truth"
	}
	return "WRONG"
}
