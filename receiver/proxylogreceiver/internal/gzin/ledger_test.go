// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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

// TestFirstLook writes that there was a first look before anything is delivered: after a kill what has come since then is
// new, and not among the files that start_at passes over.
func TestFirstLook(t *testing.T) {
	f := newFixture(t)
	f.manual = true
	f.decide = func([]string) error {
		assert.NotEmpty(t, f.store.copy().data[keyBook])
		return nil
	}
	f.put("a.gz", packed("one\n"))
	now := noon
	f.prepare(&now)
	f.step(&now)
	assert.Equal(t, []string{"one"}, f.got())
}

// TestStartAtEndStopped passes over what is there at the first look, and reads what has come since, also when it was stopped in
// between.
func TestStartAtEndStopped(t *testing.T) {
	f := newFixture(t)
	f.manual, f.set.StartAtEnd = true, true
	f.put("a.gz", packed("one\n"))
	now := noon
	f.prepare(&now)
	f.sink.Stop()
	f.step(&now)
	f.prepare(&now)
	f.put("b.gz", packed("two\n"))
	f.step(&now)
	f.put("a.gz", packed("one\nthree\n"))
	f.step(&now)
	assert.Equal(t, []string{"two", "three"}, f.got())
}

// TestSaves: in a long file positions are saved once a second, neither at every batch nor only at its end.
func TestSaves(t *testing.T) {
	f := newFixture(t)
	f.manual = true
	lines := numbered("a", 0, 50*maxItems)
	f.put("a.gz", packed(text(lines...)))
	now := noon
	f.prepare(&now)
	batches, writes := 0, 0
	f.decide = func([]string) error {
		if batches++; batches == 1 {
			writes = f.store.written()
		}
		if batches == 20 {
			assert.Equal(t, writes, f.store.written(), "the second is not over")
			now = now.Add(saveEvery)
		}
		if batches == 22 {
			assert.Equal(t, writes+1, f.store.written())
		}
		return nil
	}
	f.step(&now)
	assert.Equal(t, 50, batches)
	assert.Equal(t, writes+2, f.store.written())
}

// TestSeal saves nothing any more, and does not call that an error.
func TestSeal(t *testing.T) {
	f := newFixture(t)
	f.manual = true
	now := noon
	f.prepare(&now)
	f.put("a.gz", packed("one\n"))
	f.reader.Seal()
	f.step(&now)
	assert.Equal(t, []string{"one"}, f.got())
	assert.Zero(t, f.store.written())
	assert.Zero(t, f.logs.Len(), "%v", f.logs.All())
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
		"no file":        func(v string) string { return strings.Replace(v, `"files":[`, `"files":[null,`, 1) },
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
			unreadable := 0
			if name == "no JSON" || name == "another format" {
				unreadable = 1
			}
			assert.Equal(t, unreadable, f.logs.FilterMessageSnippet("positions of gzip files cannot be read").Len())
		})
	}
}
