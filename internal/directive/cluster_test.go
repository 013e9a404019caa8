// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// scanTag reads a value in angle brackets; what begins with two of them is something else.
func scanTag(line string, i, end int) (int, int64) {
	if strings.HasPrefix(line[i:end], "<<") {
		return directive.Foreign, 0
	}
	e := strings.IndexByte(line[i:end], '>')
	if e < 0 {
		return -1, 0
	}
	return i + e + 1, 0
}

// TestAdjacent divides fields that nothing separates, and says where there is more than one way.
func TestAdjacent(t *testing.T) {
	number := with(directive.Int, func(s *directive.Shape) { s.Unsigned = true })
	tag := directive.Shape{Kind: directive.KindFunc, Func: scanTag, Optional: true, Set: directive.NewSet("<")}
	for _, c := range []struct {
		name      string
		items     []directive.Item
		line      string
		want      []value
		ambiguous bool
	}{
		{
			"a name and a number",
			[]directive.Item{item("a", name), item("n", number), lit(" "), item("b", name)},
			"ab12 c",
			[]value{{"ab", 0, 0}, {"12", 12, 0}, {"c", 0, 0}},
			false,
		},
		{"two numbers", []directive.Item{item("n", number), item("m", number)}, "123", []value{{"12", 12, 0}, {"3", 3, 0}}, true},
		{"two numbers of one digit", []directive.Item{item("n", number), item("m", number)}, "12", []value{{"1", 1, 0}, {"2", 2, 0}}, false},
		{
			"the width tells",
			[]directive.Item{item("n", number), item("h", hex4), lit("|"), item("a", name)},
			"7900ff|x",
			[]value{{"79", 79, 0}, {"00ff", 255, 0}, {"x", 0, 0}},
			false,
		},
		{
			"a text and what has an end",
			[]directive.Item{lit("["), item("t", free), item("h", hex4), lit("]")},
			"[a b00ff]",
			[]value{{"a b", 0, 0}, {"00ff", 255, 0}},
			false,
		},
		{
			"an optional field between",
			[]directive.Item{item("a", name), item("o", tag), item("b", name), lit("!")},
			"ab<x>cd!",
			[]value{{"ab", 0, 0}, {"<x>", 0, 0}, {"cd", 0, 0}},
			false,
		},
		{"a missing one", []directive.Item{item("a", orNull(number)), item("b", orNull(number))}, "-5", []value{{"-", 0, field.Null}, {"5", 5, 0}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := directive.CompileAdjacent(c.items)
			if err != nil {
				t.Fatal(err)
			}
			got, res := run(p, c.line)
			if !res.OK {
				t.Fatalf("stopped at byte %d, expected %s", res.Offset, p.Expected(res.Item))
			}
			if diff := cmp.Diff(c.want, got); diff != "" || res.Ambiguous != c.ambiguous {
				t.Errorf("ambiguous %v (-want +got):\n%s", res.Ambiguous, diff)
			}
			if n := len(p.Ambiguities()); c.ambiguous && n == 0 {
				t.Error("it is not reported")
			}
		})
	}
	p, err := directive.CompileAdjacent([]directive.Item{item("n", number), item("h", hex4)})
	if err != nil || len(p.Ambiguities()) > 0 {
		t.Errorf("%v, %v", err, p.Ambiguities())
	}
	if _, res := run(p, "12x"); res.OK {
		t.Error("12x is read")
	}
}

// TestForeign: what an optional value's function calls something else is left to the next field, from both sides.
func TestForeign(t *testing.T) {
	tag := directive.Shape{Kind: directive.KindFunc, Func: scanTag, Optional: true, Set: directive.NewSet("<")}
	for _, items := range [][]directive.Item{
		{item("a", name), lit(" "), item("o", tag), lit(" "), item("b", word)},
		{item("t", free), lit(" "), item("o", tag), lit(" "), item("b", word)},
	} {
		p, err := directive.Compile(items)
		if err != nil {
			t.Fatal(err)
		}
		for line, want := range map[string][]value{
			"a <x> <<b": {{"a", 0, 0}, {"<x>", 0, 0}, {"<<b", 0, 0}},
			"a <<b":     {{"a", 0, 0}, absent, {"<<b", 0, 0}},
		} {
			if got, res := run(p, line); !res.OK || cmp.Diff(want, got) != "" {
				t.Errorf("%s: %+v %v", line, res, got)
			}
		}
	}
}

// TestSets: a set that holds the literal behind it ends at the last one only where no other field follows in the run.
func TestSets(t *testing.T) {
	wide := directive.Shape{Kind: directive.KindSet, Set: directive.Except(" "), Min: 1}
	number := directive.Int
	noComma := directive.Shape{Kind: directive.KindText, Set: directive.Except(","), Min: 1}
	for _, c := range []struct {
		items []directive.Item
		line  string
		want  []value
	}{
		{[]directive.Item{item("a", wide), lit(","), item("n", number), lit(","), item("m", number)}, "x,y,1,2", []value{{"x,y", 0, 0}, {"1", 1, 0}, {"2", 2, 0}}},
		{[]directive.Item{item("a", wide), lit(":"), item("n", number), lit(" "), item("b", wide)}, "a:b:1 c", []value{{"a:b", 0, 0}, {"1", 1, 0}, {"c", 0, 0}}},
		{[]directive.Item{item("t", free), lit(" \""), item("a", wide), lit("\" "), item("n", number)}, `x "a"b" 1`, []value{{"x", 0, 0}, {`a"b`, 0, 0}, {"1", 1, 0}}},
		{[]directive.Item{item("a", noComma), lit(","), item("b", noComma)}, "a b,c d", []value{{"a b", 0, 0}, {"c d", 0, 0}}},
	} {
		p, err := directive.Compile(c.items)
		if err != nil {
			t.Fatal(err)
		}
		if got, res := run(p, c.line); !res.OK || res.Ambiguous || cmp.Diff(c.want, got) != "" {
			t.Errorf("%s: %+v %v", c.line, res, got)
		}
	}
}

// TestMissing: two texts may stand for a missing value, and a value may always have to be decoded.
func TestMissing(t *testing.T) {
	s := directive.Shape{Kind: directive.KindFunc, Func: scanHex4, Width: 4, HasNull: true, Null: "-", Also: `""`, Encoded: true}
	p, err := directive.Compile([]directive.Item{item("a", s), lit(" "), item("b", s), lit(" "), item("c", s)})
	if err != nil {
		t.Fatal(err)
	}
	want := []value{{"-", 0, field.Null | field.Encoded}, {`""`, 0, field.Null | field.Encoded}, {"0010", 16, field.Encoded}}
	if got, res := run(p, `- "" 0010`); !res.OK || cmp.Diff(want, got) != "" {
		t.Errorf("%+v %v", res, got)
	}
}
