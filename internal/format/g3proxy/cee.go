// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// maxCookie bounds how far a cookie is looked for.
const maxCookie = 64

// findCEE is where the JSON object behind a cookie begins, or -1. The cookie is @cee: unless cee_event_flag says
// otherwise; g3proxy puts no blank behind it, relays may. A cookie that does not look like one, or none at all, is
// taken only before the keys with which each of g3proxy's objects begins.
func findCEE(in *format.Input) int {
	line, i, end := in.Line, in.Header.Start, in.Header.End
	for i < end && line[i] == ' ' {
		i++
	}
	k := strings.IndexByte(line[i:min(end, i+maxCookie)], '{')
	if k < 0 {
		return -1
	}
	cookie := strings.TrimRight(line[i:i+k], " ")
	if strings.ContainsAny(cookie, " \",=") {
		return -1
	}
	rest := strings.TrimLeft(line[i+k+1:end], " ")
	if strings.HasPrefix(cookie, "@") && strings.HasSuffix(cookie, ":") {
		// A message that looks like a cookie has its quotes escaped.
		if rest == "" || rest[0] == '"' || rest == "}" {
			return i + k
		}
		return -1
	}
	if strings.HasPrefix(rest, `"`) && firstKey(rest[1:]) > 0 {
		return i + k
	}
	return -1
}

// firstKey is the length of the key with which an entry begins and which s begins with, or 0: one entry in four begins
// with another key, by the part of g3proxy that writes it.
func firstKey(s string) int {
	for _, key := range [...]string{"server_name", "escaper_name", "resolver_name", "auditor_name"} {
		if strings.HasPrefix(s, key) {
			return len(key)
		}
	}
	return 0
}

// object reads the JSON object at byte i (lib/g3-syslog, format/cee.rs; lib/g3-fluentd). Numbers and truth values are
// such, all else is text; the message is the last member.
func (s *source) object(in *format.Input, d *format.Dialect, r *jsonscan.Reader, i int) *format.Error {
	s.begin(in, d, format.KindTraffic)
	m := &in.Match
	r.Extra = m.Extra
	e := r.Object(in.Line[:in.Header.End], i, m.Slots)
	m.Extra = r.Extra
	for f := range m.Slots {
		if m.Slots[f].Start >= 0 {
			s.seen = append(s.seen, f)
		}
	}
	if e < 0 {
		reason := format.BadJSON
		if r.Err.Truncated {
			reason = format.Truncated
		}
		return in.Fail(format.Error{Reason: reason, Dialect: d, Offset: r.Err.Offset, Expected: r.Err.Expected})
	}
	if trimmed(in.Line, e, in.Header.End) != e {
		return in.Fail(format.Error{Reason: format.Trailing, Dialect: d, Offset: e, Expected: "the end of the line"})
	}
	for _, f := range s.seen {
		if err := typed(in, f); err != nil {
			return err
		}
	}
	return s.require(in, format.MissingField)
}
