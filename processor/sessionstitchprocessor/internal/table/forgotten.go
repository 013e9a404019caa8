// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"

// forgotten knows the keys that were forgotten last. When one of them comes again, what its earlier outputs counted is
// no longer known, and the new output says so. It has a fixed number of places, eight bytes each, in buckets of four: the
// oldest of a full bucket leaves.
type forgotten struct {
	places  int
	buckets [][4]uint64
}

func (f *forgotten) bucket(k session.Key) *[4]uint64 {
	return &f.buckets[k.Hi%uint64(len(f.buckets))]
}

func (f *forgotten) add(k session.Key) {
	if f.buckets == nil {
		f.buckets = make([][4]uint64, max(f.places/4, 1))
	}
	b := f.bucket(k)
	copy(b[1:], b[:3])
	b[0] = k.Lo | 1
}

func (f *forgotten) has(k session.Key) bool {
	if f.buckets == nil {
		return false
	}
	b, want := f.bucket(k), k.Lo|1
	return b[0] == want || b[1] == want || b[2] == want || b[3] == want
}

func (f *forgotten) bytes() int64 { return int64(len(f.buckets)) * 32 }
