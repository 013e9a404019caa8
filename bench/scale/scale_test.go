// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/bench/corpus"
)

// TestFields wants the lines of every log-format to be read: fields fails when one is not.
func TestFields(t *testing.T) {
	s := &scale{root: "../..", lines: 500, rounds: 1}
	x, err := s.fields(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(x.points) != 6 || x.points[5].n != 60 {
		t.Errorf("points %v", x.points)
	}
}

// TestPlot wants well-formed XML with a circle for each point, and a table against the first.
func TestPlot(t *testing.T) {
	x := series{title: "files", unit: "files", points: []point{{n: 1, cost: 2}, {n: 1000, cost: 3}}}
	d := xml.NewDecoder(strings.NewReader(plot([]series{x, x})))
	circles := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 4 {
		t.Errorf("%d circles, want 4", circles)
	}
	if table := x.table(); !strings.Contains(table, "| 1000 | 3.00 | 1.50× |") {
		t.Errorf("table:\n%s", table)
	}
	x.each = true
	if table := x.table(); !strings.Contains(table, "| 1000 | 3.00 | 0.00× |") || !strings.Contains(table, "| 1 | 2.00 | 1.00× |") {
		t.Errorf("table of shares:\n%s", table)
	}
}

// TestSpread wants all lines, over all files.
func TestSpread(t *testing.T) {
	c, err := corpus.Load("../..", "tcp")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "logs")
	if err := spread(c, dir, 7, 700); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(files) != 7 {
		t.Fatalf("files %v: %v", files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(b), "\n"); n != 100 {
			t.Errorf("%s has %d lines, want 100", f, n)
		}
	}
}
