// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

func lit(s string) directive.Item { return directive.Item{Literal: s} }

func item(code string, s directive.Shape) directive.Item {
	return directive.Item{Field: &field.Field{Code: code}, Shape: s}
}

var (
	lower = directive.NewSet("abcdefghijklmnopqrstuvwxyz-")
	word  = directive.Shape{Kind: directive.KindSet, Set: directive.Except(" \t"), Min: 1, Expect: "a word"}
	name  = directive.Shape{Kind: directive.KindSet, Set: lower, Min: 1}
	free  = directive.Shape{Kind: directive.KindText, Min: 1}
	hex4  = directive.Shape{Kind: directive.KindFunc, Func: scanHex4, Width: 4}
	curly = directive.Shape{Kind: directive.KindFunc, Func: scanCurly, Optional: true, Set: directive.NewSet("{")}
)

func scanHex4(line string, i, end int) (int, int64) {
	if i+4 > end {
		return -1, 0
	}
	var n int64
	for _, c := range []byte(line[i : i+4]) {
		d := strings.IndexByte("0123456789abcdef", c)
		if d < 0 {
			return -1, 0
		}
		n = n<<4 | int64(d)
	}
	return i + 4, n
}

func scanCurly(line string, i, end int) (int, int64) {
	if e := strings.IndexByte(line[i:end], '}'); e > 0 && line[i] == '{' {
		return i + e + 1, 0
	}
	return -1, 0
}

// with returns the shape changed.
func with(s directive.Shape, change func(*directive.Shape)) directive.Shape {
	change(&s)
	return s
}

func orNull(s directive.Shape) directive.Shape {
	s.HasNull, s.Null = true, "-"
	return s
}

// value is what a slot is expected to hold; Null stands for a missing value, absent for one that is not in the line.
type value struct {
	Text  string
	Num   int64
	Flags field.Flag
}

var absent = value{Text: "absent"}

func values(line string, slots []field.Slot) []value {
	var out []value
	for i := range slots {
		if slots[i].Start < 0 {
			out = append(out, absent)
			continue
		}
		out = append(out, value{slots[i].Text(line), slots[i].Num, slots[i].Flags})
	}
	return out
}

func run(p *directive.Program, line string) ([]value, directive.Result) {
	slots := make([]field.Slot, len(p.Fields))
	field.Reset(slots)
	res := p.Run(line, 0, len(line), slots)
	return values(line, slots), res
}

