// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/sources"
)

// conversion is one call of ConsumeLogs.
type conversion struct {
	p       *logsProcessor
	now     time.Time
	out     *groups
	batch   *decode.Batch
	stats   decode.Stats
	skipped int64 // records without a line
	// flat collects the records that are made of attributes; nil where there are none to be.
	flat *decode.Batch
	// in is the record that is being read, and written the number of records that came of it.
	in      plog.LogRecord
	written int
	// others says that of its attributes only those are kept that other components have set: the rest was read.
	others bool
}

func newConversion(p *logsProcessor) *conversion {
	c := &conversion{p: p, now: p.now(), out: newGroups(), batch: p.batches.Get().(*decode.Batch)}
	c.batch.Written(c.add)
	if p.flat != nil {
		c.flat = p.flatBatches.Get().(*decode.Batch)
		c.flat.Written(c.addFlat)
	}
	return c
}

// end gives the batches back, which remember what records mostly hold.
func (c *conversion) end() {
	c.batch.Written(nil)
	c.p.batches.Put(c.batch)
	if c.flat != nil {
		c.flat.Written(nil)
		c.p.flatBatches.Put(c.flat)
	}
	c.batch, c.flat = nil, nil
}

// convert reads the records of one resource.
func (c *conversion) convert(rl plog.ResourceLogs) {
	stream := sources.Stream{Resource: hashOf(rl.Resource().Attributes())}
	for _, sl := range rl.ScopeLogs().All() {
		// What a component of this module has made is no line any more, even where its body still is.
		ours := strings.HasPrefix(sl.Scope().Name(), record.ScopeName)
		for _, rec := range sl.LogRecords().All() {
			text, ok := c.p.line(rec)
			stream.File = fileOf(rec.Attributes(), rl.Resource().Attributes())
			if !ours && !ok && c.p.fluent != nil && c.readFluent(rl, sl, rec, stream) {
				continue
			}
			if !ours && c.flat != nil {
				maybe, sure := isFlat(rl.Resource().Attributes(), rec)
				if (sure || maybe && !ok) && c.readFlat(rl, sl, rec, stream) {
					continue
				}
			}
			if ours || !ok {
				c.skipped++
				c.pass(rl, sl, rec)
				continue
			}
			c.decode(c.p.sources, rl, sl, rec, text, stream)
		}
	}
	logs, stats := c.batch.Take()
	c.stats.Add(&stats)
	for _, made := range logs.ResourceLogs().All() {
		c.merge(rl.Resource(), made)
	}
	if c.flat == nil {
		return
	}
	logs, stats = c.flat.Take()
	c.stats.Add(&stats)
	if logs.LogRecordCount() > 0 {
		known := unlabelled(rl.Resource())
		for _, made := range logs.ResourceLogs().All() {
			c.merge(known, made)
		}
	}
}

// observed is when a record was read, now where its receiver does not say.
func (c *conversion) observed(rec plog.LogRecord) time.Time {
	if t := rec.ObservedTimestamp(); t != 0 {
		return t.AsTime()
	}
	return c.now
}

// fileOf is the file that the record was read from, as file_log names it on the record or on the resource; "" where
// it came in another way.
func fileOf(maps ...pcommon.Map) string {
	for _, key := range [...]string{attr.LogFilePath, attr.LogFileName} {
		for _, m := range maps {
			if v, ok := m.Get(key); ok {
				return v.AsString()
			}
		}
	}
	return ""
}

// decode turns one record into those that its line says; by remembers the stream that it is from.
func (c *conversion) decode(by *sources.Sources, rl plog.ResourceLogs, sl plog.ScopeLogs, rec plog.LogRecord, text string, from sources.Stream) {
	c.in, c.written = rec, 0
	room := rec.Attributes().Len()
	if c.others {
		room = 0 // most of them were read
	}
	c.batch.Room(room)
	before := c.batch.Stats
	failed, err := by.Decode(from, c.batch, decode.Line{Text: text, Observed: c.observed(rec)})
	switch {
	case failed && err.Reason == format.Unrecognized && rec.Body().Type() == pcommon.ValueTypeMap:
		// An object that is no entry of a log at all.
		c.batch.Stats = before
		c.skipped++
		c.pass(rl, sl, rec)
	case failed:
		out := c.pass(rl, sl, rec)
		reject(out, &err)
		c.p.keepBytes(out)
	case c.written == 0 && c.batch.Stats.Empty != before.Empty:
		c.pass(rl, sl, rec)
	}
}

