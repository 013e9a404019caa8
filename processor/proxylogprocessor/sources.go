// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"container/list"
	"sync"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
)

// maxSources is how many streams of lines are remembered. One that is forgotten is recognised anew.
const maxSources = 1024

// stream tells streams of lines apart: the hash of the resource that the receiver has given, and the file.
type stream struct {
	resource uint64
	file     string
}

// source is a stream of lines with a lock, since calls for the same stream may come at the same time.
type source struct {
	stream stream
	mu     sync.Mutex
	lines  *decode.Source
	failed bool
	err    format.Error
}

// sources remembers which format each stream speaks; the least recently used one makes room. It is safe for concurrent
// use.
type sources struct {
	decoder *decode.Decoder
	limit   int

	mu       sync.Mutex
	byStream map[stream]*list.Element
	order    *list.List // of *source, the newest in front
}

func newSources(d *decode.Decoder, limit int) *sources {
	return &sources{decoder: d, limit: limit, byStream: make(map[stream]*list.Element), order: list.New()}
}

func (s *sources) of(key stream) *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.byStream[key]; ok {
		s.order.MoveToFront(e)
		return e.Value.(*source)
	}
	src := &source{stream: key, lines: s.decoder.NewSource(key.file)}
	src.lines.Rejected(func(err *format.Error) { src.failed, src.err = true, *err })
	s.byStream[key] = s.order.PushFront(src)
	for s.order.Len() > s.limit {
		delete(s.byStream, s.order.Remove(s.order.Back()).(*source).stream)
	}
	return src
}

// decode reads one line of a stream, and says whether it could not be read and is to be kept, and why. Every line stands
// for itself: a piece of one is an error, since what a call leaves behind would be lost with the process although the
// call was acknowledged.
func (s *sources) decode(key stream, b *decode.Batch, line decode.Line) (failed bool, err format.Error) {
	src := s.of(key)
	src.mu.Lock()
	defer src.mu.Unlock()
	src.failed = false
	src.lines.Decode(b, line)
	src.lines.Flush(b, line.Observed)
	return src.failed, src.err
}
