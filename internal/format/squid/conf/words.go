// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package conf

import "strings"

// tokens parts a line into words; one in quotes may hold blanks.
type tokens struct {
	line *logical
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
			return Unquote(s[1:end]), at
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

// Unquote undoes backslash escapes, as they stand in the quotes of squid.conf and in what a logformat has quoted: \" \\ \r
// \n \t.
func Unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		b.WriteByte(Control(s[i]))
	}
	return b.String()
}

// Control is the byte that a backslash and c stand for.
func Control(c byte) byte {
	switch c {
	case 'r':
		return '\r'
	case 'n':
		return '\n'
	case 't':
		return '\t'
	}
	return c
}
