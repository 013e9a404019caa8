// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package screen puts text from logs on a terminal: safely, since a log holds whatever a client sent, and aligned,
// since a character may take two columns or none.
package screen

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// DefaultWidth is the number of columns of output that is not a terminal, or a terminal that does not tell.
const DefaultWidth = 100

// minWidth is the least number of columns that a table still fits in.
const minWidth = 60

// Width is the number of columns to write to w with: what COLUMNS says, which shells export only on request, or else the
// terminal itself.
func Width(w io.Writer, getenv func(string) string) int {
	n, err := strconv.Atoi(getenv("COLUMNS"))
	if f, ok := w.(*os.File); ok && (err != nil || n <= 0) {
		n = columnsOf(f)
	}
	if n <= 0 {
		return DefaultWidth
	}
	return max(n, minWidth)
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Style colours text, or leaves it as it is.
type Style struct {
	// On is set on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb speaks against it.
	On bool
}

// NewStyle decides whether output to w is coloured.
func NewStyle(w io.Writer, getenv func(string) string) Style {
	return Style{On: IsTerminal(w) && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

func (s Style) paint(code, text string) string {
	if !s.On || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold is for headings.
func (s Style) Bold(text string) string { return s.paint("1", text) }

// Dim is for what matters less.
func (s Style) Dim(text string) string { return s.paint("2", text) }

// Bad is for failures.
func (s Style) Bad(text string) string { return s.paint("31", text) }

// Warn is for what is not certain.
func (s Style) Warn(text string) string { return s.paint("33", text) }

// Good is for success.
func (s Style) Good(text string) string { return s.paint("32", text) }

// Text makes any bytes safe to print on one line: control characters, characters that turn the direction of text, and
// bytes that are not UTF-8 are escaped as Go does. Nothing else changes, so a backslash of the log stays one.
func Text(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		b.WriteString(glyph(s[i:i+n], r))
		i += n
	}
	return b.String()
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// glyph is how one character is shown; raw is its bytes.
func glyph(raw string, r rune) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case r == '\n':
		return `\n`
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Cc, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return raw
}

// Columns is how many columns text takes that Text has made safe.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += columns(r)
	}
	return n
}

func columns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Fit shortens text that takes more than n columns, and ends it in an ellipsis.
func Fit(s string, n int) string {
	if Columns(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		if used += columns(r); used > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// Left pads text to n columns, Right sets it to their right; longer text stays as it is.
func Left(s string, n int) string { return s + strings.Repeat(" ", max(0, n-Columns(s))) }

// Right pads text on its left to n columns.
func Right(s string, n int) string { return strings.Repeat(" ", max(0, n-Columns(s))) + s }
