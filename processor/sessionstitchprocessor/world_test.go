// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

var storageID = component.MustNewID("file_storage")

// world is a processor that can die and start again over the same storage, with a sender before it that keeps what was
// not acknowledged, and a sink behind it. Its time is that of a synctest bubble.
type world struct {
	t     require.TestingT
	store *sessiontest.Storage
	cfg   *Config
	p     *stitcher
	// mu guards what the sinks of all processes see.
	mu   sync.Mutex
	sink *worldSink
	// got is what the sink acknowledged.
	got []sessiontest.Entry
	// starts counts processes.
	starts int
	// logger is that of the processes, unless it is nil.
	logger *zap.Logger
	// ahead is by how much the wall clock of a process is wrong.
	ahead time.Duration
}

// worldSink is the sink as one process sees it.
type worldSink struct {
	w      *world
	dead   bool
	refuse int
	// hang lets a request wait until it is cut off, which is then called a refusal for good.
	hang bool
}

func (*worldSink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (s *worldSink) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if s.hang {
		<-ctx.Done()
		return consumererror.NewPermanent(ctx.Err())
	}
	if s.dead {
		return errors.New("nobody is there")
	}
	if s.refuse > 0 {
		s.refuse--
		return errors.New("busy")
	}
	s.w.got = append(s.w.got, split(ld)...)
	return nil
}

// acknowledged is what the sink has taken so far.
func (w *world) acknowledged() []sessiontest.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

// split makes entries of the records.
func split(ld plog.Logs) (list []sessiontest.Entry) {
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, rec := range sl.LogRecords().All() {
				one := plog.NewLogs()
				to := one.ResourceLogs().AppendEmpty()
				rl.Resource().CopyTo(to.Resource())
				scope := to.ScopeLogs().AppendEmpty()
				sl.Scope().CopyTo(scope.Scope())
				rec.CopyTo(scope.LogRecords().AppendEmpty())
				list = append(list, sessiontest.Entry{Logs: one})
			}
		}
	}
	return list
}

func newWorld(t require.TestingT, change func(*Config)) *world {
	cfg := createDefaultConfig().(*Config)
	cfg.Storage, cfg.Rules = &storageID, testRules()
	cfg.IdleTimeout, cfg.LateWindow, cfg.Timeline = 10*time.Minute, 240*time.Hour, 2
	if change != nil {
		change(cfg)
	}
	return &world{t: t, store: sessiontest.NewStorage(), cfg: cfg}
}

// start begins a process; an error is one that the storage's death causes.
func (w *world) start() error {
	w.starts++
	w.sink = &worldSink{w: w}
	set := processortest.NewNopSettings(metadata.Type)
	if w.logger != nil {
		set.Logger = w.logger
	}
	p, err := newStitcher(set, w.cfg, w.sink)
	require.NoError(w.t, err)
	w.p = p
	if w.ahead > 0 {
		p.now = func() time.Time { return time.Now().Add(w.ahead) }
	}
	return p.Start(context.Background(), sessiontest.Host{storageID: w.store})
}

// refuse lets the sink refuse so many batches.
func (w *world) refuse(n int) {
	w.mu.Lock()
	w.sink.refuse = n
	w.mu.Unlock()
}

// crash lets the process die, and starts the next one.
func (w *world) crash() {
	w.die()
	require.NoError(w.t, w.start())
}

func (w *world) die() {
	w.store.Kill()
	w.mu.Lock()
	w.sink.dead = true
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_ = w.p.Shutdown(ctx)
}

// send gives a batch until it is acknowledged; a process that cannot take it dies.
func (w *world) send(ld plog.Logs) {
	for range 3 {
		one := plog.NewLogs()
		ld.CopyTo(one)
		one.MarkReadOnly() // another pipeline has it too
		if w.p.ConsumeLogs(context.Background(), one) == nil {
			return
		}
		w.crash()
	}
	require.Fail(w.t, "a batch is refused again and again")
}

// end lets everything become due, and stops the process.
func (w *world) end() {
	time.Sleep(time.Hour)
	if err := w.p.Shutdown(context.Background()); err != nil {
		w.die()
	}
}

// distinct are the records that were acknowledged, each uid once. Records of one uid must be equal in everything.
func (w *world) distinct() (list []sessiontest.Entry) {
	seen := map[string]string{}
	for _, e := range w.acknowledged() {
		rec := e.Record()
		if rec.EventName() != record.SessionEnd {
			continue
		}
		uid := textOf(rec, attr.LogRecordUID)
		all := fmt.Sprint(e.ResourceLogs().At(0).Resource().Attributes().AsRaw(), rec.Timestamp(), rec.ObservedTimestamp(),
			rec.SeverityNumber(), rec.SeverityText(), rec.TraceID(), rec.Body().AsString(), rec.Attributes().AsRaw())
		if was, ok := seen[uid]; ok {
			require.Equal(w.t, was, all, "records of one uid")
			continue
		}
		seen[uid] = all
		list = append(list, e)
	}
	return list
}

// idOf is what a record's session is called.
func idOf(rec plog.LogRecord) string {
	return cmp.Or(textOf(rec, attr.ProxySessionID), textOf(rec, attr.EnvoyStreamID), textOf(rec, attr.SquidMasterXaction))
}

// check wants the sums of what was acknowledged to be the truth.
func (w *world) check(sessions []sessiontest.Session) {
	want, got := map[string]int64{}, map[string]int64{}
	for _, s := range sessions {
		want[s.ID+" parts"] = int64(len(s.Entries))
		if s.Ended {
			want[s.ID+" ended"] = 1
		}
		for k, n := range s.Counters {
			if n != 0 {
				want[s.ID+" "+k] = n
			}
		}
	}
	for _, e := range w.distinct() {
		rec := e.Record()
		id := idOf(rec)
		require.False(w.t, flagOf(rec, attr.ProxySessionApproximate), "%s is approximate", id)
		got[id+" parts"] += intOf(rec, attr.ProxySessionParts)
		if flagOf(rec, attr.ProxySessionComplete) {
			got[id+" ended"] = 1
		}
		for _, s := range sessions {
			if s.ID != id {
				continue
			}
			for k := range s.Counters {
				if n := intOf(rec, k); n != 0 {
					got[id+" "+k] += n
				}
			}
		}
	}
	require.Equal(w.t, want, got)
}
