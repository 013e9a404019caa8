// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/entry"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// commit stores a record with what there is, merges the parts of the group, and sends what was released.
func (c *committer) commit(group []request) {
	c.makeRoom(group)
	acks := c.takeAcks()
	if len(group) == 0 && len(acks) == 0 && len(c.pending) == 0 {
		return
	}
	c.wall = c.now().UnixNano()
	if err := c.store(acks, group); err != nil {
		c.mu.Lock()
		c.acks = append(acks, c.acks...)
		c.mu.Unlock()
		c.failed(err)
		err = fmt.Errorf("session_stitch cannot write to its storage, and takes nothing until it can: %w", err)
		for _, r := range group {
			r.done <- err
		}
		return
	}
	c.send()
	c.mergeAll(group)
	for _, r := range group {
		r.done <- nil
	}
	c.trim()
	// What a group brought beyond the limit has to leave again.
	c.evict(c.wall, 0, int64(c.parts))
	if len(c.pending) > 0 {
		c.commit(nil)
	} else {
		// Pieces hold no release that is not stored, since the number of such a one may be given again after a crash.
		c.writePieces()
	}
	c.account()
}

// store writes the record of what happened, and has nothing pending afterwards.
func (c *committer) store(acks []entry.Entry, group []request) error {
	delta, mark := c.dict.AppendSince(nil, c.mark)
	c.buf = c.record(c.buf[:0], acks, group)
	if err := c.journal.Append(context.Background(), delta, c.buf); err != nil {
		return err
	}
	if c.failing {
		c.failing = false
		c.logger.Info("The storage can be written to again")
	}
	c.mark, c.pending, c.outputs, c.number = mark, c.pending[:0], 0, c.journal.Last()
	return nil
}

// send hands on the outputs that are stored.
func (c *committer) send() {
	for _, it := range c.ready {
		c.outbox.Keep(it)
	}
	clear(c.ready)
	c.ready = c.ready[:0]
}

// mergeAll merges the parts of a group, which are stored.
func (c *committer) mergeAll(group []request) {
	c.parts = 0
	for _, r := range group {
		c.table.PutAll(r.w.parts, c.wall)
		c.parts += uint64(len(r.w.parts))
		r.w.count()
	}
}

// trim lets go of buffers that one large commit has made large.
func (c *committer) trim() {
	keep := c.keepBytes()
	if cap(c.buf) > keep {
		c.buf = nil
	}
	if len(c.pending) == 0 && cap(c.pending) > keep {
		c.pending = nil
	}
	if len(c.ready) == 0 && cap(c.ready)*waitingSize > keep {
		c.ready = nil
	}
}

// record encodes what happened.
func (c *committer) record(b []byte, acks []entry.Entry, group []request) []byte {
	b = append(b, c.pending...)
	for i := range acks {
		b = acks[i].Append(b)
	}
	if len(group) == 0 {
		return b
	}
	b = c.appendClocks(b)
	e := entry.Entry{Kind: entry.Wall, At: c.wall}
	b = e.Append(b)
	for _, r := range group {
		for _, x := range r.w.parts {
			b = entry.AppendPart(b, c.fingerprints[x.Model], x.Part)
		}
	}
	return b
}

func (c *committer) takeAcks() []entry.Entry {
	c.mu.Lock()
	acks := c.acks
	c.acks = nil
	c.mu.Unlock()
	for i := range acks {
		p := c.waiting[table.Partition(acks[i].Key)]
		delete(p, acks[i].ID)
	}
	return acks
}

// makeRoom releases sessions before those come that the group opens, so that the journal tells it in this order.
func (c *committer) makeRoom(group []request) {
	if c.config.OnLimit == Refuse || len(group) == 0 || len(c.pending) > 0 {
		return // nothing is released while the releases before cannot be stored
	}
	limit, need := c.config.Limits.Sessions, int64(0)
	for _, r := range group {
		need += int64(len(r.w.parts))
	}
	if c.table.Slots()+need <= limit {
		return
	}
	need = 0
	for _, r := range group {
		need += r.w.opened()
	}
	c.evict(c.now().UnixNano(), min(need, limit), need+chunk)
}

// evict releases up to most sessions, until there is room for need more. Those that a smaller limit than before the start
// leaves no place for go some at a time, since a record that tells of all of them would be as large as the table.
func (c *committer) evict(wall, need, most int64) {
	for ; most > 0 && c.table.Slots()+need > c.config.Limits.Sessions && c.table.EvictOpen(wall); most-- {
	}
}

// failed counts and reports an error of the storage, once until it works again.
func (c *committer) failed(err error) {
	c.telemetry.ProcessorSessionStitchJournalErrors.Add(context.Background(), 1)
	if !c.failing {
		c.logger.Error("The storage cannot be written to; records are refused, and may be sent again, until it can", zap.Error(err))
	}
	c.failing = true
}

// writePieces writes what is due of the pieces, a few at a time. Where one cannot be written, records are taken all the
// same, as long as these can, and it is tried again after a while.
func (c *committer) writePieces() {
	if left := c.retry - c.wall; left > 0 && left <= int64(pieceRetry) {
		return
	}
	for range 4 {
		p, due := c.journal.Due()
		if !due {
			return
		}
		if err := c.journal.Piece(context.Background(), p, c.piece(nil, p, c.waiting[p])); err != nil {
			c.stuck(err)
			return
		}
		if c.retry != 0 {
			c.retry = 0
			c.logger.Info("The journal is made shorter again")
		}
	}
}

// stuck counts and reports that a piece cannot be written, once until one can.
func (c *committer) stuck(err error) {
	c.telemetry.ProcessorSessionStitchJournalErrors.Add(context.Background(), 1)
	if c.retry == 0 {
		c.logger.Error("The journal cannot be made shorter, and grows until it can; records are taken as long as the storage has room for them", zap.Error(err))
	}
	c.retry = c.wall + int64(pieceRetry)
}

// keepBytes is how much a buffer may keep for the next commit.
func (c *committer) keepBytes() int { return int(min(4*groupBytes, c.memory/32)) }

// account brings held up to date.
func (c *committer) account() {
	n := int64(cap(c.pending)+cap(c.buf)) + int64(cap(c.ready))*waitingSize
	for i := range c.ready {
		n += int64(len(c.ready[i].State))
	}
	outputs := 0
	for _, p := range c.waiting {
		outputs += len(p)
	}
	c.most = max(c.most, outputs)
	if outputs == 0 && c.most*waitingSize > c.keepBytes() {
		c.waiting, c.most = waiting{}, 0 // maps do not shrink
	}
	c.held.Store(n + int64(outputs)*waitingSize)
}
