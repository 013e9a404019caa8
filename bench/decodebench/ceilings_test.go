// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decodebench

import (
	"runtime"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/bench/corpus"
	"github.com/proxylog/proxylog/internal/decode"
)

// ceiling is what a record of a corpus may cost, above the line itself, which the input has made.
type ceiling struct {
	// share is how many allocations there may be for each value of a record; the record itself has four more.
	share float64
	bytes uint64
}

// ceilings leave a tenth of room over what was measured. At first each value was an allocation of its own.
var ceilings = map[string]ceiling{
	"tcp": {0.3, 1350}, "http": {0.55, 2150}, "icap": {0.35, 1000}, "g3proxy": {0.6, 1800}, "gdc": {0.45, 1900}, "edgeone": {0.4, 1150},
}

// TestCeilings holds the allocations of a record, and their bytes, to a ceiling: over lines as they come, not over one and
// the same.
func TestCeilings(t *testing.T) {
	for _, name := range corpus.Names() {
		t.Run(name, func(t *testing.T) {
			list, _ := load(t, name)
			cfg := decode.NewConfig()
			cfg.Format = formats[name]
			src, out := source(t, cfg)
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
			limit := ceilings[name]
			if most := perRecord*limit.share + 4; allocs > most {
				t.Errorf("%.1f allocations a record of %.1f values, want at most %.1f", allocs, perRecord, most)
			}
			if bytes > limit.bytes {
				t.Errorf("%d bytes a record, want at most %d", bytes, limit.bytes)
			}
			t.Logf("%.1f values, %.1f allocations, %d bytes", perRecord, allocs, bytes)
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
