// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"cmp"
	"time"

	"github.com/proxylog/proxylog/internal/scan"
)

const (
	dayNS = int64(24 * time.Hour)
	// leapYear is one that has every date that some year has.
	leapYear = 2024
)

// knownDate is the date of the line before. Lines of one log are close in time, so that mostly the clock alone has to be
// read, or nothing.
type knownDate struct {
	// text is "Nov 22 " as it stands in the line, 0 for none, and clock what stood behind it, "13:45:01".
	text, clock uint64
	// midnight is when the date began, and wall what the clock showed, both as nanoseconds since 1970 as if in UTC;
	// instant is the moment.
	midnight, wall, instant int64
}

const (
	// dateLen and clockLen are the bytes of a date with its blank, and of a clock.
	dateLen, clockLen = 7, 8
	// dateBytes are those of the date in eight bytes of the line.
	dateBytes = 1<<(8*dateLen) - 1
)

// bsdTime reads "Mmm dd hh:mm:ss " at i, with one or two blanks before the day, with a year where the daemon adds one,
// and with a fraction as syslog-ng and Cisco-style daemons add it, and returns where the rest begins.
func (p *Parser) bsdTime(line string, i int, observed int64, h *Header) (int, bool) {
	k := p.sameDate(line, i, observed)
	if k < 0 {
		if k = p.anyDate(line, i, observed); k < 0 {
			return 0, false
		}
	}
	var frac int64
	if k+1 < len(line) && line[k] == '.' {
		fe, f := scan.Fraction(line, k+1, len(line))
		if fe < 0 {
			return 0, false
		}
		k, frac = fe, f
	}
	if k >= len(line) || line[k] != ' ' {
		return 0, false
	}
	d := &p.date
	h.Wall, h.Time = d.wall+frac, p.fold(d.wall, d.instant, observed)+frac
	return k + 1, true
}

// sameDate reads a date and clock into p.date where the date is that of the line before, and returns the byte behind
// them; -1 where they have to be read in full.
func (p *Parser) sameDate(line string, i int, observed int64) int {
	d := &p.date
	if i+dateLen+clockLen > len(line) || scan.Eight(line, i)&dateBytes != d.text {
		return -1
	}
	if clock := scan.Eight(line, i+dateLen); clock != d.clock {
		ns := scan.Clock(line, i+dateLen, len(line))
		if ns < 0 {
			return -1
		}
		d.clock, d.wall = clock, d.midnight+ns
		d.instant = p.zone.Instant(d.wall)
	}
	// By the rule of yearly the year is still the same: it is possible, and the next one is not.
	const nextYear = 362 * dayNS
	if d.wall > observed+3*dayNS || d.instant > observed+dayNS || observed >= d.wall+nextYear {
		return -1
	}
	return i + dateLen + clockLen
}

// anyDate reads a date and clock into p.date, and returns the byte behind them or -1.
func (p *Parser) anyDate(line string, i int, observed int64) int {
	mon := scan.Month(line, i, len(line))
	if mon == 0 || i+15 > len(line) || line[i+3] != ' ' {
		return -1
	}
	k := skipBlank(line, i+4)
	e, d := scan.Uint(line, k, len(line))
	if e < 0 || e-k > 2 || e >= len(line) || line[e] != ' ' {
		return -1
	}
	k = e + 1
	year := int64(0)
	if y := scan.Digits(line, k, len(line), 4); y >= 1970 && k+4 < len(line) && line[k+4] == ' ' {
		year, k = y, k+5
	}
	clock := scan.Clock(line, k, len(line))
	if clock < 0 || !scan.ValidDate(cmp.Or(year, leapYear), mon, d) {
		return -1
	}
	wall, instant := p.yearly(mon, d, year, clock, observed)
	p.date = knownDate{midnight: wall - clock, wall: wall, instant: instant}
	if k == i+dateLen {
		p.date.text, p.date.clock = scan.Eight(line, i)&dateBytes, scan.Eight(line, k)
	}
	return k + clockLen
}

// yearly is what the clock showed at a date that may be without a year, as if in UTC, and the instant at which it did. A
// year that is missing (0) is the latest in which the date exists and is not more than a day ahead of the time of
// reading.
func (p *Parser) yearly(mon, d, year, clock, observed int64) (wall, instant int64) {
	if year != 0 {
		wall = scan.Days(year, mon, d)*dayNS + clock
		return wall, p.zone.Instant(wall)
	}
	for year = int64(time.Unix(0, observed).UTC().Year()) + 1; ; year-- {
		if !scan.ValidDate(year, mon, d) {
			continue
		}
		wall = scan.Days(year, mon, d)*dayNS + clock
		if wall > observed+3*dayNS {
			// In no zone of the world is it that late; asking the zone would only make it forget its last offset.
			continue
		}
		if instant = p.zone.Instant(wall); instant <= observed+dayNS {
			return wall, instant
		}
	}
}

// fold decides which run of an hour is meant that the clock shows twice, when it is set back: the second one where the
// clock stood later in the line before, or where the line is read in that moment. first is the instant of the first run.
func (p *Parser) fold(wall, first, observed int64) int64 {
	const (
		// jitter is how far lines may be out of order, live how old a line may be that is read as it is written.
		jitter = int64(10 * time.Minute)
		live   = int64(5 * time.Minute)
	)
	last := p.last
	p.last = wall
	again := p.zone.Again(wall)
	if again == first {
		p.second = false
		return first
	}
	switch {
	case again > observed+live:
		p.second = false
	case last-wall > jitter && last-wall < int64(2*time.Hour), observed-again < live:
		p.second = true
	}
	if p.second {
		return again
	}
	return first
}
