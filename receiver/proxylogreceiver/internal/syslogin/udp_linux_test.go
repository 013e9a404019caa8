// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"

	"github.com/proxylog/proxylog/internal/countertest"
)

// soon is how long tests wait for what has to come: that ends the wait, and a busy machine may stand still for seconds.
const soon = time.Minute

// flood sends datagrams to a socket that nobody reads.
func flood(t *testing.T, to net.Addr, n int) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "udp", to.String())
	require.NoError(t, err)
	defer conn.Close()
	for i := range n {
		_, err := fmt.Fprintf(conn, "<13>%04d %s", i, strings.Repeat("x", 1000))
		require.NoError(t, err)
	}
}

// TestDrops fills a socket with a small buffer: what is received and what the kernel says it has dropped is what was
// sent.
func TestDrops(t *testing.T) {
	s, err := openUDP(t.Context(), &Config{Endpoint: "127.0.0.1:0", ReadBufferSize: 8 << 10}, zap.NewNop())
	require.NoError(t, err)
	defer s.Close()
	require.NotEmpty(t, s.control)
	buf := make([]byte, 2000)
	for round := range 3 {
		sent := 100 * (round + 1)
		flood(t, s.LocalAddr(), sent)
		received, lost := 0, 0
		take := func() error {
			require.NoError(t, s.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
			_, peer, n, err := s.receive(buf)
			if err == nil {
				received++
				assert.Equal(t, "127.0.0.1", peer.String())
			}
			lost += int(n)
			return err
		}
		takeAll := func() {
			for err = nil; err == nil; {
				err = take()
			}
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		}
		takeAll()
		require.Less(t, received, sent)
		// The kernel tells of the last ones with the next that it takes. On a busy machine a deadline may have passed
		// before anything was looked for, so that it takes more than one.
		for end := time.Now().Add(soon); received+lost < sent && time.Now().Before(end); {
			flood(t, s.LocalAddr(), 1)
			sent++
			takeAll()
		}
		assert.Equal(t, sent, received+lost)
		assert.NotZero(t, lost)
	}
}

// TestLostDatagrams counts what the kernel has dropped, and says so.
func TestLostDatagrams(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	u := newDatagrams(Config{Transport: "udp"}, settings(t, tel, func(context.Context, plog.Logs) error { return nil }))
	s, err := openUDP(t.Context(), &Config{Endpoint: "127.0.0.1:0", ReadBufferSize: 8 << 10}, zap.NewNop())
	require.NoError(t, err)
	flood(t, s.LocalAddr(), 200)
	u.conn = s
	go u.read()
	go u.work()
	require.Eventually(t, func() bool {
		flood(t, s.LocalAddr(), 1)
		return countertest.By(t, tel, "otelcol_receiver_proxylog_lost_datagrams")[""] > 0
	}, soon, 10*time.Millisecond)
	require.NoError(t, u.Shutdown(t.Context()))
	assert.Greater(t, countertest.By(t, tel, "otelcol_receiver_proxylog_lost_datagrams")[""], int64(100))
}

// TestReadBuffer asks for the buffer that is configured, and says when the kernel gives less.
func TestReadBuffer(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	for _, size := range []int{16 << 10, 32 << 10} {
		s, err := openUDP(t.Context(), &Config{Endpoint: "127.0.0.1:0", ReadBufferSize: helper.ByteSize(size)}, zap.New(core))
		require.NoError(t, err)
		assert.Equal(t, size, readBuffer(s.UDPConn))
		require.NoError(t, s.Close())
	}
	assert.Zero(t, logs.Len())
	s, err := openUDP(t.Context(), &Config{Endpoint: "127.0.0.1:0", ReadBufferSize: maxReadBuffer}, zap.New(core))
	require.NoError(t, err)
	have := readBuffer(s.UDPConn)
	require.NoError(t, s.Close())
	assert.Equal(t, have < maxReadBuffer, logs.FilterMessageSnippet("smaller buffer").Len() == 1)
}

// TestControl finds nothing in control messages that are none.
func TestControl(t *testing.T) {
	for _, c := range [][]byte{nil, {}, make([]byte, 5), make([]byte, controlSize)} {
		_, ok := drops(c)
		assert.False(t, ok)
	}
	assert.False(t, countDrops(closedUDP(t)))
	assert.Zero(t, readBuffer(closedUDP(t)))
}

func closedUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.ErrorIs(t, conn.Close(), net.ErrClosed)
	return conn
}
