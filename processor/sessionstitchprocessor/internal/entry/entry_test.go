// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package entry

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// draw makes an entry whose fields are those that its kind has.
func draw(t *rapid.T) Entry {
	e := Entry{Kind: Kind(rapid.IntRange(1, len(fieldsOf)-1).Draw(t, "kind"))}
	f := fieldsOf[e.Kind]
	word := rapid.Uint64()
	set := func(has bool, to func()) {
		if has {
			to()
		}
	}
	set(f.flags, func() { e.Flags = rapid.Byte().Draw(t, "flags") })
	set(f.reason, func() { e.Reason = rapid.Byte().Draw(t, "reason") })
	set(f.model, func() { e.Model = rapid.Uint32().Draw(t, "model") })
	set(f.key, func() { e.Key = session.Key{Hi: word.Draw(t, "hi"), Lo: word.Draw(t, "lo")} })
	set(f.id, func() { e.ID = word.Draw(t, "id") })
	set(f.at, func() { e.At = rapid.Int64().Draw(t, "at") })
	set(f.due, func() { e.Due = rapid.Int64().Draw(t, "due") })
	set(f.observed, func() { e.Observed = rapid.Int64().Draw(t, "observed") })
	set(f.state, func() { e.State = rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "state") })
	return e
}

func TestEntriesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(draw), 1, 20).Draw(t, "entries")
		var b []byte
		for i := range list {
			b = list[i].Append(b)
		}
		whole := b
		for i := range list {
			var e Entry
			var err error
			b, err = Next(b, &e)
			require.NoError(t, err)
			require.Equal(t, list[i], e)
		}
		require.Empty(t, b)
		// Cut anywhere, the entries before the cut are those that were written, and then there is an end or an error.
		cut := whole[:rapid.IntRange(0, len(whole)).Draw(t, "cut")]
		for i := 0; len(cut) > 0; i++ {
			var e Entry
			var err error
			if cut, err = Next(cut, &e); err != nil {
				return
			}
			require.Equal(t, list[i], e)
		}
	})
}

func TestPartsAreEncodedInPlace(t *testing.T) {
	for _, size := range []int{0, 1, 200, 20_000, 3 << 20} {
		p := session.Part{Key: session.Key{Hi: 1, Lo: 2}, Time: 3}
		p.Resource = make([]byte, size)
		b := AppendPart(nil, 9, &p)
		var e Entry
		rest, err := Next(b, &e)
		require.NoError(t, err)
		assert.Empty(t, rest)
		assert.Equal(t, Entry{Kind: Part, Model: 9, Key: p.Key, At: 3, State: p.AppendBinary(nil, p.Key)}, e)
	}
}

func FuzzNext(f *testing.F) {
	e := Entry{Kind: Release, Key: session.Key{Hi: 1, Lo: 2}, ID: 3, State: []byte("state")}
	f.Add(e.Append(nil))
	f.Add([]byte{byte(Part), 1})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			var e Entry
			rest, err := Next(b, &e)
			if err != nil {
				return
			}
			if len(rest) >= len(b) {
				t.Fatal("nothing was read")
			}
			b = rest
		}
	})
}
