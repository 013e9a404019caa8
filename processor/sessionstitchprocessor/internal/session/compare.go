// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// number is a number that a value holds: a whole one, or another one. Not all whole numbers of 64 bits are floating-point
// numbers: a time in nanoseconds is none.
type number struct {
	isInt bool
	n     int64
	f     float64
}

// numberIn is the number that an encoded value is; false for what is none, not-a-number included.
func numberIn(b []byte) (number, bool) {
	switch b[0] {
	case kindInt:
		return number{isInt: true, n: intOf(b)}, true
	case kindDouble:
		f := math.Float64frombits(binary.LittleEndian.Uint64(b[1:]))
		return number{f: f}, f == f
	}
	return number{}, false
}

// numberOfText is the number that a text says.
func numberOfText(s string) (number, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return number{isInt: true, n: n}, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return number{f: f}, err == nil && f == f
}

// compare is exact, so that it is an order also where whole numbers and others are mixed.
func (x number) compare(y number) int {
	switch {
	case x.isInt && y.isInt:
		return cmp.Compare(x.n, y.n)
	case x.isInt:
		return compareMixed(x.n, y.f)
	case y.isInt:
		return -compareMixed(y.n, x.f)
	}
	return cmp.Compare(x.f, y.f)
}

func compareMixed(n int64, f float64) int {
	const beyond = 1 << 63
	switch {
	case f >= beyond:
		return -1
	case f < -beyond:
		return 1
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(n, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(whole, f)
}

// Classes of values, in the order in which min and max prefer them. A text that says a number is a number.
const (
	isNumber = iota
	isText
	isNeither
)

// ranked is a value as min and max look at it.
type ranked struct {
	class int
	number
	// text is the value's text, or of what is no text its encoding.
	text string
	kind byte
}

func (m *Model) rank(a *Attr) ranked {
	c := ranked{class: isNumber, kind: a.Value[0]}
	var ok bool
	if c.text, ok = text(a.Value, m.dict, a.Key); ok {
		// One text has one encoding in a process and another one in the next.
		c.kind = kindText
		if c.number, ok = numberOfText(c.text); !ok {
			c.class = isText
		}
		return c
	}
	if c.number, ok = numberIn(a.Value); !ok {
		c.class = isNeither
	}
	c.text = string(a.Value)
	return c
}

// compareFor orders two values of an attribute by which of them min (sign 1) or max (sign -1) takes: numbers before texts,
// and those before what is neither.
func (m *Model) compareFor(sign int, a, b *Attr) int {
	if n, ok := numberIn(a.Value); ok { // mostly both are
		if o, ok := numberIn(b.Value); ok {
			return cmp.Or(sign*n.compare(o), bytes.Compare(a.Value, b.Value))
		}
	}
	x, y := m.rank(a), m.rank(b)
	if c := cmp.Compare(x.class, y.class); c != 0 {
		return c
	}
	if x.class == isNumber {
		if c := x.compare(y.number); c != 0 {
			return sign * c
		}
	}
	return cmp.Or(cmp.Compare(x.kind, y.kind), sign*strings.Compare(x.text, y.text))
}

// compareValues orders encoded values that need no dictionary: by kind and content, numbers of both kinds as numbers.
func compareValues(a, b []byte) int {
	x, okX := numberIn(a)
	y, okY := numberIn(b)
	kind := func(b []byte, isNumber bool) byte {
		if isNumber {
			return kindInt
		}
		return b[0]
	}
	if c := cmp.Compare(kind(a, okX), kind(b, okY)); c != 0 {
		return c
	}
	if okX && okY {
		return cmp.Or(x.compare(y), bytes.Compare(a, b))
	}
	if a[0] == kindText {
		_, k := binary.Uvarint(a[1:])
		_, l := binary.Uvarint(b[1:])
		return bytes.Compare(a[1+k:], b[1+l:])
	}
	return bytes.Compare(a, b)
}
