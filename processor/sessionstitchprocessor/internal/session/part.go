// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// times are the start, end and duration of a proxy's record. Its own time may be its start, as the receiver was told.
func (r *Reader) times(m *Model, rec plog.LogRecord) (start, end int64, hasStart, hasDuration bool) {
	var duration float64
	for i := range r.items {
		switch it := &r.items[i]; {
		case it.action.do == doStart && it.value.Type() == pcommon.ValueTypeStr:
			start, hasStart = parseTime(it.value.Str())
		case it.action.do == doDuration && it.value.Type() == pcommon.ValueTypeDouble:
			duration = it.value.Double()
			hasDuration = duration >= 0 && duration < math.MaxInt64/1e9
		case it.action.do == doDuration: // of another type than the contract's, as JSON and others leave it
			whole, parts, ok := numberOf(it.value)
			duration = float64(whole) + float64(parts)/billion
			hasDuration = ok && duration < math.MaxInt64/1e9
		}
	}
	if hasStart && hasDuration {
		if n := int64(math.Round(duration * 1e9)); start <= math.MaxInt64-n {
			return start, start + n, true, true
		}
		hasDuration = false
	}
	end = int64(rec.Timestamp())
	if (end == 0 || hasStart && end == start) && m.timeSlot >= 0 {
		if v, ok := r.slot(uint8(m.timeSlot)); ok && v.Type() == pcommon.ValueTypeStr {
			if t, ok := parseTime(v.Str()); ok {
				end = t
			}
		}
	}
	if end == 0 {
		end = int64(rec.ObservedTimestamp())
	}
	if hasStart {
		end = max(end, start)
	}
	return start, end, hasStart, hasDuration
}

// Read makes the part of its encoded state, which it shares from then on.
func (p *Part) Read(m *Model, k Key, at int64, state []byte) error {
	p.Key, p.Time, p.packed.state = k, at, nil
	if err := p.Decode(m, k, state); err != nil {
		return err
	}
	if len(p.IDs) < idSize {
		return errDamaged
	}
	return nil
}

// partOverhead is about what a new session takes beside its attributes' values, in bytes: its slot, its entries in index
// and heap, the room to grow, the arena's garbage.
const partOverhead = 320

// Size is about what the part adds to the state at most, in bytes.
func (p *Part) Size() int64 {
	if p.Packed() {
		return p.packed.size
	}
	n := partOverhead + len(p.Resource) + 12*len(p.Counters)
	for i := range p.Attrs {
		n += 2 + len(p.Attrs[i].Value)
	}
	return int64(n + n/3)
}

// readPart fills the part from a proxy's record.
func (r *Reader) readPart(m *Model, st *stage, rec plog.LogRecord) {
	p := r.part
	start, end, hasStart, hasDuration := r.times(m, rec)
	o := Order{Class: st.Class, Time: end, Rank: st.Rank}
	if m.Anchored && st.Class == model.Main && hasStart && !hasDuration {
		o.Time = start
	}
	p.Parts, p.Time = 1, o.Time
	// Headers have the lowest numbers: first, they leave the attributes nearly sorted.
	r.header(rec, end)
	content, identity := r.take(m, st, hasStart)
	o.Hash = mix(content ^ mix(uint64(end)^uint64(rec.SeverityNumber())<<56^xxhash.Sum64String(rec.SeverityText())) ^
		hashOfIDs(rec.TraceID(), rec.SpanID()))
	id := mix(identity ^ mix(uint64(end)+uint64(rec.Timestamp())))
	switch {
	case m.identity != nil:
		id = r.identity(m, end)
	case m.matcher != nil:
		body := hashBody(rec.Body())
		id, o.Hash = mix(id^mix(body^uint64(rec.SeverityNumber()))^xxhash.Sum64String(rec.EventName())), mix(o.Hash^body)
	}
	id = mix(id ^ p.Key.Lo)
	p.ids[0] = appendID(p.ids[0][:0], id, o.Time)
	p.IDs = p.ids[0]
	p.Digest = digestOf(p.Key, id)
	p.Orders = append(p.Orders, o)
	if st.Class == model.Main {
		p.Newest = o.Time
		p.Flags |= HasNewest
		if hasStart {
			p.Start = start
			p.Flags |= HasStart
		}
		if st.End {
			p.Flags |= Ended
		}
	}
	for _, u := range st.union {
		if v, ok := r.slot(u.slot); ok {
			n := len(r.values)
			r.values = append(r.values, appendBody(nil, kindSlice, appendNested([]byte{1}, v, 0))...)
			p.Attrs = append(p.Attrs, Attr{Key: u.to, Owner: noOwner, Value: r.values[n:len(r.values):len(r.values)]})
		}
	}
	if st.count >= 0 {
		p.Counters = append(p.Counters, Counter{Index: uint8(st.count), Set: true, Owner: noOwner, Hi: 1})
	}
	if m.matcher != nil {
		r.finishCustom(id, o.Time)
	}
	if r.Timeline {
		r.entry(m, end)
	}
}