// pass hands a record on as it is.
func (c *conversion) pass(rl plog.ResourceLogs, sl plog.ScopeLogs, rec plog.LogRecord) plog.LogRecord {
	out := c.out.of(rl.Resource(), rl.SchemaUrl(), sl.Scope(), sl.SchemaUrl()).AppendEmpty()
	rec.CopyTo(out)
	return out
}

// reject notes on a record why its line cannot be read.
func reject(rec plog.LogRecord, err *format.Error) {
	m := rec.Attributes()
	m.PutStr(attr.ProxylogErrorType, err.Reason.String())
	m.Remove(attr.ProxylogErrorField)
	if err.Field != "" {
		m.PutStr(attr.ProxylogErrorField, strings.ToValidUTF8(err.Field, "\uFFFD"))
	}
	m.PutInt(attr.ProxylogErrorOffset, int64(err.Offset))
}

// isError reports whether a key says why an earlier stage could not read the line.
func isError(key string) bool {
	return key == attr.ProxylogErrorType || key == attr.ProxylogErrorField || key == attr.ProxylogErrorOffset
}

// add gives a record made of a line what its receiver knew and the line does not say.
func (c *conversion) add(out plog.LogRecord) {
	c.keep(out, func(key string) bool { return !c.others || !field(key) })
	if c.p.attribute != "" {
		c.p.keepBytes(out)
	}
	body := c.in.Body()
	if c.p.keepBody && body.Type() != pcommon.ValueTypeEmpty || c.p.body && body.Type() == pcommon.ValueTypeMap && !isJournal(body) {
		c.in.Body().CopyTo(out.Body())
	}
}

// keep gives a record what its receiver knew and was not said otherwise: of the attributes those that own accepts.
func (c *conversion) keep(out plog.LogRecord, own func(string) bool) {
	in := c.in
	c.written++
	m := out.Attributes()
	for key, v := range in.Attributes().All() {
		if _, said := m.Get(key); !said && own(key) && !isError(key) {
			v.CopyTo(m.PutEmpty(key))
		}
	}
	out.SetDroppedAttributesCount(in.DroppedAttributesCount())
	// A line without a time of its own has got the time at which it was read.
	if in.Timestamp() != 0 && out.Timestamp() == out.ObservedTimestamp() {
		out.SetTimestamp(in.Timestamp())
	}
	if in.ObservedTimestamp() != 0 {
		out.SetObservedTimestamp(in.ObservedTimestamp())
	}
	if !in.TraceID().IsEmpty() {
		out.SetTraceID(in.TraceID())
		out.SetSpanID(in.SpanID())
		out.SetFlags(in.Flags())
	}
	if out.SeverityNumber() == plog.SeverityNumberUnspecified {
		out.SetSeverityNumber(in.SeverityNumber())
		out.SetSeverityText(in.SeverityText())
	}
}

// merge adds the records of one resource and what its lines say of the proxy. What the receiver knew of the resource
// beats the lines, and what the user has configured beats both.
func (c *conversion) merge(known pcommon.Resource, made plog.ResourceLogs) {
	res := pcommon.NewResource()
	known.CopyTo(res)
	m := res.Attributes()
	for key, v := range made.Resource().Attributes().All() {
		if _, ok := m.Get(key); !ok {
			v.CopyTo(m.PutEmpty(key))
		}
	}
	for key, v := range c.p.resource {
		m.PutStr(key, v)
	}
	for _, sl := range made.ScopeLogs().All() {
		sl.LogRecords().MoveAndAppendTo(c.out.of(res, made.SchemaUrl(), sl.Scope(), sl.SchemaUrl()))
	}
}
