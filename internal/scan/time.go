// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // images made of the Collector alone, and Windows, have no zones of their own
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

// monthDays bounds the day of a month in a leap year.
var monthDays = [13]int64{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// minYear and maxYear are the first and the last year all of whose nanoseconds since 1970 fit into 64 bits, in any zone.
const (
	minYear = 1678
	maxYear = 2261
)

// ValidDate reports whether the Gregorian calendar has the date, and whether it can be told in nanoseconds since 1970: other
// years would come out as some year in between.
func ValidDate(year, month, dayOfMonth int64) bool {
	return year >= minYear && year <= maxYear && month >= 1 && month <= 12 && dayOfMonth >= 1 && dayOfMonth <= monthDays[month] &&
		(dayOfMonth != 29 || month != 2 || leap(year))
}

// ValidYearDay reports whether the year has a day of that number, counted from 1.
func ValidYearDay(year, n int64) bool { return n >= 1 && (n <= 365 || n == 366 && leap(year)) }

// leap reports whether the year's February has 29 days.
func leap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

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

// Standard is by how much the zone's standard time is ahead of UTC at an instant, in nanoseconds, also where the clock shows
// summer time.
func (z *Zone) Standard(ns int64) int64 {
	if z.loc == nil || z.loc == time.UTC {
		return 0
	}
	t := time.Unix(0, ns).In(z.loc)
	if t.IsDST() {
		// The time before is standard time, and where there is none the one behind.
		start, end := t.ZoneBounds()
		if before := start.Add(-1); !start.IsZero() && !before.IsDST() {
			t = before
		} else if !end.IsZero() {
			t = end
		}
	}
	_, off := t.Zone()
	return int64(off) * second
}

// look finds the offsets of wall's quarter of an hour. A clock that is set within one, as St. John's was at a minute past
// midnight, is asked for every time of it.
func (z *Zone) look(wall int64) {
	const quarter = 900 * second
	q := floorDiv(wall, quarter)
	if z.known && q == z.quarter {
		return
	}
	z.offset, z.later = z.at(wall)
	first, firstLater := z.at(q * quarter)
	last, lastLater := z.at((q+1)*quarter - second)
	z.quarter, z.known = q, first == last && firstLater == lastLater
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
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%w; write Local, UTC, or a name such as Europe/Berlin", err)
	}
	return loc, nil
}
