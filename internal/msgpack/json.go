// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package msgpack

import (
	"math"
	"strconv"
)

// AppendJSON appends the value at s[i] as JSON and returns the byte behind it. Texts keep bytes that are not UTF-8; an
// Ext, and a number that JSON has no word for, becomes null.
func AppendJSON(b []byte, s string, i int) ([]byte, int, error) { return appendValue(b, s, i, 0) }

func appendValue(b []byte, s string, i, depth int) ([]byte, int, error) {
	h, err := Read(s, i)
	if err != nil {
		return b, i, err
	}
	i = h.Next
	switch h.Kind {
	case Bool:
		return strconv.AppendBool(b, h.Num != 0), i, nil
	case Int:
		return strconv.AppendInt(b, h.Num, 10), i, nil
	case Uint:
		return strconv.AppendUint(b, uint64(h.Num), 10), i, nil
	case Float:
		f := math.Float64frombits(uint64(h.Num))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return append(b, "null"...), i, nil
		}
		return strconv.AppendFloat(b, f, 'g', -1, 64), i, nil
	case Str, Bin:
		return AppendText(b, s[h.Start:h.End]), i, nil
	case Array, Map:
		if depth == MaxDepth {
			return b, i, ErrDepth
		}
		return appendAll(b, s, h, depth+1)
	}
	return append(b, "null"...), i, nil
}

// appendAll appends the elements of an array or a map.
func appendAll(b []byte, s string, h Head, depth int) (_ []byte, i int, err error) {
	i = h.Next
	opening, closing := byte('['), byte(']')
	if h.Kind == Map {
		opening, closing = '{', '}'
	}
	b = append(b, opening)
	for n := range h.Num {
		if n > 0 {
			b = append(b, ',')
		}
		if h.Kind == Map {
			key, err := Read(s, i)
			switch {
			case err != nil:
				return b, i, err
			case key.Kind != Str && key.Kind != Bin:
				return b, i, ErrFormat
			}
			b = append(AppendText(b, s[key.Start:key.End]), ':')
			i = key.Next
		}
		if b, i, err = appendValue(b, s, i, depth); err != nil {
			return b, i, err
		}
	}
	return append(b, closing), i, nil
}

// AppendText appends a text as a JSON string. Bytes that are not UTF-8 stay as they are.
func AppendText[T string | []byte](b []byte, text T) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
