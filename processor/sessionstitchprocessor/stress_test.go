// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"flag"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// How large the tests are that show a bound; make stress sets them.
var (
	stressIDs      = flag.Int("stress.ids", 30_000, "distinct hostile ids")
	stressSessions = flag.Int("stress.sessions", 20_000, "open sessions to restore")
)

// fileStorage is the real extension over a folder.
func fileStorage(t testing.TB, dir string) component.Component {
	t.Helper()
	f := filestorage.NewFactory()
	cfg := f.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory = dir
	ext, err := f.Create(context.Background(), extensiontest.NewNopSettings(f.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, ext.Start(context.Background(), nil))
	return ext
}

// sizeOf is that of all files of a folder, in bytes.
func sizeOf(t testing.TB, dir string) (n int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				n += info.Size()
			}
		}
		return err
	}))
	return n
}

// However many distinct ids come (long, random, empty), memory and the journal's file stay flat at the limit, and every
// part comes out once.
func TestHostileIdsKeepTheJournalBounded(t *testing.T) {
	const limit = 4 // MiB
	dir := t.TempDir()
	ext := fileStorage(t, dir)
	next := &counting{}
	cfg := createDefaultConfig().(*Config)
	cfg.Storage, cfg.Limits = &storageID, LimitsConfig{Sessions: 1_000_000, MemoryMiB: limit}
	require.NoError(t, cfg.Validate())
	p, err := newStitcher(processortest.NewNopSettings(metadata.Type), cfg, next)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), sessiontest.Host{storageID: ext}))
	rng := rand.New(rand.NewPCG(1, 2))
	const batch = 200
	most, file, parts := int64(0), int64(0), int64(0)
	for i := 0; i < *stressIDs; i += batch {
		ld := hostile(rng, batch)
		for p.ConsumeLogs(context.Background(), ld) != nil {
			time.Sleep(10 * time.Millisecond) // the next consumer is behind
		}
		parts += batch
		most = max(most, p.size())
		if i%(20*batch) == 0 {
			file = max(file, sizeOf(t, dir))
		}
	}
	assert.LessOrEqual(t, most, int64(limit<<20))
	// The state, the records since the oldest piece, and bbolt's own spare pages.
	assert.LessOrEqual(t, file, int64(64<<20))
	t.Logf("%d ids: at most %d KiB of state, %d KiB on disk", parts, most>>10, file>>10)
	require.NoError(t, p.Shutdown(context.Background()))
	require.NoError(t, ext.Shutdown(context.Background()))
	open := p.table.Open()
	assert.Equal(t, parts, next.parts.Load()+open, "hostile ids have one part each: put out, or open and kept")
}

// A start reads open sessions back within memory that the sessions themselves account for.
func TestRestoreIsBounded(t *testing.T) {
	dir := t.TempDir()
	n := *stressSessions / loadBatch * loadBatch
	begin := func() (*stitcher, component.Component, time.Duration) {
		ext := fileStorage(t, dir)
		cfg := createDefaultConfig().(*Config)
		cfg.LateWindow, cfg.Storage = 4*time.Hour, &storageID
		cfg.Limits = LimitsConfig{Sessions: 2_000_000, MemoryMiB: 2048}
		p, err := newStitcher(processortest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
		require.NoError(t, err)
		clock := time.Unix(0, sessiontest.Epoch).Add(48 * time.Hour)
		p.now = func() time.Time { return clock }
		at := time.Now()
		require.NoError(t, p.Start(context.Background(), sessiontest.Host{storageID: ext}))
		return p, ext, time.Since(at)
	}
	die := func(p *stitcher, ext component.Component) {
		_ = p.storage.client.Close(context.Background())
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = p.Shutdown(ctx)
		_ = ext.Shutdown(context.Background())
	}
	p, ext, _ := begin()
	newLoadOf(t, &rig{stitcher: p}, n)
	die(p, ext)
	disk := sizeOf(t, dir)
	p, ext, took := begin()
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms) // before a collection: what the restore left behind counts
	assert.EqualValues(t, n, p.table.Open())
	assert.Less(t, int64(ms.HeapInuse), 4*p.table.Size()+(128<<20))
	t.Logf("%d sessions, %d MiB on disk: read back in %v, heap %d MiB, state %d MiB", n, disk>>20, took, ms.HeapInuse>>20, p.table.Size()>>20)
	die(p, ext)
}