func hashOfIDs(trace pcommon.TraceID, span pcommon.SpanID) uint64 {
	return xxhash.Sum64(trace[:]) ^ mix(xxhash.Sum64(span[:]))
}

// take keeps the attributes and counters of a proxy's record, and hashes all of them: content with, identity without
// the noise. The sum over the attributes does not depend on their order.
func (r *Reader) take(m *Model, st *stage, hasStart bool) (content, identity uint64) {
	p := r.part
	for i := range r.items {
		it := &r.items[i]
		var hash uint64
		keep := it.action.do == doKeep || it.action.do == doStart && !hasStart
		switch {
		case st.Class == model.Fold && !slices.Contains(st.keep, it.id), !keep, it.action.rule == model.Concat:
			hash = r.hash(it.value)
		default:
			hash = r.keep(it, 0)
		}
		if m.matcher != nil && it.action.do == doCount {
			r.countCustom(m, it)
		} else if st.Class == model.Main && it.action.do == doCount {
			if n, ok := count(it.value); ok {
				c := Counter{Index: it.action.arg, Set: true, Hi: n}
				if m.Counters[c.Index].Sum == model.Delta {
					c.Owner = noOwner
				}
				p.Counters = append(p.Counters, c)
			}
		}
		nameHash := uint64(0)
		if it.id != dict.None {
			nameHash = r.dict.Hash(it.id)
		} else {
			nameHash = xxhash.Sum64String(it.name)
		}
		hash = mix(hash ^ nameHash)
		content += hash
		if !it.action.noise {
			identity += hash
		}
	}
	return content, identity
}

// hash is the hash of a value that is not kept.
func (r *Reader) hash(v pcommon.Value) (hash uint64) {
	if v.Type() == pcommon.ValueTypeStr {
		return xxhash.Sum64String(v.Str())
	}
	r.scratch, hash = appendValue(r.scratch[:0], r.dict, dict.None, v)
	return hash
}

// keep adds an attribute to the part and returns the hash of its value.
func (r *Reader) keep(it *item, owner uint16) uint64 {
	a := Attr{Key: it.id, Owner: owner}
	if it.action.rule.Placeless() {
		a.Owner = noOwner
	}
	n := len(r.values)
	if a.Key == dict.None {
		r.values = appendName(r.values, it.name)
	}
	from := len(r.values)
	var hash uint64
	if it.action.rule == model.Union {
		r.values = append(r.values, union(nil, appendNested(nil, it.value, 0), nil, int(it.action.limit))...)
		hash = xxhash.Sum64(r.values[from:])
	} else {
		r.values, hash = appendValue(r.values, r.dict, it.id, it.value)
	}
	a.Value = r.values[n:len(r.values):len(r.values)]
	r.part.Attrs = append(r.part.Attrs, a)
	return hash
}

// identity hashes the attributes that make the identity, and the record's time where none of them tells it.
func (r *Reader) identity(m *Model, end int64) uint64 {
	b := r.scratch[:0]
	if _, timed := r.slot(uint8(max(m.timeSlot, 0))); m.timeSlot < 0 || !timed {
		b = binary.AppendVarint(b, end)
	}
	for _, s := range m.identity {
		v, have := r.slot(s)
		b = appendKey(b, v, have)
	}
	r.scratch = b
	return xxhash.Sum64(b)
}

// header keeps what a record has beside its attributes.
func (r *Reader) header(rec plog.LogRecord, end int64) {
	r.headerInt(headerEnd, end)
	if n := rec.SeverityNumber(); n != plog.SeverityNumberUnspecified {
		r.headerInt(headerSeverity, int64(n))
	}
	if s := rec.SeverityText(); s != "" {
		r.headerText(headerSeverityText, s)
	}
	if id := rec.TraceID(); !id.IsEmpty() {
		r.headerText(headerTraceID, id.String())
	}
	if id := rec.SpanID(); !id.IsEmpty() {
		r.headerText(headerSpanID, id.String())
	}
}

func (r *Reader) headerInt(name int, n int64) {
	from := len(r.values)
	r.values = appendInt(r.values, n)
	r.addHeader(name, from)
}

func (r *Reader) headerText(name int, s string) {
	from := len(r.values)
	r.values = appendText(r.values, r.dict, r.headers[name], s)
	r.addHeader(name, from)
}

func (r *Reader) addHeader(name, from int) {
	r.part.Attrs = append(r.part.Attrs, Attr{Key: r.headers[name], Value: r.values[from:len(r.values):len(r.values)]})
}

// entry adds the record's entry to the timeline.
func (r *Reader) entry(m *Model, end int64) {
	v := pcommon.NewValueMap()
	v.Map().PutStr("time", record.FormatTime(end))
	if r.event != "" {
		v.Map().PutStr("event", r.event)
	}
	for _, s := range m.timeline {
		if x, ok := r.slot(s); ok {
			x.CopyTo(v.Map().PutEmpty(m.slots[s]))
		}
	}
	b := appendNested(nil, v, 0)
	r.part.Timeline = append(r.part.Timeline, Entry{Time: end, Hash: xxhash.Sum64(b), Value: b})
}
