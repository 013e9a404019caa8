// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"testing"

	"pgregory.net/rapid"
)

// slowEnd is sdEnd byte by byte.
func slowEnd(line string, i int) int {
	for i < len(line) && line[i] == '[' {
		quoted := false
		for i++; i < len(line) && (quoted || line[i] != ']'); i++ {
			switch line[i] {
			case '\\':
				i++
			case '"':
				quoted = !quoted
			}
		}
		if i >= len(line) {
			return len(line)
		}
		i++
	}
	return i
}

// TestStructuredData wants the end of structured data to be found where a reading byte by byte finds it.
func TestStructuredData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := "x[" + rapid.StringMatching(`([a\]"\\\[ ]|id a="value"|"\]" |"a long value with \\" a quote"){0,12}`).Draw(t, "line")
		if got, want := sdEnd(line, 1), slowEnd(line, 1); got != want {
			t.Fatalf("%q ends at %d, want %d", line, got, want)
		}
	})
}
