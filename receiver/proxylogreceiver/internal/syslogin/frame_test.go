// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

type frame struct {
	text string
	cut  bool
}

// frames gives the framer the stream in parts, as a connection does, and returns what it makes of it.
func frames(f *framer, parts ...string) []frame {
	var out []frame
	var data []byte
	take := func(end bool) {
		for len(data) > 0 {
			n, message, cut, ok := f.next(data, end)
			if ok {
				out = append(out, frame{string(message), cut})
			}
			data = data[n:]
			if !ok {
				return
			}
		}
	}
	for _, p := range parts {
		data = append(data, p...)
		take(false)
		if len(data) > 2*f.max {
			panic(fmt.Sprintf("%d bytes wait for more", len(data)))
		}
	}
	take(true)
	return out
}

func TestFramer(t *testing.T) {
	for name, c := range map[string]struct {
		in   []string
		want []frame
	}{
		"lines":               {[]string{"a\nbc\r\n\nd"}, []frame{{"a", false}, {"bc", false}, {"", false}, {"d", false}}},
		"counted":             {[]string{"5 <1>ab6 <1>\nc "}, []frame{{"<1>ab", false}, {"<1>\nc ", false}}},
		"counted with LF":     {[]string{"5 <1>ab\n5 <1>cd\n"}, []frame{{"<1>ab", false}, {"<1>cd", false}}},
		"counted, bare later": {[]string{"5 <1>ab3 xyz"}, []frame{{"<1>ab", false}, {"xyz", false}}},
		"mixed":               {[]string{"<1>a\n5 <1>bc<1>d\n"}, []frame{{"<1>a", false}, {"<1>bc", false}, {"<1>d", false}}},
		"numbers in lines":    {[]string{"12 monkeys\n10.0.0.1:80 x\n1234567890123 y\n7\n"}, []frame{{"12 monkeys", false}, {"10.0.0.1:80 x", false}, {"1234567890123 y", false}, {"7", false}}},
		"count in parts":      {[]string{"1", "0", " ", "<1>", "abcdefg", "5 <2>xy"}, []frame{{"<1>abcdefg", false}, {"<2>xy", false}}},
		"line in parts":       {[]string{"he", "", "llo", "\nx\n"}, []frame{{"hello", false}, {"x", false}}},
		"long line":           {[]string{strings.Repeat("x", 25) + "\nnext\n"}, []frame{{strings.Repeat("x", 16), true}, {"next", false}}},
		"long line in parts":  {[]string{strings.Repeat("x", 15), "xxxxx", "xxx", "x\nne", "xt\n"}, []frame{{strings.Repeat("x", 16), true}, {"next", false}}},
		"line of the limit":   {[]string{strings.Repeat("x", 16) + "\r\nb"}, []frame{{strings.Repeat("x", 16), false}, {"b", false}}},
		"long line, the last": {[]string{"a\n" + strings.Repeat("x", 25)}, []frame{{"a", false}, {strings.Repeat("x", 16), true}}},
		"long line, no end":   {slices.Repeat([]string{"xxxxx"}, 9), []frame{{strings.Repeat("x", 16), true}}},
		"counted, the limit":  {[]string{"16 <1>" + strings.Repeat("x", 13) + "5 <1>ab"}, []frame{{"<1>" + strings.Repeat("x", 13), false}, {"<1>ab", false}}},
		"long counted":        {[]string{"25 <" + strings.Repeat("x", 24) + "5 <1>ab"}, []frame{{"<" + strings.Repeat("x", 15), true}, {"<1>ab", false}}},
		"long counted, parts": {[]string{"25 <" + strings.Repeat("x", 20), "xxxx5 <1", ">ab"}, []frame{{"<" + strings.Repeat("x", 15), true}, {"<1>ab", false}}},
		"counted, broken off": {[]string{"25 <1>abc"}, []frame{{"<1>abc", true}}},
		"count, broken off":   {[]string{"25"}, []frame{{"25", false}}},
		"nothing":             {[]string{""}, nil},

		// Messages without a priority, as HAProxy's rings count them: nothing but their lengths tells.
		"bare, counted":           {[]string{"3 abc2 de3 fgh1 i"}, []frame{{"abc", false}, {"de", false}, {"fgh", false}, {"i", false}}},
		"bare, counted, in parts": {[]string{"3", " a", "bc2", " d", "e3 f", "gh"}, []frame{{"abc", false}, {"de", false}, {"fgh", false}}},
		"bare, counted, an LF":    {[]string{"3 abc\n2 de\n"}, []frame{{"abc", false}, {"de", false}}},
		"bare, counted, one":      {[]string{"3 abc"}, []frame{{"abc", false}}},
		"bare, numbers by chance": {[]string{"3 abc2 dex\n3 abc\n"}, []frame{{"3 abc2 dex", false}, {"3 abc", false}}},
		"bare, numbers later":     {[]string{"x\n3 abc2 de1 f1 g\n"}, []frame{{"x", false}, {"3 abc2 de1 f1 g", false}}},
		"bare, a wrong number":    {[]string{"4 abc\n3 a\n"}, []frame{{"4 abc", false}, {"3 a", false}}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, frames(&framer{max: 16}, c.in...))
		})
	}
}

// TestFramerParts holds that what comes out does not depend on how the stream was cut into reads.
func TestFramerParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream strings.Builder
		var want []frame
		counted := false
		for range rapid.IntRange(0, 20).Draw(t, "messages") {
			body := "<13>" + rapid.StringOfN(rapid.RuneFrom([]rune("ab 1<>é")), 0, 40, -1).Draw(t, "body")
			counted = rapid.Bool().Draw(t, "counted")
			if counted {
				fmt.Fprintf(&stream, "%d %s", len(body), body)
			} else {
				stream.WriteString(body + "\n")
			}
			if len(body) > 24 {
				want = append(want, frame{body[:24], true})
			} else {
				want = append(want, frame{body, false})
			}
		}
		all := stream.String()
		var parts []string
		for all != "" {
			n := rapid.IntRange(1, min(len(all), 30)).Draw(t, "part")
			parts = append(parts, all[:n])
			all = all[n:]
		}
		if got := frames(&framer{max: 24}, parts...); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("of %q\ngot  %v\nwant %v", parts, got, want)
		}
	})
}

// FuzzFramer holds that any stream comes to an end, that no message is longer than the limit, and that a stream without
// counts loses nothing but what is cut.
func FuzzFramer(f *testing.F) {
	f.Add("a\nb\n", 3)
	f.Add("5 <1>ab6 <1>\nc \n", 2)
	f.Add("999999999 <1>ab", 4)
	f.Add(strings.Repeat("x", 100), 7)
	f.Add("12 monkeys\r\n\r\n", 1)
	f.Fuzz(func(t *testing.T, stream string, part int) {
		if part < 1 || part > 1000 {
			part = 1
		}
		var parts []string
		for rest := stream; rest != ""; {
			n := min(part, len(rest))
			parts = append(parts, rest[:n])
			rest = rest[n:]
		}
		got := frames(&framer{max: 32}, parts...)
		whole := frames(&framer{max: 32}, stream)
		if fmt.Sprint(got) != fmt.Sprint(whole) {
			t.Fatalf("in parts of %d: %v\nat once: %v", part, got, whole)
		}
		for _, m := range got {
			if len(m.text) > 32 {
				t.Fatalf("%d bytes: %q", len(m.text), m.text)
			}
		}
	})
}
