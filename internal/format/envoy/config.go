// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

// Config is the envoy part of the configuration.
type Config struct {
	// Format lists the formats to expect: names of built-ins (gdc, default), format strings, and JSON maps of keys to
	// format strings, as they stand in Envoy's configuration. Empty: all built-ins.
	Format []string `mapstructure:"format"`
	// ConfigFile is a file with Envoy's configuration (a bootstrap, listeners, or a dump of what is running, in YAML or
	// JSON) or with Istio's mesh configuration, whose access logs' formats are expected too.
	ConfigFile string `mapstructure:"config_file"`
	// Timezone is the zone of times that Envoy prints in its own zone without telling it (START_TIME_LOCAL with a format
	// that has no %z): Local, UTC or a name of the tz database.
	Timezone string `mapstructure:"timezone"`
}

// NewConfig is the default configuration.
func NewConfig() Config { return Config{Timezone: "Local"} }
