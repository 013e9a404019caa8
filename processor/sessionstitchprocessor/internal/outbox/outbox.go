// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package outbox holds what was released until the next consumer has taken it. Nothing in it is lost while that one
// refuses; its size counts against the stitcher's limit, which is how a refusal comes back to the sender.
package outbox

import (
	"context"
	"sync"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

const (
	// batchItems and batchBytes end a batch.
	batchItems = 256
	batchBytes = 256 << 10
	// itemSize is what an item takes beside its state.
	itemSize = 96
)

// Item is a session that left the table.
type Item struct {
	table.Released
	// Observed is when, in nanoseconds since 1970.
	Observed int64
	// ID names it in the journal; 0 where it is in none.
	ID uint64
	// Seconds is how long the session lasted, below zero where that is not known. It is found out while its record is made.
	Seconds float64
}

// Batch is what is sent at once.
type Batch struct {
	Items []Item
	size  int64
}

// Outbox is a queue of batches. It is safe for concurrent use; one goroutine takes.
type Outbox struct {
	mu      sync.Mutex
	queue   []*Batch
	taken   *Batch
	size    int64
	items   int64
	closed  bool
	filled  chan struct{}
	drained chan struct{}
}

// New makes an empty outbox.
func New() *Outbox {
	return &Outbox{filled: make(chan struct{}, 1), drained: make(chan struct{})}
}

// Put adds an item; its state is copied. It never blocks for long.
func (o *Outbox) Put(it Item) {
	it.State = append(make([]byte, 0, len(it.State)), it.State...)
	o.Keep(it)
}

// Keep adds an item whose state nobody changes.
func (o *Outbox) Keep(it Item) {
	n := int64(len(it.State)) + itemSize
	o.mu.Lock()
	var b *Batch
	if k := len(o.queue); k > 0 && len(o.queue[k-1].Items) < batchItems && o.queue[k-1].size < batchBytes {
		b = o.queue[k-1]
	} else {
		b = &Batch{}
		o.queue = append(o.queue, b)
	}
	b.Items = append(b.Items, it)
	b.size += n
	o.size += n
	o.items++
	o.mu.Unlock()
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

// Take gives the oldest batch, waiting for one; nil when the outbox is closed and empty, or ctx is done. Its size
// counts until Done.
func (o *Outbox) Take(ctx context.Context) *Batch {
	for {
		o.mu.Lock()
		if len(o.queue) > 0 {
			b := o.queue[0]
			o.queue[0] = nil
			o.queue = o.queue[1:]
			o.taken = b
			o.mu.Unlock()
			return b
		}
		closed := o.closed
		o.mu.Unlock()
		if closed {
			return nil
		}
		select {
		case <-o.filled:
		case <-ctx.Done():
			return nil
		}
	}
}

// Done says that a batch has left for good.
func (o *Outbox) Done(b *Batch) {
	o.mu.Lock()
	o.taken = nil
	o.size -= b.size
	o.items -= int64(len(b.Items))
	close(o.drained)
	o.drained = make(chan struct{})
	o.mu.Unlock()
}

// Rest are the items that wait, those that are being sent included. Nobody may take any more.
func (o *Outbox) Rest() (list []Item) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.taken != nil {
		list = append(list, o.taken.Items...)
	}
	for _, b := range o.queue {
		list = append(list, b.Items...)
	}
	return list
}

// Size is what waits, in bytes.
func (o *Outbox) Size() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.size
}

// Len is the number of items that wait, those that are being sent included.
func (o *Outbox) Len() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.items
}

// Await waits until no more than size bytes wait; false when ctx is done first.
func (o *Outbox) Await(ctx context.Context, size int64) bool {
	for {
		o.mu.Lock()
		ok, drained := o.size <= size || o.size == 0, o.drained
		o.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-drained:
		case <-ctx.Done():
			return false
		}
	}
}

// Close lets Take end once all is taken.
func (o *Outbox) Close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	select {
	case o.filled <- struct{}{}:
	default:
	}
}
