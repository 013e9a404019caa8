// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// testRules take the records that sessiontest draws for a rule.
func testRules() []RuleConfig {
	return []RuleConfig{{
		Name: "my_proxy", Match: `attributes["conn"] != nil`, Key: `attributes["conn"]`, End: `attributes["state"] == "closed"`,
		Merge: map[string]any{
			"bytes": "sum", "hits": "count", "spent": "sum", "first": "first", "last": "last", "min": "min", "max": "max",
			"union": map[string]any{"strategy": "union", "limit": 3}, "concat": map[string]any{"strategy": "concat", "limit": 4, "separator": "; "},
		},
	}}
}

// naive is what the strategies of testRules make of distinct entries, straight from their definition.
func naive(entries []sessiontest.Entry) map[string]any {
	list := slices.Clone(entries)
	slices.SortStableFunc(list, func(a, b sessiontest.Entry) int { return cmp.Compare(a.Record().Timestamp(), b.Record().Timestamp()) })
	out := map[string]any{}
	least, most, spent, decimal := int64(math.MaxInt64), int64(math.MinInt64), 0.0, false
	union := map[string]bool{}
	var texts []string
	for _, e := range list {
		a := e.Record().Attributes()
		number := func(key string) (int64, bool) {
			v, ok := a.Get(key)
			return v.Int(), ok
		}
		if n, ok := number("min"); ok {
			least = min(least, n)
			out["min"] = least
		}
		if n, ok := number("max"); ok {
			most = max(most, n)
			out["max"] = most
		}
		if n, ok := number("last"); ok {
			out["last"] = n
		}
		if n, ok := number("first"); ok && out["first"] == nil {
			out["first"] = n
		}
		if v, ok := a.Get("spent"); ok {
			spent += v.Double()
			decimal = decimal || v.Double() != math.Trunc(v.Double())
			out["spent"] = spent
		}
		if v, ok := a.Get("union"); ok {
			union[v.Str()] = true
		}
		if v, ok := a.Get("concat"); ok && len(texts) < 4 {
			texts = append(texts, v.Str())
		}
	}
	if _, ok := out["spent"]; ok && !decimal {
		out["spent"] = int64(spent)
	}
	if len(union) > 0 {
		all := slices.Sorted(maps.Keys(union))
		var list []any
		for _, s := range all[:min(len(all), 3)] {
			list = append(list, s)
		}
		out["union"] = list
	}
	if len(texts) > 0 {
		out["concat"] = strings.Join(texts, "; ")
	}
	return out
}

// Each strategy gives what its definition says, in any order, with repetitions, and over several stitchers. Entries of
// one moment have no order of their own, so that here each has its own.
func TestStrategiesAreTheirDefinitions(t *testing.T) {
	checkAll(t, func(t *rapid.T) {
		s := sessiontest.Draw(t, "rule", "17")
		for i, e := range s.Entries {
			e.Record().SetTimestamp(e.Record().Timestamp() + pcommon.Timestamp(i))
		}
		want := naive(s.Entries)
		check := func(got []sessiontest.Entry) {
			if len(got) != 1 {
				t.Fatalf("%d records", len(got))
			}
			raw := got[0].Record().Attributes().AsRaw()
			for _, k := range []string{"first", "last", "min", "max", "union", "concat", "spent"} {
				if fmt.Sprintf("%T %v", raw[k], raw[k]) != fmt.Sprintf("%T %v", want[k], want[k]) {
					t.Fatalf("%s: %T %v, want %T %v", k, raw[k], raw[k], want[k], want[k])
				}
			}
			if raw[attr.ProxySessionID] != "17" {
				t.Fatalf("its id is %v", raw[attr.ProxySessionID])
			}
			checkTruth(t, s, got, true)
		}
		one := newRig(nil)
		feed(t, one, shuffled(t, s.Entries, true), false)
		check(one.finish())

		halves := [2]*rig{newRig(pausing), newRig(pausing)}
		for _, e := range s.Entries {
			feed(t, halves[rapid.IntRange(0, 1).Draw(t, "half")], []sessiontest.Entry{e, e}, true)
		}
		again := newRig(nil)
		feed(t, again, shuffled(t, append(halves[0].finish(), halves[1].finish()...), true), false)
		check(again.finish())
	})
}

