// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/field"
)

// general are the same keys, of which none is ever the usual one: every member is read by member.
func (k *Keys) general() *Keys {
	out := *k
	out.entries = slices.Clone(k.entries)
	for i := range out.entries {
		out.entries[i].own = -1
	}
	return &out
}

// TestUsual holds the usual way through an object and the general one equal, over lines that have much in common with the
// line before, and little things different.
func TestUsual(t *testing.T) {
	k := keys(t)
	quick, slow := NewReader(k), NewReader(k.general())
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	key := func() string {
		return pick(`"a":`, `"a":`, `"a":`, `"z":`, `"b":`, `"B":`, `"q\"\\":`, `"nested":`, `"x":`, `"deep":`, `"new":`, `"a" :`, `"z": `, `"\u0061":`, "\x00", `"ab":`, `"a`)
	}
	text := func() string {
		return strings.Repeat("x", rnd.IntN(20)) + pick("", "", "", "", `\"`, `\\`, "\x01", "\xff", "é", "\\", "}", ",", "\x7f") + strings.Repeat("y", rnd.IntN(20))
	}
	var value func(deep int) string
	value = func(deep int) string {
		switch n := rnd.IntN(12); {
		case n < 5:
			return `"` + text() + pick(`"`, `"`, `"`, `"`, `"`, `" `, ``)
		case n < 8:
			return pick(`"-"`, `"-"`, "0", "1", "-1", "007", strings.Repeat("1", 40), "123456789012345678", "1234567890123456789", "9223372036854775808", "1.5", "1e3", "12x", "-", "5 ")
		case n < 10 && deep < 3:
			var b strings.Builder
			b.WriteByte('{')
			for i := range rnd.IntN(6) {
				if i > 0 {
					b.WriteString(pick(",", ",", ",", ",", ", ", " ,", ";"))
				}
				b.WriteString(key() + value(deep+1))
			}
			return b.String() + pick("}", "}", "}", "}", " }", "")
		}
		return pick("null", "true", "false", "[1,2]", "[]", "{}", "nul", "")
	}
	accepted := 0
	for range 30000 {
		line := strings.TrimPrefix(`{"a":"`+text()+`","b":`+value(0)+`,"nested":`+value(0)+`,"z":`+value(0)+pick("}", "}", "} and more", ""), pick("", "", "", "{"))
		for range 2 { // the second time with the order of keys known
			want, wantEnd := read(t, slow, line)
			got, end := read(t, quick, line)
			require.Equal(t, wantEnd, end, "%q", line)
			require.Equal(t, slow.Known, quick.Known, "%q", line)
			if end < 0 {
				require.Equal(t, slow.Err, quick.Err, "%q", line)
				continue
			}
			accepted++
			require.Equal(t, want, got, "%q", line)
			require.Len(t, quick.Extra, len(slow.Extra), "%q", line)
			for i := range slow.Extra {
				require.Equal(t, slow.Extra[i].Key, quick.Extra[i].Key, "%q", line)
				require.Equal(t, slow.Extra[i].Slot, quick.Extra[i].Slot, "%q", line)
			}
		}
	}
	require.Greater(t, accepted, 5000)
}

// TestUsualIsTaken holds that the benchmark's line is read in the usual way, but for what is none of it.
func TestUsualIsTaken(t *testing.T) {
	k, n := lineKeys(t, envoyLine)
	r, slots := NewReader(k), make([]field.Slot, n)
	for range 2 {
		field.Reset(slots)
		require.Equal(t, len(envoyLine), r.Object(envoyLine, 0, slots))
	}
	first := strings.Index(envoyLine, `"body":{}`)
	at, _, end := r.usual(envoyLine, 1, slots, len(k.entries))
	require.Equal(t, first, at)
	require.False(t, end)
}

// TestNoLiteral reads what stands in the place of a key that is always looked up: no byte stands in for it.
func TestNoLiteral(t *testing.T) {
	r := NewReader(keys(t))
	_, end := read(t, r, `{"z":1,"q\"\\":2}`)
	require.Positive(t, end)
	_, end = read(t, r, "{\"z\":1,\x002}")
	require.Negative(t, end)
	require.Equal(t, "a key in quotes", r.Err.Expected)
}
