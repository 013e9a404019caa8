// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package deliver hands lines to the next consumer as records and settles what becomes of them: accepted, refused for
// good, or given up because the receiver stops.
package deliver

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/complaint"
)

// Item is one line and the stream that it is from.
type Item struct {
	Source *decode.Source
	Line   decode.Line
}

// Outcome is what became of a batch.
type Outcome uint8

const (
	// Accepted by the next consumer, and counted.
	Accepted Outcome = iota
	// Refused by the next consumer for good, and counted.
	Refused
	// Impatient: still refused, but not for good, when the caller's patience was over. Nothing is counted.
	Impatient
	// Stopped: not accepted before the receiver stopped. Nothing is counted.
	Stopped
)

// Between two tries of a batch lies a random time around firstDelay, which grows by a quarter from try to try up to
// maxDelay: a consumer that is busy for a moment is asked again soon, and within half a minute only every few seconds.
const (
	firstDelay = 5 * time.Millisecond
	maxDelay   = 5 * time.Second
)

// grace is how long calls of the next consumer that are under way may take once the receiver stops, before their
// context is cancelled.
const grace = 5 * time.Second

// Settings are what a Sink needs from its surroundings.
type Settings struct {
	Receiver receiver.Settings
	Decoder  *decode.Decoder
	Counters *Counters
	Next     consumer.Logs
	// Transport names the input in the Collector's own telemetry: file, a listener's transport, http, fluent.
	Transport string
	// Now is the clock; nil is the wall clock.
	Now func() time.Time
}

// Sink is one input's way to the next consumer. It is safe for concurrent use, but a Source in two batches at once is
// not.
type Sink struct {
	next     consumer.Logs
	obs      *receiverhelper.ObsReport
	counters *Counters
	now      func() time.Time
	batches  sync.Pool // of *decode.Batch

	stop      context.Context // ends when the receiver stops: no more retries
	stopNow   context.CancelFunc
	calls     context.Context // ends when calls of the next consumer may no longer go on
	cancelAll context.CancelFunc

	trouble *complaint.Log
}

// New makes a Sink. Stop and Wait, in this order, end it.
func New(set Settings) (*Sink, error) {
	obs, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.Receiver.ID, Transport: set.Transport, ReceiverCreateSettings: set.Receiver,
	})
	if err != nil {
		return nil, fmt.Errorf("telemetry of the %s input: %w", set.Transport, err)
	}
	s := &Sink{next: set.Next, obs: obs, counters: set.Counters, now: set.Now, trouble: complaint.New(set.Receiver.Logger)}
	if s.now == nil {
		s.now = time.Now
	}
	s.batches.New = func() any { return set.Decoder.NewBatch() }
	s.stop, s.stopNow = context.WithCancel(context.Background())
	s.calls, s.cancelAll = context.WithCancel(context.Background())
	return s, nil
}

// Now is the time by the Sink's clock.
func (s *Sink) Now() time.Time { return s.now() }

// Stopping is closed when the receiver stops.
func (s *Sink) Stopping() <-chan struct{} { return s.stop.Done() }

// Stopped reports whether the receiver stops.
func (s *Sink) Stopped() bool { return s.stop.Err() != nil }

// Stop ends all retries. What is delivered from now on gets one try.
func (s *Sink) Stop() { s.stopNow() }

// Wait waits until done is closed, which the input does when none of its goroutines delivers any more. A call of the
// next consumer that takes longer than a short time, or than ctx allows, has its context cancelled; when ctx ends, Wait
// returns its error although something is still under way.
func (s *Sink) Wait(ctx context.Context, done <-chan struct{}) error {
	defer s.cancelAll()
	patience := grace
	if deadline, ok := ctx.Deadline(); ok {
		// Leave a part of the time for what follows when the calls are cancelled.
		patience = min(patience, time.Until(deadline)/2)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	case <-timer.C:
	}
	s.cancelAll()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the next consumer does not return: %w", ctx.Err())
	}
}

