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
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// contract stands between the contract's check, our factory and a generator of lines. The check knows records by the
// attribute test_id, which no log line of a proxy has: here each record is named by its line.
type contract struct {
	t *testing.T
	// lines is how many a scenario of the check has, sent and settled how many there were in all scenarios.
	lines         int
	sent, settled atomic.Int64
	logs          *observer.ObservedLogs // of the scenario's receiver
}

func newContract(t *testing.T, lines int) *contract { return &contract{t: t, lines: lines} }

func (c *contract) check(cfg *Config, g receivertest.Generator) {
	c.t.Helper()
	receivertest.CheckConsumeContract(receivertest.CheckConsumeContractParams{
		T: c.t, Factory: c.factory(), Signal: pipeline.SignalLogs, Config: cfg, Generator: g, GenerateCount: c.lines,
	})
}

func (c *contract) factory() receiver.Factory {
	inner := NewFactory()
	return receiver.NewFactory(inner.Type(), inner.CreateDefaultConfig, receiver.WithLogs(
		func(ctx context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
			named, err := consumer.NewLogs(func(ctx context.Context, logs plog.Logs) error {
				n := int64(logs.LogRecordCount())
				formattest.Each(logs, func(r plog.LogRecord) {
					r.Attributes().PutStr(receivertest.UniqueIDAttrName, bodyText(r.Body()))
				})
				err := next.ConsumeLogs(ctx, logs)
				if err == nil || consumererror.IsPermanent(err) {
					c.settled.Add(n)
				}
				return err
			}, consumer.WithCapabilities(consumer.Capabilities{MutatesData: true}))
			if err != nil {
				return nil, err
			}
			core, logs := observer.New(zap.InfoLevel)
			set.Logger, c.logs = zap.New(core), logs
			return inner.CreateLogs(ctx, set, cfg, named)
		}, component.StabilityLevelAlpha))
}

// address is where the scenario's receiver listens.
func (c *contract) address() string { return listeningOn(c.t, c.logs) }

func (*contract) Start() {}
func (*contract) Stop()  {}

// generate sends a line and names it. The last one of a scenario waits until all are settled: the check waits no longer
// than five seconds for that, which a busy machine may take.
func (c *contract) generate(format string, send func(line string)) []receivertest.UniqueIDAttrVal {
	n := c.sent.Add(1)
	line := fmt.Sprintf(format, n)
	send(line)
	if n%int64(c.lines) == 0 {
		for end := time.Now().Add(soon); c.settled.Load() < n && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
	return []receivertest.UniqueIDAttrVal{receivertest.UniqueIDAttrVal(line)}
}

// writer generates lines into a new file for each scenario.
type writer struct {
	*contract
	dir  string
	runs int
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
	return w.generate("line-%06d of no format", func(line string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		_, err := w.file.WriteString(line + "\n")
		require.NoError(w.t, err)
	})
}

func TestConsumeContractFile(t *testing.T) {
	dir := t.TempDir()
	c := newContract(t, 500)
	c.check(fileConfig(filepath.Join(dir, "*.log")), &writer{contract: c, dir: dir})
}
