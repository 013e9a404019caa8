// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package filein reads lines from files with stanza's fileconsumer, and delivers each at least once.
//
// The fileconsumer moves a file's offset on whatever the callback returns, and saves it. So the callback returns only
// when its lines are settled: it blocks and tries again while the next consumer refuses. Where it cannot wait any
// longer, because the receiver stops, it ends the reader's goroutine before the offset moves (see leave.go); the lines
// are then read again, after the next start or in the next poll. What must not be saved nevertheless is held back by a
// gate in front of the storage (see gate.go).
//
// Gzip files are read by package gzin (see packed.go): the fileconsumer loses their lines on a stop and does not see
// them grow.
package filein

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/metric"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer"

	"github.com/proxylog/proxylog/internal/cache"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/gzin"
)

// defaultPatience is how long the lines of one file are refused before its reader makes way for the other files; they
// are read again in the next poll. Meanwhile no file is looked for and no rotation noticed.
const defaultPatience = 10 * time.Second

// maxStreams bounds the files whose format is remembered from one poll to the next.
const maxStreams = 4096

// Settings are what an Input needs from its surroundings.
type Settings struct {
	Telemetry component.TelemetrySettings
	Decoder   *decode.Decoder
	Sink      *deliver.Sink
	// Storage keeps the positions; nil keeps them in memory.
	Storage storage.Client
	// MaxLine is the longest line, in bytes.
	MaxLine int
}

// Input reads the files of one configuration.
type Input struct {
	cfg     Config
	set     Settings
	gate    *gate
	manager *fileconsumer.Manager
	stopped chan struct{} // closed when the manager has stopped
	packed  *gzin.Reader  // nil where no pattern names gzip files
	streams *cache.Cache[string, *stream]
	reading metric.Int64UpDownCounter
	// patience is defaultPatience but in tests.
	patience time.Duration
}

// New makes an Input that is not started yet.
func New(cfg Config, set Settings) *Input {
	set.Telemetry.Logger = quieter(set.Telemetry.Logger, set.Sink.Now)
	if set.Storage == nil {
		set.Storage = storage.NewNopClient()
	}
	return &Input{
		cfg: cfg, set: set, streams: cache.New[string, *stream](maxStreams), patience: defaultPatience,
		stopped: make(chan struct{}),
	}
}

// Start begins to look for files. What is wrong with a file or pattern is logged and costs only itself.
func (in *Input) Start(ctx context.Context) error {
	in.gate = newGate(in.set.Storage, in.set.Sink.Now)
	known, err := in.gate.hasCheckpoint(ctx)
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	// start_at is about files that are there when the receiver first runs. Once there is a checkpoint, even one
	// without any file, all that it does not name has come since.
	cfg := in.cfg.effective(in.set.MaxLine, known)
	cfg.Exclude = append(cfg.Exclude[:len(cfg.Exclude):len(cfg.Exclude)], in.look(cfg.Criteria)...)
	if in.reading, err = readingFiles(in.set.Telemetry); err != nil {
		return fmt.Errorf("telemetry: %w", err)
	}
	manager, err := cfg.Build(in.set.Telemetry, in.emit)
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	if err := manager.Start(in.gate); err != nil {
		return fmt.Errorf("file: %w", err)
	}
	in.manager = manager
	go in.watchPipes(cfg.Criteria, in.stopped)
	return in.startPacked(ctx)
}

// Shutdown stops reading. What the next consumer has not accepted by then is read again after the next start.
func (in *Input) Shutdown(ctx context.Context) error {
	in.set.Sink.Stop()
	if in.manager == nil {
		return nil
	}
	done := make(chan struct{})
	var stopErr error
	go func() {
		defer close(done)
		stopErr = in.manager.Stop()
		close(in.stopped)
		in.flush()
		if in.packed != nil {
			<-in.packed.Done()
		}
	}()
	if err := in.set.Sink.Wait(ctx, done); err != nil {
		// The reader that is still under way must not save a position, least of all to a storage that is closed.
		in.gate.close()
		if in.packed != nil {
			in.packed.Seal()
		}
		return err
	}
	return stopErr
}

// flush delivers what has come of lines whose last piece is still to be written: their beginnings are behind the positions
// that were saved, and no later start reads them again.
func (in *Input) flush() {
	for _, s := range in.streams.Drain() {
		if s.source.Holds() {
			end := decode.Line{End: true, Observed: in.set.Sink.Now()}
			in.set.Sink.Deliver([]deliver.Item{{Source: s.source, Line: end}}, deliver.Limit{Last: true})
		}
	}
}

// errAbandoned is what the fileconsumer logs for lines that could be neither delivered nor left for later.
var errAbandoned = errors.New("lines of a file that left the pattern were not accepted before the receiver stopped; " +
	"they are read again only if file::include also matches the file's new name")

// emit is the fileconsumer's callback: lines of one file, in order, from the goroutine that reads it. offsets has one
// entry more than tokens: token i lies between offsets[i] and offsets[i+1], its end of line included.
func (in *Input) emit(_ context.Context, tokens [][]byte, attributes map[string]any, _ int64, offsets []int64) error {
	s := in.take(attributes)
	defer in.streams.Put(s.path, s)
	items, rest := s.lines(tokens, offsets, in.set.MaxLine, in.set.Sink.Now())
	defer clear(items)

	if len(items) > 0 {
		if err := in.deliver(s, items); err != nil {
			return err
		}
	}
	s.rest, s.next = rest, offsets[len(tokens)]
	return nil
}

// deliver returns when the lines are settled. Otherwise it ends the goroutine, or returns an error where that cannot
// be done; then no position is saved any more.
func (in *Input) deliver(s *stream, items []deliver.Item) error {
	if in.set.Sink.Stopped() || in.gate.overdue(s.turn) {
		in.leave()
	}
	limit := deliver.Limit{Patience: in.patience}
	for {
		outcome := in.set.Sink.Deliver(items, limit)
		switch {
		case outcome == deliver.Accepted || outcome == deliver.Refused:
			s.turn = in.gate.turn()
			return nil
		case limit.Last:
			in.gate.close()
			return errAbandoned
		}
		in.leave()
		// A file that left the pattern is read once more and then closed: this is the last chance for its lines.
		limit = deliver.Limit{Last: true}
	}
}
