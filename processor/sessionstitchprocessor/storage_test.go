// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// TestOneStorageForTwoPipelines is found at the start and named; it is free again when the first one is shut down.
func TestOneStorageForTwoPipelines(t *testing.T) {
	store, f := sessiontest.NewStorage(), NewFactory()
	cfg := createDefaultConfig().(*Config)
	cfg.Storage = &storageID
	set := processortest.NewNopSettings(metadata.Type)
	host := sessiontest.Host{storageID: store}
	one, err := f.CreateLogs(context.Background(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, one.Start(context.Background(), host))
	two, err := f.CreateLogs(context.Background(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	err = two.Start(context.Background(), host)
	require.ErrorContains(t, err, set.ID.String()+" stands in more than one pipeline")
	require.NoError(t, two.Shutdown(context.Background()))
	require.NoError(t, one.Shutdown(context.Background()))
	two, err = f.CreateLogs(context.Background(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, two.Start(context.Background(), host))
	require.NoError(t, two.Shutdown(context.Background()))
	// Another Collector, or another factory, is told what the storage says.
	_, err = store.GetClient(context.Background(), component.KindProcessor, storageID, "")
	require.NoError(t, err)
	three, err := NewFactory().CreateLogs(context.Background(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.ErrorIs(t, three.Start(context.Background(), host), sessiontest.ErrTwice)
	require.ErrorContains(t, mustStitcher(t, set, cfg).Start(context.Background(), sessiontest.Host{}), "there is no extension file_storage")
}

// unopened is a storage that gives nobody a client.
type unopened struct {
	component.Component
	with any // an error, or what it panics with
}

func (u unopened) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	if err, ok := u.with.(error); ok {
		return nil, err
	}
	panic(u.with)
}

// TestWhyThereIsNoClient says what the storage says, and asks for another Collector only where file_storage's file is locked,
// and for damage only where it is damaged.
func TestWhyThereIsNoClient(t *testing.T) {
	locked, zeroed, edited, older := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	holder := mustStitcher(t, processortest.NewNopSettings(metadata.Type), withStorage())
	require.NoError(t, holder.Start(context.Background(), sessiontest.Host{storageID: fileStorage(t, locked)}))
	defer func() { require.NoError(t, holder.Shutdown(context.Background())) }()
	rewrite(t, zeroed, func(meta []byte) { clear(meta) })
	rewrite(t, edited, func(meta []byte) { meta[len(meta)-1]++ }) // in the sum, which ends it
	rewrite(t, older, func(meta []byte) { meta[4]-- })
	for _, c := range []struct {
		storage    component.Component
		text, hint string
	}{
		{fileStorage(t, locked), "timeout", "another Collector"},
		{fileStorage(t, zeroed), "invalid database", "damaged"},
		{fileStorage(t, edited), "checksum error", "damaged"},
		{fileStorage(t, older), "version mismatch", "damaged"},
		{unopened{with: "freepages: failed to get all reachable pages"}, "it panicked: freepages: failed", "damaged"},
		{unopened{with: errors.New("open session_stitch: read-only file system")}, "read-only file system", ""},
		{unopened{with: errors.New("dial tcp 10.0.0.1:6379: i/o timeout")}, "i/o timeout", ""}, // of another storage
	} {
		err := mustStitcher(t, processortest.NewNopSettings(metadata.Type), withStorage()).
			Start(context.Background(), sessiontest.Host{storageID: c.storage})
		require.ErrorContains(t, err, c.text)
		for _, hint := range []string{"another Collector", "damaged"} {
			assert.Equal(t, hint == c.hint, strings.Contains(err.Error(), hint), c.text)
		}
	}
}

func withStorage() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Storage = &storageID
	return cfg
}

// rewrite has file_storage make its file in a folder and changes both copies of what bbolt keeps of the file itself: a page
// each, the first two, with 64 bytes behind a header of 16 (bbolt's internal/common, Meta and PageHeaderSize).
func rewrite(t *testing.T, dir string, change func(meta []byte)) {
	t.Helper()
	p := mustStitcher(t, processortest.NewNopSettings(metadata.Type), withStorage())
	require.NoError(t, p.Start(context.Background(), sessiontest.Host{storageID: fileStorage(t, dir)}))
	require.NoError(t, p.Shutdown(context.Background()))
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	data, err := os.ReadFile(files[0])
	require.NoError(t, err)
	for page := range 2 {
		change(data[page*os.Getpagesize():][16 : 16+64])
	}
	require.NoError(t, os.WriteFile(files[0], data, 0o600))
}
