// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// rig is a processor whose clock the test holds and whose outbox it empties itself.
type rig struct {
	*stitcher
	clock time.Time
}

func newRig(change func(*Config)) *rig {
	cfg := createDefaultConfig().(*Config)
	cfg.LateWindow = 24 * time.Hour
	cfg.Timeline = 3
	cfg.Rules = testRules()
	if change != nil {
		change(cfg)
	}
	p, err := newStitcher(processortest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
	if err != nil {
		panic(err)
	}
	r := &rig{stitcher: p, clock: time.Unix(0, sessiontest.Epoch).Add(48 * time.Hour)}
	p.now = func() time.Time { return r.clock }
	return r
}

func (r *rig) consume(ld plog.Logs) {
	if err := r.ConsumeLogs(context.Background(), ld); err != nil {
		panic(err)
	}
}

func (r *rig) advance(d time.Duration) {
	r.clock = r.clock.Add(d)
	r.table.Expire(r.clock.UnixNano())
}

// drain gives the records that have left.
func (r *rig) drain() (list []sessiontest.Entry) {
	for r.outbox.Len() > 0 {
		b := r.outbox.Take(context.Background())
		ld := r.write(b)
		r.outbox.Done(b)
		list = append(list, split(ld)...)
	}
	return list
}

func (r *rig) finish() []sessiontest.Entry {
	r.table.ReleaseAll(table.ReasonShutdown, r.clock.UnixNano())
	return r.drain()
}

// shuffled is a random order of a list, some of its entries more than once if again is set.
func shuffled(t *rapid.T, list []sessiontest.Entry, again bool) []sessiontest.Entry {
	out := append([]sessiontest.Entry(nil), list...)
	if again {
		for _, e := range list {
			for range rapid.IntRange(0, 2).Draw(t, "again") {
				out = append(out, e)
			}
		}
	}
	return rapid.Permutation(out).Draw(t, "order")
}

// feed gives entries to a stitcher, with pauses in which it releases what it then has to.
func feed(t *rapid.T, r *rig, list []sessiontest.Entry, pauses bool) {
	for _, e := range list {
		r.consume(e.Copy())
		if pauses {
			r.advance(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 3, 700}).Draw(t, "pause")) * time.Second)
		}
	}
}

// pausing makes releases by idleness, end and lifetime likely.
func pausing(c *Config) {
	c.IdleTimeout, c.MaxLifetime, c.EndLinger = 10*time.Minute, 1000*time.Second, 2*time.Second
}

// raw is a record as a comparable value, without what may differ between one stitcher and several.
func raw(e sessiontest.Entry) string {
	rec := e.Record()
	a := rec.Attributes().AsRaw()
	delete(a, attr.ProxySessionDuplicates)
	delete(a, attr.ProxySessionPart)
	delete(a, attr.ProxySessionCloseReason)
	return fmt.Sprint(
		e.ResourceLogs().At(0).Resource().Attributes().AsRaw(), e.ResourceLogs().At(0).ScopeLogs().At(0).Scope().Name(),
		rec.EventName(), rec.Timestamp(), rec.SeverityNumber(), rec.SeverityText(), rec.TraceID(), rec.Body().AsString(), a)
}

// add sums up what records say of a session.
func add(list []sessiontest.Entry) (counters map[string]int64, parts int64, ended, approximate bool) {
	counters = map[string]int64{}
	for _, e := range list {
		a := e.Record().Attributes()
		parts += intOf(e.Record(), attr.ProxySessionParts)
		ended = ended || flagOf(e.Record(), attr.ProxySessionComplete)
		approximate = approximate || flagOf(e.Record(), attr.ProxySessionApproximate)
		for _, key := range []string{
			attr.ProxyClientBytesSent, attr.ProxyClientBytesReceived, attr.ProxyUpstreamBytesSent,
			attr.G3proxyEscapeCount, attr.G3proxyInspectCount, attr.G3proxyInterceptCount, attr.SquidIcapCount, "bytes", "hits",
		} {
			if v, ok := a.Get(key); ok {
				counters[key] += v.Int()
			}
		}
	}
	return counters, parts, ended, approximate
}