// A record that no condition takes, or that has no key, passes; what another model wrote is no part of a rule.
func TestRulesTakeWhatTheyMatch(t *testing.T) {
	ld, recs := sessiontest.NewLogs(map[string]any{"tier": "edge"})
	for i, conn := range []any{"a", 7, nil, "", "a"} {
		rec := recs.AppendEmpty()
		rec.SetTimestamp(pcommon.Timestamp(sessiontest.Epoch + int64(i)))
		rec.Body().SetStr(fmt.Sprint("line ", i))
		rec.Attributes().PutStr("kind", "tcp")
		require.NoError(t, rec.Attributes().PutEmpty("conn").FromRaw(conn))
	}
	recs.At(4).Attributes().PutStr("kind", "udp")
	rules := []RuleConfig{{
		Name: "r", Match: `attributes["kind"] == "tcp" and resource.attributes["tier"] == "edge" and IsMatch(log.body, "^line")`,
		Key: `attributes["conn"]`,
	}}
	out := stitched(t, func(c *Config) { c.Rules = rules }, ld)
	var got []string
	for _, rec := range out {
		got = append(got, rec.EventName()+" "+textOf(rec, attr.ProxySessionID)+" "+textOf(rec, attr.ProxySessionParts))
	}
	assert.ElementsMatch(t, []string{"proxy.session.end a 1", "proxy.session.end 7 1", "  ", "  ", "  "}, got)
}

// Records that differ in their body only are two parts; equal ones are one.
func TestARulesPartIsAllThatTheRecordSays(t *testing.T) {
	ld, recs := sessiontest.NewLogs(nil)
	for _, body := range []string{"x", "y", "x"} {
		rec := recs.AppendEmpty()
		rec.SetTimestamp(pcommon.Timestamp(sessiontest.Epoch))
		rec.Body().SetStr(body)
		rec.Attributes().PutStr("conn", "1")
		rec.Attributes().PutInt("bytes", 5)
		rec.Attributes().PutStr("log.file.name", body+fmt.Sprint(recs.Len()))
	}
	out := stitched(t, func(c *Config) { c.Rules = testRules() }, ld)
	require.Len(t, out, 1)
	assert.EqualValues(t, 10, intOf(out[0], "bytes"))
	assert.EqualValues(t, 2, intOf(out[0], attr.ProxySessionParts))
	assert.EqualValues(t, 1, intOf(out[0], attr.ProxySessionDuplicates))
}

// Sums take numbers of any kind, also those that are written as text, and leave out what is none.
func TestSumsOfARule(t *testing.T) {
	for want, values := range map[string][]any{
		"12":   {5, 7},
		"12.5": {5, 7.5},
		"7":    {"3", 4, "x", -8, true, nil, math.NaN(), math.Inf(1)},
		"0.3":  {0.1, "0.2"},
		"6":    {2.0, 4.0},
		"1e+18": {
			1e18,
		},
	} {
		ld, recs := sessiontest.NewLogs(nil)
		for i, v := range values {
			rec := recs.AppendEmpty()
			rec.SetTimestamp(pcommon.Timestamp(sessiontest.Epoch + int64(i)))
			rec.Attributes().PutStr("conn", "1")
			require.NoError(t, rec.Attributes().PutEmpty("bytes").FromRaw(v))
		}
		out := stitched(t, func(c *Config) { c.Rules = testRules() }, ld)
		require.Len(t, out, 1)
		got, ok := out[0].Attributes().Get("bytes")
		require.True(t, ok)
		if f := 0.0; want == "1e+18" {
			_, _ = fmt.Sscan(want, &f)
			assert.Equal(t, int64(f), got.Int())
			continue
		}
		assert.Equal(t, want, got.AsString())
	}
}

// However many pieces a concatenation has, so many are kept, the first; and none is longer than it may be.
func TestConcatIsBounded(t *testing.T) {
	ld, recs := sessiontest.NewLogs(nil)
	for i := range 100 {
		rec := recs.AppendEmpty()
		rec.SetTimestamp(pcommon.Timestamp(sessiontest.Epoch + int64(100-i)))
		rec.Attributes().PutStr("conn", "1")
		rec.Attributes().PutStr("concat", strings.Repeat("é", 5000))
	}
	out := stitched(t, func(c *Config) { c.Rules = testRules() }, ld)
	require.Len(t, out, 1)
	assert.Len(t, textOf(out[0], "concat"), 4*1024+3*len("; "))
}

