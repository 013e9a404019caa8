// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import "github.com/proxylog/proxylog/internal/scan"

// clockTime is what was read so far.
type clockTime struct {
	scan.Printed
	frac, epoch, offset int64
}

const second = int64(1e9)

// read reads a time at i and returns where it ends, or -1, and its parts in nanoseconds, which add up with those of other
// layouts to the nanoseconds since 1970, of a clock in UTC where the zone is not told.
func (l *layout) read(s string, i, end int) (int, int64) {
	t := clockTime{}
	for k := range l.steps {
		step := &l.steps[k]
		if step.conv == 0 {
			if i+1 < end && step.literal == '\t' && s[i] == '\\' && s[i+1] == 't' { // in JSON
				i++
			} else if i >= end || s[i] != step.literal {
				return -1, 0
			}
			i++
			continue
		}
		if i = t.read(l, k, s, i, end); i < 0 {
			return -1, 0
		}
	}
	if t.Hour > 23 {
		return -1, 0
	}
	clock, ok := t.TimeOfDay()
	if !ok {
		return -1, 0
	}
	ns := t.frac
	if l.parts&partEpoch != 0 {
		return i, t.epoch*second + ns
	}
	if l.parts&partDate != 0 {
		if t.YearDay > 0 && t.Month == 0 {
			if !scan.ValidYearDay(t.Year, t.YearDay) {
				return -1, 0
			}
			t.Month, t.Day = 1, 1
			ns += (t.YearDay - 1) * 86400 * second
		}
		if t.Year < 1900 || !scan.ValidDate(t.Year, t.Month, t.Day) {
			return -1, 0
		}
		ns += scan.Days(t.Year, t.Month, t.Day) * 86400 * second
	}
	return i, ns + clock - t.offset
}

// read reads conversion k of a layout at i and returns where it ends, or -1.
func (t *clockTime) read(l *layout, k int, s string, i, end int) int {
	step := &l.steps[k]
	switch step.conv {
	case 's':
		return t.readEpoch(l, k, s, i, end)
	case 'f':
		return t.readFraction(step.n, s, i, end)
	case convVariable:
		if i < end && s[i] == '.' {
			return t.readFraction(0, s, i+1, end)
		}
		return i
	case convOffset:
		if step.n > 0 {
			end = min(end, i+step.n) // what stands behind it may look like its seconds
		}
		return t.readOffset(s, i, end)
	case convWord, 'B', convZones:
		from := i
		for i < end && (s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || step.conv == convZones && (s[i] == '+' || s[i] == '-' || s[i]-'0' <= 9)) {
			i++
		}
		if i == from {
			return -1
		}
		if step.conv == 'B' {
			if t.Month = scan.Month(s, from, i); t.Month == 0 {
				return -1
			}
		}
		return i
	case 'b':
		if t.Month = scan.Month(s, i, end); t.Month == 0 {
			return -1
		}
		return i + 3
	case 'p':
		if i+2 > end || s[i+1]|0x20 != 'm' || s[i]|0x20 != 'a' && s[i]|0x20 != 'p' {
			return -1
		}
		t.Afternoon = s[i]|0x20 == 'p'
		return i + 2
	}
	blank := step.conv == 'e' || step.conv == 'k' || step.conv == 'l'
	return t.Number(step.conv, step.n, blank, s, i, end)
}

// readEpoch reads seconds since 1970. Where digits of a fraction follow without a point, the last of all digits are theirs.
func (t *clockTime) readEpoch(l *layout, k int, s string, i, end int) int {
	e := i
	for e < end && s[e]-'0' <= 9 {
		e++
	}
	for k++; k < len(l.steps) && l.steps[k].conv == 'f' && l.steps[k].n > 0; k++ {
		e -= l.steps[k].n
	}
	if e <= i || e-i > 10 {
		return -1
	}
	for ; i < e; i++ {
		t.epoch = t.epoch*10 + int64(s[i]-'0')
	}
	if t.epoch > (1<<63-1)/second-1 {
		return -1
	}
	return e
}

// readFraction reads n digits of a second's fraction, or with 0 all that there are.
func (t *clockTime) readFraction(n int, s string, i, end int) int {
	unit := second / 10
	from := i
	t.frac = 0
	for i < end && (n == 0 || i-from < n) && s[i]-'0' <= 9 {
		t.frac += int64(s[i]-'0') * unit
		unit /= 10
		i++
	}
	if i == from || n > 0 && i-from != n {
		return -1
	}
	return i
}

// readOffset reads ±hh[[:]mm[:ss]].
func (t *clockTime) readOffset(s string, i, end int) int {
	if i >= end || s[i] != '+' && s[i] != '-' {
		return -1
	}
	negative := s[i] == '-'
	var n int64
	for k, unit := i+1, int64(3600); unit > 0; unit /= 60 {
		if unit < 3600 && k < end && s[k] == ':' {
			k++
		}
		d := scan.Digits(s, k, end, 2)
		if d < 0 || d > 59 {
			if unit == 3600 {
				return -1
			}
			break
		}
		n += d * unit
		k += 2
		i = k
	}
	if t.offset = n * second; negative {
		t.offset = -t.offset
	}
	return i
}
