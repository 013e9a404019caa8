// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package all is the only list of formats. A sixth is one folder beside the five, and here its settings and one entry.
package all

import (
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/edgeone"
	"github.com/proxylog/proxylog/internal/format/envoy"
	"github.com/proxylog/proxylog/internal/format/g3proxy"
	"github.com/proxylog/proxylog/internal/format/haproxy"
	"github.com/proxylog/proxylog/internal/format/squid"
)

// Config holds the settings of every format, each below the format's name.
type Config struct {
	HAProxy haproxy.Config `mapstructure:"haproxy"`
	Squid   squid.Config   `mapstructure:"squid"`
	Envoy   envoy.Config   `mapstructure:"envoy"`
	EdgeOne edgeone.Config `mapstructure:"edgeone"`
	G3proxy g3proxy.Config `mapstructure:"g3proxy"`
}

// NewConfig is the default configuration.
func NewConfig() Config {
	return Config{
		HAProxy: haproxy.NewConfig(), Squid: squid.NewConfig(), Envoy: envoy.NewConfig(),
		EdgeOne: edgeone.NewConfig(), G3proxy: g3proxy.NewConfig(),
	}
}

// Entry is one format: its name and how to make it.
type Entry struct {
	Name string
	// Objects says that its lines can be JSON objects, which somebody may have spread over several lines.
	Objects bool
	// Continues says that an entry may go on in lines that have nothing of the format, as a message of several lines does.
	Continues bool
	// Hashes says that it has escapes of its own which look like those of rsyslog: a # and digits.
	Hashes bool
	// Headed says that what looks like the header of its lines always is one: no format of a user's own can begin so.
	Headed bool
	// Settings is its part of the configuration.
	Settings func(*Config) any
	// New compiles the format for its part of the configuration. Its errors name the setting below the format's name,
	// as log_format[1]: …
	New func(*Config) (format.Parser, error)
	// Listing is where its part of the configuration says which dialects to expect; nil where nothing does.
	Listing func(*Config) Listing
}

// Listing is the part of a format's settings that says which dialects to expect. Where it says nothing, these are all that
// are known by a name.
type Listing struct {
	// Key is the setting that List belongs to, such as log_format.
	Key string
	// List are names of dialects, and directives as they stand in the proxy's configuration.
	List *[]string
	// File is the path of the proxy's own configuration, "" for none; nil where there is no such setting.
	File *string
}

// Says reports whether it says which dialects to expect.
func (l Listing) Says() bool { return len(*l.List) > 0 || l.File != nil && *l.File != "" }

// Clear makes it say nothing.
func (l Listing) Clear() {
	*l.List = nil
	if l.File != nil {
		*l.File = ""
	}
}

// Count is the number of formats.
const Count = 5

// Formats lists the formats in the order in which auto tries them: the ones that tell themselves apart at once first.
func Formats() [Count]Entry {
	return [...]Entry{
		{
			Name: "g3proxy", Continues: true, Headed: true,
			Settings: func(c *Config) any { return c.G3proxy },
			New:      func(c *Config) (format.Parser, error) { return g3proxy.New(c.G3proxy) },
		},
		{
			Name: "edgeone", Objects: true,
			Settings: func(c *Config) any { return c.EdgeOne },
			New:      func(c *Config) (format.Parser, error) { return edgeone.New(c.EdgeOne) },
		},
		{
			Name: "envoy", Objects: true,
			Settings: func(c *Config) any { return c.Envoy },
			New:      func(c *Config) (format.Parser, error) { return envoy.New(c.Envoy) },
			Listing:  func(c *Config) Listing { return Listing{"format", &c.Envoy.Format, &c.Envoy.ConfigFile} },
		},
		{
			Name: "haproxy", Hashes: true,
			Settings: func(c *Config) any { return c.HAProxy },
			New:      func(c *Config) (format.Parser, error) { return haproxy.New(c.HAProxy) },
			Listing:  func(c *Config) Listing { return Listing{"log_format", &c.HAProxy.LogFormat, &c.HAProxy.ConfigFile} },
		},
		{
			Name:     "squid",
			Settings: func(c *Config) any { return c.Squid },
			New:      func(c *Config) (format.Parser, error) { return squid.New(c.Squid) },
			Listing:  func(c *Config) Listing { return Listing{"logformat", &c.Squid.Logformat, &c.Squid.ConfigFile} },
		},
	}
}

// Find is the format of a name; ok is false where there is none.
func Find(name string) (e Entry, ok bool) {
	for _, e := range Formats() {
		if e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}
