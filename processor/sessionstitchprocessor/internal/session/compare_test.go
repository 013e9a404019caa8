// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Numbers are ordered as the library orders them that knows no rounding. Whole ones above 2^53, such as times in
// nanoseconds, are not all floating-point numbers.
func TestNumbersAreComparedExactly(t *testing.T) {
	drawNumber := func(t *rapid.T) ([]byte, *big.Float) {
		v, exact := pcommon.NewValueEmpty(), new(big.Float).SetPrec(128)
		n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(1<<53-2, 1<<53+2), rapid.Int64Range(math.MaxInt64-2, math.MaxInt64),
			rapid.Int64Range(math.MinInt64, math.MinInt64+2), rapid.Int64Range(-2, 2)).Draw(t, "n")
		if rapid.Bool().Draw(t, "whole") {
			v.SetInt(n)
			exact.SetInt64(n)
		} else {
			f := float64(n) + rapid.SampledFrom([]float64{0, 0.5, -0.5, 1e30, -1e30, math.Inf(1), math.Inf(-1)}).Draw(t, "more")
			v.SetDouble(f)
			exact.SetFloat64(f)
		}
		b, _ := appendValue(nil, nil, dict.None, v)
		return b, exact
	}
	rapid.Check(t, func(t *rapid.T) {
		a, x := drawNumber(t)
		b, y := drawNumber(t)
		want := x.Cmp(y)
		n, _ := numberIn(a)
		o, _ := numberIn(b)
		if got := n.compare(o); got != want {
			t.Fatalf("%v and %v: %d, want %d", x, y, got, want)
		}
		if got := compareValues(a, b); want != 0 && got != want {
			t.Fatalf("%v and %v in a list: %d, want %d", x, y, got, want)
		}
	})
}

// What min and max take, and in which order the values of a union stand, is a matter of what they say, and the same
// whatever came first and whatever numbers their texts have in the dictionary.
func TestWhatValuesSay(t *testing.T) {
	for name, c := range map[string]struct {
		values   []any
		min, max any
		union    []any
	}{
		"whole numbers": {[]any{int64(200), int64(404), int64(301), int64(-1)}, int64(-1), int64(404), []any{int64(-1), int64(200), int64(301), int64(404)}},
		"times in nanoseconds": {
			[]any{int64(1795132800000000001), int64(1795132800000000002), int64(1795132800000000000)},
			int64(1795132800000000000), int64(1795132800000000002),
			[]any{int64(1795132800000000000), int64(1795132800000000001), int64(1795132800000000002)},
		},
		"numbers of both kinds": {[]any{2.5, int64(2), int64(3), -0.5}, -0.5, int64(3), []any{-0.5, int64(2), 2.5, int64(3)}},
		"numbers as text":       {[]any{"9", "10", "0.5", "123456"}, "0.5", "123456", []any{"0.5", "10", "123456", "9"}},
		"times as text": {
			[]any{"2026-11-20T00:00:01Z", "2026-11-20T00:00:00Z", "2026-11-20T00:00:02Z"},
			"2026-11-20T00:00:00Z", "2026-11-20T00:00:02Z",
			[]any{"2026-11-20T00:00:00Z", "2026-11-20T00:00:01Z", "2026-11-20T00:00:02Z"},
		},
		"a number and what is none": {[]any{"-", int64(7), "x", true}, int64(7), int64(7), []any{"-", "x", int64(7), true}},
		"not a number":              {[]any{math.NaN(), int64(7)}, int64(7), int64(7), nil},
	} {
		rapid.Check(t, func(t *rapid.T) {
			d := dict.New(1 << 20)
			def := model.EdgeOne(false)
			def.Rules = map[string]model.Rule{"min": model.Min, "max": model.Max, "union": model.Union}
			m := Compile(def, d)
			var s State
			for i, v := range rapid.Permutation(c.values).Draw(t, "order") {
				p := partOf(t, m, d, i, map[string]any{"min": v, "max": v, "union": v})
				s.join(m, &p.State, true, 0)
			}
			rec := plog.NewLogRecord()
			NewWriter().Write(m, Key{}, &s, Output{}, rec)
			got := rec.Attributes().AsRaw()
			assert.Equal(t, c.min, got["min"], name)
			assert.Equal(t, c.max, got["max"], name)
			if c.union != nil {
				assert.Equal(t, c.union, got["union"], name)
			}
		})
	}
}

// partOf is the part of a record with such attributes.
func partOf(t *rapid.T, m *Model, d *dict.Dict, seconds int, attributes map[string]any) *Part {
	rec := plog.NewLogRecord()
	rec.SetEventName(record.SessionProgress)
	rec.SetTimestamp(pcommon.Timestamp(seconds) * 1e9)
	if err := rec.Attributes().FromRaw(attributes); err != nil {
		t.Fatal(err)
	}
	rec.Attributes().PutStr(attr.ProxySessionID, "7")
	r := NewReader(d)
	r.Resource(pcommon.NewMap())
	p, ok := r.Read(m, rec)
	if !ok {
		t.Fatal("no part")
	}
	return p
}
