// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Every value comes back as it was, and equal values have equal bytes.
func TestValuesComeBack(t *testing.T) {
	texts := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[0-9]{1,25}`),
		rapid.StringMatching(`[0-9a-f]{14,40}`),
		rapid.StringMatching(`([0-9]{1,3}\.){3}[0-9]{1,3}`),
		rapid.StringMatching(`([0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}`),
		rapid.StringMatching(`20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{9}Z`),
		rapid.SampledFrom([]string{
			"", "2001:db8::1", "::ffff:192.0.2.1", "fe80::1%eth0", "0.0.0.0", "01.2.3.4", "1.2.3.4", "::", "9223372036854775807",
			"9223372036854775808", "000000", "2024-02-29T23:59:59.999999999Z", "2023-02-29T00:00:00.000000000Z",
		}),
	)
	d := dict.New(1 << 20)
	// Nested values have no dictionary, which would have the most frequent ones.
	for s, kind := range map[string]byte{
		"2001:db8::1": kindIPv6, "192.0.2.1": kindIPv4, "0a9112f4fde60511": kindHex, "123456": kindDecimal, "abcdef": kindText,
		"2024-02-29T23:59:59.999999999Z": kindTime,
	} {
		b := appendText(nil, d, dict.None, s)
		if got, ok := text(b, d, dict.None); b[0] != kind || !ok || got != s {
			t.Errorf("%q comes back as %q, of kind %d", s, got, b[0])
		}
	}
	id := d.Key("key")
	rapid.Check(t, func(t *rapid.T) {
		v := pcommon.NewValueEmpty()
		draw(t, v, texts, 3)
		for range 2 {
			b, hash := appendValue(nil, d, id, v)
			if valueLen(b) != len(b) {
				t.Fatalf("length %d of %d", valueLen(b), len(b))
			}
			got := pcommon.NewValueEmpty()
			setValue(got, b, d, id)
			if diff := cmp.Diff(v.AsRaw(), got.AsRaw()); diff != "" {
				t.Fatal(diff)
			}
			again, sameHash := appendValue(nil, d, id, got)
			if string(again) != string(b) || hash != sameHash {
				t.Fatalf("%x, then %x", b, again)
			}
		}
	})
}

func draw(t *rapid.T, v pcommon.Value, texts *rapid.Generator[string], depth int) {
	kinds := 5
	if depth > 0 {
		kinds = 8
	}
	switch rapid.IntRange(0, kinds).Draw(t, "kind") {
	case 0, 1, 2:
		v.SetStr(texts.Draw(t, "text"))
	case 3:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case 4:
		v.SetDouble(rapid.Float64Range(-1e9, 1e9).Draw(t, "double"))
	case 5:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case 6:
		v.SetEmptyBytes().FromRaw(rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "bytes"))
	case 7:
		s := v.SetEmptySlice()
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			draw(t, s.AppendEmpty(), texts, depth-1)
		}
	case 8:
		m := v.SetEmptyMap()
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			draw(t, m.PutEmpty(texts.Draw(t, "key")), texts, depth-1)
		}
	}
}

func TestTimesAreReadAsTheLibraryReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`(16|17|19|20|22)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\.[0-9]{9}Z`).Draw(t, "time")
		ns, ok := parseTime(s)
		want, err := time.Parse(timeLayout, s)
		if err == nil && (want.Year() < 1678 || want.Year() > 2261) {
			return
		}
		if ok != (err == nil) || ok && (ns != want.UnixNano() || record.FormatTime(ns) != s) {
			t.Fatalf("%s: %d %v, want %v %v", s, ns, ok, want, err)
		}
	})
}

func TestOrderComesBack(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	s := &State{
		Orders: []Order{
			{Class: model.Main, Time: 500, Rank: 2, Hash: math.MaxUint64},
			{Class: model.Main, Time: 400, Rank: 1, Hash: 7},
			{Class: model.Fold, Time: -3, Hash: 1},
			{Class: model.Fold, Time: -4, Hash: 1},
		},
		Attrs: []Attr{
			{Key: d.Key("user.name"), Owner: 1},
			{Key: d.Key("a,b;c=d%"), Owner: 2},
			{Key: d.Key(headerNames[headerTraceID]), Owner: 1},
			{Key: 0, Owner: 2, Value: appendInt(appendName(nil, "@note"), 1)},
			{Key: d.Key(""), Owner: 3},
		},
	}
	text := s.formatOrder(m, 500)
	assert.Equal(t, "2.2.ffffffffffffffff;2.1.7.400=@trace_id,user.name;1.0.1.-3=%40note,a%2Cb%3Bc%3Dd%25;1.0.1.-4=%", text)
	orders, names, ok := parseOrder(text, 500, nil, nil)
	require.True(t, ok)
	assert.Equal(t, s.Orders, orders)
	assert.Equal(t, []owned{{"@trace_id", 1}, {"user.name", 1}, {"%40note", 2}, {"a%2Cb%3Bc%3Dd%25", 2}, {orderName(""), 3}}, names)
	for _, bad := range []string{"", "x", "1.2", "9.0.1", "2.2.zz", "2.999.1", "2.1.1.x", "2.1.1.1.1", ";"} {
		_, _, ok := parseOrder(bad, 0, nil, nil)
		assert.False(t, ok, bad)
	}
}

func TestUIDGivesTheDigestBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := Key{Hi: rapid.Uint64().Draw(t, "hi"), Lo: rapid.Uint64().Draw(t, "lo")}
		d := Digest{Hi: rapid.Uint64().Draw(t, "dhi"), Lo: rapid.Uint64().Draw(t, "dlo")}
		uid := k.uid(d)
		got, ok := k.digestOfUID(uid)
		if !ok || got != d || len(uid) != 32 {
			t.Fatalf("%s gives %v", uid, got)
		}
	})
	_, ok := Key{}.digestOfUID("not one")
	assert.False(t, ok)
}

// part reads one record of EdgeOne's.
func part(t testing.TB, m *Model, d *dict.Dict, change func(pcommon.Map)) *Part {
	rec := plog.NewLogRecord()
	rec.SetEventName(record.SessionProgress)
	rec.SetTimestamp(60e9)
	a := rec.Attributes()
	a.PutStr(attr.ProxySessionID, "7")
	a.PutStr(attr.ProxyStartTime, record.FormatTime(0))
	a.PutInt(attr.ProxyDeltaClientBytesSent, 1)
	change(a)
	r := NewReader(d)
	r.Resource(pcommon.NewMap())
	p, ok := r.Read(m, rec)
	require.True(t, ok)
	return p
}

// A record that came by way of stanza has its event among the attributes. It is the same part, and leaves nothing of that
// in the session.
func TestEventAmongTheAttributes(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	read := func(change func(plog.LogRecord)) *Part {
		rec := plog.NewLogRecord()
		rec.SetTimestamp(60e9)
		rec.Attributes().PutStr(attr.ProxySessionID, "7")
		rec.Attributes().PutStr(attr.ProxyStartTime, record.FormatTime(0))
		change(rec)
		r := NewReader(d)
		r.Timeline = true
		r.Resource(pcommon.NewMap())
		p, ok := r.Read(m, rec)
		require.True(t, ok)
		return p
	}
	want := read(func(rec plog.LogRecord) { rec.SetEventName(record.SessionEnd) })
	got := read(func(rec plog.LogRecord) {
		rec.Attributes().PutStr(attr.EventName, record.SessionEnd)
		rec.Attributes().PutStr(attr.EncodingFormat, "proxylog.x.y")
	})
	assert.Equal(t, want.Attrs, got.Attrs)
	assert.Equal(t, want.Timeline, got.Timeline)
	var s State
	require.NotEqual(t, Duplicate, s.Add(m, &want.State, math.MaxInt64/2, 0))
	assert.Equal(t, Duplicate, s.Add(m, &got.State, math.MaxInt64/2, 0))
}

func TestSumsSaturate(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	var s State
	for i := range 3 {
		p := part(t, m, d, func(a pcommon.Map) {
			a.PutInt(attr.ProxyDeltaClientBytesSent, math.MaxInt64-int64(i))
		})
		require.NotEqual(t, Duplicate, s.Add(m, &p.State, math.MaxInt64, 0))
	}
	assert.Equal(t, int64(math.MaxInt64), s.Counters[0].Hi)
}

// However many attributes a session has, its state stays small, and what is kept does not depend on the order.
func TestAttributesAreBounded(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	var s, back State
	var parts []*Part
	for i := range maxAttrs + 100 {
		parts = append(parts, part(t, m, d, func(a pcommon.Map) {
			a.PutStr(fmt.Sprint("key.", i*7919%(maxAttrs+100)), "v")
			a.PutInt(attr.ProxyDeltaClientBytesReceived, int64(i))
		}))
	}
	for i := range parts {
		s.Add(m, &parts[i].State, math.MaxInt64/2, 0)
		back.Add(m, &parts[len(parts)-1-i].State, math.MaxInt64/2, 0)
	}
	assert.Len(t, s.Attrs, maxAttrs)
	names := func(s *State) (list []string) {
		for i := range s.Attrs {
			list = append(list, m.attrName(&s.Attrs[i]))
		}
		slices.Sort(list)
		return list
	}
	assert.Equal(t, names(&s), names(&back))
}

// However many parts a session has, few identities are kept, and what may have been given up is not summed again.
func TestIdentitiesAreBounded(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.EdgeOne(false), d)
	var s State
	var first *Part
	for i := range maxIdentities + 10 {
		p := part(t, m, d, func(a pcommon.Map) { a.PutInt(attr.ProxyDeltaClientBytesReceived, int64(i)) })
		if first == nil {
			first = p
		}
		require.NotEqual(t, Duplicate, s.Add(m, &p.State, math.MaxInt64/2, 0))
	}
	assert.LessOrEqual(t, len(s.IDs), maxIdentities*idSize)
	assert.Equal(t, Alone, s.Add(m, &first.State, math.MaxInt64/2, 0))
}

func TestRepeatedAttributeCountsOnce(t *testing.T) {
	p := &Part{}
	p.Attrs = []Attr{{Key: 3, Value: []byte{1}}, {Key: 2, Value: []byte{2}}, {Key: 3, Value: []byte{3}}, {Key: 2, Value: []byte{4}}}
	p.Counters = []Counter{{Index: 1, Hi: 1}, {Index: 0, Hi: 2}, {Index: 1, Hi: 3}}
	p.sort()
	assert.Equal(t, []Attr{{Key: 2, Value: []byte{4}}, {Key: 3, Value: []byte{3}}}, p.Attrs)
	assert.Equal(t, []Counter{{Index: 0, Hi: 2}, {Index: 1, Hi: 3}}, p.Counters)
}

// Rules join in any order and grouping to the same.
func TestRulesAreOrderFree(t *testing.T) {
	d := dict.New(1 << 20)
	def := model.EdgeOne(false)
	def.Rules = map[string]model.Rule{"first": model.First, "min": model.Min, "max": model.Max, "union": model.Union, "drop": model.Drop}
	m := Compile(def, d)
	rapid.Check(t, func(t *rapid.T) {
		var parts []*Part
		for i := range rapid.IntRange(1, 6).Draw(t, "parts") {
			parts = append(parts, ruled(t, m, d, i))
		}
		joined := func(order []*Part) string {
			var s State
			for _, p := range order {
				s.join(m, &p.State, true, 0)
			}
			return write(m, &s)
		}
		want := joined(parts)
		if got := joined(rapid.Permutation(parts).Draw(t, "order")); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		// In two groups, each encoded in between.
		var halves [2]State
		for _, p := range parts {
			halves[rapid.IntRange(0, 1).Draw(t, "half")].join(m, &p.State, true, 0)
		}
		var s State
		for i := range halves {
			var h State
			if err := h.Decode(m, Key{}, halves[i].AppendBinary(nil, Key{})); err != nil {
				t.Fatal(err)
			}
			s.join(m, &h, true, 0)
		}
		if got := write(m, &s); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

func ruled(t *rapid.T, m *Model, d *dict.Dict, i int) *Part {
	rec := plog.NewLogRecord()
	rec.SetEventName(record.SessionProgress)
	rec.SetTimestamp(pcommon.Timestamp(rapid.IntRange(1, 3).Draw(t, "at") * 1e9))
	a := rec.Attributes()
	a.PutStr(attr.ProxySessionID, "7")
	a.PutInt("seq", int64(i))
	for _, k := range []string{"first", "min", "max", "union", "drop"} {
		switch rapid.IntRange(0, 3).Draw(t, k) {
		case 0:
			a.PutInt(k, rapid.Int64Range(0, 3).Draw(t, "n"))
		case 1:
			a.PutStr(k, rapid.SampledFrom([]string{"a", "bb", "c", "1", "01", "1.0"}).Draw(t, "s"))
		case 2:
			a.PutDouble(k, 1.5)
		}
	}
	r := NewReader(d)
	r.Resource(pcommon.NewMap())
	p, ok := r.Read(m, rec)
	if !ok {
		t.Fatal("no part")
	}
	return p
}

func write(m *Model, s *State) string {
	rec := plog.NewLogRecord()
	NewWriter().Write(m, Key{}, s, Output{}, rec)
	b, err := (&plog.JSONMarshaler{}).MarshalLogs(logs(rec))
	if err != nil {
		panic(err)
	}
	return string(b)
}

func logs(rec plog.LogRecord) plog.Logs {
	ld := plog.NewLogs()
	to := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	rec.CopyTo(to)
	// Attributes have no order.
	sorted := pcommon.NewMap()
	raw := rec.Attributes().AsRaw()
	for _, k := range sortedKeys(raw) {
		v, _ := rec.Attributes().Get(k)
		v.CopyTo(sorted.PutEmpty(k))
	}
	sorted.CopyTo(to.Attributes())
	return ld
}

func TestAddressesAreReadAsTheLibraryReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([0-9]{0,4}\.?){1,6}`).Draw(t, "address")
		b, ok := parseIPv4(s)
		want, err := netip.ParseAddr(s)
		if ok != (err == nil) || ok && netip.AddrFrom4(b) != want {
			t.Fatalf("%q: %v %v, want %v %v", s, b, ok, want, err)
		}
	})
}
