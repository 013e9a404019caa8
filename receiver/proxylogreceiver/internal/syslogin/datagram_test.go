// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/countertest"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func settings(t *testing.T, tel *componenttest.Telemetry, consume consumer.ConsumeLogsFunc) Settings {
	t.Helper()
	decoder, err := decode.New(decode.NewConfig(), decode.Settings{})
	require.NoError(t, err)
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	require.NoError(t, err)
	next, err := consumer.NewLogs(consume)
	require.NoError(t, err)
	sink, err := deliver.New(deliver.Settings{
		Receiver: set, Decoder: decoder, Counters: deliver.NewCounters(telemetry, false), Next: next, Transport: "udp",
	})
	require.NoError(t, err)
	return Settings{Logger: zap.NewNop(), Decoder: decoder, Sink: sink, MaxLine: 1 << 20}
}

// TestOverflow counts the lines of datagrams for which the queue has no room, and delivers the others.
func TestOverflow(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	busy := make(chan struct{})
	taken := 0
	u := newDatagrams(Config{Transport: "udp", Endpoint: "127.0.0.1:0"}, settings(t, tel, func(_ context.Context, logs plog.Logs) error {
		<-busy
		taken += logs.LogRecordCount()
		return nil
	}))
	u.queue = make(chan datagram, 2)
	for i := range 5 {
		text := []byte(fmt.Sprintf("<13>%d\n<13>and\n", i))
		if u.queued.Add(int64(len(text))); len(u.queue) == cap(u.queue) {
			u.drop(text)
			continue
		}
		u.queue <- datagram{netip.MustParseAddr("10.0.0.1"), string(text), false, time.Unix(1_800_000_000, 0)}
	}
	go u.work()
	close(u.queue)
	close(busy)
	<-u.done
	assert.Equal(t, 4, taken)
	assert.Zero(t, u.queued.Load())
	assert.Equal(t, map[string]int64{"refused": 6, "rejected": 4}, countertest.By(t, tel, "otelcol_receiver_proxylog_lines", "outcome"))
}

// TestPeersKeepNoDatagrams wants the last, short line of a datagram not to keep all of it in memory.
func TestPeersKeepNoDatagrams(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	u := newDatagrams(Config{Transport: "udp"}, settings(t, tel, func(context.Context, plog.Logs) error { return nil }))
	text := []byte(strings.Repeat("<13>"+strings.Repeat("x", 100)+"\n", 500) + "<13>x")
	kept := weak.Make(unsafe.SliceData(text))
	var b batch
	u.split(&b, datagram{netip.MustParseAddr("10.0.0.1"), unsafe.String(unsafe.SliceData(text), len(text)), false, time.Unix(1_800_000_000, 0)})
	b.flush(u.set.Sink)
	runtime.GC()
	assert.Nil(t, kept.Value())
	assert.Equal(t, 1, u.sources.Len())
}

// TestHolding keeps the beginnings of lines of so many peers only, delivers that of the others as it is, and the rest when
// the receiver stops.
func TestHolding(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	truncated, whole := 0, 0
	u := newDatagrams(Config{Transport: "udp"}, settings(t, tel, func(_ context.Context, logs plog.Logs) error {
		for _, rl := range logs.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, r := range sl.LogRecords().All() {
					if v, _ := r.Attributes().Get("proxylog.error.type"); v.AsString() == "truncated" {
						truncated++
					} else {
						whole++
					}
				}
			}
		}
		return nil
	}))
	const peers = maxHolding + 10
	send := func(i int, text string) {
		u.queue <- datagram{netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), text, false, time.Unix(1_800_000_000, 0)}
	}
	var b batch
	take := func() {
		for len(u.queue) > 0 {
			u.split(&b, <-u.queue)
			u.flush(&b)
		}
	}
	for i := range peers {
		send(i, "2026-11-22T21:10:17Z stdout P the beginning of\n")
	}
	take()
	assert.Equal(t, peers-maxHolding, truncated)
	send(peers-1, "2026-11-22T21:10:17Z stdout F a line")
	take()
	assert.Equal(t, []int{peers - maxHolding, 1}, []int{truncated, whole})
	assert.Len(t, u.holding, maxHolding-1)
	go u.work()
	close(u.queue)
	<-u.done
	assert.Equal(t, []int{peers - 1, 1}, []int{truncated, whole})
}

// TestPeers bounds what is remembered of senders.
func TestPeers(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	u := newDatagrams(Config{Transport: "udp"}, settings(t, tel, func(context.Context, plog.Logs) error { return nil }))
	var b batch
	for i := range 3 * maxPeers {
		peer := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		u.split(&b, datagram{peer, "<13>x", false, time.Unix(1_800_000_000, 0)})
	}
	assert.Equal(t, maxPeers, u.sources.Len())
	assert.Less(t, len(b.items), maxItems)
}
