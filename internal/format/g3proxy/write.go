// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// log is one of g3proxy's event logs.
type log uint8

const (
	noLog log = iota
	taskLog
	escapeLog
	resolveLog
	inspectLog
	interceptLog
	// requestLog is g3keymess's, of the requests that failed.
	requestLog
	// newLog is one that a release has which came after this was written.
	newLog
)

// logOf is the log that the entry belongs to.
func (s *source) logOf(in *format.Input) log {
	switch s.word(in, roleLogType) {
	case "Task":
		return taskLog
	case "Escape":
		return escapeLog
	case "Resolve":
		return resolveLog
	case "Inspect":
		return inspectLog
	case "Intercept":
		return interceptLog
	case "Request":
		return requestLog
	}
	if s.framed(in) {
		return newLog
	}
	return noLog
}

// framed reports whether the entry, whose log is not known, names one and has what g3proxy's loggers put into every entry
// beside it: the process and, empty where none was given, the daemon's name. Other programs have log types, too.
func (s *source) framed(in *format.Input) bool {
	return isName(s.word(in, roleLogType)) && s.slot(in, rolePID) != nil && in.Match.Stands(roleDaemon)
}

// isName reports whether s can be the name of a log.
func isName(s string) bool {
	for i := range len(s) {
		if c := s[i] | ' '; (c < 'a' || c > 'z') && (c < '0' || c > '9') && s[i] != '_' {
			return false
		}
	}
	return s != ""
}

// write makes the record of an entry whose slots are filled.
func (s *source) write(in *format.Input, out *record.Writer) {
	m := &in.Match
	in.Record(out, s.kind(), roleTaskEvent, roleReason)
	s.resource(in, out)
	out.Str(attr.ProxyType, formatName)
	s.fields(in, out)
	for i := range m.Extra {
		writeExtra(in.Line, &m.Extra[i], out)
	}
	s.addresses(in, out)
	s.request(in, out)
	if m.Ambiguous {
		out.Bool(attr.ProxyAmbiguous, true)
	}
	if s.short {
		out.Bool(attr.ProxylogTruncated, true)
	}
	if v := s.slot(in, roleTaskID); v != nil {
		out.SessionID(s.say(in, v))
	}
	if v := s.slot(in, roleStart); v != nil {
		out.Start(v.Num)
	}

	event := s.word(in, roleTaskEvent)
	s.meaning(in, event, out)
	if s.short {
		m.Kind = format.KindTruncated
	}
	out.End(s.end(in, event))
	out.Commit(in.Line)
}

// meaning writes the event and how it ended, each of the logs in its own way.
func (s *source) meaning(in *format.Input, event string, out *record.Writer) {
	switch s.log {
	case taskLog:
		out.Str(attr.G3proxyTaskEvent, event)
		s.task(in, event, out)
	case escapeLog:
		in.Match.Kind = format.KindError
		out.Event(record.ConnectionError)
		v := ofEscape(s.word(in, roleReason), s.word(in, roleEscapeType))
		v.Write(out)
		transport(out, s.word(in, roleEscapeType))
	case resolveLog:
		in.Match.Kind = format.KindError
		out.Event(record.DNSError)
		v := ofResolve(s.word(in, roleErrorType), s.word(in, roleErrorSubtype))
		v.Write(out)
	case inspectLog:
		out.Event(record.SessionProgress)
		out.Severity(format.SeverityInfo)
		protocol(out, s.word(in, roleProtocol))
	case interceptLog:
		out.Str(attr.G3proxyInterceptEvent, event)
		s.intercepted(in, out)
	case requestLog:
		out.Event(record.RequestEnd)
		if ns, ok := instant(s.word(in, roleCreated)); ok {
			out.Start(ns)
		}
		if ns, ok := s.number(in, roleProcessTime); ok {
			out.Seconds(attr.ProxyDuration, ns)
		}
		v := format.Failed("", errorTypeRequest, format.SeverityWarn)
		v.Write(out)
	case newLog:
		// What it means is not known, but all that it says is kept.
		in.Match.Kind = format.KindEvent
		out.Event(record.ProxyEvent)
		out.Severity(format.SeverityInfo)
		out.Str(attr.G3proxyTaskEvent, event)
	case noLog:
	}
}

// kind tells apart entries with other keys, or the same in another order.
func (s *source) kind() (n uint64) {
	for _, f := range s.seen {
		n = n*31 + uint64(f)
	}
	return n
}

// fields writes the attributes that fields have of their own.
func (s *source) fields(in *format.Input, out *record.Writer) {
	line, slots, fields := in.Line, in.Match.Slots, s.dialect.Fields
	for _, f := range s.seen {
		v, fd := &slots[f], &fields[f]
		if fd.Conv == field.None || !v.Has() {
			continue
		}
		// The most frequent ones, without a call.
		switch {
		case fd.Conv == field.Str && v.Flags&field.Encoded == 0:
			out.Str(fd.Key, line[v.Start:v.End])
		case fd.Conv == field.Int:
			out.Int(fd.Key, v.Num)
		case fd.Conv == field.Nanos:
			out.Seconds(fd.Key, v.Num)
		default:
			format.EmitField(line, fd, v, out)
		}
	}
}

// end is the moment that the entry reports, in nanoseconds since 1970. RFC 3164's header has whole seconds only, so that
// the task's own times are better where it has them.
func (s *source) end(in *format.Input, event string) int64 {
	h := &in.Header
	if h.Precise {
		return h.Time
	}
	start, started := s.number(in, roleStart)
	total, ended := s.number(in, roleTotalTime)
	switch {
	case started && ended:
		return start + total
	case started && (event == "Created" || h.Time == 0):
		return start
	}
	t := s.headerTime(in)
	const second = 1e9
	if started && start > t && start < t+second {
		// The header's second began before the task, the entry did not.
		return start
	}
	return t
}

// headerTime is the header's time, read again in the configured zone where it has none of its own.
func (s *source) headerTime(in *format.Input) int64 {
	if s.zoned && in.Header.Wall != 0 {
		return s.zone.Instant(in.Header.Wall)
	}
	return in.Header.Time
}

// resource writes what identifies the process. An event has no more than the header says.
func (s *source) resource(in *format.Input, out *record.Writer) {
	h := &in.Header
	app, pid, known := h.App, h.PID, h.PID > 0
	if app == "" {
		app = formatName
	}
	out.ResourceStr(attr.ServiceName, app)
	if in.Match.Dialect != s.process {
		if v := s.slot(in, roleDaemon); v != nil {
			daemon := s.say(in, v)
			if v.Is(field.Encoded) {
				daemon = strings.ToValidUTF8(daemon, "\uFFFD")
			}
			out.ResourceStr(attr.ServiceInstanceID, daemon)
		}
		if n, ok := s.number(in, rolePID); ok {
			pid, known = n, true
		}
	}
	out.ResourceStr(attr.HostName, h.Host)
	if known {
		out.ResourceInt(attr.ProcessPid, pid)
	}
}
