// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/scan"
)

// Parser reads the headers of one source. It remembers what it has read of the line before: the time, the zone's offset,
// and the words that name the sender. It is not safe for concurrent use.
type Parser struct {
	zone scan.Zone
	// last is the clock time before this one, and second says that it was in an hour that the clock showed twice, and
	// in the second run of it.
	last   int64
	second bool
	date   knownDate
	// tag is the host, tag and process id before a text, words the same of RFC 5424.
	tag, words knownTag
}

// bom is the byte order mark, in UTF-8.
const bom = "\ufeff"

// names are the texts of a header while it is read.
type names struct {
	host, app, msgID string
	pid              int64
}

// NewParser makes a Parser for header times in the given zone.
func NewParser(loc *time.Location) Parser { return Parser{zone: scan.NewZone(loc)} }

// Parse reads the header of line into h; observed, in nanoseconds since 1970, is when the line was read and supplies the
// year that RFC 3164 leaves out. A line without a header is all text: its Kind is None, and Parse never fails.
func (p *Parser) Parse(line string, observed int64, h *Header) {
	if len(line) > 0 && line[0] == bom[0] && strings.HasPrefix(line, bom) {
		// An editor's or an export's, at the start of a file; the line begins behind it.
		p.Parse(line[len(bom):], observed, h)
		h.SDStart, h.SDEnd, h.Start, h.End = h.SDStart+len(bom), h.SDEnd+len(bom), h.Start+len(bom), h.End+len(bom)
		return
	}
	// In place and field by field, and the texts once: a Header that is copied costs more than reading most of them.
	h.Kind, h.Priority, h.Precise, h.Time, h.Wall = None, -1, false, 0, 0
	h.SDStart, h.SDEnd, h.Start, h.End = 0, 0, 0, len(line)
	var n names
	p.read(line, observed, h, &n)
	if h.Kind >= RFC3164 && h.Start < len(line) && line[h.Start]-'A' < 26 {
		p.inner(line, observed, h)
	}
	h.Host, h.App, h.MsgID, h.PID = n.host, n.app, n.msgID, n.pid
}

// read fills in what the line says; the texts go to n.
func (p *Parser) read(line string, observed int64, h *Header, n *names) {
	i := pri(line, h)
	if i > 0 {
		h.Kind = Timed
		if i+1 < len(line) && line[i] == '1' && line[i+1] == ' ' && p.rfc5424(line, i+2, h, n) {
			return
		}
	}
	h.Start = i
	if i == len(line) {
		return
	}
	// A time or a tag begins with a letter or a digit, while most lines without a header begin with an address, a number
	// or a brace.
	switch c := line[i]; {
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		if e, ok := p.bsdTime(line, i, observed, h); ok {
			if e := level(line, e, h); e > 0 {
				h.Kind, h.Start = Stdlog, e
				return
			}
			h.Kind = RFC3164
			h.Start, _ = p.hostAndTag(line, e, n)
			return
		}
		if e := tagPID(line, i, n); e > 0 {
			h.Kind, h.Start = Tag, skipBlank(line, e)
		}
	case c-'0' <= 9:
		if e, ns, zoned := scan.RFC3339(line, i, len(line)); e > 0 && e < len(line) && line[e] == ' ' && zoned {
			h.Kind, h.Time, h.Precise = Timed, ns, fractional(line[i:e])
			// rsyslog's file format has a host and a tag behind the same time that HAProxy's iso has alone.
			var tagged bool
			if h.Start, tagged = p.hostAndTag(line, e+1, n); tagged {
				h.Kind = RFC3164
			}
		}
	}
}

// inner reads the header of g3proxy's stdout driver behind that of syslog, which journald and rsyslog put before what a
// service prints. Its time and level are the line's own, the sender is the outer header's.
func (p *Parser) inner(line string, observed int64, h *Header) {
	own := Header{}
	e, ok := p.bsdTime(line, h.Start, observed, &own)
	if !ok {
		return
	}
	if e = level(line, e, &own); e > 0 {
		h.Kind, h.Priority, h.Precise, h.Time, h.Wall = Stdlog, own.Priority, false, own.Time, own.Wall
		h.SDStart, h.SDEnd, h.Start = 0, 0, e
	}
}

// pri reads the priority, <n>, at the start and returns where the rest begins.
func pri(line string, h *Header) int {
	if len(line) < 3 || line[0] != '<' {
		return 0
	}
	n, i := int16(0), 1
	for i < len(line) && i < 5 && line[i]-'0' <= 9 {
		n = n*10 + int16(line[i]-'0')
		i++
	}
	if i == 1 || i == len(line) || line[i] != '>' || n > 191 {
		return 0
	}
	h.Priority = n
	return i + 1
}

// level reads the level behind the time of g3proxy's stdout driver, slog's short names, and returns where the text
// begins; 0 where no level stands there. Only that driver has a fraction of a second without a host behind it.
func level(line string, i int, h *Header) int {
	if line[i-5] != '.' || i+5 > len(line) || line[i] == ' ' || line[i+4] != ' ' || line[i-2]-'0' > 9 {
		return 0
	}
	const names = "CRIT ERRO WARN      INFO DEBG TRCE "
	for n := 0; n < len(names); n += 5 {
		if line[i:i+5] == names[n:n+5] {
			// The levels of syslog, in which notice is the one between WARN and INFO; there is none for TRCE.
			h.Priority = min(int16(n/5)+2, 7)
			return i + 5
		}
	}
	return 0
}

func skipBlank(line string, i int) int {
	for i < len(line) && line[i] == ' ' {
		i++
	}
	return i
}
