// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package listener

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/complaint"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

// soon is how long tests wait for what has to come: that ends the wait, and a busy machine may stand still for seconds.
const soon = time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, logger *zap.Logger, serve func(net.Conn)) *Listener {
	t.Helper()
	d, err := decode.New(decode.NewConfig(), decode.Settings{})
	require.NoError(t, err)
	telemetry, err := metadata.NewTelemetryBuilder(componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	sink, err := deliver.New(deliver.Settings{
		Receiver: receivertest.NewNopSettings(component.MustNewType("proxylog")), Decoder: d,
		Counters: deliver.NewCounters(telemetry, false), Next: consumertest.NewNop(), Transport: "tcp",
	})
	require.NoError(t, err)
	l := New(Settings{Logger: logger, Sink: sink, Trouble: complaint.New(logger), MaxConnections: 1, Serve: serve})
	require.NoError(t, l.Open(t.Context(), "localhost:0", nil))
	return l
}

func connect(t *testing.T, l *Listener) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// TestConnections serves one client at a time, turns the next away, closes and forgets a connection that was served, and
// ends the reads of those that are left.
func TestConnections(t *testing.T) {
	core, logs := observer.New(zapcore.WarnLevel)
	l := open(t, zap.New(core), func(conn net.Conn) {
		b := make([]byte, 1)
		if _, err := conn.Read(b); err == nil {
			_, _ = conn.Write(b)
		}
	})
	for range 3 {
		one := connect(t, l)
		require.Eventually(t, func() bool { return l.open() == 1 }, soon, time.Millisecond)
		_, err := connect(t, l).Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF, "there is one already")
		_, err = one.Write([]byte("x"))
		require.NoError(t, err)
		answer, err := io.ReadAll(one)
		require.NoError(t, err)
		assert.Equal(t, "x", string(answer), "served, and closed then")
		require.Eventually(t, func() bool { return l.open() == 0 }, soon, time.Millisecond)
	}
	assert.Equal(t, 1, logs.FilterMessageSnippet("max_connections").Len(), "once a minute")
	silent := connect(t, l)
	require.Eventually(t, func() bool { return l.open() == 1 }, soon, time.Millisecond)
	require.NoError(t, l.Shutdown(context.Background()))
	_, err := silent.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	assert.Zero(t, l.open())
}

// TestNeverOpened shuts a listener down whose port could not be opened.
func TestNeverOpened(t *testing.T) {
	l := open(t, zap.NewNop(), func(net.Conn) {})
	other := New(l.set)
	require.Error(t, other.Open(t.Context(), l.Addr().String(), nil))
	require.NoError(t, other.Shutdown(t.Context()))
	require.NoError(t, l.Shutdown(t.Context()))
}

// open is the number of connections.
func (l *Listener) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}
