// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/entry"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/journal"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/outbox"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

const (
	// restoreGrace is how long after a start nothing is released that fell due before it.
	restoreGrace = 5 * time.Second
	// restoreKeep is how long a remembered session stays so at least, for senders that try again.
	restoreKeep = 5 * time.Minute
)

// restorer rebuilds the table from a journal.
type restorer struct {
	*committer
	models map[uint32]int
	// after are the records that each piece covers; damaged ones cover none.
	after   [table.Partitions]uint64
	damaged [table.Partitions]bool
	part    session.Part
	// foreign counts what belongs to models that are not, or not so, in the configuration; unknown are their names.
	foreign int
	unknown []string
}

// restore reads the journal back. What cannot be read is set aside and reported, and the processor starts without it;
// an error is one of the storage.
func (p *stitcher) restore(ctx context.Context, d Durability) error {
	j, err := journal.Open(ctx, p.storage.client, p.damaged)
	if err != nil {
		return err
	}
	p.storage.journal = j
	c := newCommitter(p, j)
	c.restoring = true
	p.commits = c
	var before settings
	if !j.Fresh() {
		if err := c.restoreDict(ctx, &before); err != nil {
			return err
		}
	}
	written := bytes.Clone(j.Meta())
	restored := !j.Fresh()
	foreign := false
	if restored {
		if foreign, err = c.restoreState(ctx, &before); err != nil {
			return err
		}
	}
	c.restoring = false
	c.wall = 0
	open := p.table.Open()
	p.telemetry.ProcessorSessionStitchRestored.Add(ctx, open)
	left := c.sendAgain()
	if restored {
		p.logger.Info("Read back what was kept", zap.Int64("open", open), zap.Int64("remembered", p.table.Remembered()), zap.Int("to_send", left))
	}
	if d != DurabilityJournal {
		p.commits = nil
		// From here on it would be wrong: a crash loses what is open, and this would bring back what was put out since.
		err = j.Clear(ctx)
	} else {
		err = c.begin(ctx, restored, foreign, written)
	}
	if err != nil {
		return err
	}
	p.releaseRetired()
	return nil
}

// restoreDict reads the dictionary, on which everything else depends, and the settings of the writer.
func (c *committer) restoreDict(ctx context.Context, before *settings) error {
	d := c.newDict()
	err := json.Unmarshal(c.journal.Meta(), before)
	ok := err == nil
	if err != nil {
		c.stitcher.damaged("journal/head", err)
	} else if ok, err = c.journal.Dictionary(ctx, d.Restore); err != nil {
		return err
	}
	if !ok {
		return c.journal.SetAside(ctx)
	}
	_, c.mark = d.AppendSince(nil, zeroMark)
	if all, _ := d.AppendSince(nil, zeroMark); len(all) > 0 {
		if err := c.journal.CompactDictionary(ctx, all); err != nil {
			return err
		}
	}
	if err := c.build(d); err != nil {
		return err
	}
	c.retire(before)
	return nil
}

// restoreState tells the table what happened, under the settings that it happened under.
func (c *committer) restoreState(ctx context.Context, before *settings) (foreign bool, err error) {
	r := &restorer{committer: c, models: map[uint32]int{}}
	models := slices.Clone(c.stitcher.models)
	for i, f := range c.fingerprints {
		r.models[f] = i
	}
	for _, s := range before.Models {
		i, ok := r.models[s.Fingerprint]
		if !ok {
			foreign = true
			r.unknown = append(r.unknown, s.Name)
			continue
		}
		models[i].Timing, models[i].Timeline, models[i].EventClock = s.Timing, s.Timeline, s.EventClock
	}
	if foreign {
		if err := c.journal.CopyAside(ctx); err != nil {
			return false, err
		}
	}
	c.table = c.newTable(models)
	if err := c.journal.Pieces(ctx, r.piece); err != nil {
		return false, err
	}
	if err := c.journal.Records(ctx, r.record); err != nil {
		return false, err
	}
	if r.foreign > 0 {
		c.stitcher.damaged("journal/", fmt.Errorf("%d entries of sessions of %s are not read back, since the configuration has no such model or rule, or has changed it",
			r.foreign, cmp.Or(strings.Join(r.unknown, ", "), "an unknown model")))
	}
	c.table.Resume(c.stitcher.models, c.now().UnixNano(), int64(restoreGrace), int64(restoreKeep))
	return foreign, nil
}

