// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"context"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/linecount"
	"github.com/proxylog/proxylog/processor/proxylogprocessor/internal/metadata"
)

// outcomes of a line, as the metric names them.
const (
	parsed = iota
	rejected
	oversize
	empty
	skipped
	refused
	numOutcomes
)

// counters counts lines once each, when it is settled what became of them.
type counters struct{ lines *linecount.Counter }

func newCounters(telemetry *metadata.TelemetryBuilder) *counters {
	return &counters{lines: linecount.New(telemetry.ProcessorProxylogLines, telemetry.ProcessorProxylogRejects,
		"parsed", "rejected", "oversize", "empty", "skipped", "refused")}
}

// settle counts the lines of a call whose records were accepted or, with gone, never will be; none is how many records
// had no line, and kept says that records whose line cannot be read were among those handed on.
func (c *counters) settle(ctx context.Context, s *decode.Stats, none int64, gone, kept bool) {
	for f := range decode.NumFormats {
		n := [numOutcomes]int64{parsed: s.Parsed[f], rejected: s.Rejected[f], oversize: s.Oversize[f], empty: s.Empty[f]}
		if f == decode.Unknown {
			n[skipped] = none
		}
		if gone {
			for o := range refused {
				if !kept && (o == rejected || o == oversize) {
					continue
				}
				n[refused] += n[o]
				n[o] = 0
			}
		}
		c.lines.Add(ctx, f, n[:], &s.Rejects[f])
	}
}
