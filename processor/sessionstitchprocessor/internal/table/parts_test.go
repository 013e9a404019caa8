// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"bytes"
	"maps"
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
		places := map[uint64]place{}
		want := map[uint64][]byte{}
		var a *arena
		a = newArena(rapid.SampledFrom([]int{64, 1024, 4096}).Draw(t, "segment"), func(list []move) {
			for _, m := range list {
				sl := a.at(m.to)
				if places[sl.key.Lo] != m.from {
					t.Fatalf("block %d was not where it was said to be", sl.key.Lo)
				}
				places[sl.key.Lo] = m.to
			}
		})
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			id := uint64(rapid.IntRange(0, 20).Draw(t, "id"))
			if rapid.IntRange(0, 3).Draw(t, "drop") == 0 {
				if _, ok := want[id]; ok {
					a.drop(places[id])
					delete(places, id)
					delete(want, id)
				}
			} else {
				data := bytes.Repeat([]byte{byte(rapid.IntRange(0, 255).Draw(t, "byte"))}, rapid.IntRange(0, 300).Draw(t, "size"))
				if p, ok := places[id]; ok {
					places[id] = a.put(p, data)
				} else {
					places[id] = a.take(data)
					a.at(places[id]).key.Lo = id
				}
				want[id] = data
			}
			a.tidy()
			if a.live > 0 && a.reserved > a.bytes()+300+8+blockUnit {
				t.Fatalf("%d bytes are taken, %d are said", a.reserved, a.bytes())
			}
			seen := 0
			a.each(func(p place, sl *slot) {
				seen++
				if places[sl.key.Lo] != p || !bytes.Equal(a.state(p), want[sl.key.Lo]) {
					t.Fatalf("block %d has changed", sl.key.Lo)
				}
			})
			if seen != len(want) {
				t.Fatalf("%d blocks, want %d", seen, len(want))
			}
		}
	})
}

// Blocks that fill segments badly do not keep the arena tidying up for ever.
func TestArenaTakesLargeBlocks(t *testing.T) {
	const size = 27_000 // of a segment of 48 KiB, so that there is room for one
	a := newArena(48<<10, func([]move) {})
	for range 40 {
		a.take(make([]byte, size))
		a.tidy()
		assert.LessOrEqual(t, a.reserved, a.bytes())
	}
	assert.Equal(t, a.live, a.reserved, "what has a segment of its own leaves nothing over")
}

func TestHeapGivesTheEarliest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := map[place]int{}
		due := map[place]int64{}
		h := &heap{moved: func(p place, i int) { at[p] = i }}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			slot, when := place(rapid.IntRange(0, 40).Draw(t, "slot")), rapid.Int64Range(0, 50).Draw(t, "due")
			_, there := due[slot]
			switch {
			case !there:
				h.push(entry{place: slot, due: when, piece: uint8(slot % 3)})
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
				if e := h.at(at[slot]); e.place != slot || e.due != d || e.piece != uint8(slot%3) {
					t.Fatalf("slot %d is not where it was said to be", slot)
				}
			}
			var listed []place
			for piece := range uint8(3) {
				h.of(piece, func(p place) {
					listed = append(listed, p)
					if uint8(p%3) != piece {
						t.Fatalf("slot %d is not of piece %d", p, piece)
					}
				})
			}
			if slices.Sort(listed); !slices.Equal(listed, slices.Sorted(maps.Keys(due))) {
				t.Fatalf("%v are in its pieces, want those of %v", listed, due)
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
		hashes := map[place]uint64{}
		x := &index{}
		in := map[place]bool{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			slot := place(rapid.IntRange(0, 150).Draw(t, "slot"))
			if to := slot + 150; in[slot] && !in[to] && rapid.Bool().Draw(t, "move") {
				x.move(hashes[slot], slot, to)
				hashes[to] = hashes[slot]
				delete(in, slot)
				in[to] = true
			} else if in[slot] {
				x.remove(hashes[slot], slot)
				delete(in, slot)
			} else {
				hashes[slot] = uint64(rapid.SampledFrom([]int64{0, 1, 1 << 31, 1 << 32, 1 << 40, 1 << 62, math.MaxInt64, -1, -1 << 60}).Draw(t, "hash"))
				x.add(hashes[slot], slot)
				in[slot] = true
			}
			for slot := range place(301) {
				found := false
				if len(x.list) > 0 {
					at, p, ok := x.seek(hashes[slot], x.home(hashes[slot]))
					for ; ok && p != slot; at, p, ok = x.seek(hashes[slot], x.next(at)) {
					}
					near, _ := x.near(hashes[slot], uint32(at))
					found = ok && near == slot
				}
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
		f.add(Partition(k), markOf(k))
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

// What is counted for a slot is what it takes, and slots in a row are aligned.
func TestSlotIsAsLargeAsItIsCounted(t *testing.T) {
	assert.Equal(t, uintptr(slotSize), unsafe.Sizeof(slot{}))
	assert.Zero(t, slotSize%blockUnit)
	assert.Zero(t, blockUnit%unsafe.Alignof(slot{}))
	assert.EqualValues(t, entrySize, unsafe.Sizeof(entry{}.due)+unsafe.Sizeof(entry{}.place)+unsafe.Sizeof(entry{}.piece))
}
