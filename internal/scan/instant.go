// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

// Instant reads all of s as a moment, as logs in JSON write it, and returns nanoseconds since 1970: ISO 8601 with a
// zone, or in UTC without one, or a count since 1970. The count is of seconds, milliseconds, microseconds or nanoseconds,
// whichever gives a year of this age; it may have a fraction.
func Instant(s string) (int64, bool) {
	if len(s) >= 19 && s[4] == '-' {
		e, ns, _ := RFC3339(s, 0, len(s))
		return ns, e == len(s) && Digits(s, 0, len(s), 4) >= 1970
	}
	e, n := Uint(s, 0, len(s))
	if e < 0 {
		return 0, false
	}
	ns, unit := Epoch(n)
	if ns < 0 || e == len(s) {
		return ns, ns >= 0
	}
	if s[e] != '.' {
		return 0, false
	}
	e, frac := Fraction(s, e+1, len(s))
	if e != len(s) {
		return 0, false
	}
	// frac is in billionths of the unit.
	return ns + frac/(second/unit), true
}

// Epoch turns a count since 1970 into nanoseconds, -1 where it is negative or they do not fit into 64 bits; unit is what
// one of the count is, in nanoseconds.
func Epoch(n int64) (ns, unit int64) {
	switch {
	case n < 1e11: // up to the year 5138; as milliseconds that were 1973
		unit = second
	case n < 1e14:
		unit = second / 1e3
	case n < 1e17:
		unit = second / 1e6
	default:
		unit = 1
	}
	if n < 0 || n > (1<<63-1)/unit {
		return -1, unit
	}
	return n * unit, unit
}
