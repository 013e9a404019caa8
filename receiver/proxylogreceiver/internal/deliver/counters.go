// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package deliver

import (
	"context"

	"go.opentelemetry.io/otel/metric"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/linecount"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

// Counters counts lines once each, when it is settled what became of them.
type Counters struct {
	lines   *linecount.Counter
	dropped metric.Int64Counter
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
	return &Counters{
		lines: linecount.New(telemetry.ReceiverProxylogLines, telemetry.ReceiverProxylogRejects,
			"parsed", "rejected", "oversize", "empty", "refused"),
		dropped: telemetry.ReceiverProxylogLostDatagrams, drop: drop,
	}
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
		c.lines.Add(ctx, f, n[:], &s.Rejects[f])
	}
}

// unread counts lines that were given up before anybody looked at them.
func (c *Counters) unread(n int64) {
	c.lines.Lines(context.Background(), decode.Unknown, refused, n)
}

// lost counts datagrams that nobody has read.
func (c *Counters) lost(n int64) { c.dropped.Add(context.Background(), n) }
