// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"errors"
	"fmt"
	"sync"

	bbolt "go.etcd.io/bbolt/errors"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/journal"
)

// claims are the storages that running processors of one factory write to. The storage extension itself tells them
// apart by the processor's id only, and two pipelines may name the same id.
type claims struct {
	mu   sync.Mutex
	held map[claim]bool
}

type claim struct{ storage, processor component.ID }

func (c *claims) take(k claim) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[k] {
		return false
	}
	if c.held == nil {
		c.held = map[claim]bool{}
	}
	c.held[k] = true
	return true
}

func (c *claims) give(k claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, k)
}

// keep is where sessions are kept.
type keep struct {
	client  storage.Client
	journal *journal.Journal
	claim   claim
}

// openStorage finds the storage, if there is one, and reads back what it holds. Where nothing is to be kept, that is all: what
// a process before has left there would come back when it is to be kept again, and be counted twice.
func (p *stitcher) openStorage(ctx context.Context, host component.Host) error {
	if p.config.Storage == nil {
		return nil
	}
	d, id := p.config.durability(), *p.config.Storage
	ext, ok := host.GetExtensions()[id]
	if !ok {
		if d == DurabilityNone {
			return nil
		}
		return fmt.Errorf("storage: there is no extension %s; it has to stand in extensions and in service::extensions", id)
	}
	s, ok := ext.(storage.Extension)
	if !ok {
		return fmt.Errorf("storage: the extension %s is no storage", id)
	}
	k := &keep{claim: claim{storage: id, processor: p.id}}
	if p.claims != nil && !p.claims.take(k.claim) {
		return fmt.Errorf("%s stands in more than one pipeline, and in %s both would keep their sessions in the same place: "+
			"name one of them otherwise, such as %s/2, and give it the same configuration", p.id, id, p.id.Type())
	}
	p.storage = k
	client, err := p.client(ctx, s)
	if err != nil {
		return errors.Join(fmt.Errorf("storage: %s gives %s no client%s: %w", id, p.id, hint(err), err), p.closeStorage(ctx))
	}
	k.client = client
	if err := p.restore(ctx, d); err != nil {
		return errors.Join(fmt.Errorf("storage: %s: %w", id, err), p.closeStorage(ctx))
	}
	if d == DurabilityNone {
		return p.closeStorage(ctx)
	}
	return nil
}

// panicked is what a storage panicked with.
type panicked struct{ with any }

func (p panicked) Error() string { return fmt.Sprintf("it panicked: %v", p.with) }

// client gets the client. bbolt, behind file_storage, panics on a file that is damaged in some ways, and its trace names
// neither the file nor what to do.
func (p *stitcher) client(ctx context.Context, s storage.Extension) (c storage.Client, err error) {
	defer func() {
		if r := recover(); r != nil {
			c, err = nil, panicked{r}
		}
	}()
	return s.GetClient(ctx, component.KindProcessor, p.id, "")
}

// hint says what may be behind an error of file_storage, which hands on what bbolt says.
func hint(err error) string {
	switch {
	case errors.Is(err, bbolt.ErrTimeout): // it waits for the lock of its file
		return " (does another Collector use the same directory?)"
	case errors.As(err, new(panicked)), errors.Is(err, bbolt.ErrInvalid), errors.Is(err, bbolt.ErrChecksum), errors.Is(err, bbolt.ErrVersionMismatch):
		return " (its file seems to be damaged; once it is moved away, the start begins without the sessions in it)"
	}
	return ""
}

func (p *stitcher) closeStorage(ctx context.Context) (err error) {
	k := p.storage
	if k == nil {
		return nil
	}
	p.storage = nil
	if k.client != nil {
		err = k.client.Close(ctx)
	}
	if p.claims != nil {
		p.claims.give(k.claim)
	}
	return err
}

// damaged counts and reports what cannot be used of the storage.
func (p *stitcher) damaged(key string, err error) {
	p.damages++
	p.telemetry.ProcessorSessionStitchJournalErrors.Add(context.Background(), 1)
	p.logger.Error("A value in the storage cannot be used; where there is one it was copied to the key that begins with aside/",
		zap.String("key", key), zap.Error(err))
}

// shutDownKept ends the goroutines and keeps what is open and what was not taken.
func (p *stitcher) shutDownKept(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, keepWait)
	defer cancel()
	p.drain(wait, keepWait)
	close(p.stop)
	ended := make(chan struct{})
	go func() {
		p.ticking.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return fmt.Errorf("the storage did not answer before the shutdown ended: %w", ctx.Err())
	}
	if p.commits != nil {
		if n := len(p.commits.pending); n > 0 {
			p.logger.Warn("The last releases could not be written to the storage; these sessions are released again after the start", zap.Int("bytes", n))
		}
		return nil
	}
	meta, err := p.meta()
	if err == nil {
		dict, _ := p.dict.AppendSince(nil, zeroMark)
		err = p.storage.journal.Save(ctx, meta, dict, pieces(p))
	}
	if err == nil {
		return nil
	}
	p.telemetry.ProcessorSessionStitchJournalErrors.Add(ctx, 1)
	p.logger.Error("Open sessions cannot be written to the storage; they are released", zap.Error(err))
	p.startSending()
	return p.releaseAll(ctx)
}