func checkTruth(t *rapid.T, s sessiontest.Session, list []sessiontest.Entry, parts bool) {
	counters, n, ended, approximate := add(list)
	for key, want := range s.Counters {
		if counters[key] != want {
			t.Fatalf("%s: %d, want %d", key, counters[key], want)
		}
	}
	if parts && n != int64(len(s.Entries)) {
		t.Fatalf("%d parts, want %d", n, len(s.Entries))
	}
	if ended != s.Ended || approximate {
		t.Fatalf("ended %v, want %v; approximate %v", ended, s.Ended, approximate)
	}
}

// kept is how many entries of the timeline are kept. Without one, parts are packed.
type kept int

func drawKept(t *rapid.T) kept { return kept(rapid.SampledFrom([]int{0, 3}).Draw(t, "timeline")) }

func (k kept) rig(change func(*Config)) *rig {
	return newRig(func(c *Config) {
		if c.Timeline = int(k); change != nil {
			change(c)
		}
	})
}

func eachFormat(t *testing.T, check func(*rapid.T, string)) {
	for _, f := range sessiontest.Formats {
		t.Run(f, func(t *testing.T) { checkAll(t, func(t *rapid.T) { check(t, f) }) })
	}
}

// Any order and any repetition give the same record.
func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	eachFormat(t, func(t *rapid.T, format string) {
		kept := drawKept(t)
		s := sessiontest.Draw(t, format, "4a1f6c0e9b7d4d1c8f2a3b4c5d6e7f80")
		one := kept.rig(nil)
		feed(t, one, s.Entries, false)
		want := one.finish()
		if len(want) != 1 {
			t.Fatalf("%d records", len(want))
		}
		checkTruth(t, s, want, true)
		other := kept.rig(nil)
		feed(t, other, shuffled(t, s.Entries, true), false)
		got := other.finish()
		if len(got) != 1 || raw(got[0]) != raw(want[0]) {
			t.Fatalf("got  %s\nwant %s", raw(got[0]), raw(want[0]))
		}
	})
}

// However often a session is released, its records add up to the truth.
func TestReleasesAddUp(t *testing.T) {
	eachFormat(t, func(t *rapid.T, format string) {
		kept := drawKept(t)
		s := sessiontest.Draw(t, format, "17")
		r := kept.rig(pausing)
		feed(t, r, shuffled(t, s.Entries, true), true)
		checkTruth(t, s, r.finish(), true)
	})
}

// What several stitchers make of a session, stitched again, is what one makes of it.
func TestStitchedAgainIsAsStitchedOnce(t *testing.T) {
	eachFormat(t, func(t *rapid.T, format string) {
		kept := drawKept(t)
		s := sessiontest.Draw(t, format, "17")
		one := kept.rig(nil)
		feed(t, one, s.Entries, false)
		want := one.finish()

		stitchers := make([]*rig, rapid.IntRange(1, 4).Draw(t, "stitchers"))
		split := make([][]sessiontest.Entry, len(stitchers))
		for _, e := range s.Entries {
			i := rapid.IntRange(0, len(stitchers)-1).Draw(t, "stitcher")
			split[i] = append(split[i], e)
		}
		var outputs []sessiontest.Entry
		for i := range stitchers {
			stitchers[i] = kept.rig(pausing)
			feed(t, stitchers[i], shuffled(t, split[i], true), true)
			outputs = append(outputs, stitchers[i].finish()...)
		}
		second := kept.rig(nil)
		feed(t, second, shuffled(t, outputs, true), false)
		got := second.finish()
		if len(got) != 1 || raw(got[0]) != raw(want[0]) {
			t.Fatalf("got  %s\nwant %s", raw(got[0]), raw(want[0]))
		}

		// The second tier may release in between, too; what it makes adds up, and a third tier joins it again.
		second = kept.rig(pausing)
		feed(t, second, shuffled(t, outputs, true), true)
		outputs = second.finish()
		checkTruth(t, s, outputs, true)
		third := kept.rig(nil)
		feed(t, third, shuffled(t, outputs, true), false)
		checkTruth(t, s, third.finish(), true)
	})
}

