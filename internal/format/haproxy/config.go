// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

// Config is the haproxy part of the configuration.
type Config struct {
	// LogFormat lists the dialects to expect: names of built-ins (tcplog, httplog) and directives as they stand in
	// haproxy.cfg (log-format "…", option tcplog). Empty: all built-ins.
	LogFormat []string `mapstructure:"log_format"`
	// Timezone is the zone of HAProxy's dates: Local, UTC or a name of the tz database.
	Timezone string `mapstructure:"timezone"`
	// CaptureRequestHeaders names the captured request headers, in the order of their declaration.
	CaptureRequestHeaders []string `mapstructure:"capture_request_headers"`
	// CaptureResponseHeaders names the captured response headers.
	CaptureResponseHeaders []string `mapstructure:"capture_response_headers"`
}

// NewConfig is the default configuration.
func NewConfig() Config { return Config{Timezone: "Local"} }
