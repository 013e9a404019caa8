// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package sources remembers which format each stream of lines speaks, for fronts that get single lines of many streams:
// the processor and the stanza operator.
package sources

import (
	"strings"
	"sync"

	"github.com/proxylog/proxylog/internal/cache"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
)

// Max is how many streams of lines are remembered by default. One that is forgotten is recognised anew.
const Max = 1024

// Stream tells streams of lines apart: the hash of the resource that the receiver has given, and the path or name of the
// file, empty where the line came in another way.
type Stream struct {
	Resource uint64
	File     string
}

// maxFile bounds what is remembered of a file's name, in bytes, as Linux bounds a path (PATH_MAX): whoever sends records can
// name any. Streams of longer names that begin alike are one.
const maxFile = 4096

// source is a stream of lines with a lock, since calls for the same stream may come at the same time.
type source struct {
	mu     sync.Mutex
	lines  *decode.Source
	failed bool
	err    format.Error
}

// Sources remembers which format each stream speaks; the least recently used one makes room. It is safe for concurrent
// use.
type Sources struct {
	decoder *decode.Decoder
	streams *cache.Cache[Stream, *source]
}

// New makes an empty memory of at most limit streams.
func New(d *decode.Decoder, limit int) *Sources {
	return &Sources{d, cache.New[Stream, *source](limit)}
}

// Len is the number of streams that are remembered.
func (s *Sources) Len() int { return s.streams.Len() }

func (s *Sources) of(key Stream) *source {
	if len(key.File) > maxFile {
		key.File = strings.Clone(key.File[:maxFile])
	}
	return s.streams.Of(key, func() *source {
		src := &source{lines: s.decoder.NewSource(key.File)}
		src.lines.Rejected(func(err *format.Error) { src.failed, src.err = true, *err })
		return src
	})
}

// Decode reads one line of a stream, and says whether it could not be read and is to be kept, and why. Every line stands
// for itself: a piece of one is an error, since what a call leaves behind would be lost with the process although the
// call was acknowledged.
func (s *Sources) Decode(key Stream, b *decode.Batch, line decode.Line) (failed bool, err format.Error) {
	src := s.of(key)
	src.mu.Lock()
	defer src.mu.Unlock()
	src.lines.Decode(b, line)
	src.lines.Flush(b, line.Observed)
	if failed, err = src.failed, src.err; failed {
		src.failed, src.err = false, format.Error{} // its field may be a part of the line
	}
	return failed, err
}
