// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"path/filepath"
	"strings"
)

// fromFile begins a function in whose place the words of a file stand.
const fromFile = "parameters("

// parameters puts the words of the files into the line that parameters("path") names from byte i on; they may name more
// files (src/ConfigParser.cc, NextToken). Squid knows the function where quoted values are allowed.
func (c *reader) parameters(l *logical, i int) error {
	for t := (tokens{line: l, i: i}); ; {
		t.blanks()
		at := t.i
		if !strings.HasPrefix(l.text[at:], fromFile) {
			if word, _ := t.next(); word == "" && t.i == at {
				return nil
			}
			continue
		}
		t.i += len(fromFile)
		t.blanks()
		s := l.text[t.i:]
		end := -1
		if s != "" && (s[0] == '"' || s[0] == '\'') {
			end = closing(s)
		}
		if end < 0 {
			return l.fail(t.i, "%s) names no file in quotes", fromFile)
		}
		path := Unquote(s[1:end])
		t.i += end + 1
		t.blanks()
		if !strings.HasPrefix(l.text[t.i:], ")") {
			return l.fail(t.i, "the ) behind the file of %s) is missing", fromFile)
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(l.pos(at).File), path)
		}
		text, err := c.load(path)
		if err != nil {
			return l.fail(at, "%s): %w", fromFile, err)
		}
		l.splice(at, t.i+1-at, wordsOf(text, path))
		t.i = at
	}
}

// wordsOf are the words of a file's lines, with a blank between them, and without comments.
func wordsOf(text, path string) *logical {
	out := &logical{}
	for n := 1; text != ""; n++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		one := logical{text: strings.TrimSuffix(line, "\r")}
		for t := (tokens{line: &one}); ; {
			t.blanks()
			from := t.i
			if t.next(); t.i == from { // the end of the line, or a comment
				break
			}
			out.marks = append(out.marks, mark{len(out.text), Position{path, n, from + 1}})
			out.text += one.text[from:t.i] + " "
		}
	}
	return out
}
