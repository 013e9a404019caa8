// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestValid holds Valid against the library, over texts of characters and parts of them.
func TestValid(t *testing.T) {
	parts := []string{"a", "ascii that is a little longer", strings.Repeat("x", 31), "µ", "€", "😀", "\x80", "\xc2", "\xe2\x82", "\xf0\x9f\x98", "\xff", "\xed\xa0\x80", "\ufffd"}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 12).Draw(t, "parts"), "")
		if got, want := Valid(s), utf8.ValidString(s); got != want {
			t.Fatalf("Valid(%q) = %v", s, got)
		}
	})
}

// TestHostPortQuickly wants the quick way of HostPort to split as the other one does.
func TestHostPortQuickly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9a.:\[\]]{0,4}(\[|h|::1|1\.2\.3\.4)?\]?:?[0-9]{0,7}`).Draw(t, "text")
		host, port := HostPort(s)
		if wantHost, wantPort := anyHostPort(s); host != wantHost || port != wantPort {
			t.Fatalf("HostPort(%q) = %q, %d, want %q, %d", s, host, port, wantHost, wantPort)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	line := strings.Repeat(`key="value", `, 20) + `wait="135.889µs", ` + strings.Repeat(`key="value", `, 20)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		Valid(line)
	}
}
