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
	"github.com/proxylog/proxylog/internal/record"
)

// Config is how lines become records: the keys that every front (receiver, processor, extension, operator) has in
// common. Fronts squash it into their own configuration.
type Config struct {
	// Format is auto or the name of a format.
	Format string `mapstructure:"format"`
	// Envelope is what wraps the line: auto, none, syslog, cri, docker or journald.
	Envelope string `mapstructure:"envelope"`

	// Formats are the settings of each format, below its name.
	Formats all.Config `mapstructure:",squash"`

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
		Format: "auto", Envelope: "auto", Formats: all.NewConfig(),
		Body: "original", Timestamp: "end", OnError: "keep", TraceID: "none",
	}
}

// Validate reports every setting that is wrong, each with its path below the component.
func (c *Config) Validate() error {
	_, err := New(*c, Settings{})
	return err
}

// below puts the key of a format before each of the errors that its settings have.
func below(key string, err error) (list []error) {
	if err == nil {
		return nil
	}
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
