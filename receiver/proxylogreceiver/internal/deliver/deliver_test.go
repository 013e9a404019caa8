// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package deliver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/countertest"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBusy = errors.New("busy")

// fixture is a Sink before a consumer of which the test decides.
type fixture struct {
	*Sink
	items []Item
	tel   *componenttest.Telemetry
	logs  *observer.ObservedLogs
	calls []plog.Logs
}

func newFixture(t *testing.T, onError string, answer func(call int, ctx context.Context) error) *fixture {
	t.Helper()
	f := &fixture{tel: componenttest.NewTelemetry()}
	t.Cleanup(func() { _ = f.tel.Shutdown(context.Background()) })
	cfg := decode.NewConfig()
	cfg.OnError = onError
	decoder, err := decode.New(cfg, decode.Settings{})
	require.NoError(t, err)
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = f.tel.NewTelemetrySettings()
	core, logs := observer.New(zap.WarnLevel)
	set.Logger, f.logs = zap.New(core), logs
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	require.NoError(t, err)
	next, err := consumer.NewLogs(func(ctx context.Context, logs plog.Logs) error {
		kept := plog.NewLogs()
		logs.CopyTo(kept)
		f.calls = append(f.calls, kept)
		logs.ResourceLogs().RemoveIf(func(plog.ResourceLogs) bool { return true })
		return answer(len(f.calls), ctx)
	})
	require.NoError(t, err)
	f.Sink, err = New(Settings{Receiver: set, Decoder: decoder, Counters: NewCounters(telemetry, onError == "drop"), Next: next, Transport: "test"})
	require.NoError(t, err)
	source := decoder.NewSource("test")
	for _, text := range []string{"one", "", "two"} {
		f.items = append(f.items, Item{source, decode.Line{Text: text, Observed: time.Unix(1_800_000_000, 0)}})
	}
	f.items = append(f.items, Item{source, decode.Line{Text: "thr", Cut: true, Observed: time.Unix(1_800_000_000, 0)}})
	return f
}

func (f *fixture) lines(t *testing.T) map[string]int64 {
	t.Helper()
	return countertest.By(t, f.tel, "otelcol_receiver_proxylog_lines", "outcome")
}

// TestRetry tries until the batch is accepted, each time with the same records although the consumer has changed those
// it had, waits longer from try to try, and counts once.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, "keep", func(call int, _ context.Context) error {
			if call < 30 {
				return errBusy
			}
			return nil
		})
		from := time.Now()
		assert.Equal(t, Accepted, f.Deliver(f.items, Limit{}))
		took := time.Since(from)
		// 29 delays of 5 ms to 2.6 s, 13 s in all, each half to one and a half times that.
		assert.Greater(t, took, 6*time.Second)
		assert.Less(t, took, 20*time.Second)
		require.Len(t, f.calls, 30)
		for _, logs := range f.calls {
			require.Equal(t, 3, logs.LogRecordCount())
			require.Equal(t, f.calls[0], logs)
		}
		assert.Equal(t, map[string]int64{"rejected": 2, "oversize": 1, "empty": 1}, f.lines(t))
		assert.Equal(t, 1, f.logs.Len(), "at most once a minute")
	})
}

// TestPiecesComeAgain reads the pieces of lines of two sources anew for each try, and again when they are handed over a
// second time: what a source remembers of them is as before.
func TestPiecesComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accepts := false
		f := newFixture(t, "keep", func(int, context.Context) error {
			if accepts {
				return nil
			}
			return errBusy
		})
		cfg := decode.NewConfig()
		decoder, err := decode.New(cfg, decode.Settings{})
		require.NoError(t, err)
		pieces := func(of map[string]*decode.Source, list ...string) (items []Item) {
			for _, piece := range list {
				source, text, _ := strings.Cut(piece, ": ")
				items = append(items, Item{of[source], decode.Line{Text: "2026-11-22T00:00:00Z stdout " + text, Observed: time.Unix(1_800_000_000, 0)}})
			}
			return items
		}
		sources := map[string]*decode.Source{"a": decoder.NewSource("a"), "b": decoder.NewSource("b")}
		for _, batch := range []struct{ items, want []string }{
			{[]string{"a: F begin", "a: P o", "b: P t", "a: P n", "b: F wo", "a: F e", "a: P th", "b: P fo"}, []string{"begin", "two", "one"}},
			{[]string{"a: F ree", "b: F ur", "a: P fi", "b: F six"}, []string{"three", "four", "six"}},
			{[]string{"a: F ve"}, []string{"five"}},
		} {
			f.calls, accepts = nil, false
			items := pieces(sources, batch.items...)
			for range 2 {
				assert.Equal(t, Impatient, f.Deliver(items, Limit{Patience: time.Second}))
			}
			assert.Greater(t, len(f.calls), 4)
			accepts = true
			assert.Equal(t, Accepted, f.Deliver(items, Limit{}))
			for _, logs := range f.calls {
				var got []string
				for _, rl := range logs.ResourceLogs().All() {
					for _, sl := range rl.ScopeLogs().All() {
						for _, rec := range sl.LogRecords().All() {
							got = append(got, rec.Body().Str())
						}
					}
				}
				require.Equal(t, batch.want, got)
			}
		}
	})
}

