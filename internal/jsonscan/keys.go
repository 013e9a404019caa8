// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Key assigns a key to a field.
type Key struct {
	// Path is the key, below a nested object with the keys of the objects before it: {"resource", "zone_name"}.
	Path []string
	// Field is the number of the slot.
	Field int
}

// Keys is what a dialect's objects hold: which key belongs to which field. It never changes and is safe for concurrent
// use.
type Keys struct {
	entries []entry
	// levels are the nested objects whose keys are known, 0 the outermost.
	levels []level
}

// entry is one known key.
type entry struct {
	// literal is the key as it nearly always stands: in quotes, with the colon behind it. It is
	// empty for a key that needs escapes, which is always looked up.
	literal string
	name    string
	// field is the slot's number, or -1 for an object whose own keys are known.
	field int16
	// level is the number of that object.
	level int16
	// within is the number of the object that has the key.
	within int16
	// shared says that other keys lead to the same field.
	shared bool
	// own is the slot's number for a key that has one and a literal, else -1.
	own int16
	// head is what the literal begins with, and mask has the bits of it that count.
	head, mask [headBytes / 8]uint64
}

// headBytes is how many bytes of a key are compared at once: few are longer.
const headBytes = 32

// setHead makes the entry's head of its literal.
func (e *entry) setHead() {
	var b [headBytes]byte
	n := copy(b[:], e.literal)
	for i := range e.head {
		e.head[i] = binary.LittleEndian.Uint64(b[8*i:])
		if rest := n - 8*i; rest >= 8 {
			e.mask[i] = 1<<64 - 1
		} else if rest > 0 {
			e.mask[i] = 1<<(8*rest) - 1
		}
	}
}

type level struct {
	byName map[string]int16
	prefix string // of unknown keys below it
}

// maxKeys bounds the keys of one dialect, so that their numbers fit.
const maxKeys = 4096

// NewKeys compiles a dialect's keys. Several keys may lead to the same field, as spellings of one another: of those that
// an object has the first one with a value fills the slot, the others are kept as extra ones. The error names a key that
// is listed twice or is at once a value and an object.
func NewKeys(list []Key) (*Keys, error) {
	k := &Keys{levels: []level{{byName: map[string]int16{}}}}
	if len(list) > maxKeys {
		return nil, fmt.Errorf("%d keys, the limit is %d", len(list), maxKeys)
	}
	for _, key := range list {
		if len(key.Path) == 0 {
			return nil, fmt.Errorf("field %d has no key", key.Field)
		}
		at := 0
		for depth, name := range key.Path {
			last := depth == len(key.Path)-1
			n, known := k.levels[at].byName[name]
			switch {
			case known && (last || k.entries[n].level == 0):
				return nil, fmt.Errorf("the key %q is given twice", strings.Join(key.Path, "."))
			case known:
				at = int(k.entries[n].level)
				continue
			}
			e := entry{literal: `"` + name + `":`, name: name, field: -1, within: int16(at)}
			if special := func(r rune) bool { return r == '"' || r == '\\' || r < ' ' }; strings.ContainsFunc(name, special) {
				e.literal = ""
			}
			if last {
				e.field = int16(key.Field)
			} else {
				e.level = int16(len(k.levels))
				k.levels = append(k.levels, level{byName: map[string]int16{}, prefix: k.levels[at].prefix + name + "."})
			}
			k.levels[at].byName[name] = int16(len(k.entries))
			k.entries = append(k.entries, e)
			at = int(e.level)
		}
	}
	uses := map[int16]int{}
	for _, e := range k.entries {
		uses[e.field]++
	}
	for i := range k.entries {
		e := &k.entries[i]
		e.shared = e.field >= 0 && uses[e.field] > 1
		if e.own = e.field; e.literal == "" {
			e.own = -1
		}
		e.setHead()
	}
	return k, nil
}
