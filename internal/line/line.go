// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package line holds what every input does to a line.
package line

import "unicode/utf8"

// Cut returns the line's beginning where it is longer than limit bytes, and reports whether it was. It does not cut
// through a character.
func Cut(text string, limit int) (string, bool) {
	if len(text) <= limit {
		return text, false
	}
	return Whole(text[:limit]), true
}

// Whole leaves out a character at the end of text of which only a part is there, so that what was valid UTF-8 before
// it was cut stays so.
func Whole(text string) string {
	for i := len(text) - 1; i >= 0 && i >= len(text)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(text[i]) {
			continue
		}
		if utf8.FullRuneInString(text[i:]) {
			return text
		}
		return text[:i]
	}
	return text
}
