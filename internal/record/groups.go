// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
)

// group is the records of one resource and scope.
type group struct {
	scope *Scope
	res   []KV
	recs  plog.LogRecordSlice
}

// records is where the record goes: the group of its resource and scope, nearly always that of the record before.
func (w *Writer) records() plog.LogRecordSlice {
	if w.last < len(w.groups) && w.resource.repeated() && w.groups[w.last].scope == w.scope {
		return w.groups[w.last].recs
	}
	res := w.resource.settle()
	for i := range w.groups {
		if w.groups[i].is(w.scope, res) {
			w.last = i
			return w.groups[i].recs
		}
	}
	return w.newGroup(res)
}

func (g *group) is(scope *Scope, res []KV) bool {
	if g.scope != scope || len(g.res) != len(res) {
		return false
	}
	for i := range res {
		if g.res[i] != res[i] {
			return false
		}
	}
	return true
}

func (w *Writer) newGroup(res []KV) plog.LogRecordSlice {
	if !w.open {
		w.logs, w.open = plog.NewLogs(), true
	}
	rl := w.logs.ResourceLogs().AppendEmpty()
	rl.SetSchemaUrl(SchemaURL)
	m := rl.Resource().Attributes()
	m.EnsureCapacity(len(res) + len(w.Options.Resource))
	for _, kv := range res {
		if kv.IsInt {
			m.PutInt(kv.Key, kv.Int)
		} else {
			m.PutStr(kv.Key, kv.Str)
		}
	}
	for _, kv := range w.Options.Resource {
		m.PutStr(kv.Key, kv.Str)
	}
	sl := rl.ScopeLogs().AppendEmpty()
	sl.SetSchemaUrl(SchemaURL)
	sl.Scope().SetName(w.scope.name)
	sl.Scope().SetVersion(w.Options.Version)
	sl.Scope().Attributes().PutStr(attr.EncodingFormat, w.scope.encoding)

	from := len(w.resArena)
	w.resArena = append(w.resArena, res...)
	w.groups = append(w.groups, group{scope: w.scope, res: w.resArena[from:len(w.resArena):len(w.resArena)], recs: sl.LogRecords()})
	w.last = len(w.groups) - 1
	if w.last == 0 {
		// Mostly all records of a batch are of one group, and batches are alike.
		sl.LogRecords().EnsureCapacity(min(w.expected, maxExpected))
	}
	return sl.LogRecords()
}

// maxExpected bounds the room that is made for records before there are any.
const maxExpected = 1024
