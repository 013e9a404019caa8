// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/scan"
)

// scanDate reads what %tl and %tg print: dd/Mon/yyyy:hh:mm:ss and, but for %tg of some versions, a blank and the zone.
// Its number is an instant. The built-ins print a zone west of Greenwich with a fraction of an hour as -03-30.
func scanDate(line string, i, end int) (int, int64) { return zonedDate(line, i, end, " ") }

// scanURLDate reads a date whose blank is percent-encoded.
func scanURLDate(line string, i, end int) (int, int64) { return zonedDate(line, i, end, "%20") }

// zonedDate reads a date, with its offset where that stands behind the blank.
func zonedDate(line string, i, end int, blank string) (int, int64) {
	e, ns := scan.CommonDate(line, i, end)
	if e < 0 || !strings.HasPrefix(line[e:end], blank) {
		return e, ns
	}
	if z, off := offset(line, e+len(blank), end); z >= 0 {
		return z, ns - off
	}
	return e, ns
}

// offset reads an offset of +hhmm, or of -hh-mm as Squid prints those west of Greenwich.
func offset(line string, i, end int) (int, int64) {
	z, off := scan.Offset(line, i, end)
	if z < 0 && i+6 <= end && line[i] == '-' && line[i+3] == '-' {
		h, m := scan.Digits(line, i+1, end, 2), scan.Digits(line, i+4, end, 2)
		if h >= 0 && m >= 0 && h < 24 && m < 60 {
			return i + 6, -(h*3600 + m*60) * 1e9
		}
	}
	return z, off
}

// inShell reads what read does as Squid prints it for a shell: in quotes where it holds a blank.
func inShell(read directive.Func) directive.Func {
	return func(line string, i, end int) (int, int64) {
		if i == end || line[i] != '"' {
			return read(line, i, end)
		}
		e, ns := read(line, i+1, end)
		if e < 0 || e == end || line[e] != '"' {
			return -1, 0
		}
		return e + 1, ns
	}
}

// scanEUI reads the bytes of a hardware address with colons or, as an IPv6 client's, hyphens between them: six of
// EUI-48, or eight of EUI-64.
func scanEUI(line string, i, end int) (int, int64) {
	six := -1
	for n := 1; i+2 <= end && scan.Hex(line[i]) < 16 && scan.Hex(line[i+1]) < 16; n++ {
		i += 2
		switch n {
		case 6:
			six = i
		case 8:
			if i == end || scan.Hex(line[i]) > 15 {
				return i, 0
			}
			return six, 0
		}
		if i >= end || line[i] != ':' && line[i] != '-' {
			break
		}
		i++
	}
	return six, 0
}

// scanSeconds reads seconds with a fraction, as %tS prints them; its number is nanoseconds.
func scanSeconds(line string, i, end int) (int, int64) {
	e, n := scan.Uint(line, i, end)
	if e < 0 || n > maxSeconds {
		return -1, 0
	}
	n *= 1e9
	if e+1 < end && line[e] == '.' {
		if k, f := scan.Fraction(line, e+1, end); k > 0 {
			e, n = k, n+f
		}
	}
	return e, n
}

// maxSeconds is how many seconds fit into nanoseconds of 64 bits: until the year 2262.
const maxSeconds = int64(1<<63-1)/1e9 - 1

// scanSecondsMillis reads what %.0tS prints: behind the point the milliseconds as a number, which nothing fills up.
func scanSecondsMillis(line string, i, end int) (int, int64) {
	return scanParts(line, i, end, 1e9, 1e6)
}

// scanMillisMicros reads what %.0tr prints: behind the point the microseconds as a number, which nothing fills up.
func scanMillisMicros(line string, i, end int) (int, int64) {
	return scanParts(line, i, end, 1e6, 1e3)
}

// scanParts reads two numbers with a point between, of which each has its unit in nanoseconds.
func scanParts(line string, i, end int, whole, part int64) (int, int64) {
	from := i
	if i < end && line[i] == '-' {
		i++
	}
	e, n := scan.Uint(line, i, end)
	if e < 0 || n > maxSeconds*1e9/whole || e >= end || line[e] != '.' {
		return -1, 0
	}
	e, k := scan.Uint(line, e+1, end)
	if e < 0 || k > 999 {
		return -1, 0
	}
	if n = n*whole + k*part; i > from {
		n = -n
	}
	return e, n
}

// scanMillis reads milliseconds with digits of a fraction, as %.3tr prints them; its number is nanoseconds.
func scanMillis(line string, i, end int) (int, int64) {
	neg := i < end && line[i] == '-'
	if neg {
		i++
	}
	e, n := scan.Uint(line, i, end)
	if e < 0 || n > maxSeconds*1e3 {
		return -1, 0
	}
	n *= 1e6
	if e+1 < end && line[e] == '.' {
		if k, f := scan.Fraction(line, e+1, end); k > 0 {
			e, n = k, n+f/1e3
		}
	}
	if neg {
		n = -n
	}
	return e, n
}

// scanQuoted makes the function that reads up to the quote that is not escaped, or to where the value was cut; limit is
// 0 or less for none.
func scanQuoted(limit int) directive.Func {
	return func(line string, i, end int) (int, int64) {
		cut := end
		if limit > 0 {
			cut = min(end, i+limit)
		}
		e := endQuoted(line, i, cut)
		switch {
		case e < 0 && cut < end:
			e = cut
		case e < 0 && cut == end && (end-i == limit || len(unfinishedSlash(line[i:end])) == end-i):
			e = end // the quote may stand behind what there is to read
		}
		if e <= i {
			return -1, 0
		}
		return e, 0
	}
}

// endQuoted is the place of the first quote in line[i:end] that is not escaped, or -1.
func endQuoted(line string, i, end int) int {
	for ; i < end; i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// scanShell makes the function that reads a value under the shell encoding, behind which a blank stands or the line ends:
// in quotes, or without a blank; at most limit bytes, 0 or less for any number.
func scanShell(limit int) directive.Func {
	return func(line string, i, end int) (int, int64) {
		if limit > 0 {
			end = min(end, i+limit)
		}
		e := i
		if i < end && line[i] == '"' {
			if e = endQuoted(line, i+1, end) + 1; e > 0 {
				return e, 0
			}
			if limit > 0 && i+limit == end { // the closing quote was cut off
				return end, 0
			}
			return -1, 0
		}
		for e < end && line[e] != ' ' {
			e++
		}
		if e == i {
			return -1, 0
		}
		return e, 0
	}
}

// isShell makes the function that tells a value under the shell encoding from other text.
func isShell(limit int) func(string) bool {
	scan := scanShell(limit)
	return func(s string) bool {
		e, _ := scan(s, 0, len(s))
		return e == len(s)
	}
}

// noQuote reports whether a value under the quoted encoding has no quote that is not escaped.
func noQuote(s string) bool {
	if strings.IndexByte(s, '"') < 0 {
		return true
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return false
		}
	}
	return true
}
