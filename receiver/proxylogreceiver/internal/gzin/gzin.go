// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package gzin reads lines from gzip files that grow and are replaced, such as EdgeOne's hourly packages, which are
// downloaded again and again for a day. Each line is delivered at least once, and, while the file's beginning stays the
// same, once.
//
// A position is an offset in the decompressed text, with a checksum of all text before it. A file whose size or time of
// change differs from what was read last is decompressed anew: up to the position to compare the checksum, from there
// on to deliver its lines. Where the checksum differs, the file has other contents and is read from its beginning. The
// position moves when the next consumer has settled the lines before it.
package gzin

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/cache"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

// saveEvery bounds what is read again after the process was killed.
const saveEvery = time.Second

// maxSources bounds the files whose format is remembered in memory.
const maxSources = 4096

// Settings are what a Reader needs from its surroundings.
type Settings struct {
	Logger  *zap.Logger
	Decoder *decode.Decoder
	Sink    *deliver.Sink
	// Storage keeps the positions. It is not nil.
	Storage storage.Client
	// MaxLine is the longest line, in bytes.
	MaxLine int
	// Match lists the files in the order in which they are read. With an error it lists those that were found.
	Match func() ([]string, error)
	// Attributes is what every record of the file carries.
	Attributes func(*os.File) []record.KV
	// PollInterval is how long the Reader rests between two looks at the files.
	PollInterval time.Duration
	// FlushAfter is how long a complete file rests before a last line without an end is delivered; 0 is never.
	FlushAfter time.Duration
	// StartAtEnd passes over what is there when there are no positions yet.
	StartAtEnd bool
	// Patience is how long the lines of one file are refused before the other files have their turn.
	Patience time.Duration
}

// Reader reads the files of one configuration, one at a time.
type Reader struct {
	set     Settings
	ledger  *ledger
	book    book
	sources *cache.Cache[string, *source]
	tools   tools

	first bool   // no position was ever kept: this is the first look
	turn  uint64 // counts the looks
	saved time.Time
	done  chan struct{}
}

// source is the memory of a file's format, made for these attributes.
type source struct {
	constant []record.KV
	source   *decode.Source
}

// New makes a Reader that is not started yet.
func New(set Settings) *Reader {
	return &Reader{
		set: set, ledger: &ledger{client: set.Storage}, sources: cache.New[string, *source](maxSources),
		done: make(chan struct{}),
	}
}

// Start loads the positions and begins to read. Its error is that of the storage. The Sink's Stop ends it.
func (r *Reader) Start(ctx context.Context) error {
	if err := r.load(ctx); err != nil {
		return err
	}
	go r.run()
	return nil
}

// load takes in the positions that were saved.
func (r *Reader) load(ctx context.Context) error {
	known, packs, err := r.ledger.load(ctx)
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	if bad := r.ledger.unreadable; bad > 0 {
		r.set.Logger.Error("positions of gzip files cannot be read; these files are read from their beginning", zap.Int("records", bad))
	}
	r.first = !known
	r.book.fill(packs, r.set.Sink.Now())
	return nil
}

// Done is closed when the Reader has ended and saved its positions. It never is where Start was not called or failed.
func (r *Reader) Done() <-chan struct{} { return r.done }

// Seal keeps a Reader that does not end from saving positions to a storage that is about to be closed.
func (r *Reader) Seal() { r.ledger.seal() }

func (r *Reader) run() {
	defer close(r.done)
	defer r.save()
	ticker := time.NewTicker(r.set.PollInterval)
	defer ticker.Stop()
	for {
		r.poll()
		select {
		case <-r.set.Sink.Stopping():
			return
		case <-ticker.C:
		}
	}
}

// poll looks at every file and reads those that have changed.
func (r *Reader) poll() {
	paths, err := r.set.Match()
	if err != nil {
		r.set.Logger.Warn("a part of the files cannot be found", zap.Error(err))
	}
	files := make([]found, 0, len(paths))
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			files = append(files, found{path, versionOf(info)})
		}
	}
	r.turn++
	here, left := r.book.assign(files, r.turn, r.set.Sink.Now())
	if left > 0 {
		r.set.Logger.Error("there are too many gzip files; the last ones are not read",
			zap.Int("files", len(files)), zap.Int("limit", maxFiles))
	}
	if r.first {
		r.begin(here)
	}
	for _, p := range here {
		if r.set.Sink.Stopped() {
			return
		}
		if p.due(r.set.Sink.Now()) {
			r.read(p)
		}
	}
	r.save()
}

// begin notes what start_at says about the files of the first look, before anything is read of them.
func (r *Reader) begin(here []*pack) {
	if r.set.StartAtEnd {
		for _, p := range here {
			p.Skip = true
			r.book.touch(p)
		}
	}
	r.book.fresh = true
	r.save()
	r.first = false
}

// save writes the positions that have changed. One that cannot be written is tried again later.
func (r *Reader) save() {
	r.saved = r.set.Sink.Now()
	if err := r.ledger.save(context.Background(), &r.book); err != nil {
		r.set.Logger.Error("positions of gzip files cannot be saved; they will be tried again", zap.Error(err))
	}
}

// sourceOf finds or makes the memory of a file's format. It is put back with r.sources.Put.
func (r *Reader) sourceOf(path string, constant []record.KV) *source {
	s, ok := r.sources.Take(path)
	if !ok || !slices.Equal(s.constant, constant) {
		s = &source{constant, r.set.Decoder.NewSource(path, constant...)}
	}
	return s
}
