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

// barely tries a line that could not be read once more the other way round: what looks like the header of a log file, a
// time with or without a host and a tag, may be where a format of the user's own begins. The source remembers which way
// it was, so that its next lines are read at once.
func (s *Source) barely(b *Batch, w *envelope.Wrapped, i int, err *format.Error) (int, *format.Error) {
	in := &s.in
	h := in.Header
	if s.d.envelope == envelope.ModeNone || h.Priority >= 0 || w != nil && w.Whole || !s.bare && h.Start == 0 {
		return i, err
	}
	first := *err
	s.bare = !s.bare
	if s.readHeader(w); s.bare || in.Header.Start > 0 {
		n, err := s.parse(&b.writer)
		if err == nil {
			return n, nil
		}
		if further(err, &first) {
			i, first = n, *err
		}
	}
	s.bare = !s.bare
	in.Header = h
	return i, in.Fail(first)
}
