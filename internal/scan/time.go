// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"strings"
	"time"
)

const (
	second = int64(time.Second)
	day    = 86400 * second
)

// Days is the number of days from 1970-01-01 to a date of the proleptic Gregorian calendar.
func Days(year, month, dayOfMonth int64) int64 {
	// Years are counted from March, so that the leap day comes last.
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + dayOfMonth - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// monthDays bounds the day of a month; February's leap day is allowed in every year.
var monthDays = [13]int64{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func validDate(month, dayOfMonth int64) bool {
	return month >= 1 && month <= 12 && dayOfMonth >= 1 && dayOfMonth <= monthDays[month]
}

// Month reads an English month of three letters at i; 0 where there is none.
func Month(s string, i, end int) int64 {
	if i+3 > end {
		return 0
	}
	switch s[i : i+3] {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

// Clock reads hh:mm:ss at i and returns nanoseconds of the day; -1 where there is none. A leap second is allowed.
func Clock(s string, i, end int) int64 {
	if i+8 > end || s[i+2] != ':' || s[i+5] != ':' {
		return -1
	}
	h, m, sec := Digits(s, i, end, 2), Digits(s, i+3, end, 2), Digits(s, i+6, end, 2)
	if h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 {
		return -1
	}
	return (h*3600 + m*60 + sec) * second
}

// Fraction reads the digits of a fraction of a second at i (after the point) and returns the end and nanoseconds;
// digits beyond the ninth are passed over.
func Fraction(s string, i, end int) (int, int64) {
	var n int64
	unit := second / 10
	from := i
	for i < end {
		c := s[i] - '0'
		if c > 9 {
			break
		}
		n += int64(c) * unit
		unit /= 10
		i++
	}
	if i == from {
		return -1, 0
	}
	return i, n
}

// CommonDate reads dd/Mon/yyyy:hh:mm:ss[.fraction] at i, as HAProxy and the common log format print it, and returns the
// end and the nanoseconds since 1970 that the clock would show in UTC: the caller knows the zone.
func CommonDate(s string, i, end int) (int, int64) {
	if i+20 > end || s[i+2] != '/' || s[i+6] != '/' || s[i+11] != ':' {
		return -1, 0
	}
	d, mon, y := Digits(s, i, end, 2), Month(s, i+3, end), Digits(s, i+7, end, 4)
	c := Clock(s, i+12, end)
	if !validDate(mon, d) || y < 0 || c < 0 {
		return -1, 0
	}
	ns := Days(y, mon, d)*day + c
	i += 20
	if i+1 < end && s[i] == '.' {
		e, f := Fraction(s, i+1, end)
		if e < 0 {
			return -1, 0
		}
		i, ns = e, ns+f
	}
	return i, ns
}

// RFC3339 reads yyyy-mm-ddThh:mm:ss[.fraction](Z|±hh:mm|±hhmm) at i and returns the end and nanoseconds since 1970. A
// blank or a small t may stand for the T. zoned is false where no zone follows; then the time is as in UTC.
func RFC3339(s string, i, end int) (e int, ns int64, zoned bool) {
	if i+19 > end || s[i+4] != '-' || s[i+7] != '-' || s[i+10] != 'T' && s[i+10] != ' ' && s[i+10] != 't' {
		return -1, 0, false
	}
	y, mon, d := Digits(s, i, end, 4), Digits(s, i+5, end, 2), Digits(s, i+8, end, 2)
	c := Clock(s, i+11, end)
	if y < 0 || !validDate(mon, d) || c < 0 {
		return -1, 0, false
	}
	ns = Days(y, mon, d)*day + c
	i += 19
	if i+1 < end && (s[i] == '.' || s[i] == ',') {
		e, f := Fraction(s, i+1, end)
		if e < 0 {
			return -1, 0, false
		}
		i, ns = e, ns+f
	}
	if i < end && (s[i] == 'Z' || s[i] == 'z') {
		return i + 1, ns, true
	}
	if e, off := Offset(s, i, end); e >= 0 {
		return e, ns - off, true
	}
	return i, ns, false
}

// Offset reads ±hh:mm or ±hhmm at i and returns the end and the offset in nanoseconds.
func Offset(s string, i, end int) (int, int64) {
	if i+5 > end || s[i] != '+' && s[i] != '-' {
		return -1, 0
	}
	neg := s[i] == '-'
	h := Digits(s, i+1, end, 2)
	k := i + 3
	if s[k] == ':' {
		k++
	}
	m := Digits(s, k, end, 2)
	if h < 0 || m < 0 || h > 23 || m > 59 {
		return -1, 0
	}
	off := (h*3600 + m*60) * second
	if neg {
		off = -off
	}
	return k + 2, off
}

// Duration reads a number with the unit ns, us, µs, μs, ms, s, m or h at the start of s, as Rust and Go print it, and
// returns nanoseconds. All of s has to be one such duration; 1h2m3s is not.
func Duration(s string) (int64, bool) {
	e, n := Uint(s, 0, len(s))
	if e < 0 {
		return 0, false
	}
	var frac, scale float64 = 0, 1
	if e < len(s) && s[e] == '.' {
		for e++; e < len(s) && s[e]-'0' <= 9; e++ {
			scale /= 10
			frac += float64(s[e]-'0') * scale
		}
	}
	var unit int64
	switch s[e:] {
	case "ns":
		unit = 1
	case "us", "µs", "μs":
		unit = 1e3
	case "ms":
		unit = 1e6
	case "s":
		unit = 1e9
	case "m":
		unit = 60e9
	case "h":
		unit = 3600e9
	default:
		return 0, false
	}
	if n > (1<<63-1)/unit-1 {
		return 0, false
	}
	return n*unit + int64(frac*float64(unit)+0.5), true
}

// Zone turns clock times of a time zone into instants. Lines of one log are close in time, so that one look-up serves
// for all of the same quarter of an hour. It is not safe for concurrent use.
type Zone struct {
	loc     *time.Location
	quarter int64
	offset  int64
	// later is the offset of the second time that the clock shows the quarter; offset where it shows it once.
	later int64
	known bool
}

// NewZone makes a Zone of a location; nil is UTC.
func NewZone(loc *time.Location) Zone { return Zone{loc: loc} }

// Instant is the instant at which the zone's clock shows wall, given as nanoseconds since 1970 as if in UTC. A time
// that the clock shows twice is the first of the two; one that it never shows is moved by the gap.
func (z *Zone) Instant(wall int64) int64 {
	if z.loc == nil || z.loc == time.UTC {
		return wall
	}
	z.look(wall)
	return wall - z.offset
}

// Again is the instant at which the zone's clock shows wall for the second time, because it was set back in between; it
// is that of Instant where the clock shows wall only once.
func (z *Zone) Again(wall int64) int64 {
	if z.loc == nil || z.loc == time.UTC {
		return wall
	}
	z.look(wall)
	return wall - z.later
}

// Latest is the last instant at which the zone's clock showed wall and that is not after limit, for a time in an hour
// that the clock shows twice; where it is shown once or there is none before the limit, it is that of Instant.
func (z *Zone) Latest(wall, limit int64) int64 {
	if again := z.Again(wall); again <= limit {
		return again
	}
	return z.Instant(wall)
}

// look finds the offsets of wall's quarter of an hour.
func (z *Zone) look(wall int64) {
	const quarter = 900 * second
	if q := floorDiv(wall, quarter); !z.known || q != z.quarter {
		z.quarter, z.known = q, true
		z.offset, z.later = z.at(q * quarter)
	}
}

// at is the offset by which the clock shows wall: that of the day before where it is possible, else that of the day
// after. Where both are, the second is the later one's.
func (z *Zone) at(wall int64) (first, again int64) {
	before, after := z.offsetAt(wall-day), z.offsetAt(wall+day)
	if before == after {
		return before, before
	}
	is, becomes := z.offsetAt(wall-before) == before, z.offsetAt(wall-after) == after
	switch {
	case is && becomes:
		return before, after
	case becomes:
		return after, after
	}
	return before, before
}

// offsetAt is the zone's offset at an instant, in nanoseconds.
func (z *Zone) offsetAt(ns int64) int64 {
	_, off := time.Unix(0, ns).In(z.loc).Zone()
	return int64(off) * second
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// LoadZone is time.LoadLocation with "" and Local for the local zone of the process.
func LoadZone(name string) (*time.Location, error) {
	switch strings.ToLower(name) {
	case "", "local":
		return time.Local, nil
	case "utc", "z", "gmt":
		return time.UTC, nil
	}
	return time.LoadLocation(name)
}
