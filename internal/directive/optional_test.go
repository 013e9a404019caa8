// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestOptionalOfTwoKinds: what may be missing before the end of a line may begin in more ways than one.
func TestOptionalOfTwoKinds(t *testing.T) {
	either := curly
	either.Set = directive.NewSet("{<")
	either.Func = func(line string, i, end int) (int, int64) {
		closing := map[byte]string{'{': "}", '<': ">"}
		if i < end && closing[line[i]] != "" {
			if k := strings.Index(line[i:end], closing[line[i]]); k >= 0 {
				return i + k + 1, 0
			}
		}
		return -1, 0
	}
	p := program(t, item("t", free), lit(" "), item("o", either), lit(" "), item("n", directive.Int))
	for line, want := range map[string][]string{
		"a b {x} 5": {"a b", "{x}", "5"}, "a b <x> 5": {"a b", "<x>", "5"}, "a b 5": {"a b", absent.Text, "5"}, "a {b <x y> 5": {"a {b", "<x y>", "5"},
	} {
		values, res := run(p, line)
		var got []string
		for _, v := range values {
			got = append(got, v.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" || !res.OK {
			t.Errorf("%q: %+v (-want +got):\n%s", line, res, diff)
		}
		asPlain(t, p, line, 0, len(line))
	}
}
