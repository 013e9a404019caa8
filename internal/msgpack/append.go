// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package msgpack

import (
	"encoding/binary"
	"math"
)

// AppendArray appends the head of an array of n values, at most 65535.
func AppendArray(b []byte, n int) []byte {
	if n <= 15 {
		return append(b, 0x90|byte(n))
	}
	return binary.BigEndian.AppendUint16(append(b, 0xdc), uint16(n))
}

// AppendMap appends the head of a map of n pairs, at most 65535.
func AppendMap(b []byte, n int) []byte {
	if n <= 15 {
		return append(b, 0x80|byte(n))
	}
	return binary.BigEndian.AppendUint16(append(b, 0xde), uint16(n))
}

// AppendNil appends the value that stands for none.
func AppendNil(b []byte) []byte { return append(b, 0xc0) }

// AppendInt appends a number.
func AppendInt(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 0xd3), uint64(n))
}

// AppendFloat appends a number with a fraction.
func AppendFloat(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 0xcb), math.Float64bits(f))
}

// AppendTime appends a time of the forward protocol, of nanoseconds since 1970.
func AppendTime(b []byte, ns int64) []byte {
	b = binary.BigEndian.AppendUint32(append(b, 0xd7, 0x00), uint32(ns/1e9))
	return binary.BigEndian.AppendUint32(b, uint32(ns%1e9))
}

// AppendBool appends a truth value.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 0xc3)
	}
	return append(b, 0xc2)
}

// AppendStr appends a text, in the shortest form.
func AppendStr(b []byte, s string) []byte {
	switch n := len(s); {
	case n <= 31:
		b = append(b, 0xa0|byte(n))
	case n <= 0xff:
		b = append(b, 0xd9, byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 0xda), uint16(n))
	default:
		b = binary.BigEndian.AppendUint32(append(b, 0xdb), uint32(n))
	}
	return append(b, s...)
}

// AppendBin appends bytes that are not meant to be text, at most 255.
func AppendBin(b []byte, s string) []byte {
	return append(append(b, 0xc4, byte(len(s))), s...)
}
