// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package corpus makes large logs for benchmarks out of the small real captures in testdata. A captured line becomes a
// template: what a proxy would print differently the next time (times, addresses, ports, ids, sizes) is drawn anew, the
// rest stays as it was captured. So lengths, fields and the share of failures are those of the captures. The same seed
// makes the same bytes.
package corpus

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Corpus is one kind of log, ready to be written.
type Corpus struct {
	// Name is short, as for ONLY=: tcp, http, gdc, edgeone, g3proxy, icap.
	Name string
	// Title is the name for a reader.
	Title string
	lines []template
}

// template is a captured line: texts with a slot between each two of them.
type template struct {
	texts []string
	slots []slot
}

// slot is a place whose text is drawn: draw appends it. was is what stood there.
type slot struct {
	draw draw
	was  string
}

// state is what the texts of one line are drawn from.
type state struct {
	rng *rand.Rand
	now time.Time
}

type draw func(s *state, was string, buf []byte) []byte

// rule says what is drawn: group 1 of each match.
type rule struct {
	pattern string
	draw    draw
}

// kind is how a capture becomes a Corpus.
type kind struct {
	name, title, file string
	// keep says which lines are used: those of traffic, as the parsers of all candidates read them.
	keep string
	// edits are made in a captured line first; old and new in turn.
	edits []string
	rules []rule
}

// Load makes the corpus of that name from the captures below root, the folder of the source.
func Load(root, name string) (*Corpus, error) {
	for _, k := range kinds() {
		if k.name == name {
			return k.load(root)
		}
	}
	return nil, fmt.Errorf("corpus %q is none of %s", name, strings.Join(Names(), ", "))
}

// Names are the names of all corpora.
func Names() []string {
	var out []string
	for _, k := range kinds() {
		out = append(out, k.name)
	}
	return out
}

func (k *kind) load(root string) (*Corpus, error) {
	b, err := os.ReadFile(filepath.Join(root, "testdata", filepath.FromSlash(k.file)))
	if err != nil {
		return nil, fmt.Errorf("corpus %s: %w", k.name, err)
	}
	keep := regexp.MustCompile(k.keep)
	patterns := make([]*regexp.Regexp, len(k.rules))
	for i, r := range k.rules {
		patterns[i] = regexp.MustCompile(r.pattern)
	}
	c := &Corpus{Name: k.name, Title: k.title}
	edits := strings.NewReplacer(k.edits...)
	for line := range strings.Lines(string(b)) {
		line = edits.Replace(strings.TrimRight(line, "\r\n"))
		if keep.MatchString(line) {
			c.lines = append(c.lines, k.template(line, patterns))
		}
	}
	if len(c.lines) == 0 {
		return nil, fmt.Errorf("corpus %s: no line of %s is fit for it", k.name, k.file)
	}
	return c, nil
}

// template cuts a line at its slots. Where two rules want the same bytes, the first has them.
func (k *kind) template(line string, patterns []*regexp.Regexp) template {
	owner := make([]int, len(line)+1) // of each byte: 1 + the rule, 0 for none
	ends := map[int]int{}
	for r, p := range patterns {
		for _, m := range p.FindAllStringSubmatchIndex(line, -1) {
			from, to := m[2], m[3]
			free := from >= 0 && to > from
			for i := from; free && i < to; i++ {
				free = owner[i] == 0
			}
			if !free {
				continue
			}
			for i := from; i < to; i++ {
				owner[i] = r + 1
			}
			ends[from] = to
		}
	}
	var t template
	last := 0
	for i := 0; i < len(line); i++ {
		to, ok := ends[i]
		if !ok {
			continue
		}
		t.texts = append(t.texts, line[last:i])
		t.slots = append(t.slots, slot{draw: k.rules[owner[i]-1].draw, was: line[i:to]})
		last, i = to, to-1
	}
	t.texts = append(t.texts, line[last:])
	return t
}

// epoch is when the first line of every corpus was written.
var epoch = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// Write writes so many lines to each of the writers in turn, and returns the number of bytes.
func (c *Corpus) Write(lines int, seed uint64, outs ...io.Writer) (int64, error) {
	s := &state{rng: rand.New(rand.NewPCG(seed, 8)), now: epoch}
	buffered := make([]*bufio.Writer, len(outs))
	for i, out := range outs {
		buffered[i] = bufio.NewWriterSize(out, 1<<18)
	}
	var buf []byte
	var size int64
	for i := range lines {
		// About a thousand lines a second.
		s.now = s.now.Add(time.Duration(s.rng.Int64N(int64(2 * time.Millisecond))))
		buf = append(c.lines[s.rng.IntN(len(c.lines))].render(s, buf[:0]), '\n')
		if _, err := buffered[i%len(outs)].Write(buf); err != nil {
			return size, err
		}
		size += int64(len(buf))
	}
	for _, w := range buffered {
		if err := w.Flush(); err != nil {
			return size, err
		}
	}
	return size, nil
}

// WriteFile writes so many lines to a file, and returns the number of bytes.
func (c *Corpus) WriteFile(path string, lines int, seed uint64) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	n, err := c.Write(lines, seed, f)
	if errClose := f.Close(); err == nil {
		err = errClose
	}
	return n, err
}

func (t *template) render(s *state, buf []byte) []byte {
	for i, slot := range t.slots {
		buf = append(buf, t.texts[i]...)
		buf = slot.draw(s, slot.was, buf)
	}
	return append(buf, t.texts[len(t.texts)-1]...)
}
