// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/bench/collector"
	"github.com/proxylog/proxylog/bench/corpus"
	"github.com/proxylog/proxylog/bench/page"
)

// TestPatterns wants the regular expressions of the peers to match every line of their corpus: a peer that drops lines
// is not compared.
func TestPatterns(t *testing.T) {
	for name, pattern := range map[string]string{"tcp": tcpPattern, "http": httpPattern, "icap": icapPattern} {
		c, err := corpus.Load("../..", name)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := c.Write(1000, 3, &out); err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile(pattern)
		for line := range strings.Lines(out.String()) {
			if !re.MatchString(strings.TrimSuffix(line, "\n")) {
				t.Fatalf("%s: the pattern does not match %q", name, line)
			}
		}
	}
}

func costs(ms ...int) []collector.Cost {
	var out []collector.Cost
	for _, n := range ms {
		out = append(out, collector.Cost{CPU: time.Duration(n) * time.Millisecond, RSS: 50 << 20})
	}
	return out
}

func sample() *result {
	return &result{title: "HAProxy TCP", bytesPerLine: 150, lines: 1000, rows: []row{
		{candidate: candidate{title: "ours"}, starts: costs(90, 100, 400), costs: costs(102, 101, 900)},
		{candidate: candidate{title: "auto", variant: true, atLeast: 1.05}, starts: costs(100), costs: costs(103)},
		{candidate: candidate{title: "nothing", baseline: true, atLeast: 1.6, aim: 1}, starts: costs(100), costs: costs(101)},
		{candidate: candidate{title: "regex", atLeast: 6.5, aim: 8}, starts: costs(100), costs: costs(114)},
	}}
}

// TestTable wants medians, the start taken off, and the ratios held against their targets.
func TestTable(t *testing.T) {
	r := sample()
	if got := r.rows[0].perLine(r.lines); got != 2 {
		t.Errorf("ours is %v µs a line, want 2", got)
	}
	table := r.table()
	for _, want := range []string{
		"| auto | 1.50× our cost | at most 1.05× |  | **not reached** | 3.00 |",
		"| nothing | 2.00× the cost | at most 1.6× | 1× | **not reached** | 1.00 | 1000000 | 50 |",
		"| regex | 7.00× faster | 6.5× faster | 8× | reached | 14.00 | 71429 | 50 |",
		"Peak memory is 1.00× that of file_log without parsing.",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	rep := newReport(&bench{lines: 1000, rounds: 3})
	rep.sets = []*result{r}
	if s := rep.summary(); !strings.Contains(s, "Not reached: HAProxy TCP, nothing: 2.00×, wanted 1.60×.") {
		t.Errorf("summary:\n%s", s)
	}
}

// TestWrite wants the tables in the page.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "performance.md")
	rep := newReport(&bench{})
	rep.sets = []*result{sample()}
	if err := os.WriteFile(path, []byte(page.Begin("bench-peers")+page.End("bench-peers")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rep.write(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Measured on ", "#### HAProxy TCP, 150 bytes a line", "| regex | 7.00× faster |"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %q in the page:\n%s", want, b)
		}
	}
}

// TestOthers wants programs that are not installed to be named as left out.
func TestOthers(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	list := others(t.Context(), "http", "none.log", &bench{rounds: 1, lines: 1})
	if len(list) != 3 {
		t.Fatalf("%d programs, want halog twice and Fluent Bit", len(list))
	}
	for _, o := range list {
		if !strings.Contains(o.row(1), "left out: not installed") {
			t.Errorf("row %s", o.row(1))
		}
	}
}

// TestOnly wants a list of corpora to choose the sets.
func TestOnly(t *testing.T) {
	if got := only(sets(), "tcp, gdc"); len(got) != 2 || got[0].corpus != "tcp" || got[1].corpus != "gdc" {
		t.Errorf("sets %v", got)
	}
	if got := only(sets(), ""); len(got) != len(corpus.Names()) {
		t.Errorf("%d sets of %d corpora", len(got), len(corpus.Names()))
	}
}
