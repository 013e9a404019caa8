// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"testing"

	"github.com/proxylog/proxylog/internal/directive"
)

// TestOverlap: a line in which what stands before a text and what stands behind it share bytes holds neither.
func TestOverlap(t *testing.T) {
	p := program(t, lit("ab"), item("t", directive.Shape{Kind: directive.KindText}), lit("bc"))
	for line, want := range map[string]bool{"abbc": true, "abxbc": true, "abc": false, "ab": false, "bc": false} {
		if _, res := run(p, line); res.OK != want || !want && res.Offset > len(line) {
			t.Errorf("%q: %+v, want %v", line, res, want)
		}
		asPlain(t, p, line, 0, len(line))
	}
}
