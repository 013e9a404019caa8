// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
)

// again reads lines in batches, each of them twice as after a refusal, and wants the same records both times.
func again(t *testing.T, src *decode.Source, b *decode.Batch, lines []string, batch int) {
	t.Helper()
	for len(lines) > 0 {
		n := min(batch, len(lines))
		src.Mark()
		first, _ := readAll(src, b, lines[:n])
		for range 2 {
			src.Rewind()
			second, _ := readAll(src, b, lines[:n])
			if printed(t, first) != printed(t, second) {
				t.Fatalf("other records (-first +again):\n%s", cmp.Diff(explain.Records(first), explain.Records(second)))
			}
		}
		lines = lines[n:]
	}
}

// TestRewind: lines that are read again, since their records were refused, become the same records.
func TestRewind(t *testing.T) {
	for _, ext := range []string{"log", "txt"} {
		files, err := filepath.Glob("../../testdata/*/ok/*." + ext)
		if err != nil || len(files) == 0 {
			t.Fatalf("no captures: %v", err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := decoder(t, nil, decode.Settings{})
			again(t, d.NewSource("x"), d.NewBatch(), strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n"), 3)
		}
	}
	const open, rest = "Nov 21 23:45:54.991 INFO log_type: Resolve, resolver_name: r, Caused by:", "no such name"
	for batch := range 4 {
		d := decoder(t, nil, decode.Settings{})
		lines := []string{open, rest, rest, tcp, "Nov 21 23:43:15 lb1 last message repeated 3 times", icap, "junk", "Nov 21 23:43:15 lb1 last message repeated 3 times"}
		again(t, d.NewSource("x"), d.NewBatch(), lines, batch+1)
	}
}

// TestRewindClock: in the hour that the clock shows twice, lines that are read again are of the same run of it.
func TestRewindClock(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	d, err := decode.New(decode.NewConfig(), decode.Settings{Location: berlin})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, clock := range []string{"01:59:00", "02:10:00", "02:30:00", "02:59:00", "02:05:00", "02:20:00", "03:00:00"} {
		lines = append(lines, "<133>Oct 25 "+clock+" lb1 haproxy[1]: Proxy fnt started.")
	}
	for batch := range lines {
		again(t, d.NewSource("x"), d.NewBatch(), lines, batch+1)
	}
}
