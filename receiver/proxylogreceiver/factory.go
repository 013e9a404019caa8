// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"

	// The operator proxylog_parser is known to file_log and its like wherever the receiver is.
	_ "github.com/proxylog/proxylog/internal/stanzaop"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

// NewFactory makes the factory of the receiver proxylog.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(metadata.Type, createDefaultConfig,
		receiver.WithLogs(createLogs, metadata.LogsStability))
}

func createLogs(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
	return newReceiver(set, cfg.(*Config), next)
}
