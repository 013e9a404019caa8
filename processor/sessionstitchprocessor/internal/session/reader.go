// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Part is a record of a session: the smallest state, and the session's key.
type Part struct {
	State
	Key Key
	// Time is the event time in nanoseconds since 1970, for clocks.
	Time int64

	packed packed
}

// Reader makes parts of records. It is for one goroutine; what it returns holds until Reset.
type Reader struct {
	// Timeline says that parts should carry an entry for it.
	Timeline bool
	// Pack says that parts may be packed.
	Pack bool

	dict    *dict.Dict
	headers [numHeaders]uint32
	parts   []*Part
	n       int
	part    *Part
	items   []item
	// seen is what is known of the attributes of the records before, in their order.
	model *Model
	seen  []known
	// memos belong to the attributes in seen.
	memos    []memo
	slots    [64]pcommon.Value
	have     uint64
	fields   [numFields]pcommon.Value
	fieldSet uint64
	event    string // of the record
	scratch  []byte
	// values, keys are what the parts are made of, order what pack sorts by.
	values []byte
	keys   []uint16
	order  []uint64
	counts [maxPackedCounters]Counter
	// shapes are the last ones met, of the present model; nextShape is the one to give up next.
	shapes    [4]namedShape
	nextShape int
	// noIDs is what goes into the hash of a record that has neither trace nor span.
	noIDs uint64

	// rl and sl are what a rule's conditions see beside the record; sessionID is the name that the rule gave the session.
	rl        plog.ResourceLogs
	sl        plog.ScopeLogs
	sessionID string
	// encoding is the scope's encoding.format.
	encoding string

	resource    pcommon.Map
	hasResource bool
	encoded     []byte
}

// NewReader makes a reader for models compiled with the same dictionary.
func NewReader(d *dict.Dict) *Reader {
	r := &Reader{dict: d, noIDs: hashOfIDs(pcommon.TraceID{}, pcommon.SpanID{})}
	for i, name := range headerNames {
		r.headers[i] = d.Key(name)
	}
	return r
}

// maxPooled is how many parts a reader keeps for the next batch.
const maxPooled = 4096

// Reset forgets the parts read so far.
func (r *Reader) Reset() {
	if len(r.parts) > maxPooled || cap(r.values) > maxPooled<<8 {
		r.parts, r.values, r.keys = nil, nil, nil
	}
	r.n, r.values, r.keys = 0, r.values[:0], r.keys[:0]
}

// Resource sets the resource of the records that follow.
func (r *Reader) Resource(m pcommon.Map) {
	r.resource, r.hasResource = m, false
}

// Read makes a part of a record; false when the record belongs to no session.
func (r *Reader) Read(m *Model, rec plog.LogRecord) (*Part, bool) {
	if m.matcher != nil {
		return r.readCustom(m, rec)
	}
	if len(m.stages) == 0 {
		return nil, false
	}
	if m.required != "" {
		if _, ok := rec.Attributes().Get(m.required); !ok {
			return nil, false
		}
	}
	r.scan(m, rec)
	r.event = eventOf(rec)
	output, ok := r.isOutput(r.event)
	if !ok || output && r.encoding != "" && r.encoding != m.encoding {
		return nil, false // what a rule made of records of this type is no part of them
	}
	st := r.stage(m, r.event)
	if st == nil || st.Class == model.Pass {
		return nil, false
	}
	k, approximate, ok := r.key(m, st.Family)
	if !ok {
		return nil, false
	}
	p := r.begin(k, approximate || m.Sampled)
	if !output && r.packs(m, st) && r.pack(m, st, rec) {
		return p, true
	}
	r.unpacked()
	if output {
		r.readOutput(m, rec)
	} else {
		r.readPart(m, st, rec)
	}
	p.sort()
	return p, true
}

// begin gives the part of the record that was scanned, without its content.
func (r *Reader) begin(k Key, approximate bool) *Part {
	p := r.next()
	p.Key = k
	p.Flags = HasResource
	if approximate || r.fieldTrue(fieldApproximate) {
		p.Flags |= Approximate
	}
	if !r.hasResource {
		r.encodeResource()
	}
	return p
}

