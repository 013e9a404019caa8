// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
)

// OnLimit says what happens when a limit is reached.
type OnLimit string

const (
	// ReleaseOldest releases the sessions that are due first, marked incomplete.
	ReleaseOldest OnLimit = "release_oldest"
	// Refuse pushes back on the sender.
	Refuse OnLimit = "refuse"
)

// Clock says which time deadlines are measured in.
type Clock string

const (
	// Arrival is the time at which records come in.
	Arrival Clock = "arrival"
	// Event is the time of the events that they report.
	Event Clock = "event"
)

// Body says what the body of a session's record is.
type Body string

const (
	// Summary is one line for a person.
	Summary Body = "summary"
	// None is no body.
	None Body = "none"
)

// Durability says what of the sessions outlives the process.
type Durability string

const (
	// DurabilityNone keeps nothing: what is open is released at shutdown.
	DurabilityNone Durability = "none"
	// DurabilityShutdown keeps what is open at a clean stop.
	DurabilityShutdown Durability = "shutdown"
	// DurabilityJournal keeps everything that was acknowledged.
	DurabilityJournal Durability = "journal"
)

// Config is the processor's configuration.
type Config struct {
	// Models changes the built-in models.
	Models ModelsConfig `mapstructure:"models"`
	// Rules are models of the user's own.
	Rules []RuleConfig `mapstructure:"rules"`

	// IdleTimeout releases a session that got no new part for so long, as incomplete. 0: off.
	IdleTimeout time.Duration `mapstructure:"idle_timeout"`
	// MaxLifetime releases what there is of a session that is open for so long; it goes on. 0: off.
	MaxLifetime time.Duration `mapstructure:"max_lifetime"`
	// EndLinger is how long a session waits after its end for parts that come out of order. 0: not at all.
	EndLinger time.Duration `mapstructure:"end_linger"`
	// LateWindow is how long a released session is remembered, so that what comes late or again is told apart. 0: off.
	LateWindow time.Duration `mapstructure:"late_window"`

	Limits  LimitsConfig `mapstructure:"limits"`
	OnLimit OnLimit      `mapstructure:"on_limit"`

	// ProgressInterval is how often an open session is reported. 0: never.
	ProgressInterval time.Duration `mapstructure:"progress_interval"`
	Clock            Clock         `mapstructure:"clock"`
	// Timeline is how many entries of a session are listed in its record. 0: none.
	Timeline int  `mapstructure:"timeline"`
	Body     Body `mapstructure:"body"`

	// Storage is the extension that keeps open sessions over a restart.
	Storage *component.ID `mapstructure:"storage"`
	// Durability says what the storage keeps. Not set: the journal, where there is a storage.
	Durability Durability `mapstructure:"durability"`

	// set are the keys that were given, because a key that was given beats a model's own default.
	set map[string]bool
}

// LimitsConfig bounds the state. Everything counts: open sessions, identities of parts, remembered sessions, and what
// was released but not yet accepted.
type LimitsConfig struct {
	// Sessions is how many may be open.
	Sessions int64 `mapstructure:"sessions"`
	// MemoryMiB is how much memory all of it may take.
	MemoryMiB int64 `mapstructure:"memory_mib"`
}

// ModelsConfig is the configuration of the built-in models.
type ModelsConfig struct {
	EdgeOne EdgeOneConfig `mapstructure:"edgeone"`
	G3Proxy G3ProxyConfig `mapstructure:"g3proxy"`
	Envoy   EnvoyConfig   `mapstructure:"envoy"`
	HAProxy ModelConfig   `mapstructure:"haproxy"`
	Squid   ModelConfig   `mapstructure:"squid"`
}

// Timing are the keys that a model or rule may set for itself. A key that is not set is the same key at the top level, if
// that is set, or else the model's own default.
type Timing struct {
	IdleTimeout      *time.Duration `mapstructure:"idle_timeout"`
	MaxLifetime      *time.Duration `mapstructure:"max_lifetime"`
	EndLinger        *time.Duration `mapstructure:"end_linger"`
	LateWindow       *time.Duration `mapstructure:"late_window"`
	ProgressInterval *time.Duration `mapstructure:"progress_interval"`
	Clock            *Clock         `mapstructure:"clock"`
	Timeline         *int           `mapstructure:"timeline"`
}

// ModelConfig changes one model.
type ModelConfig struct {
	// Enabled false lets the format's records pass.
	Enabled *bool `mapstructure:"enabled"`
	Timing  `mapstructure:",squash"`
}

