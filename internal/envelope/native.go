// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"encoding/binary"
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// IsNative reports whether the text could be a datagram of journald's native protocol: more fields than one, among them
// the identifier or the priority of the sender. Such a datagram is one text, whatever ends of lines it holds.
func IsNative(text string) bool {
	if _, next := NextField(text, 0); next < 0 || next == len(text) {
		return false
	}
	return strings.Contains(text, "SYSLOG_IDENTIFIER=") || strings.Contains(text, "PRIORITY=")
}

// Field is one field of a datagram of journald's native protocol, as bytes of the datagram.
type Field struct {
	NameStart, NameEnd, Start, End int
}

// NextField reads the field at byte i of a datagram and returns the byte behind it; -1 where the datagram ends in the
// middle or no field stands there. A field is NAME=text up to the end of the line, or NAME, an end of line, the length
// in eight bytes, lowest first, that many bytes, an end of line (systemd, docs/JOURNAL_NATIVE_PROTOCOL.md).
func NextField(datagram string, i int) (Field, int) {
	f := Field{NameStart: i}
	for i < len(datagram) && isFieldName(datagram[i]) {
		i++
	}
	f.NameEnd = i
	if i == f.NameStart || i >= len(datagram) {
		return f, -1
	}
	switch datagram[i] {
	case '=':
		f.Start = i + 1
		n := strings.IndexByte(datagram[f.Start:], '\n')
		if n < 0 {
			return f, -1
		}
		f.End = f.Start + n
		return f, f.End + 1
	case '\n':
		f.Start = i + 1 + 8
		if f.Start > len(datagram) {
			return f, -1
		}
		n := binary.LittleEndian.Uint64([]byte(datagram[i+1 : f.Start]))
		if n >= uint64(len(datagram)-f.Start) || datagram[f.Start+int(n)] != '\n' {
			return f, -1
		}
		f.End = f.Start + int(n)
		return f, f.End + 1
	}
	return f, -1
}

// takeNative reads a datagram of journald's native protocol. Entries of g3proxy's stay whole, since their fields are
// what they say; of all others the message counts.
func (w *Wrapper) takeNative(datagram string) Wrapped {
	out := Wrapped{Result: Unwrapped, Text: datagram, Whole: true}
	h := &out.Header
	h.Priority = -1
	var severity, facility string
	var message Field
	entry, found := false, false
	i := 0
	for i < len(datagram) {
		f, next := NextField(datagram, i)
		if next < 0 {
			break
		}
		value := datagram[f.Start:f.End]
		switch datagram[f.NameStart:f.NameEnd] {
		case "MESSAGE":
			message, found = f, true
		case "SYSLOG_IDENTIFIER":
			h.App = value
		case "SYSLOG_PID":
			if pid, ok := scan.Whole(value); ok && pid > 0 {
				h.PID = pid
			}
		case "PRIORITY":
			severity = value
		case "SYSLOG_FACILITY":
			facility = value
		case "LOG_TYPE":
			entry = true
		}
		i = next
	}
	priority(h, severity, facility)
	switch {
	case entry:
		h.Kind, h.End = JournalDatagram, len(datagram)
	case found:
		out.Text = datagram[message.Start:message.End]
		h.Kind, h.End = Journal, len(out.Text)
	default:
		return Wrapped{Result: Broken, Text: datagram, Offset: i, Field: "MESSAGE", Expected: "a message", Truncated: i < len(datagram)}
	}
	return out
}
