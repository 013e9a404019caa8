// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package record writes LogRecords: each attribute once, grouped by resource and scope.
package record

import (
	"math"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/scan"
)

// Writer builds one plog.Logs, record by record: Begin, attributes, Commit. It is not safe for concurrent use.
type Writer struct {
	Options Options
	// Constant is added to every record, such as the name of the file.
	Constant []KV
	// Resource is added to the resource of every record, such as the pod that the file belongs to. What the line says
	// of the same key beats it.
	Resource []KV
	// Extent is the length, in bytes, of what the texts are parts of: those of long ones are not kept for the next record.
	Extent int
	// Written, where it is set, is called with each record when it is complete; it may change it. Room is how many
	// attributes it may add without that their list has to be made anew.
	Written func(plog.LogRecord)
	Room    int

	logs   plog.Logs
	open   bool
	n      int
	total  uint64
	groups groups
	last   int

	scope    *Scope
	shapes   shapes
	expected int // records of the batch before
	resource resource
	resArena []KV
	dirty    bool
	long     bool // a record since the last Take is made of a long text
	event    string
	severity plog.SeverityNumber
	start    int64
	started  bool
	end      int64
	observed int64
	session  string
	trace    pcommon.TraceID
	span     pcommon.SpanID
	clock    rfc3339
}

// NewWriter makes a Writer.
func NewWriter(o Options) Writer {
	return Writer{Options: o, shapes: shapes{off: pooled(), readOnly: o.ReadOnly}}
}

// Begin starts a record. dirty says that the line is not valid UTF-8, so that each text has to be looked at; observed
// is when it was read, in nanoseconds since 1970.
func (w *Writer) Begin(scope *Scope, dirty bool, observed int64) {
	w.BeginKind(scope, Kind{}, dirty, observed)
}

// Kind tells records apart before they are written, as well as that can be done at little cost: those of which Keys is
// the same number mostly have the same attributes, and those of which Values is, mostly the same values of what varies
// little, such as names and states. A record is compared with the last one of its kind. What is wrong costs time only.
type Kind struct{ Keys, Values uint64 }

// BeginKind is Begin for a record of a kind.
func (w *Writer) BeginKind(scope *Scope, kind Kind, dirty bool, observed int64) {
	w.scope, w.dirty, w.observed = scope, dirty, observed
	w.event, w.severity, w.start, w.started, w.end, w.session = "", plog.SeverityNumberUnspecified, 0, false, 0, ""
	w.trace, w.span = pcommon.TraceID{}, pcommon.SpanID{}
	w.resource.begin()
	for i := range w.Resource {
		w.resource.add(w.Resource[i].Key, w.Resource[i].Str, w.Resource[i].Int, w.Resource[i].IsInt)
	}
	long := w.Extent > MaxShared
	w.long = w.long || long
	w.shapes.begin(kind, long)
	for i := range w.Constant {
		if kv := &w.Constant[i]; kv.IsInt {
			w.Int(kv.Key, kv.Int)
		} else {
			w.Str(kv.Key, kv.Str)
		}
	}
}

// text is valid UTF-8: s itself, or s with what is not valid replaced.
func (w *Writer) text(s string) string {
	if w.dirty {
		return valid(s)
	}
	return s
}

// valid is s with what is not valid UTF-8 replaced.
func valid(s string) string {
	if scan.Valid(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Str adds a text taken from the line as it stands; an empty one is left out. A key may be added once per record.
func (w *Writer) Str(key, s string) {
	if s == "" {
		return
	}
	if w.dirty {
		s = w.text(s)
	}
	w.shapes.text(key, s)
}

// Decoded adds a text whose encoding was undone, and which therefore may hold any bytes.
func (w *Writer) Decoded(key, s string) {
	if s == "" {
		return
	}
	w.shapes.text(key, valid(s))
}

// List adds the list that l makes of a text, which is taken from the line as it stands.
func (w *Writer) List(key, text string, l *List) { w.shapes.listOf(key, text, l, w.dirty) }

// Strs adds a list of texts whose encoding was undone.
func (w *Writer) Strs(key string, texts ...string) {
	switch len(texts) {
	case 0:
	case 1:
		w.shapes.listOf(key, texts[0], whole, true)
	default:
		w.shapes.lists.add(key, texts)
	}
}

// Int adds a number.
func (w *Writer) Int(key string, n int64) { w.shapes.number(key, uint64(n), integer) }

// Double adds a number with a fraction.
func (w *Writer) Double(key string, f float64) { w.shapes.number(key, math.Float64bits(f), double) }

// Doubles adds a list of numbers with fractions.
func (w *Writer) Doubles(key string, numbers ...float64) {
	if len(numbers) > 0 {
		w.shapes.lists.addDoubles(key, numbers)
	}
}

// Bool adds a truth value.
func (w *Writer) Bool(key string, b bool) {
	w.shapes.number(key, bit(b), truth)
}

// Seconds adds a duration, given in nanoseconds, as seconds.
func (w *Writer) Seconds(key string, ns int64) { w.Double(key, float64(ns)/1e9) }

// SessionID adds proxy.session.id.
func (w *Writer) SessionID(id string) {
	if id == "" {
		return
	}
	w.session = w.text(id)
	w.shapes.text(attr.ProxySessionID, w.session)
}

// Start adds proxy.start_time; ns is nanoseconds since 1970. Of two calls the second counts.
func (w *Writer) Start(ns int64) { w.start, w.started = ns, true }

// Time adds a moment as RFC 3339 in UTC with nine fractional digits; ns is nanoseconds since 1970.
func (w *Writer) Time(key string, ns int64) { w.shapes.text(key, w.clock.format(ns)) }

// End sets the moment the record reports, in nanoseconds since 1970.
func (w *Writer) End(ns int64) { w.end = ns }

// Observed replaces the read time, for records that carry the time at which an earlier collector read them.
func (w *Writer) Observed(ns int64) { w.observed = ns }

// Trace sets the trace and span that the proxy logged; a span of zeros is none. A trace id made of
// the session beats them, since it is there to keep the records of the session together.
func (w *Writer) Trace(trace pcommon.TraceID, span pcommon.SpanID) { w.trace, w.span = trace, span }

// Event sets the EventName.
func (w *Writer) Event(name string) { w.event = name }

// Severity sets the severity; its text follows from it.
func (w *Writer) Severity(n plog.SeverityNumber) { w.severity = n }

// ResourceStr adds a text that identifies the proxy; an empty one is left out.
func (w *Writer) ResourceStr(key, s string) {
	if s != "" {
		w.resource.add(key, w.text(s), 0, false)
	}
}

// ResourceInt adds a number that identifies the proxy.
func (w *Writer) ResourceInt(key string, n int64) { w.resource.add(key, "", n, true) }

// Ended is the moment that the last record reports, as End was told it, in nanoseconds since 1970.
func (w *Writer) Ended() int64 { return w.end }

// Total is the number of records since the Writer was made, whether they were taken or not.
func (w *Writer) Total() uint64 { return w.total }

// Len is the number of records since the last Take.
func (w *Writer) Len() int { return w.n }

// Take hands over what was written and starts anew.
func (w *Writer) Take() plog.Logs {
	logs := w.logs
	if !w.open {
		logs = plog.NewLogs()
	}
	w.expected = w.n
	w.logs, w.open, w.n = plog.Logs{}, false, 0
	w.groups.reset()
	w.last, w.resArena = 0, nil
	if w.long {
		w.resource.forget()
		w.shapes.forget()
		w.long, w.session = false, ""
	}
	return logs
}
