// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// repeatedDialect is syslogd's own line about lines of a format that it has left out, since they were equal.
func repeatedDialect(name string) *format.Dialect {
	return format.NewDialect(name, "repeated", "", format.KindEvent, []field.Field{
		{Code: "count", Key: attr.ProxylogRepeated, Conv: field.Int},
	})
}

// repeated reads a line with which a syslog daemon stands in for equal lines, and makes an event of it that says how
// many. The lines themselves are not made up again: they were equal to the last one, session id and all.
func (s *Source) repeated(b *Batch) bool {
	in := &s.in
	h := &in.Header
	from, to, ok := countOf(in.Line, h)
	if !ok {
		return false
	}
	n, ok := whole(in.Line[from:to])
	if !ok {
		return false
	}
	e := s.repeats(h.App)
	if e == nil {
		return false
	}
	slots := in.Begin(e.repeated)
	slots[0] = field.Slot{Start: int32(from), End: int32(to), Flags: field.Number, Num: n}
	out := &b.writer
	out.Begin(e.repeated.Scope, in.Dirty, in.Observed)
	if e.parser != nil {
		out.Str(attr.ProxyType, e.name)
	}
	format.Emit(in, out)
	out.ResourceStr(attr.ServiceName, h.App)
	out.ResourceStr(attr.HostName, h.Host)
	if h.PID > 0 {
		out.ResourceInt(attr.ProcessPid, h.PID)
	}
	out.Event(record.ProxyEvent)
	out.Severity(plog.SeverityNumberInfo)
	out.End(h.Time)
	out.Commit(in.Line)
	in.Done()
	b.Stats.Parsed[e.index]++
	return true
}

// named notes which program the header of the line named that was read.
func (s *Source) named() {
	if app := s.in.Header.App; app != s.apps[s.before] {
		s.apps[s.before] = strings.Clone(app)
	}
}

// repeats is the format of the lines that such a line stands in for; nil where they were none that could be read. Where it
// has a tag that tells, since other lines may stand between; syslogd's own is about the line before.
func (s *Source) repeats(app string) *entry {
	tagged := false
	for i, a := range s.apps {
		if a != "" && a == app {
			return &s.d.entries[i]
		}
		tagged = tagged || a != ""
	}
	switch {
	case s.before == nothing:
		return s.entry()
	case s.before == unread, tagged && app != "" && app != "syslogd":
		return nil
	}
	return &s.d.entries[s.before]
}

// countOf finds the count of such a line: "last message repeated 3 times", without a tag, of BSD's syslogd and those
// after it; "message repeated 3 times: [ text]" of rsyslog.
func countOf(line string, h *envelope.Header) (from, to int, ok bool) {
	const (
		last  = "last message repeated "
		again = "message repeated "
		times = " times"
	)
	text := line[h.Start:h.End]
	switch {
	case strings.HasPrefix(text, again):
		from = h.Start + len(again)
		n := strings.Index(line[from:h.End], times+": [")
		return from, from + n, n > 0 && strings.HasSuffix(text, "]")
	case !strings.HasSuffix(text, times):
		return 0, 0, false
	}
	i := strings.Index(text, last)
	switch {
	case i < 0 || h.App != "" && h.App != "syslogd" || i > 0 && (text[i-1] != ' ' || strings.IndexByte(text, ' ') != i-1):
		return 0, 0, false
	case i > 0:
		h.Host = text[:i-1]
	}
	return h.Start + i + len(last), h.End - len(times), true
}

// whole reads all of s as a number without a sign.
func whole(s string) (int64, bool) {
	e, n := scan.Uint(s, 0, len(s))
	return n, e == len(s) && s != ""
}
