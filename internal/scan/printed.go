// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

// Printed is a time as far as it was read, part by part as strftime and its kin print it.
type Printed struct {
	Year, Month, Day     int64
	YearDay              int64 // from 1
	Hour, Minute, Second int64
	// Twelve says that a clock of twelve hours shows the hour, Afternoon that it is one of the second twelve.
	Twelve, Afternoon bool
}

// Number reads the digits of the conversion with that letter at i, width of them, and returns where they end, or -1. With
// blank a blank may stand for the first digit, as %e, %k and %l print it. Numbers that tell nothing are passed over.
func (p *Printed) Number(conv byte, width int, blank bool, s string, i, end int) int {
	from := i
	if blank && i < end && s[i] == ' ' {
		from++
	}
	n := Digits(s, from, end, i+width-from)
	if n < 0 {
		return -1
	}
	switch conv {
	case 'Y':
		p.Year = n
	case 'y':
		p.Year = 2000 + n
		if n >= 69 { // POSIX
			p.Year = 1900 + n
		}
	case 'm':
		p.Month = n
	case 'd', 'e':
		p.Day = n
	case 'j':
		p.YearDay = n
	case 'H', 'k':
		p.Hour = n
	case 'I', 'l':
		p.Hour, p.Twelve = n, true
	case 'M':
		p.Minute = n
	case 'S':
		p.Second = n
	}
	return i + width
}

// TimeOfDay is the time since midnight in nanoseconds; false where no clock shows it. A leap second is allowed.
func (p *Printed) TimeOfDay() (int64, bool) {
	hour := p.Hour
	if p.Twelve {
		if hour %= 12; p.Afternoon {
			hour += 12
		}
	}
	ok := hour <= 23 && p.Minute <= 59 && p.Second <= 60
	return (hour*3600 + p.Minute*60 + p.Second) * second, ok
}