// EdgeOneConfig changes EdgeOne's model.
type EdgeOneConfig struct {
	ModelConfig `mapstructure:",squash"`
	// Sampled says that the task that delivers the entries is a sampled one: every total is approximate.
	Sampled bool `mapstructure:"sampled"`
}

// EnvoyConfig changes Envoy's model.
type EnvoyConfig struct {
	ModelConfig `mapstructure:",squash"`
	// Periodic also joins lines of formats that do not log ACCESS_LOG_TYPE.
	Periodic bool `mapstructure:"periodic"`
}

// G3ProxyConfig changes g3proxy's model.
type G3ProxyConfig struct {
	ModelConfig `mapstructure:",squash"`
	// Links names the connections of each task by their sockets, so that tasks of chained proxies can be found.
	Links bool `mapstructure:"links"`
}

var (
	_ component.Config    = (*Config)(nil)
	_ confmap.Unmarshaler = (*Config)(nil)
)

// Unmarshal notes which keys are given.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(c); err != nil {
		return err
	}
	c.set = map[string]bool{}
	for k := range conf.ToStringMap() {
		c.set[k] = true
	}
	return nil
}

// The most that can be set: entries of a timeline, MiB of memory, and sessions.
const (
	maxTimeline  = 1000
	maxMemoryMiB = 1 << 13
	maxSessions  = 1 << 30
)

// Validate names every key that is wrong.
func (c *Config) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	errs = append(errs, c.top().wrong("")...)
	for _, m := range c.models() {
		errs = append(errs, m.config.Timing.wrong("models::"+m.name+"::")...)
	}
	if n := c.Limits.Sessions; n < 1 || n > maxSessions {
		fail("limits::sessions: %d is not between 1 and %d", n, maxSessions)
	}
	if n := c.Limits.MemoryMiB; n < 1 || n > maxMemoryMiB {
		fail("limits::memory_mib: %d is not between 1 and %d", n, maxMemoryMiB)
	}
	if c.OnLimit != ReleaseOldest && c.OnLimit != Refuse {
		fail("on_limit: %q is neither release_oldest nor refuse", c.OnLimit)
	}
	if c.Body != Summary && c.Body != None {
		fail("body: %q is neither summary nor none", c.Body)
	}
	errs = append(errs, c.validateRules()...)
	errs = append(errs, c.validateStorage()...)
	return errors.Join(errs...)
}

// wrong names every key that is wrong; path is what stands before it.
func (t *Timing) wrong(path string) (errs []error) {
	fail := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s%s: %w", path, key, fmt.Errorf(format, args...)))
	}
	for _, d := range []struct {
		key   string
		value *time.Duration
	}{
		{"idle_timeout", t.IdleTimeout},
		{"max_lifetime", t.MaxLifetime},
		{"end_linger", t.EndLinger},
		{"late_window", t.LateWindow},
		{"progress_interval", t.ProgressInterval},
	} {
		switch {
		case d.value == nil:
		case *d.value < 0:
			fail(d.key, "%v is negative; 0 switches it off", *d.value)
		case *d.value > 0 && *d.value < time.Millisecond:
			fail(d.key, "%v is less than 1ms; a number needs a unit, such as 5m", *d.value)
		}
	}
	if k := t.Clock; k != nil && *k != Arrival && *k != Event {
		fail("clock", "%q is neither arrival nor event", *k)
	}
	if n := t.Timeline; n != nil && (*n < 0 || *n > maxTimeline) {
		fail("timeline", "%d is not between 0 and %d", *n, maxTimeline)
	}
	return errs
}

func (c *Config) validateStorage() (errs []error) {
	switch c.Durability {
	case "", DurabilityNone:
	case DurabilityShutdown, DurabilityJournal:
		if c.Storage == nil {
			errs = append(errs, fmt.Errorf("durability: %s needs storage: the name of a storage extension, such as file_storage", c.Durability))
		}
	default:
		errs = append(errs, fmt.Errorf("durability: %q is none of none, shutdown, journal", c.Durability))
	}
	return errs
}

// durability is what is kept: the journal once there is a storage, unless the configuration says otherwise.
func (c *Config) durability() Durability {
	switch {
	case c.Storage == nil:
		return DurabilityNone
	case c.Durability == "":
		return DurabilityJournal
	}
	return c.Durability
}

func (c *Config) top() *Timing {
	return &Timing{
		IdleTimeout: &c.IdleTimeout, MaxLifetime: &c.MaxLifetime, EndLinger: &c.EndLinger, LateWindow: &c.LateWindow,
		ProgressInterval: &c.ProgressInterval, Clock: &c.Clock, Timeline: &c.Timeline,
	}
}
