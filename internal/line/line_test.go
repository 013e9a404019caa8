// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package line

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
		cut   bool
	}{
		{"", 3, "", false},
		{"abc", 3, "abc", false},
		{"abcd", 3, "abc", true},
		{"abé", 3, "ab", true},
		{"aé", 3, "aé", false},
		{"éé", 3, "é", true},
		{"a€€", 3, "a", true},
		{"😀😀", 7, "😀", true},
		{"\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80", true},
		{"ab\xc3(", 3, "ab", true},
	} {
		got, cut := Cut(c.text, c.limit)
		assert.Equal(t, c.want, got, "%q", c.text)
		assert.Equal(t, c.cut, cut, "%q", c.text)
	}
}

func TestCutKeepsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, limit := rapid.String().Draw(t, "text"), rapid.IntRange(0, 30).Draw(t, "limit")
		got, cut := Cut(text, limit)
		if cut != (len(text) > limit) || len(got) > limit && cut || !strings.HasPrefix(text, got) || !utf8.ValidString(got) {
			t.Fatalf("%q of %q, %v", got, text, cut)
		}
		if cut && len(got) < limit-3 {
			t.Fatalf("%q of %q is shorter than it has to be", got, text)
		}
	})
}
