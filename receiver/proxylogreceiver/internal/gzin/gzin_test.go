// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGrow downloads a package again and again while it grows, packed anew each time: each line comes once.
func TestGrow(t *testing.T) {
	f := newFixture(t)
	lines := numbered("a", 0, 1000)
	f.start()
	for n := 100; n <= 1000; n += 300 {
		f.swap("a.gz", packed(text(lines[:n]...)))
		f.await(lines[:n]...)
	}
	f.stop()
	assert.Equal(t, map[string]int64{"rejected": 1000}, f.counted())
}

// TestMembers appends members to a file, the last of which has no line feed at its end.
func TestMembers(t *testing.T) {
	f := newFixture(t)
	f.start()
	f.put("a.gz", packed("one\ntwo\n"))
	f.await("one", "two")
	f.put("a.gz", packed("one\ntwo\n", "three\nfo", "ur\n", ""))
	f.await("one", "two", "three", "four")
	f.put("a.gz", packed("one\ntwo\n", "three\nfo", "ur\n", "", "the end"))
	f.await("one", "two", "three", "four", "the end")
	f.put("a.gz", packed("one\ntwo\n", "three\nfo", "ur\n", "", "the end", "\nmore\n"))
	f.await("one", "two", "three", "four", "the end", "more")
	f.stop()
}

// TestDownload writes a package in place, a piece at a time: no part of a line is delivered, and all of them once.
func TestDownload(t *testing.T) {
	f := newFixture(t)
	f.set.FlushAfter = time.Millisecond
	lines := numbered("a", 0, 3000)
	content := packed(text(lines[:1500]...), text(lines[1500:]...))
	f.start()
	for n := 0; n < len(content); n += len(content)/20 + 1 {
		f.put("a.gz", content[:n])
		time.Sleep(10 * time.Millisecond) // a few polls, at any place of the download
	}
	got := f.got()
	assert.Equal(t, lines[:len(got)], got)
	f.put("a.gz", content)
	f.await(lines...)
	// Downloaded again, in place.
	for n := 0; n < len(content); n += len(content)/9 + 1 {
		f.put("a.gz", content[:n])
		time.Sleep(10 * time.Millisecond) // likewise
	}
	f.put("a.gz", content)
	f.await(lines...)
	assert.Zero(t, f.logs.Len(), "%v", f.logs.All())
	f.stop()
}

// TestReplaced reads a file from its beginning when its contents are others, wherever they begin to differ.
func TestReplaced(t *testing.T) {
	const message = "a gzip file has other contents than before; it is read from its beginning"
	lines := numbered("a", 0, 500)
	for name, change := range map[string]func() []string{
		"first line": func() []string { return append([]string{"x"}, lines[1:]...) },
		"last line":  func() []string { return append(slices.Clone(lines[:499]), "x") },
		"one letter": func() []string {
			return append(append(slices.Clone(lines[:300]), "A"+lines[300][1:]), lines[301:]...)
		},
		"other":   func() []string { return numbered("b", 0, 10) },
		"shorter": func() []string { return lines[:400] },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.start()
			f.put("a.gz", packed(text(lines...)))
			f.await(lines...)
			now := change()
			f.swap("a.gz", packed(text(now...)))
			f.await(append(slices.Clone(lines), now...)...)
			f.stop()
			assert.Equal(t, 1, f.logs.FilterMessage(message).Len())
		})
	}
}

// TestAgain downloads the same package again, packed in another way and to a new file: nothing comes twice.
func TestAgain(t *testing.T) {
	f := newFixture(t)
	lines := numbered("a", 0, 500)
	f.start()
	f.put("a.gz", packed(text(lines...)))
	f.await(lines...)
	f.swap("a.gz", packed(text(lines[:100]...), text(lines[100:]...)))
	f.await(lines...)
	require.NoError(t, os.Remove(filepath.Join(f.dir, "a.gz")))
	time.Sleep(20 * time.Millisecond) // a few polls that find it gone
	f.put("a.gz", packed(text(lines...)))
	f.await(lines...)
	f.stop()
	assert.Zero(t, f.logs.Len(), "%v", f.logs.All())
}

// TestMoved renames files into each other's place, as logrotate does: their lines do not come again, also when it
// happens while nobody looks.
func TestMoved(t *testing.T) {
	f := newFixture(t)
	var want []string
	shift := func(turn int) {
		for n := turn; n > 0; n-- {
			require.NoError(t, os.Rename(filepath.Join(f.dir, fmt.Sprintf("%d.gz", n)), filepath.Join(f.dir, fmt.Sprintf("%d.gz", n+1))))
		}
		lines := numbered(fmt.Sprint("turn ", turn), 0, 3)
		want = append(want, lines...)
		f.swap("1.gz", packed(text(lines...)))
	}
	f.start()
	for turn := range 3 {
		shift(turn)
		f.await(want...)
	}
	f.stop()
	shift(3)
	f.start()
	f.await(want...)
	f.stop()
}

