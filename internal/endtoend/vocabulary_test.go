// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// common are the attributes that mean the same on all five formats. A line of the table below has each of them, or it is
// absent.
var common = []string{
	"proxy.type", "proxy.session.id", "proxy.request.id", "proxy.start_time", "proxy.duration",
	"proxy.client.bytes_sent", "proxy.client.bytes_received", "proxy.upstream.bytes_sent", "proxy.upstream.bytes_received",
	"proxy.delta.client.bytes_sent", "proxy.delta.client.bytes_received",
	"proxy.upstream.address", "proxy.upstream.port", "proxy.upstream.name", "proxy.listener.name",
	"proxy.outcome", "proxy.ended_by", "error.type",
	"client.address", "client.port", "server.address", "server.port", "network.local.address", "network.local.port",
	"network.transport", "network.type", "network.protocol.name", "network.protocol.version",
	"http.request.method", "http.response.status_code", "user.name",
}

type row map[string]any

// vocabulary are lines of the captures under testdata, each picked by a text that only it holds, and what they say, read
// by hand: the first event and the end of what it reports, then the common attributes.
var vocabulary = []struct {
	what, file, holds string
	event, end        string
	want              row
}{
	{
		"HAProxy: the server refused the connection", "haproxy/ok/tcplog_rfc3164.log", "127.0.0.1:34578 ",
		"proxy.session.end", "2026-11-21T23:43:15.075Z",
		row{
			"proxy.type": "haproxy", "proxy.start_time": "2026-11-21T23:43:14.824000000Z", "proxy.duration": 0.251,
			"proxy.client.bytes_received": int64(0), "proxy.upstream.name": "fnt.refused/s-ref", "proxy.listener.name": "fnt",
			"proxy.outcome": "failure", "proxy.ended_by": "upstream", "error.type": "connection_refused",
			"client.address": "127.0.0.1", "client.port": int64(34578), "network.transport": "tcp", "network.type": "ipv4",
		},
	},
	{
		"HAProxy: denied by the proxy", "haproxy/ok/httplog_v32_rfc3164.log", "127.0.0.1:39224 ",
		"proxy.request.end", "2026-11-21T19:01:32.14Z",
		row{
			"proxy.type": "haproxy", "proxy.start_time": "2026-11-21T19:01:32.140000000Z", "proxy.duration": 0.0,
			"proxy.client.bytes_received": int64(192), "proxy.listener.name": "http-in",
			"proxy.outcome": "failure", "proxy.ended_by": "proxy", "error.type": "403",
			"client.address": "127.0.0.1", "client.port": int64(39224), "network.transport": "tcp", "network.type": "ipv4",
			"network.protocol.name": "http", "network.protocol.version": "1.1", "http.request.method": "GET", "http.response.status_code": int64(403),
		},
	},
	{
		"HAProxy: a 404 of the server's", "haproxy/ok/httplog_v32_rfc3164.log", "127.0.0.1:39612 ",
		"proxy.request.end", "2026-11-21T19:01:33.835Z",
		row{
			"proxy.type": "haproxy", "proxy.start_time": "2026-11-21T19:01:33.834000000Z", "proxy.duration": 0.001,
			"proxy.client.bytes_received": int64(112), "proxy.upstream.name": "http-in.ok/s1", "proxy.listener.name": "http-in",
			"proxy.outcome": "success", "proxy.ended_by": "unknown",
			"client.address": "127.0.0.1", "client.port": int64(39612), "network.transport": "tcp", "network.type": "ipv4",
			"network.protocol.name": "http", "network.protocol.version": "1.1", "http.request.method": "GET", "http.response.status_code": int64(404),
		},
	},
	{
		"Squid: denied by the proxy", "squid/ok/squid.log", "1795304950.400      0 127.0.0.1 TCP_DENIED/403",
		"proxy.request.end", "2026-11-21T23:49:10.4Z",
		row{
			"proxy.type": "squid", "proxy.start_time": "2026-11-21T23:49:10.400000000Z", "proxy.duration": 0.0,
			"proxy.client.bytes_received": int64(3418), "proxy.outcome": "failure", "proxy.ended_by": "proxy", "error.type": "403",
			"client.address": "127.0.0.1", "server.address": "127.0.0.1", "server.port": int64(19201),
			"network.transport": "tcp", "network.type": "ipv4", "network.protocol.name": "http",
			"http.request.method": "GET", "http.response.status_code": int64(403),
		},
	},
	{
		"Squid: a 404 of the server's", "squid/ok/squid.log", "1795304950.564     50 127.0.0.7 TCP_MISS/404",
		"proxy.request.end", "2026-11-21T23:49:10.564Z",
		row{
			"proxy.type": "squid", "proxy.start_time": "2026-11-21T23:49:10.514000000Z", "proxy.duration": 0.05,
			"proxy.client.bytes_received": int64(236), "proxy.upstream.address": "127.0.0.1",
			"proxy.outcome": "success", "proxy.ended_by": "unknown",
			"client.address": "127.0.0.7", "server.address": "127.0.0.1", "server.port": int64(19201),
			"network.transport": "tcp", "network.type": "ipv4", "network.protocol.name": "http",
			"http.request.method": "GET", "http.response.status_code": int64(404),
		},
	},
	{
		"Squid: combined, whose time is one of seconds", "squid/ok/combined.log", `"GET http://127.0.0.1:19201/tt/i-sat-7/x-ok-50? HTTP/1.1" 403 240`,
		"proxy.request.end", "2026-11-21T23:49:10Z",
		row{
			"proxy.type": "squid", "proxy.client.bytes_received": int64(240), "proxy.outcome": "success", "proxy.ended_by": "unknown",
			"client.address": "127.0.0.2", "server.address": "127.0.0.1", "server.port": int64(19201),
			"network.transport": "tcp", "network.type": "ipv4", "network.protocol.name": "http", "network.protocol.version": "1.1",
			"http.request.method": "GET", "http.response.status_code": int64(403),
		},
	},
	{
		"Squid: an ICAP server that failed", "squid/ok/icap_squid.log", "ICAP_ERR_OTHER/000 0 OPTIONS icap://127.0.0.1:13450/optclose",
		"proxy.adaptation.end", "2026-11-21T23:49:10.167Z",
		row{ // no client: Squid asked of its own accord
			"proxy.type": "squid", "proxy.start_time": "2026-11-21T23:49:10.165000000Z", "proxy.duration": 0.002,
			"proxy.upstream.address": "127.0.0.1", "proxy.upstream.port": int64(13450),
			"proxy.outcome": "failure", "proxy.ended_by": "upstream", "error.type": "ICAP_ERR_OTHER", "network.transport": "tcp",
		},
	},
	{
		"Envoy: a 502 of the server's", "envoy/ok/default.log", `"OPTIONS /api/v3/push/800 HTTP/1.1" 502`,
		"proxy.request.end", "2026-11-21T23:51:58.592Z",
		row{
			"proxy.type": "envoy", "proxy.request.id": "34eb7ff9-0d12-4081-ab83-cf42d9f770ce",
			"proxy.start_time": "2026-11-21T23:51:58.581000000Z", "proxy.duration": 0.011,
			"proxy.client.bytes_sent": int64(0), "proxy.client.bytes_received": int64(100),
			"proxy.upstream.address": "127.0.0.1", "proxy.upstream.port": int64(17400),
			"proxy.outcome": "failure", "proxy.ended_by": "unknown", "error.type": "502",
			"server.address": "app.lab.example", "network.transport": "tcp", "network.protocol.name": "http", "network.protocol.version": "1.1",
			"http.request.method": "OPTIONS", "http.response.status_code": int64(502),
		},
	},
	{
		"Envoy: the client left", "envoy/ok/default.log", `"GET /api/dcm/2 HTTP/1.1" 200 DC`,
		"proxy.request.end", "2026-11-21T23:51:58.612Z",
		row{
			"proxy.type": "envoy", "proxy.request.id": "2ade9003-7bea-4a04-82df-77fa747942eb",
			"proxy.start_time": "2026-11-21T23:51:58.604000000Z", "proxy.duration": 0.008,
			"proxy.client.bytes_sent": int64(0), "proxy.client.bytes_received": int64(1000),
			"proxy.upstream.address": "127.0.0.1", "proxy.upstream.port": int64(17400),
			"proxy.outcome": "unknown", "proxy.ended_by": "client",
			"server.address": "app.lab.example", "network.transport": "tcp", "network.protocol.name": "http", "network.protocol.version": "1.1",
			"http.request.method": "GET", "http.response.status_code": int64(200),
		},
	},
	{
		"Envoy: a TCP session of the end's line", "envoy/ok/typed.log", `"type":"TcpConnectionEnd","unique_id":"c1e411fa`,
		"proxy.session.end", "2026-11-21T23:52:15.607416Z",
		row{ // what went over the wire to the upstream is not what it sent and received where there is TLS: none of the common
			"proxy.type": "envoy", "proxy.session.id": "10ffd74c-c5d4-46e7-92c3-a01996dd19ec",
			"proxy.start_time": "2026-11-21T23:52:15.394416000Z", "proxy.duration": 0.213,
			"proxy.client.bytes_sent": int64(12), "proxy.client.bytes_received": int64(300000),
			"proxy.upstream.address": "127.0.0.1", "proxy.upstream.port": int64(17402), "proxy.upstream.name": "tcp_echo",
			"proxy.outcome": "success", "proxy.ended_by": "unknown",
			"client.address": "127.0.0.1", "client.port": int64(54474), "network.local.address": "127.0.0.1", "network.local.port": int64(17305),
			"network.transport": "tcp", "network.type": "ipv4",
		},
	},
	{
		"g3proxy: a task that finished", "g3proxy/ok/rfc3164.log", `c_rd_bytes=106, total_time="4.364ms"`,
		"proxy.session.end", "2026-11-21T23:45:01.584047Z",
		row{
			"proxy.type": "g3proxy", "proxy.session.id": "91847060e60511f199acb5f191b3bc75",
			"proxy.start_time": "2026-11-21T23:45:01.579683000Z", "proxy.duration": 0.004364,
			"proxy.client.bytes_sent": int64(106), "proxy.client.bytes_received": int64(1100),
			"proxy.upstream.bytes_sent": int64(1100), "proxy.upstream.bytes_received": int64(106),
			"proxy.upstream.address": "127.0.0.1", "proxy.upstream.port": int64(18000), "proxy.upstream.name": "direct", "proxy.listener.name": "socks-open",
			"proxy.outcome": "success", "proxy.ended_by": "unknown",
			"client.address": "127.0.0.1", "client.port": int64(60144), "server.address": "www.ok.test", "server.port": int64(18000),
			"network.local.address": "127.0.0.1", "network.local.port": int64(22002), "network.transport": "tcp", "network.type": "ipv4",
		},
	},
	{
		// A task's error.type is its reason, also where the task is an HTTP request.
		"g3proxy: denied by the proxy", "g3proxy/ok/rfc3164.log", `task_event="Finished", task_id="918cb69de60511f199beb5f191b3bc75"`,
		"proxy.session.end", "2026-11-21T23:45:01.634002258Z",
		row{
			"proxy.type": "g3proxy", "proxy.session.id": "918cb69de60511f199beb5f191b3bc75",
			"proxy.start_time": "2026-11-21T23:45:01.633910000Z", "proxy.duration": 0.000092258,
			"proxy.client.bytes_sent": int64(0), "proxy.client.bytes_received": int64(0),
			"proxy.upstream.bytes_sent": int64(0), "proxy.upstream.bytes_received": int64(0), "proxy.listener.name": "http-main",
			"proxy.outcome": "failure", "proxy.ended_by": "proxy", "error.type": "ForbiddenByRule", "user.name": "slowpoke",
			"client.address": "127.0.0.1", "client.port": int64(39296), "server.address": "www.ok.test", "server.port": int64(18000),
			"network.local.address": "127.0.0.1", "network.local.port": int64(22000), "network.transport": "tcp", "network.type": "ipv4",
			"network.protocol.name": "http", "http.request.method": "GET", "http.response.status_code": int64(429),
		},
	},
	{
		"EdgeOne: the client's side failed", "edgeone/ok/entries.log", `"DisconnetReason":"down:net_exception_peer_error","ClientRealIP":"198.51.100.64"`,
		"proxy.session.end", "2026-11-20T00:08:54Z",
		row{
			"proxy.type": "edgeone", "proxy.session.id": "7351927343789653715",
			"proxy.start_time": "2026-11-20T00:06:42.000000000Z", "proxy.duration": 132.0,
			"proxy.delta.client.bytes_sent": int64(0), "proxy.delta.client.bytes_received": int64(0), "proxy.listener.name": "sid-0odr1xesvzem",
			"proxy.outcome": "failure", "proxy.ended_by": "client", "error.type": "net_exception_peer_error",
			"client.address": "198.51.100.64", "server.port": int64(1883),
			"network.local.address": "192.0.2.123", "network.local.port": int64(1883), "network.transport": "tcp", "network.type": "ipv4",
		},
	},
	{
		"EdgeOne: a session that goes on", "edgeone/ok/entries.log", `"SentBytes":279,"ReceivedBytes":2655`,
		"proxy.session.progress", "2026-11-20T00:07:44Z",
		row{
			"proxy.type": "edgeone", "proxy.session.id": "7351927343789653715",
			"proxy.start_time": "2026-11-20T00:06:42.000000000Z", "proxy.duration": 62.0,
			"proxy.delta.client.bytes_sent": int64(279), "proxy.delta.client.bytes_received": int64(2655), "proxy.listener.name": "sid-0odr1xesvzem",
			"client.address": "198.51.100.64", "server.port": int64(1883),
			"network.local.address": "192.0.2.123", "network.local.port": int64(1883), "network.transport": "tcp", "network.type": "ipv4",
		},
	},
}

