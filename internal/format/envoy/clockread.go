// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import "github.com/proxylog/proxylog/internal/scan"

// clockTime is what was read so far.
type clockTime struct {
	year, month, day, hour, minute, second int64
	frac, epoch, offset, yday              int64
	afternoon, twelve                      bool
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
	if t.hour > 23 || t.minute > 59 || t.second > 60 {
		return -1, 0
	}
	if t.twelve {
		if t.hour %= 12; t.afternoon {
			t.hour += 12
		}
	}
	ns := t.frac
	if l.parts&partEpoch != 0 {
		return i, t.epoch*second + ns
	}
	if l.parts&partDate != 0 {
		if t.yday > 0 && t.month == 0 {
			t.month, t.day = 1, 1
			ns += (t.yday - 1) * 86400 * second
		}
		if t.year < 1900 || t.year > maxYear || t.month < 1 || t.month > 12 || t.day < 1 || t.day > 31 {
			return -1, 0
		}
		ns += scan.Days(t.year, t.month, t.day) * 86400 * second
	}
	return i, ns + (t.hour*3600+t.minute*60+t.second)*second - t.offset
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
			if t.month = scan.Month(s, from, i); t.month == 0 {
				return -1
			}
		}
		return i
	case 'b':
		if t.month = scan.Month(s, i, end); t.month == 0 {
			return -1
		}
		return i + 3
	case 'p':
		if i+2 > end || s[i+1] != 'M' || s[i] != 'A' && s[i] != 'P' {
			return -1
		}
		t.afternoon = s[i] == 'P'
		return i + 2
	}
	return t.readDigits(step, s, i, end)
}

// readDigits reads a number of a fixed width.
func (t *clockTime) readDigits(step *clockStep, s string, i, end int) int {
	width := step.n
	if width == 0 {
		width = widths[step.conv]
	}
	from := i
	if (step.conv == 'e' || step.conv == 'k' || step.conv == 'l') && i < end && s[i] == ' ' {
		from++
	}
	n := scan.Digits(s, from, end, width-(from-i))
	if n < 0 {
		return -1
	}
	switch step.conv {
	case 'Y':
		t.year = n
	case 'y':
		t.year = 2000 + n
		if n >= 69 { // POSIX
			t.year = 1900 + n
		}
	case 'm':
		t.month = n
	case 'd', 'e':
		t.day = n
	case 'j':
		t.yday = n
	case 'I', 'l':
		t.twelve = true
		t.hour = n
	case 'H', 'k':
		t.hour = n
	case 'M':
		t.minute = n
	case 'S':
		t.second = n
	}
	return i + width
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
