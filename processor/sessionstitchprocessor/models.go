// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"time"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

type namedModel struct {
	name   string
	config *ModelConfig
}

func (c *Config) models() []namedModel {
	return []namedModel{
		{"edgeone", &c.Models.EdgeOne.ModelConfig},
		{"envoy", &c.Models.Envoy.ModelConfig},
		{"g3proxy", &c.Models.G3Proxy.ModelConfig},
		{"haproxy", &c.Models.HAProxy},
		{"squid", &c.Models.Squid},
	}
}

// compile makes the models, each with what the configuration says about it. One that is switched off gets no records: it is
// there for sessions that were open when it was on.
func (c *Config) compile(d *dict.Dict) (list []table.Model) {
	for _, m := range model.BuiltIn(model.Options{
		EdgeOneSampled: c.Models.EdgeOne.Sampled, EnvoyPeriodic: c.Models.Envoy.Periodic, G3ProxyLinks: c.Models.G3Proxy.Links,
	}) {
		for _, n := range c.models() {
			if n.name != m.Name {
				continue
			}
			list = append(list, table.Model{
				Model: session.Compile(m, d), Timing: c.timing(&n.config.Timing, m.Defaults),
				Timeline:   pick(n.config.Timeline, c.Timeline),
				EventClock: pick(n.config.Clock, c.Clock) == Event,
			})
		}
	}
	return list
}

// timing decides between the model's key, the same key at the top level, and the model's default.
func (c *Config) timing(m *Timing, own model.Timing) model.Timing {
	defaults := createDefaultConfig().(*Config)
	decide := func(key string, of *time.Duration, top, topDefault, own time.Duration) time.Duration {
		switch {
		case of != nil:
			return *of
		case c.set[key] || top != topDefault || own == 0:
			return top
		}
		return own
	}
	return model.Timing{
		Idle:     decide("idle_timeout", m.IdleTimeout, c.IdleTimeout, defaults.IdleTimeout, own.Idle),
		Lifetime: decide("max_lifetime", m.MaxLifetime, c.MaxLifetime, defaults.MaxLifetime, own.Lifetime),
		Linger:   decide("end_linger", m.EndLinger, c.EndLinger, defaults.EndLinger, own.Linger),
		Late:     decide("late_window", m.LateWindow, c.LateWindow, defaults.LateWindow, own.Late),
		Progress: decide("progress_interval", m.ProgressInterval, c.ProgressInterval, defaults.ProgressInterval, own.Progress),
	}
}

// enabled says whether a built-in model gets records.
func (c *Config) enabled(name string) bool {
	for _, m := range c.models() {
		if m.name == name {
			return pick(m.config.Enabled, true)
		}
	}
	return false
}

// pick is a model's own value, or else the top level's.
func pick[T any](own *T, top T) T {
	if own != nil {
		return *own
	}
	return top
}
