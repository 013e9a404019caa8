// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/proxylog/proxylog/bench/collector"
	"github.com/proxylog/proxylog/bench/page"
)

// row is a candidate and what its runs have cost.
type row struct {
	candidate
	starts, costs []collector.Cost
}

// result is a corpus that was measured. The first row is ours.
type result struct {
	title        string
	bytesPerLine float64
	lines        int64
	rows         []row
	others       []other
}

func median[T cmp.Ordered](values []T) T {
	s := slices.Sorted(slices.Values(values))
	return s[len(s)/2]
}

func cpu(costs []collector.Cost) time.Duration {
	var out []time.Duration
	for _, c := range costs {
		out = append(out, c.CPU)
	}
	return median(out)
}

// perLine is CPU time a line, in microseconds, with that of the start taken off.
func (k *row) perLine(lines int64) float64 {
	return float64(cpu(k.costs)-cpu(k.starts)) / 1e3 / float64(lines)
}

// rss is the peak of memory in MiB.
func (k *row) rss() float64 {
	var out []int64
	for _, c := range k.costs {
		out = append(out, c.RSS)
	}
	return float64(median(out)) / (1 << 20)
}

// ratio is how many times ours is faster than the candidate; for the baseline how many times dearer. A variant of ours is
// that many times dearer than ours.
func (r *result) ratio(k *row) float64 {
	ours, theirs := r.rows[0].perLine(r.lines), k.perLine(r.lines)
	if k.baseline {
		return ours / theirs
	}
	return theirs / ours
}

// bounded says that the target is the most that the ratio may be.
func (k *row) bounded() bool { return k.baseline || k.variant }

// verdict holds the ratio against the target.
func (k *row) verdict(ratio float64) string {
	switch {
	case k.atLeast == 0:
		return ""
	case k.bounded() && ratio > k.atLeast, !k.bounded() && ratio < k.atLeast:
		return "**not reached**"
	case k.aim != 0 && (k.bounded() && ratio <= k.aim || !k.bounded() && ratio >= k.aim):
		return "aim reached"
	}
	return "reached"
}

// table is the result in Markdown, ratios first.
func (r *result) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#### %s, %.0f bytes a line\n\n", r.title, r.bytesPerLine)
	b.WriteString("| | proxylog | at least | aim | | µs a line | lines/s a core | peak RSS, MiB |\n|---|---:|---:|---:|---|---:|---:|---:|\n")
	for i := range r.rows {
		k := &r.rows[i]
		ratio, atLeast, aim, verdict := "", "", "", ""
		if i > 0 {
			v := r.ratio(k)
			sense, limit := "faster", "%.3g× faster"
			switch {
			case k.baseline:
				sense, limit = "the cost", "at most %.3g×"
			case k.variant:
				sense, limit = "our cost", "at most %.3g×"
			}
			ratio, verdict = fmt.Sprintf("%.2f× %s", v, sense), k.verdict(v)
			if k.atLeast != 0 {
				atLeast = fmt.Sprintf(limit, k.atLeast)
			}
			if k.aim != 0 {
				aim = fmt.Sprintf("%.2g×", k.aim)
			}
		}
		us := k.perLine(r.lines)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %.2f | %.0f | %.0f |\n", k.title, ratio, atLeast, aim, verdict, us, 1e6/us, k.rss())
	}
	for _, o := range r.others {
		fmt.Fprintln(&b, o.row(r.rows[0].perLine(r.lines)))
	}
	base := r.baseline()
	if base != nil {
		fmt.Fprintf(&b, "\nPeak memory is %.2f× that of file_log without parsing.\n", r.rows[0].rss()/base.rss())
	}
	return b.String()
}

func (r *result) baseline() *row {
	for i := range r.rows {
		if r.rows[i].baseline {
			return &r.rows[i]
		}
	}
	return nil
}

// report is everything that was measured, and how.
type report struct {
	bench *bench
	sets  []*result
	date  time.Time
}

func newReport(b *bench) *report { return &report{bench: b, date: time.Now()} }

// how says what the numbers were measured with, for whoever wants to measure them again.
func (r *report) how() string {
	version := "of an unknown version"
	if out, err := exec.Command(r.bench.runner.Binary, "--version").Output(); err == nil {
		version = strings.TrimSpace(string(out))
	}
	commit := "unknown"
	if out, err := exec.Command("git", "-C", r.bench.root, "rev-parse", "--short", "HEAD").Output(); err == nil {
		commit = strings.TrimSpace(string(out))
	}
	return fmt.Sprintf("Measured on %s: %s, commit %s, %s, %s/%s, %d CPUs, GOGC=%s, %d lines of each corpus (seed %d), %d rounds, medians.\n",
		r.date.UTC().Format(time.DateOnly), version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		r.bench.runner.GOGC, r.bench.lines, r.bench.seed, r.bench.rounds)
}

// summary says how it was measured and what was left out or not reached.
func (r *report) summary() string {
	var b strings.Builder
	b.WriteString(r.how())
	missed := 0
	for _, s := range r.sets {
		for i := range s.rows[1:] {
			if k := &s.rows[i+1]; strings.HasPrefix(k.verdict(s.ratio(k)), "**") {
				missed++
				fmt.Fprintf(&b, "Not reached: %s, %s: %.2f×, wanted %.2f×.\n", s.title, k.title, s.ratio(k), k.atLeast)
			}
		}
	}
	if missed == 0 {
		b.WriteString("Every \"at least\" that was measured is reached.\n")
	}
	return b.String()
}

// write puts the tables into a page.
func (r *report) write(path string) error {
	var b strings.Builder
	b.WriteString(r.how() + "\n")
	for _, s := range r.sets {
		b.WriteString(s.table() + "\n")
	}
	return page.Write(path, "bench-peers", b.String())
}
