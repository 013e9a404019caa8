// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package formattest

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/all"
)

// Decoder makes a decoder for a test, in UTC.
func Decoder(t testing.TB, cfg decode.Config) *decode.Decoder {
	t.Helper()
	d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Config is the configuration that expects dialects of a format: their names, or directives. Without any it expects all
// that are known by a name.
func Config(t testing.TB, format string, dialects ...string) decode.Config {
	t.Helper()
	cfg := decode.NewConfig()
	cfg.Format = format
	if len(dialects) == 0 {
		return cfg
	}
	f, _ := all.Find(format)
	if f.Listing == nil {
		t.Fatalf("%q has no setting that lists dialects", format)
	}
	*f.Listing(&cfg.Formats).List = dialects
	return cfg
}

// Records reads lines with a configuration and returns the records in the order in which they were written.
func Records(t testing.TB, cfg decode.Config, lines ...string) plog.Logs {
	t.Helper()
	return RecordsOf(t, cfg, t.Name(), lines...)
}

// RecordsOf is Records of lines of a source with a name, such as the path of a file.
func RecordsOf(t testing.TB, cfg decode.Config, source string, lines ...string) plog.Logs {
	t.Helper()
	d := Decoder(t, cfg)
	src, b := d.NewSource(source), d.NewBatch()
	for _, l := range lines {
		src.Decode(b, decode.Line{Text: l, Observed: Observed})
	}
	logs, _ := b.Take()
	return logs
}

// Each calls f with each record, in order within a resource and scope.
func Each(logs plog.Logs, f func(plog.LogRecord)) {
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				f(lr)
			}
		}
	}
}

// Record reads one line that becomes one record.
func Record(t testing.TB, cfg decode.Config, line string) (plog.LogRecord, pcommon.Map) {
	t.Helper()
	logs := Records(t, cfg, line)
	if logs.LogRecordCount() != 1 {
		t.Fatalf("%d records, want 1: %s", logs.LogRecordCount(), line)
	}
	rl := logs.ResourceLogs().At(0)
	return rl.ScopeLogs().At(0).LogRecords().At(0), rl.Resource().Attributes()
}

// Lines are the lines of a capture, without empty ones.
func Lines(t testing.TB, path string) []string {
	t.Helper()
	var out []string
	for _, l := range strings.Split(string(bytes.TrimSpace(Read(t, path))), "\n") {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

// Allocs asserts that reading a line and building its record allocates no more than one object per attribute and four
// for the record: the record itself, its list of attributes, its body, and its place in the list of records.
func Allocs(t *testing.T, cfg decode.Config, line string) {
	t.Helper()
	d := Decoder(t, cfg)
	src, b := d.NewSource(t.Name()), d.NewBatch()
	const batch = 100
	read := func() {
		for range batch {
			src.Decode(b, decode.Line{Text: line, Observed: Observed})
		}
	}
	read()
	logs, _ := b.Take()
	lr := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	if lr.EventName() == "" {
		t.Fatalf("the line is not read: %v", lr.Attributes().AsRaw())
	}
	limit := float64(batch*(values(lr.Attributes())+4) + 60)
	if got := testing.AllocsPerRun(10, func() { read(); b.Take() }); got > limit {
		t.Errorf("%.1f allocations a line with %d attributes, want at most %.1f", got/batch, lr.Attributes().Len(), limit/batch)
	}
}

// values counts the values of a map, a list's own and its elements'.
func values(m pcommon.Map) int {
	n := 0
	for _, v := range m.All() {
		n++
		if v.Type() == pcommon.ValueTypeSlice {
			n += 2 + 2*v.Slice().Len()
		}
	}
	return n
}

// Bench reads the lines over and over, and takes the records every hundred lines as the receiver does.
func Bench(b *testing.B, cfg decode.Config, lines []string) {
	b.Helper()
	d := Decoder(b, cfg)
	src, batch := d.NewSource(b.Name()), d.NewBatch()
	size := 0
	for _, l := range lines {
		size += len(l) + 1
	}
	b.SetBytes(int64(size / len(lines)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		src.Decode(batch, decode.Line{Text: lines[i%len(lines)], Observed: Observed})
		if i%100 == 99 {
			batch.Take()
		}
	}
}

// Seeds are the first lines of each capture of a format, read and rejected ones.
func Seeds(t testing.TB, format string) []string {
	t.Helper()
	var out []string
	for _, dir := range []string{"ok", "reject"} {
		files, err := filepath.Glob(Testdata(format + "/" + dir + "/*.log"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			lines := strings.Split(string(Read(t, file)), "\n")
			out = append(out, lines[:min(len(lines), 20)]...)
		}
	}
	return out
}

// Fuzz feeds lines made of the seeds to the format: nothing panics, every line leaves a record or is counted as empty,
// and all text is valid UTF-8.
func Fuzz(f *testing.F, cfg decode.Config, seeds []string) {
	f.Helper()
	for _, s := range seeds {
		f.Add(s)
	}
	d := Decoder(f, cfg)
	f.Fuzz(func(t *testing.T, line string) {
		src, b := d.NewSource("fuzz"), d.NewBatch()
		src.Decode(b, decode.Line{Text: line, Observed: Observed})
		// A piece of a container's line waits for the rest.
		src.Flush(b, Observed)
		logs, stats := b.Take()
		if logs.LogRecordCount() == 0 && sum(stats.Empty) == 0 && sum(stats.Parsed) == 0 {
			t.Fatalf("the line is lost: %q", line)
		}
		for _, rl := range logs.ResourceLogs().All() {
			validUTF8(t, pcommonMap(rl.Resource().Attributes()))
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					validUTF8(t, pcommonMap(lr.Attributes()))
					if lr.Body().Type() == pcommon.ValueTypeStr && !utf8.ValidString(lr.Body().Str()) {
						t.Fatalf("the body is not valid UTF-8: %q", lr.Body().Str())
					}
				}
			}
		}
	})
}

func sum(n [decode.NumFormats]int64) (total int64) {
	for _, v := range n {
		total += v
	}
	return total
}

func pcommonMap(m pcommon.Map) pcommon.Value {
	v := pcommon.NewValueMap()
	m.CopyTo(v.Map())
	return v
}

func validUTF8(t *testing.T, v pcommon.Value) {
	t.Helper()
	switch v.Type() {
	case pcommon.ValueTypeStr:
		if !utf8.ValidString(v.Str()) {
			t.Fatalf("not valid UTF-8: %q", v.Str())
		}
	case pcommon.ValueTypeMap:
		seen := map[string]bool{}
		for k, e := range v.Map().All() {
			if seen[k] {
				t.Fatalf("key %q twice", k)
			}
			if !utf8.ValidString(k) {
				t.Fatalf("key is not valid UTF-8: %q", k)
			}
			seen[k] = true
			validUTF8(t, e)
		}
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			validUTF8(t, e)
		}
	default:
	}
}
