// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"encoding/hex"
	"net"
	"slices"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/xpdata"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Output is how records are written.
type Output struct {
	// Summary puts a line for a person into the body.
	Summary bool
	// Reason is proxy.session.close_reason.
	Reason string
	// Observed is when the session was released, in nanoseconds since 1970.
	Observed int64
}

// WriteResource writes the resource's attributes.
func (s *State) WriteResource(m *Model, dst pcommon.Map) {
	for r := (attrReader{b: s.Resource}); r.next(); {
		_, value := named(r.Value)
		readValue(dst.PutEmpty(m.attrName(&r.Attr)), value, m.dict, r.Key)
	}
}

func (m *Model) attrName(a *Attr) string {
	if a.Key == 0 {
		name, _ := named(a.Value)
		return string(name)
	}
	return m.dict.Name(a.Key)
}

// headerOf is what a record has beside its attributes and is kept like one; -1 for what is an attribute.
func (m *Model) headerOf(a *Attr) int {
	if a.Key == dict.None || a.Key > m.lastHeader {
		return -1
	}
	return slices.Index(m.headers[:], a.Key)
}

func (m *Model) isHeader(a *Attr) bool { return m.headerOf(a) >= 0 }

// attributes are those of an output under way. Each key is put once, so that it need not be looked for among those before.
type attributes struct {
	list xpdata.MapBuilder
	// m has them where a key may come again, since a part had one that the dictionary could not take: the later one counts.
	m     pcommon.Map
	again bool
	// concat is proxy.session.concat, as soon as there is one.
	concat    pcommon.Map
	hasConcat bool
}

func (a *attributes) put(key string) pcommon.Value {
	if a.again {
		return a.m.PutEmpty(key)
	}
	return a.list.AppendEmpty(key)
}

// settle makes them those of the record: from then on each is looked for.
func (a *attributes) settle() pcommon.Map {
	if !a.again {
		a.list.UnsafeIntoMap(a.m)
		a.again = true
	}
	return a.m
}

// Write writes the session's record.
func (s *State) Write(m *Model, k Key, o Output, dst plog.LogRecord) {
	var a attributes
	s.begin(m, o, dst, &a)
	a.put(attr.ProxySessionComplete).SetBool(s.Flags&Ended != 0)
	a.put(attr.ProxySessionCloseReason).SetStr(o.Reason)
	a.put(attr.ProxySessionParts).SetInt(int64(s.Parts))
	a.put(attr.ProxySessionDuplicates).SetInt(int64(s.Duplicates))
	a.put(attr.ProxySessionPart).SetInt(int64(s.Outputs) + 1)
	digest := s.Digest
	approximate := s.Flags&Approximate != 0
	for i := range s.Counters {
		c := &s.Counters[i]
		if !c.Set {
			continue
		}
		def := &m.Counters[c.Index]
		if def.Billionths {
			continue
		}
		base, count := c.count(def.Sum)
		s.putCount(m, c.Index, count, false, &a)
		if base > 0 && def.Baseline != "" {
			a.put(def.Baseline).SetInt(base)
			digest = digest.plus(baselineDigest(k, def, base))
		}
		// A total that went back says nothing about what happened in between.
		approximate = approximate || c.wentBack(s)
	}
	a.put(attr.LogRecordUID).SetStr(k.uid(digest))
	if approximate {
		a.put(attr.ProxySessionApproximate).SetBool(true)
	}
	a.put(attr.ProxySessionOrder).SetStr(s.formatOrder(m, int64(dst.Timestamp())))
	s.finish(m, o, record.SessionEnd, dst, &a)
}

// putCount writes a counter: a whole number, or a decimal one where billionths were counted, by all outputs or this one.
func (s *State) putCount(m *Model, i uint8, n int64, all bool, a *attributes) {
	v := a.put(m.Counters[i].Out)
	if parts, ok := s.billionths(m, i, all); ok {
		v.SetDouble(float64(n+parts/billion) + float64(parts%billion)/billion)
		return
	}
	v.SetInt(n)
}

// baselineDigest is what a baseline adds to the digest in the uid: two stitchers may put out the same parts and count
// different shares.
func baselineDigest(k Key, c *model.Counter, base int64) Digest {
	return digestOf(k, mix(xxhash.Sum64String(c.Out)^uint64(base)))
}

