// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// TestForgottenSessionsAreKnownAfterARestart: a session that was forgotten and comes again says that its sum may be wrong,
// also when all that the journal tells of it has made way for pieces.
func TestForgottenSessionsAreKnownAfterARestart(t *testing.T) {
	for _, d := range []Durability{DurabilityJournal, DurabilityShutdown} {
		t.Run(string(d), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, func(c *Config) { c.Durability, c.LateWindow = d, time.Minute })
				require.NoError(t, w.start())
				sessions := someSessions(9, 6)
				w.sendAll(interleave(sessions))
				time.Sleep(time.Hour)
				require.Zero(t, w.p.table.Remembered())
				before := len(w.distinct())
				for range 3 {
					require.NoError(t, w.p.Shutdown(t.Context()))
					w.cfg.IdleTimeout += time.Minute // so that pieces are written
					require.NoError(t, w.start())
				}
				w.sendAll(interleave(sessions))
				for i := range 4 {
					other := rapid.Custom(func(t *rapid.T) sessiontest.Session { return sessiontest.Draw(t, "edgeone", fmt.Sprint("other-", i)) })
					w.sendAll(other.Example(i).Entries)
				}
				w.end()
				again := map[string]bool{}
				for _, s := range sessions {
					again[s.ID] = true
				}
				all := w.acknowledged()
				require.Greater(t, len(all), before)
				seen := map[string]bool{}
				for _, e := range all[before:] {
					id := idOf(e.Record())
					assert.Equal(t, again[id], flagOf(e.Record(), attr.ProxySessionApproximate), id)
					seen[id] = true
				}
				assert.Len(t, seen, len(sessions)+4)
			})
		})
	}
}
