// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/scan"
)

// TestQuick wants a source that has read many lines, and so reads pairs quickly, to read what a new source reads, which
// expects no key yet: of lines as they are, and of lines that are cut or that have another byte somewhere.
func TestQuick(t *testing.T) {
	var lines []string
	for _, name := range []string{"rfc3164", "rfc5424", "escapes"} {
		list, _, _ := readSamples(t, name)
		lines = append(lines, list...)
	}
	d, err := newDialects()
	if err != nil {
		t.Fatal(err)
	}
	p := envelope.NewParser(time.UTC)
	read := func(s *source, in *format.Input, line string) string {
		in.Line = line
		p.Parse(line, 1795347900e9, &in.Header)
		s.begun = false
		err := s.read(in)
		if !s.begun {
			return fmt.Sprint(err)
		}
		out := fmt.Sprint(err, s.dialect.Scope.Dialect, s.seen, in.Match.Slots)
		for _, x := range in.Match.Extra {
			out += fmt.Sprint(x.Key, x.Slot)
		}
		return out
	}
	warm, many := newSource(d, nil), &format.Input{}
	for _, l := range lines {
		read(warm, many, l)
	}
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom(lines).Draw(t, "line")
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
			with := rapid.SampledFrom([]string{"", `"`, ",", ", ", "=", `\`, " ", "]", "0", "-", "a", ".", "true", ", x=1", `, pid="7"`, "12345678901234567890"}).Draw(t, "with")
			line = line[:at] + with + line[at+rapid.IntRange(0, 1).Draw(t, "instead"):]
		}
		if rapid.Bool().Draw(t, "cut") {
			line = line[:rapid.IntRange(0, len(line)).Draw(t, "length")]
		}
		if got, want := read(warm, many, line), read(newSource(d, nil), &format.Input{}, line); got != want {
			t.Fatalf("%s\n got %s\nwant %s", line, got, want)
		}
	})
}

// TestDuration holds the durations of Rust's {:.3?} against the reading of any duration.
func TestDuration(t *testing.T) {
	for _, unit := range []string{"s", "ms", "µs", "ns", "m", "x", ""} {
		for n := range 1000 {
			for _, whole := range []string{"", "0", "1", "999", "999999999", "1234567890", "00000000001", "18446744073709551616"} {
				for _, text := range []string{fmt.Sprintf("%s.%03d%s", whole, n, unit), fmt.Sprintf("%s.%d%s", whole, n, unit)} {
					got, ok := duration(text)
					if want, known := scan.Duration(text); got != want || ok != known {
						t.Fatalf("%s: %d, %v, want %d, %v", text, got, ok, want, known)
					}
				}
			}
		}
	}
}

// TestQuickKeys: every key is recognised where it stands, and no other one in its place.
func TestQuickKeys(t *testing.T) {
	d, err := newDialects()
	if err != nil {
		t.Fatal(err)
	}
	if len(d.cee.Fields) >= noField {
		t.Fatalf("%d fields do not fit", len(d.cee.Fields))
	}
	for _, l := range []*layout{&d.inText, &d.inData} {
		for i, f := range d.cee.Fields {
			line := l.sep + f.Code + "="
			if !l.keys[i].bare {
				line += `"`
			}
			if l.keys[i].at(line, 0) {
				t.Errorf("%s without a value", line)
			}
			for _, value := range []string{"1", "a value of more than 24 bytes"} {
				for k := range l.keys {
					if got := l.keys[k].at(line+value, 0); got != (k == i) {
						t.Errorf("%s at %s: %v", d.cee.Fields[k].Code, line+value, got)
					}
				}
				// With any byte changed it is another key.
				for at := range len(line) {
					for bit := range 8 {
						other := []byte(line + value)
						other[at] ^= 1 << bit
						if l.keys[i].at(string(other), 0) {
							t.Errorf("%s at %s", f.Code, other)
						}
					}
				}
			}
		}
	}
}
