// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
)

// known is what is known of an attribute by its name.
type known struct {
	name   string
	id     uint32
	action action
}

type item struct {
	known
	value pcommon.Value
	// place is the attribute's among those seen.
	place int
}

// scan looks at each attribute once.
func (r *Reader) scan(m *Model, rec plog.LogRecord) {
	r.items, r.have, r.fieldSet = r.items[:0], 0, 0
	if r.model != m {
		r.model, r.seen, r.memos, r.shapes = m, r.seen[:0], r.memos[:0], [4]namedShape{}
	}
	next := 0
	for k, v := range rec.Attributes().All() {
		i := r.placeOf(m, k, next)
		next = i + 1
		it := item{known: r.seen[i], value: v, place: i}
		if s := it.action.slot; s > 0 {
			r.slots[s-1] = v
			r.have |= 1 << (s - 1)
		}
		if it.action.do == doField {
			r.fields[it.action.arg] = v
			r.fieldSet |= 1 << it.action.arg
			continue
		}
		r.items = append(r.items, it)
	}
}

const (
	// maxSkipped is how many of the attributes seen a record may lack one after the other.
	maxSkipped = 8
	// maxSeen is from how many on a new one takes the place of another.
	maxSeen = 256
)

// placeOf is the place of an attribute among those seen, given where the next one is expected: records of one source have
// theirs in one order, and mostly all, or all but a few.
func (r *Reader) placeOf(m *Model, name string, next int) int {
	for i := next; i < min(len(r.seen), next+maxSkipped); i++ {
		if r.seen[i].name == name {
			return i
		}
	}
	if next < len(r.seen) && len(r.seen) >= maxSeen {
		r.seen[next], r.memos[next] = r.look(m, name), memo{}
		return next
	}
	r.seen, r.memos = slices.Insert(r.seen, next, r.look(m, name)), slices.Insert(r.memos, next, memo{})
	return next
}

func (r *Reader) look(m *Model, name string) known {
	k := known{name: name}
	if !IsHeader(name) {
		if k.id = r.dict.Key(name); k.id != dict.None {
			k.action = m.action(k.id)
			k.name = r.dict.Name(k.id) // not the record's memory
		} else {
			k.action.noise = isNoise(name)
		}
	}
	return k
}

func (r *Reader) field(f int) (pcommon.Value, bool) { return r.fields[f], r.fieldSet&(1<<f) != 0 }

func (r *Reader) slot(s uint8) (pcommon.Value, bool) { return r.slots[s], r.have&(1<<s) != 0 }
