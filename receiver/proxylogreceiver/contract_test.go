// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// identified is our factory with a consumer in between that names each record by its line: the contract's check knows
// records by the attribute test_id, which no log line of a proxy has.
func identified() receiver.Factory {
	inner := NewFactory()
	return receiver.NewFactory(inner.Type(), inner.CreateDefaultConfig, receiver.WithLogs(
		func(ctx context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
			named, err := consumer.NewLogs(func(ctx context.Context, logs plog.Logs) error {
				eachRecord(logs, func(r plog.LogRecord) {
					r.Attributes().PutStr(receivertest.UniqueIDAttrName, bodyText(r.Body()))
				})
				return next.ConsumeLogs(ctx, logs)
			}, consumer.WithCapabilities(consumer.Capabilities{MutatesData: true}))
			if err != nil {
				return nil, err
			}
			return inner.CreateLogs(ctx, set, cfg, named)
		}, component.StabilityLevelAlpha))
}

// writer generates lines into a new file for each scenario.
type writer struct {
	t    *testing.T
	dir  string
	runs int
	n    atomic.Int64
	mu   sync.Mutex
	file *os.File
}

func (w *writer) Start() {
	w.runs++
	f, err := os.Create(filepath.Join(w.dir, fmt.Sprintf("run%d.log", w.runs)))
	require.NoError(w.t, err)
	w.file = f
}

// Stop removes what this scenario wrote, so that the next one does not read it again.
func (w *writer) Stop() {
	require.NoError(w.t, w.file.Close())
	require.NoError(w.t, os.Remove(w.file.Name()))
}

func (w *writer) Generate() []receivertest.UniqueIDAttrVal {
	time.Sleep(time.Millisecond) // so that there are many batches
	id := fmt.Sprintf("line-%06d of no format", w.n.Add(1))
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.file.WriteString(id + "\n")
	require.NoError(w.t, err)
	return []receivertest.UniqueIDAttrVal{receivertest.UniqueIDAttrVal(id)}
}

func TestConsumeContractFile(t *testing.T) {
	dir := t.TempDir()
	receivertest.CheckConsumeContract(receivertest.CheckConsumeContractParams{
		T: t, Factory: identified(), Signal: pipeline.SignalLogs,
		Config:    fileConfig(filepath.Join(dir, "*.log")),
		Generator: &writer{t: t, dir: dir}, GenerateCount: 500,
	})
}
