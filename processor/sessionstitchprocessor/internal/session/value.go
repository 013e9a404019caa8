// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/proxylog/proxylog/internal/scan"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
)

// Kinds of an encoded value; the byte before its payload. Text has several, each of which gives back the same text:
// the shortest that can is taken, and equal texts always take the same one.
const (
	kindEmpty   = iota
	kindText    // length, bytes
	kindWord    // a number in the dictionary, one byte
	kindTime    // RFC 3339, UTC, nine digits: nanoseconds since 1970, 8 bytes
	kindIPv4    // 4 bytes
	kindIPv6    // 16 bytes
	kindHex     // lower-case hexadecimal digits: number of bytes, bytes
	kindDecimal // digits without a leading zero, below 2^63: varint
	kindInt     // zigzag varint
	kindDouble  // 8 bytes
	kindFalse
	kindTrue
	kindBytes // length, bytes
	kindSlice // length in bytes, count, values
	kindMap   // length in bytes, count, (length, key, value) sorted by key
	kindNamed // length, name, value: of an attribute whose key has no number
	// The time of the state's newest part: as kindInt, as kindTime.
	kindNewestInt
	kindNewestTime
)

// maxDepth bounds nested values; what lies deeper is written as its text.
const maxDepth = 8

// appendText adds a text. id is the attribute whose dictionary may hold it, dict.None for nested values.
func appendText(dst []byte, d *dict.Dict, id uint32, s string) []byte {
	if len(s) == 30 {
		if ns, ok := parseTime(s); ok {
			return binary.LittleEndian.AppendUint64(append(dst, kindTime), uint64(ns))
		}
	}
	if len(s) >= 16 && len(s)%2 == 0 && len(s) <= 128 && isHex(s) && !isDecimal(s) {
		dst = append(dst, kindHex, byte(len(s)/2))
		n := len(dst)
		dst = slices.Grow(dst, len(s)/2)[:n+len(s)/2]
		for i := range len(s) / 2 {
			dst[n+i] = scan.Hex(s[2*i])<<4 | scan.Hex(s[2*i+1])
		}
		return dst
	}
	if isDecimal(s) {
		n, _ := strconv.ParseUint(s, 10, 64)
		return binary.AppendUvarint(append(dst, kindDecimal), n)
	}
	if n, ok := d.Value(id, s); ok {
		return append(dst, kindWord, n)
	}
	if dst, ok := appendAddr(dst, s); ok {
		return dst
	}
	dst = binary.AppendUvarint(append(dst, kindText), uint64(len(s)))
	return append(dst, s...)
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isDecimal finds texts of 6 to 18 digits that a number gives back, and those of 19 below 2^63.
func isDecimal(s string) bool {
	if len(s) < 6 || len(s) > 19 || s[0] == '0' {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) < 19 || s <= "9223372036854775807"
}

// appendAddr adds an address if its text is the canonical one.
func appendAddr(dst []byte, s string) ([]byte, bool) {
	if len(s) < 7 || len(s) > 39 || (s[0] < '0' || s[0] > '9') && (s[0] < 'a' || s[0] > 'f') && s[0] != ':' {
		return dst, false
	}
	if b, ok := parseIPv4(s); ok {
		return append(append(dst, kindIPv4), b[:]...), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || !a.Is6() || a.Is4In6() {
		return dst, false
	}
	var buf [48]byte
	if string(a.AppendTo(buf[:0])) != s {
		return dst, false
	}
	b := a.As16()
	return append(append(dst, kindIPv6), b[:]...), true
}

// parseIPv4 reads four numbers without leading zeros.
func parseIPv4(s string) (a [4]byte, ok bool) {
	part, n, digits := 0, 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.' && digits > 0 && part < 3:
			a[part] = byte(n)
			part, n, digits = part+1, 0, 0
		case c >= '0' && c <= '9' && (digits == 0 || n > 0):
			digits++
			if n = 10*n + int(c-'0'); n > 255 {
				return a, false
			}
		default:
			return a, false
		}
	}
	a[part] = byte(n)
	return a, part == 3 && digits > 0
}

