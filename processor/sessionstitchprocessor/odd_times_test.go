// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// delta is an entry of EdgeOne.
func delta(at, sent int64) plog.Logs {
	ld, recs := sessiontest.NewLogs(nil)
	rec := recs.AppendEmpty()
	rec.SetEventName(record.SessionProgress)
	rec.SetTimestamp(pcommon.Timestamp(at))
	rec.Attributes().PutStr(attr.ProxyType, "edgeone")
	rec.Attributes().PutStr(attr.ProxySessionID, "17")
	rec.Attributes().PutInt(attr.ProxyDeltaClientBytesSent, sent)
	return ld
}

// An entry whose time is far in the past, at the end of what 64 bits hold, does not make those after it late: there is no
// time so long before it that they could be compared with.
func TestAnEntryOfLongAgo(t *testing.T) {
	for _, at := range []int64{math.MinInt64, math.MinInt64 + int64(time.Hour), -1, 0} {
		r := newRig(nil)
		r.consume(delta(at, 1))
		for i := range int64(3) {
			r.consume(delta(sessiontest.Epoch+i*1e9, 10))
		}
		out := r.finish()
		require.Len(t, out, 1, "%d", at)
		assert.EqualValues(t, 31, intOf(out[0].Record(), attr.ProxyClientBytesSent))
		assert.EqualValues(t, 4, intOf(out[0].Record(), attr.ProxySessionParts))
	}
}

// Where nothing is remembered and silence ends no session, no part is too late for one that is open.
func TestNoWindow(t *testing.T) {
	for _, idle := range []time.Duration{0, time.Hour} {
		r := newRig(func(c *Config) {
			none := time.Duration(0)
			c.Models.EdgeOne.IdleTimeout, c.Models.EdgeOne.LateWindow = &idle, &none
		})
		for _, seconds := range []int64{3, 1, 2, 1} {
			r.consume(delta(sessiontest.Epoch+seconds*1e9, seconds))
		}
		out := r.finish()
		require.Len(t, out, 1, "%v", idle)
		assert.EqualValues(t, 6, intOf(out[0].Record(), attr.ProxyClientBytesSent))
		assert.EqualValues(t, 1, intOf(out[0].Record(), attr.ProxySessionDuplicates))
	}
}

// A duration may be longer than 63 bits of nanoseconds.
func TestALongDuration(t *testing.T) {
	r := newRig(nil)
	ld := delta(math.MaxInt64, 1)
	a := sessiontest.Entry{Logs: ld}.Record().Attributes()
	a.PutStr(attr.ProxyStartTime, "1678-01-01T00:00:00.000000000Z")
	r.consume(ld)
	out := r.finish()
	require.Len(t, out, 1)
	got, ok := out[0].Record().Attributes().Get(attr.ProxyDuration)
	require.True(t, ok)
	want := time.Unix(0, math.MaxInt64).Unix() - time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	assert.InDelta(t, float64(want), got.Double(), 1)
}

// A rule's session begins with its first record that has a time: one without any did not come in 1970.
func TestRecordWithoutATime(t *testing.T) {
	r := newRig(func(c *Config) { c.Rules[0].Merge = nil })
	for _, at := range []int64{sessiontest.Epoch + 5e9, 0, sessiontest.Epoch} {
		r.consume(ruled(at, nil))
	}
	out := r.finish()
	require.Len(t, out, 1)
	assert.Equal(t, record.FormatTime(sessiontest.Epoch), textOf(out[0].Record(), attr.ProxyStartTime))
}

// ruled is a record that testRules take, with more attributes.
func ruled(at int64, more map[string]any) plog.Logs {
	ld, recs := sessiontest.NewLogs(nil)
	rec := recs.AppendEmpty()
	rec.SetTimestamp(pcommon.Timestamp(at))
	if err := rec.Attributes().FromRaw(more); err != nil {
		panic(err)
	}
	if _, ok := rec.Attributes().Get("conn"); !ok {
		rec.Attributes().PutStr("conn", "17")
	}
	return ld
}