func TestRun(t *testing.T) {
	num := directive.Int
	unsigned := with(num, func(s *directive.Shape) { s.Unsigned = true })
	for _, c := range []struct {
		name      string
		items     []directive.Item
		line      string
		want      []value
		ambiguous bool
	}{
		{
			"numbers and words",
			[]directive.Item{item("a", num), lit("/"), item("b", num), lit(" "), item("c", word)},
			"-1/007 x/y",
			[]value{{"-1", -1, 0}, {"007", 7, 0}, {"x/y", 0, 0}},
			false,
		},
		{"adjacent literals", []directive.Item{lit("a"), lit(""), lit("b"), item("n", num)}, "ab12", []value{{"12", 12, 0}}, false},
		{"plus", []directive.Item{item("n", with(num, func(s *directive.Shape) { s.Plus = true }))}, "+12", []value{{"+12", 12, field.Plus}}, false},
		{"missing number", []directive.Item{item("a", orNull(num)), lit(" "), item("b", orNull(num))}, "- -5", []value{{"-", 0, field.Null}, {"-5", -5, 0}}, false},
		{
			"padded on the left",
			[]directive.Item{item("a", num), lit(" "), item("b", with(num, func(s *directive.Shape) { s.Pad = 6 })), lit(" x")},
			"1      23 x",
			[]value{{"1", 1, 0}, {"23", 23, 0}},
			false,
		},
		{"wider than the pad", []directive.Item{item("b", with(num, func(s *directive.Shape) { s.Pad = 2 })), lit("|")}, "12345|", []value{{"12345", 12345, 0}}, false},
		{
			"padded on the right",
			[]directive.Item{item("b", with(name, func(s *directive.Shape) { s.Pad, s.PadRight = 5, true })), lit(" "), item("n", num)},
			"ab    7",
			[]value{{"ab", 0, 0}, {"7", 7, 0}},
			false,
		},
		{
			"missing values are not padded",
			[]directive.Item{item("b", with(orNull(name), func(s *directive.Shape) { s.Pad, s.PadRight = 5, true })), lit(" "), item("n", num)},
			"- 7",
			[]value{{"-", 0, field.Null}, {"7", 7, 0}},
			false,
		},
		{
			"zeros",
			[]directive.Item{item("a", with(num, func(s *directive.Shape) { s.Zeros = true })), lit("."), item("b", with(num, func(s *directive.Shape) { s.Zeros = true }))},
			"007.000",
			[]value{{"7", 7, 0}, {"0", 0, 0}},
			false,
		},
		{"a set that holds what follows", []directive.Item{item("a", word), lit(":"), item("p", num)}, "fe80::1:80", []value{{"fe80::1", 0, 0}, {"80", 80, 0}}, false},
		{"fixed width before a number", []directive.Item{item("h", hex4), item("n", num)}, "00ff12", []value{{"00ff", 255, 0}, {"12", 12, 0}}, false},
		{"optional, there", []directive.Item{item("a", name), lit(" "), item("o", curly), lit(" "), item("b", name)}, "a {x y} b", []value{{"a", 0, 0}, {"{x y}", 0, 0}, {"b", 0, 0}}, false},
		{"optional, not there", []directive.Item{item("a", name), lit(" "), item("o", curly), lit(" "), item("b", name)}, "a b", []value{{"a", 0, 0}, absent, {"b", 0, 0}}, false},
		{"optional from the right", []directive.Item{item("t", free), lit(" "), item("o", curly), lit(" "), item("b", name)}, "a {x} b c", []value{{"a {x} b", 0, 0}, absent, {"c", 0, 0}}, false},
		{"text alone", []directive.Item{item("t", free)}, "anything / at all", []value{{"anything / at all", 0, 0}}, false},
		{
			"text up to the right",
			[]directive.Item{lit("\""), item("t", free), lit("\" "), item("n", unsigned), lit("."), item("m", orNull(unsigned))},
			`"say "no" 5" 12.-`,
			[]value{{`say "no" 5`, 0, 0}, {"12", 12, 0}, {"-", 0, field.Null}},
			false,
		},
		{
			"from the right, padded",
			[]directive.Item{item("t", free), lit(" "), item("n", with(num, func(s *directive.Shape) { s.Pad = 4 })), lit("|"), item("w", with(name, func(s *directive.Shape) { s.Pad, s.PadRight = 4, true })), lit(" "), item("h", hex4)},
			"a  b   12|xy   0010",
			[]value{{"a  b", 0, 0}, {"12", 12, 0}, {"xy", 0, 0}, {"0010", 16, 0}},
			false,
		},
		{"from the right, null for a width", []directive.Item{item("t", free), lit(" "), item("h", orNull(hex4))}, "a b -", []value{{"a b", 0, 0}, {"-", 0, field.Null}}, false},
		{"a number between texts", []directive.Item{item("a", free), lit(" "), item("n", num), lit(" "), item("b", free)}, "x y 12 z", []value{{"x y", 0, 0}, {"12", 12, 0}, {"z", 0, 0}}, false},
		{"two readings", []directive.Item{item("a", free), lit(" "), item("b", free)}, "x y z", []value{{"x y", 0, 0}, {"z", 0, 0}}, true},
		{
			"two readings, the other absorbs",
			[]directive.Item{item("a", free), lit(" "), item("b", with(free, func(s *directive.Shape) { s.Absorb = true }))},
			"x y z",
			[]value{{"x", 0, 0}, {"y z", 0, 0}},
			true,
		},
		{"valid chooses", []directive.Item{item("a", free), lit(" "), item("b", with(free, func(s *directive.Shape) {
			s.Valid = func(v string) bool { return strings.HasPrefix(v, "http") }
		}))}, "x y http://z", []value{{"x y", 0, 0}, {"http://z", 0, 0}}, false},
		{
			"a group behind the last text that is read from the left",
			[]directive.Item{item("a", free), lit(" "), item("s", word), lit(":"), item("n", num)},
			"x a:1 b:c:2",
			[]value{{"x a:1", 0, 0}, {"b:c", 0, 0}, {"2", 2, 0}},
			false,
		},
		{
			"escaped",
			[]directive.Item{item("a", with(word, func(s *directive.Shape) { s.Escape = `\%` })), lit(" "), item("b", with(word, func(s *directive.Shape) { s.Escape = `\%` })), lit(" "), item("c", with(word, func(s *directive.Shape) { s.Escape = `\%` }))},
			`a\b %41 c`,
			[]value{{`a\b`, 0, field.Encoded}, {"%41", 0, field.Encoded}, {"c", 0, 0}},
			false,
		},
		{"empty null", []directive.Item{lit(`"`), item("a", with(name, func(s *directive.Shape) { s.Min, s.HasNull = 0, true })), lit(`"`)}, `""`, []value{{"", 0, field.Null}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := directive.Compile(c.items)
			if err != nil {
				t.Fatal(err)
			}
			got, res := run(p, c.line)
			if !res.OK {
				t.Fatalf("stopped at byte %d, expected %s", res.Offset, p.Expected(res.Item))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("slots (-want +got):\n%s", diff)
			}
			if res.Ambiguous != c.ambiguous {
				t.Errorf("ambiguous = %v, want %v", res.Ambiguous, c.ambiguous)
			}
		})
	}
}

