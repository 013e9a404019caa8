// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"fmt"
	"time"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// drainWait is how long a sender waits for the next consumer before it is told to come again.
const drainWait = time.Second

// slack is which part of the memory is free after remembered sessions gave way, so that not every batch asks for that.
const slack = 512

// admit makes room for a batch or refuses it, before anything of it is merged. done gives back what was promised.
func (p *stitcher) admit(ctx context.Context, w *worker) (done func(), err error) {
	need := w.size
	if p.commits != nil {
		need += need // the record that the journal stores
	}
	need = min(need, p.memory/4)
	if err := p.admitMemory(ctx, need); err != nil {
		return nil, err
	}
	places, err := p.admitSessions(w)
	if err != nil {
		p.promised.Add(-need)
		return nil, err
	}
	return func() {
		p.promised.Add(-need)
		p.places.Add(-places)
	}, nil
}

// admitMemory promises need bytes. Remembered sessions give way first. Then, with release_oldest, open ones are
// released, which helps as soon as the next consumer has taken them.
func (p *stitcher) admitMemory(ctx context.Context, need int64) error {
	if p.promised.Add(need)+p.size() <= p.memory {
		return nil
	}
	over := func(waiting int64) bool {
		return p.promised.Load()+p.size()-p.outbox.Size()+waiting > p.memory
	}
	p.relieve(ctx, over)
	if !over(p.outbox.Size()) {
		return nil
	}
	wait, cancel := context.WithTimeout(ctx, drainWait)
	defer cancel()
	for p.config.OnLimit == ReleaseOldest && over(0) {
		// More has to leave, as soon as what has left is out of the way.
		if !p.outbox.Await(wait, p.memory/8) || !p.relieve(wait, over) {
			break
		}
	}
	if p.outbox.Await(wait, p.memory-p.promised.Load()-(p.size()-p.outbox.Size())) && (p.config.OnLimit == ReleaseOldest || !over(p.outbox.Size())) {
		return nil
	}
	p.promised.Add(-need)
	return fmt.Errorf("session_stitch holds %d MiB of at most %d (limits::memory_mib), and %d session records wait for the next consumer",
		p.size()>>20, p.memory>>20, p.outbox.Len())
}

// relieve makes room in memory: it forgets remembered sessions and, with release_oldest, releases open ones. Where the limit
// is smaller than it was before the start, much has to leave: some at a time, so that no record of the journal tells of all
// of it, and only as long as little waits for the next consumer, since it would be in memory twice. moved says that something
// has left.
func (p *stitcher) relieve(ctx context.Context, over func(waiting int64) bool) (moved bool) {
	for n := 0; n == 0 && ctx.Err() == nil; {
		p.exclusively(ctx, func() {
			n = chunk
			if p.commits != nil && len(p.commits.pending) > 0 {
				return // the storage cannot be written to
			}
			wall := p.now().UnixNano()
			for ; n > 0 && over(p.outbox.Size()+p.memory/slack) && p.table.EvictRemembered(wall); n-- {
			}
			if p.config.OnLimit == ReleaseOldest && p.outbox.Size() < p.memory/4 {
				for ; n > 0 && over(0) && p.table.Evict(wall); n-- {
				}
			}
		})
		moved = moved || n < chunk
	}
	return moved
}

// admitSessions promises places for the sessions that the batch opens, where the limit pushes back. With release_oldest
// the table makes room by itself. A batch that would not even fit an empty table is taken that way, too: pushing it back
// would never end.
func (p *stitcher) admitSessions(w *worker) (int64, error) {
	limit := p.config.Limits.Sessions
	if p.config.OnLimit != Refuse {
		return 0, nil
	}
	if n := int64(len(w.parts)); p.places.Add(n)+p.table.Slots() <= limit {
		return n, nil
	}
	p.places.Add(-int64(len(w.parts)))
	n := w.opened()
	if n > limit {
		return 0, nil
	}
	if p.places.Add(n)+p.table.Slots() <= limit {
		return n, nil
	}
	p.places.Add(-n)
	return 0, fmt.Errorf("session_stitch has %d open sessions, and %d more would be beyond its limit (limits::sessions: %d)", p.table.Open(), n, limit)
}

// exclusively changes the table outside of a commit, or between two where there is a journal.
func (p *stitcher) exclusively(ctx context.Context, f func()) {
	if p.commits == nil {
		f()
		return
	}
	p.commits.do(ctx, f)
}

// opened counts the sessions that the batch would open.
func (w *worker) opened() int64 {
	seen := map[session.Key]struct{}{}
	for _, x := range w.parts {
		if _, ok := seen[x.Part.Key]; !ok && !w.table.IsOpen(x.Part.Key) {
			seen[x.Part.Key] = struct{}{}
		}
	}
	return int64(len(seen))
}