// Limit says how long Deliver tries.
type Limit struct {
	// Patience is the time after which Deliver returns Impatient; 0 is as long as it takes.
	Patience time.Duration
	// Last says that the lines cannot be read a second time: Deliver also tries while the receiver stops, as long as
	// Wait lets it.
	Last bool
	// Client is who has sent the lines, for the next consumer; its zero value says nothing.
	Client client.Info
}

// Deliver makes records of the lines and hands them over, again and again where they are refused but not for good.
// Accepted and Refused are counted, once per line.
func (s *Sink) Deliver(items []Item, limit Limit) Outcome {
	batch := s.batches.Get().(*decode.Batch)
	defer s.batches.Put(batch)
	for source := range sources(items) {
		source.Mark()
	}
	n, stats, err := s.try(batch, items, &limit.Client)
	outcome := Accepted
	if err != nil {
		outcome, err = s.retry(batch, items, limit, n, err)
	}
	switch outcome {
	case Accepted:
		settle(items)
		s.counters.settle(&stats, false)
	case Impatient, Stopped:
		// The lines will be read again.
		rewind(items)
	case Refused:
		settle(items)
		s.counters.settle(&stats, true)
		s.complain("the next consumer refuses records for good; they are passed over", n, err)
	}
	return outcome
}

// try makes one call of the next consumer. The records are made anew for each, since the consumer may have changed or
// kept those of the call before.
func (s *Sink) try(batch *decode.Batch, items []Item, from *client.Info) (int, decode.Stats, error) {
	for i := range items {
		items[i].Source.Decode(batch, items[i].Line)
	}
	n := batch.Len()
	logs, stats := batch.Take()
	if n == 0 {
		return 0, stats, nil
	}
	ctx := s.calls
	if from.Addr != nil || from.Auth != nil {
		ctx = client.NewContext(ctx, *from)
	}
	ctx = s.obs.StartLogsOp(ctx)
	err := s.next.ConsumeLogs(ctx, logs)
	s.obs.EndLogsOp(ctx, "proxylog", n, err)
	return n, stats, err
}

// retry tries until something other than a passing refusal comes of it. The error is the last refusal.
func (s *Sink) retry(batch *decode.Batch, items []Item, limit Limit, n int, err error) (Outcome, error) {
	end := s.stop.Done()
	if limit.Last {
		end = s.calls.Done()
	}
	var late <-chan time.Time
	if limit.Patience > 0 {
		timer := time.NewTimer(limit.Patience)
		defer timer.Stop()
		late = timer.C
	}
	for delay := firstDelay; ; delay = min(delay+delay/4, maxDelay) {
		switch {
		case err == nil:
			return Accepted, nil
		case s.calls.Err() != nil:
			// Whatever the error says, it is because the call was cancelled.
			return Stopped, err
		case consumererror.IsPermanent(err):
			return Refused, err
		}
		select {
		case <-end:
			return Stopped, err
		default:
		}
		s.complain("the next consumer refuses records; trying until it accepts them", n, err)
		wait := time.NewTimer(delay/2 + rand.N(delay))
		select {
		case <-wait.C:
		case <-late:
			wait.Stop()
			return Impatient, err
		case <-end:
			wait.Stop()
			return Stopped, err
		}
		rewind(items)
		_, _, err = s.try(batch, items, &limit.Client)
	}
}

// rewind readies the sources for reading the same lines once more.
func rewind(items []Item) {
	for source := range sources(items) {
		source.Rewind()
	}
}

// settle lets the sources forget what they would need for reading the lines once more.
func settle(items []Item) {
	for source := range sources(items) {
		source.Settle()
	}
}

// sources are those of the items, one for each run of items that have the same: mostly it is one for all of them.
func sources(items []Item) iter.Seq[*decode.Source] {
	return func(yield func(*decode.Source) bool) {
		var last *decode.Source
		for i := range items {
			if s := items[i].Source; s != last {
				if last = s; !yield(s) {
					return
				}
			}
		}
	}
}
