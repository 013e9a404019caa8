// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// asPlain fails unless the program reads line[start:end] as it does without its quick code: the same result, and the same
// slots, those of a line that it cannot read too.
func asPlain(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, p *directive.Program, line string, start, end int,
) {
	t.Helper()
	got, want := make([]field.Slot, len(p.Fields)), make([]field.Slot, len(p.Fields))
	field.Reset(got)
	field.Reset(want)
	res, plain := p.Run(line, start, end, got), p.Plain().Run(line, start, end, want)
	if res != plain {
		t.Fatalf("%q: result %+v, without quick code %+v", line[start:end], res, plain)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q: slots (-without quick code +with it):\n%s", line[start:end], diff)
	}
}

// damaged is the line with one change: a byte taken out, put in or replaced, or the end cut off.
func damaged(t *rapid.T, line string) string {
	if line == "" {
		return line
	}
	at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
	with := rapid.SampledFrom([]string{"", "-", " ", "0", "7", "x", `"`, "\x80", "00000000000000000000", "12345678"}).Draw(t, "with")
	switch rapid.IntRange(0, 3).Draw(t, "damage") {
	case 0:
		return line[:at] + with + line[at:]
	case 1:
		return line[:at] + with + line[at+1:]
	case 2:
		return line[:at]
	}
	return line
}

// TestPropertyQuick holds quick code to the steps, on lines of the directive and on such as are nearly that.
func TestPropertyQuick(t *testing.T) {
	for range 10 {
		rapid.Check(t, func(t *rapid.T) {
			record := drawDirective(t)
			var items []directive.Item
			for _, d := range record {
				items = append(items, d.item)
			}
			p, err := directive.CompileAdjacent(items)
			if err != nil {
				return
			}
			line := damaged(t, render(record))
			asPlain(t, p, "7"+line+"8", 1, 1+len(line))
			asPlain(t, p, line, 0, len(line))
		})
	}
}

// TestQuickNumbers reads numbers of all lengths, from both sides, with what else may stand there.
func TestQuickNumbers(t *testing.T) {
	shapes := map[string]directive.Shape{
		"any": directive.Int, "null": orNull(directive.Int),
		"unsigned": with(directive.Int, func(s *directive.Shape) { s.Unsigned = true }),
		"plus":     with(directive.Int, func(s *directive.Shape) { s.Plus = true }),
		"zeros":    with(directive.Int, func(s *directive.Shape) { s.Zeros = true }),
		"padded":   with(orNull(directive.Int), func(s *directive.Shape) { s.Pad = 6 }),
		"left":     with(directive.Int, func(s *directive.Shape) { s.Pad, s.PadRight = 6, true }),
	}
	texts := []string{"", "-", "+1", "--1", "-x", "x"}
	for n := range 24 {
		digits := strings.Repeat("9", n)
		texts = append(texts, digits, "-"+digits, "00"+digits, "   "+digits, digits+"   ", "   -"+digits)
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			for _, behind := range []string{"", "/", " x"} {
				for _, items := range [][]directive.Item{
					{item("n", shape), lit(behind)},
					{item("t", free), lit("|"), item("n", shape), lit(behind)},
				} {
					p, err := directive.Compile(items)
					if err != nil {
						t.Fatal(err)
					}
					for _, text := range texts {
						for _, before := range []string{"", "a|", "some text|"} {
							line := before + text + behind
							asPlain(t, p, line, 0, len(line))
							asPlain(t, p, "abcdefg-12"+line+"12345678901234567890", 10, 10+len(line))
						}
					}
				}
			}
		})
	}
}

// TestQuickWords reads names out of sets that hold nearly all bytes, of all lengths and with any byte behind them.
func TestQuickWords(t *testing.T) {
	for _, without := range []string{" ", `"`, " \t", " \"\t\x00", "", " /", "\xff", "\xff\xfe"} {
		shape := orNull(directive.Shape{Kind: directive.KindSet, Set: directive.Except(without), Min: 1})
		for _, items := range [][]directive.Item{
			{item("w", shape)}, {item("w", shape), lit(" ")}, {item("t", free), lit(" "), item("w", shape)},
		} {
			p, err := directive.Compile(items)
			if err != nil {
				t.Fatal(err)
			}
			for n := range 20 {
				word := strings.Repeat("ab", n/2) + strings.Repeat("c", n%2)
				for c := range 256 {
					line := "x " + word + string([]byte{byte(c)}) + "x-"
					asPlain(t, p, line, 0, len(line))
					asPlain(t, p, line, 2, 2+n)
				}
			}
		}
	}
}

func TestPropertyLastIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab" ]{0,40}`).Draw(t, "text")
		lit := rapid.StringMatching(`[ab" ]{1,4}`).Draw(t, "literal")
		if got, want := directive.LastIndex(text, lit), strings.LastIndex(text, lit); got != want {
			t.Fatalf("%q in %q: %d, want %d", lit, text, got, want)
		}
	})
}
