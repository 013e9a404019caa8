// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"time"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// Mark is to be called before lines are read that may have to be read once more, and Rewind before they are: it brings
// back what of the lines before decides how the first ones are read, such as pieces that were waiting for their end.
func (s *Source) Mark() {
	s.wrapper.Mark()
	s.joiner.Mark()
	s.marked.before, s.marked.header = s.before, s.header
	for _, sticky := range s.sticky {
		if r, ok := sticky.(format.Rewinder); ok {
			r.Mark()
		}
	}
}

// Rewind makes the source forget the lines since Mark, as far as they decide how the next ones are read.
func (s *Source) Rewind() {
	s.wrapper.Rewind()
	s.joiner.Rewind()
	s.before, s.header = s.marked.before, s.marked.header
	for _, sticky := range s.sticky {
		if r, ok := sticky.(format.Rewinder); ok {
			r.Rewind()
		}
	}
}

// Settle forgets what Rewind would bring back: the lines since Mark are not read again.
func (s *Source) Settle() {
	s.wrapper.Settle()
	s.joiner.Settle()
}

// Holds reports whether a line has begun whose end has not come.
func (s *Source) Holds() bool { return s.wrapper.Holds() || s.joiner.Holds() }

// Flush reads what has come of lines whose end will not come any more, since the source is at its end.
func (s *Source) Flush(b *Batch, observed time.Time) {
	s.in.Observed = observed.UnixNano()
	s.extent = 0
	if text := s.joiner.Rest(); text != "" {
		b.writer.Constant, b.writer.Resource = s.attributes, s.resource
		s.truncated(b, text, "the rest of the object")
	}
	for _, stream := range [...]envelope.Stream{envelope.Stdout, envelope.Stderr} {
		text, ok := s.wrapper.Rest(stream)
		if !ok {
			continue
		}
		b.writer.Constant, b.writer.Resource = s.ofStream(stream), s.resource
		s.truncated(b, text, "the rest of the line")
	}
	s.before = nothing
}

// truncated rejects a text whose end will not come.
func (s *Source) truncated(b *Batch, text, expected string) {
	s.text(text)
	s.headless()
	s.reject(b, s.index(), s.in.Fail(format.Error{Reason: format.Truncated, Offset: len(text), Expected: expected}))
	if s.extent > record.MaxShared {
		s.letGo()
	}
}
