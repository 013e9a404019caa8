// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package msgpack reads MessagePack as far as the fluentd forward protocol needs it: where a value ends, its head, and
// the value as JSON (msgpack specification, spec.md).
package msgpack

import (
	"encoding/binary"
	"errors"
	"math"
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

// Text is what values are read from.
type Text interface{ string | []byte }

// Read reads the head of the value at s[i].
func Read[T Text](s T, i int) (Head, error) {
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
func number[T Text](s T, i, width int) (n uint64, next int, ok bool) {
	if i+width > len(s) {
		return 0, i, false
	}
	for ; width > 0; width-- {
		n = n<<8 | uint64(s[i])
		i++
	}
	return n, i, true
}

// sized is a value of n bytes, before which skip bytes say its type.
func sized[T Text](s T, i int, kind Kind, n uint64, skip int) (Head, error) {
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

// End is the byte behind the value at s[i].
func End(s string, i int) (int, error) { return end(&Scanner{at: i}, s) }

// Scanner finds the end of a value of which more and more comes, without beginning anew each time. Its zero value is for
// a value that begins with the first byte.
type Scanner struct {
	at int
	// left are how many values of each open array or map are still to come.
	left  [MaxDepth]int64
	depth int
}

// End is the byte behind the value that begins with s[0], of which s is what has come so far. After ErrShort it may be
// asked again with the same text and what follows it.
func (c *Scanner) End(s []byte) (int, error) { return end(c, s) }

func end[T Text](c *Scanner, s T) (int, error) {
	for {
		h, err := Read(s, c.at)
		if err != nil {
			return c.at, err
		}
		c.at = h.Next
		n := int64(0)
		switch h.Kind {
		case Array:
			n = h.Num
		case Map:
			n = 2 * h.Num
		}
		if n > 0 {
			if c.depth == MaxDepth {
				return c.at, ErrDepth
			}
			c.left[c.depth] = n
			c.depth++
			continue
		}
		for c.depth > 0 {
			if c.left[c.depth-1]--; c.left[c.depth-1] > 0 {
				break
			}
			c.depth--
		}
		if c.depth == 0 {
			return c.at, nil
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
