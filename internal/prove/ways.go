// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor"
)

// ledger is what became of the records that a stitcher took, by outcome.
type ledger map[string]int64

func (l ledger) String() string {
	return fmt.Sprintf("%d = %d + %d + %d + %d + %d", l["in"], l["opened"], l["merged"], l["duplicate"], l["late"], l["passed"])
}

// balanced says that every record is accounted for.
func (l ledger) balanced() bool {
	return l["in"] == l["opened"]+l["merged"]+l["duplicate"]+l["late"]+l["passed"]
}

// stitcher is a processor in this process.
type stitcher struct {
	processor.Logs
	telemetry *componenttest.Telemetry
	in        int64
}

func newStitcher(ctx context.Context, next consumer.Logs) (*stitcher, error) {
	f := sessionstitchprocessor.NewFactory()
	tel := componenttest.NewTelemetry()
	set := processor.Settings{ID: component.NewID(f.Type()), TelemetrySettings: tel.NewTelemetrySettings()}
	p, err := f.CreateLogs(ctx, set, f.CreateDefaultConfig(), next)
	if err != nil {
		return nil, err
	}
	return &stitcher{Logs: p, telemetry: tel}, p.Start(ctx, componenttest.NewNopHost())
}

func (s *stitcher) take(ctx context.Context, ld plog.Logs) error {
	s.in += int64(ld.LogRecordCount())
	return s.ConsumeLogs(ctx, ld)
}

// finish releases everything and gives the ledger.
func (s *stitcher) finish(ctx context.Context) (ledger, error) {
	if err := s.Shutdown(ctx); err != nil {
		return nil, err
	}
	l := ledger{"in": s.in}
	m, err := s.telemetry.GetMetric("otelcol_processor_session_stitch_parts")
	if err != nil {
		return nil, err
	}
	if sum, ok := m.Data.(metricdata.Sum[int64]); ok {
		for _, p := range sum.DataPoints {
			outcome, _ := p.Attributes.Value("outcome")
			l[outcome.AsString()] += p.Value
		}
	}
	return l, s.telemetry.Shutdown(ctx)
}

// read makes batches of the lines' records.
func read(format string, lines []string) ([]plog.Logs, error) {
	cfg := decode.NewConfig()
	cfg.Format = format
	d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
	if err != nil {
		return nil, err
	}
	src, b := d.NewSource("prove"), d.NewBatch()
	var list []plog.Logs
	for i, l := range lines {
		src.Decode(b, decode.Line{Text: l, Observed: time.Now()})
		if i%100 == 99 || i == len(lines)-1 {
			logs, _ := b.Take()
			list = append(list, logs)
		}
	}
	return list, nil
}

// sink hands what it gets to a function.
func sink(f func(plog.Logs) error) consumer.Logs {
	c, err := consumer.NewLogs(func(_ context.Context, ld plog.Logs) error { return f(ld) })
	if err != nil {
		panic(err) // only without a function
	}
	return c
}

// one sends lines through one stitcher.
func one(ctx context.Context, s set, lines []string) (*sums, ledger, error) {
	got := newSums()
	p, err := newStitcher(ctx, sink(func(ld plog.Logs) error { got.add(ld); return nil }))
	if err != nil {
		return nil, nil, err
	}
	batches, err := read(s.format, lines)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range batches {
		if err := p.take(ctx, b); err != nil {
			return nil, nil, err
		}
	}
	l, err := p.finish(ctx)
	return got, l, err
}

// three spreads parts at random over three stitchers, repetitions of a part to the same one, and sends what they write
// through a fourth one. The ledger is that of the three.
func three(ctx context.Context, s set, rng *rand.Rand) (*sums, ledger, error) {
	got := newSums()
	last, err := newStitcher(ctx, sink(func(ld plog.Logs) error { got.add(ld); return nil }))
	if err != nil {
		return nil, nil, err
	}
	spread := make([][]string, 3)
	seed := rng.Uint64()
	for _, l := range s.lines {
		h := fnv.New64a()
		fmt.Fprint(h, seed, s.part(l))
		i := h.Sum64() >> 32 % uint64(len(spread))
		spread[i] = append(spread[i], l)
	}
	all := ledger{}
	for _, lines := range spread {
		p, err := newStitcher(ctx, sink(func(ld plog.Logs) error { return last.take(ctx, ld) }))
		if err != nil {
			return nil, nil, err
		}
		batches, err := read(s.format, lines)
		if err != nil {
			return nil, nil, err
		}
		for _, b := range batches {
			if err := p.take(ctx, b); err != nil {
				return nil, nil, err
			}
		}
		l, err := p.finish(ctx)
		if err != nil {
			return nil, nil, err
		}
		for k, n := range l {
			all[k] += n
		}
	}
	_, err = last.finish(ctx)
	return got, all, err
}
