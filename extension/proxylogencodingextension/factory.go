// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	"github.com/proxylog/proxylog/extension/proxylogencodingextension/internal/metadata"
	// The operator proxylog_parser is known to file_log and its like wherever the extension is.
	_ "github.com/proxylog/proxylog/internal/stanzaop"
)

// NewFactory makes the factory of the extension proxylog_encoding.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig, create, metadata.ExtensionStability)
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newExtension(set, cfg.(*Config))
}
