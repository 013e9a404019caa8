// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// appendMember appends a member of an object and a comma.
func appendMember(b []byte, key string, v pcommon.Value) []byte {
	b = append(appendString(b, key), ':')
	return append(appendValue(b, v), ',')
}

func appendNumber(b []byte, key string, n int64) []byte {
	b = append(appendString(b, key), ':')
	return append(strconv.AppendInt(b, n, 10), ',')
}

// closed ends an object whose last member has a comma behind it, or that has none.
func closed(b []byte) []byte {
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, '}')
}

// appendValue appends a value as JSON.
func appendValue(b []byte, v pcommon.Value) []byte {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return appendString(b, v.Str())
	case pcommon.ValueTypeInt:
		return strconv.AppendInt(b, v.Int(), 10)
	case pcommon.ValueTypeDouble:
		if f := v.Double(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return strconv.AppendFloat(b, f, 'g', -1, 64)
		}
	case pcommon.ValueTypeBool:
		return strconv.AppendBool(b, v.Bool())
	case pcommon.ValueTypeBytes:
		return appendString(b, base64.StdEncoding.EncodeToString(v.Bytes().AsRaw()))
	case pcommon.ValueTypeMap:
		b = append(b, '{')
		for key, v := range v.Map().All() {
			b = appendMember(b, key, v)
		}
		return closed(b)
	case pcommon.ValueTypeSlice:
		b = append(b, '[')
		for i, v := range v.Slice().All() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, v)
		}
		return append(b, ']')
	case pcommon.ValueTypeEmpty:
	}
	return append(b, "null"...)
}

// appendString appends a string as Envoy writes it into JSON: of one that is not valid UTF-8, which Envoy sends although
// protobuf forbids it, each byte above 127 becomes \u00XX.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	valid := utf8.ValidString(s)
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c >= utf8.RuneSelf && !valid:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
