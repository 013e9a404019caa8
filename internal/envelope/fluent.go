// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"errors"
	"strings"

	"github.com/proxylog/proxylog/internal/msgpack"
)

// fluent reads messages of the fluentd forward protocol in Message mode, [tag, time, record] and perhaps an option
// (fluentd, Forward Protocol Specification v1), which is how g3proxy sends its entries, one at a time.
type fluent struct{ buf []byte }

// isFluent reports whether the text could be a message: an array of three or four, a text first.
func isFluent(s string) bool {
	if s[0] != 0x93 && s[0] != 0x94 || len(s) < 2 {
		return false
	}
	c := s[1]
	return c >= 0xa0 && c <= 0xbf || c == 0xd9 || c == 0xda
}

// takeFluent writes the record as a JSON object, which is the text from then on. The tag's first word is the sender. A
// record in which a program that follows files has put a line is not such an object: the line is the text.
func (w *Wrapper) takeFluent(message string) Wrapped {
	if w.msgpack == nil {
		w.msgpack = &fluent{}
	}
	fail := func(at int, field, expected string, err error) Wrapped {
		return Wrapped{
			Result: Broken, Text: message, Offset: at, Field: field, Expected: expected,
			Truncated: errors.Is(err, msgpack.ErrShort),
		}
	}
	tag, err := msgpack.Read(message, 1)
	if err != nil {
		return fail(1, "tag", "a tag", err)
	}
	ns, i, ok := msgpack.Time(message, tag.Next)
	if !ok {
		_, err := msgpack.Read(message, tag.Next)
		return fail(tag.Next, "time", "a time; only Message mode is read", err)
	}
	record, err := msgpack.Read(message, i)
	if err != nil || record.Kind != msgpack.Map {
		return fail(i, "record", "a record", err)
	}
	buf, end, err := msgpack.AppendJSON(w.msgpack.buf[:0], message, i)
	w.msgpack.buf = buf[:0]
	if err != nil {
		return fail(end, "record", "a record", err)
	}
	if whole, err := msgpack.End(message, 0); err != nil || whole != len(message) {
		return fail(end, "", "the end of the message", err)
	}
	if text, ok := lineOf(message, record); ok {
		return Wrapped{Result: Unwrapped, Text: text, Time: ns}
	}
	out := Wrapped{Result: Unwrapped, Text: string(buf), Fresh: true, Whole: true}
	out.Header = Header{Kind: Fluent, Priority: -1, Time: ns, Precise: true, End: len(buf)}
	out.Header.App, _, _ = strings.Cut(message[tag.Start:tag.End], ".")
	return out
}

// lineOf is the line that a record holds as fluentd and Docker (log) or Fluent Bit and systemd's plugin (message) put it
// there, where the record is not an entry of g3proxy's own making.
func lineOf(message string, record msgpack.Head) (string, bool) {
	line, found := "", false
	i := record.Next
	for range record.Num {
		key, err := msgpack.Read(message, i)
		if err != nil {
			return "", false
		}
		switch message[key.Start:key.End] {
		case "log_type":
			return "", false
		case "log", "message":
			v, err := msgpack.Read(message, key.Next)
			if err == nil && (v.Kind == msgpack.Str || v.Kind == msgpack.Bin) {
				line, found = strings.TrimRight(message[v.Start:v.End], "\r\n"), true
			}
		}
		if i, err = msgpack.End(message, key.Next); err != nil {
			return "", false
		}
	}
	return line, found
}
