// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"

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
			dst[n+i] = unhex(s[2*i])<<4 | unhex(s[2*i+1])
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

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
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
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return dst, false
	}
	var buf [48]byte
	if string(a.AppendTo(buf[:0])) != s {
		return dst, false
	}
	if a.Is4() {
		b := a.As4()
		return append(append(dst, kindIPv4), b[:]...), true
	}
	b := a.As16()
	return append(append(dst, kindIPv6), b[:]...), true
}

// appendValue adds a value of the attribute id and gives its hash, which is the same in every process.
func appendValue(dst []byte, d *dict.Dict, id uint32, v pcommon.Value) ([]byte, uint64) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		s := v.Str()
		return appendText(dst, d, id, s), xxhash.Sum64String(s)
	case pcommon.ValueTypeInt:
		return appendInt(dst, v.Int()), mix(uint64(v.Int()) ^ kindInt<<56)
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

func appendInt(dst []byte, n int64) []byte {
	return binary.AppendVarint(append(dst, kindInt), n)
}

// appendNested adds a value without the dictionary, so that its bytes are the same in every process.
func appendNested(dst []byte, v pcommon.Value, depth int) []byte {
	if depth > maxDepth {
		return appendPlain(dst, v.AsString())
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
		keys := make([]string, 0, v.Map().Len())
		for k := range v.Map().All() {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		body := binary.AppendUvarint(nil, uint64(len(keys)))
		for _, k := range keys {
			e, _ := v.Map().Get(k)
			body = binary.AppendUvarint(body, uint64(len(k)))
			body = appendNested(append(body, k...), e, depth+1)
		}
		return appendBody(dst, kindMap, body)
	case pcommon.ValueTypeEmpty:
		return append(dst, kindEmpty)
	default: // numbers and booleans need no dictionary
		dst, _ = appendValue(dst, nil, dict.None, v)
		return dst
	}
}

func appendPlain(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(append(dst, kindText), uint64(len(s)))
	return append(dst, s...)
}

func appendBody(dst []byte, kind byte, body []byte) []byte {
	dst = binary.AppendUvarint(append(dst, kind), uint64(len(body)))
	return append(dst, body...)
}

// valueLen is the length of the encoded value at the start of b, 0 if it is damaged.
func valueLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	n := 1
	switch b[0] {
	case kindEmpty, kindFalse, kindTrue:
	case kindWord:
		n++
	case kindIPv4:
		n += 4
	case kindTime, kindDouble:
		n += 8
	case kindIPv6:
		n += 16
	case kindHex:
		if len(b) < 2 {
			return 0
		}
		n += 1 + int(b[1])
	case kindInt, kindDecimal:
		_, k := binary.Uvarint(b[1:])
		if k <= 0 {
			return 0
		}
		n += k
	case kindText, kindBytes, kindSlice, kindMap:
		size, k := binary.Uvarint(b[1:])
		if k <= 0 || size > uint64(len(b)) {
			return 0
		}
		n += k + int(size)
	case kindNamed:
		size, k := binary.Uvarint(b[1:])
		if k <= 0 || size > uint64(len(b)-1-k) {
			return 0
		}
		n += k + int(size)
		if n == len(b) || b[n] == kindNamed {
			return 0
		}
		v := valueLen(b[n:])
		if v == 0 {
			return 0
		}
		n += v
	default:
		return 0
	}
	if n > len(b) {
		return 0
	}
	return n
}

func appendName(dst []byte, name string) []byte {
	dst = binary.AppendUvarint(append(dst, kindNamed), uint64(len(name)))
	return append(dst, name...)
}

// named splits the name from a value that has one.
func named(b []byte) (name, value []byte) {
	if b[0] != kindNamed {
		return nil, b
	}
	size, k := binary.Uvarint(b[1:])
	return b[1+k : 1+k+int(size)], b[1+k+int(size):]
}

// text gives back an encoded text; ok is false for values of other types.
func text(b []byte, d *dict.Dict, id uint32) (s string, ok bool) {
	switch b[0] {
	case kindText:
		_, k := binary.Uvarint(b[1:])
		return string(b[1+k:]), true
	case kindWord:
		return d.Text(id, b[1]), true
	case kindTime:
		return FormatTime(int64(binary.LittleEndian.Uint64(b[1:]))), true
	case kindIPv4:
		return netip.AddrFrom4([4]byte(b[1:5])).String(), true
	case kindIPv6:
		return netip.AddrFrom16([16]byte(b[1:17])).String(), true
	case kindHex:
		return hex.EncodeToString(b[2:]), true
	case kindDecimal:
		n, _ := binary.Uvarint(b[1:])
		return strconv.FormatUint(n, 10), true
	}
	return "", false
}

// readValue writes an encoded value into v.
func readValue(v pcommon.Value, b []byte, d *dict.Dict, id uint32) {
	if s, ok := text(b, d, id); ok {
		v.SetStr(s)
		return
	}
	switch b[0] {
	case kindInt:
		n, _ := binary.Varint(b[1:])
		v.SetInt(n)
	case kindDouble:
		v.SetDouble(math.Float64frombits(binary.LittleEndian.Uint64(b[1:])))
	case kindFalse, kindTrue:
		v.SetBool(b[0] == kindTrue)
	case kindBytes:
		_, k := binary.Uvarint(b[1:])
		v.SetEmptyBytes().FromRaw(b[1+k:])
	case kindSlice:
		s := v.SetEmptySlice()
		for e := range elements(b) {
			readValue(s.AppendEmpty(), e, d, dict.None)
		}
	case kindMap:
		m := v.SetEmptyMap()
		for k, e := range entries(b) {
			readValue(m.PutEmpty(k), e, d, dict.None)
		}
	}
}

// compareNumbers orders encoded numbers, ascending if sign is 1 and descending if it is -1; what is no number comes last.
func compareNumbers(a, b []byte, sign int) int {
	x, okA := number(a)
	y, okB := number(b)
	switch {
	case okA && okB && x != y:
		return sign * cmp.Compare(x, y)
	case okA && !okB:
		return -1
	case okB && !okA:
		return 1
	}
	return bytes.Compare(a, b)
}

func number(b []byte) (float64, bool) {
	switch b[0] {
	case kindInt:
		n, _ := binary.Varint(b[1:])
		return float64(n), true
	case kindDouble:
		f := math.Float64frombits(binary.LittleEndian.Uint64(b[1:]))
		return f, f == f
	}
	return 0, false
}
