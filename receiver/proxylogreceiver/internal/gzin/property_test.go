// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/line"
)

// step looks at the files once, in the caller's goroutine, at a time of the test's own.
func (f *fixture) step(now *time.Time) {
	*now = now.Add(time.Second)
	f.reader.poll()
}

// prepare makes a Reader that is driven by step.
func (f *fixture) prepare(now *time.Time) {
	f.t.Helper()
	f.now = func() time.Time { return *now }
	f.start()
}

// TestAnyOrder grows, packs anew, breaks off, replaces, moves, deletes and downloads files again in any order, while
// batches are refused and the Reader is stopped and killed. When all is quiet again, every line was accepted; and none
// twice, unless there was a kill or a file of which an unread version was moved.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t)
		f.set.FlushAfter = 0
		f.set.Patience = time.Nanosecond
		f.set.MaxLine = 100
		defer func() { _ = os.RemoveAll(f.dir) }()
		refuse := 0
		f.decide = func([]string) error {
			if refuse > 0 {
				refuse--
				return errors.New("busy")
			}
			return nil
		}
		now := noon
		f.manual = true
		f.prepare(&now)
		left := f.store.copy()
		mayKill, killed := rapid.IntRange(0, 3).Draw(rt, "kill") == 0, false
		texts := make(map[string][]string) // the lines of each file as it should be
		unread := make(map[string]bool)    // written since the last look
		generation := 0
		names := []string{"a.gz", "b.gz", "c.gz", "d.gz"}
		more := func(name string, n int) {
			lines := texts[name]
			if lines == nil {
				generation++
				lines = []string{fmt.Sprintf("%d generation of %s", generation, name)}
			}
			for range n {
				lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %05d%s", lines[0], len(lines), strings.Repeat(" x", len(lines)%20))))
			}
			texts[name] = lines
		}
		// pack packs a file's lines in up to four members, cut anywhere.
		pack := func(name string) []byte {
			all := text(texts[name]...)
			var parts []string
			for len(parts) < 3 && rapid.Bool().Draw(rt, "another member") {
				n := rapid.IntRange(0, len(all)).Draw(rt, "cut")
				parts, all = append(parts, all[:n]), all[n:]
			}
			return packed(append(parts, all)...)
		}
		look := func() {
			f.step(&now)
			clear(unread)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) {},
			"grow": func(rt *rapid.T) {
				name := rapid.SampledFrom(names).Draw(rt, "name")
				more(name, rapid.IntRange(0, 500).Draw(rt, "lines"))
				f.swap(name, pack(name))
				unread[name] = true
			},
			"download": func(rt *rapid.T) {
				name := rapid.SampledFrom(names).Draw(rt, "name")
				more(name, rapid.IntRange(0, 30).Draw(rt, "lines"))
				content := pack(name)
				n := rapid.IntRange(0, len(content)-9).Draw(rt, "so far") // a part of the last member is missing
				f.put(name, content[:n])
				look()
				f.put(name, content)
				unread[name] = true
			},
			"replace": func(rt *rapid.T) {
				name := rapid.SampledFrom(names).Draw(rt, "name")
				look()
				refuse = 0
				look() // lines that were not read before a file was replaced are gone
				look()
				delete(texts, name)
				more(name, rapid.IntRange(0, 300).Draw(rt, "lines"))
				f.swap(name, pack(name))
				unread[name] = true
			},
			"move": func(rt *rapid.T) {
				// All files go one name further, as far as there is a free one.
				free := slices.IndexFunc(names, func(n string) bool { return texts[n] == nil })
				for ; free > 0 && !unread[names[free-1]]; free-- {
					from, to := names[free-1], names[free]
					require.NoError(rt, os.Rename(filepath.Join(f.dir, from), filepath.Join(f.dir, to)))
					texts[to] = texts[from]
					delete(texts, from)
				}
				if rapid.Bool().Draw(rt, "restart") {
					f.reader.save()
					f.prepare(&now)
				}
				look()
			},
			"away": func(rt *rapid.T) {
				name := rapid.SampledFrom(names).Draw(rt, "name")
				if texts[name] == nil || unread[name] {
					return
				}
				require.NoError(rt, os.Remove(filepath.Join(f.dir, name)))
				look()
				f.put(name, pack(name))
				unread[name] = true
			},
			"refuse": func(rt *rapid.T) { refuse = rapid.IntRange(1, 4).Draw(rt, "times") },
			"look":   func(*rapid.T) { look() },
			"restart": func(*rapid.T) {
				f.reader.save()
				f.prepare(&now)
			},
			"save": func(*rapid.T) { left = f.store.copy() },
			"kill": func(*rapid.T) {
				if !mayKill {
					return
				}
				killed = true
				f.store = left.copy()
				f.prepare(&now)
			},
		})
		refuse = 0
		for range 4 {
			look()
		}
		count := make(map[string]int)
		for _, l := range f.got() {
			count[l]++
		}
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			for _, l := range texts[name] {
				want, _ := line.Cut(l, f.set.MaxLine)
				switch n := count[want]; {
				case n == 0:
					rt.Fatalf("%s: missing: %s", name, l)
				case n > 1 && !killed:
					rt.Fatalf("%s: %d times: %s", name, n, l)
				}
			}
		}
	})
}

// FuzzFile reads any bytes as a gzip file. It must come to an end; no line is longer than the limit; and the lines of
// what can be unpacked are those between its line feeds.
func FuzzFile(f *testing.F) {
	f.Add(packed("one\ntwo\r\n\nthree"), false)
	f.Add(packed("one\n", "", "two"), false)
	f.Add(packed(strings.Repeat("x", 3000)+"\n"), false)
	f.Add(packed("one\ntwo\n")[:20], false)
	f.Add([]byte("one\ntwo\nand a long line that is longer than the limit\n\r\nend"), true)
	f.Add([]byte(strings.Repeat("0", 31)+"\x000\n"), true)
	f.Add([]byte("\x00\none\x00\r\n\ttwo\r\r\n"), true)
	f.Add([]byte{0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0, 0xff}, false)
	f.Fuzz(func(t *testing.T, content []byte, pack bool) {
		const limit = 32
		fx := newFixture(t)
		fx.set.MaxLine, fx.set.FlushAfter = limit, time.Second
		fx.manual = true
		plain := string(content)
		if pack {
			content = packed(plain)
		}
		fx.put("a.gz", content)
		now := noon
		fx.prepare(&now)
		for range 3 {
			fx.step(&now)
		}
		got := fx.got()
		for _, l := range got {
			if len(l) > limit {
				t.Fatalf("%d bytes: %q", len(l), l)
			}
		}
		if !pack {
			return
		}
		var want []string
		for l := range strings.SplitSeq(plain, "\n") {
			l, cut := line.Cut(strings.TrimSuffix(l, "\r"), limit)
			if !cut {
				// Some senders end their messages with NUL, so that it is no part of any line's end.
				l = strings.TrimRight(l, "\r\x00")
			}
			if strings.TrimSpace(l) != "" {
				want = append(want, l)
			}
		}
		require.Equal(t, strings.Join(want, "|"), strings.Join(got, "|"))
	})
}
