// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package httpin

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const (
	entryA = `{"SessionID":"a","SentBytes":1,"LogTimeStamp":"2026-11-20T00:00:02Z"}`
	entryB = `{"SessionID":"b","SentBytes":2,"DisconnetReason":"up: {\"}"}`
)

func TestSplit(t *testing.T) {
	pretty := "{\n  \"RequestID\": \"1\",\n  \"more\": {\"a\": [1, {}]}\n}"
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"nothing":                    {"", nil},
		"an empty array":             {" [ ]\n", nil},
		"one object":                 {entryA, []string{entryA}},
		"JSON Lines":                 {entryA + "\n" + entryB + "\n", []string{entryA, entryB}},
		"JSON Lines, CR LF":          {entryA + "\r\n" + entryB + "\r\n", []string{entryA, entryB}},
		"an array":                   {"[" + entryA + "," + entryB + "]", []string{entryA, entryB}},
		"an array over lines":        {"\ufeff[\n " + entryA + ",\n " + entryB + "\n]\n", []string{entryA, entryB}},
		"arrays behind one another":  {"[" + entryA + "]\n[" + entryB + "]", []string{entryA, entryB}},
		"concatenated":               {entryA + entryB, []string{entryA, entryB}},
		"tabs":                       {entryA + "\t" + entryB, []string{entryA, entryB}},
		"a record separator":         {"\x1e" + entryA + "\n\x1e" + entryB + "\n", []string{entryA, entryB}},
		"pretty-printed":             {pretty, []string{pretty}},
		"pretty-printed, several":    {pretty + "\n" + pretty + "\n", []string{pretty, pretty}},
		"nested in the batch":        {`{"logs":[` + entryA + "," + entryB + `],"n":2}`, []string{entryA, entryB}},
		"nested, each":               {`{"e":` + entryA + `},{"e":` + entryB + `}`, []string{entryA, entryB}},
		"a prefix and a suffix":      {"BEGIN\n<<" + entryA + ">>\t<<" + entryB + ">>\nEND", []string{"BEGIN", entryA, entryB, "END"}},
		"a prefix that looks marked": {"<log>" + entryA + "</log>\n<log>" + entryB + "</log>\n", []string{entryA, entryB}},
		"a suffix":                   {entryA + ";\n" + entryB + ";\n", []string{entryA, entryB}},
		"behind a header":            {"<134>Nov 21 23:45:00 edge app: " + entryA, []string{"<134>Nov 21 23:45:00 edge app: " + entryA}},
		"text":                       {"one\ntwo\r\n three ", []string{"one", "two", " three "}},
		"text with empty lines":      {"one\n\n \ntwo\n\n", []string{"one", "", "", "two", ""}},
		"text in brackets":           {"[2026-11-21T23:45:02Z] \"GET / HTTP/1.1\"\n[x", []string{"[2026-11-21T23:45:02Z] \"GET / HTTP/1.1\"", "[x"}},
		"text in braces":             {"{a|b} {c} 1/2\n[{x}] 3\n", []string{"{a|b} {c} 1/2", "[{x}] 3"}},
		"text behind an object":      {`{"a":1} 2` + "\n{}\n", []string{`{"a":1} 2`, "{}"}},
		"objects of another kind":    {`{"a":{"b":1}}` + "\n" + `{"a":[{}]}`, []string{`{"a":{"b":1}}`, `{"a":[{}]}`}},
		"a damaged line":             {entryA + "\n{\"SessionID\":\n" + entryB, []string{entryA, `{"SessionID":`, entryB}},
		"a damaged entry":            {"[" + entryA + `,{"Sess,` + entryB + "]", []string{entryA, `{"Sess`, entryB}},
		"a cut entry":                {"[" + entryA + "," + entryB[:20], []string{entryA, entryB[:20]}},
		"a damaged object, spread":   {"{\n \"a\": ,\n \"b\": 1\n}\n{\n \"c\": 1\n}", []string{"{\n \"a\": ,\n \"b\": 1\n}", "{\n \"c\": 1\n}"}},
		"numbers":                    {"[1,2]\n3", []string{"[1,2]", "3"}},
		"a brace at the end":         {entryA + ",{", []string{entryA, "{"}},
		"columns, the first missing": {",,a\nb,c,d", []string{",,a", "b,c,d"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := split(c.body, true, 100)
			assert.True(t, ok)
			assert.Equal(t, c.want, got)
		})
	}
}

