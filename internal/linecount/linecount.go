// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package linecount counts lines by format and outcome, rejected ones by reason, and near misses by dialect: the three
// metrics that every front has under a name of its own.
package linecount

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
)

// Counter adds to the metrics of lines and of rejected ones. It is safe for concurrent use.
type Counter struct {
	lines, rejects metric.Int64Counter
	// The options are made once: their attribute sets are too dear for every call.
	outcomes [decode.NumFormats][][]metric.AddOption
	reasons  [decode.NumFormats][format.NumReasons][]metric.AddOption
}

// New makes a Counter. outcomes are the values of the attribute of that name, in the order in which Add is given numbers.
func New(lines, rejects metric.Int64Counter, outcomes ...string) *Counter {
	c := &Counter{lines: lines, rejects: rejects}
	set := func(f, key, value string) []metric.AddOption {
		return []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(
			attribute.String("format", f), attribute.String(key, value)))}
	}
	for f, name := range decode.FormatNames() {
		for _, outcome := range outcomes {
			c.outcomes[f] = append(c.outcomes[f], set(name, "outcome", outcome))
		}
		for r := range format.NumReasons {
			c.reasons[f][r] = set(name, "reason", r.String())
		}
	}
	return c
}

// Add counts lines of format f: n by outcome, and those that were rejected by reason.
func (c *Counter) Add(ctx context.Context, f int, n []int64, rejects *[format.NumReasons]int64) {
	for o, n := range n {
		if n > 0 {
			c.Lines(ctx, f, o, n)
		}
	}
	for r, n := range rejects {
		if n > 0 {
			c.rejects.Add(ctx, n, c.reasons[f][r]...)
		}
	}
}

// Lines counts n lines of format f with one outcome.
func (c *Counter) Lines(ctx context.Context, f, outcome int, n int64) {
	c.lines.Add(ctx, n, c.outcomes[f][outcome]...)
}

// NearMisses returns what is to hear of near misses (decode.Settings) and counts them.
func NearMisses(counter metric.Int64Counter) func(format, dialect string) {
	return func(format, dialect string) {
		counter.Add(context.Background(), 1,
			metric.WithAttributes(attribute.String("format", format), attribute.String("dialect", dialect)))
	}
}
