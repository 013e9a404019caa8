// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"slices"
	"strings"
)

// maxNesting is how deep the objects around entries may be nested.
const maxNesting = 16

// Entries are the objects of a text that are entries of the L4 proxy log, whatever stands around them: other objects, as
// in {"logs":[{…},{…}]}, or the prefixes, suffixes and delimiters that can be chosen for a push ("Customizing Log Output
// Formats" in EdgeOne's documentation). They are parts of the text, in its order; none overlaps another.
func Entries(text string) []string {
	type open struct{ start, keys, found int }
	var out []string
	var stack [maxNesting]open
	depth := 0
	for i := 0; i < len(text); i++ {
		if depth == 0 {
			n := strings.IndexByte(text[i:], '{')
			if n < 0 {
				break
			}
			i += n
		}
		switch text[i] {
		case '{':
			if depth == maxNesting {
				depth = 0 // what is nested deeper holds no entries; what follows may
				continue
			}
			stack[depth] = open{start: i, found: len(out)}
			depth++
		case '}':
			depth--
			if o := stack[depth]; o.keys >= 2 {
				out = append(out[:o.found], text[o.start:i+1])
			}
		case '"':
			end := endOfString(text, i+1)
			if end < 0 {
				return out
			}
			if isKey(text, end+1) && isL4(text[i+1:end]) {
				stack[depth-1].keys++
			}
			i = end
		}
	}
	return out
}

// endOfString is the quote that ends the string whose first byte is s[i]; -1 where there is none.
func endOfString(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// isKey reports whether a colon follows.
func isKey(s string, i int) bool {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n') {
		i++
	}
	return i < len(s) && s[i] == ':'
}

// isL4 reports whether no other log of EdgeOne has the key.
func isL4(key string) bool {
	return slices.ContainsFunc(fields, func(s spec) bool { return s.l4 && s.named(key) })
}
