// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// part is what a printed time tells; START_TIME may stand in a format several times, each time with another part.
type part uint8

const (
	partDate part = 1 << iota
	partClock
	partSecond
	partFraction
	partEpoch
	partZone
)

// layout is a time format of START_TIME and the like (source/common/common/utility.cc, DateFormatter, and below it
// abseil's absl::FormatTime), made ready to read times by it. It never changes.
type layout struct {
	steps []clockStep
	parts part
	// width is the length of the printed time where it is always the same, else 0.
	width int
	// digits is how many digits of a second's fraction it prints.
	digits int
	// odd says that what it prints is not known in each byte: a conversion has a flag or a width of C's strftime, or a name
	// runs into a letter.
	odd bool
}

// clockStep is one conversion; conv 0 is the literal byte.
type clockStep struct {
	conv, literal byte
	n             int // bytes that it prints; 0 where that is not always the same
}

// Conversions that do not go by their own letter.
const (
	convZones    = 'Z' // the zone's name
	convOffset   = 'z' // ±hh, with or without a colon, minutes and seconds
	convWord     = 'A' // a word that tells nothing, such as a day of the week
	convVariable = 'v' // digits of a fraction without zeros at the end, with the point before them
	convSkip     = 'U' // n digits that tell nothing
)

// fixedOffsets are abseil's spellings of the zone's offset, with the most that they print; 0 where it has seconds only
// sometimes.
var fixedOffsets = []struct {
	spelled string
	n       int
}{{"Ez", len("+00:00")}, {"E*z", 0}, {"::z", 0}, {":::z", 0}, {":z", len("+00:00")}}

// composites are conversions that are short for others.
var composites = map[byte]string{
	'T': "%H:%M:%S", 'X': "%H:%M:%S", 'R': "%H:%M", 'F': "%Y-%m-%d", 'D': "%m/%d/%y", 'x': "%m/%d/%y", 'r': "%I:%M:%S %p",
	'c': "%a %b %e %H:%M:%S %Y", 'h': "%b",
}

// defaultTime and localTime are what START_TIME and START_TIME_LOCAL print without an argument.
const (
	defaultTime = "%Y-%m-%dT%H:%M:%E3SZ"
	localTime   = "%Y-%m-%dT%H:%M:%E3S%z"
)

// newLayout compiles a time format. All formats compile: those that tell too little have too few parts.
func newLayout(format string) *layout {
	l := &layout{}
	seen := map[byte]bool{}
	l.compile(format, seen)
	date := (seen['Y'] || seen['y']) && (seen['m'] || seen['b'] || seen['B']) && (seen['d'] || seen['e'])
	hour := seen['H'] || seen['k'] || (seen['I'] || seen['l']) && seen['p']
	for _, p := range []struct {
		part part
		has  bool
	}{
		{partDate, date || (seen['Y'] || seen['y']) && seen['j']},
		{partClock, hour && seen['M']},
		{partSecond, seen['S']},
		{partFraction, seen['f'] || seen[convVariable]},
		{partEpoch, seen['s']},
		{partZone, seen[convOffset]},
	} {
		if p.has {
			l.parts |= p.part
		}
	}
	l.measure()
	return l
}

// compile adds the steps of a format and notes the letters of its conversions.
func (l *layout) compile(format string, seen map[byte]bool) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			l.steps = append(l.steps, clockStep{literal: format[i]})
			continue
		}
		rest := format[i+1:]
		c := rest[0]
		if short, ok := composites[c]; ok {
			l.compile(short, seen)
			i++
			continue
		}
		if n := l.extended(rest, seen); n > 0 {
			i += n
			continue
		}
		step := clockStep{conv: c}
		switch c {
		case '%', 't', 'n':
			step = clockStep{literal: map[byte]byte{'%': '%', 't': '\t', 'n': '\n'}[c]}
		case 'Y', 'y', 'm', 'd', 'e', 'H', 'k', 'I', 'l', 'M', 'S', 'b', 'B', 'j', 'p', 's', convZones, convOffset:
			step.n, seen[c] = widths[c], true
		case 'f': // Envoy's own: nanoseconds
			step.n, l.digits = 9, 9
			seen[c] = true
		case 'a', 'A':
			step.conv = convWord
		case 'P': // as %p, in small letters
			l.add('p', seen)
			i++
			continue
		case 'u', 'w':
			step = clockStep{conv: convSkip, n: 1}
		case 'U', 'W', 'V', 'g', 'C':
			step = clockStep{conv: convSkip, n: 2}
		case 'G':
			step = clockStep{conv: convSkip, n: 4}
		default: // printed as it stands
			l.odd = l.odd || strings.IndexByte("-_0^#+123456789EO", c) >= 0
			l.steps = append(l.steps, clockStep{literal: '%'})
			continue
		}
		l.steps = append(l.steps, step)
		i++
	}
}

