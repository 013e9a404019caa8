// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"encoding/hex"
	"iter"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata"

	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
)

// valueLen is the length of the encoded value at the start of b, 0 if it is damaged.
func valueLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	n := int(sizes[b[0]])
	if n > 0 {
		if n > len(b) {
			return 0
		}
		return n
	}
	n = 1
	switch b[0] {
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

// sizes are the lengths of encoded values by their kind, 0 where they vary or where there is no such kind.
var sizes = [256]uint8{
	kindEmpty: 1, kindFalse: 1, kindTrue: 1, kindNewestInt: 1, kindNewestTime: 1,
	kindWord: 2, kindIPv4: 5, kindTime: 9, kindDouble: 9, kindIPv6: 17,
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

// valid is a text as UTF-8, whatever a sender called one: what is none is refused by next consumers, together with all
// sessions that are sent with it.
func valid(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }

// text gives back an encoded text; ok is false for values of other types.
func text(b []byte, d *dict.Dict, id uint32) (s string, ok bool) {
	switch b[0] {
	case kindText:
		_, k := binary.Uvarint(b[1:])
		return valid(b[1+k:]), true
	case kindWord:
		return d.Text(id, b[1]), true
	case kindTime:
		return record.FormatTime(int64(binary.LittleEndian.Uint64(b[1:]))), true
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

// setValue makes v what an encoded value says.
func setValue(v pcommon.Value, b []byte, d *dict.Dict, id uint32) {
	if s, ok := text(b, d, id); ok {
		v.SetStr(s)
		return
	}
	switch b[0] {
	case kindInt:
		v.SetInt(intOf(b))
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
			setValue(s.AppendEmpty(), e, d, dict.None)
		}
	case kindMap:
		for x, e := range fill(v.SetEmptyMap(), entries(b)) {
			setValue(x, e, d, dict.None)
		}
	}
}

// fill gives a place in m, which is empty, to each of the keys, none of which comes twice: no place is searched for. A value
// has to be set before the next one comes.
func fill[T any](m pcommon.Map, pairs iter.Seq2[string, T]) iter.Seq2[pcommon.Value, T] {
	return func(yield func(pcommon.Value, T) bool) {
		var b xpdata.MapBuilder
		for k, x := range pairs {
			if !yield(b.AppendEmpty(k), x) {
				break
			}
		}
		b.UnsafeIntoMap(m)
	}
}
