// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"
	"unicode/utf8"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/scan"
)

// What HAProxy does to texts on its own, #XX, and what a directive asks for by flags: quotes (+Q) and backslashes before
// quotes, backslashes and closing brackets (+E). The latter are undone first.

// unhex undoes #XX, in which HAProxy prints bytes that would break the line. It is what HAProxy does on its own, not what
// a directive asks for, so that explain shows the text with it.
func unhex(s string) string {
	if strings.IndexByte(s, '#') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) {
			if hi, lo := scan.Hex(s[i+1]), scan.Hex(s[i+2]); hi < 16 && lo < 16 {
				b.WriteByte(hi<<4 | lo)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unescapeBytes undoes the escapes of JSON in a text of which HAProxy has escaped byte by byte what is not ASCII, as the
// converter json does, and +json from 3.2 on: three escapes are one arrow. Where the bytes are no UTF-8, each is a character.
func unescapeBytes(s string) string {
	text := jsonscan.Unescape(s)
	if strings.IndexByte(s, '\\') < 0 || utf8.RuneCountInString(s) < len(s) {
		return text
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return text
		}
		b = append(b, byte(r))
	}
	if !utf8.Valid(b) {
		return text
	}
	return string(b)
}

// scanEscaped reads up to the quote that ends a text under +Q,+E, the first that no backslash stands before, or to the
// end.
func scanEscaped(line string, i, end int) (int, int64) {
	for i < end && line[i] != '"' {
		if line[i] == '\\' && i+1 < end {
			i++
		}
		i++
	}
	return i, 0
}

// scanQuoted reads a text with its quotes and returns where it ends, or -1.
func scanQuoted(line string, i, end int) int {
	if i >= end || line[i] != '"' {
		return -1
	}
	if i, _ = scanEscaped(line, i+1, end); i >= end {
		return -1
	}
	return i + 1
}

// scanQuotedBraces reads captured headers in braces and quotes: "{a|b}", in which neither stands raw.
func scanQuotedBraces(line string, i, end int) (int, int64) {
	if !strings.HasPrefix(line[i:end], `"{`) {
		return directive.Foreign, 0
	}
	e := strings.Index(line[i:end], `}"`)
	if e < 0 {
		return -1, 0
	}
	return i + e + 2, 0
}

// unescape undoes the backslashes of +E.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`"\]`, s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unquoted undoes the quotes of +Q where they are part of what was read.
func unquoted(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, `"`), `"`) }

func unquotedEscaped(s string) string { return unescape(unquoted(s)) }
