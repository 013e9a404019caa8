// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"errors"
	"io"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

// maxItems and maxBytes bound a batch.
const (
	maxItems = 200
	maxBytes = 1 << 20
)

// lines delivers all lines that have an end. It returns what ended the text, io.EOF at the end of a complete file.
func (s *scan) lines() error {
	defer func() { clear(s.items) }()
	open := s.p.Open
	for {
		text, cut, err := s.next()
		switch {
		case errors.Is(err, errStop):
			return err
		case err != nil:
			if stop := s.settle(false); stop != nil {
				return stop
			}
			return err
		case open && text == "":
			// The end of a line that was delivered without it makes no line.
		case !s.p.Skip:
			s.add(text, cut)
		}
		open = false
		if len(s.items) >= maxItems || s.bytes >= maxBytes {
			if err := s.settle(false); err != nil {
				return err
			}
		}
		if s.r.set.Sink.Stopped() {
			return errStop
		}
	}
}

func (s *scan) add(text string, cut bool) {
	s.items = append(s.items, deliver.Item{
		Source: s.source, Line: decode.Line{Text: text, Cut: cut, Observed: s.r.set.Sink.Now()},
	})
	s.bytes += len(text)
}

// settle delivers the lines read so far and moves the position behind them; open says that the last has no end.
func (s *scan) settle(open bool) error {
	if s.part {
		return nil // all lines before this one are settled
	}
	if len(s.items) > 0 {
		outcome := s.r.set.Sink.Deliver(s.items, deliver.Limit{Patience: s.r.set.Patience})
		clear(s.items)
		s.items, s.bytes = s.items[:0], 0
		if outcome != deliver.Accepted && outcome != deliver.Refused {
			return errStop
		}
	}
	if s.pos == s.p.Pos {
		return nil
	}
	s.p.Pos, s.p.Sum, s.p.Open = s.pos, s.hash.Sum(nil), open
	if s.p.HeadLen < len(s.head) {
		s.p.Head, s.p.HeadLen = digest(s.head), len(s.head)
	}
	s.r.book.touch(s.p)
	if now := s.r.set.Sink.Now(); now.Sub(s.r.saved) >= saveEvery {
		s.r.save()
	}
	return nil
}

// end settles what the end of the text means, which it gets as an error. It returns those that are one.
func (s *scan) end(err error) error {
	p := s.p
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		// A download is under way, or was broken off. The rest comes with another size or time.
	case !errors.Is(err, io.EOF):
		return err
	case len(s.rest) == 0:
	case p.Skip:
		if err := s.last(); err != nil {
			return err
		}
	case s.r.set.FlushAfter > 0:
		now := s.r.set.Sink.Now()
		if at := p.since.Add(s.r.set.FlushAfter); now.Before(at) {
			p.notBefore = at
			return nil
		}
		if err := s.last(); err != nil {
			return err
		}
	}
	p.Done, p.Skip = true, false
	return nil
}

// last settles the last line, which has no end.
func (s *scan) last() error {
	text, cut := s.trim(s.rest)
	if !s.part {
		s.take(s.rest)
	}
	s.part = false
	if !s.p.Skip {
		s.add(text, cut)
	}
	return s.settle(true)
}
