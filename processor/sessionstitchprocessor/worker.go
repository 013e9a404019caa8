// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// worker reads one batch; it is used again for the next.
type worker struct {
	*stitcher
	reader *session.Reader
	parts  []table.Addition
	// isPart says of each record in turn whether it belongs to a session.
	isPart []bool
	passed int
	size   int64
	tally  tally
	// lost says that somebody else may still read from it.
	lost bool
}

func (w *worker) reset() {
	w.reader.Reset()
	w.parts, w.isPart, w.passed, w.size = w.parts[:0], w.isPart[:0], 0, 0
	clear(w.tally)
}

// free gives the worker back for the next batch.
func (w *worker) free() {
	if w.lost {
		return
	}
	w.reset()
	w.workers.Put(w)
}

// count counts what became of the parts.
func (w *worker) count() {
	for i := range w.parts {
		w.tally[w.parts[i].Model][outcomeOf(w.parts[i].Outcome)]++
	}
}

// read tells the records of sessions from the others.
func (w *worker) read(ld plog.Logs) {
	for _, rl := range ld.ResourceLogs().All() {
		w.reader.Resource(rl.Resource().Attributes())
		for _, sl := range rl.ScopeLogs().All() {
			w.reader.Scope(rl, sl)
			for _, rec := range sl.LogRecords().All() {
				w.record(rec)
			}
		}
	}
}

func (w *worker) record(rec plog.LogRecord) {
	for _, mi := range w.rules {
		if w.part(mi, rec) {
			return
		}
	}
	mi, known := w.modelOf(rec)
	if !known {
		mi = len(w.models)
	} else if w.part(mi, rec) {
		return
	}
	w.tally[mi][outcomePassed]++
	w.passed++
	w.isPart = append(w.isPart, false)
}

// part takes a record that the model makes a part of.
func (w *worker) part(mi int, rec plog.LogRecord) bool {
	m := &w.models[mi]
	w.reader.Timeline, w.reader.Pack = m.Timeline > 0, true
	p, ok := w.reader.Read(m.Model, rec)
	if ok {
		w.parts = append(w.parts, table.Addition{Model: mi, Part: p})
		w.isPart = append(w.isPart, true)
		w.size += p.Size()
	}
	return ok
}

// rest is a batch of the records that belong to no session, in their order. The batch that came in stays as it is, since
// its sender may send it again when the next consumer refuses.
func (w *worker) rest(ld plog.Logs) plog.Logs {
	out := plog.NewLogs()
	i := 0
	for _, rl := range ld.ResourceLogs().All() {
		var toResource plog.ResourceLogs
		hasResource := false
		for _, sl := range rl.ScopeLogs().All() {
			var to plog.LogRecordSlice
			hasScope := false
			for _, rec := range sl.LogRecords().All() {
				i++
				if w.isPart[i-1] {
					continue
				}
				if !hasResource {
					toResource, hasResource = out.ResourceLogs().AppendEmpty(), true
					rl.Resource().CopyTo(toResource.Resource())
					toResource.SetSchemaUrl(rl.SchemaUrl())
				}
				if !hasScope {
					toScope := toResource.ScopeLogs().AppendEmpty()
					sl.Scope().CopyTo(toScope.Scope())
					toScope.SetSchemaUrl(sl.SchemaUrl())
					to, hasScope = toScope.LogRecords(), true
				}
				rec.CopyTo(to.AppendEmpty())
			}
		}
	}
	return out
}
