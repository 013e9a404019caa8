// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/proxylog/proxylog/extension/proxylogencodingextension/internal/metadata"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
)

// outcomes of a line, as the metric names them.
const (
	parsed = iota
	rejected
	oversize
	empty
	numOutcomes
)

// counters counts lines each time that they are read: what becomes of their records only the receiver knows.
type counters struct {
	lines, rejects metric.Int64Counter
	// The options are made once: their attribute sets are too dear for every call.
	outcomes [decode.NumFormats][numOutcomes][]metric.AddOption
	reasons  [decode.NumFormats][format.NumReasons][]metric.AddOption
}

func newCounters(telemetry *metadata.TelemetryBuilder) *counters {
	c := &counters{lines: telemetry.ExtensionProxylogEncodingLines, rejects: telemetry.ExtensionProxylogEncodingRejects}
	names := [numOutcomes]string{"parsed", "rejected", "oversize", "empty"}
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

func (c *counters) add(s *decode.Stats) {
	ctx := context.Background()
	for f := range decode.NumFormats {
		n := [numOutcomes]int64{parsed: s.Parsed[f], rejected: s.Rejected[f], oversize: s.Oversize[f], empty: s.Empty[f]}
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
