// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Unix(1_800_000_000, 0)

func newBook() *book {
	b := new(book)
	b.fill(nil, noon)
	return b
}

func at(path string, size int64) found { return found{path, version{size, size * 1000}} }

// look is one look at the files, each of which is then read to its end.
func look(t *testing.T, b *book, turn uint64, now time.Time, files ...found) []*pack {
	t.Helper()
	here, left := b.assign(files, turn, now)
	require.Zero(t, left)
	require.Len(t, here, len(files))
	for i, p := range here {
		have := found{p.Path, p.version}
		require.Equal(t, files[i], have)
		require.Zero(t, p.Gone)
		require.Same(t, p, b.here[p.Path])
	}
	require.Len(t, b.here, len(files))
	for _, p := range here {
		p.Done, p.Pos = true, p.Size*10
	}
	return here
}

// TestAssign knows files again by their path or, when they were moved, by size and time.
func TestAssign(t *testing.T) {
	b := newBook()
	first := look(t, b, 1, noon, at("1", 10), at("2", 20))
	assert.Equal(t, first, look(t, b, 2, noon, at("1", 10), at("2", 20)), "unchanged")

	grown := look(t, b, 3, noon, at("1", 11), at("2", 20))
	assert.Same(t, first[0], grown[0])

	moved := look(t, b, 4, noon, at("1", 30), at("2", 11), at("3", 20))
	assert.Same(t, first[0], moved[1])
	assert.Same(t, first[1], moved[2])
	assert.NotContains(t, first, moved[0])

	gone := look(t, b, 5, noon.Add(time.Minute), at("1", 30))
	assert.Same(t, moved[0], gone[0])
	assert.Equal(t, moved[1:], b.gone)
	back := look(t, b, 6, noon.Add(time.Hour), at("1", 30), at("2", 12), at("x", 20))
	assert.Equal(t, []*pack{moved[0], moved[1], moved[2]}, back, "one under its path, one under another")
	assert.Empty(t, b.gone)

	copied := look(t, b, 7, noon.Add(time.Hour), at("1", 30), at("2", 12), at("copy", 30), at("x", 20))
	assert.NotContains(t, back, copied[2], "a copy of what is still there is a file of its own")
}

// TestSeen: another version of a file is to be read, whatever was to be done with the one before. What is written is that
// and no more.
func TestSeen(t *testing.T) {
	b := newBook()
	packs := look(t, b, 1, noon, at("1", 10), at("2", 20))
	assert.True(t, b.dirty[bucketOf("1")] && b.dirty[bucketOf("2")])
	packs[0].Skip = true
	b.dirty = [buckets]bool{}
	later := noon.Add(time.Minute)
	here, _ := b.assign([]found{at("1", 11), at("2", 20)}, 2, later)
	assert.Equal(t, packs, here)
	assert.Equal(t, &pack{Path: "1", version: version{11, 11_000}, Pos: 100, turn: 2, since: later}, here[0])
	assert.True(t, here[1].Done)
	assert.True(t, b.dirty[bucketOf("1")])
	assert.False(t, b.dirty[bucketOf("2")], "it is as it was")

	b.dirty = [buckets]bool{}
	b.assign([]found{at("2", 20)}, 3, later)
	assert.True(t, b.dirty[bucketOf("1")], "it has gone")
}

// TestMove: a file that was moved is checked once more, and written under both names. One of which nothing was read has
// nothing to be known by.
func TestMove(t *testing.T) {
	for name, c := range map[string]struct {
		done  bool
		pos   int64
		known bool
	}{
		"read":         {true, 100, true},
		"in part":      {false, 100, true},
		"passed over":  {true, 0, true},
		"not read yet": {false, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook()
			old := look(t, b, 1, noon, at("old", 10))[0]
			old.Done, old.Pos = c.done, c.pos
			b.assign(nil, 2, noon)
			b.dirty = [buckets]bool{}
			later := noon.Add(time.Minute)
			here, _ := b.assign([]found{at("new", 10)}, 3, later)
			assert.Equal(t, &pack{Path: "new", version: version{10, 10_000}, Pos: c.pos, turn: 3, since: later}, here[0])
			assert.Equal(t, c.known, here[0] == old)
			assert.Equal(t, c.known, b.dirty[bucketOf("old")])
			assert.True(t, b.dirty[bucketOf("new")])
		})
	}
}

// TestTwins: of files of the same size and time each keeps what is known of it, and what is known of one that has gone is
// that of one other.
func TestTwins(t *testing.T) {
	b := newBook()
	twins := look(t, b, 1, noon, at("1", 10), at("2", 10), at("3", 30))
	look(t, b, 2, noon, at("1", 10), at("3", 30))
	assert.Same(t, twins[0], b.here["1"])
	look(t, b, 3, noon)
	require.Len(t, b.gone, 3)
	back := look(t, b, 4, noon, at("4", 30), at("5", 30))
	assert.Same(t, twins[2], back[0])
	assert.NotSame(t, twins[2], back[1])
	assert.ElementsMatch(t, twins[:2], b.gone, "what has come back is not gone, the others are")
}

// TestFill takes in what was saved: one file for each path, the others as gone, in the order in which they went.
func TestFill(t *testing.T) {
	var b book
	a, twin, c, d := &pack{Path: "a"}, &pack{Path: "a"}, &pack{Path: "c", Gone: 5}, &pack{Path: "d", Gone: 3}
	b.fill([]*pack{a, twin, c, d}, noon)
	assert.Equal(t, map[string]*pack{"a": a}, b.here)
	require.Len(t, b.gone, 3)
	for i, p := range []*pack{twin, d, c} {
		assert.Same(t, p, b.gone[i], i)
	}
	assert.Equal(t, noon, a.since, "it rests from now on")
}

func TestForgetContents(t *testing.T) {
	p := &pack{Path: "a", version: version{1, 2}, Done: true, Pos: 3, Sum: []byte("x"), Head: []byte("y"), HeadLen: 4, Open: true}
	p.forget()
	assert.Equal(t, &pack{Path: "a", version: version{1, 2}}, p)
}

// TestForget drops what has been gone for a day, and the first of too many; what goes is written so.
func TestForget(t *testing.T) {
	b := newBook()
	look(t, b, 1, noon, at("1", 10), at("2", 20))
	look(t, b, 2, noon, at("2", 20))
	look(t, b, 3, noon.Add(time.Hour))
	require.Len(t, b.gone, 2)
	b.dirty = [buckets]bool{}
	look(t, b, 4, noon.Add(forgetAfter+time.Minute))
	require.Len(t, b.gone, 1)
	assert.Equal(t, "2", b.gone[0].Path)
	assert.True(t, b.dirty[bucketOf("1")])

	var many []found
	for i := range maxGone + 10 {
		many = append(many, at(fmt.Sprintf("many %05d", i), int64(100+i)))
	}
	look(t, b, 5, noon.Add(25*time.Hour), many...)
	look(t, b, 6, noon.Add(25*time.Hour))
	assert.Len(t, b.gone, maxGone)
	assert.Equal(t, "many 00010", b.gone[0].Path)
}

// TestTooMany leaves files out beyond the limit, and says how many.
func TestTooMany(t *testing.T) {
	b := newBook()
	var many []found
	for i := range maxFiles + 10 {
		many = append(many, at(fmt.Sprint(i), int64(i)))
	}
	for turn := range uint64(2) {
		here, left := b.assign(many, turn+1, noon)
		assert.Len(t, here, maxFiles)
		assert.Equal(t, 10, left)
		assert.Len(t, b.here, maxFiles)
	}
}
