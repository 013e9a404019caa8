// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// A record.Kind is made of what the slots hold before the record is written. The keys of a record mostly follow from which
// fields have a value, and from states and outcomes; its values from names as well, but no addresses, times and sizes
// belong here, of which each is new.

// Present is a number for the fields that have a value. A number below zero is none. Fields that are 64 apart share a bit.
func (m *Match) Present() (p uint64) {
	for i := range m.Slots {
		s := &m.Slots[i]
		p = bits.RotateLeft64(p, 1) ^ (uint64(uint32(s.Start)>>31) | uint64(s.Num)>>63 | uint64(s.Flags&field.Null))
	}
	return p
}

// Hash adds the values of the fields with the roles to a number: 0, that of Present, or one of Hash.
func (in *Input) Hash(h uint64, roles ...field.Role) uint64 {
	m := &in.Match
	for _, r := range roles {
		if i := m.Dialect.roles[r]; i >= 0 {
			s := &m.Slots[i]
			h = (h ^ ending(s.Text(in.Line)) ^ uint64(s.Num)) * spread
		}
	}
	return h
}

// spread is 2^64 divided by the golden ratio: multiplying by it spreads numbers that are close to each other.
const spread = 0x9e3779b97f4a7c15

// ending is the length of a text and its last eight bytes, in which names differ that begin alike.
func ending(s string) uint64 {
	n := uint64(len(s)) << 56
	if len(s) >= 8 {
		return n ^ scan.Eight(s, len(s)-8)
	}
	for i := range len(s) {
		n = n<<8 ^ uint64(s[i])
	}
	return n
}
