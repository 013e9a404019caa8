// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// key names the session of a record.
func (r *Reader) key(m *Model, family string) (k Key, approximate, ok bool) {
	for i := range m.keys {
		c := &m.keys[i]
		if c.Families != nil && !slices.Contains(c.Families, family) || !r.hasKey(c) {
			continue
		}
		b := append(r.scratch[:0], m.Name...)
		b = append(append(append(b, 0), family...), 0, byte(i))
		for _, list := range [3][]uint8{c.need, c.any, c.also} {
			for _, s := range list {
				v, have := r.slot(s)
				b = appendKey(b, v, have)
			}
		}
		for _, name := range c.Key.Resource {
			v, have := r.resource.Get(name)
			b = appendKey(b, v, have)
		}
		r.scratch = b
		return hashKey(b), c.Approximate, true
	}
	return Key{}, false, false
}

func hashKey(b []byte) Key {
	sum := sha256.Sum256(b)
	return Key{Hi: binary.BigEndian.Uint64(sum[:8]), Lo: binary.BigEndian.Uint64(sum[8:16])}
}

func (r *Reader) hasKey(c *key) bool {
	for _, s := range c.need {
		if !r.hasText(s) {
			return false
		}
	}
	if slices.ContainsFunc(c.without, r.hasText) {
		return false
	}
	return len(c.any) == 0 || slices.ContainsFunc(c.any, r.hasText)
}

// hasText says that an attribute is there and not an empty text.
func (r *Reader) hasText(s uint8) bool {
	v, ok := r.slot(s)
	return ok && (v.Type() != pcommon.ValueTypeStr || v.Str() != "")
}

func appendKey(b []byte, v pcommon.Value, have bool) []byte {
	if !have {
		return append(b, 0)
	}
	if v.Type() == pcommon.ValueTypeInt {
		var digits [20]byte
		n := strconv.AppendInt(digits[:0], v.Int(), 10)
		return append(binary.AppendUvarint(append(b, 1), uint64(len(n))), n...)
	}
	s := TextOf(v)
	return append(binary.AppendUvarint(append(b, 1), uint64(len(s))), s...)
}
