// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
)

// bareHeader is the header of a text that has none.
func (s *Source) bareHeader(w *envelope.Wrapped) {
	s.in.Header = envelope.Header{Priority: -1, End: len(s.in.Line)}
	if w != nil {
		s.in.Header.Time = w.Time
	}
}

// headers is how much of what looks like headers is taken off the lines of a source: as far as an envelope.Reach, or
// nothing.
type headers uint8

const (
	allHeaders  = headers(envelope.Deep)
	firstHeader = headers(envelope.Single)
	timeAlone   = headers(envelope.TimeAlone)
	noHeader    = timeAlone + 1
)

// beginning is what a text begins with, as far as it tells what of it may be a header.
type beginning uint8

const (
	elsewise beginning = iota
	withPriority
	withLetter // the name of a month, or a tag
	numBeginnings
)

// beginningOf is that of the line in s.in.
func (s *Source) beginningOf() beginning {
	if s.in.Line == "" {
		return elsewise
	}
	switch c := s.in.Line[0]; {
	case c == '<':
		return withPriority
	case c|0x20-'a' < 26:
		return withLetter
	}
	return elsewise
}

// barely tries a line that could not be read once more the other ways round: what looks like the header of a log file, a
// time with or without a host and a tag, may be where a format of the user's own begins, with a header before it or not.
// The source remembers which way it was of a line that begins so, so that its next ones are read at once.
func (s *Source) barely(b *Batch, w *envelope.Wrapped, i int, err *format.Error) (int, *format.Error) {
	in, known := &s.in, &s.headers[s.beginningOf()]
	h, usual := in.Header, *known
	if s.d.envelope == envelope.ModeNone || w != nil && w.Whole || usual == allHeaders && h.Start == 0 {
		return i, err
	}
	first := *err
	for way := allHeaders; way <= noHeader; way++ {
		// A priority is nothing else than that, and a process id stands in a tag.
		if way == noHeader && h.Priority >= 0 || way == timeAlone && h.PID != 0 {
			continue
		}
		*known = way
		if s.readHeader(w); in.Header.Start == h.Start {
			continue
		}
		n, err := s.parse(&b.writer)
		if err == nil {
			return n, nil
		}
		if further(err, &first) {
			i, first = n, *err
		}
	}
	*known, in.Header = usual, h
	return i, in.Fail(first)
}