// WriteProgress writes a record of a session that is still open: cumulative, what earlier outputs counted included.
func (s *State) WriteProgress(m *Model, o Output, dst plog.LogRecord) {
	var a attributes
	s.begin(m, o, dst, &a)
	a.put(attr.ProxySessionComplete).SetBool(false)
	a.put(attr.ProxySessionParts).SetInt(int64(s.Parts))
	a.put(attr.ProxySessionPart).SetInt(int64(s.Outputs) + 1)
	for i := range s.Counters {
		c := &s.Counters[i]
		if m.Counters[c.Index].Billionths {
			continue
		}
		n := c.Hi
		if m.Counters[c.Index].Sum == model.Delta {
			n = saturating(n, c.CountedHi)
		} else if !c.Set {
			n = c.CountedHi
		}
		s.putCount(m, c.Index, n, true, &a)
	}
	if s.Flags&Approximate != 0 {
		a.put(attr.ProxySessionApproximate).SetBool(true)
	}
	s.finish(m, o, record.SessionProgress, dst, &a)
}

// ownAttributes is how many attributes an output has beside those of its parts and its counters, at most but for rare ones.
const ownAttributes = 12

// begin writes the attributes that parts had, and what the record has beside them.
func (s *State) begin(m *Model, o Output, dst plog.LogRecord, a *attributes) {
	a.m = dst.Attributes()
	a.list.EnsureCapacity(len(s.Attrs) + len(s.Counters) + ownAttributes)
	dst.SetObservedTimestamp(pcommon.Timestamp(o.Observed))
	if m.Type != "" {
		a.put(attr.ProxyType).SetStr(m.Type)
	}
	for i := range s.Attrs {
		x := &s.Attrs[i]
		if header := m.headerOf(x); header >= 0 {
			s.writeHeader(m, x, header, dst)
			continue
		}
		_, value := named(x.Value)
		name := m.attrName(x)
		if x.Key == dict.None {
			a.settle()
		}
		switch {
		case name == attr.ProxyStartTime && s.Flags&HasStart != 0:
			// Of a part whose start is no time; another one's is.
		case m.matcher != nil && m.Rules[name] == model.Concat:
			s.writeTexts(m, name, value, a)
		default:
			readValue(a.put(name), value, m.dict, x.Key)
		}
	}
}

func (s *State) writeHeader(m *Model, x *Attr, header int, dst plog.LogRecord) {
	switch header {
	case headerEnd:
		dst.SetTimestamp(pcommon.Timestamp(intOf(x.Value)))
	case headerSeverity:
		dst.SetSeverityNumber(plog.SeverityNumber(intOf(x.Value)))
	case headerSeverityText:
		name, _ := text(x.Value, m.dict, x.Key)
		dst.SetSeverityText(name)
	case headerTraceID:
		var id pcommon.TraceID
		if digits, _ := text(x.Value, m.dict, x.Key); hexInto(id[:], digits) {
			dst.SetTraceID(id)
		}
	case headerSpanID:
		var id pcommon.SpanID
		if digits, _ := text(x.Value, m.dict, x.Key); hexInto(id[:], digits) {
			dst.SetSpanID(id)
		}
	}
}

// intOf is an encoded whole number, 0 for other values.
func intOf(b []byte) int64 {
	if b[0] != kindInt {
		return 0
	}
	n, _ := binary.Varint(b[1:])
	return n
}

// hexInto reads hexadecimal digits that fill dst.
func hexInto(dst []byte, digits string) bool {
	if len(digits) != 2*len(dst) {
		return false
	}
	_, err := hex.Decode(dst, []byte(digits))
	return err == nil
}

// finish writes what follows from the rest.
func (s *State) finish(m *Model, o Output, event string, dst plog.LogRecord, a *attributes) {
	if s.Flags&HasStart != 0 {
		a.put(attr.ProxyStartTime).SetStr(FormatTime(s.Start))
		a.put(attr.ProxyDuration).SetDouble(float64(max(int64(dst.Timestamp())-s.Start, 0)) / 1e9)
	}
	if len(s.Timeline) > 0 {
		list := a.put(attr.ProxySessionTimeline).SetEmptySlice()
		list.EnsureCapacity(len(s.Timeline))
		for _, e := range s.Timeline {
			readValue(list.AppendEmpty(), e.Value, m.dict, 0)
		}
	}
	all := a.settle()
	for i := range m.Links {
		writeLink(&m.Links[i], all)
	}
	dst.SetEventName(event)
	if o.Summary {
		dst.Body().SetStr(record.Summary(event, all))
	}
}