func TestPermanent(t *testing.T) {
	f := newFixture(t, "keep", func(call int, _ context.Context) error {
		if call == 1 {
			return errBusy
		}
		return consumererror.NewPermanent(errors.New("never"))
	})
	assert.Equal(t, Refused, f.Deliver(f.items, Limit{}))
	assert.Equal(t, map[string]int64{"refused": 3, "empty": 1}, f.lines(t))
	assert.Equal(t, 1, f.logs.FilterMessageSnippet("for good").Len())
}

// TestDrop has nothing to deliver, and counts it all the same.
func TestDrop(t *testing.T) {
	f := newFixture(t, "drop", func(int, context.Context) error { return errBusy })
	assert.Equal(t, Accepted, f.Deliver(f.items, Limit{}))
	assert.Empty(t, f.calls)
	assert.Equal(t, map[string]int64{"rejected": 2, "oversize": 1, "empty": 1}, f.lines(t))
}

func TestImpatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, "keep", func(int, context.Context) error { return errBusy })
		from := time.Now()
		assert.Equal(t, Impatient, f.Deliver(f.items, Limit{Patience: time.Second}))
		assert.Equal(t, time.Second, time.Since(from))
		assert.Empty(t, f.lines(t), "nothing is settled")
	})
}

// TestStop ends a retry at once, unless the lines cannot be read again; then it goes on until Wait ends it.
func TestStop(t *testing.T) {
	for _, last := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFixture(t, "keep", func(int, context.Context) error { return errBusy })
			done := make(chan struct{})
			var outcome Outcome
			go func() {
				outcome = f.Deliver(f.items, Limit{Last: last})
				close(done)
			}()
			time.Sleep(time.Minute)
			from := time.Now()
			f.Stop()
			assert.True(t, f.Stopped())
			require.NoError(t, f.Wait(context.Background(), done))
			assert.Equal(t, Stopped, outcome)
			want := time.Duration(0)
			if last {
				want = grace
			}
			assert.Equal(t, want, time.Since(from))
			assert.Empty(t, f.lines(t))
			if last {
				f.GiveUp(f.items)
				assert.Equal(t, map[string]int64{"refused": 3, "empty": 1}, f.lines(t))
			}
		})
	}
}

// TestHang cancels a call that takes too long, and does not wait for one that ignores it for longer than it may.
func TestHang(t *testing.T) {
	for _, obeys := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			f := newFixture(t, "keep", func(_ int, ctx context.Context) error {
				if obeys {
					<-ctx.Done()
					return consumererror.NewPermanent(ctx.Err())
				}
				<-release
				return nil
			})
			done := make(chan struct{})
			go func() {
				assert.Equal(t, map[bool]Outcome{true: Stopped, false: Accepted}[obeys], f.Deliver(f.items, Limit{}))
				close(done)
			}()
			time.Sleep(time.Second)
			from := time.Now()
			f.Stop()
			ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
			defer cancel()
			err := f.Wait(ctx, done)
			if obeys {
				require.NoError(t, err)
				assert.Equal(t, 2*time.Second, time.Since(from), "half of the time that there is")
			} else {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, 4*time.Second, time.Since(from))
			}
			close(release)
			<-done
		})
	}
}

func TestOverflow(t *testing.T) {
	f := newFixture(t, "keep", func(int, context.Context) error { return nil })
	f.Overflow(7)
	f.Overflow(5)
	assert.Equal(t, map[string]int64{"refused": 12}, f.lines(t))
	assert.Equal(t, 1, f.logs.Len())
}

func BenchmarkDeliver(b *testing.B) {
	cfg := decode.NewConfig()
	decoder, err := decode.New(cfg, decode.Settings{})
	require.NoError(b, err)
	set := receivertest.NewNopSettings(metadata.Type)
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	require.NoError(b, err)
	next, err := consumer.NewLogs(func(context.Context, plog.Logs) error { return nil })
	require.NoError(b, err)
	s, err := New(Settings{Receiver: set, Decoder: decoder, Counters: NewCounters(telemetry, false), Next: next, Transport: "test"})
	require.NoError(b, err)
	source := decoder.NewSource("bench")
	const text = `<134>Nov 21 23:36:50 haproxy[1234]: 10.0.0.7:41234 [21/Nov/2026:23:36:50.123] tcp_in be/srv1 1/2/345 6789 -- 10/5/3/2/0 0/0`
	items := make([]Item, 100)
	for i := range items {
		items[i] = Item{source, decode.Line{Text: text, Observed: time.Unix(1_800_000_000, 0)}}
	}
	b.SetBytes(100 * int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Deliver(items, Limit{})
	}
}
