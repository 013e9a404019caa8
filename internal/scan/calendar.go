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
	first, last := Eight(s, 0), Eight(s, 3)
	for i := range c.dates {
		d := &c.dates[i]
		if d.first != first || d.last != last {
			continue
		}
		clock := clockOf(Eight(s, 11))
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
