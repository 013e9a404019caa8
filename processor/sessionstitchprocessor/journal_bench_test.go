// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// BenchmarkDurability takes records of random sessions out of 100,000 open ones, with and without a journal in
// file_storage; a batch has 200.
func BenchmarkDurability(b *testing.B) {
	for _, d := range []Durability{DurabilityNone, DurabilityJournal} {
		b.Run(string(d), func(b *testing.B) {
			f := filestorage.NewFactory()
			fc := f.CreateDefaultConfig().(*filestorage.Config)
			fc.Directory = b.TempDir()
			ext, err := f.Create(context.Background(), extensiontest.NewNopSettings(f.Type()), fc)
			require.NoError(b, err)
			require.NoError(b, ext.Start(context.Background(), nil))
			cfg := createDefaultConfig().(*Config)
			cfg.LateWindow, cfg.Storage, cfg.Durability = 4*time.Hour, &storageID, d
			p, err := newStitcher(processortest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
			require.NoError(b, err)
			clock := time.Unix(0, sessiontest.Epoch).Add(48 * time.Hour)
			p.now = func() time.Time { return clock }
			require.NoError(b, p.Start(context.Background(), sessiontest.Host{storageID: component.Component(ext)}))
			l := newLoadOf(b, &rig{stitcher: p}, 100_000)
			rng := rand.New(rand.NewPCG(1, 2))
			var spent time.Duration
			records := 0
			b.ResetTimer()
			for b.Loop() {
				b.StopTimer()
				l.fill(func(int) int { return rng.IntN(l.n) })
				b.StartTimer()
				begin := time.Now()
				if err := l.ConsumeLogs(context.Background(), l.batch); err != nil {
					b.Fatal(err)
				}
				spent += time.Since(begin)
				records += loadBatch
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(records), "ns/record")
			b.StopTimer()
			if p.storage != nil {
				_ = p.storage.client.Close(context.Background()) // so that nothing is released but thrown away
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = p.Shutdown(ctx)
			_ = ext.Shutdown(context.Background())
		})
	}
}
