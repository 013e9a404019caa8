// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"maps"
	"slices"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// FuzzDecode reads damaged states: an error or a state that can be merged and written, never a panic.
func FuzzDecode(f *testing.F) {
	d := dict.New(1 << 20)
	m := Compile(model.G3Proxy(true), d)
	var seed State
	for i := range 3 {
		rec := plog.NewLogRecord()
		rec.SetEventName(record.SessionProgress)
		rec.SetTimestamp(pcommon.Timestamp(i+1) * 1e9)
		a := rec.Attributes()
		a.PutStr(attr.ProxySessionID, "91daf806e60511f1b4fe11d99c1677cc")
		a.PutStr(attr.ProxyStartTime, record.FormatTime(0))
		a.PutStr(attr.G3proxyLogType, []string{"Task", "Task", "Escape"}[i])
		a.PutStr(attr.G3proxyTaskEvent, "Periodic")
		a.PutStr(attr.G3proxyReason, "ConnectFailed")
		a.PutInt(attr.ProxyClientBytesSent, int64(i))
		a.PutStr("@odd", "name")
		a.PutEmptySlice("list").AppendEmpty().SetEmptyMap().PutInt("x", 1)
		r := NewReader(d)
		r.Timeline = true
		res := pcommon.NewMap()
		res.PutStr("host.name", "vm")
		r.Resource(res)
		p, ok := r.Read(m, rec)
		if !ok {
			f.Fatal("no part")
		}
		seed.Add(m, &p.State, 1e18, 5)
		f.Add(seed.AppendBinary(nil, Key{}))
	}
	var released State
	if err := released.Decode(m, Key{}, seed.AppendBinary(nil, Key{})); err != nil {
		f.Fatal(err)
	}
	released.Release()
	f.Add(released.AppendBinary(nil, Key{}))
	f.Add([]byte{version})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s State
		if s.Decode(m, Key{}, b) != nil {
			return
		}
		rec := plog.NewLogRecord()
		NewWriter().Write(m, Key{}, &s, Output{Summary: true}, rec)
		s.WriteResource(m, pcommon.NewMap())
		NewWriter().WriteProgress(m, &s, Output{}, plog.NewLogRecord())
		var below State
		s.Below(m, &below)
		s.AppendBinary(nil, Key{})
	})
}
