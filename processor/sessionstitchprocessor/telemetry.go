// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// outcomes of a record, as the metric names them; session.Alone is late too.
const (
	outcomePassed = iota
	outcomeOpened
	outcomeMerged
	outcomeDuplicate
	outcomeLate
	numOutcomes
)

var outcomeNames = [numOutcomes]string{"passed", "opened", "merged", "duplicate", "late"}

func outcomeOf(o session.Outcome) int {
	switch o {
	case session.Opened:
		return outcomeOpened
	case session.Merged:
		return outcomeMerged
	case session.Duplicate:
		return outcomeDuplicate
	}
	return outcomeLate
}

// noModel is what metrics name the model of records that no model takes.
const noModel = "none"

// tally counts the records of a batch by model, the last of which is none, and outcome.
type tally [][numOutcomes]int64

// telemetry is the generated builder with the attribute sets that it is called with.
type telemetry struct {
	*metadata.TelemetryBuilder
	parts    [][numOutcomes]metric.AddOption
	released [][]metric.AddOption
}

func (t *telemetry) init(models []table.Model) {
	t.parts, t.released = nil, nil
	for i := range len(models) + 1 {
		name := attribute.String("model", noModel)
		if i < len(models) {
			name = attribute.String("model", models[i].Name)
		}
		var parts [numOutcomes]metric.AddOption
		for o, outcome := range outcomeNames {
			parts[o] = metric.WithAttributeSet(attribute.NewSet(name, attribute.String("outcome", outcome)))
		}
		t.parts = append(t.parts, parts)
		var released []metric.AddOption
		for r := table.ReasonEnd; r <= table.ReasonLate; r++ {
			released = append(released, metric.WithAttributeSet(attribute.NewSet(name, attribute.String("reason", r.String()))))
		}
		t.released = append(t.released, released)
	}
}

func (t *telemetry) count(ctx context.Context, n tally) {
	for m := range n {
		for o, k := range n[m] {
			if k > 0 {
				t.ProcessorSessionStitchParts.Add(ctx, k, t.parts[m][o])
			}
		}
	}
}

// observe registers the gauges.
func (p *stitcher) observe() error {
	for _, g := range []struct {
		register func(metric.Int64Callback) error
		value    func() int64
	}{
		{p.telemetry.RegisterProcessorSessionStitchSessionsCallback, p.table.Open},
		{p.telemetry.RegisterProcessorSessionStitchSessionsLimitCallback, func() int64 { return p.config.Limits.Sessions }},
		{p.telemetry.RegisterProcessorSessionStitchStateSizeCallback, p.size},
		{p.telemetry.RegisterProcessorSessionStitchStateSizeLimitCallback, func() int64 { return p.memory }},
	} {
		if err := g.register(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(g.value())
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
