// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// Start reads back what was kept, and begins to look at deadlines and to send.
func (p *stitcher) Start(ctx context.Context, host component.Host) error {
	if err := p.openStorage(ctx, host); err != nil {
		return err
	}
	if err := p.observe(); err != nil {
		return err
	}
	p.stop = make(chan struct{})
	p.hide = p.show()
	p.startSending()
	if p.commits != nil {
		p.ticking.Go(func() { p.commits.run(p.interval(), p.stop) })
		return nil
	}
	p.ticking.Go(func() { p.tick(p.interval()) })
	return nil
}

func (p *stitcher) startSending() {
	ctx, cut := context.WithCancel(context.Background())
	p.cut = cut
	p.sending.Go(func() { p.send(ctx) })
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

// keepWait is how long Shutdown waits for the next consumer where what it has not taken is kept.
const keepWait = 5 * time.Second

// Shutdown keeps the open sessions, or releases them where nothing is kept, and waits until the next consumer has taken
// what was released, or ctx is done.
func (p *stitcher) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	was := p.closed
	p.closed = true
	p.mu.Unlock()
	if was || p.stop == nil {
		p.telemetry.Shutdown()
		return p.closeStorage(ctx)
	}
	p.hide()
	p.calls.Wait()
	defer p.telemetry.Shutdown()
	if p.storage != nil {
		err := p.shutDownKept(ctx)
		return errors.Join(err, p.closeStorage(ctx))
	}
	close(p.stop)
	p.ticking.Wait()
	return p.releaseAll(ctx)
}

// releaseAll releases every open session and hands over what it can.
func (p *stitcher) releaseAll(ctx context.Context) error {
	p.table.ReleaseAll(table.ReasonShutdown, p.now().UnixNano())
	p.outbox.Close()
	drained := p.drain(ctx, drainTime)
	if left := p.outbox.Len(); !drained && left > 0 {
		return fmt.Errorf("%d session records were not accepted before the shutdown ended and are lost", left)
	}
	return nil
}

// drain waits until the outbox is empty, for so long where ctx sets no deadline, and stops sending.
func (p *stitcher) drain(ctx context.Context, limit time.Duration) bool {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	drained := p.outbox.Await(ctx, 0)
	p.cut()
	p.sending.Wait()
	return drained
}
