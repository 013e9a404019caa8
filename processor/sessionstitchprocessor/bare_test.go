// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"math/bits"
	"unsafe"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// bareTable is what the session table is measured against: open addressing over a slab without pointers, and in it
// records of one size that an update adds to and overwrites. It has no lock, no deadline queue and no limit, keeps one
// identity of a session's parts, cannot hold values longer than its record, and never forgets.
type bareTable struct {
	index   []uint32
	records []bareRecord
	n       int
}

// bareRecord has the size that a record had in the measurements of an early prototype, with the index: 145 bytes.
type bareRecord struct {
	key         session.Key
	newest, due int64
	sent        int64
	received    int64
	last        uint64
	values      [80]byte
}

func newBareTable(n int) *bareTable {
	return &bareTable{index: make([]uint32, n*2+8), records: make([]bareRecord, 0, n)}
}

func (t *bareTable) size() int {
	return len(t.index)*4 + cap(t.records)*int(unsafe.Sizeof(bareRecord{}))
}

// update adds parts to their sessions.
func (t *bareTable) update(parts []table.Addition) {
	var values [80]byte
	for i := range parts {
		p := parts[i].Part
		r := t.find(p.Key)
		id := p.Key.Lo ^ uint64(p.Time)
		if r.last == id {
			continue
		}
		r.last = id
		r.sent++
		r.received += 2
		if p.Time > r.newest {
			r.newest, r.due = p.Time, p.Time+30*60e9
			values[0] = byte(i)
			r.values = values
		}
	}
}

// find is the session's record, a new one where it has none.
func (t *bareTable) find(k session.Key) *bareRecord {
	at, _ := bits.Mul64(k.Lo, uint64(len(t.index)))
	for t.index[at] != 0 {
		if r := &t.records[t.index[at]-1]; r.key == k {
			return r
		}
		if at++; at == uint64(len(t.index)) {
			at = 0
		}
	}
	t.records = append(t.records, bareRecord{key: k})
	t.n++
	t.index[at] = uint32(t.n)
	return &t.records[t.n-1]
}
