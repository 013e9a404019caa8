// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decodebench

import (
	"runtime"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/bench/corpus"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/heaptest"
)

// ceiling is what a record of a corpus may cost, above the line itself, which the input has made.
type ceiling struct {
	// share is how many allocations there may be for each value of a record; the record itself has four more.
	share float64
	bytes uint64
}

// ceilings leave a tenth of room over what was measured. At first each value was an allocation of its own. Where somebody
// may change the records, they also have to hold lists of their own.
var (
	ceilings = map[string]ceiling{
		"tcp": {0.3, 1350}, "http": {0.3, 1950}, "icap": {0.35, 1000}, "g3proxy": {0.6, 1800}, "gdc": {0.28, 1850}, "edgeone": {0.4, 1150},
	}
	changedHTTP = ceiling{0.55, 2150}
)

// TestCeilings holds the allocations of a record, and their bytes, to a ceiling: over lines as they come, not over one and
// the same.
func TestCeilings(t *testing.T) {
	for _, name := range corpus.Names() {
		t.Run(name, func(t *testing.T) { holds(t, name, way{format: formats[name]}, ceilings[name]) })
	}
	t.Run("http/changed", func(t *testing.T) { holds(t, "http", way{formats["http"], true}, changedHTTP) })
}

// holds reads a corpus twice and counts the second time.
func holds(t *testing.T, corpus string, w way, limit ceiling) {
	t.Helper()
	list, _ := load(t, corpus)
	src, out := source(t, w)
	total := 0
	read := func(count bool) {
		for i, line := range list {
			src.Decode(out, decode.Line{Text: line, Observed: observed})
			if i%batch == batch-1 || i == len(list)-1 {
				logs, _ := out.Take()
				if count {
					total += all(logs)
				}
			}
		}
	}
	read(true)
	perRecord := float64(total) / lines
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read(false)
	runtime.ReadMemStats(&after)
	allocs, bytes := float64(after.Mallocs-before.Mallocs)/lines, (after.TotalAlloc-before.TotalAlloc)/lines
	if most := perRecord*limit.share + 4; allocs > most {
		t.Errorf("%.1f allocations a record of %.1f values, want at most %.1f", allocs, perRecord, most)
	}
	if bytes > limit.bytes {
		t.Errorf("%d bytes a record, want at most %d", bytes, limit.bytes)
	}
	t.Logf("%.1f values, %.1f allocations, %d bytes", perRecord, allocs, bytes)
}

// starts are what compiling a format may allocate, in bytes, and what of it may stay: a tenth over what was measured. The
// other formats, and HAProxy's programs for lines that most processes never see, would cost several times as much.
var starts = map[string]struct{ made, kept int64 }{
	"haproxy": {650_000, 280_000}, "squid": {190_000, 120_000}, "envoy": {735_000, 235_000},
	"g3proxy": {400_000, 225_000}, "edgeone": {40_000, 24_000}, "auto": {1_950_000, 800_000},
}

// TestStart holds what a process needs before its first line to a ceiling: peak memory begins with it.
func TestStart(t *testing.T) {
	for format, most := range starts {
		t.Run(format, func(t *testing.T) {
			const times = 20
			cfg := decode.NewConfig()
			cfg.Format = format
			kept := make([]*decode.Decoder, times)
			var before, after runtime.MemStats
			inUse := heaptest.InUse()
			runtime.ReadMemStats(&before)
			for i := range kept {
				var err error
				if kept[i], err = decode.New(cfg, decode.Settings{}); err != nil {
					t.Fatal(err)
				}
			}
			runtime.ReadMemStats(&after)
			if made := int64(after.TotalAlloc-before.TotalAlloc) / times; made > most.made {
				t.Errorf("%d bytes allocated, want at most %d", made, most.made)
			}
			if stay := (heaptest.InUse() - inUse) / times; stay > most.kept {
				t.Errorf("%d bytes stay, want at most %d", stay, most.kept)
			}
			runtime.KeepAlive(kept)
		})
	}
}

// all counts the values of the records.
func all(logs plog.Logs) (n int) {
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				n += values(lr.Attributes())
			}
		}
	}
	return n
}
