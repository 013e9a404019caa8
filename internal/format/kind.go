// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/field"
)

// Kind tells apart entries whose records have other attributes, or other values of those that vary little: names, states
// and outcomes, but no addresses, times and sizes. It is made of what is known before the record is written, and is
// right often enough: see record.Writer.BeginKind. Its zero value is that of a format which cannot tell.
type Kind uint64

// spread is 2^64 divided by the golden ratio: multiplying by it spreads numbers that are close to each other.
const spread = 0x9e3779b97f4a7c15

// With adds a number.
func (k Kind) With(n uint64) Kind { return (k ^ Kind(n)) * spread }

// KindOf is made of the fields that the entry has a value for, where it says so, and of the values of those with the roles.
func (in *Input) KindOf(present bool, roles ...field.Role) (k Kind) {
	m := &in.Match
	if present {
		k = k.With(m.present())
	}
	for _, r := range roles {
		if i := m.Dialect.roles[r]; i >= 0 {
			s := &m.Slots[i]
			k = k.With(ending(s.Text(in.Line)) ^ uint64(s.Num))
		}
	}
	return k
}

// ending is the length of a text and its last eight bytes, in which names differ that begin alike.
func ending(s string) uint64 {
	n := uint64(len(s)) << 56
	if len(s) >= 8 {
		s = s[len(s)-8:]
		return n ^ (uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)
	}
	for i := range len(s) {
		n = n<<8 ^ uint64(s[i])
	}
	return n
}

// present has a bit for each field, set where it has no value. A number below zero is none. Fields that are 64 apart
// share a bit.
func (m *Match) present() (p uint64) {
	for i := range m.Slots {
		s := &m.Slots[i]
		p = bits.RotateLeft64(p, 1) ^ (uint64(uint32(s.Start)>>31) | uint64(s.Num)>>63 | uint64(s.Flags&field.Null))
	}
	return p
}