// pick is the first line of a capture under testdata that holds a text.
func pick(t *testing.T, file, holds string) string {
	t.Helper()
	for _, l := range formattest.Lines(t, formattest.Testdata(file)) {
		if strings.Contains(l, holds) {
			return l
		}
	}
	t.Fatalf("%s has no line with %s", file, holds)
	return ""
}

// TestVocabulary wants the common attributes of all five formats to be there where the line tells them, with the same
// meaning and the same type, and not to be there where it does not. The format is not told.
func TestVocabulary(t *testing.T) {
	formats := map[any]bool{}
	for _, c := range vocabulary {
		t.Run(c.what, func(t *testing.T) {
			cfg := decode.NewConfig()
			cfg.Formats.HAProxy.Timezone = "UTC" // wherever the tests run
			lr, _ := formattest.Record(t, cfg, pick(t, c.file, c.holds))
			got := row{}
			for _, k := range common {
				if v, ok := lr.Attributes().Get(k); ok {
					got[k] = v.AsRaw()
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if end := lr.Timestamp().AsTime().Format("2006-01-02T15:04:05.999999999Z"); lr.EventName() != c.event || end != c.end {
				t.Errorf("%s at %s, want %s at %s", lr.EventName(), end, c.event, c.end)
			}
			formats[c.want["proxy.type"]] = true
		})
	}
	require.Len(t, formats, all.Count, "a format has no line here")
}

// TestClientBytes holds the bytes in both directions against what the clients of Envoy's captures counted themselves, in
// two of its formats. Those of EdgeOne and g3proxy are held against their truth by TestEdgeOne and TestG3proxy.
func TestClientBytes(t *testing.T) {
	type key struct{ client, id string }
	type bytes struct{ sent, received int64 }
	want := map[key]bytes{}
	for _, c := range truth[struct {
		Local, Kind string
		ID          string `json:"request_id"`
		Complete    bool
		Sent        int64 `json:"req_body_sent"`
		Received    int64 `json:"resp_body"`
	}](t, formattest.Corpus(t, "envoy/truth.jsonl")) {
		if c.Kind == "" && c.Complete && c.ID != "" {
			want[key{c.Local, c.ID}] = bytes{c.Sent, c.Received}
		}
	}
	for _, file := range []string{"gdc_json", "istio_json"} {
		compared := 0
		for _, logs := range read(t, decode.NewConfig(), formattest.Lines(t, formattest.Corpus(t, "envoy/"+file+".log"))) {
			each(logs, func(_ pcommon.Resource, _ pcommon.InstrumentationScope, lr plog.LogRecord) {
				k := key{word(lr, "client.address") + ":" + word(lr, "client.port"), word(lr, "proxy.request.id")}
				w, ok := want[k]
				if !ok {
					return
				}
				compared++
				if got := (bytes{number(lr, "proxy.client.bytes_sent"), number(lr, "proxy.client.bytes_received")}); got != w {
					t.Errorf("%s: %v: %v, want %v", file, k, got, w)
				}
			})
		}
		if compared < 400 {
			t.Errorf("%s: %d requests compared", file, compared)
		}
	}
}