// An entry of the timeline has the event of its own record, not that of the record before it.
func TestTimelineOfARule(t *testing.T) {
	r := newRig(nil)
	ld := delta(sessiontest.Epoch, 1)
	ruled(sessiontest.Epoch, nil).ResourceLogs().MoveAndAppendTo(ld.ResourceLogs())
	named := ruled(sessiontest.Epoch+1e9, nil)
	sessiontest.Entry{Logs: named}.Record().SetEventName("opened")
	named.ResourceLogs().MoveAndAppendTo(ld.ResourceLogs())
	r.consume(ld)
	for _, e := range r.finish() {
		if textOf(e.Record(), "conn") == "" {
			continue
		}
		list, ok := e.Record().Attributes().Get(attr.ProxySessionTimeline)
		require.True(t, ok)
		assert.Equal(t, []any{
			map[string]any{"time": record.FormatTime(sessiontest.Epoch)},
			map[string]any{"time": record.FormatTime(sessiontest.Epoch + 1e9), "event": "opened"},
		}, list.Slice().AsRaw())
		return
	}
	t.Fatal("no record of the rule")
}

// A rule merges attributes whose names begin with the character that stands before the stitcher's own, such as Logstash's
// @timestamp, and those that are called like these are kept.
func TestNamesWithAnAt(t *testing.T) {
	rigOf := func() *rig {
		return newRig(func(c *Config) { c.Rules[0].Merge = map[string]any{"@timestamp": "min", "@n": "sum"} })
	}
	var outputs []sessiontest.Entry
	for _, n := range []int64{7, 3} {
		r := rigOf()
		for i := range int64(2) {
			r.consume(ruled(sessiontest.Epoch+(i-n)*1e9, map[string]any{"@timestamp": n + i, "@n": n, "@end": n, "@other": n}))
		}
		outputs = append(outputs, r.finish()...)
	}
	require.Len(t, outputs, 2)
	second := rigOf()
	for _, e := range outputs {
		second.consume(e.Copy())
	}
	got := second.finish()
	require.Len(t, got, 1)
	a := got[0].Record().Attributes().AsRaw()
	assert.Equal(t, []any{int64(3), int64(20), int64(3), int64(3)}, []any{a["@timestamp"], a["@n"], a["@end"], a["@other"]})
	assert.Equal(t, pcommon.Timestamp(sessiontest.Epoch-2e9), got[0].Record().Timestamp())
}

// Where the wall clock is put back while sessions are open or remembered, they wait no longer than their timeouts from then
// on, and the event clock does not stand still until the wall has caught up.
func TestTheWallClockIsPutBack(t *testing.T) {
	for _, clock := range []Clock{Arrival, Event} {
		r := newRig(func(c *Config) {
			c.Clock, c.IdleTimeout, c.LateWindow, c.ProgressInterval = clock, time.Minute, time.Hour, 20*time.Second
			idle, late := 30*time.Minute, time.Hour
			c.Models.EdgeOne.IdleTimeout, c.Models.EdgeOne.LateWindow = &idle, &late
		})
		now := func() int64 { return r.clock.UnixNano() }
		passes := func(d time.Duration) {
			for range d / (5 * time.Second) {
				r.advance(5 * time.Second)
			}
		}
		r.consume(ruled(now(), nil))
		r.advance(2 * time.Minute)
		require.NotEmpty(t, r.drain(), clock)
		r.consume(delta(now(), 1))
		r.advance(-24 * time.Hour)
		passes(time.Minute)
		reports := len(r.drain())
		assert.GreaterOrEqual(t, reports, 1, "%s: reports go on", clock)
		passes(30 * time.Minute)
		r.consume(ruled(now(), map[string]any{"conn": "after"}))
		passes(2 * time.Minute)
		assert.Zero(t, r.table.Open(), "%s: open", clock)
		passes(2 * time.Hour)
		assert.Zero(t, r.table.Remembered(), "%s: remembered", clock)
		ends := 0
		for _, e := range r.drain() {
			if e.Record().EventName() == record.SessionEnd {
				ends++
			}
		}
		assert.Equal(t, 2, ends, clock)
	}
}
