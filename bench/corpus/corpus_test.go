// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package corpus

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/decode"
)

const root = "../.."

var formatOf = map[string]string{
	"tcp": "haproxy", "http": "haproxy", "icap": "squid", "g3proxy": "g3proxy", "gdc": "envoy", "edgeone": "edgeone",
}

// TestCorpora wants every line of every corpus to be read by its format, and lines that differ.
func TestCorpora(t *testing.T) {
	const lines = 2000
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			c, err := Load(root, name)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			size, err := c.Write(lines, 1, &out)
			if err != nil || size != int64(out.Len()) {
				t.Fatalf("%d bytes are said, %d were written: %v", size, out.Len(), err)
			}
			cfg := decode.NewConfig()
			cfg.Format = formatOf[name]
			d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
			if err != nil {
				t.Fatal(err)
			}
			src, b := d.NewSource(name), d.NewBatch()
			seen := map[string]bool{}
			var lastLine string
			for line := range strings.Lines(out.String()) {
				lastLine = strings.TrimSuffix(line, "\n")
				seen[line] = true
				src.Decode(b, decode.Line{Text: lastLine, Observed: epoch})
			}
			logs, stats := b.Take()
			if logs.LogRecordCount() != lines || stats.Rejected != [decode.NumFormats]int64{} {
				t.Errorf("%d records of %d lines, rejected %v; the last line: %s", logs.LogRecordCount(), lines, stats.Rejected, lastLine)
			}
			if len(seen) < lines*4/5 {
				t.Errorf("%d different lines of %d", len(seen), lines)
			}
			t.Logf("%d captured lines, %.0f bytes a line: %s", len(c.lines), float64(size)/lines, lastLine)
		})
	}
}

// TestSeed wants the same bytes of the same seed, others of another, and all lines in several files as in one.
func TestSeed(t *testing.T) {
	write := func(seed uint64) string {
		c, err := Load(root, "tcp")
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := c.Write(100, seed, &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if first, again := write(1), write(1); first != again {
		t.Error("the same seed makes different bytes")
	}
	if write(1) == write(2) {
		t.Error("two seeds make the same bytes")
	}
	c, err := Load(root, "tcp")
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	if _, err := c.Write(100, 1, &a, &b); err != nil {
		t.Fatal(err)
	}
	first, second := strings.Split(a.String(), "\n"), strings.Split(b.String(), "\n")
	var merged strings.Builder
	for i := range 50 {
		merged.WriteString(first[i] + "\n" + second[i] + "\n")
	}
	if merged.String() != write(1) {
		t.Error("the lines of two files are not those of one")
	}
}

// TestUnknown wants an unknown corpus to be named.
func TestUnknown(t *testing.T) {
	if _, err := Load(root, "apache"); err == nil || !strings.Contains(err.Error(), "apache") {
		t.Errorf("error %v", err)
	}
}
