// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// groups is a plog.Logs in which each resource stands once, and each scope once below it.
type groups struct {
	logs       plog.Logs
	byResource map[uint64][]plog.ResourceLogs
}

func newGroups() *groups {
	return &groups{logs: plog.NewLogs(), byResource: make(map[uint64][]plog.ResourceLogs)}
}

// of is where the records of a resource and scope go.
func (g *groups) of(res pcommon.Resource, schema string, scope pcommon.InstrumentationScope, scopeSchema string) plog.LogRecordSlice {
	rl := g.resource(res, schema)
	for _, sl := range rl.ScopeLogs().All() {
		s := sl.Scope()
		if s.Name() == scope.Name() && s.Version() == scope.Version() && sl.SchemaUrl() == scopeSchema &&
			s.Attributes().Equal(scope.Attributes()) {
			return sl.LogRecords()
		}
	}
	sl := rl.ScopeLogs().AppendEmpty()
	scope.CopyTo(sl.Scope())
	sl.SetSchemaUrl(scopeSchema)
	return sl.LogRecords()
}

func (g *groups) resource(res pcommon.Resource, schema string) plog.ResourceLogs {
	hash := hashOf(res.Attributes())
	for _, rl := range g.byResource[hash] {
		if rl.SchemaUrl() == schema && rl.Resource().Attributes().Equal(res.Attributes()) {
			return rl
		}
	}
	rl := g.logs.ResourceLogs().AppendEmpty()
	res.CopyTo(rl.Resource())
	rl.SetSchemaUrl(schema)
	g.byResource[hash] = append(g.byResource[hash], rl)
	return rl
}

// hashOf is the same for equal maps, whatever their order.
func hashOf(m pcommon.Map) uint64 {
	var sum uint64
	var d xxhash.Digest
	for key, v := range m.All() {
		d.Reset()
		_, _ = d.WriteString(key)
		_, _ = d.Write([]byte{0, byte(v.Type())})
		_, _ = d.WriteString(v.AsString())
		sum += d.Sum64()
	}
	return sum
}
