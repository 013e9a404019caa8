// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"bytes"
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator"
)

// checkpointKey is the key under which the fileconsumer keeps its positions.
const checkpointKey = "knownFiles"

// checkpointEvery bounds what is read again after the process was killed, and how long new and rotated files go
// unnoticed in a backlog: the fileconsumer saves positions and looks for files between polls, and one poll reads
// everything that there is. After a poll that took longer than its interval the next one follows at once, so that
// ending one early costs next to nothing.
const checkpointEvery = time.Second

// gate stands between the fileconsumer and the storage. It writes only what has changed, counts the polls, and once
// closed swallows all writes, so that a position which must not be saved is not.
type gate struct {
	client storage.Client
	now    func() time.Time

	mu     sync.Mutex
	closed bool
	last   []byte // the checkpoint as it was written last
	polls  uint64
	polled time.Time // the end of the last poll
}

var _ operator.Persister = (*gate)(nil)

func newGate(client storage.Client, now func() time.Time) *gate {
	return &gate{client: client, now: now, polls: 1, polled: now()}
}

func (g *gate) hasCheckpoint(ctx context.Context) (bool, error) {
	v, err := g.client.Get(ctx, checkpointKey)
	return v != nil, err
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// turn is the number of the poll that is under way.
func (g *gate) turn() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.polls
}

// overdue reports whether the poll has taken so long that its readers should make way for the checkpoint. turn is the
// poll in which the asking reader last got rid of a batch: each may deliver one in every poll, however late it is.
func (g *gate) overdue(turn uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return turn == g.polls && g.now().Sub(g.polled) > checkpointEvery
}

// stalled reports whether no poll has ended for long.
func (g *gate) stalled() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.now().Sub(g.polled) > checkpointEvery
}

// Get implements operator.Persister.
func (g *gate) Get(ctx context.Context, key string) ([]byte, error) { return g.client.Get(ctx, key) }

// Set implements operator.Persister.
func (g *gate) Set(ctx context.Context, key string, value []byte) error {
	return g.Batch(ctx, storage.SetOperation(key, value))
}

// Delete implements operator.Persister.
func (g *gate) Delete(ctx context.Context, key string) error {
	return g.Batch(ctx, storage.DeleteOperation(key))
}

// Batch implements operator.Persister; the fileconsumer writes through it only. The lock is held while the storage
// writes, so that nothing is written any more once close has returned.
func (g *gate) Batch(ctx context.Context, ops ...*storage.Operation) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var checkpoint []byte
	if len(ops) == 1 && ops[0].Type == storage.Set && ops[0].Key == checkpointKey {
		checkpoint = ops[0].Value
		g.polls++
		g.polled = g.now()
	}
	if g.closed || checkpoint != nil && g.last != nil && bytes.Equal(checkpoint, g.last) {
		return nil
	}
	if err := g.client.Batch(ctx, ops...); err != nil {
		return err
	}
	if checkpoint != nil {
		g.last = checkpoint
	}
	return nil
}
