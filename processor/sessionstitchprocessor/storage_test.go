// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"errors"
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

// TestWhyThereIsNoClient says what the storage says, and asks for another Collector only where its file is locked, and for
// damage only where it may be damaged.
func TestWhyThereIsNoClient(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Storage = &storageID
	for _, c := range []struct {
		with       any
		text, hint string
	}{
		{errors.New("timeout"), "timeout", "another Collector"},
		{errors.New("invalid database"), "invalid database", "damaged"},
		{"freepages: failed to get all reachable pages", "it panicked: freepages: failed", "damaged"},
		{errors.New("open session_stitch: read-only file system"), "read-only file system", ""},
	} {
		err := mustStitcher(t, processortest.NewNopSettings(metadata.Type), cfg).
			Start(context.Background(), sessiontest.Host{storageID: unopened{with: c.with}})
		require.ErrorContains(t, err, c.text)
		for _, hint := range []string{"another Collector", "damaged"} {
			assert.Equal(t, hint == c.hint, strings.Contains(err.Error(), hint), c.text)
		}
	}
}
