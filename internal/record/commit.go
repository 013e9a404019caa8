// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
)

// Commit ends the record. line is what it was read from, the original body.
func (w *Writer) Commit(line string) {
	rec := w.records().AppendEmpty()
	w.n++
	w.total++
	ts := w.end
	if w.Options.StartTimestamp && w.start != 0 || ts == 0 {
		ts = w.start
	}
	if ts == 0 {
		ts = w.observed
	}
	rec.SetTimestamp(pcommon.Timestamp(ts))
	rec.SetObservedTimestamp(pcommon.Timestamp(w.observed))
	rec.SetEventName(w.event)
	if w.severity != plog.SeverityNumberUnspecified {
		rec.SetSeverityNumber(w.severity)
		rec.SetSeverityText(severityText(w.severity))
	}
	w.attributes(rec.Attributes())
	switch {
	case w.Options.TraceIDs && w.session != "":
		rec.SetTraceID(sessionTraceID(w.session))
	case !w.trace.IsEmpty():
		rec.SetTraceID(w.trace)
		rec.SetSpanID(w.span)
	}
	switch w.Options.Body {
	case BodyOriginal:
		setBody(rec.Body(), line, w.dirty)
	case BodySummary:
		rec.Body().SetStr(Summary(rec.EventName(), rec.Attributes()))
	case BodyNone:
	}
	if w.Written != nil {
		w.Written(rec)
	}
}

// Reject ends a record for a line that no dialect could read: the raw line and why.
func (w *Writer) Reject(line, reason, field string, offset int) {
	w.Str(attr.ProxylogErrorType, reason)
	w.Str(attr.ProxylogErrorField, field)
	w.Int(attr.ProxylogErrorOffset, int64(offset))
	rec := w.records().AppendEmpty()
	w.n++
	w.total++
	rec.SetTimestamp(pcommon.Timestamp(w.observed))
	rec.SetObservedTimestamp(pcommon.Timestamp(w.observed))
	w.attributes(rec.Attributes())
	setBody(rec.Body(), line, w.dirty)
	if w.Written != nil {
		w.Written(rec)
	}
}

// attributes makes what was added the attributes of m, which is empty. The start stands apart: it differs from record to
// record, so that it needs a value of its own in any case, and the list of the others has to grow, which copies it.
func (w *Writer) attributes(m pcommon.Map) {
	start := ""
	if w.started {
		start = w.clock.format(w.start)
	}
	w.shapes.into(m, start, w.Room)
}

// setBody keeps a line that is not valid UTF-8 as bytes: nothing of it is lost, and no text is invalid.
func setBody(body pcommon.Value, line string, dirty bool) {
	if dirty {
		body.SetEmptyBytes().FromRaw([]byte(line))
		return
	}
	body.SetStr(line)
}

func severityText(n plog.SeverityNumber) string {
	switch {
	case n >= plog.SeverityNumberFatal:
		return "FATAL"
	case n >= plog.SeverityNumberError:
		return "ERROR"
	case n >= plog.SeverityNumberWarn:
		return "WARN"
	case n >= plog.SeverityNumberInfo:
		return "INFO"
	case n >= plog.SeverityNumberDebug:
		return "DEBUG"
	}
	return "TRACE"
}
