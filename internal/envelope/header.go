// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package envelope takes off what wraps a line before the proxy's own text begins: a syslog header as HAProxy, g3proxy
// and rsyslog write it (Parser), and before that what the log of a container, journald or fluentd puts around a line
// (Wrapper).
package envelope

// Kind is what wraps the line.
type Kind uint8

const (
	// None is no wrapping at all.
	None Kind = iota
	// Tag is a program name and a process id alone: "haproxy[123]: ".
	Tag
	// Timed is a priority or a time alone, as HAProxy's formats short, timed, iso and priority print it.
	Timed
	// RFC3164 is the old BSD header: "<134>Nov 21 23:36:50 host tag[pid]: ".
	RFC3164
	// RFC5424 is the new header: "<134>1 2026-11-21T23:36:50.850793Z host app pid msgid sd ".
	RFC5424
	// Stdlog is the header of g3proxy's stdout driver: "Nov 21 23:45:54.991 INFO ".
	Stdlog
	// Journal is a message of journald's, the fields that tell of its sender taken off.
	Journal
	// JournalEntry is an entry of journald's as JSON whose own fields are what it says: all of the object is the text.
	JournalEntry
	// JournalDatagram is the same as a datagram of journald's native protocol.
	JournalDatagram
	// Fluent is a record of the fluentd forward protocol, written as a JSON object.
	Fluent
)

// Header is what the wrapping said. Texts are slices of the line; "" and -1 are what it did not say.
type Header struct {
	Kind Kind
	// Priority is facility*8 + severity, -1 where the line has none; severity alone with HAProxy's short and timed.
	Priority int16
	// Time is the header's time in nanoseconds since 1970, 0 where it has none.
	Time int64
	// Precise says that Time has its zone and a fraction of a second; otherwise it is a clock time of whole seconds,
	// read in the configured zone with the year nearest to the time of reading.
	Precise bool
	// Wall is what the clock of RFC 3164's time showed, as nanoseconds since 1970 as if in UTC, for those who know its
	// zone better; 0 where the header has no such time.
	Wall int64
	Host string
	App  string
	// PID is the process id, 0 where there is none.
	PID   int64
	MsgID string
	// SDStart and SDEnd are the structured data of RFC 5424, brackets included; equal where it has none.
	SDStart, SDEnd int
	// Start is the first byte of the proxy's own text, End the byte behind its last.
	Start, End int
}

// Severity is the syslog severity, 0 (emergency) to 7 (debug), and -1 where the line has no priority.
func (h *Header) Severity() int {
	if h.Priority < 0 {
		return -1
	}
	return int(h.Priority & 7)
}
