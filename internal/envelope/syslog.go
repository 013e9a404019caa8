// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/scan"
)

// Parser reads the headers of one source. It remembers the zone's last offset and the last clock time, and is not safe
// for concurrent use.
type Parser struct {
	zone scan.Zone
	// last is the clock time before this one, and second says that it was in an hour that the clock showed twice, and
	// in the second run of it.
	last   int64
	second bool
	tag    knownTag
}

// knownTag is a host, tag and process id as they stood in the line before, with the colon and blank behind them, and what
// was read of them: lines of one source mostly have the same.
type knownTag struct {
	text      [maxTag + 8]byte
	len       int // of text, 0 for none
	host, app int // their lengths
	pid       int64
}

// NewParser makes a Parser for header times in the given zone.
func NewParser(loc *time.Location) Parser { return Parser{zone: scan.NewZone(loc)} }

// Parse reads the header of line; observed, in nanoseconds since 1970, is when the line was read and supplies the year
// that RFC 3164 leaves out. A line without a header is all text: it returns Kind None and never fails.
func (p *Parser) Parse(line string, observed int64) Header {
	h := Header{Priority: -1, End: len(line)}
	i := p.priority(line, &h)
	if h.Priority >= 0 && strings.HasPrefix(line[i:], "1 ") && p.rfc5424(line, i+2, &h) {
		return h
	}
	if e, ok := p.bsdTime(line, i, observed, &h); ok {
		if n := level(line, e, &h); n > 0 {
			h.Kind, h.Start = Stdlog, n
			return h
		}
		h.Kind = RFC3164
		p.hostAndTag(line, e, &h)
		return h
	}
	if e, ns, zoned := scan.RFC3339(line, i, len(line)); e > 0 && e < len(line) && line[e] == ' ' && zoned {
		h.Time, h.Precise = ns, fractional(line[i:e])
		h.Kind = Timed
		// rsyslog's file format has a host and a tag behind the same time that HAProxy's iso has alone.
		h.Start = e + 1
		if p.hostAndTag(line, e+1, &h) {
			h.Kind = RFC3164
		}
		return h
	}
	// A tag alone is looked for only where the line begins with a letter: most lines without a header begin with an
	// address, a number or a brace.
	if i < len(line) && (line[i]|0x20) >= 'a' && (line[i]|0x20) <= 'z' {
		if e := tagPID(line, i, &h); e > 0 {
			h.Kind = Tag
			h.Start = skipBlank(line, e)
			return h
		}
	}
	if h.Priority >= 0 {
		h.Kind = Timed
	}
	h.Start = i
	return h
}

// priority reads <n> at the start and returns where the rest begins.
func (p *Parser) priority(line string, h *Header) int {
	if len(line) < 3 || line[0] != '<' {
		return 0
	}
	e, n := scan.Uint(line, 1, min(len(line), 5))
	if e < 0 || e >= len(line) || line[e] != '>' || n > 191 {
		return 0
	}
	h.Priority = int16(n)
	return e + 1
}

