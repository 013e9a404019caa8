// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// layout is how pairs stand in a line: text over RFC 3164, or structured data.
type layout struct {
	// sep stands before each pair, closing behind the last one, 0 for nothing.
	sep     string
	closing byte
	// bare says that numbers and truth values have no quotes.
	bare bool
	// keys are those of the fields.
	keys []quickKey
}

// quickKey is a key with all that stands between the value before it and its own: the separator, the sign and the quote.
type quickKey struct {
	// head and tail are its first and its last eight bytes, middle those from the eighth on where it has more than 16. Of
	// a shorter one head has the bytes that mask has.
	head, mask, middle, tail uint64
	len                      int
	reads                    reads
	// bare says that there is no quote.
	bare bool
}

// maxQuick is the length of the longest text that head, middle and tail hold.
const maxQuick = 24

// add makes the key of one more field.
func (l *layout) add(f *field.Field) {
	k := quickKey{reads: readsOf(f)}
	k.bare = l.bare && (k.reads == asWhole || k.reads == asTruth)
	text := l.sep + f.Code + "="
	if !k.bare {
		text += `"`
	}
	switch k.len = len(text); {
	case k.len < 8:
		k.mask = 1<<(8*k.len) - 1
		k.head = eight(text+"       ", 0) & k.mask
	case k.len <= maxQuick:
		k.mask, k.head, k.tail = ^uint64(0), eight(text, 0), eight(text, k.len-8)
		if k.len > 16 {
			k.middle = eight(text, 8)
		}
	default:
		// No eight bytes of a line are these, so that it is not read quickly.
		k.head = 1
	}
	l.keys = append(l.keys, k)
}

// at reports whether the key stands at byte i of the line, where head are eight bytes, and at least one byte behind it.
func (k *quickKey) at(line string, i int, head uint64) bool {
	return head&k.mask == k.head && i+k.len < len(line) &&
		(k.len <= 8 || eight(line, i+k.len-8) == k.tail && (k.len <= 16 || eight(line, i+8) == k.middle))
}

// reads says how the value of a field is read.
type reads uint8

const (
	asText reads = iota
	asWhole
	asDuration
	asTruth
	asTime
)

// readsOf is how the values of a field are read.
func readsOf(f *field.Field) reads {
	switch {
	case f.Conv == field.Int || f.Conv == field.Positive || f.Role == rolePID:
		return asWhole
	case f.Conv == field.Nanos:
		return asDuration
	case f.Conv == field.Bool:
		return asTruth
	case f.Role == roleStart:
		return asTime
	}
	return asText
}

// quoted is the value of a text between quotes, as typed reads it.
func (r reads) quoted(in *format.Input, text string) (int64, bool) {
	switch r {
	case asWhole:
		e, n := digits(text, 0)
		return n, e == len(text)
	case asDuration:
		return duration(text)
	case asTruth:
		return truth(text)
	case asTime:
		// As g3proxy prints it: 2026-11-21T23:45:01.547996Z.
		if len(text) == 27 && text[26] == 'Z' {
			if ns, ok := in.Calendar.Instant(text); ok {
				return ns, true
			}
		}
		return instant(text)
	case asText:
	}
	return 0, true
}

// bare reads a number or a truth value without quotes, and returns the byte behind it; -1 where it is none.
func (r reads) bare(line string, i int) (end int, n int64, flags field.Flag) {
	switch {
	case r == asWhole:
		end, n = digits(line, i)
		return end, n, field.Number
	case strings.HasPrefix(line[i:], "true"):
		return i + len("true"), 1, field.True
	case strings.HasPrefix(line[i:], "false"):
		return i + len("false"), 0, field.False
	}
	return -1, 0, 0
}
