// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Nearly every part is the same few things: a proxy's record, attributes that the newest part decides, counters. Such a
// part is made as the encoded state that it will be in the table and in the journal, without a State in between: packed.
// What is unusual in any way is read by readPart; Expand makes the same State of a packed part.

// packed is the encoded state of a part, and where its pieces are.
type packed struct {
	// state is nil for a part that is not packed.
	state []byte
	// keys are the numbers of its attributes, sorted; shape names the list, 0: it has no name.
	keys  []uint16
	shape uint16
	order Order
	// id is the part's identity, size what Size gives.
	id   uint64
	size int64
	// Where the pieces begin: place, attributes (behind their number), counters, resource, identity.
	place, attrs, counters, resource, ids int
}

// Packed says that the part is encoded; Expand gives what it has beside its flags and times.
func (p *Part) Packed() bool { return p.packed.state != nil }

// Encoded is the state of a packed part.
func (p *Part) Encoded() []byte { return p.packed.state }

// Layout is that of the state of a packed part.
func (p *Part) Layout() Layout { return layout(p.packed.shape, p.packed.counters) }

// Expand decodes a packed part.
func (p *Part) Expand(m *Model) {
	if p.packed.state == nil {
		return
	}
	if err := p.Decode(m, p.Key, p.packed.state); err != nil {
		panic(err) // it was made by pack
	}
	p.packed.state = nil
}

const (
	// maxPacked is how many attributes a packed part has at most, maxPackedCounters how many counters.
	maxPacked         = 64
	maxPackedCounters = 16
	// headerPlace is where the headers' numbers begin among the attributes' places.
	headerPlace = 1 << 10
)

// packs says that parts of a stage can be packed.
func (r *Reader) packs(m *Model, st *stage) bool {
	return r.Pack && !r.Timeline && m.matcher == nil && st.Class == model.Main && st.count < 0 && len(st.union) == 0 &&
		len(m.Counters) <= maxPackedCounters
}

// pack makes a packed part of the record that was scanned; false where it cannot be one, and nothing is changed.
func (r *Reader) pack(m *Model, st *stage, rec plog.LogRecord) bool {
	if !rec.TraceID().IsEmpty() || !rec.SpanID().IsEmpty() {
		return false
	}
	start, end, hasStart, hasDuration := r.times(m, rec)
	sorted, ok := r.sorted(rec, hasStart)
	if !ok {
		return false
	}
	p := r.part
	o := Order{Class: st.Class, Time: end, Rank: st.Rank}
	if m.Anchored && hasStart && !hasDuration {
		o.Time = start
	}
	p.Parts, p.Time, p.Newest = 1, o.Time, o.Time
	p.Flags |= HasNewest
	if hasStart {
		p.Start = start
		p.Flags |= HasStart
	}
	if st.End {
		p.Flags |= Ended
	}
	k := &p.packed
	from := len(r.values)
	b := append(r.values, version|digested, byte(p.Flags)|single)
	b = binary.LittleEndian.AppendUint64(b, uint64(o.Time))
	if hasStart {
		b = binary.AppendVarint(b, o.Time-start)
	}
	k.place = len(b) - from
	b = append(b, 1, byte(o.Class), o.Rank, 0)
	hashAt := len(b)
	b = binary.LittleEndian.AppendUint64(b, 0) // known only when all attributes are
	b = append(b, byte(len(sorted)))
	k.attrs = len(b) - from
	content, identity := uint64(0), uint64(0)
	size := partOverhead + len(r.encoded)
	first, last := len(r.keys), uint32(0)
	for _, x := range sorted {
		id, i := uint32(x>>16), int(x&0xffff)
		b = binary.AppendUvarint(b, uint64(id-last)<<2) // ownerFirst is 0
		r.keys, last = append(r.keys, uint16(id)), id
		n := len(b)
		if i >= headerPlace {
			b = r.packHeader(b, rec, i-headerPlace, end, o.Time)
			size += 2 + maxTimeLen
			continue
		}
		var hash uint64
		b, hash = r.packValue(b, &r.items[i], o.Time)
		size += 2 + len(b) - n
		hash = mix(hash ^ r.dict.Hash(id))
		content += hash
		if !r.items[i].action.noise {
			identity += hash
		}
	}
	k.keys = r.keys[first:len(r.keys):len(r.keys)]
	k.shape = r.shape(k.keys)
	k.counters = len(b) - from
	counts := r.packCounts(m)
	b = append(b, byte(len(counts)))
	for i := range counts {
		b = counts[i].append(b)
	}
	size += 12 * len(counts)
	for i := range r.items {
		it := &r.items[i]
		if it.kept(hasStart) {
			continue
		}
		hash := mix(r.hash(it.value) ^ r.dict.Hash(it.id))
		content += hash
		if !it.action.noise {
			identity += hash
		}
	}
	o.Hash = mix(content ^ mix(uint64(end)^uint64(rec.SeverityNumber())<<56^xxhash.Sum64String(rec.SeverityText())) ^ r.noIDs)
	id := mix(identity ^ mix(uint64(end)+uint64(rec.Timestamp())))
	if m.identity != nil {
		id = r.identity(m, end)
	}
	id = mix(id ^ p.Key.Lo)
	p.Digest = digestOf(p.Key, id)
	binary.LittleEndian.PutUint64(b[hashAt:], o.Hash)
	k.resource = len(b) - from
	b = binary.AppendUvarint(b, uint64(len(r.encoded)))
	b = append(b, r.encoded...)
	k.ids = len(b) - from
	b = appendID(b, id, o.Time)
	k.order, k.id, k.size = o, id, int64(size+size/3)
	r.values = b
	k.state = b[from:len(b):len(b)]
	return true
}

