// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/heaptest"
)

// TestSlowConsumer lets a backlog of 40 MB in 16 files wait for a consumer that refuses for a while: what is held in the
// meantime is one batch a file, and afterwards all of it arrives.
func TestSlowConsumer(t *testing.T) {
	const files, lines, bound = 16, 2500, 8 << 20
	dir := t.TempDir()
	pad := strings.Repeat("x", 900)
	for i := range files {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%d.log", i)))
		require.NoError(t, err)
		w := bufio.NewWriter(f)
		for k := range lines {
			fmt.Fprintf(w, "<134>Nov 21 23:36:50 haproxy[%d]: 10.0.0.7:%d [21/Nov/2026:23:36:50.123] in be/%s 1/2/345 6789 -- 10/5/3/2/0 0/0\n", i+1, k+1, pad)
		}
		require.NoError(t, w.Flush())
		require.NoError(t, f.Close())
	}
	before := heaptest.InUse()
	var open atomic.Bool
	var refused, accepted atomic.Int64
	next, err := consumer.NewLogs(func(_ context.Context, logs plog.Logs) error {
		if !open.Load() {
			refused.Add(1)
			return errBusy
		}
		accepted.Add(int64(logs.LogRecordCount()))
		return nil
	})
	require.NoError(t, err)
	h := start(t, fileConfig(filepath.Join(dir, "*.log")), next, nil)
	defer h.stop(t)
	require.Eventually(t, func() bool { return refused.Load() > 10*files }, soon, 5*time.Millisecond)
	held := heaptest.InUse() - before
	assert.Less(t, held, int64(bound), "bytes held for %d files", files)
	open.Store(true)
	require.Eventually(t, func() bool { return accepted.Load() >= files*lines }, soon, 5*time.Millisecond)
	assert.EqualValues(t, files*lines, accepted.Load())
}
