// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"
	"unicode/utf8"
)

// unescape undoes what Rust's char::escape_debug does to a text, and \] of RFC 5424: a backslash before a quote, a
// single quote, a bracket or a backslash, \n \r \t \0, and \u{hex} for what cannot be printed. A backslash before
// anything else stands for itself.
func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i >= 0 {
		b.WriteString(s[:i])
		s = s[i:]
		r, n := escape(s)
		b.WriteRune(r)
		s = s[n:]
		i = strings.IndexByte(s, '\\')
	}
	b.WriteString(s)
	return b.String()
}

// escape reads the escape at the start of s and returns what it stands for and its length.
func escape(s string) (rune, int) {
	if len(s) < 2 {
		return '\\', 1
	}
	switch c := s[1]; c {
	case '"', '\'', '\\', ']':
		return rune(c), 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case '0':
		return 0, 2
	case 'u':
		if r, n := unicodeEscape(s); n > 0 {
			return r, n
		}
	}
	return '\\', 1
}

// unicodeEscape reads \u{hex} with one to six digits at the start of s; n is 0 where there is none or it names no
// character.
func unicodeEscape(s string) (r rune, n int) {
	if len(s) < 5 || s[2] != '{' {
		return 0, 0
	}
	for i := 3; i < len(s) && i < 10; i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		case c == '}' && i > 3 && utf8.ValidRune(r):
			return r, i + 1
		default:
			return 0, 0
		}
	}
	return 0, 0
}
