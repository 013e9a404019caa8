// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// joinAll gives the lines of a text to a Joiner and collects what is complete or stands alone, and what is broken.
func joinAll(text string) (whole, broken []string) {
	var j Joiner
	for _, line := range strings.Split(text, "\n") {
		for {
			s, state := j.Join(line)
			switch state {
			case Alone, Complete:
				whole = append(whole, s)
			case Broken:
				broken = append(broken, s)
				continue
			case Held:
			}
			break
		}
	}
	if rest := j.Rest(); rest != "" {
		broken = append(broken, rest)
	}
	return whole, broken
}

func TestJoin(t *testing.T) {
	for text, want := range map[string][]string{
		"{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      1\n    ]\n  }\n}": {"{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      1\n    ]\n  }\n}"},
		"[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]":            {"[", "{\n    \"a\": 1\n  }", "{\n    \"a\": 2\n  }", "]"},
		"[{\r\n\"a\": 1\r\n}, {\r\n\"a\": 2\r\n}]\r":                       {"{\n\"a\": 1\r\n}", "{\n\"a\": 2\r\n}"},
		"{\n}\n{\"a\":1}\nplain":                                           {"{\n}", `{"a":1}`, "plain"},
		"{\n\"a\":\n{\n\"b\":\n7\n}\n}":                                    {"{\n\"a\":\n{\n\"b\":\n7\n}\n}"},
		"{\n\"brace } and \\\" quote\": \"{[\"\n\n}":                       {"{\n\"brace } and \\\" quote\": \"{[\"\n\n}"},
		"{ \t\n\"a\": 1\n}":                                                {"{\n\"a\": 1\n}"},
		"{ \"a\": 1,\n\"b\": 2 }":                                          {`{ "a": 1,`, `"b": 2 }`},
	} {
		whole, broken := joinAll(text)
		assert.Equal(t, want, whole, text)
		assert.Empty(t, broken, text)
	}
	for text, want := range map[string][2][]string{
		"{\n\"a\": 1,\n{\"a\":2}":       {{`{"a":2}`}, {"{\n\"a\": 1,"}},
		"{\n{\n\"a\": 1\n}":             {{"{\n\"a\": 1\n}"}, {"{"}},
		"{\n127.0.0.1 - -":              {{"127.0.0.1 - -"}, {"{"}},
		"{\n\"a\": \"open\n}":           {{"\"a\": \"open", "}"}, {"{"}},
		"{\n\"a\": [\n}":                {{"}"}, {"{\n\"a\": ["}},
		"{\n\"a\": 1":                   {nil, {"{\n\"a\": 1"}},
		"{\n\"a\": 1\n}\nx\n{\n\"b\":1": {{"{\n\"a\": 1\n}", "x"}, {"{\n\"b\":1"}},
	} {
		whole, broken := joinAll(text)
		assert.Equal(t, want, [2][]string{whole, broken}, text)
	}
}

func TestJoinBounds(t *testing.T) {
	long := "{\n" + strings.Repeat("\"key\": \"value\",\n", maxJoinLines)
	whole, broken := joinAll(long)
	assert.Len(t, broken, 1)
	assert.NotEmpty(t, whole)
	for _, b := range broken {
		assert.LessOrEqual(t, len(b), maxJoinBytes)
	}
	_, broken = joinAll("{\n\"a\": \"" + strings.Repeat("x", maxJoinBytes) + "\"\n}")
	assert.Equal(t, []string{"{"}, broken)
	_, broken = joinAll("{\n\"a\": " + strings.Repeat("[\n", 100))
	assert.Len(t, broken, 1)
}

// TestJoinRewind gives lines twice, as after a refusal.
func TestJoinRewind(t *testing.T) {
	var j Joiner
	// The first object leaves room for the others.
	for _, line := range []string{"{", `"long": "` + strings.Repeat("x", 100) + `"`, "}", "{", `"b": 2,`} {
		_, s := j.Join(line)
		require.Equal(t, line == "}", s == Complete, line)
	}
	j.Mark()
	for range 3 {
		_, s := j.Join(`"a": 1`)
		require.Equal(t, Held, s)
		text, s := j.Join("}")
		require.Equal(t, Complete, s)
		assert.Equal(t, "{\n\"b\": 2,\n\"a\": 1\n}", text)
		for _, line := range []string{"{", `"another": 3,`} {
			_, s := j.Join(line)
			require.Equal(t, Held, s)
		}
		j.Rewind()
	}
}

// TestJoinPrinted joins what encoding/json prints over several lines, alone and as an array.
func TestJoinPrinted(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[any] {
		return rapid.OneOf(rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Float64().AsAny(), rapid.String().AsAny(),
			rapid.SliceOfN(rapid.String(), 1, 3).AsAny(), rapid.MapOfN(rapid.String(), rapid.Int(), 1, 3).AsAny())
	})
	rapid.Check(t, func(t *rapid.T) {
		objects := rapid.SliceOfN(rapid.MapOfN(rapid.String(), value, 1, 4), 1, 4).Draw(t, "objects")
		indent := rapid.SampledFrom([]string{" ", "\t", "    "}).Draw(t, "indent")
		raw, err := json.MarshalIndent(objects, "", indent)
		if err != nil {
			t.Skip(err)
		}
		whole, broken := joinAll(string(raw))
		if len(broken) > 0 || len(whole) != len(objects)+2 {
			t.Fatalf("%q and %q of %s", whole, broken, raw)
		}
		for i, o := range objects {
			want, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Compact(&got, []byte(whole[i+1])); err != nil {
				t.Fatalf("%v: %s", err, whole[i+1])
			}
			if got.String() != string(want) {
				t.Fatalf("%s, want %s", got.String(), want)
			}
		}
	})
}

// FuzzJoin gives arbitrary lines: none is lost, and nothing is held beyond the bounds.
func FuzzJoin(f *testing.F) {
	for _, s := range []string{"{\n\"a\":1\n}", "[{\n}, {\n}]", "{\n{\n", "{\n\"a\":\n[\n\"b\"\n]}", "{\n\"\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		whole, broken := joinAll(text)
		n := 0
		for _, s := range append(whole, broken...) {
			n += len(s)
			for _, line := range strings.Split(s, "\n") {
				if !strings.Contains(text, line) {
					t.Fatalf("%q is not in %q", line, text)
				}
			}
		}
		if strings.Trim(text, "[]{}, \t\r\n\x1e\ufeff") != "" && n == 0 {
			t.Fatalf("%q is lost", text)
		}
	})
}
