// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

// Config is the haproxy part of the configuration.
type Config struct {
	// LogFormat lists the dialects to expect: names of built-ins (tcplog, httplog, httpslog, httplog_clf, tcplog_clf,
	// error_log_format, default) and directives as they stand in haproxy.cfg (log-format "…", log-format-sd "…",
	// error-log-format "…", option tcplog), one or, for one frontend, several lines an entry. Empty: all built-ins.
	LogFormat []string `mapstructure:"log_format"`
	// ConfigFile is the path of a haproxy.cfg, from which formats and names of captured headers are read: each line is
	// matched to its frontend's. What LogFormat lists is expected besides. Variables are those of the Collector's
	// environment.
	ConfigFile string `mapstructure:"config_file"`
	// Version is HAProxy's version, such as 2.8. It matters for 1.5 and 1.6, whose option httplog logs other times by the
	// same shape, and for conditions of ConfigFile that ask for it. Empty: 1.7 or later.
	Version string `mapstructure:"version"`
	// Timezone is the zone of HAProxy's dates: Local, UTC or a name of the tz database.
	Timezone string `mapstructure:"timezone"`
	// CaptureRequestHeaders names the captured request headers, in the order of their declaration.
	CaptureRequestHeaders []string `mapstructure:"capture_request_headers"`
	// CaptureResponseHeaders names the captured response headers.
	CaptureResponseHeaders []string `mapstructure:"capture_response_headers"`
}

// NewConfig is the default configuration.
func NewConfig() Config { return Config{Timezone: "Local"} }
