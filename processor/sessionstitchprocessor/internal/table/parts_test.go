// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// The arena gives back what was put, and takes no more than it says.
func TestArenaKeepsWhatLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		refs := map[uint32]ref{}
		want := map[uint32][]byte{}
		a := newArena(rapid.SampledFrom([]int{64, 1024, 4096}).Draw(t, "segment"), func(slot uint32, to ref) { refs[slot] = to })
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			slot := uint32(rapid.IntRange(0, 20).Draw(t, "slot"))
			if rapid.IntRange(0, 3).Draw(t, "drop") == 0 {
				if _, ok := want[slot]; ok {
					a.drop(refs[slot])
					delete(refs, slot)
					delete(want, slot)
				}
			} else {
				data := bytes.Repeat([]byte{byte(rapid.IntRange(0, 255).Draw(t, "byte"))}, rapid.IntRange(0, 300).Draw(t, "size"))
				refs[slot] = a.put(slot, refs[slot], data)
				want[slot] = data
			}
			a.tidy()
			if a.live > 0 && a.reserved > a.bytes()+300+blockHeader+blockUnit {
				t.Fatalf("%d bytes are taken, %d are said", a.reserved, a.bytes())
			}
			for slot, data := range want {
				if !bytes.Equal(a.get(refs[slot], uint32(len(data))), data) {
					t.Fatalf("slot %d has changed", slot)
				}
			}
		}
	})
}

func TestHeapGivesTheEarliest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := map[uint32]int{}
		due := map[uint32]int64{}
		h := &heap{moved: func(slot uint32, i int) { at[slot] = i }}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			slot, when := uint32(rapid.IntRange(0, 40).Draw(t, "slot")), rapid.Int64Range(0, 50).Draw(t, "due")
			_, there := due[slot]
			switch {
			case !there:
				h.push(slot, when)
				due[slot] = when
			case rapid.Bool().Draw(t, "remove"):
				h.remove(at[slot])
				delete(due, slot)
			default:
				h.fix(at[slot], when)
				due[slot] = when
			}
			if h.len() != len(due) {
				t.Fatalf("%d entries, want %d", h.len(), len(due))
			}
			var all []int64
			for slot, d := range due {
				all = append(all, d)
				if e := h.at(at[slot]); e.slot != slot || e.due != d {
					t.Fatalf("slot %d is not where it was said to be", slot)
				}
			}
			if len(all) > 0 && h.dues[0] != slices.Min(all) {
				t.Fatalf("first is %d, want %d", h.dues[0], slices.Min(all))
			}
		}
	})
}

func TestIndexFindsWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Few distinct hashes, so that they collide and wrap around.
		hashes := map[uint32]uint64{}
		x := &index{}
		in := map[uint32]bool{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			slot := uint32(rapid.IntRange(0, 150).Draw(t, "slot"))
			if in[slot] {
				x.remove(hashes[slot], slot)
				delete(in, slot)
			} else {
				hashes[slot] = uint64(rapid.SampledFrom([]int{0, 1, 1 << 31, 1 << 32, 1 << 40, 1 << 62, math.MaxInt, -1, -1 << 60}).Draw(t, "hash"))
				x.add(hashes[slot], slot)
				in[slot] = true
			}
			for slot := range uint32(151) {
				_, found := x.find(hashes[slot], func(s uint32) bool { return s == slot })
				if found != in[slot] {
					t.Fatalf("slot %d: found %v, want %v", slot, found, in[slot])
				}
			}
		}
	})
}

func TestForgottenKeepsTheLast(t *testing.T) {
	f := forgotten{places: 1024}
	rng := rand.New(rand.NewPCG(1, 1))
	var keys []session.Key
	for range 100_000 {
		keys = append(keys, session.Key{Hi: rng.Uint64(), Lo: rng.Uint64()})
	}
	assert.False(t, f.has(keys[0]))
	for _, k := range keys {
		f.add(k)
		assert.True(t, f.has(k))
	}
	assert.Equal(t, int64(1024*8), f.bytes())
	known := 0
	for _, k := range keys[len(keys)-256:] {
		if f.has(k) {
			known++
		}
	}
	assert.Greater(t, known, 250, "the last quarter of its places")
	assert.False(t, f.has(keys[0]))
}

func TestEventClock(t *testing.T) {
	const second = int64(time.Second)
	c := clock{event: true}
	wall := 1000 * second
	assert.Equal(t, wall, c.now(wall), "before any event: the wall")
	c.saw(100*second, wall)
	assert.Equal(t, 100*second, c.now(wall))
	c.saw(90*second, wall)
	assert.Equal(t, 100*second, c.now(wall), "never back")
	c.saw(5000*second, wall)
	assert.Equal(t, wall, c.now(wall), "never beyond the wall")
	c = clock{event: true}
	c.saw(100*second, wall)
	assert.Equal(t, 100*second, c.now(wall+int64(pause)), "a short pause is none")
	assert.Equal(t, 130*second, c.now(wall+int64(pause)+30*second))
	c.saw(101*second, wall+int64(pause)+30*second)
	assert.Equal(t, 130*second, c.now(wall+int64(pause)+31*second))
	arrival := clock{}
	arrival.saw(100*second, wall)
	assert.Equal(t, wall+1, arrival.now(wall+1))
}

// What is counted for a slot is what it takes: a cache line.
func TestSlotIsACacheLine(t *testing.T) {
	assert.Equal(t, uintptr(slotSize), unsafe.Sizeof(slot{}))
	assert.EqualValues(t, entrySize, unsafe.Sizeof(entry{}.due)+unsafe.Sizeof(entry{}.slot))
}
