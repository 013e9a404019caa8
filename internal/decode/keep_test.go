// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/decode"
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
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	read()
	if after := heap(); after > before+8*size {
		t.Errorf("%d bytes stay in memory of %d lines of %d bytes", after-before, lines, size)
	}
	runtime.KeepAlive(b)
}
