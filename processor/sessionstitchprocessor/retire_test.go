// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// TestAnotherModel between two processes: what was open of a rule or model that the configuration has no more, or has
// changed, comes out with what there is, whatever happens while it does; nothing is counted twice and nothing is lost.
func TestAnotherModel(t *testing.T) {
	isRule := func(a map[string]any) bool { return a["conn"] != nil }
	isEnvoy := func(a map[string]any) bool { return a[attr.EnvoyStreamID] != nil }
	for name, c := range map[string]struct {
		change func(*Config)
		of     func(map[string]any) bool
	}{
		"renamed rule":   {func(c *Config) { c.Rules[0].Name = "renamed" }, isRule},
		"changed rule":   {func(c *Config) { c.Rules[0].Merge["union"] = "last" }, isRule},
		"rule that ends": {func(c *Config) { c.Rules[0].End = "" }, isRule},
		"no rules":       {func(c *Config) { c.Rules = nil }, isRule},
		"envoy periodic": {func(c *Config) { c.Models.Envoy.Periodic = true }, isEnvoy},
	} {
		for _, durability := range []Durability{DurabilityJournal, DurabilityShutdown} {
			t.Run(name+", "+string(durability), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, sessions, rest := filled(t, func(c *Config) { c.Durability = durability })
					if durability == DurabilityShutdown {
						require.NoError(t, w.p.Shutdown(t.Context()))
					} else {
						w.die()
					}
					c.change(w.cfg)
					require.NoError(t, w.start())
					if durability == DurabilityJournal {
						w.crash() // before or while the sessions leave
						w.crash()
					}
					assert.Empty(t, w.store.Keys("aside/"))
					w.sendAll(rest)
					w.end()
					in, bytes := 0, int64(0)
					for _, s := range sessions {
						for _, e := range s.Entries {
							if a := e.Record().Attributes(); c.of(a.AsRaw()) {
								in++
							}
						}
						if c.of(s.Entries[0].Record().Attributes().AsRaw()) {
							bytes += s.Counters["bytes"] + s.Counters[attr.ProxyClientBytesSent]
						}
					}
					out, counted, shut := int64(0), int64(0), 0
					for _, e := range w.distinct() {
						a := e.Record().Attributes()
						if !c.of(a.AsRaw()) {
							continue
						}
						out += intOf(e.Record(), attr.ProxySessionParts)
						counted += intOf(e.Record(), "bytes") + intOf(e.Record(), attr.ProxyClientBytesSent)
						if textOf(e.Record(), attr.ProxySessionCloseReason) == "shutdown" {
							shut++
						}
					}
					for _, e := range w.acknowledged() { // those that pass
						if a := e.Record().Attributes(); c.of(a.AsRaw()) && e.Record().EventName() != record.SessionEnd {
							out++
							counted += intOf(e.Record(), "bytes")
						}
					}
					assert.Positive(t, shut)
					assert.Equal(t, in, int(out), "each entry is in one session, or has passed")
					if name != "envoy periodic" { // totals are counted again where the baseline is gone
						assert.Equal(t, bytes, counted)
					}
					// The journal says what it needs no more at the second start behind.
					if durability == DurabilityJournal {
						for range 3 {
							require.NoError(t, w.start())
							require.NoError(t, w.p.Shutdown(t.Context()))
						}
						assert.Empty(t, w.p.retired)
						meta, err := w.p.meta()
						require.NoError(t, err)
						assert.Equal(t, len(w.p.models), strings.Count(string(meta), `"fingerprint"`))
					}
				})
			})
		}
	}
}
