// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// load is a processor with n open EdgeOne sessions, and a batch whose records are given new values each time.
type load struct {
	*rig
	batch plog.Logs
	recs  plog.LogRecordSlice
	n, at int
}

const loadBatch = 200

func newLoad(b testing.TB, n int) *load {
	r := newRig(func(c *Config) {
		c.Timeline, c.Rules = 0, nil
		c.Limits = LimitsConfig{Sessions: 2_000_000, MemoryMiB: 2048}
		c.LateWindow = 4 * time.Hour
	})
	return newLoadOf(b, r, n)
}

func newLoadOf(b testing.TB, r *rig, n int) *load {
	l := &load{rig: r, n: n}
	l.batch, l.recs = sessiontest.NewLogs(sessiontest.EdgeOneResource())
	for range loadBatch {
		sessiontest.EdgeOne(map[string]any{
			"SessionID": "0", "ConnectTimeStamp": "2026-11-20T00:00:00Z", "LogTimeStamp": "2026-11-20T00:01:00Z", "DisconnetReason": "-",
			"DisconnetTimeStamp": "-", "ClientRealIP": "198.51.100.146", "ClientRegion": "FR", "EdgeIP": "203.0.113.44",
			"ForwardProtocol": "TCP", "ForwardPort": "5222", "ServiceID": "sid-or0she6k111y", "SentBytes": "647", "ReceivedBytes": "135017942",
		}, l.recs.AppendEmpty())
	}
	for i := 0; i < n; i += loadBatch {
		l.fill(func(j int) int { return i + j })
		l.consume(l.batch)
	}
	if got := l.table.Open(); got != int64(n) {
		b.Fatalf("%d sessions are open, want %d", got, n)
	}
	return l
}

func (l *load) fill(id func(int) int) {
	l.at++
	// Each session gets a part a minute.
	passed := int64(l.at) * 60e9 * loadBatch / int64(l.n)
	at := record.FormatTime(sessiontest.Epoch + passed)
	for j := range loadBatch {
		l.recs.At(j).SetTimestamp(pcommon.Timestamp(sessiontest.Epoch + passed))
		a := l.recs.At(j).Attributes()
		a.PutDouble(attr.ProxyDuration, float64(passed)/1e9)
		// Ids as EdgeOne makes them: 63 random bits.
		a.PutStr(attr.ProxySessionID, strconv.FormatUint(uint64(id(j)%l.n+1)*0x9e3779b97f4a7c15>>1, 10))
		a.PutStr(attr.EdgeoneLogTime, at)
		a.PutStr(attr.ClientAddress, "198.51."+strconv.Itoa(id(j)%256)+"."+strconv.Itoa(id(j)/256%256))
		a.PutInt(attr.ProxyDeltaClientBytesSent, int64(l.at))
	}
}

// An open session takes no more than it is said to, all told; what grows by steps weighs less with a million of them.
func TestSessionsAreSmall(t *testing.T) {
	if underRace {
		t.Skip("the race detector's own memory is in the way; measured without it")
	}
	const n = 200_000
	l := newLoad(t, n)
	size := float64(l.table.Size()) / n
	assert.Less(t, size, 250.0)
	runtime.GC()
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	assert.Less(t, float64(ms.HeapInuse)/n, 2*size, "what is counted is what is taken")
}

// BenchmarkUpdate takes records of random sessions out of so many open ones; a batch has 200.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := newLoad(b, n)
			runtime.GC()
			rng := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			records := 0
			b.ResetTimer()
			var spent time.Duration
			for b.Loop() {
				b.StopTimer()
				l.fill(func(int) int { return rng.IntN(n) })
				b.StartTimer()
				begin := time.Now()
				if err := l.ConsumeLogs(context.Background(), l.batch); err != nil {
					b.Fatal(err)
				}
				spent += time.Since(begin)
				records += loadBatch
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(records), "ns/record")
			b.ReportMetric(float64(l.table.Size())/float64(n), "B/session")
			begin := time.Now()
			runtime.GC()
			b.ReportMetric(float64(time.Since(begin).Microseconds())/1e3, "ms/GC")
			var ms runtime.MemStats
			runtime.ReadMemStats(&ms)
			b.ReportMetric(float64(ms.HeapAlloc)/float64(n), "heapB/session")
		})
	}
}

// BenchmarkTable is what the table takes of that: parts that are read already, of random sessions. Beside it, in turn,
// the least that such a table could do: bareTable. The ratio is what performance.md bounds. Medians of the batches, since
// the machine may have other things to do.
func BenchmarkTable(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := newLoad(b, n)
			w := l.workers.Get().(*worker)
			bare := newBareTable(n)
			for i := 0; i < n; i += loadBatch {
				l.fill(func(j int) int { return i + j })
				w.reset()
				w.read(l.batch)
				bare.update(w.parts)
			}
			if bare.n != n {
				b.Fatalf("%d sessions, want %d", bare.n, n)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			wall := l.clock.UnixNano()
			runtime.GC()
			var ours, least []time.Duration
			for b.Loop() {
				l.fill(func(int) int { return rng.IntN(n) })
				w.reset()
				w.read(l.batch)
				begin := time.Now()
				l.table.AddAll(w.parts, wall)
				between := time.Now()
				bare.update(w.parts)
				ours, least = append(ours, between.Sub(begin)), append(least, time.Since(between))
			}
			b.ReportMetric(median(ours)/loadBatch, "ns/update")
			b.ReportMetric(median(least)/loadBatch, "bare-ns/update")
			b.ReportMetric(median(ours)/median(least), "×bare")
			b.ReportMetric(float64(l.table.Size())/float64(n), "B/session")
			b.ReportMetric(float64(bare.size())/float64(n), "bare-B/session")
		})
	}
}

func median(list []time.Duration) float64 {
	return float64(slices.Sorted(slices.Values(list))[len(list)/2].Nanoseconds())
}
