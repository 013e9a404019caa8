// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Position is a place in a configuration file; line and column (bytes) count from 1.
type Position struct {
	File         string
	Line, Column int
}

func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// positioned is an error at a place of a configuration file.
type positioned struct {
	pos Position
	err error
}

func (e *positioned) Error() string { return e.pos.String() + ": " + e.err.Error() }

func (e *positioned) Unwrap() error { return e.err }

// logical is a logical line: what a backslash at the end of a line continues is part of it.
type logical struct {
	text  string
	marks []mark
}

// mark says where in the files the text from byte at on stands.
type mark struct {
	at  int
	pos Position
}

// pos is where byte at of the text stands.
func (l *logical) pos(at int) Position {
	p := Position{}
	for _, m := range l.marks {
		if m.at > at && p.Line > 0 {
			break
		}
		p = m.pos
		p.Column += at - m.at
	}
	return p
}

func (l *logical) fail(at int, format string, args ...any) error {
	return &positioned{l.pos(at), fmt.Errorf(format, args...)}
}

// Limits of what is read for one squid.conf. Squid allows as many levels of include (src/cache_cf.cc).
const (
	maxDepth = 16
	maxFiles = 1000
	maxBytes = 16 << 20
)

// files reads a squid.conf and what it includes (src/cache_cf.cc, parseOneConfigFile).
type files struct {
	each  func(*logical) error
	files int
	bytes int
}

// read gives each line of a file's text that is in force to the reader's function.
func (r *files) read(text, path string, depth int) error {
	var branches []branch
	err := logicalLines(text, path, func(l *logical) (err error) {
		branches, err = r.line(l, branches, path, depth)
		return err
	})
	if err == nil && len(branches) > 0 {
		err = &positioned{branches[len(branches)-1].pos, errors.New("this if has no endif")}
	}
	return err
}

// logicalLines calls fn for each line of a text as Squid joins them, without the blanks around it: where a backslash ends
// one, the next goes on with its first byte that is no blank. Comments of a line of their own are left out, also in between.
func logicalLines(text, path string, fn func(*logical) error) error {
	var line logical
	for n := 1; text != ""; n++ {
		var raw string
		raw, text, _ = strings.Cut(text, "\n")
		raw, _, _ = strings.Cut(raw, "\r")
		part := strings.TrimLeft(raw, " \t\v\f")
		if part == "" || part[0] == '#' {
			continue
		}
		line.marks = append(line.marks, mark{len(line.text), Position{path, n, len(raw) - len(part) + 1}})
		line.text += part
		if strings.HasSuffix(line.text, `\`) {
			line.text = line.text[:len(line.text)-1]
			continue
		}
		line.text = strings.TrimRight(line.text, " \t\v\f")
		if err := fn(&line); err != nil {
			return err
		}
		line = logical{}
	}
	return nil
}

// Lines are the lines of a text as Squid joins them.
func Lines(text string) (list []string) {
	_ = logicalLines(text, "", func(l *logical) error { // the function never fails
		list = append(list, l.text)
		return nil
	})
	return list
}

func (r *files) load(path string) (string, error) {
	if r.files++; r.files > maxFiles {
		return "", fmt.Errorf("%s: more than %d files are included", path, maxFiles)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if r.bytes += int(min(info.Size(), maxBytes+1)); r.bytes > maxBytes || !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s: not a file of at most %d MiB, with what is included", path, maxBytes>>20)
	}
	b, err := os.ReadFile(path)
	return string(b), err
}

// branch is an if that is open.
type branch struct {
	pos Position
	// outer says that the if itself is in force, open that its present branch is; unknown that this hangs on the process
	// that reads the file, so that both branches are taken.
	outer, open, unknown, elsed bool
}

// line takes one logical line.
func (r *files) line(l *logical, branches []branch, path string, depth int) ([]branch, error) {
	open := len(branches) == 0 || branches[len(branches)-1].open
	word, rest := l.text, ""
	if i := strings.IndexAny(l.text, " \t\v\f"); i >= 0 {
		word, rest = l.text[:i], strings.Trim(l.text[i:], " \t\v\f")
	}
	switch word {
	case "if":
		b := branch{pos: l.pos(0), outer: open}
		if open {
			var err error
			if b.open, b.unknown, err = condition(rest); err != nil {
				return nil, l.fail(0, "%w", err)
			}
		}
		return append(branches, b), nil
	case "else", "endif":
		if len(branches) == 0 {
			return nil, l.fail(0, "%s without an if", word)
		}
		if word == "endif" {
			return branches[:len(branches)-1], nil
		}
		b := &branches[len(branches)-1]
		if b.elsed {
			return nil, l.fail(0, "a second else")
		}
		b.open, b.elsed = b.outer && (!b.open || b.unknown), true
		return branches, nil
	case "include":
		if open {
			return branches, r.include(l, path, depth)
		}
	default:
		if open {
			return branches, r.each(l)
		}
	}
	return branches, nil
}

// condition evaluates what stands behind if: true, false, or an equation of numbers. ${process_number} and its kin are
// known to Squid's processes only.
func condition(s string) (value, unknown bool, err error) {
	switch {
	case s == "true", s == "false":
		return s == "true", false, nil
	case strings.Contains(s, "${"):
		return true, true, nil
	}
	left, right, ok := strings.Cut(s, "=")
	a, errA := strconv.Atoi(strings.TrimSpace(left))
	b, errB := strconv.Atoi(strings.TrimSpace(right))
	if !ok || errA != nil || errB != nil {
		return false, false, fmt.Errorf("%q is no condition: true, false or number = number", s)
	}
	return a == b, false, nil
}

// include reads the files of one or more patterns. A relative one is looked for beside the file that names it.
func (r *files) include(l *logical, path string, depth int) error {
	if depth >= maxDepth {
		return l.fail(0, "includes are nested more than %d deep", maxDepth)
	}
	t := tokens{line: l}
	t.next() // include
	for {
		pattern, _ := t.next()
		if pattern == "" {
			return nil
		}
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(path), pattern)
		}
		names, err := filepath.Glob(pattern)
		if err != nil {
			return l.fail(0, "include %s: %w", pattern, err)
		}
		if len(names) == 0 && !strings.ContainsAny(pattern, "*?[") {
			return l.fail(0, "include %s: %w", pattern, os.ErrNotExist)
		}
		for _, name := range names {
			text, err := r.load(name)
			if err != nil {
				return l.fail(0, "include: %w", err)
			}
			if err := r.read(text, name, depth+1); err != nil {
				return err
			}
		}
	}
}
