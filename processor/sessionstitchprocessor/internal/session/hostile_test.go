// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// A sender of many names does not take away the numbers of those that make sessions and totals.
func TestManyNamesLeaveTheModelsTheirs(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	for i := 0; d.Key(fmt.Sprint("name.", i)) != dict.None; i++ {
	}
	p := part(t, m, d, func(a pcommon.Map) {
		a.PutInt(attr.ProxyDeltaClientBytesReceived, 3)
	})
	assert.Len(t, p.Counters, 2)

	// Where a record was read is no part of what it says, whether or not its name has a number.
	r := NewReader(d)
	assert.True(t, r.look(m, "log.a.new.one").action.noise)
}

// Where a session has more attributes than are kept, its id and its time are among those that are.
func TestManyAttributesLeaveTheID(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	for _, many := range []int{maxAttrs, 2 * maxAttrs} {
		p := part(t, m, d, func(a pcommon.Map) {
			for i := range many {
				a.PutStr(fmt.Sprintf("0.%06d", i), "v")
			}
		})
		var s State
		s.Add(m, &p.State, math.MaxInt64, 0)
		assert.Len(t, s.Attrs, maxAttrs)
		rec := plog.NewLogRecord()
		NewWriter().Write(m, p.Key, &s, Output{}, rec)
		id, _ := rec.Attributes().Get(attr.ProxySessionID)
		assert.Equal(t, "7", id.AsString())
		assert.Equal(t, pcommon.Timestamp(60_000_000_000), rec.Timestamp())
		_, has := rec.Attributes().Get("0.000499")
		assert.True(t, has, "then the first names")
	}
}

// A value or a resource with many members is not searched for each of them, which would take minutes.
func TestWideValues(t *testing.T) {
	const members = 200_000
	d := dict.New(1) // to give thousands of names a number takes its time
	m := Compile(model.EdgeOne(false), d)
	wide := pcommon.NewMap()
	raw := map[string]any{}
	for i := range members {
		raw[fmt.Sprint("member.", i)] = int64(i)
	}
	require.NoError(t, wide.FromRaw(raw))
	rec := plog.NewLogRecord()
	rec.SetEventName(record.SessionProgress)
	rec.Attributes().PutStr(attr.ProxySessionID, "7")
	wide.CopyTo(rec.Attributes().PutEmptyMap("wide"))
	r := NewReader(d)
	r.Resource(wide)

	p, ok := r.Read(m, rec)
	require.True(t, ok)
	var s State
	s.Add(m, &p.State, math.MaxInt64, 0)
	out, resource := plog.NewLogRecord(), pcommon.NewMap()
	NewWriter().Write(m, p.Key, &s, Output{}, out)
	s.WriteResource(m, resource)

	got, _ := out.Attributes().Get("wide")
	assert.Equal(t, raw, got.Map().AsRaw())
	assert.Equal(t, raw, resource.AsRaw())
}

// Of a member that a map has twice the first holds.
func TestMembersComeOnce(t *testing.T) {
	ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs([]byte(`{"resourceLogs":[{"resource":{"attributes":[{"key":"m","value":{"kvlistValue":{"values":[
		{"key":"b","value":{"stringValue":"one"}},{"key":"a","value":{"stringValue":"two"}},{"key":"b","value":{"stringValue":"three"}}]}}}]}}]}`))
	require.NoError(t, err)
	v, _ := ld.ResourceLogs().At(0).Resource().Attributes().Get("m")
	require.Equal(t, 3, v.Map().Len())
	back := pcommon.NewValueEmpty()
	setValue(back, appendNested(nil, v, 0), nil, dict.None)
	assert.Equal(t, 2, back.Map().Len())
	assert.Equal(t, map[string]any{"a": "two", "b": "one"}, back.Map().AsRaw())
}

