// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

// Dates stand in every line, so that they are read eight bytes at a time: the bytes are compared with a pattern by an
// exclusive or, after which digits are numbers from 0 to 9 and what separates them is 0. Adding to each byte what makes it
// reach its highest bit where it is more tells with one test whether all are what they should be.

const (
	anyDigit = 0x7F - 9 // added to a byte from 0 to 9 does not reach the highest bit
	noOther  = 0x7F     // added to 0 does not
)

// Patterns, the first byte lowest, and what is added to each byte of what was compared with them.
const (
	clockPattern = '0' | '0'<<8 | ':'<<16 | '0'<<24 | '0'<<32 | ':'<<40 | '0'<<48 | '0'<<56
	clockAdd     = anyDigit | anyDigit<<8 | noOther<<16 | anyDigit<<24 | anyDigit<<32 | noOther<<40 | anyDigit<<48 | anyDigit<<56

	dayPattern = '0' | '0'<<8 | '/'<<16
	dayAdd     = anyDigit | anyDigit<<8 | noOther<<16
	dayMask    = 1<<24 - 1

	yearPattern = '/' | '0'<<8 | '0'<<16 | '0'<<24 | '0'<<32 | ':'<<40
	yearAdd     = noOther | anyDigit<<8 | anyDigit<<16 | anyDigit<<24 | anyDigit<<32 | noOther<<40

	isoPattern = '0' | '0'<<8 | '0'<<16 | '0'<<24 | '-'<<32 | '0'<<40 | '0'<<48 | '-'<<56
	isoAdd     = anyDigit | anyDigit<<8 | anyDigit<<16 | anyDigit<<24 | noOther<<32 | anyDigit<<40 | anyDigit<<48 | noOther<<56
)

// fits reports whether each byte of values is what the pattern allows, by what is added to it.
func fits(values, add uint64) bool { return (values&^high+add|values)&high == 0 }

// two is the number of two digits, the first one lowest; four is that of four.
func two(values uint64) int64 { return int64(values&0xF*10 + values>>8&0xF) }

func four(values uint64) int64 { return two(values)*100 + two(values>>16) }

// Month reads an English month of three letters at i; 0 where there is none.
func Month(s string, i, end int) int64 {
	if i+3 > end {
		return 0
	}
	name := s[i : i+3]
	return month(uint32(name[0]) | uint32(name[1])<<8 | uint32(name[2])<<16)
}

// month is the month of three letters, the first one lowest.
func month(letters uint32) int64 {
	switch letters {
	case 'J' | 'a'<<8 | 'n'<<16:
		return 1
	case 'F' | 'e'<<8 | 'b'<<16:
		return 2
	case 'M' | 'a'<<8 | 'r'<<16:
		return 3
	case 'A' | 'p'<<8 | 'r'<<16:
		return 4
	case 'M' | 'a'<<8 | 'y'<<16:
		return 5
	case 'J' | 'u'<<8 | 'n'<<16:
		return 6
	case 'J' | 'u'<<8 | 'l'<<16:
		return 7
	case 'A' | 'u'<<8 | 'g'<<16:
		return 8
	case 'S' | 'e'<<8 | 'p'<<16:
		return 9
	case 'O' | 'c'<<8 | 't'<<16:
		return 10
	case 'N' | 'o'<<8 | 'v'<<16:
		return 11
	case 'D' | 'e'<<8 | 'c'<<16:
		return 12
	}
	return 0
}

// Clock reads hh:mm:ss at i and returns nanoseconds of the day; -1 where there is none. A leap second is allowed.
func Clock(s string, i, end int) int64 {
	if i+8 > end {
		return -1
	}
	return clockOf(Eight(s, i))
}

// clockOf is the time of day that eight bytes hold as hh:mm:ss.
func clockOf(eight uint64) int64 {
	values := eight ^ clockPattern
	h, m, sec := two(values), two(values>>24), two(values>>48)
	if !fits(values, clockAdd) || h > 23 || m > 59 || sec > 60 {
		return -1
	}
	return (h*3600 + m*60 + sec) * second
}

