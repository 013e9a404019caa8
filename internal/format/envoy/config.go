// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

// Config is the format's part of the configuration.
type Config struct {
	// Timezone is the zone of times that are logged without one.
	Timezone string `mapstructure:"timezone"`
}

// NewConfig is the default configuration.
func NewConfig() Config { return Config{} }