// appendValue adds a value of the attribute id and gives its hash, which is the same in every process.
func appendValue(dst []byte, d *dict.Dict, id uint32, v pcommon.Value) ([]byte, uint64) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		s := v.Str()
		return appendText(dst, d, id, s), xxhash.Sum64String(s)
	case pcommon.ValueTypeInt:
		return appendInt(dst, v.Int()), hashInt(v.Int())
	case pcommon.ValueTypeBool:
		if v.Bool() {
			return append(dst, kindTrue), mix(kindTrue)
		}
		return append(dst, kindFalse), mix(kindFalse)
	case pcommon.ValueTypeDouble:
		bits := math.Float64bits(v.Double())
		return binary.LittleEndian.AppendUint64(append(dst, kindDouble), bits), mix(bits ^ kindDouble<<56)
	default:
		n := len(dst)
		dst = appendNested(dst, v, 0)
		return dst, xxhash.Sum64(dst[n:])
	}
}

func hashInt(n int64) uint64 { return mix(uint64(n) ^ kindInt<<56) }

func appendInt(dst []byte, n int64) []byte {
	return binary.AppendVarint(append(dst, kindInt), n)
}

// appendNested adds a value without the dictionary, so that its bytes are the same in every process.
func appendNested(dst []byte, v pcommon.Value, depth int) []byte {
	if depth > maxDepth {
		return appendPlain(dst, TextOf(v))
	}
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return appendPlain(dst, v.Str())
	case pcommon.ValueTypeBytes:
		dst = binary.AppendUvarint(append(dst, kindBytes), uint64(v.Bytes().Len()))
		return append(dst, v.Bytes().AsRaw()...)
	case pcommon.ValueTypeSlice:
		body := binary.AppendUvarint(nil, uint64(v.Slice().Len()))
		for _, e := range v.Slice().All() {
			body = appendNested(body, e, depth+1)
		}
		return appendBody(dst, kindSlice, body)
	case pcommon.ValueTypeMap:
		pairs := pairsOf(v.Map())
		body := binary.AppendUvarint(nil, uint64(len(pairs)))
		for _, p := range pairs {
			body = binary.AppendUvarint(body, uint64(len(p.key)))
			body = appendNested(append(body, p.key...), p.value, depth+1)
		}
		return appendBody(dst, kindMap, body)
	case pcommon.ValueTypeEmpty:
		return append(dst, kindEmpty)
	default: // numbers and booleans need no dictionary
		dst, _ = appendValue(dst, nil, dict.None, v)
		return dst
	}
}

type pair struct {
	key   string
	value pcommon.Value
}

// pairsOf are the pairs of a map, sorted. Of a key that it has twice the first holds, as for Map.Get, which would have to
// search for each.
func pairsOf(m pcommon.Map) []pair {
	list := make([]pair, 0, m.Len())
	for k, v := range m.All() {
		list = append(list, pair{k, v})
	}
	slices.SortStableFunc(list, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	return slices.CompactFunc(list, func(a, b pair) bool { return a.key == b.key })
}

// maxTextDepth is how deep a value may be nested to be written as text.
const maxTextDepth = 1000

// TextOf is a value's text, and nothing for one that is nested so deep that to write it could exhaust the stack.
func TextOf(v pcommon.Value) string {
	if deeper(v, maxTextDepth) {
		return ""
	}
	return v.AsString()
}

// deeper says that a value is nested deeper than so many levels.
func deeper(v pcommon.Value, levels int) bool {
	switch v.Type() {
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			if levels == 0 || deeper(e, levels-1) {
				return true
			}
		}
	case pcommon.ValueTypeMap:
		for _, e := range v.Map().All() {
			if levels == 0 || deeper(e, levels-1) {
				return true
			}
		}
	}
	return false
}

func appendPlain(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(append(dst, kindText), uint64(len(s)))
	return append(dst, s...)
}

func appendBody(dst []byte, kind byte, body []byte) []byte {
	dst = binary.AppendUvarint(append(dst, kind), uint64(len(body)))
	return append(dst, body...)
}