// units are what the last digit of a fraction of a second is in nanoseconds, by how many digits it has.
var units = [...]uint64{1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1}

// Fraction reads the digits of a fraction of a second at i (after the point) and returns the end and nanoseconds;
// digits beyond the ninth are passed over.
func Fraction(s string, i, end int) (int, int64) {
	var n uint64
	from := i
	if i+8 <= len(s) && i < end {
		eight := Eight(s, i)
		if more := 8 - (end - i); more > 0 {
			eight = eight << (8 * more) >> (8 * more)
		}
		n, i = Leading(eight)
		if i += from; i-from < 8 {
			return fraction(n, from, i)
		}
	}
	for i < end && s[i]-'0' <= 9 {
		if i-from < 9 {
			n = n*10 + uint64(s[i]-'0')
		}
		i++
	}
	return fraction(n, from, i)
}

func fraction(n uint64, from, end int) (int, int64) {
	if end == from {
		return -1, 0
	}
	return end, int64(n * units[min(end-from, 9)])
}

// CommonDate reads dd/Mon/yyyy:hh:mm:ss[.fraction] at i, as HAProxy and the common log format print it, and returns the
// end and the nanoseconds since 1970 that the clock would show in UTC: the caller knows the zone.
func CommonDate(s string, i, end int) (int, int64) {
	if i+20 > end {
		return -1, 0
	}
	front := Eight(s, i)
	head, year := front&dayMask^dayPattern, Eight(s, i+4)>>16^yearPattern
	d, mon, y := two(head), month(uint32(front>>24&dayMask)), four(year>>8)
	c := Clock(s, i+12, end)
	if !fits(head, dayAdd) || !fits(year, yearAdd) || !ValidDate(y, mon, d) || c < 0 {
		return -1, 0
	}
	ns := Days(y, mon, d)*day + c
	i += 20
	if i+1 < end && s[i] == '.' {
		e, f := Fraction(s, i+1, end)
		if e < 0 {
			return -1, 0
		}
		i, ns = e, ns+f
	}
	return i, ns
}

// RFC3339 reads yyyy-mm-ddThh:mm:ss[.fraction](Z|±hh:mm|±hhmm) at i and returns the end and nanoseconds since 1970. A
// blank or a small t may stand for the T. zoned is false where no zone follows; then the time is as in UTC.
func RFC3339(s string, i, end int) (e int, ns int64, zoned bool) {
	if i+19 > end || s[i+10] != 'T' && s[i+10] != ' ' && s[i+10] != 't' {
		return -1, 0, false
	}
	head := Eight(s, i) ^ isoPattern
	y, mon, d := four(head), two(head>>40), Digits(s, i+8, end, 2)
	c := Clock(s, i+11, end)
	if !fits(head, isoAdd) || !ValidDate(y, mon, d) || c < 0 {
		return -1, 0, false
	}
	ns = Days(y, mon, d)*day + c
	i += 19
	if i+1 < end && (s[i] == '.' || s[i] == ',') {
		e, f := Fraction(s, i+1, end)
		if e < 0 {
			return -1, 0, false
		}
		i, ns = e, ns+f
	}
	if i < end && (s[i] == 'Z' || s[i] == 'z') {
		return i + 1, ns, true
	}
	if e, off := Offset(s, i, end); e >= 0 {
		return e, ns - off, true
	}
	return i, ns, false
}

// Offset reads ±hh:mm or ±hhmm at i and returns the end and the offset in nanoseconds.
func Offset(s string, i, end int) (int, int64) {
	if i+5 > end || s[i] != '+' && s[i] != '-' {
		return -1, 0
	}
	neg := s[i] == '-'
	h := Digits(s, i+1, end, 2)
	k := i + 3
	if s[k] == ':' {
		k++
	}
	m := Digits(s, k, end, 2)
	if h < 0 || m < 0 || h > 23 || m > 59 {
		return -1, 0
	}
	off := (h*3600 + m*60) * second
	if neg {
		off = -off
	}
	return k + 2, off
}
