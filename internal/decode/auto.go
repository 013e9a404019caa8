// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// switchAfter is how many lines in a row another format has to read before a source that is recognised automatically
// changes over to it. Single lines of another format, as in a shared syslog file, are read without a change.
const switchAfter = 8

// maxChanges is how many changes of a source are said. One that several proxies write to in turn changes all day.
const maxChanges = 4

// parse reads the line in s.in with the source's format, and under auto with the others where that one fails. It
// returns the format's index for counting.
func (s *Source) parse(out *record.Writer) (int, *format.Error) {
	out.Extent = s.extent
	if s.current >= 0 {
		err := s.try(s.current, out)
		if err == nil {
			s.streak, s.before = 0, s.current
			return s.index(), nil
		}
		if s.d.named >= 0 {
			return s.index(), err
		}
		s.err = *err
	} else {
		s.err = format.Error{Reason: format.Unrecognized, Offset: s.in.Header.Start, Expected: "a line of a known format"}
	}
	best := s.index()
	for i := range s.d.entries {
		if i == s.current || !s.d.entries[i].parser.Sniff(&s.in) {
			continue
		}
		before := out.Total()
		err := s.try(i, out)
		if err == nil {
			// A line without a record, such as the bracket of a JSON array over several lines, says too little; behind a
			// line that could not be read it is part of that.
			switch {
			case out.Total() > before:
				s.recognised(i)
			case s.before == unread:
				continue
			}
			s.before = i
			return s.d.entries[i].index, nil
		}
		if further(err, &s.err) {
			s.err = *err
			best = s.d.entries[i].index
		}
	}
	return best, &s.err
}

// further reports whether a got deeper into the line than b, so that it is the better explanation.
func further(a, b *format.Error) bool {
	if (a.Reason == format.Unrecognized) != (b.Reason == format.Unrecognized) {
		return b.Reason == format.Unrecognized
	}
	return a.Offset > b.Offset
}

// try reads the line with one format, and keeps that format's memory of the source.
func (s *Source) try(i int, out *record.Writer) *format.Error {
	if s.bare && s.d.entries[i].headed {
		return s.in.Fail(format.Error{Reason: format.Unrecognized, Offset: s.in.Header.Start, Expected: "a header"})
	}
	s.in.Sticky = s.sticky[i]
	err := s.d.entries[i].parser.Parse(&s.in, out)
	s.sticky[i] = s.in.Sticky
	return err
}

// recognised notes that format i has read a line which the source's own format has not.
func (s *Source) recognised(i int) {
	if s.current < 0 {
		s.current = i
		s.d.logger.Info("recognised the format", zap.String("source", s.name),
			zap.String("format", s.d.entries[i].name), zap.String("dialect", s.in.Match.Dialect.Scope.Dialect))
		return
	}
	if s.streak++; s.streak < switchAfter {
		return
	}
	if s.changes++; s.changes <= maxChanges {
		message := "the source changed its format"
		if s.changes == maxChanges {
			message += " again; further changes of it are not said"
		}
		s.d.logger.Info(message, zap.String("source", s.name),
			zap.String("from", s.d.entries[s.current].name), zap.String("to", s.d.entries[i].name))
	}
	s.current, s.streak = i, 0
}