func TestRunRejects(t *testing.T) {
	for _, c := range []struct {
		name     string
		items    []directive.Item
		line     string
		offset   int
		expected string
	}{
		{"literal", []directive.Item{item("a", directive.Int), lit(" x "), item("b", name)}, "12 y b", 3, `" x "`},
		{"value", []directive.Item{lit("n="), item("a", directive.Int)}, "n=x", 2, "a number"},
		{"end", []directive.Item{item("a", directive.Int), lit(" "), item("w", word)}, "12 ", 3, "a word"},
		{"more", []directive.Item{item("a", directive.Int)}, "12 ", 2, "the end of the line"},
		{"from the right", []directive.Item{item("t", free), lit(" "), item("a", directive.Int)}, "a b", 3, "a number"},
		{"inside of a group", []directive.Item{item("t", free), lit(" n="), item("a", directive.Int), lit(" "), item("u", free)}, "a n=x b", 4, "a number"},
		{"number too large", []directive.Item{item("a", directive.Int)}, "99999999999999999999", 0, "a number"},
		{"no minus", []directive.Item{item("a", with(directive.Int, func(s *directive.Shape) { s.Unsigned = true }))}, "-1", 0, "a number"},
		{"short of its pad", []directive.Item{item("w", with(name, func(s *directive.Shape) { s.Pad, s.PadRight = 5, true })), lit("|")}, "ab |", 0, "a value of w"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := directive.Compile(c.items)
			if err != nil {
				t.Fatal(err)
			}
			_, res := run(p, c.line)
			if res.OK || res.Offset != c.offset || p.Expected(res.Item) != c.expected {
				t.Errorf("got %+v, expected %s; want byte %d, expected %s", res, p.Expected(res.Item), c.offset, c.expected)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		items []directive.Item
		at    int
	}{
		{"two texts", []directive.Item{lit("x"), item("a", free), item("b", free)}, 2},
		{"text and number", []directive.Item{item("a", free), item("b", directive.Int), lit(" ")}, 1},
		{"two numbers", []directive.Item{item("a", directive.Int), item("b", directive.Int)}, 1},
		{"words that share bytes", []directive.Item{item("a", name), item("b", word)}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.items {
				c.items[i].At = 10 * i
			}
			_, err := directive.Compile(c.items)
			var e *directive.Error
			if !errors.As(err, &e) || !errors.Is(err, directive.ErrAdjacent) || e.Item != c.at || e.At != 10*c.at {
				t.Errorf("error %v, want one of item %d", err, c.at)
			}
		})
	}
	if _, err := directive.Compile([]directive.Item{lit("x")}); err == nil {
		t.Error("a directive without fields compiles")
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	p, err := directive.Compile([]directive.Item{
		item("n", directive.Int), lit(" "), item("w", word), lit(" "), item("a", free), lit(" "), item("b", free), lit(" "), item("m", directive.Int),
	})
	if err != nil {
		t.Fatal(err)
	}
	slots := make([]field.Slot, len(p.Fields))
	const line = "12 word some text and more 13"
	if n := testing.AllocsPerRun(100, func() {
		if !p.Run(line, 0, len(line), slots).OK {
			t.Fatal("not read")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestRunLastBeforeTail reads a set that may hold the literal behind it, where that literal is read from the right.
func TestRunLastBeforeTail(t *testing.T) {
	items := []directive.Item{item("a", free), lit("] ["), item("b", word), lit("]")}
	p, err := directive.Compile(items)
	if err != nil {
		t.Fatal(err)
	}
	got, res := run(p, "x] [y] z] [w]v]")
	want := []value{{"x] [y] z", 0, 0}, {"w]v", 0, 0}}
	if diff := cmp.Diff(want, got); diff != "" || !res.OK {
		t.Fatalf("%+v %s", res, diff)
	}
}

// TestManyTexts wants many texts in a line that has as many places as they need to be read in one way, and quickly: not
// as a line that admits more readings than can be looked at.
func TestManyTexts(t *testing.T) {
	const texts = 60
	shape := directive.Shape{Kind: directive.KindText, Set: directive.Except("\x00"), Min: 1}
	var items []directive.Item
	var line strings.Builder
	for i := range texts {
		if i > 0 {
			items = append(items, directive.Item{Literal: " "})
			line.WriteString(" ")
		}
		items = append(items, directive.Item{Field: &field.Field{Code: "x"}, Shape: shape})
		line.WriteString("value")
	}
	p, err := directive.Compile(items)
	if err != nil {
		t.Fatal(err)
	}
	slots := make([]field.Slot, texts)
	res := p.Run(line.String(), 0, line.Len(), slots)
	if !res.OK || res.Ambiguous {
		t.Fatalf("result %+v", res)
	}
	for i := range slots {
		if got := slots[i].Text(line.String()); got != "value" {
			t.Errorf("text %d is %q", i, got)
		}
	}
	// With one blank more, each of the texts may have it.
	text := line.String() + " value"
	if res := p.Run(text, 0, len(text), slots); !res.OK || !res.Ambiguous {
		t.Errorf("result %+v of a line with one blank too many", res)
	}
}
