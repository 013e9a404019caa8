// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// mark is a known key within a line of the stdout driver: its first byte, its value's, and its field.
type mark struct{ at, value, field int }

// maxMarks bounds the keys that are looked at in one line; no entry has half as many.
const maxMarks = 256

// none is how the stdout driver prints an empty message.
const none = "()"

// isStdout reports whether the text behind the header is an entry of the stdout driver: a known key first, and the log.
func (d *dialects) isStdout(in *format.Input) bool {
	text := in.Line[in.Header.Start:in.Header.End]
	e := keyEnd(text, 0, len(text))
	_, known := d.keys[text[:e]]
	return known && strings.HasPrefix(text[e:], ": ") && strings.Contains(text, "log_type: ")
}

// isProcess reports whether the line is of the process's own log in the foreground, which ends with the place in the
// source: <module(file:line)>.
func isProcess(in *format.Input) bool {
	place, ok := strings.CutSuffix(in.Line, ")>")
	file := strings.TrimRight(place, "0123456789")
	return ok && len(file) < len(place) && strings.HasSuffix(file, ":")
}

// startsPair reports whether the text begins with a key and its colon.
func (s *source) startsPair(in *format.Input) bool {
	text := in.Line[in.Header.Start:in.Header.End]
	e := keyEnd(text, 0, len(text))
	_, known := s.keys[text[:e]]
	return known && strings.HasPrefix(text[e:], ":")
}

// sorted reads the pairs of the stdout driver: "key: value, ", sorted by key, and the message behind the last one
// (lib/g3-stdlog). Nothing is quoted or escaped, so that a value may look like pairs. What helps is that the keys are
// known and sorted: where a known key stands out of order something in between is part of a value, and the longest
// sorted chain of keys is taken. Then, and only then, the record is marked as ambiguous.
func (s *source) sorted(in *format.Input) *format.Error {
	s.begin(in, s.stdout, format.KindTraffic)
	inOrder, ok := s.mark(in)
	if !ok {
		return in.Fail(format.Error{Reason: format.Mismatch, Dialect: s.stdout, Offset: in.Header.Start, Expected: "fewer keys"})
	}
	if !inOrder {
		s.longest(in)
		in.Match.Ambiguous = true
	}
	for n := range s.marks {
		m := &s.marks[n]
		end := in.Header.End
		if n+1 < len(s.marks) {
			end = s.marks[n+1].at - len(separator)
		} else {
			var err *format.Error
			if end, err = s.last(in, m, end); err != nil {
				return err
			}
		}
		if err := s.span(in, m, end); err != nil {
			return err
		}
	}
	return s.require(in, format.Truncated)
}

// mark finds the known keys of the line, each at its beginning or behind a comma and a blank. inOrder says that they
// are sorted, as they are but for values that look like pairs.
func (s *source) mark(in *format.Input) (inOrder, ok bool) {
	line, i := in.Line[:in.Header.End], in.Header.Start
	s.marks = s.marks[:0]
	inOrder = true
	prev := len(s.stdout.Fields)
	for {
		f, e := s.key(line, i, prev, ':')
		if f >= 0 && f != s.msg && e < len(line) && line[e] == ':' && (e+1 == len(line) || line[e+1] == ' ') {
			if len(s.marks) == maxMarks {
				return false, false
			}
			if prev < len(s.rank) && s.rank[f] <= s.rank[prev] {
				inOrder = false
			}
			s.marks = append(s.marks, mark{at: i, value: min(e+2, len(line)), field: f})
			prev = f
		}
		n := strings.Index(line[i:], separator)
		if n < 0 {
			return inOrder, true
		}
		i += n + len(separator)
	}
}

// longest reduces the marks to the longest sorted chain that begins with the first of them, whose place is certain.
// Keys whose value is of the wrong type are left out. Of chains of the same length the one is taken whose keys stand
// further to the right.
func (s *source) longest(in *format.Input) {
	var length, before [maxMarks]int
	marks := s.marks
	best := 0
	for n := range marks {
		before[n] = -1
		if n == 0 {
			length[0] = 1
			continue
		}
		if !s.fits(in, &marks[n]) {
			continue
		}
		for k := range n {
			if length[k] > 0 && length[k] >= length[n] && s.rank[marks[k].field] < s.rank[marks[n].field] {
				length[n], before[n] = length[k]+1, k
			}
		}
		if length[n] >= length[best] {
			best = n
		}
	}
	to := length[best]
	chosen := make([]mark, to)
	for n := best; n >= 0; n = before[n] {
		to--
		chosen[to] = marks[n]
	}
	s.marks = append(s.marks[:0], chosen...)
}

// fits reports whether what stands behind a key up to the next comma is of the key's type.
func (s *source) fits(in *format.Input, m *mark) bool {
	end := in.Header.End
	if n := strings.Index(in.Line[m.value:end], separator); n >= 0 {
		end = m.value + n
	}
	v := &in.Match.Slots[m.field]
	*v = field.Slot{Start: int32(m.value), End: int32(end)}
	err := typed(in, m.field)
	*v = field.Absent
	return err == nil
}

// ending is where a value ends that has no end of its own.
type ending uint8

