// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer/attrs"

	"github.com/proxylog/proxylog/internal/decode"
)

// TestIsRest: what stands behind a whole piece without an end of line is the rest of a line that was cut, if it is the
// file of which it was read.
func TestIsRest(t *testing.T) {
	const piece = 8
	for name, c := range map[string]struct {
		file, first string
		offset      int64
		want        bool
	}{
		"the rest of a line":              {"a\n12345678rest\nb\n", "rest", 10, true},
		"the rest of the first line":      {"12345678rest\nb\n", "rest", 8, true},
		"a second piece":                  {"1234567812345678rest\n", "12345678", 8, true},
		"more than a piece at once":       {"12345678abcdefghijkl\n", "abcdefghijkl", 8, true},
		"a rest without an end":           {"12345678rest", "rest", 8, true},
		"the next line":                   {"a\n1234567\nnext\n", "next", 10, false},
		"a line after a short one":        {"a\n12345\n6rest\n", "rest", 9, false},
		"too early for a piece":           {"1234567rest\n", "rest", 7, false},
		"another file":                    {"12345678tser\n", "rest", 8, false},
		"a shorter file":                  {"12345678re", "rest", 8, false},
		"a shorter file of one byte only": {"rrrrrrrr", "rrrr", 8, false},
		"a file that ends before":         {"1234", "rest", 8, false},
	} {
		path := filepath.Join(t.TempDir(), "a.log")
		require.NoError(t, os.WriteFile(path, []byte(c.file), 0o600))
		assert.Equal(t, c.want, isRest(path, c.offset, []byte(c.first), piece), name)
	}
	assert.False(t, isRest(filepath.Join(t.TempDir(), "none"), piece, []byte("rest"), piece))
}

// TestTake keeps what is known of a file for as long as its attributes are the same, in whatever order they come: the
// target of a symbolic link may become another one.
func TestTake(t *testing.T) {
	f := newFixture(t, t.TempDir(), newStore(), nil)
	take := func(target string) *decode.Source {
		attributes := map[string]any{attrs.LogFilePath: "/a.log", attrs.LogFileName: "a.log", "mode": "rw"}
		for i := range 10 {
			attributes[fmt.Sprint(attrs.LogFilePathResolved, i)] = target
		}
		s := f.take(attributes)
		defer f.streams.Put(s.path, s)
		return s.source
	}
	first := take("/1.log")
	for range 20 {
		require.Same(t, first, take("/1.log"))
	}
	second := take("/2.log")
	assert.NotSame(t, first, second)
	assert.Same(t, second, take("/2.log"))
}

// TestRestInNextBatch knows the rest of a line that was cut without looking at the file, which may be gone.
func TestRestInNextBatch(t *testing.T) {
	f := newFixture(t, t.TempDir(), newStore(), nil)
	require.NoError(t, f.Start(context.Background()))
	path := filepath.Join(f.dir, "gone")
	piece := int64(pieceSize(f.set.MaxLine))
	long := strings.Repeat("x", int(piece))
	emit := func(offsets []int64, lines ...string) {
		var tokens [][]byte
		for _, l := range lines {
			tokens = append(tokens, []byte(l))
		}
		attributes := map[string]any{attrs.LogFilePath: path, attrs.LogFileName: "gone"}
		require.NoError(t, f.emit(context.Background(), tokens, attributes, 0, offsets))
	}
	emit([]int64{0, 6, 6 + piece}, "first", long)
	emit([]int64{6 + piece, 6 + 2*piece}, long)
	emit([]int64{6 + 2*piece, 11 + 2*piece, 16 + 2*piece}, "rest", "last")
	stop(t, f.Input)
	assert.Equal(t, map[string]int{"first": 1, long[:f.set.MaxLine]: 1, "last": 1}, f.got())
}