// unpacked empties the state of the part that was begun.
func (r *Reader) unpacked() {
	p, flags := r.part, r.part.Flags
	p.packed.state = nil
	p.Reset()
	p.Flags, p.Resource = flags, r.encoded
}

// eventOf is the record's EventName, or the attribute that stands in for it where a record came by way of stanza, whose
// entries have none.
func eventOf(rec plog.LogRecord) string {
	if name := rec.EventName(); name != "" {
		return name
	}
	if v, ok := rec.Attributes().Get(attr.EventName); ok {
		return TextOf(v)
	}
	return ""
}

// sort sorts attributes and counters, which are nearly sorted already since records of one format have their attributes
// in one order. Of an attribute that a record has twice the last value is kept.
func (p *Part) sort() {
	for i := 1; i < len(p.Attrs); i++ {
		if compareKeys(&p.Attrs[i-1], &p.Attrs[i]) < 0 {
			continue
		}
		if i > maxInserted {
			slices.SortStableFunc(p.Attrs, func(a, b Attr) int { return compareKeys(&a, &b) })
			break
		}
		a := p.Attrs[i]
		j := i
		for ; j > 0 && compareKeys(&p.Attrs[j-1], &a) > 0; j-- {
			p.Attrs[j] = p.Attrs[j-1]
		}
		p.Attrs[j] = a
	}
	p.Attrs = lastOf(p.Attrs, func(a, b *Attr) bool { return compareKeys(a, b) == 0 })
	if len(p.Counters) > 1 {
		slices.SortStableFunc(p.Counters, func(a, b Counter) int { return int(a.Index) - int(b.Index) })
		p.Counters = lastOf(p.Counters, func(a, b *Counter) bool { return a.Index == b.Index })
	}
}

// maxInserted is how many attributes are sorted by insertion.
const maxInserted = 64

// lastOf keeps the last of equal neighbours.
func lastOf[T any](list []T, same func(a, b *T) bool) []T {
	n := 0
	for i := range list {
		if n > 0 && same(&list[n-1], &list[i]) {
			n--
		}
		list[n] = list[i]
		n++
	}
	return list[:n]
}

// next is a part with nothing set.
func (r *Reader) next() *Part {
	if r.n == len(r.parts) {
		r.parts = append(r.parts, &Part{})
	}
	r.part = r.parts[r.n]
	r.n++
	return r.part
}

// isOutput tells what a stitcher wrote from what a proxy wrote. Progress records of a stitcher are neither: they say
// what a later record will say again.
func (r *Reader) isOutput(event string) (output, ok bool) {
	parts, has := r.field(fieldParts)
	if !has {
		return false, true
	}
	if _, ok := count(parts); !ok {
		return false, true
	}
	uid, has := r.field(fieldUID)
	return true, has && uid.Type() == pcommon.ValueTypeStr && event == record.SessionEnd
}

func (r *Reader) stage(m *Model, event string) *stage {
	for i := range m.stages {
		if st := &m.stages[i]; r.fits(st, event) {
			return st
		}
	}
	return nil
}

func (r *Reader) fits(st *stage, event string) bool {
	for i := range st.when {
		w := &st.when[i]
		value, have := event, event != ""
		if w.slot >= 0 {
			var v pcommon.Value
			if v, have = r.slot(uint8(w.slot)); have {
				value = TextOf(v)
			}
		}
		if have != (len(w.values) > 0) || have && !slices.Contains(w.values, value) {
			return false
		}
	}
	return true
}

// encodeResource makes the sorted list of the resource's attributes.
func (r *Reader) encodeResource() {
	var list []Attr
	var buf []byte
	for k, v := range r.resource.All() {
		a := Attr{Key: r.dict.Key(k)}
		n := len(buf)
		if a.Key == dict.None {
			buf = appendName(buf, k)
		}
		buf, _ = appendValue(buf, r.dict, a.Key, v)
		a.Value = buf[n:len(buf):len(buf)]
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b Attr) int { return compareKeys(&a, &b) })
	r.encoded, r.hasResource = nil, true
	last := uint32(0)
	for i := range list {
		r.encoded = appendAttr(r.encoded, &list[i], last)
		last = list[i].Key
	}
}
