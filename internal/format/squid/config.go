// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

// Config is the squid part of the configuration.
type Config struct {
	// Logformat lists the dialects to expect: names of built-ins (icap_squid, squid, common, combined, referrer,
	// useragent) and definitions as they stand in squid.conf (logformat NAME …). Empty: all built-ins.
	Logformat []string `mapstructure:"logformat"`
	// ConfigFile is the path of a squid.conf. The names of its logformats may stand in Logformat; where that is empty, the
	// dialects are those that the file's access_log and icap_log use.
	ConfigFile string `mapstructure:"config_file"`
	// Timezone is the zone of dates that are logged without one: Local, UTC or a name of the tz database.
	Timezone string `mapstructure:"timezone"`
}

// NewConfig is the default configuration.
func NewConfig() Config { return Config{Timezone: "Local"} }
