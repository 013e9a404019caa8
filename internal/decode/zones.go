// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"time"

	"go.uber.org/zap"
)

// zones watches whether the header's time and the line's own differ by a whole number of quarter hours, as they do where
// one of the two is read in the wrong time zone.
type zones struct {
	quarters int64
	lines    int
	told     bool
}

const (
	// enoughLines in a row with the same difference are no chance.
	enoughLines = 3
	// slack is how much later than its end a line may be written.
	slack = 3 * time.Second
	// farthest is the largest difference that two time zones have.
	farthest = 26 * time.Hour
)

// compareZones holds the header's time against the moment that the line itself gives for what it reports, both in
// nanoseconds since 1970, and says once per source where the zone of one of them must be wrong.
func (s *Source) compareZones(end int64) {
	z := &s.zones
	diff := time.Duration(s.in.Header.Time - end)
	const quarter = 15 * time.Minute
	rounded := diff.Round(quarter)
	if rounded == 0 || end == 0 || rounded.Abs() > farthest || (diff-rounded).Abs() > slack {
		z.lines = 0
		return
	}
	if n := int64(rounded / quarter); n != z.quarters {
		z.quarters, z.lines = n, 0
	}
	if z.lines++; z.lines < enoughLines {
		return
	}
	z.told = true
	s.d.logger.Warn("the times of the header and of the line itself differ by whole quarter hours: a configured time zone is probably wrong",
		zap.String("source", s.name), zap.Duration("difference", rounded),
		zap.String("format", s.in.Match.Dialect.Scope.Format), zap.String("dialect", s.in.Match.Dialect.Scope.Dialect))
}
