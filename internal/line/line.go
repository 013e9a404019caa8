// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package line holds what every front does to a line before it is read.
package line

import (
	"fmt"
	"unicode/utf8"
)

// DefaultLimit is the longest line, in bytes, unless another one is configured.
const DefaultLimit = 1 << 20

// Bounds of a configured limit. The lower one still holds any syslog header; the upper one keeps a batch of the longest
// lines within what a Collector may hold.
const (
	minLimit = 512
	maxLimit = 64 << 20
)

// CheckLimit is an error where n bytes is no sensible limit for lines.
func CheckLimit(n int64) error {
	if n < minLimit || n > maxLimit {
		return fmt.Errorf("%d is not between %d and %d bytes", n, minLimit, maxLimit)
	}
	return nil
}

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
