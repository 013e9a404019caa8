// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package all is the only list of formats. A sixth is one folder beside the five and one entry here.
package all

import (
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/edgeone"
	"github.com/proxylog/proxylog/internal/format/envoy"
	"github.com/proxylog/proxylog/internal/format/g3proxy"
	"github.com/proxylog/proxylog/internal/format/haproxy"
	"github.com/proxylog/proxylog/internal/format/squid"
)

// Config holds the settings of every format, each under the format's name.
type Config struct {
	EdgeOne edgeone.Config
	Envoy   envoy.Config
	G3proxy g3proxy.Config
	HAProxy haproxy.Config
	Squid   squid.Config
}

// Entry is one format: its name and how to make it.
type Entry struct {
	Name string
	// Objects says that its lines can be JSON objects, which somebody may have spread over several lines.
	Objects bool
	// New compiles the format for its part of the configuration. Its errors name the setting below the format's name,
	// as log_format[1]: …
	New func(*Config) (format.Parser, error)
}

// Formats lists the formats in the order in which auto tries them: the ones that tell themselves apart at once first.
func Formats() []Entry {
	return []Entry{
		{"g3proxy", false, func(c *Config) (format.Parser, error) { return g3proxy.New(c.G3proxy) }},
		{"edgeone", true, func(c *Config) (format.Parser, error) { return edgeone.New(c.EdgeOne) }},
		{"envoy", true, func(c *Config) (format.Parser, error) { return envoy.New(c.Envoy) }},
		{"haproxy", false, func(c *Config) (format.Parser, error) { return haproxy.New(c.HAProxy) }},
		{"squid", false, func(c *Config) (format.Parser, error) { return squid.New(c.Squid) }},
	}
}
