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
	pairs := func(yield func(string, Attr) bool) {
		for r := (attrReader{b: s.Resource}); r.next() && yield(m.attrName(&r.Attr), r.Attr); {
		}
	}
	for v, a := range fill(dst, pairs) {
		_, value := named(a.Value)
		setValue(v, value, m.dict, a.Key)
	}
}

func (m *Model) attrName(a *Attr) string {
	if a.Key == 0 {
		name, _ := named(a.Value)
		return valid(name)
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

// Write writes the session's record.
func (w *Writer) Write(m *Model, k Key, s *State, o Output, dst plog.LogRecord) {
	w.begin(m, s, o, dst)
	w.putBool(attr.ProxySessionComplete, s.Flags&Ended != 0)
	w.putStr(attr.ProxySessionCloseReason, o.Reason)
	w.putInt(attr.ProxySessionParts, int64(s.Parts))
	w.putInt(attr.ProxySessionDuplicates, int64(s.Duplicates))
	w.putInt(attr.ProxySessionPart, int64(s.Outputs)+1)
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
		w.putCount(m, s, c.Index, count, false)
		if base > 0 && def.Baseline != "" {
			w.putInt(def.Baseline, base)
			digest = digest.plus(baselineDigest(k, def, base))
		}
		// A total that went back says nothing about what happened in between.
		approximate = approximate || c.wentBack(s)
	}
	w.putStr(attr.LogRecordUID, k.uid(digest))
	if approximate {
		w.putBool(attr.ProxySessionApproximate, true)
	}
	w.putStr(attr.ProxySessionOrder, s.formatOrder(m, int64(dst.Timestamp())))
	w.finish(m, s, o, record.SessionEnd, dst)
}

// putCount writes a counter: a whole number, or a decimal one where billionths were counted, by all outputs or this one.
func (w *Writer) putCount(m *Model, s *State, i uint8, n int64, all bool) {
	if parts, ok := s.billionths(m, i, all); ok {
		w.putDouble(m.Counters[i].Out, float64(n+parts/billion)+float64(parts%billion)/billion)
		return
	}
	w.putInt(m.Counters[i].Out, n)
}

// baselineDigest is what a baseline adds to the digest in the uid: two stitchers may put out the same parts and count
// different shares.
func baselineDigest(k Key, c *model.Counter, base int64) Digest {
	return digestOf(k, mix(xxhash.Sum64String(c.Out)^uint64(base)))
}

// WriteProgress writes a record of a session that is still open: cumulative, what earlier outputs counted included.
func (w *Writer) WriteProgress(m *Model, s *State, o Output, dst plog.LogRecord) {
	w.begin(m, s, o, dst)
	w.putBool(attr.ProxySessionComplete, false)
	w.putInt(attr.ProxySessionParts, int64(s.Parts))
	w.putInt(attr.ProxySessionPart, int64(s.Outputs)+1)
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
		w.putCount(m, s, c.Index, n, true)
	}
	if s.Flags&Approximate != 0 {
		w.putBool(attr.ProxySessionApproximate, true)
	}
	w.finish(m, s, o, record.SessionProgress, dst)
}

// begin writes the attributes that parts had, and what the record has beside them.
func (w *Writer) begin(m *Model, s *State, o Output, dst plog.LogRecord) {
	w.start(m, s, dst)
	dst.SetObservedTimestamp(pcommon.Timestamp(o.Observed))
	if m.Type != "" {
		w.putStr(attr.ProxyType, m.Type)
	}
	for i := range s.Attrs {
		x := &s.Attrs[i]
		if header := m.headerOf(x); header >= 0 {
			m.writeHeader(x, header, dst)
			continue
		}
		_, value := named(x.Value)
		name := m.attrName(x)
		if x.Key == dict.None {
			w.settle()
		}
		switch {
		case name == attr.ProxyStartTime && s.Flags&HasStart != 0:
			// Of a part whose start is no time; another one's is.
		case m.matcher != nil && m.Rules[name] == model.Concat:
			w.putTexts(m, name, value)
		default:
			w.putValue(name, value, x.Key)
		}
	}
}

// writeHeader writes what a record has beside its attributes.
func (m *Model) writeHeader(x *Attr, header int, dst plog.LogRecord) {
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
func (w *Writer) finish(m *Model, s *State, o Output, event string, dst plog.LogRecord) {
	if s.Flags&HasStart != 0 {
		w.putStr(attr.ProxyStartTime, record.FormatTime(s.Start))
		w.putDouble(attr.ProxyDuration, secondsFrom(s.Start, int64(dst.Timestamp())))
	}
	all := w.finished()
	if len(s.Timeline) > 0 {
		list := all.PutEmptySlice(attr.ProxySessionTimeline)
		list.EnsureCapacity(len(s.Timeline))
		for _, e := range s.Timeline {
			setValue(list.AppendEmpty(), e.Value, m.dict, 0)
		}
	}
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
			return secondsFrom(s.Start, intOf(s.Attrs[i].Value)), true
		}
	}
	return 0, false
}

// secondsFrom is how many seconds after start end is, 0 where it is before. The two may be further apart than 63 bits of
// nanoseconds are long.
func secondsFrom(start, end int64) float64 {
	if end <= start {
		return 0
	}
	return float64(uint64(end)-uint64(start)) / 1e9
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
			setValue(v, value, m.dict, s.Attrs[i].Key)
			return v.AsString()
		}
	}
	return ""
}
