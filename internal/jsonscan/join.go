// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import "strings"

// Joined is what Join makes of a line.
type Joined uint8

const (
	// Alone is a line that belongs to no pretty-printed object.
	Alone Joined = iota
	// Held is a part of one that is not complete yet.
	Held
	// Complete says that the line was the last one of an object.
	Complete
	// Broken says that the line cannot continue what is held, which is given back; the line itself is to be given again.
	Broken
)

// Bounds of a pretty-printed object: its bytes, its lines, and how deep it is nested.
const (
	maxJoinBytes = 64 << 10
	maxJoinLines = 1024
	maxJoinDepth = 63
)

// Joiner puts pretty-printed objects together again, which are spread over lines: the first line of one holds nothing but
// its brace, as every printer has it, and brackets and commas before that. It belongs to one source and is not safe for
// concurrent use. Its zero value is ready.
type Joiner struct {
	now, mark joint
}

// joint is an object that is being joined.
type joint struct {
	text  []byte
	lines int
	depth int
	// objects has for each depth a bit that is set where an object is open there, and not an array.
	objects uint64
	// colon says that a value has to come, since a colon came last.
	colon bool
}

// Join takes a line, without its end. The text is the object's for Complete, what was held for Broken, the line otherwise.
func (j *Joiner) Join(line string) (string, Joined) {
	t := &j.now
	if t.depth == 0 {
		if !opens(line) {
			return line, Alone
		}
		t.open()
		return line, Held
	}
	if !t.continues(line) || len(t.text)+1+len(line) > maxJoinBytes || t.lines >= maxJoinLines {
		return t.take(), Broken
	}
	end, ok := t.read(line)
	switch {
	case !ok:
		return t.take(), Broken
	case end < 0:
		t.text = append(append(t.text, '\n'), line...)
		t.lines++
		return line, Held
	}
	t.text = append(append(t.text, '\n'), line[:end]...)
	rest := line[Skip(line, end):]
	next := strings.TrimSpace(rest) == "{"
	if !next && rest != "" {
		t.text = append(t.text, line[end:]...)
	}
	text := t.take()
	if next {
		t.open()
	}
	return text, Complete
}

// Rest gives back what is held, since no more will come; "" where nothing is.
func (j *Joiner) Rest() string {
	if j.now.depth == 0 {
		return ""
	}
	return j.now.take()
}

// Holds reports whether an object has begun whose end has not come.
func (j *Joiner) Holds() bool { return j.now.depth > 0 }

// Mark remembers what is held, and Rewind brings it back.
func (j *Joiner) Mark() { j.mark.set(&j.now) }

// Rewind forgets the lines since Mark.
func (j *Joiner) Rewind() { j.now.set(&j.mark) }

func (t *joint) set(from *joint) {
	text := append(t.text[:0], from.text...)
	*t = *from
	t.text = text
}

// Settle forgets what Rewind would bring back.
func (j *Joiner) Settle() {
	if j.mark = (joint{}); j.now.depth == 0 {
		j.now.text = nil
	}
}

// opens reports whether a line holds nothing but an opening brace, and what stands around objects before it.
func opens(line string) bool {
	n := len(line)
	for n > 0 && (line[n-1] == ' ' || line[n-1] == '\t' || line[n-1] == '\r') {
		n--
	}
	return n > 0 && line[n-1] == '{' && Skip(line, 0) == n-1
}

func (t *joint) open() {
	*t = joint{text: append(t.text[:0], '{'), lines: 1, depth: 1, objects: 1}
}

func (t *joint) take() string {
	s := string(t.text)
	*t = joint{text: t.text[:0]}
	return s
}

// inObject reports whether the innermost that is open is an object.
func (t *joint) inObject() bool { return t.objects>>(t.depth-1)&1 == 1 }

// continues reports whether the line can stand where it does, by its first byte.
func (t *joint) continues(line string) bool {
	i := space(line, 0)
	switch {
	case i >= len(line):
		return true
	case t.inObject() && !t.colon:
		return line[i] == '"' || line[i] == '}' || line[i] == ','
	}
	return strings.IndexByte(`"{[],-0123456789tfn`, line[i]) >= 0
}

// read follows the brackets of a line and returns the byte behind the object's last one, -1 where it goes on, and whether
// the line can be a part of an object at all.
func (t *joint) read(line string) (end int, ok bool) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t', '\r':
			continue
		case '"':
			e, _ := str(line, i+1)
			if e < 0 {
				return 0, false
			}
			i = e
		case '{', '[':
			if t.depth == maxJoinDepth {
				return 0, false
			}
			t.objects &^= 1 << t.depth
			if c == '{' {
				t.objects |= 1 << t.depth
			}
			t.depth++
		case '}', ']':
			if t.inObject() != (c == '}') {
				return 0, false
			}
			if t.depth--; t.depth == 0 {
				return i + 1, true
			}
		}
		t.colon = line[i] == ':'
	}
	return -1, true
}
