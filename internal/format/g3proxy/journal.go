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

// entry reads an entry of journald as JSON (lib/g3-journal). All values are texts; an entry of a field that is too long
// for journalctl without --all is null.
func (s *source) entry(in *format.Input) *format.Error {
	err := s.object(in, s.journal, s.journalJSON, in.Header.Start)
	m := &in.Match
	m.Extra = slices.DeleteFunc(m.Extra, func(x field.Extra) bool { return ofJournald(x.Key) })
	for i := range m.Extra {
		m.Extra[i].Key = strings.ToLower(m.Extra[i].Key)
	}
	return err
}

// ofJournald reports whether a field is one of journald's or of its protocol rather than of the entry.
func ofJournald(key string) bool {
	switch key {
	case "PRIORITY", "MESSAGE_ID", "INVOCATION_ID", "TID":
		return true
	}
	for _, prefix := range [...]string{"_", "SYSLOG_", "CODE_", "OBJECT_", "COREDUMP_"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// datagram reads a datagram to journald in its native protocol, in which nothing is escaped.
func (s *source) datagram(in *format.Input) *format.Error {
	s.begin(in, s.native, format.KindTraffic)
	line := in.Line[:in.Header.End]
	for i := in.Header.Start; i < len(line); {
		f, next := envelope.NextField(line, i)
		key := line[f.NameStart:f.NameEnd]
		if next < 0 {
			return s.cut(in, key, f.NameEnd, "the rest of the field")
		}
		v := field.Slot{Start: int32(f.Start), End: int32(f.End)}
		if n, known := s.upper[key]; known {
			if n != s.msg || v.End > v.Start {
				if err := s.put(in, n, v); err != nil {
					return err
				}
			}
		} else if !ofJournald(key) {
			s.extra(in, strings.ToLower(key), v, nil)
		}
		i = next
	}
	return s.require(in, format.MissingField)
}
