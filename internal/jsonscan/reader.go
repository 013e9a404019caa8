// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import "github.com/proxylog/proxylog/internal/field"

// Reader reads the objects of one source. It is not safe for concurrent use.
type Reader struct {
	// Extra are the members whose keys the Keys do not know; Object appends to it.
	Extra []field.Extra
	// Known is how many members of the last object had a known key, null or not.
	Known int
	// Err is why the last object could not be read.
	Err Error

	keys *Keys
	// seen has a bit for each key in Extra: most keys are told by it to be new.
	seen uint64
	// next[n] is the key that followed key n in the line before; behind the keys one for the start of each level.
	next []int16
}

// NewReader makes a Reader for objects with these keys.
func NewReader(k *Keys) *Reader {
	r := &Reader{keys: k, next: make([]int16, len(k.entries)+len(k.levels))}
	// Before the first line the keys of each object are expected as they are listed; behind the last one none is.
	following := make([]int16, len(k.levels))
	for i := range following {
		following[i] = int16(len(k.entries))
	}
	for i := len(k.entries) - 1; i >= 0; i-- {
		r.next[i] = following[k.entries[i].within]
		following[k.entries[i].within] = int16(i)
	}
	copy(r.next[len(k.entries):], following)
	return r
}

// Object reads the object whose brace stands at s[i] and fills slots, which has to have a slot for each of the Keys'
// fields and is to be reset by the caller. It returns the byte behind the object, or -1; then Err says why, and the
// slots hold what was read before.
func (r *Reader) Object(s string, i int, slots []field.Slot) int {
	r.Known = 0
	if i >= len(s) || s[i] != '{' {
		return r.fail(s, i, "an object")
	}
	return r.object(s, i, slots, 0, 1)
}

// LetGo forgets the keys of the last object, which are parts of its text.
func (r *Reader) LetGo() { r.Extra = nil }

func (r *Reader) fail(s string, i int, expected string) int {
	r.Err = Error{Offset: min(i, len(s)), Expected: expected, Truncated: i >= len(s)}
	return -1
}

// object reads the object at s[i], a brace. at is the number of the object among the known ones.
func (r *Reader) object(s string, i int, slots []field.Slot, at, depth int) int {
	i = space(s, i+1)
	if i < len(s) && s[i] == '}' {
		return i + 1
	}
	prev := len(r.keys.entries) + at
	for {
		var end bool
		if i, prev, end = r.usual(s, i, slots, prev); end {
			return i
		}
		if i < len(s) && s[i] <= ' ' {
			i = space(s, i)
		}
		if i, prev = r.member(s, i, slots, prev, at, depth); i < 0 {
			return -1
		}
		// What follows.
		if i < len(s) && s[i] <= ' ' {
			i = space(s, i)
		}
		if i >= len(s) {
			return r.fail(s, i, "a comma or a closing brace")
		}
		switch s[i] {
		case ',':
			i++
		case '}':
			return i + 1
		default:
			return r.fail(s, i, "a comma or a closing brace")
		}
	}
}

// member reads the member at s[i] and returns the byte behind it, or -1, and the number of its key for the next one.
func (r *Reader) member(s string, i int, slots []field.Slot, prev, at, depth int) (int, int) {
	// The key.
	keys := r.keys
	var e *entry
	var keyStart, keyEnd int
	var flags field.Flag
	if n := int(r.next[prev]); n < len(keys.entries) && keys.entries[n].literal != "" && hasAt(s, i, keys.entries[n].literal) {
		e, prev = &keys.entries[n], n
		i += len(e.literal)
	} else {
		if i >= len(s) || s[i] != '"' {
			return r.fail(s, i, "a key in quotes"), prev
		}
		keyStart = i + 1
		keyEnd, flags = str(s, keyStart)
		if keyEnd < 0 {
			return r.failString(s, keyStart), prev
		}
		if i = space(s, keyEnd+1); i >= len(s) || s[i] != ':' {
			return r.fail(s, i, "a colon"), prev
		}
		i++
		if n, ok := keys.levels[at].byName[text(s[keyStart:keyEnd], flags)]; ok {
			r.next[prev] = n
			e, prev = &keys.entries[n], int(n)
		}
	}
	// The value.
	if i < len(s) && s[i] <= ' ' {
		i = space(s, i)
	}
	if e != nil && e.level > 0 && i < len(s) && s[i] == '{' {
		if depth >= MaxDepth {
			return r.fail(s, i, "less nesting"), prev
		}
		return r.object(s, i, slots, int(e.level), depth+1), prev
	}
	var extra field.Slot
	slot := &extra
	known := e != nil && e.field >= 0
	if known {
		slot = &slots[e.field]
		if e.shared && slot.Has() && KeyOf(s, slot) != e.name {
			known, slot = false, &extra
		}
	}
	if i = r.value(s, i, slot, depth); i < 0 {
		return -1, prev
	}
	switch {
	case !known && e != nil:
		r.extra(keys.levels[at].prefix, e.name, extra)
	case !known:
		r.extra(keys.levels[at].prefix, text(s[keyStart:keyEnd], flags), extra)
	default:
		r.Known++
	}
	return i, prev
}

// extra keeps a member that no field takes; of two with the same key the last one, as long as there is room.
func (r *Reader) extra(prefix, key string, slot field.Slot) {
	if len(r.Extra) >= MaxExtra {
		return
	}
	if prefix != "" {
		key = prefix + key
	}
	bit := keyBit(key)
	if len(r.Extra) == 0 {
		r.seen = 0
	}
	if r.seen&bit != 0 {
		for i := range r.Extra {
			if r.Extra[i].Key == key {
				r.Extra[i].Slot = slot
				return
			}
		}
	}
	r.seen |= bit
	r.Extra = append(r.Extra, field.Extra{Key: key, Slot: slot, Decode: Unescape})
}

// keyBit is one of 64 bits for a key, by its length and bytes from its beginning, middle and end.
func keyBit(key string) uint64 {
	n := len(key)
	if n == 0 {
		return 1
	}
	return 1 << ((uint(n)*7 + uint(key[0])*5 + uint(key[n/2])*3 + uint(key[n-1])) & 63)
}

// KeyOf is the key behind which the value of a slot stands, without the keys of the objects around it and with its escapes
// as they are; "" where there is none.
func KeyOf(s string, slot *field.Slot) string {
	i := int(slot.Start)
	if i <= 0 || i > len(s) {
		return ""
	}
	if s[i-1] == '"' {
		i--
	}
	back := func() {
		for i > 0 && (s[i-1] == ' ' || s[i-1] == '\t' || s[i-1] == '\r' || s[i-1] == '\n') {
			i--
		}
	}
	if back(); i == 0 || s[i-1] != ':' {
		return ""
	}
	i--
	if back(); i == 0 || s[i-1] != '"' {
		return ""
	}
	end := i - 1
	for i = end; i > 0; i-- {
		if s[i-1] != '"' {
			continue
		}
		// A quote behind an odd number of backslashes belongs to the key.
		n := i - 1
		for n > 0 && s[n-1] == '\\' {
			n--
		}
		if (i-1-n)%2 == 0 {
			return s[i:end]
		}
	}
	return ""
}

// text is a key or value with its escapes undone; nearly always there are none.
func text(s string, flags field.Flag) string {
	if flags&field.Encoded != 0 {
		return Unescape(s)
	}
	return s
}

// hasAt reports whether lit stands at s[i].
func hasAt(s string, i int, lit string) bool {
	return len(s)-i >= len(lit) && s[i:i+len(lit)] == lit
}