// Totals stay true where the same parts reach several stitchers.
func TestTotalsSurviveOverlap(t *testing.T) {
	for _, f := range []string{"g3proxy", "envoy", "haproxy", "squid"} {
		t.Run(f, func(t *testing.T) {
			checkAll(t, func(t *rapid.T) {
				kept := drawKept(t)
				s := sessiontest.Draw(t, f, "17")
				for key := range s.Counters {
					if strings.HasSuffix(key, ".count") {
						delete(s.Counters, key) // counts of side records are sums
					}
				}
				var outputs []sessiontest.Entry
				for range 2 {
					r := kept.rig(pausing)
					feed(t, r, shuffled(t, s.Entries, true), true)
					outputs = append(outputs, r.finish()...)
				}
				second := kept.rig(pausing)
				feed(t, second, shuffled(t, outputs, true), true)
				checkTruth(t, s, second.finish(), false)
			})
		})
	}
}

// Records may hold anything under any name: nothing panics, and every record is accounted for.
func TestOddRecordsCostOnlyThemselves(t *testing.T) {
	keys := []string{
		attr.ProxyType, attr.ProxySessionID, attr.ProxyStartTime, attr.ProxyDuration, attr.LogRecordUID, attr.ProxySessionParts,
		attr.ProxySessionDuplicates, attr.ProxySessionComplete, attr.ProxySessionApproximate, attr.ProxySessionOrder,
		attr.ProxySessionTimeline, attr.ProxySessionBaselineClientBytesSent, attr.ProxyClientBytesSent, attr.ProxyDeltaClientBytesSent,
		attr.G3proxyLogType, attr.G3proxyTaskEvent, attr.EnvoyAccessLogType, attr.EdgeoneLogTime, attr.ProxySessionCloseReason,
		attr.G3proxyEscapeReasons, attr.G3proxyEscapeCount, "@end", "@severity", "",
	}
	values := []any{
		"", "edgeone", "g3proxy", "envoy", "haproxy", "Task", "Escape", "Finished", "TcpPeriodic", "2.1.ff", "2.1.ff;1.1.1=a,@end", "x",
		"2026-11-20T00:00:00.000000000Z", "0123456789abcdef0123456789abcdef", int64(-1), int64(0), int64(7), int64(1) << 62, 1.5, -1.0,
		true,
		[]any{"a", map[string]any{"time": "2026-11-20T00:00:00.000000000Z"}},
		map[string]any{"a": []any{nil}},
		nil,
	}
	checkAll(t, func(t *rapid.T) {
		kept := drawKept(t)
		r := kept.rig(nil)
		for range rapid.IntRange(1, 20).Draw(t, "records") {
			ld, recs := sessiontest.NewLogs(nil)
			rec := recs.AppendEmpty()
			rec.SetEventName(rapid.SampledFrom([]string{"", "proxy.session.end", "proxy.session.progress"}).Draw(t, "event"))
			rec.SetTimestamp(pcommon.Timestamp(rapid.SampledFrom([]uint64{0, 1, uint64(sessiontest.Epoch), 1 << 63}).Draw(t, "at")))
			a := rec.Attributes()
			a.PutStr(attr.ProxyType, rapid.SampledFrom([]string{"edgeone", "g3proxy", "envoy"}).Draw(t, "type"))
			a.PutStr(attr.ProxySessionID, rapid.SampledFrom([]string{"1", "2"}).Draw(t, "id"))
			for range rapid.IntRange(0, 8).Draw(t, "attributes") {
				if err := a.PutEmpty(rapid.SampledFrom(keys).Draw(t, "key")).FromRaw(rapid.SampledFrom(values).Draw(t, "value")); err != nil {
					t.Fatal(err)
				}
			}
			r.consume(ld)
		}
		second := kept.rig(nil)
		for _, e := range r.finish() {
			second.consume(e.Copy())
		}
		for _, e := range second.finish() {
			if intOf(e.Record(), attr.ProxySessionParts) < 0 {
				t.Fatal("fewer parts than none")
			}
		}
	})
}
