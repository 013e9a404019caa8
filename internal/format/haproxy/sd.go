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
