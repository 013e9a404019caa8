// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
)

// sampleTexts are the texts of a capture of the repository over one of the transports without syslog.
func sampleTexts(t testing.TB, name string) []string {
	t.Helper()
	raw, err := os.ReadFile("../../../testdata/g3proxy/ok/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".raw") {
		var out []string
		for _, l := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
			// Lines of a message that spans several have no header.
			if strings.Contains(l, "task_id") || strings.Contains(l, "TASK_ID") {
				out = append(out, l)
			}
		}
		return out
	}
	var out []string
	for len(raw) > 0 {
		size := 4 + binary.BigEndian.Uint32(raw)
		out = append(out, string(raw[4:size]))
		raw = raw[size:]
	}
	return out
}

// reader takes off what wraps a text and finds its pairs, over and over with one source.
func reader(t testing.TB) func(text string) *format.Error {
	t.Helper()
	d, err := newDialects()
	if err != nil {
		t.Fatal(err)
	}
	s, p, w := newSource(d, nil), envelope.NewParser(time.UTC), envelope.NewWrapper(envelope.ModeAuto, 0)
	in := &format.Input{}
	return func(text string) *format.Error {
		var wrapped *envelope.Wrapped
		in.Line, wrapped = w.Take(text)
		if wrapped != nil {
			in.Header = wrapped.Header
		} else {
			p.Parse(in.Line, 1795347900e9, &in.Header)
		}
		return s.read(in)
	}
}

// TestNoAllocsTransports: taking off the envelope and finding the pairs allocates nothing.
func TestNoAllocsTransports(t *testing.T) {
	for _, name := range []string{"journal.raw", "journalctl.json", "stdout.txt"} {
		texts, read := sampleTexts(t, name), reader(t)
		n := testing.AllocsPerRun(5, func() {
			for _, text := range texts {
				if err := read(text); err != nil {
					t.Fatalf("%v: %s", err, text)
				}
			}
		})
		if n != 0 || len(texts) < 20 {
			t.Errorf("%s: %.0f allocations in %d texts", name, n, len(texts))
		}
	}
}

func BenchmarkReadTransports(b *testing.B) {
	for _, name := range []string{"journal.raw", "journalctl.json", "stdout.txt"} {
		b.Run(name, func(b *testing.B) {
			texts, read := sampleTexts(b, name), reader(b)
			size := 0
			for _, text := range texts {
				size += len(text)
			}
			b.SetBytes(int64(size / len(texts)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := read(texts[i%len(texts)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
