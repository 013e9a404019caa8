// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
)

// records is where the record goes: the group of its resource and scope, nearly always that of the record before.
func (w *Writer) records() plog.LogRecordSlice {
	if list := w.groups.list; w.last < len(list) && w.resource.repeated() && list[w.last].scope == w.scope {
		return list[w.last].recs
	}
	res := w.resource.settle()
	if i := w.groups.find(w.scope, res); i >= 0 {
		w.last = i
		return w.groups.list[i].recs
	}
	return w.newGroup(res)
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
	w.last = w.groups.add(group{scope: w.scope, res: w.resArena[from:len(w.resArena):len(w.resArena)], recs: sl.LogRecords()})
	if w.last == 0 {
		// Mostly all records of a batch are of one group, and batches are alike.
		sl.LogRecords().EnsureCapacity(min(w.expected, maxExpected))
	}
	return sl.LogRecords()
}

// maxExpected bounds the room that is made for records before there are any.
const maxExpected = 1024
