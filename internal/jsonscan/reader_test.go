// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/field"
)

func keys(t testing.TB) *Keys {
	t.Helper()
	k, err := NewKeys([]Key{
		{Path: []string{"a"}, Field: 0},
		{Path: []string{"b"}, Field: 1},
		{Path: []string{"nested", "x"}, Field: 2},
		{Path: []string{"nested", "deep", "y"}, Field: 3},
		{Path: []string{"B"}, Field: 1},
		{Path: []string{`q"\`}, Field: 4},
		{Path: []string{"z"}, Field: 5},
	})
	require.NoError(t, err)
	return k
}

const fields = 6

func read(t testing.TB, r *Reader, s string) ([]field.Slot, int) {
	t.Helper()
	slots := make([]field.Slot, fields)
	field.Reset(slots)
	r.Extra = r.Extra[:0]
	return slots, r.Object(s, 0, slots)
}

// TestSameName: a key below an object is not the one of the same name above it, whatever was read before.
func TestSameName(t *testing.T) {
	k, err := NewKeys([]Key{{Path: []string{"a"}, Field: 0}, {Path: []string{"b"}, Field: 1}, {Path: []string{"n", "b"}, Field: 2}, {Path: []string{"z"}, Field: 3}})
	require.NoError(t, err)
	r := NewReader(k)
	for _, line := range []string{
		`{"n":{"a":1,"b":2,"z":3},"a":4,"b":5,"z":6                                       }`,
		`{"n":{"b":2,"a":1,"z":3},"b":5,"a":4,"z":6                                       }`,
		`{"a":4,"n":{"z":3,"a":1,"b":2},"z":6,"b":5                                       }`,
	} {
		for range 2 {
			slots, end := read(t, r, line)
			require.Equal(t, len(line), end)
			for i, want := range []int64{4, 5, 2, 6} {
				assert.Equal(t, want, slots[i].Num, "%s: field %d", line, i)
			}
			assert.Len(t, r.Extra, 2, line)
		}
	}
}

func TestObject(t *testing.T) {
	r := NewReader(keys(t))
	for _, line := range []string{
		`{"a":"x","b":-12,"nested":{"x":true,"deep":{"y":null}},"z":"\u00e9","new":[1,{"k":"}"}]} tail`,
		`{ "a" : "x" , "b" :-12, "nested":{"x":true, "deep" : { "y": null } },"new":[1,{"k":"}"}],"z":"\u00e9" }`,
		`{"z":"old","B":-12,"\u0061":"x","nested":{"deep":{"y":null},"x":true},"new":1,"new":[1,{"k":"}"}],"z":"\u00e9"}`,
	} {
		slots, end := read(t, r, line)
		require.GreaterOrEqual(t, end, 0, "%s: %+v", line, r.Err)
		assert.Equal(t, byte('}'), line[end-1], line)
		assert.Equal(t, "x", slots[0].Text(line))
		assert.Equal(t, int64(-12), slots[1].Num)
		assert.True(t, slots[1].Is(field.Number))
		assert.True(t, slots[2].Is(field.True))
		assert.False(t, slots[3].Has())
		assert.True(t, slots[3].Is(field.Null))
		assert.Equal(t, field.Absent, slots[4])
		assert.Equal(t, "é", Unescape(slots[5].Text(line)))
		assert.True(t, slots[5].Is(field.Encoded))
		require.Len(t, r.Extra, 1)
		assert.Equal(t, "new", r.Extra[0].Key)
		assert.Equal(t, `[1,{"k":"}"}]`, r.Extra[0].Slot.Text(line))
	}
}

func TestExtra(t *testing.T) {
	r := NewReader(keys(t))
	line := `{"q\"\\":7,"nested":{"x":1,"more":2,"deep":3},"n\u0065w":"v","a":{"b":1}}`
	slots, end := read(t, r, line)
	require.Equal(t, len(line), end, "%+v", r.Err)
	assert.Equal(t, int64(7), slots[4].Num)
	assert.Equal(t, `{"b":1}`, slots[0].Text(line))
	got := map[string]string{}
	for _, x := range r.Extra {
		got[x.Key] = x.Slot.Text(line)
	}
	assert.Equal(t, map[string]string{"nested.more": "2", "nested.deep": "3", "new": "v"}, got)
	assert.Equal(t, 3, r.Known)
}

func TestExtraIsBounded(t *testing.T) {
	r := NewReader(keys(t))
	var b strings.Builder
	b.WriteString(`{"a":1`)
	for i := range 5000 {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	b.WriteString(`,"z":2}`)
	slots, end := read(t, r, b.String())
	require.Equal(t, b.Len(), end)
	assert.Len(t, r.Extra, MaxExtra)
	assert.Equal(t, int64(2), slots[5].Num)
}

func TestNumbers(t *testing.T) {
	r := NewReader(keys(t))
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63, "1669165132092378112": 1669165132092378112,
	} {
		slots, end := read(t, r, `{"a":`+text+`}`)
		require.Positive(t, end, text)
		assert.Equal(t, want, slots[0].Num, text)
		assert.False(t, slots[0].Is(field.Real), text)
	}
	for _, text := range []string{"9223372036854775808", "-9223372036854775809", "18446744073709551616", "100000000000000000000", "1.5", "-1e3", "1E+2"} {
		slots, end := read(t, r, `{"a":`+text+`}`)
		require.Positive(t, end, text)
		assert.True(t, slots[0].Is(field.Number|field.Real), text)
		assert.Equal(t, text, slots[0].Text(`{"a":`+text+`}`))
	}
}

func TestErrors(t *testing.T) {
	r := NewReader(keys(t))
	for _, c := range []struct {
		line      string
		offset    int
		expected  string
		truncated bool
	}{
		{``, 0, "an object", true},
		{`[`, 0, "an object", false},
		{`{`, 1, "a key in quotes", true},
		{`{"a`, 3, "a closing quote", true},
		{`{"a"`, 4, "a colon", true},
		{`{"a" 1}`, 5, "a colon", false},
		{`{"a":`, 5, "a value", true},
		{`{"a":1`, 6, "a comma or a closing brace", true},
		{`{"a":1,}`, 7, "a key in quotes", false},
		{`{"a":1;"b":2}`, 6, "a comma or a closing brace", false},
		{`{"a":01}`, 6, "no digit behind a leading zero", false},
		{`{"a":1.}`, 7, "a digit", false},
		{`{"a":-}`, 6, "a digit", false},
		{`{"a":nul}`, 8, "null", false},
		{`{"a":"\x"}`, 6, "a valid escape", false},
		{`{"a":"\u12`, 10, "the rest of an escape", true},
		{"{\"a\":\"b\tc\"}", 7, "a closing quote", false},
		{`{"a":[1,]}`, 8, "a value", false},
		{`{"a":-01}`, 7, "no digit behind a leading zero", false},
		{`{"a":1e-}`, 8, "a digit", false},
		{`{"q":[{"x"`, 10, "a colon", true},
		{`{"q":[{"x":1`, 12, "a comma or a closing brace", true},
		{`{"q":{"x" 1}}`, 10, "a colon", false},
		{`{"q":[1 2]}`, 8, "a comma or a closing bracket", false},
		{`{"a":'x'}`, 5, "a value", false},
	} {
		_, end := read(t, r, c.line)
		assert.Equal(t, -1, end, c.line)
		assert.Equal(t, Error{Offset: c.offset, Expected: c.expected, Truncated: c.truncated}, r.Err, c.line)
	}
}

func TestDepth(t *testing.T) {
	r := NewReader(keys(t))
	ok := `{"q":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`
	_, end := read(t, r, ok)
	assert.Equal(t, len(ok), end)
	_, end = read(t, r, `{"q":`+strings.Repeat("[", 1<<20))
	assert.Equal(t, -1, end)
	assert.Equal(t, "less nesting", r.Err.Expected)
	_, end = read(t, r, strings.Repeat(`{"q":`, 1<<20))
	assert.Equal(t, -1, end)
}

func TestKeys(t *testing.T) {
	_, err := NewKeys([]Key{{Path: []string{"a"}}, {Path: []string{"a"}, Field: 1}})
	require.ErrorContains(t, err, `"a" is given twice`)
	_, err = NewKeys([]Key{{Path: []string{"a"}}, {Path: []string{"a", "b"}, Field: 1}})
	require.ErrorContains(t, err, `"a.b" is given twice`)
	_, err = NewKeys([]Key{{Path: []string{"a", "b"}}, {Path: []string{"a"}, Field: 1}})
	require.ErrorContains(t, err, `"a" is given twice`)
	_, err = NewKeys([]Key{{}})
	require.Error(t, err)
}

func TestSkip(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int
	}{{" [ \x1e{", 4}, {"\ufeff{", 3}, {"],", 2}, {"\xef{", 0}, {"", 0}, {"null", 0}} {
		assert.Equal(t, c.want, Skip(c.in, 0), "%q", c.in)
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		`plain`: "plain", `\"\\\/\b\f\n\r\t`: "\"\\/\b\f\n\r\t", `a\u00e9\u20ac`: "aé€", `\ud83d\ude00!`: "😀!",
		`\ud83d`: "\ufffd", `\ud83dx`: "\ufffdx", `\ude00\ud83d`: "\ufffd\ufffd", `\ud83d\u0041`: "\ufffdA",
		`\ud83d\ud83d\ude00`: "\ufffd😀", `\`: `\`, `\u12`: `\u12`, `\x`: `\x`,
	} {
		assert.Equal(t, want, Unescape(in), in)
	}
}

// FuzzObject compares with encoding/json: the same texts are read, with the same values.
func FuzzObject(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":1}`, `{"a":"\u00e9\ud83d\ude00","b":[1,2,{"c":null}],"nested":{"x":1.5e3,"deep":{"y":false}}}`,
		`{"a":1,"a":2,"new":3,"new":4}`, `{"a":-0,"b":12345678901234567890,"z":"` + "\xff" + `"}`, `{"a" : 1 , "b":"x"} `, `{"a":01}`,
		`{"a":"0123456789","z":"012345\\67","b":123456789012345678,"nested":{"x":"y"},"z":"` + "\x01" + `"}`,
	} {
		f.Add(s)
	}
	k := keys(f)
	general := k.general()
	// Fields below an object are left out: where the object occurs twice encoding/json has the last, slots have both.
	names := map[int]string{0: "a", 1: "b", 4: `q"\`, 5: "z"}
	f.Fuzz(func(t *testing.T, s string) {
		if !strings.HasPrefix(s, "{") {
			return
		}
		r, slow := NewReader(k), NewReader(general)
		slots := make([]field.Slot, fields)
		for range 2 { // the second time with the order of keys known
			field.Reset(slots)
			r.Extra = r.Extra[:0]
			end := r.Object(s, 0, slots)
			if want, e := read(t, slow, s); e != end || end >= 0 && !slices.Equal(want, slots) || end < 0 && r.Err != slow.Err {
				t.Fatalf("%d, %+v, %v; in the general way %d, %+v, %v", end, r.Err, slots, e, slow.Err, want)
			}
			if end < 0 {
				if r.Err.Expected == "less nesting" {
					return
				}
				if json.Valid([]byte(s)) {
					t.Fatalf("rejected at byte %d (%s): %q", r.Err.Offset, r.Err.Expected, s)
				}
				if r.Err.Offset > len(s) || r.Err.Offset < 0 || r.Err.Truncated != (r.Err.Offset == len(s)) {
					t.Fatalf("%+v of %d bytes", r.Err, len(s))
				}
				continue
			}
			if !json.Valid([]byte(s[:end])) {
				t.Fatalf("accepted %q", s[:end])
			}
			compare(t, s[:end], slots, names)
		}
	})
}

// compare checks the slots against what encoding/json makes of the text.
func compare(t *testing.T, s string, slots []field.Slot, names map[int]string) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var all map[string]any
	if err := dec.Decode(&all); err != nil {
		t.Fatal(err)
	}
	_, alias := all["B"]
	for i, name := range names {
		if i == 1 && alias {
			continue // two keys of one field: which one is last is not told by a map
		}
		v := all[name]
		slot := slots[i]
		switch v := v.(type) {
		case nil:
			if slot.Has() {
				t.Fatalf("%s: %q, want nothing", name, slot.Text(s))
			}
		case string:
			got := slot.Text(s)
			if slot.Is(field.Encoded) {
				got = Unescape(got)
			}
			if strings.ToValidUTF8(got, "\ufffd") != strings.ToValidUTF8(v, "\ufffd") && utf8.ValidString(s) {
				t.Fatalf("%s: %q, want %q", name, got, v)
			}
		case json.Number:
			if slot.Text(s) != string(v) || !slot.Is(field.Number) {
				t.Fatalf("%s: %q, want %q", name, slot.Text(s), v)
			}
			n, err := v.Int64()
			if exact := err == nil; exact == slot.Is(field.Real) || exact && n != slot.Num {
				t.Fatalf("%s: %d (real %v), want %d", name, slot.Num, slot.Is(field.Real), n)
			}
		case bool:
			if slot.Is(field.True) != v || slot.Is(field.False) == v {
				t.Fatalf("%s: flags %b, want %v", name, slot.Flags, v)
			}
		default:
			if !slot.Is(field.Object) || !json.Valid([]byte(slot.Text(s))) {
				t.Fatalf("%s: %q", name, slot.Text(s))
			}
		}
	}
}