// TestStops stops in the middle of a refusal and starts again, with several files and batches: nothing is missing and
// nothing comes twice.
func TestStops(t *testing.T) {
	f := newFixture(t)
	var calls, outage atomic.Int64
	f.decide = func([]string) error {
		if calls.Add(1)%3 == 0 || outage.Load() > 0 && calls.Load() > outage.Load() {
			return errors.New("busy")
		}
		return nil
	}
	a, b := numbered("a", 0, 5000), numbered("b", 0, 3000)
	f.put("a.gz", packed(text(a...)))
	f.put("b.gz", packed(text(b...)))
	for range 6 {
		outage.Store(calls.Load() + 5)
		f.start()
		before := f.refusals()
		require.Eventually(t, func() bool { return f.refusals() > before+2 }, soon, time.Millisecond)
		f.stop()
	}
	assert.Less(t, len(f.got()), 8000)
	outage.Store(0)
	f.start()
	f.await(append(slices.Clone(a), b...)...)
	f.stop()
	assert.Equal(t, map[string]int64{"rejected": 8000}, f.counted())
}

// TestKill goes on from what was saved before a kill: nothing is missing, and only what came after it is read again.
func TestKill(t *testing.T) {
	f := newFixture(t)
	lines := numbered("a", 0, 2000)
	f.start()
	f.put("a.gz", packed(text(lines[:1000]...)))
	f.await(lines[:1000]...)
	f.saved("a.gz", len(text(lines[:1000]...)))
	left := f.store.copy()
	f.swap("a.gz", packed(text(lines...)))
	f.await(lines...)
	f.stop()
	f.store = left
	f.start()
	f.await(append(slices.Clone(lines), lines[1000:]...)...)
	f.stop()
}

// TestImpatient lets other files have their turn while one is refused.
func TestImpatient(t *testing.T) {
	f := newFixture(t)
	f.set.Patience = 20 * time.Millisecond
	var open atomic.Bool
	f.decide = func(lines []string) error {
		if strings.HasPrefix(lines[0], "a") && !open.Load() {
			return errors.New("busy")
		}
		return nil
	}
	a, b := numbered("a", 0, 300), numbered("b", 0, 300)
	f.put("a.gz", packed(text(a...)))
	f.put("b.gz", packed(text(b...)))
	f.start()
	f.await(b...)
	open.Store(true)
	f.await(append(slices.Clone(b), a...)...)
	f.stop()
}

// TestIdle neither reads nor writes anything while nothing changes.
func TestIdle(t *testing.T) {
	f := newFixture(t)
	f.put("a.gz", packed(text(numbered("a", 0, 10)...)))
	f.start()
	f.await(numbered("a", 0, 10)...)
	f.saved("a.gz", len(text(numbered("a", 0, 10)...)))
	writes := f.store.written()
	time.Sleep(10 * f.set.PollInterval)
	assert.Equal(t, writes, f.store.written())
	f.stop()
	assert.Equal(t, writes, f.store.written())
}

// TestStorageFails says that positions cannot be saved, and saves them when they can.
func TestStorageFails(t *testing.T) {
	f := newFixture(t)
	f.start()
	f.await()
	f.store.fails.Store(true)
	f.put("a.gz", packed("one\n"))
	f.await("one")
	require.Eventually(t, func() bool { return f.logs.FilterMessageSnippet("cannot be saved").Len() > 0 }, soon, time.Millisecond)
	f.store.fails.Store(false)
	f.stop()
	f.start()
	f.await("one")
	f.stop()

	f.store.fails.Store(true)
	require.ErrorContains(t, New(f.set).Start(t.Context()), "storage: disk is full")
}

// TestSpoiled goes on from positions that are damaged: a file is rather read again than passed over.
func TestSpoiled(t *testing.T) {
	lines := numbered("a", 0, 100)
	for name, spoil := range map[string]func(string) string{
		"no JSON":        func(string) string { return "{" },
		"another format": func(v string) string { return strings.Replace(v, `"format":1`, `"format":2`, 1) },
		"another pos":    func(v string) string { return strings.Replace(v, `"pos":1400`, `"pos":700`, 1) },
		"beyond":         func(v string) string { return strings.Replace(v, `"pos":1400`, `"pos":99999`, 1) },
		"negative":       func(v string) string { return strings.Replace(v, `"pos":1400`, `"pos":-5`, 1) },
		"head":           func(v string) string { return strings.Replace(v, `"head_len":1024`, `"head_len":5000`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.put("a.gz", packed(text(lines...)))
			f.start()
			f.await(lines...)
			f.stop()
			key := bucketKey(bucketOf(filepath.Join(f.dir, "a.gz")))
			old := string(f.store.data[key])
			require.Contains(t, old, `"pos":1400`)
			require.NotEqual(t, old, spoil(old))
			f.store.data[key] = []byte(spoil(old))
			f.put("a.gz", packed(text(append(lines, "more")...)))
			f.start()
			require.Eventually(t, func() bool { return slices.Contains(f.got(), "more") }, soon, time.Millisecond)
			f.stop()
			for _, l := range lines {
				assert.Contains(t, f.got(), l)
			}
		})
	}
}