// bsdTime reads "Mmm dd hh:mm:ss " at i, with one or two blanks before the day, and with a year where the daemon adds one.
func (p *Parser) bsdTime(line string, i int, observed int64, h *Header) (int, bool) {
	mon := scan.Month(line, i, len(line))
	if mon == 0 || i+15 > len(line) || line[i+3] != ' ' {
		return 0, false
	}
	k := skipBlank(line, i+4)
	e, d := scan.Uint(line, k, len(line))
	if e < 0 || e-k > 2 || d < 1 || d > 31 || e >= len(line) || line[e] != ' ' {
		return 0, false
	}
	k = e + 1
	year := int64(0)
	if y := scan.Digits(line, k, len(line), 4); y >= 1970 && k+4 < len(line) && line[k+4] == ' ' {
		year, k = y, k+5
	}
	clock := scan.Clock(line, k, len(line))
	if clock < 0 {
		return 0, false
	}
	k += 8
	var frac int64
	if k+1 < len(line) && line[k] == '.' {
		// syslog-ng and Cisco-style daemons add a fraction.
		fe, f := scan.Fraction(line, k+1, len(line))
		if fe < 0 {
			return 0, false
		}
		k, frac = fe, f
	}
	if k >= len(line) || line[k] != ' ' {
		return 0, false
	}
	wall, instant := p.yearly(mon, d, year, clock, observed)
	instant = p.fold(wall, instant, observed)
	h.Wall, h.Time = wall+frac, instant+frac
	return k + 1, true
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

// level reads the level behind the time of g3proxy's stdout driver, slog's short names, and returns where the text
// begins; 0 where no level stands there. Only that driver has a fraction of a second without a host behind it.
func level(line string, i int, h *Header) int {
	if i+5 > len(line) || line[i] == ' ' || line[i+4] != ' ' || line[i-2]-'0' > 9 || line[i-5] != '.' {
		return 0
	}
	n := strings.Index("CRIT ERRO WARN      INFO DEBG TRCE ", line[i:i+5])
	if n < 0 || n%5 != 0 {
		return 0
	}
	// The levels of syslog, in which notice is the one between WARN and INFO; there is none for TRCE.
	h.Priority = min(int16(n/5)+2, 7)
	return i + 5
}

// yearly is what the clock showed at a date that may be without a year, as if in UTC, and the instant at which it did. A
// year that is missing (0) is the latest in which the date exists and is not more than a day ahead of the time of
// reading.
func (p *Parser) yearly(mon, d, year, clock, observed int64) (wall, instant int64) {
	const dayNS = int64(24 * time.Hour)
	if year != 0 {
		wall = scan.Days(year, mon, d)*dayNS + clock
		return wall, p.zone.Instant(wall)
	}
	for year = int64(time.Unix(0, observed).UTC().Year()) + 1; ; year-- {
		if mon == 2 && d == 29 && scan.Days(year, 3, 1)-scan.Days(year, 2, 28) == 1 {
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

// hostAndTag reads "host tag[pid]: ", "tag[pid]: ", "host tag: " or "tag: " at i and sets Start to what follows. It
// reports whether there was a tag; without one the text begins at i.
func (p *Parser) hostAndTag(line string, i int, h *Header) bool {
	if t := &p.tag; t.len > 0 && strings.HasPrefix(line[i:], string(t.text[:t.len])) {
		k := i
		if t.host > 0 {
			h.Host, k = line[i:i+t.host], i+t.host+1
		}
		h.App, h.PID = line[k:k+t.app], t.pid
		h.Start = skipBlank(line, i+t.len)
		return true
	}
	h.Start = i
	if e := tagPID(line, i, h); e > 0 {
		h.Start = skipBlank(line, e)
		p.remember(line[i:min(e+1, len(line))], h)
		return true
	}
	// Without a process id the tag is the first or second word, and ends in a colon.
	for word, from := 0, i; word < 2; word++ {
		b := strings.IndexByte(line[from:], ' ')
		if b <= 0 {
			return false
		}
		if line[from+b-1] == ':' && isName(line[from:from+b-1]) {
			if word == 1 {
				h.Host = line[i : from-1]
			}
			h.App = line[from : from+b-1]
			h.Start = skipBlank(line, from+b)
			return true
		}
		from += b + 1
	}
	return false
}

// remember keeps a host, tag and process id for the next line. Only with the blank behind the colon it is certain that
// the same bytes are read in the same way whatever follows.
func (p *Parser) remember(text string, h *Header) {
	t := &p.tag
	t.len = 0
	if strings.HasSuffix(text, ": ") && len(text) <= len(t.text) {
		t.len, t.host, t.app, t.pid = copy(t.text[:], text), len(h.Host), len(h.App), h.PID
	}
}

// maxTag bounds how far a header is searched for "[pid]: "; longer tags do not occur.
const maxTag = 256

// tagPID finds "[digits]:" behind a host and a tag that begin at i and returns the byte behind the colon, or -1. A tag
// may hold brackets, colons and blanks (HAProxy's log-tag), so the process id is what decides.
func tagPID(line string, i int, h *Header) int {
	limit := min(len(line), i+maxTag)
	for k := i; k < limit; k++ {
		switch line[k] {
		case '"', '{', '<':
			return -1
		case ':':
			if k+1 < limit && line[k+1] == ' ' {
				// A tag without a process id ended here.
				return -1
			}
			continue
		case '[':
		default:
			continue
		}
		e, pid := scan.Uint(line, k+1, limit)
		if e < 0 || e+1 >= len(line) || line[e] != ']' || line[e+1] != ':' || e+2 < len(line) && line[e+2] != ' ' || k == i {
			continue
		}
		tag := line[i:k]
		if b := strings.IndexByte(tag, ' '); b > 0 {
			h.Host, tag = tag[:b], tag[b+1:]
		}
		h.App, h.PID = tag, pid
		return e + 2
	}
	return -1
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
			c != '-' && c != '_' && c != '.' && c != '/' && c != '(' && c != ')' {
			return false
		}
	}
	return s != ""
}

func skipBlank(line string, i int) int {
	for i < len(line) && line[i] == ' ' {
		i++
	}
	return i
}
