// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package stitch joins the records of files into sessions, in this process, with the Collector's own processor.
package stitch

import (
	"context"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor"
)

// Settings are the settings of session_stitch for files that are read from beginning to end: the records of hours come
// in within seconds and file by file, so a session is released when all is read, and nothing is late. Only the limits,
// which are the processor's own, release sessions before.
func Settings() map[string]any {
	const never = "8760h"
	return map[string]any{
		"idle_timeout": never, "end_linger": never, "late_window": never, "max_lifetime": "0s", "body": "none",
	}
}

// with are the Settings and what a user's section of session_stitch says of what is joined: its models and rules, but for
// how long each of them waits.
func with(section map[string]any) map[string]any {
	ours, out := Settings(), Settings()
	patient := func(one any) {
		if m, ok := one.(map[string]any); ok {
			for key := range ours {
				delete(m, key)
			}
		}
	}
	if models, ok := section["models"].(map[string]any); ok {
		for _, m := range models {
			patient(m)
		}
		out["models"] = models
	}
	if rules, ok := section["rules"].([]any); ok {
		for _, r := range rules {
			patient(r)
		}
		out["rules"] = rules
	}
	return out
}

// Stitcher joins records into sessions.
type Stitcher struct{ processor processor.Logs }

// New starts a processor whose output goes to next, which is never called twice at the same time. section is that of
// session_stitch in a user's configuration, of which the models and rules are taken; nil is none.
func New(ctx context.Context, section map[string]any, next func(plog.Logs)) (*Stitcher, error) {
	factory := sessionstitchprocessor.NewFactory()
	cfg := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(with(section)).Unmarshal(cfg); err != nil {
		return nil, fmt.Errorf("session_stitch: %w", err)
	}
	if err := confmap.Validate(cfg); err != nil {
		return nil, fmt.Errorf("session_stitch: %w", err)
	}
	// What passes comes from the caller of Add, what is released from the processor's own goroutine.
	var mu sync.Mutex
	sink, err := consumer.NewLogs(func(_ context.Context, logs plog.Logs) error {
		mu.Lock()
		defer mu.Unlock()
		next(logs)
		return nil
	})
	if err != nil {
		return nil, err
	}
	telemetry := componenttest.NewNopTelemetrySettings()
	p, err := factory.CreateLogs(ctx, processor.Settings{
		ID: component.NewID(factory.Type()), TelemetrySettings: telemetry, BuildInfo: component.NewDefaultBuildInfo(),
	}, cfg, sink)
	if err != nil {
		return nil, fmt.Errorf("session_stitch: %w", err)
	}
	if err := p.Start(ctx, componenttest.NewNopHost()); err != nil {
		return nil, fmt.Errorf("session_stitch: %w", err)
	}
	return &Stitcher{p}, nil
}

// Add takes records in.
func (s *Stitcher) Add(ctx context.Context, logs plog.Logs) error {
	if err := s.processor.ConsumeLogs(ctx, logs); err != nil {
		return fmt.Errorf("session_stitch: %w", err)
	}
	return nil
}

// Close releases all sessions. Nothing is handed to next after it has returned.
func (s *Stitcher) Close(ctx context.Context) error {
	if err := s.processor.Shutdown(ctx); err != nil {
		return fmt.Errorf("session_stitch: %w", err)
	}
	return nil
}