// extended adds the steps of a conversion of several letters at the start of s, which follows the percent sign, and
// returns its length; 0 where there is none.
func (l *layout) extended(s string, seen map[byte]bool) int {
	for _, z := range fixedOffsets {
		if strings.HasPrefix(s, z.spelled) {
			l.steps = append(l.steps, clockStep{conv: convOffset, n: z.n})
			seen[convOffset] = true
			return len(z.spelled)
		}
	}
	switch {
	case len(s) >= 2 && s[0] >= '1' && s[0] <= '9' && s[1] == 'f': // Envoy's own
		l.fraction(int(s[0]-'0'), seen)
		return 2
	case len(s) < 2 || s[0] != 'E':
		return 0
	case s[1] == 'Y' || s[1] == 'y': // the year in another era, of which the C locale has none
		l.add(s[1], seen)
		return 2
	case strings.HasPrefix(s, "E4Y"):
		l.add('Y', seen)
		return 3
	case strings.HasPrefix(s, "E*S"):
		l.add('S', seen)
		l.add(convVariable, seen)
		l.digits = 9
		return 3
	case strings.HasPrefix(s, "E*f"):
		l.add('f', seen)
		l.digits = 9
		return 3
	}
	k := 1
	n := 0
	for k < len(s) && k < 4 && s[k]-'0' <= 9 {
		n = n*10 + int(s[k]-'0')
		k++
	}
	switch {
	case k == 1 || k >= len(s) || s[k] != 'S' && s[k] != 'f':
		return 0
	case s[k] == 'S':
		l.add('S', seen)
		if n > 0 {
			l.steps = append(l.steps, clockStep{literal: '.'})
		}
	}
	if n > 0 {
		l.fraction(n, seen)
	}
	return k + 1
}

// add adds a conversion that goes by its letter.
func (l *layout) add(conv byte, seen map[byte]bool) {
	l.steps = append(l.steps, clockStep{conv: conv, n: widths[conv]})
	seen[conv] = true
}

// fraction adds n digits of a second's fraction.
func (l *layout) fraction(n int, seen map[byte]bool) {
	l.steps = append(l.steps, clockStep{conv: 'f', n: n})
	l.digits = max(l.digits, min(n, 9))
	seen['f'] = true
}

// widths are the lengths of the conversions whose length is always the same.
var widths = map[byte]int{'Y': 4, 'y': 2, 'm': 2, 'd': 2, 'e': 2, 'H': 2, 'k': 2, 'I': 2, 'l': 2, 'M': 2, 'S': 2, 'b': 3, 'j': 3, 'p': 2, convOffset: len("+0000")}

// measure finds the width of what the layout prints, and whether a name runs into a letter.
func (l *layout) measure() {
	for i, s := range l.steps[:max(0, len(l.steps)-1)] {
		name := s.conv == convWord || s.conv == 'B' || s.conv == convZones
		next := l.steps[i+1]
		l.odd = l.odd || name && next.conv == 0 && isLetter(next.literal)
	}
	for _, s := range l.steps {
		n := s.n
		if s.conv == 0 && s.literal >= ' ' { // in JSON others have two
			n = 1
		}
		if n == 0 {
			l.width = 0
			return
		}
		l.width += n
	}
}

// example is a time as the layout prints it.
func (l *layout) example() string {
	var b strings.Builder
	for _, s := range l.steps {
		switch s.conv {
		case 0:
			b.WriteByte(s.literal)
		case convVariable:
			b.WriteString(".5")
		default:
			b.WriteString(scan.Example(s.conv, s.n))
		}
	}
	return b.String()
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// complete reports whether parts tell a moment, but for the zone.
func (p part) complete() bool {
	return p&partEpoch != 0 || p&(partDate|partClock) == partDate|partClock
}

// wall reports whether what the parts tell is a clock's time and not an instant.
func (p part) wall() bool { return p&(partEpoch|partZone) == 0 }
