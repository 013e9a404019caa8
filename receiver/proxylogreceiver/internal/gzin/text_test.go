// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/proxylog/proxylog/internal/record"
)

// TestCorrupt says once what is wrong with a file, and reads what comes before the damage and every other file. When
// the file is mended, its lines come.
func TestCorrupt(t *testing.T) {
	const message = "a gzip file cannot be read to its end"
	good := packed(text(numbered("a", 0, 100)...))
	flipped := slices.Clone(good)
	flipped[len(flipped)-6] ^= 0xff // in the checksum
	for name, c := range map[string]struct {
		content []byte
		before  int
	}{
		"no gzip":        {[]byte("this is plain text, whatever its name says\n"), 0},
		"zeros":          {make([]byte, 3000), 0},
		"wrong checksum": {flipped, 100},
		"bad block":      {append(slices.Clone(good[:10]), 0xff, 0xff, 0xff, 0xff), 0},
		"garbage after":  {append(slices.Clone(good), "garbage, and enough of it"...), 100},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			var passes atomic.Int64
			f.set.Attributes = func(file *os.File) []record.KV {
				if filepath.Base(file.Name()) == "a.gz" {
					passes.Add(1)
				}
				return nil
			}
			f.put("a.gz", c.content)
			f.put("b.gz", packed("good\n"))
			f.start()
			want := append(numbered("a", 0, c.before), "good")
			f.await(want...)
			assert.EqualValues(t, 1, passes.Load(), "what is damaged stays so until it changes")
			f.swap("a.gz", c.content) // a new version, as bad as the one before
			f.await(want...)
			if entries := f.logs.FilterMessage(message).All(); assert.Len(t, entries, 1) {
				assert.Equal(t, filepath.Join(f.dir, "a.gz"), entries[0].ContextMap()["path"])
			}
			f.swap("a.gz", packed(text(numbered("a", 0, 120)...)))
			f.await(append(want, numbered("a", c.before, 120)...)...)
			f.stop()
			f.start() // and it is not said again
			f.await(append(want, numbered("a", c.before, 120)...)...)
			f.stop()
			assert.Equal(t, 1, f.logs.Len(), "%v", f.logs.All())
		})
	}
}

// TestCorruptAgain says of a file that was mended in between that it is damaged once more.
func TestCorruptAgain(t *testing.T) {
	f := newFixture(t)
	f.manual = true
	now := noon
	f.prepare(&now)
	for _, content := range []string{"bad", "", "bad"} {
		if content == "" {
			f.put("a.gz", packed("good\n"))
		} else {
			f.put("a.gz", []byte(strings.Repeat(content, 10)))
		}
		f.step(&now)
	}
	assert.Equal(t, 2, f.logs.FilterMessage("a gzip file cannot be read to its end").Len())
}

// TestLineLimit holds lines around the limit and around the buffer: what is longer is cut and comes once, also over a
// stop and growth.
func TestLineLimit(t *testing.T) {
	for _, limit := range []int{600, 70000, 200000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			f := newFixture(t)
			f.set.MaxLine = limit
			var all strings.Builder
			var want []string
			var long int64
			for i, n := range []int{1, limit - 1, limit, limit + 1, limit + 2, limit + 3, bufSize - 1, bufSize, bufSize + 1, 2*limit + 5, 900000} {
				body := strings.Repeat(string(rune('a'+i)), n)
				all.WriteString(body + []string{"\n", "\r\n"}[i%2])
				want = append(want, body[:min(n, limit)])
				if n > limit {
					long++
				}
			}
			if limit < 300000 {
				long++
			}
			f.put("a.gz", packed(all.String()+strings.Repeat("z", 300000)))
			f.start()
			f.await(append(slices.Clone(want), strings.Repeat("z", min(limit, 300000)))...)
			f.stop()
			f.put("a.gz", packed(all.String()+strings.Repeat("z", 300000)+"\nlast\n"))
			f.start()
			f.await(append(slices.Clone(want), strings.Repeat("z", min(limit, 300000)), "last")...)
			f.stop()
			assert.Equal(t, map[string]int64{"rejected": int64(len(want)) + 2 - long, "oversize": long}, f.counted())
		})
	}
}

// TestLongLineDownload waits for the end of a line that is longer than the buffer.
func TestLongLineDownload(t *testing.T) {
	f := newFixture(t)
	f.set.MaxLine = 1000
	var long strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&long, "%x", uint64(i)*2654435761)
	}
	content := packed("before\n" + long.String() + "\nafter\n")
	f.start()
	for _, n := range []int{len(content) / 4, len(content) / 2, len(content) - 20} {
		f.put("a.gz", content[:n])
		f.await("before")
	}
	f.put("a.gz", content)
	f.await("before", long.String()[:1000], "after")
	f.stop()
	assert.Equal(t, map[string]int64{"rejected": 2, "oversize": 1}, f.counted())
}

// TestBomb reads a file that is a thousand times larger than it looks, without holding it.
func TestBomb(t *testing.T) {
	f := newFixture(t)
	f.set.MaxLine = 1000
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = w.Write(zeros)
	}
	_, _ = w.Write([]byte("\nafter\n"))
	_ = w.Close()
	f.put("a.gz", b.Bytes())
	f.start()
	f.await(string(zeros[:1000]), "after")
	f.stop()
}

// TestStartAtEnd passes over what is there at the first start, and reads what comes later, also while it is down.
func TestStartAtEnd(t *testing.T) {
	f := newFixture(t)
	f.set.StartAtEnd = true
	f.put("a.gz", packed("old\nold, too"))
	f.start()
	f.await()
	f.put("a.gz", packed("old\nold, too\nnew\n"))
	f.await("new")
	f.stop()
	f.put("b.gz", packed("while it was down\n"))
	f.start()
	f.await("new", "while it was down")
	f.stop()

	// A directory that is empty at the first start.
	f = newFixture(t)
	f.set.StartAtEnd = true
	f.start()
	f.await()
	f.stop()
	f.put("a.gz", packed("later\n"))
	f.start()
	f.await("later")
	f.stop()
}
