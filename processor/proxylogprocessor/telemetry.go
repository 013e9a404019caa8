// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
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
type counters struct {
	lines, rejects metric.Int64Counter
	// The options are made once: their attribute sets are too dear for every call.
	outcomes [decode.NumFormats][numOutcomes][]metric.AddOption
	reasons  [decode.NumFormats][format.NumReasons][]metric.AddOption
}

func newCounters(telemetry *metadata.TelemetryBuilder) *counters {
	c := &counters{lines: telemetry.ProcessorProxylogLines, rejects: telemetry.ProcessorProxylogRejects}
	names := [numOutcomes]string{"parsed", "rejected", "oversize", "empty", "skipped", "refused"}
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

// nearMisses counts lines that a dialect reads which the configuration leaves out.
func nearMisses(telemetry *metadata.TelemetryBuilder) func(format, dialect string) {
	return func(format, dialect string) {
		telemetry.ProcessorProxylogNearMisses.Add(context.Background(), 1,
			metric.WithAttributes(attribute.String("format", format), attribute.String("dialect", dialect)))
	}
}
