// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

// Calendar reads moments as Instant does, and remembers the last two dates: times of one log are mostly of the same day, or
// of that and the day on which a session began, in UTC, and printed in the same way. Its zero value is ready. It is not
// safe for concurrent use.
type Calendar struct {
	dates [2]date
	older int // of the two
}

// date is a date as it was printed.
type date struct {
	// first and last are the bytes of 2026-11-20T, the first eight and the last eight of them.
	first, last uint64
	// ns is when the date begins, since 1970.
	ns int64
}

// Instant is what the function Instant makes of s.
func (c *Calendar) Instant(s string) (int64, bool) {
	if len(s) < 20 || s[10] != 'T' {
		return Instant(s)
	}
	first, last := eight(s, 0), eight(s, 3)
	for i := range c.dates {
		d := &c.dates[i]
		if d.first != first || d.last != last {
			continue
		}
		clock := clockOf(eight(s, 11))
		switch {
		case clock < 0:
		case len(s) == 20 && s[19] == 'Z':
			return d.ns + clock, true
		case s[19] == '.':
			if e, f := Fraction(s, 20, len(s)); e == len(s)-1 && s[e] == 'Z' {
				return d.ns + clock + f, true
			}
		}
		return Instant(s)
	}
	ns, ok := Instant(s)
	if ok && s[4] == '-' {
		c.dates[c.older] = date{first, last, Days(Digits(s, 0, 4, 4), Digits(s, 5, 7, 2), Digits(s, 8, 10, 2)) * day}
		c.older = 1 - c.older
	}
	return ns, ok
}

// clockOf is the time of the day, in nanoseconds, that eight bytes hold as hh:mm:ss; -1 where they do not. As with Clock a
// leap second is allowed.
func clockOf(eight uint64) int64 {
	const (
		each   = 0x0101010101010101
		colons = 0xff<<16 | 0xff<<40
		zero   = '0'*each ^ ('0'^':')*(1<<16|1<<40) // 00:00:00
	)
	x := eight ^ zero
	if x&colons != 0 || (x|(x+(0x7f-9)*each))&(0x80*each) != 0 {
		return -1
	}
	h, m, sec := x&0xff*10+x>>8&0xff, x>>24&0xff*10+x>>32&0xff, x>>48&0xff*10+x>>56
	if h > 23 || m > 59 || sec > 60 {
		return -1
	}
	return int64(h*3600+m*60+sec) * second
}

// eight is the eight bytes at i, the first one lowest; they have to be there.
func eight(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
