// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import "fmt"

// Layout is a layout of C's strftime, made ready to read times by it. It never changes.
type Layout struct {
	steps []layoutStep
	// Instant says that the text tells the instant, by its zone or as seconds since 1970; else it is a clock time.
	Instant bool
	// Date, Clock and Zone say what the text holds: a whole date, a time of day to the minute, a zone.
	Date, Clock, Zone bool
}

// layoutStep is a conversion, or a byte that stands for itself where conv is 0.
type layoutStep struct{ conv, literal byte }

// composite conversions are short for others, in the C locale.
var composite = map[byte]string{
	'T': "%H:%M:%S", 'R': "%H:%M", 'F': "%Y-%m-%d", 'D': "%m/%d/%y",
	'c': "%a %b %e %H:%M:%S %Y", 'x': "%m/%d/%y", 'X': "%H:%M:%S", 'r': "%I:%M:%S %p", 'n': "\n", 't': "\t",
}

// NewLayout compiles a layout. It has to hold a date and a time of day, or seconds since 1970; the error names what is
// missing, or a conversion that cannot be read back.
func NewLayout(layout string) (*Layout, error) {
	l, err := NewPartialLayout(layout)
	if err != nil || !l.Date || !l.Clock {
		return nil, fmt.Errorf("%q has no date or no time of day, or cannot be read back", layout)
	}
	return l, nil
}

// NewPartialLayout compiles a layout that may also hold a date, a time of day or a zone alone; Read then gives the
// nanoseconds of the day's begin, since the day's begin, or by which the zone is ahead of UTC.
func NewPartialLayout(layout string) (*Layout, error) {
	l := &Layout{}
	seen := map[byte]bool{}
	if err := l.compile(layout, seen); err != nil {
		return nil, err
	}
	l.Instant = seen['z'] || seen['s']
	l.Date = seen['s'] || (seen['Y'] || seen['y']) && (seen['m'] || seen['b']) && seen['d']
	l.Clock = seen['s'] || (seen['H'] || seen['I'] && seen['p']) && seen['M']
	l.Zone = seen['z']
	if !l.Date && !l.Clock && (!l.Zone || len(l.steps) != 1) {
		return nil, fmt.Errorf("%q has no date, no time of day and is no zone", layout)
	}
	return l, nil
}

func (l *Layout) compile(layout string, seen map[byte]bool) error {
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' || i+1 == len(layout) {
			l.steps = append(l.steps, layoutStep{literal: layout[i]})
			continue
		}
		i++
		c := layout[i]
		switch c {
		case 'T', 'R', 'F', 'D', 'c', 'x', 'X', 'r', 'n', 't':
			if err := l.compile(composite[c], seen); err != nil {
				return err
			}
			continue
		case '%':
			l.steps = append(l.steps, layoutStep{literal: '%'})
			continue
		case 'h':
			c = 'b'
		case 'e':
			c = 'd'
		case 'k':
			c = 'H'
		case 'l':
			c = 'I'
		case 'Y', 'y', 'm', 'b', 'd', 'H', 'I', 'p', 'M', 'S', 'z', 's', 'a', 'A', 'B', 'j', 'u', 'w', 'U', 'W', 'V', 'Z':
		default:
			return fmt.Errorf("%%%c cannot be read back", c)
		}
		seen[c] = true
		if c == 'B' {
			seen['b'] = true
		}
		l.steps = append(l.steps, layoutStep{conv: c})
	}
	return nil
}

// layoutTime is what was read so far.
type layoutTime struct {
	year, month, day, hour, minute, second int64
	epoch, offset                          int64
	isEpoch                                bool
	half                                   int64 // hours to add to what a clock of twelve hours shows
	twelve                                 bool
}

// Read reads a time at i and returns where it ends, or -1, and nanoseconds since 1970: of the instant where the text
// tells it, else as if the clock were in UTC.
func (l *Layout) Read(s string, i, end int) (int, int64) {
	t := layoutTime{month: 1, day: 1}
	for _, step := range l.steps {
		if step.conv == 0 {
			if i >= end || s[i] != step.literal {
				return -1, 0
			}
			i++
			continue
		}
		if i = t.read(step.conv, s, i, end); i < 0 {
			return -1, 0
		}
	}
	if t.isEpoch {
		return i, t.epoch * second
	}
	if t.twelve {
		if t.hour < 1 || t.hour > 12 {
			return -1, 0
		}
		t.hour = t.hour%12 + t.half
	}
	if !l.Date {
		if !l.Clock {
			return i, t.offset
		}
		if t.hour > 23 || t.minute > 59 || t.second > 60 {
			return -1, 0
		}
		return i, (t.hour*3600+t.minute*60+t.second)*second - t.offset
	}
	if t.year < 1900 || t.year > maxYear || !validDate(t.month, t.day) || t.hour > 23 || t.minute > 59 || t.second > 60 {
		return -1, 0
	}
	return i, Days(t.year, t.month, t.day)*day + (t.hour*3600+t.minute*60+t.second)*second - t.offset
}

// read reads one conversion at i and returns where it ends, or -1.
func (t *layoutTime) read(conv byte, s string, i, end int) int {
	switch conv {
	case 'b':
		if t.month = Month(s, i, end); t.month == 0 {
			return -1
		}
		return i + 3
	case 'B':
		if t.month = Month(s, i, end); t.month == 0 {
			return -1
		}
		return letters(s, i, end)
	case 'A', 'Z':
		return letters(s, i, end)
	case 'p':
		if i+2 > end || s[i+1]|0x20 != 'm' || s[i]|0x20 != 'a' && s[i]|0x20 != 'p' {
			return -1
		}
		if s[i]|0x20 == 'p' {
			t.half = 12
		}
		return i + 2
	case 'a':
		if i+3 > end {
			return -1
		}
		return i + 3
	case 'z':
		i, t.offset = Offset(s, i, end)
		return i
	case 's':
		t.isEpoch = true
		if i, t.epoch = Uint(s, i, end); t.epoch > (1<<63-1)/second {
			return -1
		}
		return i
	}
	width := 2
	switch conv {
	case 'Y':
		width = 4
	case 'j':
		width = 3
	case 'u', 'w':
		width = 1
	}
	from := i
	if (conv == 'd' || conv == 'H' || conv == 'I') && i < end && s[i] == ' ' { // %e, %k and %l fill up with a blank
		from, width = i+1, 1
	}
	n := Digits(s, from, end, width)
	if n < 0 {
		return -1
	}
	switch conv {
	case 'Y':
		t.year = n
	case 'y':
		t.year = 2000 + n
		if n >= 69 { // POSIX
			t.year = 1900 + n
		}
	case 'm':
		t.month = n
	case 'd':
		t.day = n
	case 'H':
		t.hour = n
	case 'I':
		t.hour, t.twelve = n, true
	case 'M':
		t.minute = n
	case 'S':
		t.second = n
	}
	return from + width
}

// letters passes over the letters at i and returns where they end, or -1 where there is none.
func letters(s string, i, end int) int {
	e := i
	for e < end && (s[e]|0x20 >= 'a' && s[e]|0x20 <= 'z') {
		e++
	}
	if e == i {
		return -1
	}
	return e
}
