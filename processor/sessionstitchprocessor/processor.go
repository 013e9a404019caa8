// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/outbox"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// stitcher is the processor. Records go into the table and come out through the outbox; a goroutine looks at deadlines,
// another one sends.
type stitcher struct {
	config *Config
	logger *zap.Logger
	// version is that of the scope of the records.
	version string
	next    consumer.Logs
	// now is the wall clock.
	now func() time.Time

	dict   *dict.Dict
	models []table.Model
	byType map[string]int
	table  *table.Table
	outbox *outbox.Outbox
	// memory is the limit in bytes; promised is what batches that are being merged may still take of it, and places
	// likewise of the limit of sessions.
	memory           int64
	promised, places atomic.Int64
	workers          sync.Pool
	telemetry        telemetry

	// mu guards closed and the beginning of a call; it is not held during one.
	mu      sync.Mutex
	closed  bool
	calls   sync.WaitGroup
	stop    chan struct{}
	ticking sync.WaitGroup
	sending sync.WaitGroup
	cut     context.CancelFunc
}

var (
	_ processor.Logs = (*stitcher)(nil)

	errShutDown = errors.New("session_stitch is shutting down")
)

func newStitcher(set processor.Settings, cfg *Config, next consumer.Logs) (*stitcher, error) {
	p := &stitcher{
		config: cfg, logger: set.Logger, version: set.BuildInfo.Version, next: next, now: time.Now,
		memory: cfg.Limits.MemoryMiB << 20, outbox: outbox.New(), byType: map[string]int{},
	}
	p.dict = dict.New(min(p.memory/8, 8<<20))
	p.models = cfg.compile(p.dict)
	for i := range p.models {
		p.byType[p.models[i].Type] = i
	}
	p.table = table.New(table.Config{
		Dict: p.dict, Models: p.models, Sessions: cfg.Limits.Sessions, Memory: p.memory,
		Release: func(r table.Released) {
			p.outbox.Put(outbox.Item{Released: r, Observed: p.now().UnixNano()})
		},
	})
	p.workers.New = func() any {
		return &worker{stitcher: p, reader: session.NewReader(p.dict), tally: make(tally, len(p.models)+1)}
	}
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	p.telemetry.TelemetryBuilder = tb
	p.telemetry.init(p.models)
	return p, nil
}

// Capabilities says that records are taken out of the batch.
func (*stitcher) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}

// Start begins to look at deadlines and to send.
func (p *stitcher) Start(context.Context, component.Host) error {
	if err := p.observe(); err != nil {
		return err
	}
	p.stop = make(chan struct{})
	ctx, cut := context.WithCancel(context.Background())
	p.cut = cut
	p.ticking.Go(func() { p.tick(p.interval()) })
	p.sending.Go(func() { p.send(ctx) })
	return nil
}

// interval is how often deadlines are looked at: a quarter of the shortest, so that none is missed by much.
func (p *stitcher) interval() time.Duration {
	d := 500 * time.Millisecond
	for i := range p.models {
		t := &p.models[i].Timing
		for _, x := range []time.Duration{t.Idle, t.Lifetime, t.Linger, t.Late, t.Progress} {
			if x > 0 {
				d = min(d, x/4)
			}
		}
	}
	return max(d, 10*time.Millisecond)
}

func (p *stitcher) tick(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.table.Expire(p.now().UnixNano())
		case <-p.stop:
			return
		}
	}
}

// drainTime is how long Shutdown tries to hand over what is open, where its context sets no deadline.
const drainTime = 30 * time.Second

// Shutdown releases every open session and waits until the next consumer has taken them, or ctx is done.
func (p *stitcher) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	was := p.closed
	p.closed = true
	p.mu.Unlock()
	if was || p.stop == nil {
		p.telemetry.Shutdown()
		return nil
	}
	p.calls.Wait()
	close(p.stop)
	p.ticking.Wait()
	p.table.ReleaseAll(table.ReasonShutdown, p.now().UnixNano())
	p.outbox.Close()
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, drainTime)
		defer cancel()
	}
	drained := p.outbox.Await(ctx, 0)
	p.cut()
	p.sending.Wait()
	p.telemetry.Shutdown()
	if left := p.outbox.Len(); !drained && left > 0 {
		return fmt.Errorf("%d session records were not accepted before the shutdown ended and are lost", left)
	}
	return nil
}

// size is what the state takes, in bytes.
func (p *stitcher) size() int64 { return p.table.Size() + p.outbox.Size() + p.dict.Size() }

// ConsumeLogs merges the records of sessions, and hands on the others. An error means that nothing was merged.
func (p *stitcher) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return errShutDown
	}
	p.calls.Add(1)
	p.mu.Unlock()
	defer p.calls.Done()
	w := p.workers.Get().(*worker)
	defer p.workers.Put(w)
	w.reset()
	defer w.reset()
	w.read(ld)
	if len(w.parts) == 0 {
		if w.passed == 0 {
			return nil
		}
		if err := p.next.ConsumeLogs(ctx, ld); err != nil {
			return err
		}
		p.telemetry.count(ctx, w.tally)
		return nil
	}
	done, err := p.admit(ctx, w)
	if err != nil {
		return err
	}
	defer done()
	if w.passed > 0 {
		if err := p.next.ConsumeLogs(ctx, w.rest(ld)); err != nil {
			return err
		}
	}
	wall := p.now().UnixNano()
	for _, x := range w.parts {
		w.tally[x.model][outcomeOf(p.table.Add(x.model, x.part, wall))]++
	}
	p.telemetry.count(ctx, w.tally)
	return nil
}

// modelOf is the place of the model that a record's proxy.type names.
func (p *stitcher) modelOf(rec plog.LogRecord) (int, bool) {
	v, ok := rec.Attributes().Get(attr.ProxyType)
	if !ok {
		return 0, false
	}
	i, ok := p.byType[v.Str()]
	return i, ok
}
