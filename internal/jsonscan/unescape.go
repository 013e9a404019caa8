// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/proxylog/proxylog/internal/scan"
)

// Unescape undoes the escapes of a JSON string, given without its quotes. Half of a surrogate pair becomes U+FFFD; what
// is no escape, which Object does not let pass, stays as it stands.
func Unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i >= 0 {
		b.WriteString(s[:i])
		s = s[i:]
		n := 2
		switch c := next(s); c {
		case '"', '\\', '/':
			b.WriteByte(c)
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			var r rune
			r, n = unicodeEscape(s)
			if n > 0 {
				b.WriteRune(r)
				break
			}
			n = 1
			b.WriteByte('\\')
		default:
			n = 1
			b.WriteByte('\\')
		}
		s = s[n:]
		i = strings.IndexByte(s, '\\')
	}
	b.WriteString(s)
	return b.String()
}

// next is the byte behind the first, 0 where there is none.
func next(s string) byte {
	if len(s) < 2 {
		return 0
	}
	return s[1]
}

// unicodeEscape reads \uXXXX, or two of them that are a surrogate pair, at the start of s; n is 0 where there is none.
func unicodeEscape(s string) (r rune, n int) {
	if len(s) < 6 {
		return 0, 0
	}
	r = hex4(s[2:6])
	if r < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(s[8:12])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hex4 reads four hexadecimal digits; -1 where they are none.
func hex4(s string) rune {
	var r rune
	for k := range 4 {
		c := scan.Hex(s[k])
		if c > 15 {
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
