// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
)

// NewFactory makes the factory of the session_stitch processor.
func NewFactory() processor.Factory {
	c := &claims{}
	create := func(_ context.Context, set processor.Settings, cfg component.Config, next consumer.Logs) (processor.Logs, error) {
		p, err := newStitcher(set, cfg.(*Config), next)
		if err != nil {
			return nil, err
		}
		p.claims = c
		return p, nil
	}
	return processor.NewFactory(metadata.Type, createDefaultConfig, processor.WithLogs(create, metadata.LogsStability))
}

func createDefaultConfig() component.Config {
	return &Config{
		IdleTimeout: 5 * time.Minute,
		MaxLifetime: 24 * time.Hour,
		EndLinger:   2 * time.Second,
		LateWindow:  15 * time.Minute,
		Limits:      LimitsConfig{Sessions: 1_000_000, MemoryMiB: 512},
		OnLimit:     ReleaseOldest,
		Clock:       Arrival,
		Body:        Summary,
	}
}
