// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/directive"
)

func program(t *testing.T, items ...directive.Item) *directive.Program {
	t.Helper()
	p, err := directive.Compile(items)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestAmbiguities: only what has a line with two readings is reported, and with the codes of both fields.
func TestAmbiguities(t *testing.T) {
	// What the other side of a border may not hold decides it.
	noComma := directive.Shape{Kind: directive.KindText, Set: directive.Except(",")}
	valid := directive.Shape{Kind: directive.KindText, Valid: func(s string) bool { return !strings.Contains(s, " ") }}
	number := directive.Int
	for _, c := range []struct {
		name  string
		items []directive.Item
		want  []string
	}{
		{"one text", []directive.Item{item("n", number), lit(" "), item("a", free), lit(" "), item("m", number)}, nil},
		{"two texts", []directive.Item{item("a", free), lit(" "), item("b", free)}, []string{"a b"}},
		{"two texts in quotes", []directive.Item{lit(`"`), item("a", free), lit(`" "`), item("b", free), lit(`"`)}, []string{"a b"}},
		{"a number between", []directive.Item{item("a", free), lit(" "), item("n", number), lit(" "), item("b", free)}, []string{"a b"}},
		{"three texts", []directive.Item{item("a", free), lit(","), item("b", free), lit(","), item("c", free)}, []string{"a b", "b c"}},
		{"the first cannot hold it", []directive.Item{item("a", noComma), lit(","), item("b", free)}, nil},
		{"the second cannot hold it", []directive.Item{item("a", free), lit(","), item("b", noComma)}, nil},
		{"a value with it is none", []directive.Item{item("a", valid), lit(" "), item("b", free)}, nil},
		{"the second ends at the literal behind it", []directive.Item{lit("["), item("a", free), lit(" "), item("b", noComma), lit(", "), item("m", number)}, []string{"a b"}},
		{"a number between, and the same", []directive.Item{item("a", free), lit(" "), item("n", number), lit(" "), item("b", noComma), lit(",")}, []string{"a b"}},
		{"the word behind it may hold it too", []directive.Item{item("a", free), lit(","), item("w", word), lit(" "), item("b", noComma)}, []string{"a w"}},
		{"the word behind it may hold it too, and more follows", []directive.Item{item("a", free), lit(","), item("w", word), lit(" "), item("n", number), lit(" "), item("b", noComma)}, []string{"a w"}},
		{"the word behind it may hold it, but not what it needs", []directive.Item{item("a", valid), lit(" "), item("w", word), lit(" "), item("b", valid)}, nil},
		{"the first is always a word", []directive.Item{item("a", free), lit(" "), item("b", valid)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, a := range program(t, c.items...).Ambiguities() {
				got = append(got, strings.Join(a.Codes, " "))
				if a.Why == "" {
					t.Errorf("%v without a reason", a.Codes)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParts(t *testing.T) {
	text := directive.Shape{Kind: directive.KindText, HasNull: true, Null: "-"}
	p := program(t, lit("x="), item("n", directive.Int), lit(" "), item("a", text), lit(" y "), item("b", text), lit(" "), item("w", word))
	var got []string
	for _, part := range p.Parts() {
		if part.Field == nil {
			got = append(got, part.Literal)
			continue
		}
		got = append(got, part.Field.Code+": "+part.End)
	}
	want := []string{
		"x=", "n: behind its last digit", " ",
		"a: takes what the fields around it leave", " y ",
		`b: behind the last " y " that leaves a reading of the rest`, " ",
		"w: read from the right: before the first byte that it cannot hold",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := p.Parts()[3]; !n.HasMissing || n.Missing != "-" {
		t.Errorf("missing: %q %t", n.Missing, n.HasMissing)
	}
}
