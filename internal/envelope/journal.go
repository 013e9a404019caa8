// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/msgpack"
	"github.com/proxylog/proxylog/internal/scan"
)

// journal reads entries of journald as "journalctl -o json" prints them: one object a line, every value a text; an
// array of bytes where it is none that can be printed, an array of values where a field occurs more than once, null
// where it is longer than 4 KiB and --all was not given (systemd.journal-fields(7), journalctl(1)).
type journal struct {
	reader *jsonscan.Reader
	slots  [journalFields]field.Slot
}

const (
	journalMessage = iota
	journalIdentifier
	journalPID
	journalSyslogPID
	journalHost
	journalSourceTime
	journalTime
	journalPriority
	journalFacility
	journalLogType
	journalFields
)

// isJournalJSON reports whether the line could be an entry of the journal: its first key is in capitals, and it has the
// time that journald adds to each entry.
func isJournalJSON(line string) bool {
	if len(line) < 3 || line[1] != '"' || !isFieldName(line[2]) {
		return false
	}
	i := 2
	for i < len(line) && isFieldName(line[i]) {
		i++
	}
	return i < len(line) && line[i] == '"' && strings.Contains(line, `"__REALTIME_TIMESTAMP"`)
}

// isFieldName reports whether c may stand in the name of a field of the journal.
func isFieldName(c byte) bool { return c >= 'A' && c <= 'Z' || c == '_' || c >= '0' && c <= '9' }

func (w *Wrapper) takeJournal(line string) Wrapped {
	j := w.journal
	if j == nil {
		j = &journal{reader: keysReader("MESSAGE", "SYSLOG_IDENTIFIER", "_PID", "SYSLOG_PID", "_HOSTNAME",
			"_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP", "PRIORITY", "SYSLOG_FACILITY", "LOG_TYPE")}
		w.journal = j
	}
	if e := j.read(line); e < 0 {
		return broken(line, j.reader)
	}
	out := Wrapped{Result: Unwrapped, Text: line, Whole: true}
	if j.lists() {
		out.Text, out.Fresh = plainTexts(line), true
		if e := j.read(out.Text); e < 0 {
			return broken(line, j.reader)
		}
	}
	j.header(&out)
	if j.slots[journalLogType].Has() {
		// An entry of g3proxy's own making: its other fields are what it says.
		out.Header.Kind, out.Header.End = JournalEntry, len(out.Text)
		return out
	}
	message := &j.slots[journalMessage]
	if !isText(out.Text, message) {
		return Wrapped{Result: Broken, Text: line, Field: "MESSAGE", Expected: "a message"}
	}
	if message.Flags&field.Encoded != 0 {
		out.Text, out.Fresh = jsonscan.Unescape(message.Text(out.Text)), true
	} else {
		out.Text = message.Text(out.Text)
	}
	out.Header.Kind, out.Header.End = Journal, len(out.Text)
	return out
}

func (j *journal) read(line string) int {
	field.Reset(j.slots[:])
	j.reader.Extra = j.reader.Extra[:0]
	return j.reader.Object(line, 0, j.slots[:])
}

// lists reports whether any value is an array.
func (j *journal) lists() bool {
	for i := range j.slots {
		if j.slots[i].Flags&field.Object != 0 {
			return true
		}
	}
	for i := range j.reader.Extra {
		if j.reader.Extra[i].Slot.Flags&field.Object != 0 {
			return true
		}
	}
	return false
}

// header fills in what journald says of the sender.
func (j *journal) header(out *Wrapped) {
	get := func(n int) string {
		s := &j.slots[n]
		if !isText(out.Text, s) {
			return ""
		}
		if s.Flags&field.Encoded != 0 {
			return jsonscan.Unescape(s.Text(out.Text))
		}
		return s.Text(out.Text)
	}
	h := &out.Header
	h.App, h.Host, h.Priority = get(journalIdentifier), get(journalHost), -1
	// What the sender says is of the process that logs; journald's own is of the one that held the socket.
	for _, n := range [...]int{journalSyslogPID, journalPID} {
		if pid, ok := scan.Whole(get(n)); ok && pid > 0 {
			h.PID = pid
			break
		}
	}
	priority(h, get(journalPriority), get(journalFacility))
	for _, n := range [...]int{journalSourceTime, journalTime} {
		if us, ok := scan.Whole(get(n)); ok && us > 0 && us < (1<<63-1)/1000 {
			h.Time, h.Precise = us*1000, true
			break
		}
	}
}

// priority puts together what journald keeps apart.
func priority(h *Header, severity, facility string) {
	if s, ok := scan.Whole(severity); ok && s >= 0 && s <= 7 {
		h.Priority = int16(s)
		if f, ok := scan.Whole(facility); ok && f > 0 && f <= 23 {
			h.Priority += int16(f * 8)
		}
	}
}

// plainTexts is the object with texts in the place of arrays, so that all of its values can be read alike: of bytes the
// text that they are, of several values the first.
func plainTexts(line string) string {
	r := jsonscan.NewReader(emptyKeys())
	if r.Object(line, 0, nil) < 0 {
		return line
	}
	var b strings.Builder
	b.Grow(len(line))
	from := 0
	for i := range r.Extra {
		s := &r.Extra[i].Slot
		if s.Flags&field.Object == 0 || line[s.Start] != '[' || int(s.Start) < from {
			continue
		}
		b.WriteString(line[from:s.Start])
		b.WriteString(oneText(line[s.Start:s.End]))
		from = int(s.End)
	}
	b.WriteString(line[from:])
	return b.String()
}

func emptyKeys() *jsonscan.Keys {
	k, err := jsonscan.NewKeys(nil)
	if err != nil {
		panic(err) // there is nothing in it that could be wrong
	}
	return k
}

// oneText is the array as one JSON string: bytes put together, or the first text of several; null where it is neither.
func oneText(array string) string {
	inner := strings.TrimSpace(array[1 : len(array)-1])
	if strings.HasPrefix(inner, `"`) || strings.HasPrefix(inner, "[") {
		r := jsonscan.NewReader(emptyKeys())
		e := r.Value(inner, 0)
		switch {
		case e < 0:
			return "null"
		case inner[0] == '[':
			return oneText(inner[:e])
		}
		return inner[:e]
	}
	var text []byte
	for inner != "" {
		number, rest, _ := strings.Cut(inner, ",")
		n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 8)
		if err != nil {
			return "null"
		}
		text, inner = append(text, byte(n)), rest
	}
	return string(msgpack.AppendText(nil, text))
}
