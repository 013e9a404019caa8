// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

func read(t *testing.T, text string) (*Config, error) {
	t.Helper()
	var m map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &m))
	cfg := createDefaultConfig().(*Config)
	if err := confmap.NewFromStringMap(m).Unmarshal(cfg); err != nil {
		return nil, err
	}
	err := cfg.Validate()
	return cfg, err
}

func TestDefaultsAreValid(t *testing.T) {
	_, err := read(t, "{}")
	assert.NoError(t, err)
}

func TestEveryKeyOfTheContract(t *testing.T) {
	cfg, err := read(t, `
models:
  edgeone: {}
  g3proxy: {enabled: true, idle_timeout: 1m, max_lifetime: 1h, end_linger: 1s, late_window: 1m, progress_interval: 1s, clock: event, timeline: 5}
  envoy: {periodic: true, idle_timeout: 1m}
  haproxy: {}
  squid: {enabled: true}
rules: []
idle_timeout: 5m
max_lifetime: 24h
end_linger: 2s
late_window: 15m
limits: {sessions: 1000000, memory_mib: 512}
on_limit: refuse
progress_interval: 0s
clock: arrival
timeline: 0
body: none
durability: none
`)
	require.NoError(t, err)
	models := cfg.compile(dict.New(1 << 20))
	require.Len(t, models, 5)
	assert.Equal(t, model.Timing{Idle: time.Minute, Lifetime: time.Hour, Linger: time.Second, Late: time.Minute, Progress: time.Second}, models[2].Timing)
	assert.True(t, models[2].EventClock)
	assert.Equal(t, 5, models[2].Timeline)
	assert.False(t, models[0].EventClock)
}

// A model's key beats the same key at the top, that beats the model's default, that beats the top's default.
func TestPrecedence(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"{}":                                    30 * time.Minute,
		"idle_timeout: 5m":                      5 * time.Minute, // given, though it is the default
		"idle_timeout: 7m":                      7 * time.Minute,
		"idle_timeout: 0s":                      0,
		"late_window: 1m":                       30 * time.Minute,
		"models: {edgeone: {idle_timeout: 9m}}": 9 * time.Minute,
		"{idle_timeout: 7m, models: {edgeone: {idle_timeout: 0}}}": 0,
	} {
		cfg, err := read(t, text)
		require.NoError(t, err, text)
		assert.Equal(t, want, cfg.compile(dict.New(1 << 20))[0].Timing.Idle, text)
	}
	// A configuration that was not read but made has no keys that were given; one that differs from the default counts.
	cfg := createDefaultConfig().(*Config)
	cfg.LateWindow = time.Minute
	timing := cfg.compile(dict.New(1 << 20))[0].Timing
	assert.Equal(t, time.Minute, timing.Late)
	assert.Equal(t, 30*time.Minute, timing.Idle)
}

func TestDurability(t *testing.T) {
	for text, want := range map[string]Durability{
		"{}": DurabilityNone, "storage: file_storage": DurabilityJournal,
		"{storage: file_storage, durability: shutdown}":  DurabilityShutdown,
		"{storage: file_storage/2, durability: none}":    DurabilityNone,
		"{storage: file_storage/2, durability: journal}": DurabilityJournal,
	} {
		cfg, err := read(t, text)
		require.NoError(t, err, text)
		assert.Equal(t, want, cfg.durability(), text)
	}
}

func TestBadConfigurationNamesTheKey(t *testing.T) {
	for text, want := range map[string]string{
		"idle_timeout: -1s":                               "idle_timeout: -1s is negative",
		"models: {envoy: {end_linger: -2s}}":              "models::envoy::end_linger: -2s is negative",
		"idle_timeout: 5":                                 "idle_timeout: 5ns is less than 1ms; a number needs a unit, such as 5m",
		"models: {edgeone: {end_linger: 2}}":              "models::edgeone::end_linger: 2ns is less than 1ms",
		"models: {squid: {clock: wall}}":                  `models::squid::clock: "wall" is neither`,
		"clock: wall":                                     `clock: "wall" is neither`,
		"timeline: 5000":                                  "timeline: 5000 is not between 0 and 1000",
		"models: {edgeone: {timeline: -1}}":               "models::edgeone::timeline: -1",
		"limits: {sessions: 0}":                           "limits::sessions: 0",
		"limits: {memory_mib: 0}":                         "limits::memory_mib: 0",
		"limits: {memory_mib: 8193}":                      "limits::memory_mib: 8193 is not between 1 and 8192",
		"on_limit: drop":                                  `on_limit: "drop"`,
		"body: original":                                  `body: "original"`,
		"durability: journal":                             "durability: journal needs storage",
		"durability: shutdown":                            "durability: shutdown needs storage",
		"durability: forever":                             `durability: "forever" is none of`,
		"modles: {}":                                      "modles",
		"models: {edgeone: {periodic: true}}":             "periodic",
		"models: {nosuch: {}}":                            "nosuch",
		"{on_limit: x, clock: y, limits: {sessions: -1}}": "clock",
	} {
		_, err := read(t, text)
		if assert.Error(t, err, text) {
			assert.Contains(t, err.Error(), want, text)
		}
	}
	_, err := read(t, "{on_limit: x, clock: y, limits: {sessions: -1}}")
	assert.Len(t, strings.Split(err.Error(), "\n"), 3, "all at once")
}