// kept says that an attribute is kept in the state.
func (it *item) kept(hasStart bool) bool {
	return it.action.do == doKeep || it.action.do == doStart && !hasStart
}

// sorted gives what is kept of the record that was scanned: numbers of keys, sorted, each with the place of its item or
// header below. False where there is something that a packed part cannot have.
func (r *Reader) sorted(rec plog.LogRecord, hasStart bool) ([]uint64, bool) {
	list := append(r.order[:0], r.headerAt(headerEnd))
	if rec.SeverityNumber() != plog.SeverityNumberUnspecified {
		list = insertSorted(list, r.headerAt(headerSeverity))
	}
	if rec.SeverityText() != "" {
		list = insertSorted(list, r.headerAt(headerSeverityText))
	}
	for i := range r.items {
		it := &r.items[i]
		if it.id == dict.None {
			return nil, false
		}
		if !it.kept(hasStart) {
			continue
		}
		if it.action.rule != model.Newest || len(list) == maxPacked {
			return nil, false
		}
		list = insertSorted(list, uint64(it.id)<<16|uint64(i))
	}
	r.order = list
	for i := 1; i < len(list); i++ {
		if list[i-1]>>16 == list[i]>>16 {
			return nil, false // what is there twice
		}
	}
	return list, len(r.items) < headerPlace
}

// insertSorted adds to a sorted list what mostly belongs to its end, since records of one format have their attributes in
// one order.
func insertSorted(list []uint64, x uint64) []uint64 {
	list = append(list, x)
	i := len(list) - 1
	for ; i > 0 && list[i-1] > x; i-- {
		list[i] = list[i-1]
	}
	list[i] = x
	return list
}

func (r *Reader) headerAt(header int) uint64 {
	return uint64(r.headers[header])<<16 | headerPlace | uint64(header)
}

// packHeader adds what a record has beside its attributes.
func (r *Reader) packHeader(b []byte, rec plog.LogRecord, header int, end, newest int64) []byte {
	switch header {
	case headerEnd:
		return packInt(b, end, newest)
	case headerSeverity:
		return packInt(b, int64(rec.SeverityNumber()), newest)
	}
	return appendText(b, r.dict, r.headers[header], rec.SeverityText())
}

func packInt(b []byte, n, newest int64) []byte {
	if n == newest {
		return append(b, kindNewestInt)
	}
	return appendInt(b, n)
}

// packValue adds the value of the attribute at a place, as appendAttrs would write it, and gives its hash.
func (r *Reader) packValue(b []byte, it *item, newest int64) ([]byte, uint64) {
	from := len(b)
	switch it.value.Type() {
	case pcommon.ValueTypeStr:
		s, m := it.value.Str(), &r.memos[it.place]
		b, hash, ok := m.recall(b, s)
		if !ok {
			b, hash = appendText(b, r.dict, it.id, s), xxhash.Sum64String(s)
			m.keep(s, b[from:], hash)
		}
		if b[from] == kindTime && int64(binary.LittleEndian.Uint64(b[from+1:])) == newest {
			b = append(b[:from], kindNewestTime)
		}
		return b, hash
	case pcommon.ValueTypeInt:
		n := it.value.Int()
		return packInt(b, n, newest), hashInt(n)
	default:
		return appendValue(b, r.dict, it.id, it.value)
	}
}

// packCounts gives the counters of the record that was scanned, sorted; the last one counts of what is there twice.
func (r *Reader) packCounts(m *Model) []Counter {
	list, n := &r.counts, 0
	for i := range r.items {
		it := &r.items[i]
		if it.action.do != doCount {
			continue
		}
		hi, ok := it.value.Int(), it.value.Type() == pcommon.ValueTypeInt
		if !ok {
			hi, ok = count(it.value)
		}
		if !ok || hi < 0 {
			continue
		}
		c := Counter{Index: it.action.arg, Set: true, Hi: hi}
		if m.Counters[c.Index].Sum == model.Delta {
			c.Owner = noOwner
		}
		at := n
		for at > 0 && list[at-1].Index > c.Index {
			at--
		}
		if at > 0 && list[at-1].Index == c.Index {
			list[at-1] = c
			continue
		}
		copy(list[at+1:n+1], list[at:n])
		list[at] = c
		n++
	}
	return list[:n]
}