const (
	// anywhere: it is a text of others, so that only a key of the table ends it.
	anywhere ending = iota
	// atComma: it is a number, a time or the like.
	atComma
	// atPair: what looks like a pair behind it is one.
	atPair
	// atPort: so it is behind its port.
	atPort
)

// endingOf is where a field's value ends.
func endingOf(fd *field.Field) ending {
	switch {
	case fd.Conv != field.None && fd.Conv != field.Str || fd.Role == rolePID || fd.Role == roleStart:
		return atComma
	case slices.Contains(single, fd.Code):
		return atPair
	case slices.Contains(asked, fd.Code):
		return atPort
	}
	return anywhere
}

// single are the keys of texts that g3proxy makes of addresses and ids, and of names of its own or of its configuration.
// What looks like a pair behind one is a pair, also where its key is not known.
var single = []string{
	"log_type", "task_type", "task_id", "task_event", "stage", "server_type", "server_addr", "client_addr", "reason", "method",
	"next_bind_ip", "next_bound_addr", "next_peer_addr", "next_expire", "tcp_server_addr", "tcp_client_addr", "udp_listen_addr",
	"udp_client_addr", "ftp_c_bound_addr", "ftp_c_peer_addr", "ftp_d_bound_addr", "ftp_d_peer_addr", "escaper_type", "escape_type",
	"override_peer", "daemon_name", "server_name", "escaper", "escaper_name", "resolver_name", "auditor_name", "tls_application",
	"resolver_type", "query_type", "rr_source", "server", "bind_addr", "bind_ipv4", "bind_ipv6", "received_at", "started_at", "create_at",
}

// asked are the keys of hosts that a client asks for, which may hold commas and blanks, and of their ports, with which they end.
var asked = []string{"upstream", "initial_peer", "tls_peer"}

// ported reports whether a host has its port behind it.
func ported(host string) bool {
	name := strings.TrimRight(host, "0123456789")
	return len(name) < len(host) && strings.HasSuffix(name, ":")
}

// pairBehind is the first separator of line[i:end] behind which a key and its colon stand, or -1.
func pairBehind(line string, i, end int) int {
	for {
		n := strings.Index(line[i:end], separator)
		if n < 0 {
			return -1
		}
		i += n + len(separator)
		if e := keyEnd(line, i, end); e > i && strings.HasPrefix(line[e:end], ": ") {
			return i - len(separator)
		}
	}
}

// last splits what stands behind the last key into its value, whose end it returns, and the message.
func (s *source) last(in *format.Input, m *mark, end int) (int, *format.Error) {
	text := in.Line[m.value:end]
	n := strings.Index(text, separator)
	if whole, ok := strings.CutSuffix(text, separator+none); ok && (s.ends[m.field] == anywhere || s.ends[m.field] == atPort || pairBehind(text, n, len(whole)) == n) {
		n = len(whole)
	}
	if n < 0 {
		return 0, s.cut(in, s.stdout.Fields[m.field].Code, end, "a message")
	}
	from := m.value + n + len(separator)
	if in.Line[from:end] == none {
		return m.value + n, nil
	}
	return m.value + n, s.message(in, from, end)
}

// span takes the value of a key up to byte end. Behind a value that holds no text of others there may be keys that are not
// in the table.
func (s *source) span(in *format.Input, m *mark, end int) *format.Error {
	first := end
	switch s.ends[m.field] {
	case anywhere:
	case atComma:
		if n := strings.Index(in.Line[m.value:end], separator); n >= 0 {
			first = m.value + n
		}
	case atPair:
		if n := pairBehind(in.Line, m.value, end); n >= 0 {
			first = n
		}
	case atPort:
		for n := pairBehind(in.Line, m.value, end); n >= 0 && first == end; n = pairBehind(in.Line, n+len(separator), end) {
			if ported(in.Line[m.value:n]) {
				first = n
			}
		}
	}
	if err := s.put(in, m.field, field.Slot{Start: int32(m.value), End: int32(first)}); err != nil {
		return err
	}
	for first < end {
		i := first + len(separator)
		next := end
		if n := pairBehind(in.Line, i, end); n >= 0 {
			next = n
		}
		if e := keyEnd(in.Line, i, next); e > i && strings.HasPrefix(in.Line[e:next], ": ") {
			v, _ := bare(in.Line[:next], e+2, 0, 0)
			v.End = int32(next)
			s.extra(in, in.Line[i:e], v, nil)
		}
		first = next
	}
	return nil
}

// maxContinued is how many lines go on with one entry at most. Whatever comes behind a message looks like a part of it, the
// lines of another program too.
const maxContinued = 64

// goesOn notes whether the next line may go on with this entry: messages of the stdout driver span lines.
func (s *source) goesOn(in *format.Input) {
	switch {
	case in.Match.Dialect == s.stdout:
		s.tail = tail{open: in.Match.Role(roleMessage) != nil, task: in.RoleText(roleTaskID)}
	case in.Match.Dialect == s.process && in.Continues:
		s.tail.lines++
		s.tail.open = s.tail.lines < maxContinued
	case in.Match.Dialect == s.process && in.Header.Kind == envelope.Stdlog:
		s.tail = tail{open: true}
	default:
		s.tail.open = false
	}
}
