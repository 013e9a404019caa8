// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// What a rule made of a proxy's records passes where that rule is not known: it is no session of the proxy, though it says
// which proxy its records came from. What the proxy's own model made is one.
func TestWhatARuleMadeIsNoSessionOfTheProxy(t *testing.T) {
	rule := func(c *Config) {
		c.Rules = []RuleConfig{{
			Name: "by_user", Match: `attributes["user.name"] != nil`, Key: `attributes["user.name"]`,
			Merge: map[string]any{"spent": "sum"},
		}}
	}
	first := newRig(rule)
	for i := range int64(2) {
		ld := delta(sessiontest.Epoch+i, 10)
		sessiontest.Entry{Logs: ld}.Record().Attributes().PutStr("user.name", "ada")
		first.consume(ld)
	}
	first.consume(delta(sessiontest.Epoch, 5))
	outputs := first.finish()
	require.Len(t, outputs, 2)
	without := newRig(nil)
	for _, e := range outputs {
		before := without.table.Open()
		without.consume(e.Copy())
		assert.Equal(t, textOf(e.Record(), "user.name") == "", without.table.Open() > before)
	}
}

// A record that went through something that knows fewer types than OTLP counts as if it had not: JSON has one kind of number,
// others have texts only. What is no count at all counts nothing.
func TestCountsOfOtherTypes(t *testing.T) {
	total := func(event string, sent, received, duration any) plog.Logs {
		ld, recs := sessiontest.NewLogs(nil)
		require.NoError(t, recs.AppendEmpty().Attributes().FromRaw(map[string]any{
			attr.ProxyType: "g3proxy", attr.G3proxyLogType: "Task", attr.G3proxyTaskEvent: event, attr.ProxySessionID: "17",
			attr.ProxyStartTime: record.FormatTime(sessiontest.Epoch), attr.ProxyDuration: duration,
			attr.ProxyClientBytesSent: sent, attr.ProxyClientBytesReceived: received,
		}))
		return ld
	}
	for _, timeline := range []int{0, 3} { // packed parts, and others
		r := newRig(func(c *Config) { c.Timeline = timeline })
		r.consume(total("Periodic", int64(5), int64(6), 1.0))
		r.consume(total("Finished", 70.0, "80", int64(3)))
		r.consume(total("Periodic", int64(9), int64(9), 2.0))
		r.consume(total("Periodic", -1, "much", 2.5))
		out := r.finish()
		require.Len(t, out, 1)
		rec := out[0].Record()
		assert.EqualValues(t, 70, intOf(rec, attr.ProxyClientBytesSent))
		assert.EqualValues(t, 80, intOf(rec, attr.ProxyClientBytesReceived))
		assert.EqualValues(t, sessiontest.Epoch+3e9, rec.Timestamp())

		// So do records of sessions.
		texts, decimals := out[0].Copy(), out[0].Copy()
		for key, v := range rec.Attributes().All() {
			sessiontest.Entry{Logs: texts}.Record().Attributes().PutStr(key, v.AsString())
			if v.Type() == pcommon.ValueTypeInt {
				sessiontest.Entry{Logs: decimals}.Record().Attributes().PutDouble(key, float64(v.Int()))
			}
		}
		for _, ld := range []plog.Logs{texts, decimals} {
			second := newRig(nil)
			second.consume(ld)
			again := second.finish()
			require.Len(t, again, 1)
			for _, key := range []string{
				attr.ProxyClientBytesSent, attr.ProxyClientBytesReceived, attr.ProxySessionParts, attr.ProxySessionComplete, attr.LogRecordUID,
			} {
				assert.Equal(t, textOf(rec, key), textOf(again[0].Record(), key), key)
			}
		}
	}
}