// What is nested without end is no text that anybody needs.
func TestDeepValues(t *testing.T) {
	nested := func(levels int) pcommon.Value {
		v := pcommon.NewValueEmpty()
		at := v
		for i := range levels {
			if i%2 == 0 {
				at = at.SetEmptySlice().AppendEmpty()
			} else {
				at = at.SetEmptyMap().PutEmpty("k")
			}
		}
		at.SetStr("x")
		return v
	}
	assert.Equal(t, nested(maxTextDepth).AsString(), TextOf(nested(maxTextDepth)))
	assert.Empty(t, TextOf(nested(maxTextDepth+1)))
	assert.Less(t, len(appendNested(nil, nested(10*maxTextDepth), 0)), 200)
}

// An order with more places than a session can have is none.
func TestOrderOfManyPlaces(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	places := strings.Repeat("2.0.1.5;", noOwner-1) + "2.0.2.6=odd"
	hostile := func(a pcommon.Map) {
		a.PutInt(attr.ProxySessionParts, 1)
		a.PutStr(attr.LogRecordUID, "spoofed")
		a.PutStr(attr.ProxySessionOrder, places)
		a.PutStr("odd", "v")
	}
	var s State
	s.Add(m, &part(t, m, d, func(pcommon.Map) {}).State, math.MaxInt64, 0)
	s.Add(m, &ended(t, m, d, hostile).State, math.MaxInt64, 0)
	assert.NotPanics(t, func() {
		s.Add(m, &part(t, m, d, func(a pcommon.Map) { a.PutStr("odd", "w"); a.PutInt(attr.ProxyDeltaClientBytesReceived, 1) }).State, math.MaxInt64, 0)
	})
	assert.Equal(t, uint64(3), s.Parts)
}

// ended reads a record that a stitcher wrote.
func ended(t *testing.T, m *Model, d *dict.Dict, change func(pcommon.Map)) *Part {
	rec := plog.NewLogRecord()
	rec.SetEventName(record.SessionEnd)
	rec.SetTimestamp(60e9)
	rec.Attributes().PutStr(attr.ProxySessionID, "7")
	change(rec.Attributes())
	r := NewReader(d)
	r.Resource(pcommon.NewMap())
	p, ok := r.Read(m, rec)
	require.True(t, ok)
	return p
}

// An order with many names is not searched for each attribute, which would take minutes.
func TestOrderOfManyNames(t *testing.T) {
	d := dict.New(1)
	m := Compile(model.EdgeOne(false), d)
	var names strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&names, ",n%07d", i)
	}
	attributes := map[string]any{attr.ProxySessionID: "7"}
	for i := range 60_000 {
		attributes[fmt.Sprintf("a%07d", i)] = "v"
	}
	ended(t, m, d, func(a pcommon.Map) {
		require.NoError(t, a.FromRaw(attributes))
		a.PutInt(attr.ProxySessionParts, 1)
		a.PutStr(attr.LogRecordUID, "spoofed")
		a.PutStr(attr.ProxySessionOrder, "2.0.1.5;2.0.2.6=odd"+names.String())
	})
}

// What a sender calls text and is none does not go on: next consumers refuse it, and all that comes with it.
func TestTextsAreUTF8(t *testing.T) {
	const bad = "a\xffb"
	rec := plog.NewLogRecord()
	rec.SetEventName(record.SessionProgress)
	rec.SetSeverityText(bad)
	a := rec.Attributes()
	a.PutStr(attr.ProxySessionID, bad)
	a.PutStr(bad, "value of an odd name")
	a.PutStr("text", bad)
	a.PutEmptyMap("map").PutEmptySlice(bad).AppendEmpty().SetStr(bad)
	resource := pcommon.NewMap()
	resource.PutStr(bad, bad)
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	r := NewReader(d)
	r.Resource(resource)
	p, ok := r.Read(m, rec)
	require.True(t, ok)
	var s State
	s.Add(m, &p.State, math.MaxInt64, 0)

	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	s.WriteResource(m, rl.Resource().Attributes())
	NewWriter().Write(m, p.Key, &s, Output{Summary: true}, rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty())
	b, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	assert.True(t, utf8.Valid(b), "%q", b)
	assert.Equal(t, 8, strings.Count(string(b), "a\uFFFDb"), "%s", b)
}
