// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/internal/format/edgeone"
	"github.com/proxylog/proxylog/internal/format/envoy"
	"github.com/proxylog/proxylog/internal/format/g3proxy"
	"github.com/proxylog/proxylog/internal/format/haproxy"
	"github.com/proxylog/proxylog/internal/format/squid"
	"github.com/proxylog/proxylog/internal/record"
)

// Config is how lines become records: the keys that every front (receiver, processor, extension, operator) has in
// common. Fronts squash it into their own configuration.
type Config struct {
	// Format is auto or the name of a format.
	Format string `mapstructure:"format"`
	// Envelope is what wraps the line: auto, none, syslog, cri, docker or journald.
	Envelope string `mapstructure:"envelope"`

	HAProxy haproxy.Config `mapstructure:"haproxy"`
	Squid   squid.Config   `mapstructure:"squid"`
	Envoy   envoy.Config   `mapstructure:"envoy"`
	EdgeOne edgeone.Config `mapstructure:"edgeone"`
	G3proxy g3proxy.Config `mapstructure:"g3proxy"`

	// Body is original, summary or none.
	Body string `mapstructure:"body"`
	// Timestamp is end or start.
	Timestamp string `mapstructure:"timestamp"`
	// OnError is keep or drop.
	OnError string `mapstructure:"on_error"`
	// Resource is set on the resource of every record.
	Resource map[string]string `mapstructure:"resource"`
	// TraceID is none or session.
	TraceID string `mapstructure:"trace_id"`
}

// NewConfig is the default configuration.
func NewConfig() Config {
	return Config{
		Format: "auto", Envelope: "auto",
		HAProxy: haproxy.NewConfig(), Squid: squid.NewConfig(), Envoy: envoy.NewConfig(),
		EdgeOne: edgeone.NewConfig(), G3proxy: g3proxy.NewConfig(),
		Body: "original", Timestamp: "end", OnError: "keep", TraceID: "none",
	}
}

// Validate reports every setting that is wrong, each with its path below the component.
func (c *Config) Validate() error {
	_, err := New(*c, Settings{})
	return err
}

func (c *Config) formats() *all.Config {
	return &all.Config{EdgeOne: c.EdgeOne, Envoy: c.Envoy, G3proxy: c.G3proxy, HAProxy: c.HAProxy, Squid: c.Squid}
}

// listed reports whether the configuration says which dialects of a format to expect.
func (c *Config) listed(name string) bool {
	switch name {
	case "haproxy":
		return len(c.HAProxy.LogFormat) > 0 || c.HAProxy.ConfigFile != ""
	case "squid":
		return len(c.Squid.Logformat) > 0 || c.Squid.ConfigFile != ""
	case "envoy":
		return len(c.Envoy.Format) > 0 || c.Envoy.ConfigFile != ""
	}
	return false
}

// unlist lets the configuration say nothing about dialects.
func (c *Config) unlist() {
	c.HAProxy.LogFormat, c.HAProxy.ConfigFile = nil, ""
	c.Squid.Logformat, c.Squid.ConfigFile = nil, ""
	c.Envoy.Format, c.Envoy.ConfigFile = nil, ""
}

// below puts the key of a format before each of the errors that its settings have.
func below(key string, err error) (list []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{fmt.Errorf("%s::%w", key, err)}
	}
	for _, e := range joined.Unwrap() {
		list = append(list, below(key, e)...)
	}
	return list
}

// options checks the settings of the output and turns them into the writer's.
func (c *Config) options() (record.Options, error) {
	var o record.Options
	var errs []error
	choice := func(key, value string, allowed ...string) int {
		i := slices.Index(allowed, value)
		if i < 0 {
			errs = append(errs, fmt.Errorf("%s: %q is none of %s", key, value, strings.Join(allowed, ", ")))
			return 0
		}
		return i
	}
	o.Body = record.Body(choice("body", c.Body, "original", "summary", "none"))
	o.StartTimestamp = choice("timestamp", c.Timestamp, "end", "start") == 1
	o.TraceIDs = choice("trace_id", c.TraceID, "none", "session") == 1
	choice("on_error", c.OnError, "keep", "drop")
	choice("envelope", c.Envelope, envelope.Modes()...)
	keys := make([]string, 0, len(c.Resource))
	for k := range c.Resource {
		if k == "" {
			errs = append(errs, errors.New("resource: a key is empty"))
		}
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		o.Resource = append(o.Resource, record.KV{Key: k, Str: c.Resource[k]})
	}
	return o, errors.Join(errs...)
}
