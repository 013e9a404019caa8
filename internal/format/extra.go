// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/record"
)

// Extras writes the keys that a dialect does not know as <prefix><key>. It remembers the attributes' names, so that
// lines with the same unknown keys make no new ones. It is not safe for concurrent use; one belongs to one source.
type Extras struct {
	prefix string
	known  []string
	names  map[string]string
}

// Bounds of the names that are remembered of one source: their number and their length in bytes.
const (
	maxNames = 512
	maxName  = 128
)

// NewExtras makes Extras for a prefix such as "edgeone."; known are the attributes that the format itself writes: an
// unknown key that would become one of them gets an underscore behind it.
func NewExtras(prefix string, known ...string) *Extras {
	return &Extras{prefix: prefix, known: known, names: map[string]string{}}
}

// Write writes the extra keys of in.Match that have a value.
func (x *Extras) Write(in *Input, out *record.Writer) {
	for i := range in.Match.Extra {
		e := &in.Match.Extra[i]
		s := &e.Slot
		if !s.Has() || s.Start == s.End {
			continue
		}
		EmitExtra(in.Line, x.name(e.Key), e, out)
	}
}

// EmitExtra writes the value of a key that a dialect does not know under a name of the caller's choice, typed as it stands
// in the line.
func EmitExtra(line, name string, e *field.Extra, out *record.Writer) {
	s := &e.Slot
	switch {
	case s.Is(field.True), s.Is(field.False):
		out.Bool(name, s.Is(field.True))
	case s.Is(field.Number) && !s.Is(field.Real):
		out.Int(name, s.Num)
	case s.Is(field.Number):
		f, err := strconv.ParseFloat(s.Text(line), 64)
		if err != nil {
			out.Str(name, s.Text(line))
			return
		}
		out.Double(name, f)
	case s.Is(field.Encoded) && e.Decode != nil:
		out.Decoded(name, e.Decode(s.Text(line)))
	default:
		out.Str(name, s.Text(line))
	}
}

// name is the attribute of an unknown key.
func (x *Extras) name(key string) string {
	if name, ok := x.names[key]; ok {
		return name
	}
	name := x.prefix + key
	if !utf8.ValidString(name) {
		name = x.prefix + strings.Trim(strconv.QuoteToASCII(key), `"`)
	}
	for _, k := range x.known {
		if name == k {
			name += "_"
		}
	}
	if len(x.names) < maxNames && len(key) <= maxName {
		x.names[strings.Clone(key)] = name
	}
	return name
}
