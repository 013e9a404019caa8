// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/decode"
)

// TestAfterAnother: what a source has read before changes no record of another format's lines, as where two proxies
// write to one file, or where messages of one topic are of several.
func TestAfterAnother(t *testing.T) {
	var files []string
	for _, ext := range []string{"log", "txt"} {
		found, err := filepath.Glob("../../testdata/*/ok/*." + ext)
		if err != nil || len(found) == 0 {
			t.Fatalf("no captures: %v", err)
		}
		files = append(files, found...)
	}
	d := decoder(t, nil, decode.Settings{})
	lines := map[string][]string{}
	alone := map[string]plog.Logs{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines[file] = strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
		alone[file], _ = readAll(d.NewSource("x"), d.NewBatch(), lines[file])
	}
	for _, before := range files {
		for _, file := range files {
			if filepath.Dir(before) == filepath.Dir(file) {
				continue
			}
			src, b := d.NewSource("x"), d.NewBatch()
			readAll(src, b, lines[before][:min(20, len(lines[before]))])
			logs, _ := readAll(src, b, lines[file])
			if printed(t, alone[file]) != printed(t, logs) {
				t.Errorf("%s after %s: other records; formats (-alone +after):\n%s", file, before, cmp.Diff(formats(alone[file]), formats(logs)))
			}
		}
	}
}

// TestBracketsOfOthers: a bracket by itself is passed over where it may be that of EdgeOne's array, and kept as the lines
// before it where these could not be read.
func TestBracketsOfOthers(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  int // records
	}{
		{[]string{"[", entry + ",", entry, "]"}, 2},
		{[]string{tcp, "[", entry + ",", entry, "]", tcp}, 4},
		{[]string{"values = [", "]"}, 2},
		{[]string{"values:", "[", "1,", "],", "[]"}, 5},
		{[]string{"values:", "[", entry, "]"}, 3},
	} {
		d := decoder(t, nil, decode.Settings{})
		logs, counted := readAll(d.NewSource("x"), d.NewBatch(), c.lines)
		if n := logs.LogRecordCount(); n != c.want || counted != int64(len(c.lines)) {
			t.Errorf("%q: %d records, want %d; %d lines are counted", c.lines, n, c.want, counted)
		}
	}
}
