// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"fmt"
	"sync"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/internal/record"
)

// A near miss is a line that no configured dialect reads and that a dialect known by its name would: a proxy that logs in
// another format than somebody wrote down. It is looked for among the first rejected lines of a source only, so that a
// source of nothing but such lines costs little more than another, and lines that can be read cost nothing.

// nearTries is how many rejected lines of a source are tried with other dialects.
const nearTries = 16

// nearMiss is what a source has found out so far.
type nearMiss struct {
	tries  int
	told   bool
	sticky []any
	in     format.Input
}

// others are all formats with all the dialects that are known by their names, made when they are first needed; nil where
// the configuration leaves none of them out.
func others(cfg Config) func() []format.Parser {
	left := cfg.Format != "auto"
	for _, f := range all.Formats() {
		if f.Listing != nil {
			l := f.Listing(&cfg.Formats)
			left = left || l.Says()
			l.Clear()
		}
	}
	if !left {
		return nil
	}
	return sync.OnceValue(func() []format.Parser {
		var out []format.Parser
		for _, f := range all.Formats() {
			// What is wrong with the configuration has been reported already, and what is left of it here was not.
			if p, err := f.New(&cfg.Formats); err == nil {
				out = append(out, p)
			}
		}
		return out
	})
}

// tryOthers looks for a dialect that reads the rejected line in s.in, and notes it in err. Of the lines of a source it
// looks at the first ones only, unless each line is to be explained.
func (s *Source) tryOthers(err *format.Error) {
	n := &s.near
	if s.d.others == nil || err.Reason == format.Oversize || n.tries >= nearTries && s.in.Trace == nil {
		return
	}
	n.tries++
	parsers := s.d.others()
	if n.sticky == nil {
		n.sticky = make([]any, len(parsers))
	}
	in := &n.in
	for i, p := range parsers {
		in.Line, in.Header, in.Observed, in.Dirty, in.DropBad = s.in.Line, s.in.Header, s.in.Observed, s.in.Dirty, true
		in.Sticky = n.sticky[i]
		if !p.Sniff(in) {
			continue
		}
		failed := p.Parse(in, &record.Writer{})
		n.sticky[i] = in.Sticky
		// Events are too short and too plain to say much about whose they are.
		if failed != nil || in.Match.Dialect == nil || in.Match.Kind == format.KindEvent || in.Match.Kind == format.KindTruncated {
			continue
		}
		err.Fits = in.Match.Dialect
		err.Hint = s.d.hint(in.Match.Dialect.Scope.Format, in.Match.Dialect.Scope.Dialect)
		break
	}
	n.in.Line = ""
	if err.Fits == nil {
		return
	}
	scope := err.Fits.Scope
	if s.d.nearMiss != nil {
		s.d.nearMiss(scope.Format, scope.Dialect)
	}
	if n.told {
		return
	}
	n.told = true
	s.d.logger.Warn("lines do not fit what is configured and fit another dialect", zap.String("source", s.name),
		zap.String("format", scope.Format), zap.String("dialect", scope.Dialect), zap.String("hint", err.Hint))
}

// hint says what to change in the configuration so that a dialect is read.
func (d *Decoder) hint(name, dialect string) string {
	add, set := "", ""
	for i := range d.entries {
		e := &d.entries[i]
		if e.listed && e.name == name {
			add = fmt.Sprintf("add %s to %s::%s", dialect, name, e.listing)
		}
	}
	if d.named >= 0 && d.entries[d.named].name != name {
		set = fmt.Sprintf("set format to %s, or to auto", name)
	}
	switch {
	case set == "":
		return add
	case add == "":
		return set
	}
	return set + ", and " + add
}
