// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"fmt"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// The structured data of an RFC 5424 header is what log-format-sd makes: HAProxy copies it as it comes out, be it valid
// or not. It stands before the text and is written of the same moment.

func compileSD(text string, c captures) (*directive.Program, error) {
	items, err := parseLogFormat(text, c)
	if err != nil {
		return nil, fmt.Errorf("log-format-sd: %w", err)
	}
	p, err := directive.CompileAdjacent(items)
	if err != nil {
		return nil, fmt.Errorf("log-format-sd: %w", err)
	}
	return p, nil
}

// once lets each attribute and each role be filled by the first of its fields only: the others are shown by explain and
// write nothing, since a record has an attribute once. What the captured headers of the line become is theirs.
func (d *dialect) once(fields []field.Field) []field.Field {
	out := make([]field.Field, len(fields))
	keys, roles := map[string]bool{}, map[field.Role]bool{}
	for i := range fields {
		switch fields[i].Role {
		case roleRequestHeaders:
			for _, k := range d.captures.request {
				keys[k] = true
			}
		case roleResponseHeaders:
			for _, k := range d.captures.response {
				keys[k] = true
			}
		}
	}
	for i, f := range fields {
		if f.Key != "" && keys[f.Key] {
			f.Key, f.Key2, f.Conv = "", "", field.None
		}
		if f.Role != 0 && roles[f.Role] {
			f.Role = 0
		}
		keys[f.Key], roles[f.Role] = true, true
		out[i] = f
	}
	return out
}

// structured reads the structured data into the slots behind those of the text. Without a log-format-sd, or where the
// line's own is of another one, it is left to be kept as it is; read reports which.
func (d *dialect) structured(in *format.Input) (read bool) {
	h := &in.Header
	if d.sd == nil || h.SDStart == h.SDEnd {
		return false
	}
	slots := in.Match.Slots[d.own:]
	res := d.sd.Run(in.Line, h.SDStart, h.SDEnd, slots)
	if !res.OK {
		field.Reset(slots)
		return false
	}
	in.Match.Ambiguous = in.Match.Ambiguous || res.Ambiguous
	return true
}

// keepStructured writes the structured data that was not read as it stands.
func keepStructured(in *format.Input, out *record.Writer) {
	if h := &in.Header; h.SDEnd > h.SDStart {
		out.Str(attr.HaproxyStructuredData, in.Line[h.SDStart:h.SDEnd])
	}
}