func TestBadRulesNameTheKey(t *testing.T) {
	const good = `name: r, match: 'attributes["a"] == 1', key: 'attributes["b"]'`
	for text, want := range map[string]string{
		`{match: 'true', key: 'attributes["a"]'}`:                                 `rules[0]::name: "" is no name`,
		`{name: "My Proxy", match: 'true', key: 'attributes["a"]'}`:               `rules[0]::name: "My Proxy" is no name`,
		`{name: edgeone, match: 'true', key: 'attributes["a"]'}`:                  `rules[0]::name: there is another model "edgeone"`,
		`{name: r, key: 'attributes["a"]'}`:                                       `rules[0]::match: is missing`,
		`{name: r, match: 'true'}`:                                                `rules[0]::key: is missing`,
		`{name: r, match: 'attributes["a" == 1', key: 'attributes["a"]'}`:         `rules[0]::match: `,
		`{name: r, match: 'attributes["a"] == 1 and ', key: 'attributes["a"]'}`:   "1:26",
		`{name: r, match: 'nothing["a"] == 1', key: 'attributes["a"]'}`:           `rules[0]::match: `,
		`{name: r, match: 'true', key: 'Nonsense(attributes["a"])'}`:              `rules[0]::key: `,
		`{name: r, match: 'true', key: 'attributes["a"]', end: 'attributes["a"'}`: `rules[0]::end: `,
		`{` + good + `, merge: {x: median}}`:                                      `rules[0]::merge::x: "median" is none of first, last, min, max, sum, union, count, concat`,
		`{` + good + `, merge: {x: 7}}`:                                           `rules[0]::merge::x: 7 is neither`,
		`{` + good + `, merge: {x: {strategy: sum, limit: 3}}}`:                   `rules[0]::merge::x: limit: only union and concat`,
		`{` + good + `, merge: {x: {strategy: concat, limit: 9999}}}`:             `rules[0]::merge::x: limit: 9999`,
		`{` + good + `, merge: {x: {strategy: union, separator: ","}}}`:           `rules[0]::merge::x: separator`,
		`{` + good + `, merge: {x: {strategy: concat, size: 3}}}`:                 `rules[0]::merge::x::size: 3`,
		`{` + good + `, merge: {proxy.session.parts: sum}}`:                       `rules[0]::merge::proxy.session.parts: the stitcher writes`,
		`{` + good + `, merge: {event.name: union}}`:                              `rules[0]::merge::event.name: the stitcher writes`,
		`{` + good + `, merge: {"@severity": sum}}`:                               `rules[0]::merge::@severity: the stitcher keeps`,
		`{` + good + `, merge: {` + strings.Repeat("k", 257) + `: sum}}`:          `the name is longer than 256 bytes`,
		`{` + good + `, idle_timeout: -1s}`:                                       `rules[0]::idle_timeout: -1s is negative`,
		`{` + good + `, colour: red}`:                                             "colour",
		`{` + good + `}, {` + good + `}`:                                          `rules[1]::name: there is another model "r"`,
	} {
		_, err := read(t, "rules: ["+text+"]")
		if assert.Error(t, err, text) {
			assert.Contains(t, err.Error(), want, text)
		}
	}
	cfg, err := read(t, "rules: [{"+good+", merge: {x: sum, y: {strategy: union, limit: 5}}, idle_timeout: 9s, clock: event}]")
	require.NoError(t, err)
	models, err := cfg.compileRules(newRig(nil).dict, newRig(nil).logger)
	require.NoError(t, err)
	require.Len(t, models, 1)
	assert.Equal(t, 9*time.Second, models[0].Timing.Idle)
	assert.True(t, models[0].EventClock)
}

// A session of a rule is released by its end, and reports its progress before; its progress counts all outputs.
func TestProgressCountsAllOutputs(t *testing.T) {
	r := newRig(func(c *Config) { c.ProgressInterval, c.MaxLifetime = 10e9, 25e9 })
	send := func(i int) {
		ld, recs := sessiontest.NewLogs(nil)
		rec := recs.AppendEmpty()
		rec.SetTimestamp(pcommon.Timestamp(sessiontest.Epoch + int64(i)*1e9))
		rec.Attributes().PutStr("conn", "1")
		rec.Attributes().PutDouble("bytes", 1.5)
		r.consume(ld)
	}
	var progress []string
	for i := range 10 {
		send(i)
		r.advance(11e9)
		for _, e := range r.drain() {
			if e.Record().EventName() == "proxy.session.progress" {
				progress = append(progress, textOf(e.Record(), "bytes"))
			}
		}
	}
	require.Greater(t, len(progress), 4)
	assert.True(t, slices.IsSortedFunc(progress, func(a, b string) int {
		var x, y float64
		_, _ = fmt.Sscan(a, &x)
		_, _ = fmt.Sscan(b, &y)
		return cmp.Compare(x, y)
	}), progress)
	total := 0.0
	_, _ = fmt.Sscan(progress[len(progress)-1], &total)
	assert.Greater(t, total, 12.0)
}
