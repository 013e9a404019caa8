// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decodebench

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/proxylog/proxylog/bench/corpus"
	"github.com/proxylog/proxylog/internal/decode"
)

const (
	root = "../.."
	// lines is how many lines of a corpus are read over and over.
	lines = 4096
	// batch is how many records are taken at a time, as the receiver does.
	batch = 100
)

var formats = map[string]string{
	"tcp": "haproxy", "http": "haproxy", "icap": "squid", "g3proxy": "g3proxy", "gdc": "envoy", "edgeone": "edgeone",
}

var observed = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

func load(b testing.TB, name string) (list []string, size int64) {
	b.Helper()
	c, err := corpus.Load(root, name)
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if size, err = c.Write(lines, 1, &out); err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		list = append(list, strings.TrimSuffix(line, "\n"))
	}
	return list, size
}

// way is how lines are read: by which format, and whether somebody may change the records, so that lists are not shared.
type way struct {
	format  string
	changed bool
}

func (w way) String() string {
	if w.changed {
		return w.format + "/changed"
	}
	return w.format
}

func source(b testing.TB, w way) (*decode.Source, *decode.Batch) {
	b.Helper()
	cfg := decode.NewConfig()
	cfg.Format = w.format
	d, err := decode.New(cfg, decode.Settings{Location: time.UTC, ReadOnly: !w.changed})
	if err != nil {
		b.Fatal(err)
	}
	return d.NewSource("bench"), d.NewBatch()
}

// BenchmarkDecode is the way from a line to its record, for the corpora of make bench-peers.
func BenchmarkDecode(b *testing.B) {
	for _, name := range corpus.Names() {
		for _, w := range []way{{formats[name], false}, {formats[name], true}, {"auto", false}} {
			b.Run(name+"/"+w.String(), func(b *testing.B) {
				list, size := load(b, name)
				src, out := source(b, w)
				for _, line := range list {
					src.Decode(out, decode.Line{Text: line, Observed: observed})
				}
				logs, _ := out.Take()
				attributes := all(logs)
				b.SetBytes(size / lines)
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					src.Decode(out, decode.Line{Text: list[i%lines], Observed: observed})
					if i++; i%batch == 0 {
						out.Take()
					}
				}
				b.ReportMetric(float64(attributes)/lines, "values/op")
			})
		}
	}
}

// values counts the values of a map, a list's elements too.
func values(m pcommon.Map) int {
	n := 0
	for _, v := range m.All() {
		n++
		if v.Type() == pcommon.ValueTypeSlice {
			n += v.Slice().Len()
		}
	}
	return n
}
