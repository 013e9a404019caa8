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

	"github.com/proxylog/proxylog/internal/record"
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
			assert.Equal(t, 1, f.logs.Len(), "%v", f.logs.All())
		})
	}
}

// TestReplacedInPart reads what has come of a download with other contents, although it is not yet as long as those before:
// their beginning tells.
func TestReplacedInPart(t *testing.T) {
	f := newFixture(t)
	f.manual = true
	now := noon
	f.prepare(&now)
	a, b := numbered("a", 0, 500), numbered("b", 0, 500)
	f.put("a.gz", packed(text(a...)))
	f.step(&now)
	half := packed(text(b[:250]...), text(b[250:]...))
	f.put("a.gz", half[:len(packed(text(b[:250]...)))+15])
	f.step(&now)
	assert.Equal(t, append(slices.Clone(a), b[:250]...), f.got()[:750])
	f.put("a.gz", half)
	f.step(&now)
	assert.Equal(t, append(a, b...), f.got())
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

// TestRest: a last line without an end is delivered when the file has rested for so long, since it has changed or, after a
// restart, since that.
func TestRest(t *testing.T) {
	f := newFixture(t)
	f.manual, f.set.FlushAfter = true, 10*time.Second
	now := noon
	steps := func(n int) []string {
		for range n { // of a second each
			f.step(&now)
		}
		return f.got()
	}
	f.put("a.gz", packed("one\ntw"))
	f.prepare(&now)
	assert.Equal(t, []string{"one"}, steps(9))
	f.put("a.gz", packed("one\ntwo"))
	assert.Equal(t, []string{"one"}, steps(9))
	f.reader.save()
	f.prepare(&now)
	assert.Equal(t, []string{"one"}, steps(9))
	assert.Equal(t, []string{"one", "two"}, steps(2))
}

// TestNoRest never delivers a last line without an end where that is not wanted, but when it has its end.
func TestNoRest(t *testing.T) {
	f := newFixture(t)
	f.manual, f.set.FlushAfter = true, 0
	now := noon
	f.prepare(&now)
	f.put("a.gz", packed("one\ntw"))
	f.step(&now)
	f.step(&now)
	assert.Equal(t, []string{"one"}, f.got())
	f.put("a.gz", packed("one\ntwo\n"))
	f.step(&now)
	assert.Equal(t, []string{"one", "two"}, f.got())
}

// TestShorter: a complete file that is shorter than what was read is one whose download goes on, at first.
func TestShorter(t *testing.T) {
	f := newFixture(t)
	f.manual = true
	now := noon
	f.prepare(&now)
	for _, content := range [][]byte{packed("one\n", "two\n"), packed("one\n"), packed("one\n", "two\n", "three\n")} {
		f.put("a.gz", content)
		f.step(&now)
	}
	assert.Equal(t, []string{"one", "two", "three"}, f.got())
}

// TestDirectory passes over what has the name of a gzip file and is none.
func TestDirectory(t *testing.T) {
	f := newFixture(t)
	require.NoError(t, os.Mkdir(filepath.Join(f.dir, "a.gz"), 0o755))
	f.put("b.gz", packed("one\n"))
	f.start()
	f.await("one")
	f.stop()
	assert.Zero(t, f.logs.Len(), "%v", f.logs.All())
}

// TestSourceOf keeps what is known of a file's format for as long as its attributes are the same.
func TestSourceOf(t *testing.T) {
	f := newFixture(t)
	f.manual = true
	now := noon
	f.prepare(&now)
	first := f.reader.sourceOf("a", []record.KV{{Key: "k", Str: "v"}})
	f.reader.sources.Put("a", first)
	assert.Same(t, first, f.reader.sourceOf("a", []record.KV{{Key: "k", Str: "v"}}))
	f.reader.sources.Put("a", first)
	assert.NotSame(t, first, f.reader.sourceOf("a", []record.KV{{Key: "k", Str: "w"}}))
	f.put("b.gz", packed("one\n"))
	f.step(&now)
	_, ok := f.reader.sources.Take(filepath.Join(f.dir, "b.gz"))
	assert.True(t, ok, "it is put back behind each pass")
}
