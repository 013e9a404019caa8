// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import "strings"

// tokens parts a line into words; one in quotes may hold blanks.
type tokens struct {
	line *confLine
	i    int
}

func (t *tokens) blanks() {
	for t.i < len(t.line.text) && strings.IndexByte(" \t\v\f", t.line.text[t.i]) >= 0 {
		t.i++
	}
}

// next is the next word and where it stands; "" at the end of the line and before a comment.
func (t *tokens) next() (word string, at int) {
	t.blanks()
	s := t.line.text[t.i:]
	at = t.i
	switch {
	case s == "", s[0] == '#':
		return "", at
	case s[0] == '"' || s[0] == '\'':
		if end := closing(s); end > 0 {
			t.i += end + 1
			return unquote(s[1:end]), at
		}
	}
	n := strings.IndexAny(s, " \t\v\f")
	if n < 0 {
		n = len(s)
	}
	t.i += n
	return s[:n], at
}

// rest is the rest of the line and where it begins.
func (t *tokens) rest() (text string, at int) {
	t.blanks()
	return t.line.text[t.i:], t.i
}

// closing is the place of the quote that closes the one at the beginning, or -1.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i
		}
	}
	return -1
}
