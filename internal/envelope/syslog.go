// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"cmp"
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/scan"
)

// Reach is how much of what looks like headers is taken for one.
type Reach uint8

const (
	// Deep: all of it, a second header behind the first one too.
	Deep Reach = iota
	// Single: the first header.
	Single
	// TimeAlone: the first header, but of one with an ISO time, which may stand alone, neither host nor tag.
	TimeAlone
)

// Parser reads the headers of one source. It remembers what it has read of the line before: the time, the zone's offset,
// and the words that name the sender. It is not safe for concurrent use.
type Parser struct {
	// Reach is for lines whose texts begin with what looks like a header.
	Reach Reach

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
	if !p.dated(line, 0, observed, h, &n) {
		tagged(line, h, &n)
	} else if p.Reach == Deep {
		p.inner(line, observed, h, &n)
	}
	h.Host, h.App, h.MsgID, h.PID = n.host, n.app, n.msgID, n.pid
}

// dated fills in what the header at i says that begins with a priority, a time or a version; the texts go to n. It
// reports whether there is one.
func (p *Parser) dated(line string, i int, observed int64, h *Header, n *names) bool {
	text := pri(line, i, h)
	if text > i {
		h.Kind = Timed
	}
	h.Start = text
	if text == len(line) {
		return text > i
	}
	// Most lines without a header begin with an address, a number or a brace.
	switch c := line[text]; {
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		e, ok := p.bsdTime(line, text, observed, h)
		if !ok {
			if e = p.dayTime(line, text, h); e == 0 {
				break
			}
		}
		if e := level(line, e, h); e > 0 {
			h.Kind, h.Start = Stdlog, e
			return true
		}
		h.Kind = RFC3164
		h.Start = p.origin(line, e, h, n)
		return true
	case c == '1' && text+2 < len(line) && line[text+1] == ' ' && (text > i || line[text+2]-'0' <= 9):
		// Old daemons take off the priority of what they do not know, and leave the version.
		if p.rfc5424(line, text+2, h, n) {
			return true
		}
	case c-'0' <= 9:
		if p.isoTime(line, text, h, n) {
			return true
		}
	}
	if text > i {
		tagged(line, h, n)
	}
	return text > i
}

// isoTime reads a header at i that begins with a time as RFC 3339 has it, or with one without a zone.
func (p *Parser) isoTime(line string, i int, h *Header, n *names) bool {
	e, ns, zoned := scan.RFC3339(line, i, len(line))
	if e < 0 || e >= len(line) || line[e] != ' ' {
		return false
	}
	if !zoned {
		return p.zoneless(line, e, ns, h, n)
	}
	h.Kind, h.Time, h.Precise, h.Start = Timed, ns, fractional(line[i:e]), skipBlank(line, e)
	if p.Reach == TimeAlone {
		return true
	}
	// rsyslog's file format has a host and a tag behind the same time that HAProxy's iso has alone.
	var tagged bool
	if h.Start, tagged = p.hostAndTag(line, e+1, false, n); tagged {
		h.Kind = RFC3164
	}
	return true
}

// zoneless reads a host and a tag with a process id behind a time without a zone, which is one of the configured zone. The
// time ends before byte e and is wall as if in UTC.
func (p *Parser) zoneless(line string, e int, wall int64, h *Header, n *names) bool {
	end := tagPID(line, e+1, n)
	if end < 0 {
		return false
	}
	h.Kind, h.Wall, h.Time, h.Start = RFC3164, wall, p.zone.Instant(wall), skipBlank(line, end)
	return true
}

// tagged reads a tag with a process id that no time stands before.
func tagged(line string, h *Header, n *names) {
	if h.Start == len(line) || line[h.Start]|0x20 < 'a' || line[h.Start]|0x20 > 'z' {
		return
	}
	if e := tagPID(line, h.Start, n); e > 0 {
		h.Kind, h.Start = Tag, skipBlank(line, e)
	}
}

// inner reads a header behind the first one, as a relay leaves it that does not read what it relays, and as journald and
// Docker's syslog driver put theirs before what a service prints. What it says is nearer to the proxy: the first one
// counts for what it leaves out.
func (p *Parser) inner(line string, observed int64, h *Header, n *names) {
	i := h.Start
	var host string
	if !begins(line, i) {
		if n.app != "" {
			return
		}
		if host = relay(line, i); host == "" {
			return
		}
		i += len(host) + 1
	}
	own, sender := Header{Priority: -1}, names{}
	if !p.dated(line, i, observed, &own, &sender) {
		return
	}
	h.Start = own.Start
	if own.Priority >= 0 {
		h.Priority = own.Priority
	}
	if own.Time != 0 {
		h.Time, h.Precise, h.Wall = own.Time, own.Precise, own.Wall
	}
	if own.Kind >= RFC3164 {
		h.Kind, h.SDStart, h.SDEnd = own.Kind, own.SDStart, own.SDEnd
	}
	if n.host = cmp.Or(sender.host, n.host, host); sender.app != "" {
		n.app, n.pid, n.msgID = sender.app, sender.pid, sender.msgID
	}
}

// begins reports whether what stands at i may be a header that begins with a priority, a time or a version, by its first
// bytes.
func begins(line string, i int) bool {
	if i+len("2006-01-02T") > len(line) {
		return false
	}
	switch c := line[i]; {
	case c == '<':
		return line[i+1]-'0' <= 9
	case c-'A' < 26:
		return line[i+3] == ' ' && scan.Month(line, i, len(line)) > 0
	case c == '1':
		return line[i+1] == ' ' && line[i+2]-'0' <= 9
	case c == '2':
		return line[i+4] == '-' && line[i+10] == 'T'
	}
	return false
}

// relay is the word at i where it is all that stands before another header, as a relay names itself and no program; ""
// where it is not.
func relay(line string, i int) string {
	b := strings.IndexByte(line[i:], ' ')
	if b <= 0 || line[i+b-1] == ':' || !begins(line, i+b+1) {
		return ""
	}
	return line[i : i+b]
}

// pri reads the priority, <n>, at i and returns where the rest begins.
func pri(line string, i int, h *Header) int {
	if i+3 > len(line) || line[i] != '<' {
		return i
	}
	n, k := int16(0), i+1
	for k < len(line) && k < i+5 && line[k]-'0' <= 9 {
		n = n*10 + int16(line[k]-'0')
		k++
	}
	if k == i+1 || k == len(line) || line[k] != '>' || n > 191 {
		return i
	}
	h.Priority = n
	return k + 1
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
