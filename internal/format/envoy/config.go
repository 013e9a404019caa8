// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.opentelemetry.io/collector/confmap"
)

// Config is the envoy part of the configuration.
type Config struct {
	// Format lists the formats to expect: names of built-ins (gdc, default), format strings, and JSON maps of keys to
	// format strings, as they stand in Envoy's configuration: as JSON, or in YAML. Empty: all built-ins.
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

// Unmarshal takes the JSON maps that stand as YAML, as they do in most configurations of Envoy, for the JSON that they mean.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	settings := conf.ToStringMap()
	if list, ok := settings["format"].([]any); ok {
		for i, item := range list {
			m, ok := item.(map[string]any)
			if !ok {
				continue
			}
			var text bytes.Buffer
			enc := json.NewEncoder(&text)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(m); err != nil {
				return fmt.Errorf("format[%d]: %w", i, err)
			}
			list[i] = string(bytes.TrimSpace(text.Bytes()))
		}
	}
	type keys Config // without this method, which would be called again
	return confmap.NewFromStringMap(settings).Unmarshal((*keys)(c))
}
