// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/msgpack"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newInput makes an input that listens nowhere.
func newInput(t testing.TB, next consumer.ConsumeLogsFunc) *Input {
	t.Helper()
	d, err := decode.New(decode.NewConfig(), decode.Settings{})
	require.NoError(t, err)
	telemetry, err := metadata.NewTelemetryBuilder(componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	logs, err := consumer.NewLogs(next)
	require.NoError(t, err)
	sink, err := deliver.New(deliver.Settings{
		Receiver: receivertest.NewNopSettings(component.MustNewType("proxylog")), Decoder: d,
		Counters: deliver.NewCounters(telemetry, false), Next: logs, Transport: "fluent",
	})
	require.NoError(t, err)
	return New(NewConfig(), Settings{Logger: zap.NewNop(), Decoder: d, Sink: sink, MaxLine: 1 << 20})
}

// TestPatience closes the connection of a chunk that is refused for half a minute, without an acknowledgement; when it
// comes again it is taken, once.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy atomic.Bool
		busy.Store(true)
		taken := 0
		in := newInput(t, func(_ context.Context, logs plog.Logs) error {
			if busy.Load() {
				return errors.New("busy")
			}
			taken += logs.LogRecordCount()
			return nil
		})
		message := []byte("\x93" + tag + "\x92" + entries + "\x81" + chunk)
		try := func() (string, time.Duration) {
			begin := time.Now()
			client, server := net.Pipe()
			done := make(chan struct{})
			go func() {
				in.serve(server)
				_ = server.Close() // as the listener does
				close(done)
			}()
			_, err := client.Write(message)
			require.NoError(t, err)
			ack := make([]byte, 100)
			n, err := client.Read(ack)
			if err != nil {
				assert.ErrorIs(t, err, io.EOF)
			}
			took := time.Since(begin)
			require.NoError(t, client.Close())
			<-done
			return string(ack[:n]), took
		}
		ack, took := try()
		assert.Empty(t, ack)
		assert.Equal(t, patience, took)
		busy.Store(false)
		ack, _ = try()
		assert.Equal(t, string(msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(nil, 1), "ack"), "abc")), ack)
		assert.Equal(t, 2, taken)
	})
}

// FuzzConnection: whatever comes, and in whatever pieces, the connection ends.
// TestBatches: records that nobody waits for are delivered together, and no more of them than maxBatchBytes and one more.
func TestBatches(t *testing.T) {
	const size, count = 100_000, 40
	var most, all int
	in := newInput(t, func(_ context.Context, logs plog.Logs) error {
		most, all = max(most, logs.LogRecordCount()), all+logs.LogRecordCount()
		return nil
	})
	client, server := net.Pipe()
	done := make(chan struct{})
	go func() {
		in.serve(server)
		_ = server.Close() // as the listener does
		close(done)
	}()
	long := string(msgpack.AppendStr(nil, strings.Repeat("x", size)))
	_, err := client.Write([]byte("\x92" + tag + bin(strings.Repeat("\x92"+timeA+"\x81\xa3log"+long, count))))
	require.NoError(t, err)
	require.NoError(t, client.Close())
	<-done
	assert.Equal(t, count, all)
	assert.Equal(t, maxBatchBytes/size+1, most)
}

func FuzzConnection(f *testing.F) {
	f.Add([]byte(lineA+"\x93"+tag+bin(entries)+"\x81"+chunk+lineB), uint8(7))
	f.Add([]byte("\x93\xdb\xff\xff\xff\xff"), uint8(1))
	in := newInput(f, func(context.Context, plog.Logs) error { return nil })
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			in.serve(server)
			_ = server.Close() // as the listener does
			close(done)
		}()
		go func() { _, _ = io.Copy(io.Discard, client) }()
		for n := int(size) + 1; len(data) > 0; data = data[min(n, len(data)):] {
			if _, err := client.Write(data[:min(n, len(data))]); err != nil {
				break // it was closed
			}
		}
		_ = client.Close()
		<-done
	})
}
