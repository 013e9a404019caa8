// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// readOutput fills the part from a record that a stitcher wrote.
func (r *Reader) readOutput(m *Model, rec plog.LogRecord) {
	p := r.part
	end := int64(rec.Timestamp())
	uid, _ := r.field(fieldUID)
	p.Parts = uint64(r.fieldInt(fieldParts))
	p.Duplicates = uint64(r.fieldInt(fieldDuplicates))
	if r.fieldTrue(fieldComplete) {
		p.Flags |= Ended
	}
	id := xxhash.Sum64String(uid.Str())
	var ok bool
	if p.Digest, ok = p.Key.digestOfUID(uid.Str()); !ok {
		p.Digest = digestOf(p.Key, id)
	}
	var names []owned
	if v, has := r.field(fieldOrder); has && v.Type() == pcommon.ValueTypeStr {
		p.Orders, names, ok = parseOrder(v.Str(), end, p.Orders, nil)
	}
	if !ok || len(p.Orders) == 0 {
		p.Orders, names = append(p.Orders[:0], Order{Class: model.Main, Time: end, Hash: id}), nil
	}
	slices.SortStableFunc(names, func(a, b owned) int { return strings.Compare(a.name, b.name) })
	owner := func(name string) uint16 {
		i, ok := slices.BinarySearchFunc(names, name, func(n owned, name string) int { return strings.Compare(n.name, name) })
		if !ok {
			return 0
		}
		return names[i].owner
	}
	p.Time = p.Orders[0].Time
	if p.Orders[0].Class == model.Main {
		p.Newest = p.Time
		p.Flags |= HasNewest
	}
	p.ids[0] = appendID(p.ids[0][:0], id, p.Time)
	p.IDs = p.ids[0]
	for i := range r.items {
		r.readOutputAttr(m, &r.items[i], owner)
	}
	r.addBaselines(m)
	r.header(rec, end)
	for i := range p.Attrs {
		if a := &p.Attrs[i]; len(names) > 0 && m.isHeader(a) {
			a.Owner = owner(m.attrName(a))
		}
	}
	if v, ok := r.field(fieldTimeline); ok && v.Type() == pcommon.ValueTypeSlice {
		r.readTimeline(v.Slice())
	}
}

func (r *Reader) fieldInt(f int) int64 {
	if v, ok := r.field(f); ok {
		if n, ok := count(v); ok {
			return n
		}
	}
	return 0
}

// fieldTrue says that a field is true, as a boolean or as text.
func (r *Reader) fieldTrue(f int) bool {
	v, ok := r.field(f)
	return ok && TextOf(v) == "true"
}

func (r *Reader) readOutputAttr(m *Model, it *item, owner func(string) uint16) {
	p := r.part
	switch it.action.do {
	case doSkip, doDuration, doBaseline, doField:
	case doStart:
		if start, ok := int64(0), false; it.value.Type() == pcommon.ValueTypeStr {
			if start, ok = parseTime(it.value.Str()); ok {
				p.Start = start
				p.Flags |= HasStart
				return
			}
		}
		r.keep(it, owner(it.name))
	case doCount, doCounted:
		def := &m.Counters[it.action.arg]
		if def.Out != it.name {
			return
		}
		if m.matcher != nil {
			r.readSum(m, it)
			return
		}
		from := uint16(noOwner)
		if def.Sum == model.Total {
			from = owner(it.name)
		}
		if n, ok := count(it.value); ok {
			p.Counters = append(p.Counters, Counter{Index: it.action.arg, Set: true, Owner: from, Hi: n})
		}
	default:
		if it.action.rule == model.Concat {
			r.readTexts(m, it, p.Time, binary.LittleEndian.Uint64(p.IDs))
			return
		}
		r.keep(it, owner(orderName(it.name)))
	}
}

// addBaselines turns what was counted into ranges.
func (r *Reader) addBaselines(m *Model) {
	for i := range r.items {
		it := &r.items[i]
		if it.action.do != doBaseline {
			continue
		}
		base, ok := count(it.value)
		if !ok {
			continue
		}
		for j := range r.part.Counters {
			if c := &r.part.Counters[j]; c.Index == it.action.arg && m.Counters[c.Index].Sum == model.Total {
				c.Lo = base
				if c.Lo > 0 {
					r.part.Digest = r.part.Digest.minus(baselineDigest(r.part.Key, &m.Counters[c.Index], c.Lo))
				}
				c.Hi = saturating(c.Hi, c.Lo)
			}
		}
	}
}

func (r *Reader) readTimeline(list pcommon.Slice) {
	for _, v := range list.All() {
		if v.Type() != pcommon.ValueTypeMap {
			continue
		}
		at, ok := v.Map().Get("time")
		if !ok || at.Type() != pcommon.ValueTypeStr {
			continue
		}
		ns, ok := parseTime(at.Str())
		if !ok {
			continue
		}
		b := appendNested(nil, v, 0)
		r.part.Timeline = append(r.part.Timeline, Entry{Time: ns, Hash: xxhash.Sum64(b), Value: b})
	}
	slices.SortFunc(r.part.Timeline, compareEntries)
}