// writeLink names a connection where both of its sockets are known.
func writeLink(l *model.Link, a pcommon.Map) {
	from, ok1 := socket(l.From, a)
	to, ok2 := socket(l.To, a)
	if ok1 && ok2 {
		a.PutStr(l.Out, from+">"+to)
	}
}

// socket is an address and its port, or the text that has both.
func socket(names []string, a pcommon.Map) (string, bool) {
	v, ok := a.Get(names[0])
	if !ok {
		return "", false
	}
	if len(names) == 1 {
		return v.AsString(), true
	}
	port, ok := a.Get(names[1])
	if !ok {
		return "", false
	}
	return net.JoinHostPort(v.AsString(), port.AsString()), true
}

// Duration is that of the session in seconds; false when its start is not known.
func (s *State) Duration(m *Model) (float64, bool) {
	if s.Flags&HasStart == 0 {
		return 0, false
	}
	for i := range s.Attrs {
		if s.Attrs[i].Key == m.headers[headerEnd] {
			return float64(max(intOf(s.Attrs[i].Value)-s.Start, 0)) / 1e9, true
		}
	}
	return 0, false
}

// count is what this output counts, and from where a total's count begins, so that the two add up to the total.
func (c *Counter) count(sum model.Sum) (base, n int64) {
	switch {
	case sum == model.Delta:
		return 0, c.Hi
	case !c.Counted:
		return c.Lo, max(c.Hi-c.Lo, 0)
	default:
		base = min(c.CountedHi, c.Hi)
		return base, c.Hi - base
	}
}

// wentBack says that a newer part had a smaller total than what was counted already.
func (c *Counter) wentBack(s *State) bool {
	return c.Owner != noOwner && c.Counted && c.Hi < c.CountedHi && s.Orders[c.Owner].Time > s.Before
}

// Below splits off what lies below the ranges that were counted already: the state of a record of its own, with what
// this output's ranges add at their lower ends. False when there is nothing.
func (s *State) Below(m *Model, dst *State) bool {
	dst.Reset()
	for _, c := range s.Counters {
		if m.Counters[c.Index].Sum != model.Total || !c.Set || !c.Counted || c.Lo >= c.CountedLo {
			continue
		}
		dst.Counters = append(dst.Counters, Counter{Index: c.Index, Set: true, Lo: c.Lo, Hi: c.CountedLo})
		dst.Digest = dst.Digest.plus(Digest{Hi: mix(uint64(c.Lo) ^ uint64(c.Index)), Lo: mix(uint64(c.CountedLo))})
	}
	if len(dst.Counters) == 0 {
		return false
	}
	dst.Flags, dst.Start, dst.Newest, dst.Before, dst.Outputs = s.Flags, s.Start, s.Newest, s.Before, s.Outputs
	// Its values hold nowhere but at its own lower end: its place is before all parts.
	dst.Orders = append(dst.Orders[:0], Order{Class: model.Pass, Time: s.Before})
	dst.Attrs = append(dst.Attrs[:0], s.Attrs...)
	for i := range dst.Attrs {
		if dst.Attrs[i].Owner != noOwner {
			dst.Attrs[i].Owner = 0
		}
	}
	dst.Resource = s.Resource
	return true
}

// ID is what the session's proxy calls it: the first attribute of the model's key, empty where the state has none.
func (s *State) ID(m *Model) string {
	name := attr.ProxySessionID
	if len(m.Keys) > 0 && len(m.Keys[0].Need) > 0 && m.Keys[0].Need[0] != attr.ProxyStartTime {
		name = m.Keys[0].Need[0]
	} else if len(m.Keys) > 0 && len(m.Keys[0].Any) > 0 {
		name = m.Keys[0].Any[0]
	}
	for i := range s.Attrs {
		if m.attrName(&s.Attrs[i]) == name {
			_, value := named(s.Attrs[i].Value)
			v := pcommon.NewValueEmpty()
			readValue(v, value, m.dict, s.Attrs[i].Key)
			return v.AsString()
		}
	}
	return ""
}
