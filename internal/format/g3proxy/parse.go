// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"fmt"
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// parser is the format, compiled.
type parser struct {
	dialects *dialects
	location *time.Location
}

// New compiles the format for a configuration; the error names the setting.
func New(cfg Config) (format.Parser, error) {
	loc, err := cfg.location()
	if err != nil {
		return nil, err
	}
	d, err := newDialects()
	if err != nil {
		return nil, fmt.Errorf("the table of keys: %w", err)
	}
	return &parser{dialects: d, location: loc}, nil
}

// Sniff accepts the transports that only g3proxy uses so, a tag of its daemons, and what looks like pairs in one of the
// others.
func (p *parser) Sniff(in *format.Input) bool {
	switch in.Header.Kind {
	case envelope.JournalEntry, envelope.JournalDatagram:
		return true
	case envelope.Stdlog:
		return p.dialects.isStdout(in) || isProcess(in)
	}
	return daemon(in.Header.App) || findSD(in) >= 0 || findCEE(in) >= 0 || splitText(in.Line, in.Header.Start, in.Header.End) >= 0
}

// daemon reports whether a tag is that of g3proxy or of one of the daemons that log with the same libraries.
func daemon(tag string) bool {
	switch tag {
	case formatName, "g3tiles", keymess, "g3statsd", "g3fcgen", "g3iploc":
		return true
	}
	return false
}

// Parse reads one entry, or one line of the process's own log.
func (p *parser) Parse(in *format.Input, out *record.Writer) *format.Error {
	s, ok := in.Sticky.(*source)
	if !ok {
		s = newSource(p.dialects, p.location)
		in.Sticky = s
	}
	s.begun, s.short = false, false
	if err := s.read(in); err != nil && !s.rescue(in, err) {
		return err
	}
	if in.Match.Dialect == s.process {
		s.writeEvent(in, out)
	} else {
		s.write(in, out)
	}
	s.goesOn(in)
	in.Done()
	return nil
}

// read fills the slots, by what the payload looks like.
func (s *source) read(in *format.Input) *format.Error {
	switch in.Header.Kind {
	case envelope.Fluent:
		return s.object(in, s.fluentd, s.json, in.Header.Start)
	case envelope.JournalEntry:
		return s.entry(in)
	case envelope.JournalDatagram:
		return s.datagram(in)
	case envelope.Stdlog:
		if s.startsPair(in) {
			return s.sorted(in)
		}
		return s.event(in)
	}
	start, end := in.Header.Start, in.Header.End
	if s.startsQuick(in) {
		return s.text(in, start)
	}
	if i := findSD(in); i >= 0 {
		return s.structured(in, i)
	}
	if i := findCEE(in); i >= 0 {
		return s.object(in, s.cee, s.json, i)
	}
	ofProcess := daemon(in.Header.App) && in.Header.Kind != envelope.None && start < end
	goesOn := s.tail.open && in.Continues
	if i := splitText(in.Line, start, end); i >= 0 && (isEntry(in.Line[i:end]) || !ofProcess && !goesOn) {
		return s.text(in, i)
	}
	if ofProcess {
		return s.event(in)
	}
	if goesOn {
		// The message of the entry before goes on.
		s.begin(in, s.process, format.KindEvent)
		return s.put(in, 0, field.Slot{Start: 0, End: int32(in.Header.End)})
	}
	return in.Fail(format.Error{Reason: format.Unrecognized, Offset: start, Expected: "pairs of g3proxy, or its tag"})
}

// isEntry tells the pairs of an entry from what looks like pairs in a message of the process, or in a message that goes on
// over lines: those of an entry begin with a name, and one of them says which log it is.
func isEntry(pairs string) bool {
	return firstKey(pairs[len(separator):]) > 0 || strings.Contains(pairs, `log_type="`)
}

// rescue makes use of an entry that was cut on its way, as long as what is left says which log it is from. The keys
// stand with the last declared ones first, so that a task's id and event are among what is lost. What may be the
// beginning of a value is dropped.
func (s *source) rescue(in *format.Input, err *format.Error) bool {
	if err.Reason != format.Truncated || !s.begun {
		return false
	}
	if s.log = s.logOf(in); s.log == noLog || int(in.Match.Role(roleLogType).End) >= len(in.Line) {
		return false
	}
	m, end, kept := &in.Match, len(in.Line), 0
	for _, f := range s.seen {
		if v := &m.Slots[f]; int(v.End) >= end || typed(in, f) != nil {
			*v = field.Absent
			continue
		}
		s.seen[kept] = f
		kept++
	}
	s.seen = s.seen[:kept]
	s.short = true
	return true
}

// event reads a line without pairs: the process's own log. What begins like an entry, with a separator or a cookie, but
// ends before the first pair is none, nor is a header with nothing behind it.
func (s *source) event(in *format.Input) *format.Error {
	start, end := in.Header.Start, in.Header.End
	rest := in.Line[start:end]
	if rest == "" || rest == separator[:1] || strings.HasPrefix(rest, separator) || rest[0] == '@' {
		return s.cut(in, "", end, "pairs")
	}
	s.begin(in, s.process, format.KindEvent)
	return s.put(in, 0, field.Slot{Start: int32(start), End: int32(end)})
}

// require checks that the entry can be used: its log is known, and what belongs to a task names it. missing is the
// reason where a key is not there: the keys stand with the last declared ones first, so that the id is among what a
// relay cuts off.
func (s *source) require(in *format.Input, missing format.Reason) *format.Error {
	log := s.logOf(in)
	s.log = log
	switch {
	case log == noLog && in.Match.Role(roleLogType) != nil:
		v := in.Match.Role(roleLogType)
		return in.Fail(format.Error{Reason: format.Foreign, Dialect: s.dialect, Field: "log_type", Offset: int(v.Start), Expected: "Task, Escape, Resolve, Inspect, Intercept or Request"})
	case log == noLog:
		if (s.dialect == s.rfc3164 || s.dialect == s.stdout) && (len(s.seen) == 0 || firstKey(s.dialect.Fields[s.seen[0]].Code) == 0) {
			// Pairs of another program.
			missing = format.Unrecognized
		}
		return in.Fail(format.Error{Reason: missing, Dialect: s.dialect, Field: "log_type", Offset: in.Header.End, Expected: "log_type"})
	}
	for _, r := range needed[log] {
		if in.Match.Role(r) == nil {
			if r == roleTaskType && in.Header.App == keymess {
				continue
			}
			code := s.dialect.Field(r).Code
			return in.Fail(format.Error{Reason: missing, Dialect: s.dialect, Field: code, Offset: in.Header.End, Expected: code})
		}
	}
	return nil
}

// keymess is the daemon whose tasks have no type.
const keymess = "g3keymess"

// needed are the keys that every entry of a log has, and that an entry is of no use without.
var needed = [...][]field.Role{
	taskLog:      {roleTaskID, roleTaskType},
	escapeLog:    {roleTaskID, roleEscapeType},
	resolveLog:   {},
	inspectLog:   {roleTaskID},
	interceptLog: {roleTaskID, roleInterceptType},
	requestLog:   {roleTaskID},
	newLog:       {},
}
