// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"encoding/binary"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// forgotten knows the keys of a shard that were forgotten last. When one of them comes again, what its earlier outputs
// counted is no longer known, and the new output says so. It has a fixed number of places, eight bytes each, in buckets of
// four: the oldest of a full bucket leaves. The buckets of a partition stand side by side.
type forgotten struct {
	places  int
	buckets [][4]uint64
}

// ofShard is the number of partitions that a shard has.
const ofShard = Partitions / shards

// of are the buckets of a partition.
func (f *forgotten) of(partition int) [][4]uint64 {
	n := len(f.buckets) / ofShard
	return f.buckets[partition%ofShard*n:][:n]
}

// bucket is where a key of a partition is, by the mark that is kept of it.
func (f *forgotten) bucket(partition int, mark uint64) *[4]uint64 {
	list := f.of(partition)
	return &list[mark>>32*uint64(len(list))>>32]
}

// markOf is what is kept of a key, which is never zero.
func markOf(k session.Key) uint64 { return k.Lo | 1 }

func (f *forgotten) add(partition int, mark uint64) {
	if f.buckets == nil {
		f.buckets = make([][4]uint64, max(f.places/4/ofShard, 1)*ofShard)
	}
	b := f.bucket(partition, mark)
	copy(b[1:], b[:3])
	b[0] = mark
}

func (f *forgotten) has(k session.Key) bool {
	if f.buckets == nil {
		return false
	}
	b, want := f.bucket(Partition(k), markOf(k)), markOf(k)
	return b[0] == want || b[1] == want || b[2] == want || b[3] == want
}

func (f *forgotten) bytes() int64 { return int64(len(f.buckets)) * 32 }

// AppendForgotten adds to b the marks of a partition, the oldest of a bucket first.
func (t *Table) AppendForgotten(b []byte, partition int) []byte {
	s := &t.shards[partition/ofShard]
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, bucket := range s.gone.of(partition) {
		for i := len(bucket) - 1; i >= 0; i-- {
			if bucket[i] != 0 {
				b = binary.LittleEndian.AppendUint64(b, bucket[i])
			}
		}
	}
	return b
}

// LoadForgotten reads what AppendForgotten wrote.
func (t *Table) LoadForgotten(partition int, b []byte) {
	s := &t.shards[partition/ofShard]
	s.mu.Lock()
	defer s.mu.Unlock()
	for ; len(b) >= 8; b = b[8:] {
		s.gone.add(partition, binary.LittleEndian.Uint64(b)|1)
	}
	s.account()
}
