// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package endtoend

import (
	"context"
	"encoding/base64"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver"
)

// TestSquidDatagrams sends the datagrams of Squid's udp and syslog modules to the receiver: each line in them becomes a
// record, by its dialect.
func TestSquidDatagrams(t *testing.T) {
	for _, c := range []struct {
		file, transport string
		datagrams       int
		want            map[string]int
	}{
		{"icap_udp", "udp", 40, map[string]int{"proxylog.squid.icap_squid": 483}},
		{"access_udp", "udp", 36, map[string]int{"proxylog.squid.squid": 355}},
		{"syslog_devlog", "unixgram", 841, map[string]int{"proxylog.squid.icap_squid": 486, "proxylog.squid.combined": 355}},
	} {
		t.Run(c.file, func(t *testing.T) {
			datagrams := truth[struct{ B64 string }](t, formattest.Corpus(t, "squid/"+c.file+".dgrams.jsonl"))
			require.Len(t, datagrams, c.datagrams)
			endpoint := "127.0.0.1:0"
			if c.transport == "unixgram" {
				dir, err := os.MkdirTemp("", "plog") // a socket's path has to be short
				require.NoError(t, err)
				t.Cleanup(func() { _ = os.RemoveAll(dir) })
				endpoint = filepath.Join(dir, "log.sock")
			}
			f := proxylogreceiver.NewFactory()
			cfg := f.CreateDefaultConfig()
			require.NoError(t, confmap.NewFromStringMap(map[string]any{
				"syslog": []any{map[string]any{"transport": c.transport, "endpoint": endpoint}},
			}).Unmarshal(cfg))
			core, logs := observer.New(zap.InfoLevel)
			set := receivertest.NewNopSettings(f.Type())
			set.Logger = zap.New(core)
			sink := new(consumertest.LogsSink)
			r, err := f.CreateLogs(context.Background(), set, cfg, sink)
			require.NoError(t, err)
			require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
			entries := logs.FilterMessage("listening").All()
			require.Len(t, entries, 1)
			address, _ := entries[0].ContextMap()["address"].(string)

			conn, err := new(net.Dialer).DialContext(context.Background(), c.transport, address)
			require.NoError(t, err)
			for _, d := range datagrams {
				b, err := base64.StdEncoding.DecodeString(d.B64)
				require.NoError(t, err)
				_, err = conn.Write(b)
				require.NoError(t, err)
			}
			want := 0
			for _, n := range c.want {
				want += n
			}
			require.Eventually(t, func() bool { return sink.LogRecordCount() >= want }, time.Minute, 5*time.Millisecond)
			require.NoError(t, conn.Close())
			require.NoError(t, r.Shutdown(context.Background()))
			got := map[string]int{}
			for _, l := range sink.AllLogs() {
				each(l, func(_ pcommon.Resource, scope pcommon.InstrumentationScope, _ plog.LogRecord) {
					encoding, _ := scope.Attributes().Get("encoding.format")
					got[encoding.AsString()]++
				})
			}
			assert.Equal(t, c.want, got)
		})
	}
}
