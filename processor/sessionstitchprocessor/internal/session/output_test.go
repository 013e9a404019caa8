// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// What the stitcher says itself beats what a part said under the same name, and no key comes twice: neither a start that is
// no time beside one that is, nor names that the dictionary could not take and so nobody has recognised.
func TestKeysComeOnce(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.HAProxy(), d)
	s := State{Parts: 3, Flags: HasStart, Start: 1e9}
	for _, name := range []string{attr.ProxySessionParts, attr.LogRecordUID, attr.ProxyStartTime} {
		s.Attrs = append(s.Attrs, Attr{Value: appendPlain(appendName(nil, name), "of a part")})
	}
	unnumbered := len(s.Attrs)
	s.Attrs = append(s.Attrs,
		Attr{Key: d.Key("@end"), Value: appendInt(nil, 3e9)},
		Attr{Key: d.Key(attr.ProxyListenerName), Value: appendPlain(nil, "fe")},
		Attr{Key: d.Key(attr.ProxyStartTime), Value: appendPlain(nil, "yesterday")},
	)
	for _, skipped := range []int{0, unnumbered} {
		s.Attrs = s.Attrs[skipped:]
		rec := plog.NewLogRecord()
		NewWriter().Write(m, Key{}, &s, Output{Summary: true}, rec)
		keys := map[string]bool{}
		for k := range rec.Attributes().All() {
			assert.False(t, keys[k], k)
			keys[k] = true
		}
		raw := rec.Attributes().AsRaw()
		assert.EqualValues(t, 3, raw[attr.ProxySessionParts])
		assert.NotEqual(t, "of a part", raw[attr.LogRecordUID])
		assert.Equal(t, "1970-01-01T00:00:01.000000000Z", raw[attr.ProxyStartTime])
		assert.InDelta(t, 2, raw[attr.ProxyDuration], 0)
		assert.Equal(t, "fe", raw[attr.ProxyListenerName])
		assert.Equal(t, pcommon.Timestamp(3_000_000_000), rec.Timestamp())
	}

	s.Flags = 0
	rec := plog.NewLogRecord()
	NewWriter().Write(m, Key{}, &s, Output{}, rec)
	assert.Equal(t, "yesterday", rec.Attributes().AsRaw()[attr.ProxyStartTime], "no part had a time")
}

// A session has what the resources of all its parts say alike, whatever stands between, and the trace and span of the
// newest part; both whichever came first.
func TestWhatPartsHaveInCommon(t *testing.T) {
	type of struct {
		at       pcommon.Timestamp
		trace    byte
		resource map[string]any
	}
	older := of{60e9, 1, map[string]any{"a": "1", "b": "of both", "d": int64(1), "f": "of both", "g": "old", "h": "of both", "i": "1"}}
	newer := of{90e9, 2, map[string]any{"b": "of both", "c": "2", "d": int64(2), "e": "2", "f": "of both", "g": "new", "h": "of both"}}
	for _, parts := range [][]of{{older, newer}, {newer, older}} {
		d := dict.New(1 << 20)
		for _, key := range "abcdefghi" {
			d.Key(string(key)) // in this order
		}
		m := Compile(model.EdgeOne(false), d)
		var s State
		for _, p := range parts {
			rec, resource := plog.NewLogRecord(), pcommon.NewMap()
			rec.SetEventName(record.SessionProgress)
			rec.SetTimestamp(p.at)
			rec.SetTraceID(pcommon.TraceID{15: p.trace})
			rec.SetSpanID(pcommon.SpanID{7: p.trace})
			rec.Attributes().PutStr(attr.ProxySessionID, "7")
			rec.Attributes().PutStr(attr.ProxyStartTime, record.FormatTime(0))
			require.NoError(t, resource.FromRaw(p.resource))
			r := NewReader(d)
			r.Resource(resource)
			read, ok := r.Read(m, rec)
			require.True(t, ok)
			s.Add(m, &read.State, math.MaxInt64/2, 0)
		}
		resource, rec := pcommon.NewMap(), plog.NewLogRecord()
		s.WriteResource(m, resource)
		NewWriter().Write(m, Key{}, &s, Output{}, rec)
		assert.Equal(t, map[string]any{"b": "of both", "f": "of both", "h": "of both"}, resource.AsRaw())
		assert.Equal(t, pcommon.TraceID{15: 2}, rec.TraceID())
		assert.Equal(t, pcommon.SpanID{7: 2}, rec.SpanID())
	}
}

// Progress of a session whose parts may be those of another says so, as its end does.
func TestProgressIsApproximateToo(t *testing.T) {
	m := Compile(model.EdgeOne(false), dict.New(1<<20))
	for flags, want := range map[Flags]any{Approximate: true, 0: nil} {
		rec := plog.NewLogRecord()
		NewWriter().WriteProgress(m, &State{Parts: 1, Flags: flags}, Output{}, rec)
		assert.Equal(t, record.SessionProgress, rec.EventName())
		assert.Equal(t, want, rec.Attributes().AsRaw()[attr.ProxySessionApproximate])
	}
}
