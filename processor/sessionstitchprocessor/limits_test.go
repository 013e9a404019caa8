// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// counting counts what it gets, while it accepts.
type counting struct {
	refuse         atomic.Bool
	records, parts atomic.Int64
}

func (*counting) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (c *counting) ConsumeLogs(_ context.Context, ld plog.Logs) error {
	if c.refuse.Load() {
		return errors.New("busy")
	}
	for _, rec := range records([]plog.Logs{ld}) {
		c.records.Add(1)
		c.parts.Add(intOf(rec, attr.ProxySessionParts))
	}
	return nil
}

func start(t *testing.T, next consumer.Logs, change func(*Config)) *stitcher {
	cfg := createDefaultConfig().(*Config)
	change(cfg)
	require.NoError(t, cfg.Validate())
	p, err := newStitcher(processortest.NewNopSettings(metadata.Type), cfg, next)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	return p
}

// hostile is a batch of sessions with long, random or empty ids and other text that repeats nothing.
func hostile(rng *rand.Rand, n int) plog.Logs {
	ld, recs := sessiontest.NewLogs(nil)
	for range n {
		rec := recs.AppendEmpty()
		sessiontest.EdgeOne(map[string]any{
			"SessionID": fmt.Sprintf("%x%s", rng.Uint64(), strings.Repeat("x", rng.IntN(400))), "ServiceID": fmt.Sprint(rng.Uint64()),
			"ConnectTimeStamp": "2026-11-20T00:00:00Z", "LogTimeStamp": "2026-11-20T00:00:00Z", "DisconnetReason": "-", "DisconnetTimeStamp": "-",
			"ClientRealIP": fmt.Sprint(rng.Uint64()), "SentBytes": "1", "ReceivedBytes": "1",
		}, rec)
		rec.Attributes().PutStr(fmt.Sprint("edgeone.", rng.Uint64()), strings.Repeat("y", rng.IntN(200)))
		if rng.IntN(50) == 0 {
			rec.Attributes().PutStr("long", strings.Repeat("z", rng.IntN(20_000)))
		}
		if rng.IntN(50) == 0 {
			rec.Attributes().PutStr(attr.ProxySessionID, "")
		}
	}
	return ld
}

// Distinct ids without end keep memory and sessions at their limits, and each session comes out.
func TestHostileIdsKeepTheLimits(t *testing.T) {
	for _, limits := range []LimitsConfig{{Sessions: 500, MemoryMiB: 64}, {Sessions: 1_000_000, MemoryMiB: 1}} {
		t.Run(fmt.Sprint(limits), func(t *testing.T) {
			next := &counting{}
			p := start(t, next, func(c *Config) { c.Limits = limits })
			rng := rand.New(rand.NewPCG(1, 2))
			parts := int64(0)
			for range sample(150) {
				require.NoError(t, p.ConsumeLogs(context.Background(), hostile(rng, 50)))
				parts += 50
				assert.LessOrEqual(t, p.table.Slots(), limits.Sessions)
				assert.LessOrEqual(t, p.size(), limits.MemoryMiB<<20)
			}
			require.NoError(t, p.Shutdown(context.Background()))
			assert.Equal(t, parts, next.parts.Load())
		})
	}
}

// While the next consumer refuses, nothing is lost, and the refusal comes back to the sender when memory is at its limit.
func TestRefusalComesBackAtTheLimit(t *testing.T) {
	for _, on := range []OnLimit{ReleaseOldest, Refuse} {
		t.Run(string(on), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				next := &counting{}
				p := start(t, next, func(c *Config) {
					c.Limits, c.OnLimit = LimitsConfig{Sessions: 1_000_000, MemoryMiB: 1}, on
				})
				next.refuse.Store(true)
				rng := rand.New(rand.NewPCG(1, 2))
				parts, refused := int64(0), 0
				for range 200 {
					before := p.table.Open()
					err := p.ConsumeLogs(context.Background(), hostile(rng, 20))
					if err == nil {
						parts += 20
					} else {
						refused++
						assert.False(t, consumererror.IsPermanent(err))
						assert.LessOrEqual(t, p.table.Open(), before, "nothing was merged")
					}
					assert.LessOrEqual(t, p.size(), int64(1<<20))
				}
				assert.Positive(t, refused)
				assert.Positive(t, parts)
				next.refuse.Store(false)
				time.Sleep(time.Minute)
				require.NoError(t, p.ConsumeLogs(context.Background(), hostile(rng, 1)), "there is room again")
				require.NoError(t, p.Shutdown(context.Background()))
				assert.Equal(t, parts+1, next.parts.Load())
			})
		})
	}
}

