// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package msgpack reads MessagePack as far as the fluentd forward protocol needs it: where a value ends, its head, and
// the value as JSON (msgpack specification, spec.md).
package msgpack

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
)

// The errors of a text that cannot be read.
var (
	// ErrShort: the value goes on behind the end of the text.
	ErrShort = errors.New("msgpack: the value is not complete")
	// ErrFormat: a byte that begins no value, or a key that is no text.
	ErrFormat = errors.New("msgpack: not a value")
	// ErrDepth: arrays and maps are nested deeper than MaxDepth.
	ErrDepth = errors.New("msgpack: nested too deep")
)

// MaxDepth is how deep arrays and maps may be nested.
const MaxDepth = 32

// Kind is what a value is.
type Kind uint8

// The kinds. A Str may hold any bytes; a Bin is one that is not meant to be text.
const (
	Nil Kind = iota
	Bool
	Int
	Uint
	Float
	Str
	Bin
	Array
	Map
	Ext
)

// Head is the beginning of a value: all of it but the elements of an Array or a Map.
type Head struct {
	Kind Kind
	// Num is the value of a Bool (0, 1), an Int, a Uint (its bits) or a Float (its bits as float64), the length of an
	// Array, the number of pairs of a Map, or the type of an Ext.
	Num int64
	// Start and End are the bytes of a Str, Bin or Ext.
	Start, End int
	// Next is the byte behind the head.
	Next int
}

// Read reads the head of the value at s[i].
func Read(s string, i int) (Head, error) {
	if i >= len(s) {
		return Head{}, ErrShort
	}
	c := s[i]
	i++
	switch {
	case c <= 0x7f:
		return Head{Kind: Uint, Num: int64(c), Next: i}, nil
	case c >= 0xe0:
		return Head{Kind: Int, Num: int64(int8(c)), Next: i}, nil
	case c <= 0x8f:
		return Head{Kind: Map, Num: int64(c & 0x0f), Next: i}, nil
	case c <= 0x9f:
		return Head{Kind: Array, Num: int64(c & 0x0f), Next: i}, nil
	case c <= 0xbf:
		return sized(s, i, Str, uint64(c&0x1f), 0)
	}
	switch c {
	case 0xc0:
		return Head{Kind: Nil, Next: i}, nil
	case 0xc2, 0xc3:
		return Head{Kind: Bool, Num: int64(c & 1), Next: i}, nil
	case 0xc1:
		return Head{}, ErrFormat
	}
	f := forms[c-0xc4]
	n, next, ok := number(s, i, f.width)
	if !ok {
		return Head{}, ErrShort
	}
	switch f.kind {
	case Uint:
		return Head{Kind: Uint, Num: int64(n), Next: next}, nil
	case Int:
		shift := 64 - 8*f.width
		return Head{Kind: Int, Num: int64(n) << shift >> shift, Next: next}, nil
	case Float:
		if f.width == 4 {
			n = math.Float64bits(float64(math.Float32frombits(uint32(n))))
		}
		return Head{Kind: Float, Num: int64(n), Next: next}, nil
	case Array, Map:
		return Head{Kind: f.kind, Num: int64(n), Next: next}, nil
	}
	if f.width == 0 {
		n = uint64(f.size)
	}
	return sized(s, next, f.kind, n, f.skip)
}

// form is how the values from 0xc4 on are written: width bytes with a number or a length, skip bytes with the type of an
// Ext, and for one of fixed size that many bytes.
type form struct {
	kind              Kind
	width, skip, size int
}

// forms are those of 0xc4 to 0xdf.
var forms = [...]form{
	{Bin, 1, 0, 0},
	{Bin, 2, 0, 0},
	{Bin, 4, 0, 0},
	{Ext, 1, 1, 0},
	{Ext, 2, 1, 0},
	{Ext, 4, 1, 0},
	{Float, 4, 0, 0},
	{Float, 8, 0, 0},
	{Uint, 1, 0, 0},
	{Uint, 2, 0, 0},
	{Uint, 4, 0, 0},
	{Uint, 8, 0, 0},
	{Int, 1, 0, 0},
	{Int, 2, 0, 0},
	{Int, 4, 0, 0},
	{Int, 8, 0, 0},
	{Ext, 0, 1, 1},
	{Ext, 0, 1, 2},
	{Ext, 0, 1, 4},
	{Ext, 0, 1, 8},
	{Ext, 0, 1, 16},
	{Str, 1, 0, 0},
	{Str, 2, 0, 0},
	{Str, 4, 0, 0},
	{Array, 2, 0, 0},
	{Array, 4, 0, 0},
	{Map, 2, 0, 0},
	{Map, 4, 0, 0},
}

// number reads a number of so many bytes, the highest first.
func number(s string, i, width int) (n uint64, next int, ok bool) {
	if i+width > len(s) {
		return 0, i, false
	}
	for _, c := range []byte(s[i : i+width]) {
		n = n<<8 | uint64(c)
	}
	return n, i + width, true
}

// sized is a value of n bytes, before which skip bytes say its type.
func sized(s string, i int, kind Kind, n uint64, skip int) (Head, error) {
	if i+skip > len(s) {
		return Head{}, ErrShort
	}
	h := Head{Kind: kind}
	if skip == 1 {
		h.Num = int64(int8(s[i]))
	}
	h.Start = i + skip
	if n > uint64(len(s)-h.Start) {
		return Head{}, ErrShort
	}
	h.End = h.Start + int(n)
	h.Next = h.End
	return h, nil
}

// End is the byte behind the value at s[i]. Whoever reads a stream asks again with more of it after ErrShort.
func End(s string, i int) (int, error) {
	// left are how many values of each open array or map are still to come.
	var left [MaxDepth]int64
	depth := 0
	for {
		h, err := Read(s, i)
		if err != nil {
			return i, err
		}
		i = h.Next
		n := int64(0)
		switch h.Kind {
		case Array:
			n = h.Num
		case Map:
			n = 2 * h.Num
		}
		if n > 0 {
			if depth == MaxDepth {
				return i, ErrDepth
			}
			left[depth] = n
			depth++
			continue
		}
		for depth > 0 {
			if left[depth-1]--; left[depth-1] > 0 {
				break
			}
			depth--
		}
		if depth == 0 {
			return i, nil
		}
	}
}

// Time reads the value at s[i] as a time of the forward protocol, an Ext of type 0 with seconds and nanoseconds or whole
// seconds, and returns nanoseconds since 1970 and the byte behind it.
func Time(s string, i int) (ns int64, next int, ok bool) {
	h, err := Read(s, i)
	if err != nil {
		return 0, i, false
	}
	switch {
	case h.Kind == Ext && h.Num == 0 && h.End-h.Start == 8:
		b := []byte(s[h.Start:h.End])
		return int64(binary.BigEndian.Uint32(b))*1e9 + int64(binary.BigEndian.Uint32(b[4:])), h.Next, true
	case h.Kind == Uint && h.Num >= 0 && h.Num < 1<<33:
		return h.Num * 1e9, h.Next, true
	}
	return 0, h.Next, false
}

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
