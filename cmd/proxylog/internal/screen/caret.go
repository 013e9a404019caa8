// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strings"
	"unicode/utf8"
)

// cell is one character as it is shown.
type cell struct {
	text    string
	columns int
}

// Caret shows the part of a line around one of its bytes, in at most width columns, and how many columns stand before
// that byte: where a caret in the next line has to stand. An offset behind the line's end points behind its last
// character, one inside of a character at that character.
func Caret(line string, offset, width int) (window string, column int) {
	offset = min(max(offset, 0), len(line))
	cells, at, more := around(line, offset, width)
	total := 0
	for _, c := range cells {
		total += c.columns
	}
	first, last := 0, len(cells)
	if total > width || more[0] || more[1] {
		first, last = frame(cells, at, width)
	}
	var b strings.Builder
	if first > 0 || more[0] {
		b.WriteString("…")
		column++
	}
	for i := first; i < last; i++ {
		b.WriteString(cells[i].text)
		if i < at {
			column += cells[i].columns
		}
	}
	if last < len(cells) || more[1] {
		b.WriteString("…")
	}
	return b.String(), column
}

// around cuts a line into characters, as far as they can be shown: a line of megabytes costs no more than a short one.
// at is the character of the offset, more says whether the line goes on before and behind.
func around(line string, offset, width int) (cells []cell, at int, more [2]bool) {
	reach := utf8.UTFMax * width
	from, to := max(0, offset-reach), min(len(line), offset+reach)
	for k := 0; k < utf8.UTFMax-1 && from > 0 && !utf8.RuneStart(line[from]); k++ {
		from--
	}
	at = -1
	i := from
	for i < to {
		r, n := utf8.DecodeRuneInString(line[i:])
		if at < 0 && offset < i+n {
			at = len(cells)
		}
		g := glyph(line[i:i+n], r)
		cells = append(cells, cell{g, Columns(g)})
		i += n
	}
	if at < 0 {
		at = len(cells)
	}
	return cells, at, [2]bool{from > 0, i < len(line)}
}

// frame chooses the characters to show: two thirds of the columns for what stands before at, since what was read tells
// more than what was not, and a column at both ends for the ellipsis.
func frame(cells []cell, at, width int) (first, last int) {
	first, last = at, at
	used := 2
	back := func(limit int) {
		for first > 0 && used+cells[first-1].columns <= limit {
			first--
			used += cells[first].columns
		}
	}
	back(width * 2 / 3)
	for last < len(cells) && used+cells[last].columns <= width {
		used += cells[last].columns
		last++
	}
	back(width)
	return first, last
}