// Reports of progress that the next consumer does not take keep the limit, too.
func TestReportsKeepTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := &counting{}
		p := start(t, next, func(c *Config) {
			c.Limits, c.ProgressInterval, c.IdleTimeout = LimitsConfig{Sessions: 1_000_000, MemoryMiB: 1}, 10*time.Second, time.Hour
		})
		next.refuse.Store(true)
		rng := rand.New(rand.NewPCG(1, 2))
		parts := int64(0)
		for p.size() < 1<<20*3/4 {
			require.NoError(t, p.ConsumeLogs(context.Background(), hostile(rng, 20)))
			parts += 20
		}
		time.Sleep(time.Minute)
		assert.Positive(t, p.outbox.Len(), "there was room for some")
		const one = 64 << 10
		assert.LessOrEqual(t, p.size(), int64(1<<20+one))
		next.refuse.Store(false)
		time.Sleep(time.Minute)
		assert.Greater(t, next.records.Load(), parts/2, "what could not be reported is reported when there is room")
		require.NoError(t, p.Shutdown(context.Background()))
	})
}

// A batch that is larger than the limit itself is taken all the same: pushing it back would never end.
func TestBatchLargerThanTheLimit(t *testing.T) {
	next := &counting{}
	p := start(t, next, func(c *Config) { c.Limits.Sessions, c.OnLimit = 10, Refuse })
	require.NoError(t, p.ConsumeLogs(context.Background(), hostile(rand.New(rand.NewPCG(1, 2)), 30)))
	assert.LessOrEqual(t, p.table.Slots(), int64(10))
	require.NoError(t, p.Shutdown(context.Background()))
	assert.Equal(t, int64(30), next.parts.Load())
}

// Many senders at once: every part comes out once.
func TestConcurrentSenders(t *testing.T) {
	next := &counting{}
	p := start(t, next, func(c *Config) {
		c.Limits = LimitsConfig{Sessions: 300, MemoryMiB: 4}
		c.IdleTimeout = 20 * time.Millisecond
	})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 2))
			for range sample(50) {
				assert.NoError(t, p.ConsumeLogs(context.Background(), hostile(rng, 20)))
			}
		})
	}
	wg.Wait()
	require.NoError(t, p.Shutdown(context.Background()))
	assert.Equal(t, int64(4*sample(50)*20), next.parts.Load())
}

// takingHalf refuses all but the first record of a batch, and says so, until it has refused once.
type takingHalf struct {
	counting
	refused atomic.Int64
}

func (c *takingHalf) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	if ld.LogRecordCount() == 1 || c.refused.Load() > 0 {
		return c.counting.ConsumeLogs(ctx, ld)
	}
	recs := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	c.parts.Add(intOf(recs.At(0), attr.ProxySessionParts))
	first := true
	recs.RemoveIf(func(plog.LogRecord) bool {
		was := first
		first = false
		return was
	})
	c.refused.Add(1)
	return consumererror.NewLogs(errors.New("only one at a time"), ld)
}

// A next consumer that says which records it refused gets only those again.
func TestPartialRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := &takingHalf{}
		p := start(t, next, func(*Config) {})
		require.NoError(t, p.ConsumeLogs(context.Background(), hostile(rand.New(rand.NewPCG(1, 2)), 30)))
		require.NoError(t, p.Shutdown(context.Background()))
		assert.Equal(t, int64(1), next.refused.Load())
		assert.Equal(t, int64(30), next.parts.Load())
	})
}

// A refusal is told once, and so is its end.
func TestARefusalIsToldWithItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		set := processortest.NewNopSettings(metadata.Type)
		set.Logger = zap.New(core)
		next := &counting{}
		next.refuse.Store(true)
		cfg := createDefaultConfig().(*Config)
		cfg.Models.EdgeOne.IdleTimeout = new(time.Second)
		p, err := newStitcher(set, cfg, next)
		require.NoError(t, err)
		require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
		require.NoError(t, p.ConsumeLogs(context.Background(), hostile(rand.New(rand.NewPCG(1, 2)), 3)))
		time.Sleep(time.Minute)
		next.refuse.Store(false)
		time.Sleep(time.Minute)
		require.NoError(t, p.Shutdown(context.Background()))
		var told []string
		for _, e := range logs.All() {
			told = append(told, e.Message)
		}
		assert.Equal(t, []string{
			"The next consumer refused session records; they wait and are sent again",
			"The next consumer takes session records again",
		}, told)
	})
}
