// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import "fmt"

// Layout is a layout of C's strftime, made ready to read times by it. It never changes.
type Layout struct {
	steps []layoutStep
	// Instant says that the text tells the instant, by its zone or as seconds since 1970; else it is a clock time.
	Instant bool
}

// layoutStep is a conversion, or a byte that stands for itself where conv is 0.
type layoutStep struct{ conv, literal byte }

// composite conversions are short for others.
var composite = map[byte]string{'T': "%H:%M:%S", 'R': "%H:%M", 'F': "%Y-%m-%d", 'D': "%m/%d/%y"}

// NewLayout compiles a layout. It has to hold a date and a time of day, or seconds since 1970; the error names what is
// missing, or a conversion that cannot be read back.
func NewLayout(layout string) (*Layout, error) {
	l := &Layout{}
	seen := map[byte]bool{}
	if err := l.compile(layout, seen); err != nil {
		return nil, err
	}
	l.Instant = seen['z'] || seen['s']
	date := (seen['Y'] || seen['y']) && (seen['m'] || seen['b']) && seen['d']
	if !seen['s'] && (!date || !seen['H'] || !seen['M']) {
		return nil, fmt.Errorf("%q has no date or no time of day", layout)
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
		case 'T', 'R', 'F', 'D':
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
		case 'Y', 'y', 'm', 'b', 'd', 'H', 'M', 'S', 'z', 's', 'a', 'j':
		default:
			return fmt.Errorf("%%%c cannot be read back", c)
		}
		seen[c] = true
		l.steps = append(l.steps, layoutStep{conv: c})
	}
	return nil
}

// layoutTime is what was read so far.
type layoutTime struct {
	year, month, day, hour, minute, second int64
	epoch, offset                          int64
	isEpoch                                bool
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
	}
	from := i
	if conv == 'd' && i < end && s[i] == ' ' { // %e fills up with a blank
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
	case 'M':
		t.minute = n
	case 'S':
		t.second = n
	}
	return from + width
}