// TestSplitOtherFormats takes nothing out of anything where lines are not EdgeOne's.
func TestSplitOtherFormats(t *testing.T) {
	wrapped := `{"logs":[` + entryA + `]}`
	got, _ := split(wrapped+"\nx "+entryA, false, 100)
	assert.Equal(t, []string{wrapped, "x " + entryA}, got)
}

func TestSplitLimit(t *testing.T) {
	got, ok := split(strings.Repeat("a\n", 100), true, 100)
	assert.True(t, ok)
	assert.Len(t, got, 100)
	_, ok = split(strings.Repeat("{}", 101), true, 100)
	assert.False(t, ok)
	_, ok = split(`{"logs":[`+strings.Repeat(entryA+",", 101)+entryA+"]}", true, 100)
	assert.False(t, ok)
}

// TestSplitBudget gives up looking for objects in a body that is made to hold none, however it goes on.
func TestSplitBudget(t *testing.T) {
	hostile := strings.Repeat(`{"a":[0,`, 1<<16)
	s, ok := split(hostile+"\nlast line", true, 1<<17)
	require.True(t, ok)
	assert.Equal(t, "last line", s[len(s)-1])
	// Without a budget each of them would be read to the deepest nesting that is allowed.
	assert.Less(t, len(s), 1<<16)
}

// FuzzSplit: the lines are parts of the body, in its order, and nothing is left out but what stands around values.
func FuzzSplit(f *testing.F) {
	f.Add("[" + entryA + "," + entryB + "]\n\ntext\r\n{\n}")
	f.Add("{a|b} {c} 1/2\n[{x}] 3\n{\"a\":[{\"")
	f.Fuzz(func(t *testing.T, body string) {
		lines, ok := split(body, false, len(body))
		if !ok {
			t.Fatalf("%q has more lines than bytes", body)
		}
		rest := body
		for _, l := range lines {
			before, after, found := strings.Cut(rest, l)
			if !found || strings.Trim(before, " \t\r\n,[]\x1e\ufeff") != "" {
				t.Fatalf("%q: %q is lost before %q", body, before, l)
			}
			rest = after
		}
		if strings.Trim(rest, " \t\r\n,[]\x1e\ufeff") != "" {
			t.Fatalf("%q: %q is lost at the end", body, rest)
		}
		split(body, true, len(body)+1)
	})
}

// TestSplitObjects: whatever the objects and what stands between them, each comes out by itself.
func TestSplitObjects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.MapOf(rapid.String(), rapid.OneOf(
			rapid.String().AsAny(), rapid.Int().AsAny(), rapid.SliceOfN(rapid.String(), 0, 3).AsAny(),
			rapid.MapOf(rapid.StringN(0, 3, 10), rapid.Bool()).AsAny(),
		)), 0, 8).Draw(t, "objects")
		between := rapid.SampledFrom([]string{"", "\n", ",", " , ", "\r\n", "\t", ",\n  ", "\n\n"}).Draw(t, "between")
		indent := rapid.SampledFrom([]string{"", "  "}).Draw(t, "indent")
		open := rapid.SampledFrom([]string{"", "[", "\ufeff[\n"}).Draw(t, "open")
		var want []string
		for _, v := range values {
			b, err := json.MarshalIndent(v, "", indent)
			if indent == "" {
				b, err = json.Marshal(v)
			}
			require.NoError(t, err)
			want = append(want, string(b))
		}
		got, ok := split(open+strings.Join(want, between)+strings.Repeat("]", strings.Count(open, "[")), true, len(want))
		require.True(t, ok)
		require.Equal(t, want, got)
	})
}
