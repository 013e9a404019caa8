// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
)

// readSamples reads the lines of a capture of the repository into their slots, over and over with one source.
func readSamples(t testing.TB, name string) (lines []string, read func(string) *format.Error, in *format.Input) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "g3proxy", "ok", name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDialects()
	if err != nil {
		t.Fatal(err)
	}
	s, p := newSource(d, nil), envelope.NewParser(time.UTC)
	in = &format.Input{}
	return strings.Split(strings.TrimSpace(string(raw)), "\n"), func(line string) *format.Error {
		in.Line = line
		p.Parse(line, 1795347900e9, &in.Header)
		return s.read(in)
	}, in
}

// TestReadDoesNotAllocate: finding the pairs and their values allocates nothing; only escapes of numbers would.
func TestReadDoesNotAllocate(t *testing.T) {
	for _, name := range []string{"rfc3164", "rfc5424", "cee3164", "cee5424", "escapes"} {
		lines, read, _ := readSamples(t, name)
		n := testing.AllocsPerRun(5, func() {
			for _, l := range lines {
				if err := read(l); err != nil {
					t.Fatal(err)
				}
			}
		})
		if n != 0 {
			t.Errorf("%s: %.0f allocations in %d lines", name, n, len(lines))
		}
	}
}

// TestCleanSlots: what one line has filled is gone for the next, also when the one in between is of another dialect or
// cannot be read.
func TestCleanSlots(t *testing.T) {
	lines, read, in := readSamples(t, "rfc3164")
	others, _, _ := readSamples(t, "cee3164")
	fresh := func(l string) []string {
		_, readOnce, once := readSamples(t, "rfc3164")
		if err := readOnce(l); err != nil {
			t.Fatal(err)
		}
		return filled(once)
	}
	for i, l := range lines {
		if i%3 == 0 {
			_ = read(others[i%len(others)])
		}
		if i%5 == 0 {
			_ = read(l[:len(l)-3])
		}
		if err := read(l); err != nil {
			t.Fatal(err)
		}
		if got, want := filled(in), fresh(l); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("line %d:\n got %v\nwant %v", i+1, got, want)
		}
	}
}

// filled lists the keys that have a slot.
func filled(in *format.Input) []string {
	var keys []string
	for i := range in.Match.Slots {
		if in.Match.Slots[i].Start >= 0 {
			keys = append(keys, in.Match.Dialect.Fields[i].Code)
		}
	}
	return keys
}

// TestTable: each key stands once, and every field either has an attribute or a role.
func TestTable(t *testing.T) {
	seen, attributes := map[string]bool{}, map[string]bool{}
	for _, f := range newFields(unescape) {
		if seen[f.Code] || f.Key != "" && attributes[f.Key] {
			t.Errorf("%s or its attribute %s stands twice", f.Code, f.Key)
		}
		seen[f.Code], attributes[f.Key] = true, true
		if (f.Key == "") != (f.Conv == 0) || f.Key == "" && f.Role == 0 {
			t.Errorf("%s leads nowhere", f.Code)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"rfc3164", "rfc5424", "cee3164"} {
		b.Run(name, func(b *testing.B) {
			lines, read, _ := readSamples(b, name)
			size := 0
			for _, l := range lines {
				size += len(l)
			}
			b.SetBytes(int64(size / len(lines)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := read(lines[i%len(lines)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
