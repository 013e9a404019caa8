// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/attr"
)

// TestSmallerLimits than those of the process before: what has no place any more leaves some at a time, so that the journal
// never writes all of it as one value, and no more than has to; afterwards the limits hold, and no part is lost or counted
// twice.
func TestSmallerLimits(t *testing.T) {
	for name, limits := range map[string]LimitsConfig{
		"sessions": {Sessions: 300, MemoryMiB: 64},
		"memory":   {Sessions: 1_000_000, MemoryMiB: 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, func(c *Config) {
					c.Limits, c.IdleTimeout, c.EndLinger = LimitsConfig{Sessions: 1_000_000, MemoryMiB: 64}, 10*time.Hour, 10*time.Hour
					c.Models.EdgeOne.IdleTimeout = &c.IdleTimeout
				})
				require.NoError(t, w.start())
				rng, parts := rand.New(rand.NewPCG(1, 2)), 0
				for range 120 {
					w.send(hostile(rng, 100))
					parts += 100
				}
				require.Greater(t, w.p.table.Size(), int64(6<<20))
				w.die()

				w.cfg.Limits = limits
				require.NoError(t, w.start())
				w.store.Largest = 0
				for range 30 {
					ld := hostile(rng, 10)
					for tries := 0; w.p.ConsumeLogs(context.Background(), ld) != nil; tries++ {
						require.Less(t, tries, 100, "the limit is never reached")
						time.Sleep(time.Second)
					}
					parts += 10
				}
				time.Sleep(time.Minute)
				assert.Less(t, w.store.Largest, 2<<20)
				assert.LessOrEqual(t, w.p.table.Slots(), limits.Sessions)
				assert.LessOrEqual(t, w.p.size(), limits.MemoryMiB<<20*17/16, "but for what the last commit kept of its buffers")
				assert.Greater(t, w.p.table.Open(), int64(200), "what has a place stays")
				open := w.p.table.Open()
				require.NoError(t, w.p.Shutdown(t.Context()))
				got := int64(0)
				for _, e := range w.distinct() {
					got += intOf(e.Record(), attr.ProxySessionParts)
				}
				assert.EqualValues(t, parts, got+open, "hostile ids have one part each: put out, or open and kept")
			})
		})
	}
}