// piece reads a partition.
func (r *restorer) piece(partition int, after uint64, b []byte, damaged bool) error {
	r.after[partition], r.damaged[partition] = after, damaged
	for e := (entry.Entry{}); len(b) > 0; {
		var err error
		if b, err = entry.Next(b, &e); err != nil {
			return err
		}
		if e.Kind == entry.Gone {
			r.table.LoadForgotten(partition, e.State)
			continue
		}
		mi, ok := r.models[e.Model]
		if ok && e.Kind != entry.Clock {
			r.use(mi)
		}
		switch {
		case !ok:
			r.foreign++
		case e.Kind == entry.Session:
			r.table.Load(table.Saved{Key: e.Key, Model: mi, Flags: e.Flags, Opened: e.At, Due: e.Due, State: e.State})
		case e.Kind == entry.Output:
			r.output(mi, &e)
		case e.Kind == entry.Clock:
			r.clock(mi, &e)
		}
	}
	return nil
}

// use notes that the journal holds something of a model.
func (r *restorer) use(mi int) {
	if n := mi - r.configured(); n >= 0 {
		r.retired[n].used = true
	}
}

func (r *restorer) clock(mi int, e *entry.Entry) {
	if e.At > r.table.Clock(mi).At {
		r.table.SetClock(mi, table.ClockState{Base: e.Due, At: e.At})
	}
}

func (r *restorer) output(mi int, e *entry.Entry) {
	if !table.Reason(e.Reason).Valid() {
		return
	}
	r.waiting.add(outbox.Item{
		Released: table.Released{Model: mi, Key: e.Key, Reason: table.Reason(e.Reason), State: bytes.Clone(e.State)},
		Observed: e.Observed, ID: e.ID,
	})
}

// record tells the table what a record tells, as far as the pieces do not say it already.
func (r *restorer) record(n uint64, b []byte) error {
	r.parts, r.number = 0, n
	for e := (entry.Entry{}); len(b) > 0; {
		var err error
		if b, err = entry.Next(b, &e); err != nil {
			return err
		}
		mi, known := r.models[e.Model]
		known = known || e.Kind == entry.Wall || e.Kind == entry.Forget || e.Kind == entry.Accepted
		partition := table.Partition(e.Key)
		switch {
		case e.Kind == entry.Wall:
			r.wall = e.At
		case e.Kind == entry.Clock:
			if known {
				r.clock(mi, &e)
			}
		case n > r.after[partition] && !known:
			r.foreign++
		case n > r.after[partition]:
			r.tell(mi, &e, r.damaged[partition])
		}
		if e.Kind == entry.Part {
			r.parts++
		}
	}
	return nil
}

// tell tells one entry. approximate says that what came before it is lost.
func (r *restorer) tell(mi int, e *entry.Entry, approximate bool) {
	r.use(mi)
	switch e.Kind {
	case entry.Part:
		if err := r.part.Read(r.table.Model(mi), e.Key, e.At, e.State); err != nil {
			r.foreign++
			return
		}
		if approximate {
			r.part.Flags |= session.Approximate
		}
		r.table.Put(mi, &r.part, r.wall)
	case entry.Release:
		r.output(mi, e)
		r.table.Dismiss(e.Key, e.At)
	case entry.Output:
		r.output(mi, e)
	case entry.Forget:
		r.table.Drop(e.Key)
	case entry.Accepted:
		delete(r.waiting[table.Partition(e.Key)], e.ID)
	}
}

// sendAgain puts into the outbox what was not accepted, the oldest first.
func (c *committer) sendAgain() int {
	var list []outbox.Item
	for _, p := range c.waiting {
		for _, it := range p {
			list = append(list, it)
		}
	}
	slices.SortFunc(list, func(a, b outbox.Item) int {
		return cmp.Or(cmp.Compare(a.Observed, b.Observed), cmp.Compare(a.ID, b.ID))
	})
	for _, it := range list {
		c.outbox.Keep(it)
	}
	c.account()
	return len(list)
}
