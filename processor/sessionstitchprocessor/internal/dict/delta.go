// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package dict

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Mark is how far a dictionary has been written down: for each key, how many of its values. The zero Mark is nothing.
type Mark struct {
	values []int
	// size is that of the dictionary then; it only grows.
	size int64
}

// Entries of an encoded dictionary; each has its number, so that reading one twice changes nothing.
const (
	entryKey   = 1 // number, length, name
	entryValue = 2 // number of the key, number, length, text
)

var errDamaged = errors.New("damaged dictionary")

// AppendSince adds what the dictionary has and the mark has not, and gives the mark for all of it.
func (d *Dict) AppendSince(dst []byte, m Mark) ([]byte, Mark) {
	size := d.size.Load()
	if size == m.size && m.values != nil {
		return dst, m
	}
	d.mu.Lock() // so that keys and values are of one moment
	defer d.mu.Unlock()
	list := d.keys.Load().list
	next := Mark{values: make([]int, len(list)), size: d.size.Load()}
	copy(next.values, m.values)
	for id := 1; id < len(list); id++ {
		k := list[id]
		if id >= len(m.values) {
			dst = binary.AppendUvarint(append(dst, entryKey), uint64(id))
			dst = append(binary.AppendUvarint(dst, uint64(len(k.name))), k.name...)
		}
		v := k.values.Load()
		for n := next.values[id]; n < len(v.list); n++ {
			dst = binary.AppendUvarint(append(dst, entryValue), uint64(id))
			dst = binary.AppendUvarint(append(dst, byte(n)), uint64(len(v.list[n])))
			dst = append(dst, v.list[n]...)
		}
		next.values[id] = len(v.list)
	}
	return dst, next
}

// Restore reads what AppendSince wrote, in the order in which it was written. An entry that is there already must be the
// same.
func (d *Dict) Restore(b []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := slices.Clone(d.keys.Load().list)
	for len(b) > 0 {
		kind := b[0]
		id, k := binary.Uvarint(b[1:])
		if k <= 0 || id == 0 || id > maxReserved {
			return errDamaged
		}
		b = b[1+k:]
		n := 0
		if kind == entryValue {
			if len(b) == 0 || id >= uint64(len(list)) {
				return errDamaged
			}
			n, b = int(b[0]), b[1:]
		}
		size, k := binary.Uvarint(b)
		if k <= 0 || size > uint64(len(b)-k) {
			return errDamaged
		}
		text := string(b[k : k+int(size)])
		b = b[k+int(size):]
		var ok bool
		switch kind {
		case entryKey:
			list, ok = d.restoreKey(list, id, text)
		case entryValue:
			ok = d.restoreValue(list[id], n, text)
		}
		if !ok {
			return errDamaged
		}
	}
	next := &keys{ids: make(map[string]uint32, len(list)), list: list}
	for id := 1; id < len(list); id++ {
		next.ids[list[id].name] = uint32(id)
	}
	d.keys.Store(next)
	return nil
}

func (d *Dict) restoreKey(list []*key, id uint64, name string) ([]*key, bool) {
	if id < uint64(len(list)) {
		return list, list[id].name == name
	}
	if id != uint64(len(list)) || len(name) > MaxKeyLen {
		return list, false
	}
	k := &key{name: name, hash: xxhash.Sum64String(name)}
	k.values.Store(&values{})
	d.size.Add(int64(len(name)) + entrySize)
	return append(list, k), true
}

func (d *Dict) restoreValue(k *key, n int, text string) bool {
	old := k.values.Load()
	if n < len(old.list) {
		return old.list[n] == text
	}
	if n != len(old.list) || n >= MaxValues || len(text) > maxValueLen {
		return false
	}
	next := &values{ids: make(map[string]uint8, n+1), list: append(slices.Clip(old.list), text)}
	for s, i := range old.ids {
		next.ids[s] = i
	}
	next.ids[text] = uint8(n)
	k.values.Store(next)
	d.size.Add(int64(len(text)) + entrySize)
	return true
}
