// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package linecount

import (
	"context"

	"go.opentelemetry.io/otel/metric"

	"github.com/proxylog/proxylog/internal/decode"
)

// Readings counts lines by what was read of them: parsed, rejected, oversize or empty. It is for fronts that do not learn
// what becomes of the records. It is safe for concurrent use.
type Readings struct{ counter *Counter }

// NewReadings makes Readings that add to the two metrics.
func NewReadings(lines, rejects metric.Int64Counter) *Readings {
	return &Readings{counter: New(lines, rejects, "parsed", "rejected", "oversize", "empty")}
}

// Add counts the lines of s.
func (r *Readings) Add(ctx context.Context, s *decode.Stats) {
	for f := range decode.NumFormats {
		n := [...]int64{s.Parsed[f], s.Rejected[f], s.Oversize[f], s.Empty[f]}
		r.counter.Add(ctx, f, n[:], &s.Rejects[f])
	}
}
