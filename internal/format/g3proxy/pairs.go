// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/scan"
)

// text reads the pairs of an RFC 3164 line, which begin at byte i (see splitText): the message before them, then
// key="value" and key=number, each after a comma and a blank (lib/g3-syslog, format/rfc3164.rs).
func (s *source) text(in *format.Input, i int) *format.Error {
	s.begin(in, s.rfc3164, format.KindTraffic)
	start, end := in.Header.Start, trimmed(in.Line, in.Header.Start, in.Header.End)
	if err := s.message(in, start, i); err != nil {
		return err
	}
	if _, err := s.pairs(in, &s.inText, i, end); err != nil {
		return err
	}
	return s.require(in, format.Truncated)
}

// separator stands before each pair of an RFC 3164 line.
const separator = ", "

// splitText is where the pairs of an RFC 3164 line begin, the byte of the separator before the first one, or -1. A
// quote within the message is escaped, so that the first key with an unescaped quote behind it begins the pairs; but where
// there is nothing but pairs of numbers before it, they are no message.
func splitText(line string, i, end int) int {
	start := i
	for {
		k := strings.Index(line[i:end], separator)
		if k < 0 {
			return -1
		}
		i += k
		e := keyEnd(line, i+len(separator), end)
		if e > i+len(separator) && e+1 < end && line[e] == '=' && line[e+1] == '"' {
			if i > start && arePairs(line[start:i]) {
				return start
			}
			return i
		}
		i += len(separator)
	}
}

// arePairs reports whether a text is nothing but pairs whose values have no quotes.
func arePairs(text string) bool {
	for text != "" {
		rest, ok := strings.CutPrefix(text, separator)
		e := keyEnd(rest, 0, len(rest))
		if !ok || e == 0 || e >= len(rest) || rest[e] != '=' {
			return false
		}
		v, end := bare(rest, e+1, separator[0], 0)
		if v.Flags == 0 {
			return false
		}
		text = rest[end:]
	}
	return true
}

// message puts the text between two bytes of the line as the message, unless it is empty.
func (s *source) message(in *format.Input, start, end int) *format.Error {
	if start >= end {
		return nil
	}
	var flags field.Flag
	if strings.IndexByte(in.Line[start:end], '\\') >= 0 {
		flags = field.Encoded
	}
	return s.put(in, s.msg, field.Slot{Start: int32(start), End: int32(end), Flags: flags})
}

// pairs reads key="value" and key=value to byte end, each behind a separator, the first of which stands at byte i, and
// returns the byte behind the last one: end, or one at which closing stands.
func (s *source) pairs(in *format.Input, l *layout, i, end int) (int, *format.Error) {
	line, sep := in.Line[:end], l.sep
	escaped := strings.IndexByte(line[i:], '\\') >= 0
	prev, key := len(s.dialect.Fields), ""
	for {
		if e, f := s.quick(in, l, line, i, prev, escaped); e > i {
			i, prev, key = e, f, s.dialect.Fields[f].Code
		}
		switch {
		case i == end || l.closing != 0 && line[i] == l.closing:
			return i, nil
		case !strings.HasPrefix(line[i:], sep):
			if strings.HasPrefix(sep, line[i:]) {
				return 0, s.cut(in, "", end, "the next pair")
			}
			return 0, in.Fail(format.Error{Reason: format.Mismatch, Dialect: s.dialect, Field: key, Offset: i, Expected: "the next pair"})
		}
		if i += len(sep); i == end {
			return 0, s.cut(in, "", i, "a key and its value")
		}
		f, k := s.key(line, i, prev, '=')
		if k == end {
			return 0, s.cut(in, "", i, "a key and its value")
		}
		if k == i || line[k] != '=' {
			return 0, in.Fail(format.Error{Reason: format.Mismatch, Dialect: s.dialect, Offset: k, Expected: "a key and ="})
		}
		key = line[i:k]
		if k+1 == end {
			return 0, s.cut(in, key, end, "a value")
		}
		v, after := value(line, k+1, sep[0], l.closing, escaped)
		if after < 0 {
			return 0, s.cut(in, key, k+1, "a closing quote")
		}
		i = after
		if f < 0 {
			s.extra(in, key, v, unescape)
			continue
		}
		if err := s.put(in, f, v); err != nil {
			if after == end && line[k+1] != '"' {
				return 0, s.cut(in, key, end, "the rest of the value")
			}
			return 0, err
		}
		prev = f
	}
}

// key reads the key at byte i, which follows field prev and has the byte sign behind it, and returns its field, -1 for an
// unknown one, and the byte behind it.
func (s *source) key(line string, i, prev int, sign byte) (f, end int) {
	for _, f := range s.next[prev] {
		if f == noField {
			break
		}
		code := s.dialect.Fields[f].Code
		if end = i + len(code); end < len(line) && line[end] == sign && line[i:end] == code {
			return int(f), end
		}
	}
	end = keyEnd(line, i, len(line))
	f, known := s.keys[line[i:end]]
	if !known {
		return -1, end
	}
	s.follow(prev, f)
	return f, end
}

// cut is the error of a line that ends too early.
func (s *source) cut(in *format.Input, key string, offset int, expected string) *format.Error {
	return in.Fail(format.Error{Reason: format.Truncated, Dialect: s.dialect, Field: key, Offset: offset, Expected: expected})
}

// value reads the value at byte i and returns what follows it, -1 where its quote is never closed. escaped says that
// there is a backslash anywhere in the line.
func value(line string, i int, sep, closing byte, escaped bool) (field.Slot, int) {
	if i >= len(line) || line[i] != '"' {
		return bare(line, i, sep, closing)
	}
	i++
	n := strings.IndexByte(line[i:], '"')
	if n < 0 {
		return field.Slot{}, -1
	}
	v := field.Slot{Start: int32(i), End: int32(i + n)}
	if !escaped {
		return v, i + n + 1
	}
	n = strings.IndexByte(line[i:i+n], '\\')
	if n < 0 {
		return v, int(v.End) + 1
	}
	v.Flags = field.Encoded
	for i += n; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			v.End = int32(i)
			return v, i + 1
		}
	}
	return field.Slot{}, -1
}

// bare reads a value without quotes, a number or a truth value, up to the next separator or closing byte.
func bare(line string, i int, sep, closing byte) (field.Slot, int) {
	end := i
	for end < len(line) && line[end] != sep && (closing == 0 || line[end] != closing) {
		end++
	}
	v := field.Slot{Start: int32(i), End: int32(end)}
	text := line[i:end]
	if n, ok := scan.Whole(text); ok {
		v.Num, v.Flags = n, field.Number
	} else if n, ok := truth(text); ok {
		v.Num, v.Flags = n, field.False
		if n == 1 {
			v.Flags = field.True
		}
	}
	return v, end
}

// keyEnd is the first byte from i that is none of a key.
func keyEnd(line string, i, end int) int {
	for i < end {
		c := line[i]
		if (c < 'a' || c > 'z') && c != '_' && (c < '0' || c > '9') {
			break
		}
		i++
	}
	return i
}
