// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"context"

	"github.com/proxylog/proxylog/extension/proxylogencodingextension/internal/metadata"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/linecount"
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
type counters struct{ lines *linecount.Counter }

func newCounters(telemetry *metadata.TelemetryBuilder) *counters {
	return &counters{lines: linecount.New(telemetry.ExtensionProxylogEncodingLines, telemetry.ExtensionProxylogEncodingRejects,
		"parsed", "rejected", "oversize", "empty")}
}

func (c *counters) add(s *decode.Stats) {
	ctx := context.Background()
	for f := range decode.NumFormats {
		n := [numOutcomes]int64{parsed: s.Parsed[f], rejected: s.Rejected[f], oversize: s.Oversize[f], empty: s.Empty[f]}
		c.lines.Add(ctx, f, n[:], &s.Rejects[f])
	}
}
