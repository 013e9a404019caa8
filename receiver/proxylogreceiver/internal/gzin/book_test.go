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
