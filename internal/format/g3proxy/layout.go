// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/scan"
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
	text string
	// words are its bytes, eight each, and masks has those bits of them that count.
	words, masks [maxQuick / 8]uint64
	reads        reads
	// bare says that there is no quote.
	bare bool
}

// maxQuick is the length of the longest text that a quickKey has words for.
const maxQuick = 24

// add makes the key of one more field.
func (l *layout) add(f *field.Field) {
	k := quickKey{reads: readsOf(f)}
	k.bare = l.bare && (k.reads == asWhole || k.reads == asTruth)
	k.text = l.sep + f.Code + "="
	if !k.bare {
		k.text += `"`
	}
	for i := range min(len(k.text), maxQuick) {
		k.words[i/8] |= uint64(k.text[i]) << (i % 8 * 8)
		k.masks[i/8] |= 0xFF << (i % 8 * 8)
	}
	l.keys = append(l.keys, k)
}

// at reports whether the key stands at byte i of the line, and at least one byte behind it.
func (k *quickKey) at(line string, i int) bool {
	if i+maxQuick >= len(line) || len(k.text) > maxQuick {
		return i+len(k.text) < len(line) && line[i:i+len(k.text)] == k.text
	}
	w := line[i : i+maxQuick]
	return scan.Eight(w, 0)&k.masks[0] == k.words[0] &&
		scan.Eight(w, 8)&k.masks[1] == k.words[1] && scan.Eight(w, 16)&k.masks[2] == k.words[2]
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
