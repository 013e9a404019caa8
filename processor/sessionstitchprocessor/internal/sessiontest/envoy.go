// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessiontest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// Envoy writes the record of a line of the corpus' JSON formats that name each operator in a short form.
func Envoy(t testing.TB, e map[string]any, rec plog.LogRecord) {
	a := rec.Attributes()
	a.PutStr(attr.ProxyType, "envoy")
	put(a, attr.EnvoyAccessLogType, text(e, "type"))
	put(a, attr.EnvoyStreamID, text(e, "stream_id"))
	put(a, attr.ProxyRequestID, text(e, "request_id"))
	putInt(a, attr.EnvoyConnectionID, text(e, "connection_id"))
	start, err := time.Parse(time.RFC3339Nano, text(e, "start_time"))
	require.NoError(t, err)
	duration, err := time.ParseDuration(text(e, "duration_ms") + "ms")
	require.NoError(t, err)
	a.PutStr(attr.ProxyStartTime, record.FormatTime(start.UnixNano()))
	a.PutDouble(attr.ProxyDuration, duration.Seconds())
	rec.SetTimestamp(pcommon.NewTimestampFromTime(start.Add(duration)))
	for key, to := range map[string]string{"down_local": attr.NetworkLocalAddress, "down_remote": attr.ClientAddress, "down_direct_remote": attr.NetworkPeerAddress} {
		if s := text(e, key); s != "" {
			host, port := cut(s)
			put(a, to, host)
			putInt(a, strings.TrimSuffix(to, "address")+"port", port)
		}
	}
	put(a, attr.EnvoyUpstreamLocalAddress, text(e, "upstream_local"))
	put(a, attr.EnvoyResponseCodeDetails, text(e, "code_details"))
	if strings.HasPrefix(text(e, "type"), "Upstream") {
		putInt(a, attr.ProxyUpstreamBytesSent, text(e, "bytes_received"))
		putInt(a, attr.ProxyUpstreamBytesReceived, text(e, "bytes_sent"))
		return
	}
	putInt(a, attr.ProxyClientBytesSent, text(e, "bytes_received"))
	putInt(a, attr.ProxyClientBytesReceived, text(e, "bytes_sent"))
}
