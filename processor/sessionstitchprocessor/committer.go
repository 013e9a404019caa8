// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/entry"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/journal"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/outbox"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// committer changes the table in the order in which the journal tells it. It is one goroutine: what senders bring
// meanwhile goes into the next record together, so that no lock is held while the storage writes.
//
// A record has first what was released since the one before, then parts. It is stored before its parts are merged and
// before its releases are sent. So what is in memory is always what the journal tells, and one release more; and a
// release never covers a part that comes after it in the journal.
type committer struct {
	*stitcher
	journal  *journal.Journal
	requests chan request
	wake     chan struct{}
	// held is what pending and waiting outputs take, in bytes.
	held atomic.Int64

	mu sync.Mutex
	// acks are acceptances that are not in the journal yet.
	acks []entry.Entry

	// The rest is the goroutine's own, and the restore's before it starts.

	// pending are the entries of the next record, ready the outputs that may be sent once it is stored.
	pending []byte
	ready   []outbox.Item
	// waiting are the outputs that were not accepted yet, by partition; most is how many they have been.
	waiting waiting
	most    int
	// outputs counts those of the next record, parts the parts of the present one before those that are being merged, which
	// came at wall.
	outputs, parts uint64
	// number is that of the present record.
	number uint64
	wall   int64
	// restoring says that the journal is being told again.
	restoring bool
	failing   bool
	// retry is when a piece may be tried again, in nanoseconds since 1970; 0: the last one was written.
	retry int64
	mark  dict.Mark
	buf   []byte
}

// waiting are outputs by partition and id.
type waiting [table.Partitions]map[uint64]outbox.Item

func (w *waiting) add(it outbox.Item) {
	p := table.Partition(it.Key)
	if w[p] == nil {
		w[p] = map[uint64]outbox.Item{}
	}
	w[p][it.ID] = it
}

// request is what a sender wants: that its parts are merged, or that something is done between two commits.
type request struct {
	w    *worker
	do   func()
	done chan error
}

const (
	// groupBytes ends a group of batches that are stored as one record.
	groupBytes = 1 << 20
	// chunk is how many sessions are released at once.
	chunk = 1024
	// pieceRetry is how long after a piece that could not be written none is tried.
	pieceRetry = time.Second
	// waitingSize is about what an output takes in waiting beside its state.
	waitingSize = 160
	// strayID tells the ids of parts that could not be merged from those of releases.
	strayID = 1 << 63
)

func newCommitter(p *stitcher, j *journal.Journal) *committer {
	return &committer{stitcher: p, journal: j, requests: make(chan request, 64), wake: make(chan struct{}, 1)}
}

// merge stores a worker's parts and merges them. An error means that they were not merged, unless ctx was done.
func (c *committer) merge(ctx context.Context, w *worker) error {
	return c.ask(ctx, request{w: w, done: make(chan error, 1)})
}

// do calls f between two commits.
func (c *committer) do(ctx context.Context, f func()) {
	_ = c.ask(context.WithoutCancel(ctx), request{do: f, done: make(chan error, 1)})
}

func (c *committer) ask(ctx context.Context, r request) error {
	select {
	case c.requests <- r:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		if r.w != nil {
			r.w.lost = true // it is still read from when its turn comes
		}
		return fmt.Errorf("session_stitch waits for its storage: %w", ctx.Err())
	}
}

// accept says that the next consumer has taken outputs.
func (c *committer) accept(items []outbox.Item) {
	c.mu.Lock()
	for i := range items {
		if it := &items[i]; it.ID != 0 {
			c.acks = append(c.acks, entry.Entry{Kind: entry.Accepted, Key: it.Key, ID: it.ID})
		}
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run serves until stop is closed, and then writes what is left to write.
func (c *committer) run(every time.Duration, stop <-chan struct{}) {
	t := time.NewTicker(every)
	defer t.Stop()
	again := make(chan struct{}, 1)
	for {
		more := false
		select {
		case r := <-c.requests:
			c.serve(r)
		case <-c.wake:
			c.commit(nil)
		case <-again:
			more = c.expire()
		case <-t.C:
			more = c.expire()
		case <-stop:
			c.commit(nil)
			return
		}
		if more {
			select {
			case again <- struct{}{}:
			default:
			}
		}
	}
}

// serve takes a request and those that wait behind it.
func (c *committer) serve(r request) {
	var group []request
	size := int64(0)
	for {
		if r.do != nil {
			r.do()
			// What left is stored and on its way, or counted as waiting, before the sender looks for room.
			c.commit(nil)
			c.account()
			r.done <- nil
		} else {
			group = append(group, r)
			size += r.w.size
		}
		if size >= groupBytes {
			break
		}
		select {
		case r = <-c.requests:
			continue
		default:
		}
		break
	}
	c.commit(group)
}

// expire releases some of what is due. Nothing is released while the releases before cannot be stored.
func (c *committer) expire() (more bool) {
	if len(c.pending) > 0 {
		c.commit(nil)
		if len(c.pending) > 0 {
			return false
		}
	}
	wall := c.now().UnixNano()
	more = c.table.ExpireSome(wall, chunk)
	if limit := c.config.Limits.Sessions; c.table.Slots() > limit && c.config.OnLimit == ReleaseOldest {
		c.evict(wall, 0, chunk)
		more = more || c.table.Slots() > limit
	}
	c.commit(nil)
	return more
}

// released is called by the table, under a shard's lock.
func (c *committer) released(r table.Released) {
	it := outbox.Item{Released: r, Observed: c.now().UnixNano()}
	if r.Origin == table.Stray {
		// It is told by its part, which is stored already.
		it.Observed = c.wall
		it.ID = strayID | c.number<<24 | (c.parts + uint64(r.Part))
	}
	if c.restoring && r.Origin != table.Stray {
		return
	}
	if r.Origin == table.Report {
		c.outbox.Put(it)
		return
	}
	it.State = slices.Clone(r.State)
	if r.Origin == table.Stray {
		c.waiting.add(it)
		if !c.restoring {
			c.outbox.Keep(it)
		}
		return
	}
	it.ID = (c.journal.Last()+1)<<24 | c.outputs
	c.outputs++
	e := c.output(&it)
	if r.Origin == table.Session {
		e.Kind, e.At = entry.Release, r.At
	}
	c.pending = e.Append(c.pending)
	c.ready = append(c.ready, it)
	c.waiting.add(it)
}

// forgotten is called by the table too, under a shard's lock.
func (c *committer) forgotten(k session.Key) {
	if c.restoring {
		return
	}
	e := entry.Entry{Kind: entry.Forget, Key: k}
	c.pending = e.Append(c.pending)
}
