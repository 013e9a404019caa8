// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package deliver

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

// Counters counts lines once each, when it is settled what became of them.
type Counters struct {
	lines   metric.Int64Counter
	rejects metric.Int64Counter
	dropped metric.Int64Counter
	// Options are made once: their attribute sets are too dear for every batch.
	outcomes [decode.NumFormats][numOutcomes][]metric.AddOption
	reasons  [decode.NumFormats][format.NumReasons][]metric.AddOption
	// drop says that rejected lines are dropped: they were not in a batch that is refused.
	drop bool
}

const (
	parsed = iota
	rejected
	oversize
	empty
	refused
	numOutcomes
)

// NewCounters prepares the receiver's counters; drop says that rejected lines are dropped, not kept as records.
func NewCounters(telemetry *metadata.TelemetryBuilder, drop bool) *Counters {
	c := &Counters{
		lines: telemetry.ReceiverProxylogLines, rejects: telemetry.ReceiverProxylogRejects,
		dropped: telemetry.ReceiverProxylogLostDatagrams, drop: drop,
	}
	names := [numOutcomes]string{"parsed", "rejected", "oversize", "empty", "refused"}
	set := func(f, key, value string) []metric.AddOption {
		return []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(
			attribute.String("format", f), attribute.String(key, value)))}
	}
	for f, name := range decode.FormatNames() {
		for o, outcome := range names {
			c.outcomes[f][o] = set(name, "outcome", outcome)
		}
		for r := range format.NumReasons {
			c.reasons[f][r] = set(name, "reason", r.String())
		}
	}
	return c
}

// settle counts the lines of a batch that was accepted or, with gone, will never be.
func (c *Counters) settle(s *decode.Stats, gone bool) {
	ctx := context.Background()
	for f := range decode.NumFormats {
		n := [numOutcomes]int64{parsed: s.Parsed[f], rejected: s.Rejected[f], oversize: s.Oversize[f], empty: s.Empty[f]}
		if gone {
			n[refused], n[parsed] = n[parsed], 0
			if !c.drop {
				n[refused] += n[rejected] + n[oversize]
				n[rejected], n[oversize] = 0, 0
			}
		}
		for o, n := range n {
			if n > 0 {
				c.lines.Add(ctx, n, c.outcomes[f][o]...)
			}
		}
		for r, n := range s.Rejects[f] {
			if n > 0 {
				c.rejects.Add(ctx, n, c.reasons[f][r]...)
			}
		}
	}
}

// unread counts lines that were given up before anybody looked at them.
func (c *Counters) unread(n int64) {
	c.lines.Add(context.Background(), n, c.outcomes[decode.Unknown][refused]...)
}

// lost counts datagrams that nobody has read.
func (c *Counters) lost(n int64) { c.dropped.Add(context.Background(), n) }

// NearMisses counts lines that a dialect reads which the configuration leaves out.
func NearMisses(telemetry *metadata.TelemetryBuilder) func(format, dialect string) {
	return func(format, dialect string) {
		telemetry.ReceiverProxylogNearMisses.Add(context.Background(), 1,
			metric.WithAttributes(attribute.String("format", format), attribute.String("dialect", dialect)))
	}
}
