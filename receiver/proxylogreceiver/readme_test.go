// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
)

// TestReadme loads the configuration that the README shows, and holds that what it shows as defaults are the defaults.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, block, ok := strings.Cut(string(text), "```yaml\n")
	require.True(t, ok)
	block, _, ok = strings.Cut(block, "```")
	require.True(t, ok)
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(block))
	require.NoError(t, err)
	all, err := retrieved.AsConf()
	require.NoError(t, err)
	sub, err := all.Sub("receivers::proxylog")
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, sub.Unmarshal(cfg))
	require.NoError(t, confmap.Validate(cfg))

	shown, want := confmap.New(), confmap.New()
	require.NoError(t, shown.Marshal(cfg))
	def := createDefaultConfig().(*Config)
	def.File.GetOrInsertDefault().Consumer.Include = cfg.File.Get().Consumer.Include
	def.Syslog = cfg.Syslog
	def.HTTP.GetOrInsertDefault().Path = cfg.HTTP.Get().Path
	def.HTTP.Get().EdgeOneAuth.GetOrInsertDefault().Secrets = cfg.HTTP.Get().EdgeOneAuth.Get().Secrets
	def.HTTP.Get().Server.TLS = cfg.HTTP.Get().Server.TLS
	fluent := def.Fluent.GetOrInsertDefault()
	fluent.TLS, fluent.Users = cfg.Fluent.Get().TLS, cfg.Fluent.Get().Users
	fluent.SharedKey, fluent.Hostname = cfg.Fluent.Get().SharedKey, cfg.Fluent.Get().Hostname
	require.NoError(t, want.Marshal(def))
	for _, key := range want.AllKeys() {
		a, b := shown.Get(key), want.Get(key)
		if empty(a) && empty(b) {
			continue // [] is shown for no list
		}
		assert.Equal(t, b, a, key)
	}
}

func empty(v any) bool {
	r := reflect.ValueOf(v)
	return !r.IsValid() || (r.Kind() == reflect.Slice || r.Kind() == reflect.Map) && r.Len() == 0
}
