// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// unwrapped sees to a text that was wrapped, and reports whether it can be read.
func (s *Source) unwrapped(b *Batch, w *envelope.Wrapped) bool {
	if w.Stream != envelope.NoStream {
		b.writer.Constant = s.ofStream(w.Stream)
	}
	switch w.Result {
	case envelope.TooLong:
		s.oversize(b)
		return false
	case envelope.Broken:
		s.headless()
		s.reject(b, s.index(), s.in.Fail(broken(w)))
		return false
	}
	return true
}

// headless is for a text that is rejected before its header is read: it forgets the header of the line before, whose
// bytes the text may not have.
func (s *Source) headless() { s.in.Header = envelope.Header{End: len(s.in.Line)} }

// readHeader reads the syslog header of the text in s.in, and fills its gaps with what wraps the text, nil for nothing.
func (s *Source) readHeader(w *envelope.Wrapped) {
	in, reach := &s.in, s.headers[s.beginningOf()]
	s.bare = reach >= timeAlone && (w == nil || !w.Whole)
	switch {
	case w != nil && w.Whole && w.Header.Kind != envelope.Journal:
		in.Header = w.Header
		return
	case s.d.envelope == envelope.ModeNone || reach == noHeader && (w == nil || !w.Whole):
		s.bareHeader(w)
		return
	}
	h := &in.Header
	s.header.Reach = envelope.Reach(reach)
	s.header.Parse(in.Line, in.Observed, h)
	if w == nil {
		return
	}
	if w.Whole {
		if h.Kind < envelope.RFC3164 && h.Time == 0 {
			// A text without a header: what looks like a tag is its own.
			*h = w.Header
			return
		}
		if h.Host == "" {
			h.Host = w.Header.Host
		}
		if h.App == "" {
			h.App, h.PID = w.Header.App, w.Header.PID
		}
	}
	if h.Time == 0 {
		// When the runtime has read the line; the proxy may have kept it for a while.
		h.Time = w.Time
	}
}

// broken is the error of a wrapping that cannot be read.
func broken(w *envelope.Wrapped) format.Error {
	reason := format.BadJSON
	switch {
	case w.Truncated:
		reason = format.Truncated
	case w.Field == "MESSAGE":
		reason = format.MissingField
	case w.Field != "":
		reason = format.Mismatch
	}
	return format.Error{Reason: reason, Field: w.Field, Offset: w.Offset, Expected: w.Expected}
}

// held reports whether the line is a piece of a pretty-printed object that waits for its end. Where it completes one,
// s.in has all of the object afterwards; where it cannot belong to the one that was begun, that one is rejected.
func (s *Source) held(b *Batch, line string) bool {
	text, state := s.joiner.Join(line)
	if state == jsonscan.Alone {
		return false
	}
	if state == jsonscan.Broken {
		s.truncated(b, text, "the rest of the object")
		text, state = s.joiner.Join(line)
	}
	s.text(text)
	return state == jsonscan.Held
}

// unescaped tries a line that could not be read once more without rsyslog's escapes: it writes control characters as
// # and three octal digits (parser.escapeControlCharactersOnReceive), also a tab that separates two fields. HAProxy has
// escapes of its own that look alike, # and two hexadecimal digits, and never writes a control character.
func (s *Source) unescaped(b *Batch, i int, err *format.Error) (int, *format.Error) {
	in := &s.in
	h := &in.Header
	if h.Kind != envelope.RFC3164 && h.Kind != envelope.RFC5424 || s.entry().hashes {
		return i, err
	}
	for k := range s.d.entries {
		if e := &s.d.entries[k]; e.hashes && e.name == h.App {
			return i, err
		}
	}
	text, changed := envelope.UndoOctal(in.Line[h.Start:h.End])
	if !changed {
		return i, err
	}
	line, dirty, header, first := in.Line, in.Dirty, *h, *err
	s.text(line[:h.Start] + text)
	h.End = len(in.Line)
	if n, err := s.parse(&b.writer); err == nil {
		return n, nil
	}
	in.Line, in.Dirty, in.Header = line, dirty, header
	return i, in.Fail(first)
}
