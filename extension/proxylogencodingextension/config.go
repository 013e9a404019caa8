// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/line"
)

// Config is the extension's configuration. Everything has a default.
type Config struct {
	// Decode holds the keys that say how lines become records: format, envelope, the dialects and the output.
	Decode lines `mapstructure:",squash"`

	// MaxLineBytes is the longest line, its end not counted; a longer one is cut, marked and counted once.
	MaxLineBytes helper.ByteSize `mapstructure:"max_line_bytes"`
}

// lines is decode.Config without its Validate: confmap would call it too, and name a path that no configuration has.
type lines decode.Config

func createDefaultConfig() component.Config {
	return &Config{Decode: lines(decode.NewConfig()), MaxLineBytes: line.DefaultLimit}
}

// Validate reports everything that is wrong, each with its path below the extension.
func (c *Config) Validate() error {
	err := (*decode.Config)(&c.Decode).Validate()
	if limit := line.CheckLimit(int64(c.MaxLineBytes)); limit != nil {
		err = errors.Join(err, fmt.Errorf("max_line_bytes: %w", limit))
	}
	return err
}
