// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	// maxFiles bounds the files that are read and remembered, about 300 bytes each.
	maxFiles = 65536
	// maxGone bounds the files that are remembered although they are gone, for when they come back.
	maxGone = 4096
	// forgetAfter is how long a file that is gone is remembered: as long as EdgeOne's packages grow.
	forgetAfter = 24 * time.Hour
)

// version is what tells without reading whether a file has changed.
type version struct {
	Size  int64 `json:"size"`
	Mtime int64 `json:"mtime"` // ns since 1970
}

func versionOf(info os.FileInfo) version { return version{info.Size(), info.ModTime().UnixNano()} }

// found is a file as one look at the directories finds it.
type found struct {
	path string
	version
}

// pack is what is remembered of one gzip file.
type pack struct {
	Path string `json:"path"`
	version
	// Done says that this version of the file was read as far as it goes.
	Done bool `json:"done,omitempty"`
	// Pos is the offset in the decompressed text up to which lines are settled.
	Pos int64 `json:"pos"`
	// Sum is the SHA-256 of the text before Pos.
	Sum []byte `json:"sum,omitempty"`
	// Head is the SHA-256 of the first HeadLen bytes of the text: it tells a download that has not come as far as Pos
	// from other contents.
	Head    []byte `json:"head,omitempty"`
	HeadLen int    `json:"head_len,omitempty"`
	// Open says that the line before Pos was delivered although it had no end yet.
	Open bool `json:"open,omitempty"`
	// Skip says that this version is passed over, because of start_at.
	Skip bool `json:"skip,omitempty"`
	// Gone is since when the file is not there, s since 1970; 0 while it is there.
	Gone int64 `json:"gone,omitempty"`

	turn      uint64    // the look that found this version first
	since     time.Time // when that was
	notBefore time.Time // not to be read before
	said      string    // what was logged about it last
}

// due reports whether the file is to be read now.
func (p *pack) due(now time.Time) bool { return !p.Done && !now.Before(p.notBefore) }

// see notes another version of the file.
func (p *pack) see(v version, turn uint64, now time.Time) {
	p.version, p.turn, p.since = v, turn, now
	p.Done, p.Skip = false, false
}

// forget makes the file one of which nothing was read.
func (p *pack) forget() {
	p.Pos, p.Sum, p.Head, p.HeadLen, p.Open, p.Done = 0, nil, nil, 0, false, false
}

// book has all files that are remembered.
type book struct {
	here  map[string]*pack
	gone  []*pack // the newest last
	dirty [buckets]bool
	fresh bool // that there is a book at all has not been written yet
}

// touch notes that what is remembered of a file is to be written.
func (b *book) touch(p *pack) { b.dirty[bucketOf(p.Path)] = true }

// fill takes in what was saved.
func (b *book) fill(packs []*pack, now time.Time) {
	b.here = make(map[string]*pack)
	for _, p := range packs {
		p.since = now
		if p.Gone == 0 && b.here[p.Path] == nil {
			b.here[p.Path] = p
		} else {
			b.gone = append(b.gone, p)
		}
	}
	slices.SortStableFunc(b.gone, func(a, c *pack) int { return cmp.Compare(a.Gone, c.Gone) })
}

// assign finds what is remembered of each file, in their order. A file is the one that had its path, or one that was
// moved: of the same size and time of change, when the file that is remembered with them is no longer at its path.
// left is how many files there was no room for.
func (b *book) assign(files []found, turn uint64, now time.Time) (here []*pack, left int) {
	here = make([]*pack, len(files))
	same := 0
	for i, f := range files {
		if p := b.here[f.path]; p != nil && p.version == f.version {
			here[i] = p
			same++
		}
	}
	if same == len(files) && same == len(b.here) {
		b.expire(now)
		return here, 0
	}
	free := b.release(here, now)
	moved := make(map[version]*pack)
	for _, p := range free {
		if p.Done || p.Pos > 0 {
			moved[p.version] = p
		}
	}
	used := make(map[*pack]bool)
	for i, f := range files {
		if p := moved[f.version]; here[i] == nil && p != nil && !used[p] {
			used[p] = true
			b.touch(p)
			// Its position is checked once more, since size and time are no proof.
			p.Path, p.Done, p.Gone, p.turn, p.since = f.path, false, 0, turn, now
			here[i] = p
		}
	}
	byPath := make(map[string]*pack)
	for _, p := range free {
		byPath[p.Path] = p // of several the one that went last
	}
	for i, f := range files {
		switch p := byPath[f.path]; {
		case here[i] != nil:
		case p != nil: // not moved: that is known by its new path
			used[p] = true
			p.Gone = 0
			p.see(f.version, turn, now)
			here[i] = p
		case i < maxFiles:
			here[i] = &pack{Path: f.path, version: f.version, turn: turn, since: now}
		default:
			left++
		}
	}
	here = slices.DeleteFunc(here, func(p *pack) bool { return p == nil })
	for _, p := range here {
		if p.turn == turn {
			b.touch(p)
		}
		b.here[p.Path] = p
	}
	b.gone = slices.DeleteFunc(free, func(p *pack) bool { return used[p] })
	b.expire(now)
	return here, left
}

// release takes every file that is not among those here out of the book, and returns them with those that were gone
// before.
func (b *book) release(here []*pack, now time.Time) []*pack {
	stays := make(map[*pack]bool, len(here))
	for _, p := range here {
		stays[p] = true
	}
	first := len(b.gone)
	for path, p := range b.here {
		if !stays[p] {
			delete(b.here, path)
			p.Gone = now.Unix()
			b.touch(p)
			b.gone = append(b.gone, p)
		}
	}
	slices.SortFunc(b.gone[first:], func(a, c *pack) int { return strings.Compare(a.Path, c.Path) })
	return b.gone
}

// expire forgets files that have been gone for long, and the first ones where too many are.
func (b *book) expire(now time.Time) {
	n := max(len(b.gone)-maxGone, 0)
	for n < len(b.gone) && b.gone[n].Gone < now.Add(-forgetAfter).Unix() {
		n++
	}
	for _, p := range b.gone[:n] {
		b.touch(p)
	}
	b.gone = slices.Delete(b.gone, 0, n)
}
