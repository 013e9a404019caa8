// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"errors"
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
	// fingerprints are those of the models.
	fingerprints []uint32
	// retired are the last of the models: those that the configuration does not have.
	retired []retiredModel
	// byType are the places of the built-in models that are switched on.
	byType map[string]int
	// rules are the places of the user's own models, in their order.
	rules  []int
	table  *table.Table
	outbox *outbox.Outbox
	// writer is the sender's.
	writer *session.Writer
	// memory is the limit in bytes; promised is what batches that are being merged may still take of it, and places
	// likewise of the limit of sessions.
	memory           int64
	promised, places atomic.Int64
	workers          sync.Pool
	telemetry        telemetry

	// id and claims keep two processors out of one storage; storage is nil where nothing is kept.
	id      component.ID
	claims  *claims
	storage *keep
	// damages counts what of the storage could not be used at the start.
	damages int
	// commits merges in the journal's order; nil where there is no journal.
	commits *committer

	// mu guards closed and the beginning of a call; it is not held during one.
	mu      sync.Mutex
	closed  bool
	calls   sync.WaitGroup
	stop    chan struct{}
	ticking sync.WaitGroup
	sending sync.WaitGroup
	cut     context.CancelFunc
	// hide takes the processor out of what the process shows.
	hide func()
}

var (
	_ processor.Logs = (*stitcher)(nil)

	errShutDown = errors.New("session_stitch is shutting down")
)

func newStitcher(set processor.Settings, cfg *Config, next consumer.Logs) (*stitcher, error) {
	p := &stitcher{
		config: cfg, logger: set.Logger, version: set.BuildInfo.Version, next: next, now: time.Now,
		memory: cfg.Limits.MemoryMiB << 20, outbox: outbox.New(), writer: session.NewWriter(), id: set.ID,
	}
	if err := p.build(p.newDict()); err != nil {
		return nil, err
	}
	p.workers.New = func() any {
		return &worker{stitcher: p, reader: session.NewReader(p.dict), tally: make(tally, len(p.models)+1)}
	}
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	p.telemetry.TelemetryBuilder = tb
	return p, nil
}

func (p *stitcher) newDict() *dict.Dict { return dict.New(min(p.memory/8, 8<<20)) }

// build makes the models for a dictionary.
func (p *stitcher) build(d *dict.Dict) error {
	rules, err := p.config.compileRules(d, p.logger)
	if err != nil {
		return err
	}
	p.dict, p.models, p.byType, p.fingerprints, p.rules = d, append(p.config.compile(d), rules...), map[string]int{}, nil, nil
	for i := range p.models {
		switch m := &p.models[i]; {
		case m.Type == "":
			p.rules = append(p.rules, i)
		case p.config.enabled(m.Name):
			p.byType[m.Type] = i
		}
		p.fingerprints = append(p.fingerprints, p.models[i].Fingerprint())
	}
	p.telemetry.init(p.models)
	p.table = p.newTable(p.models)
	return nil
}

func (p *stitcher) newTable(models []table.Model) *table.Table {
	return table.New(table.Config{
		Dict: p.dict, Models: models, Sessions: p.config.Limits.Sessions, Memory: p.memory,
		Release: func(r table.Released) {
			if p.commits != nil {
				p.commits.released(r)
				return
			}
			p.outbox.Put(outbox.Item{Released: r, Observed: p.now().UnixNano()})
		},
		Forget: func(k session.Key) {
			if p.commits != nil {
				p.commits.forgotten(k)
			}
		},
		// A report is a copy of a session, which waits for the next consumer in the same memory as the session itself.
		Report: func() bool { return p.size() < p.memory },
	})
}

// Capabilities says that a batch stays as it came: what goes on of it is a copy, so that a receiver need not copy all of
// it for this pipeline and others.
func (*stitcher) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: false}
}

// size is what the state takes, in bytes.
func (p *stitcher) size() int64 {
	n := p.table.Size() + p.outbox.Size() + p.dict.Size()
	if p.commits != nil {
		n += p.commits.held.Load()
	}
	return n
}

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
	w.reset()
	defer w.free()
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
	if p.commits != nil {
		if err := p.commits.merge(ctx, w); err != nil {
			return err
		}
	} else {
		p.table.AddAll(w.parts, p.now().UnixNano())
		w.count()
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
