// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// Emit writes the attributes of all slots whose field has a Conv of its own. What remains, the fields with a role, is
// the format's.
func Emit(in *Input, out *record.Writer) {
	m := &in.Match
	d := m.Dialect
	for i := range d.emitted {
		e := &d.emitted[i]
		s := &m.Slots[e.slot]
		if !s.Has() {
			continue
		}
		// The most frequent ones, without a call.
		switch e.conv {
		case field.Count:
			if s.Num >= 0 {
				out.Int(e.key, s.Num)
			}
		case field.Millis:
			if s.Num >= 0 {
				out.Double(e.key, float64(s.Num)/1e3)
			}
		default:
			EmitField(in.Line, &d.Fields[e.slot], s, out)
		}
	}
	if m.Ambiguous {
		out.Bool(attr.ProxyAmbiguous, true)
	}
}

// Text writes a text that is all of what a slot holds, or a part of it that was cut at ASCII. Where an encoding was undone it
// may hold any bytes.
func Text(out *record.Writer, key, text string, s *field.Slot) {
	if s.Is(field.Encoded) {
		out.Decoded(key, text)
		return
	}
	out.Str(key, text)
}

// EmitField writes the attribute of one slot that has a value.
func EmitField(line string, f *field.Field, s *field.Slot, out *record.Writer) {
	switch f.Conv {
	case field.Str:
		if f.Clean != nil {
			out.Decoded(f.Key, f.Clean(f.Value(line, s)))
			return
		}
		if s.Flags&field.Encoded != 0 && f.Decode != nil {
			out.Decoded(f.Key, f.Decode(s.Text(line)))
			return
		}
		out.Str(f.Key, s.Text(line))
	case field.Strs:
		v := f.Value(line, s)
		if f.Clean != nil {
			v = f.Clean(v)
		}
		out.Strs(f.Key, v)
	case field.Int:
		out.Int(f.Key, s.Num)
	case field.Count:
		if s.Num >= 0 {
			out.Int(f.Key, s.Num)
		}
	case field.Positive:
		if s.Num > 0 {
			out.Int(f.Key, s.Num)
		}
	case field.Millis:
		if s.Num >= 0 {
			out.Double(f.Key, float64(s.Num)/1e3)
		}
	case field.Nanos:
		out.Seconds(f.Key, s.Num)
	case field.Bool:
		out.Bool(f.Key, s.Num != 0)
	case field.HostPort:
		host, port := scan.HostPort(f.Value(line, s))
		out.Str(f.Key, host)
		if port > 0 && f.Key2 != "" {
			out.Int(f.Key2, port)
		}
	case field.None:
	}
}
