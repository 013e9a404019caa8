// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"strings"
)

// Layout is a layout of C's strftime, made ready to read times by it. It never changes.
type Layout struct {
	steps []layoutStep
	// Instant says that the text tells the instant, by its zone or as seconds since 1970; else it is a clock time.
	Instant bool
	// Epoch says that it holds seconds since 1970.
	Epoch bool
	// Date, Clock and Zone say what the text holds: a whole date, a time of day to the minute, a zone.
	Date, Clock, Zone bool
	// ordinal says that the date is a day of the year.
	ordinal bool
	// encode is what is printed of a byte that stands for itself, nil for the byte; blank is that of the blank that may stand
	// for the first digit, "" for one blank.
	encode func(byte) string
	blank  string
}

// layoutStep is a conversion, or a byte that stands for itself where conv is 0.
type layoutStep struct {
	conv, literal byte
	// width is how many digits the conversion prints, 0 for what is no number; blank allows a blank for the first one.
	width uint8
	blank bool
}

// newStep is the step of a conversion. What %e, %k and %l print with a blank has another letter by now.
func newStep(conv byte) layoutStep {
	s := layoutStep{conv: conv}
	switch conv {
	case 'Y':
		s.width = 4
	case 'j':
		s.width = 3
	case 'y', 'm', 'M', 'S', 'U', 'W', 'V':
		s.width = 2
	case 'd', 'H', 'I':
		s.width, s.blank = 2, true
	case 'u', 'w':
		s.width = 1
	}
	return s
}

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
func NewPartialLayout(layout string) (*Layout, error) { return newPartial(&Layout{}, layout) }

// NewEncodedLayout is NewPartialLayout of what was printed so and then encoded byte by byte; encode gives each byte's text,
// which for letters, digits, colons and signs is the byte itself.
func NewEncodedLayout(layout string, encode func(byte) string) (*Layout, error) {
	return newPartial(&Layout{encode: encode, blank: encode(' ')}, layout)
}

func newPartial(l *Layout, layout string) (*Layout, error) {
	seen := map[byte]bool{}
	if err := l.compile(layout, seen); err != nil {
		return nil, err
	}
	l.Instant, l.Epoch = seen['z'] || seen['s'], seen['s']
	l.ordinal = (seen['Y'] || seen['y']) && seen['j'] && !seen['m'] && !seen['b'] && !seen['d']
	l.Date = seen['s'] || l.ordinal || (seen['Y'] || seen['y']) && (seen['m'] || seen['b']) && seen['d']
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
			l.literal(layout[i])
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
			l.literal('%')
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
		l.steps = append(l.steps, newStep(c))
	}
	return nil
}

// literal adds a byte that stands for itself.
func (l *Layout) literal(b byte) {
	text := string([]byte{b})
	if l.encode != nil {
		text = l.encode(b)
	}
	for i := range len(text) {
		l.steps = append(l.steps, layoutStep{literal: text[i]})
	}
}

// Example is a time as the layout prints it.
func (l *Layout) Example() string {
	var b strings.Builder
	for _, step := range l.steps {
		if step.conv == 0 {
			b.WriteByte(step.literal)
		} else {
			b.WriteString(Example(step.conv, int(step.width)))
		}
	}
	return b.String()
}

// Example is what a conversion of strftime could print; width is how many digits one has that prints a number, which may
// be a month, a day, an hour and so on.
func Example(conv byte, width int) string {
	if text := examples[conv]; text != "" {
		return text
	}
	return strings.Repeat("1", width)
}

// examples are texts of the conversions that print something else than digits that may all be one.
var examples = map[byte]string{
	'Y': "2026", 'b': "Nov", 'B': "November", 'a': "Wed", 'A': "Wednesday", 'p': "AM", 'z': "+0000", 'Z': "UTC", 's': "1794395471",
}

// layoutTime is what was read so far.
type layoutTime struct {
	Printed
	epoch, offset int64
	isEpoch       bool
}

// Read reads a time at i and returns where it ends, or -1, and nanoseconds since 1970: of the instant where the text
// tells it, else as if the clock were in UTC.
func (l *Layout) Read(s string, i, end int) (int, int64) {
	t := layoutTime{Printed: Printed{Month: 1, Day: 1}}
	for _, step := range l.steps {
		switch {
		case step.blank && l.blank != "" && strings.HasPrefix(s[i:end], l.blank):
			i = t.Number(step.conv, int(step.width)-1, false, s, i+len(l.blank), end)
		case step.width > 0:
			i = t.Number(step.conv, int(step.width), step.blank, s, i, end)
		case step.conv > 0:
			i = t.read(step.conv, s, i, end)
		case i < end && s[i] == step.literal:
			i++
		default:
			i = -1
		}
		if i < 0 {
			return -1, 0
		}
	}
	if t.isEpoch {
		return i, t.epoch * second
	}
	if !l.Date && !l.Clock {
		return i, t.offset
	}
	if t.Twelve && (t.Hour < 1 || t.Hour > 12) {
		return -1, 0
	}
	ns, ok := t.TimeOfDay()
	if l.Date {
		ok = ok && t.Year >= 1900 && ValidDate(t.Year, t.Month, t.Day)
		ns += Days(t.Year, t.Month, t.Day) * day
	}
	if l.ordinal {
		ok = ok && ValidYearDay(t.Year, t.YearDay)
		ns += (t.YearDay - 1) * day
	}
	if !ok {
		return -1, 0
	}
	return i, ns - t.offset
}

// read reads one conversion that is no number of a fixed width at i and returns where it ends, or -1.
func (t *layoutTime) read(conv byte, s string, i, end int) int {
	switch conv {
	case 'b':
		if t.Month = Month(s, i, end); t.Month == 0 {
			return -1
		}
		return i + 3
	case 'B':
		if t.Month = Month(s, i, end); t.Month == 0 {
			return -1
		}
		return letters(s, i, end)
	case 'A', 'Z':
		return letters(s, i, end)
	case 'p':
		if i+2 > end || s[i+1]|0x20 != 'm' || s[i]|0x20 != 'a' && s[i]|0x20 != 'p' {
			return -1
		}
		t.Afternoon = s[i]|0x20 == 'p'
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
	return -1
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
