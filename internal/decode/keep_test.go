// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/heaptest"
	"github.com/proxylog/proxylog/internal/record"
)

// TestLongLinesAreNotKept wants nothing of long lines to stay in memory once their records are gone, not even of those
// that came in pieces of which the last is short: a record shares values with the one before it, and so could keep a line.
func TestLongLinesAreNotKept(t *testing.T) {
	const entry = `{"ServiceID":"sid-0odr1xesvzem","SessionID":"7351927343789653715","LogTimeStamp":"2026-11-20T00:07:44Z","k%d":"v","pad":"%s"}`
	const lines, size = 40, 512 << 10
	d := decoder(t, nil, decode.Settings{})
	src, b := d.NewSource("s"), d.NewBatch()
	read := func() {
		for i := range lines {
			for range 3 { // sets of keys that come again are those that are remembered
				for _, l := range wrappings["cri"](fmt.Sprintf(entry, i, strings.Repeat("x", size)), "stdout", size) {
					src.Decode(b, at(l))
				}
			}
		}
		if logs, stats := b.Take(); logs.LogRecordCount() != 3*lines || stats.Oversize[decode.Unknown] != 0 {
			t.Fatalf("%d records, %+v", logs.LogRecordCount(), stats)
		}
	}
	before := heaptest.InUse()
	read()
	if after := heaptest.InUse(); after > before+8*size {
		t.Errorf("%d bytes stay in memory of %d lines of %d bytes", after-before, lines, size)
	}
	runtime.KeepAlive(b)
}

// TestSilentSourcesKeepNothing wants nothing of a long line to stay in memory that was the last one of its source: there
// are thousands of sources, and each may never send another line.
func TestSilentSourcesKeepNothing(t *testing.T) {
	lines := longLines(t)
	for _, d := range []*decode.Decoder{
		decoder(t, nil, decode.Settings{}),
		// This one looks for near misses.
		decoder(t, func(c *decode.Config) { c.Formats.Squid.Logformat = []string{"useragent"} }, decode.Settings{}),
	} {
		b := d.NewBatch()
		for name, line := range lines {
			text := []byte(line) // memory of its own
			kept := weak.Make(unsafe.SliceData(text))
			src := d.NewSource("s")
			src.Decode(b, at(unsafe.String(unsafe.SliceData(text), len(text))))
			if logs, _ := b.Take(); logs.LogRecordCount() == 0 {
				t.Errorf("%s: no record", name)
			}
			runtime.GC()
			if kept.Value() != nil {
				t.Errorf("%s: the line stays in memory", name)
			}
			runtime.KeepAlive(src)
		}
		runtime.KeepAlive(b)
	}
}

// TestSettledSourcesKeepNoPieces wants nothing to stay of a line that was joined of pieces, over a batch that was marked in
// its middle, once it is settled.
func TestSettledSourcesKeepNoPieces(t *testing.T) {
	d := decoder(t, nil, decode.Settings{})
	const sources, size = 40, 512 << 10
	list := make([]*decode.Source, 2*sources)
	before := heaptest.InUse()
	for i := range list {
		src, b := d.NewSource("s"), d.NewBatch()
		pieces := wrappings["cri"](strings.Repeat("x", size), "stdout", size/2)
		if i%2 == 1 {
			pieces = []string{"{", `"a": "` + strings.Repeat("x", 50<<10) + `"`, "}"}
		}
		for _, piece := range pieces {
			src.Mark()
			src.Decode(b, at(piece))
			src.Settle()
		}
		if logs, _ := b.Take(); logs.LogRecordCount() != 1 {
			t.Fatal(logs.LogRecordCount())
		}
		list[i] = src
	}
	if after := heaptest.InUse(); after > before+sources*40<<10 {
		t.Errorf("%d bytes stay in memory", after-before)
	}
	runtime.KeepAlive(list)
}

// longLines are the first lines of the bundled logs, made long: with another member where they are objects, with a word
// in the middle or behind them, and wrapped.
func longLines(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../testdata/*/ok/*.[lt]*")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	long := strings.Repeat("x", record.MaxShared)
	lines := map[string]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(raw), "\n")
		variants := map[string]string{"behind": first + " " + long, "middle": first[:len(first)/2] + long + first[len(first)/2:]}
		if strings.HasPrefix(first, "{") {
			variants["member"] = `{"key":{"a":"` + long + `"},"b` + long + `":"",` + first[1:]
		}
		for name, l := range variants {
			lines[filepath.Base(file)+" "+name] = l
			for envelope, wrap := range wrappings {
				if w := wrap(l, "stdout", 1<<20); len(w) == 1 {
					lines[filepath.Base(file)+" "+name+" in "+envelope] = w[0]
				}
			}
		}
	}
	return lines
}
