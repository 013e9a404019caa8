// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package dict gives small numbers to attribute keys and to their frequent values, so that the state of a session
// holds a byte where it would hold a text.
//
// It is bounded in every direction: so many keys beside those that are reserved, so many values per key, values up to a
// length, and a size in all. A key with more distinct values than that (an address, a path) keeps the numbers it has given
// and gives no more; its later values are written out. So a value either always has a number or never, and equal values
// have equal encodings.
//
// What is no UTF-8 gets no number, so that whoever writes it has to look.
//
// Reading takes no lock: what is published is never changed.
package dict

import (
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

const (
	// maxKeys bounds the keys that get a number; the contract has about 300. Those that are reserved may go beyond it, up
	// to maxReserved.
	maxKeys     = 4096
	maxReserved = 2 * maxKeys
	// MaxKeyLen is the longest key that gets a number, in bytes.
	MaxKeyLen = 256
	// MaxValues is how many values of one key get a number, so that it fits a byte.
	MaxValues = 256
	// maxValueLen is the longest value that gets a number, in bytes.
	maxValueLen = 48
	// entrySize is what an entry takes beside its text: two headers, a map's slot at its worst load.
	entrySize = 80
)

// None is the number of a key that got none.
const None uint32 = 0

// Dict is a dictionary. It is safe for concurrent use.
type Dict struct {
	max int64
	mu  sync.Mutex
	// reserved are the keys that get a number however many others have one.
	reserved map[string]bool
	keys     atomic.Pointer[keys]
	size     atomic.Int64
}

type keys struct {
	ids  map[string]uint32
	list []*key
}

// key is one attribute key with its values. Its name and hash never change; its values are published whole.
type key struct {
	name   string
	hash   uint64
	values atomic.Pointer[values]
}

type values struct {
	ids  map[string]uint8
	list []string
}

// New makes an empty dictionary that takes at most about maxSize bytes.
func New(maxSize int64) *Dict {
	d := &Dict{max: maxSize, reserved: map[string]bool{}}
	d.keys.Store(&keys{ids: map[string]uint32{}, list: []*key{{}}})
	return d
}

// Reserve promises keys a number. Without it a sender of many names could take away those on which a model is built.
func (d *Dict) Reserve(names ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range names {
		d.reserved[name] = true
	}
}

// full says that a key gets no number any more.
func (d *Dict) full(name string, have int) bool {
	if d.reserved[name] {
		return have > maxReserved
	}
	return have > maxKeys || d.size.Load() >= d.max
}

// Key is the number of an attribute key, given at first sight, or None when there are too many or it is too long.
func (d *Dict) Key(name string) uint32 {
	if id, ok := d.keys.Load().ids[name]; ok {
		return id
	}
	return d.addKey(name)
}

func (d *Dict) addKey(name string) uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.keys.Load()
	if id, ok := old.ids[name]; ok {
		return id
	}
	if len(name) > MaxKeyLen || !utf8.ValidString(name) || d.full(name, len(old.list)) {
		return None
	}
	name = string([]byte(name)) // the caller's text may be a part of a whole line
	next := &keys{ids: make(map[string]uint32, len(old.ids)+1), list: make([]*key, len(old.list), len(old.list)+1)}
	for k, v := range old.ids {
		next.ids[k] = v
	}
	copy(next.list, old.list)
	id := uint32(len(next.list))
	k := &key{name: name, hash: xxhash.Sum64String(name)}
	k.values.Store(&values{})
	next.list = append(next.list, k)
	next.ids[name] = id
	d.keys.Store(next)
	d.size.Add(int64(len(name)) + entrySize)
	return id
}

// Name is the key behind a number.
func (d *Dict) Name(id uint32) string { return d.keys.Load().list[id].name }

// Hash is the hash of the key behind a number: the same in every process.
func (d *Dict) Hash(id uint32) uint64 { return d.keys.Load().list[id].hash }

// Len is one more than the highest number of a key.
func (d *Dict) Len() int { return len(d.keys.Load().list) }

// Value is the number of a key's value, given at first sight; false when it has none.
func (d *Dict) Value(id uint32, text string) (uint8, bool) {
	if id == None || len(text) > maxValueLen {
		return 0, false
	}
	k := d.keys.Load().list[id]
	v := k.values.Load()
	if n, ok := v.ids[text]; ok {
		return n, true
	}
	if len(v.list) >= MaxValues {
		return 0, false
	}
	return d.addValue(k, text)
}

func (d *Dict) addValue(k *key, text string) (uint8, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := k.values.Load()
	if n, ok := old.ids[text]; ok {
		return n, true
	}
	if len(old.list) >= MaxValues || d.size.Load() >= d.max || !utf8.ValidString(text) {
		return 0, false
	}
	text = string([]byte(text))
	next := &values{ids: make(map[string]uint8, len(old.ids)+1), list: make([]string, len(old.list), len(old.list)+1)}
	for s, n := range old.ids {
		next.ids[s] = n
	}
	copy(next.list, old.list)
	n := uint8(len(next.list))
	next.list = append(next.list, text)
	next.ids[text] = n
	k.values.Store(next)
	d.size.Add(int64(len(text)) + entrySize)
	return n, true
}

// Text is the value behind a number of a key, empty where there is none.
func (d *Dict) Text(id uint32, n uint8) string {
	list := d.keys.Load().list
	if int(id) >= len(list) || id == None {
		return ""
	}
	if v := list[id].values.Load(); int(n) < len(v.list) {
		return v.list[n]
	}
	return ""
}

// Size is what the dictionary takes, in bytes.
func (d *Dict) Size() int64 { return d.size.Load() }
