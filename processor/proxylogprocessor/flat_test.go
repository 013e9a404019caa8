// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// exports are the messages that Envoy's logger has sent in a capture.
func exports(t *testing.T, raw []string) []plog.Logs {
	t.Helper()
	var out []plog.Logs
	for _, l := range raw {
		logs, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs([]byte(l))
		require.NoError(t, err)
		out = append(out, logs)
	}
	return out
}

// withoutBody is a record as flat tells it, without its body.
func withoutBody(t *testing.T, r placed) string {
	t.Helper()
	c := plog.NewLogRecord()
	r.CopyTo(c)
	pcommon.NewValueEmpty().CopyTo(c.Body())
	return flat(t, placed{c, r.resource, r.scope})
}

// TestEnvoyOverOTLP: a record of Envoy's logger becomes what the same record becomes out of a file of GDC's log pipeline.
func TestEnvoyOverOTLP(t *testing.T) {
	file := formattest.Corpus(t, "envoy/gdc_otlp_flat.log")
	want := map[string]int{}
	for _, r := range records(run(t, nil, bodies(formattest.Lines(t, file)...))) {
		want[withoutBody(t, r)]++
	}
	got := map[string]int{}
	n := 0
	sink := new(consumertest.LogsSink)
	h := start(t, nil, sink)
	for _, logs := range exports(t, formattest.Lines(t, formattest.Corpus(t, "envoy/otlp_raw.jsonl"))) {
		require.NoError(t, h.ConsumeLogs(t.Context(), logs))
	}
	for _, logs := range sink.AllLogs() {
		for _, r := range records(logs) {
			require.Equal(t, pcommon.ValueTypeEmpty, r.Body().Type())
			got[withoutBody(t, r)]++
			n++
		}
	}
	assert.Equal(t, 865, n)
	for w, k := range want {
		if !assert.Equal(t, k, got[w], w) {
			for g := range got {
				if want[g] == 0 {
					t.Log(g)
					break
				}
			}
			break
		}
	}
	assert.Equal(t, map[string]int64{"parsed": 865}, h.sum(t, "otelcol_processor_proxylog_lines", "outcome"))
}

// TestEnvoyBadUTF8 reads the messages that strict receivers refuse, since Envoy puts bytes that are no UTF-8 into them.
func TestEnvoyBadUTF8(t *testing.T) {
	sent, n, latin := 0, 0, 0
	for _, l := range formattest.Lines(t, formattest.Corpus(t, "envoy/otlp_undecodable.jsonl")) {
		var m struct{ B64 string }
		require.NoError(t, json.Unmarshal([]byte(l), &m))
		raw, err := base64.StdEncoding.DecodeString(m.B64)
		require.NoError(t, err)
		logs, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(raw)
		require.NoError(t, err)
		sent += logs.LogRecordCount()
		for _, r := range records(run(t, nil, logs)) {
			n++
			assert.Equal(t, "github.com/proxylog/proxylog/envoy", r.scope.Name())
			for k, v := range r.Attributes().AsRaw() {
				if s, ok := v.(string); ok {
					require.True(t, utf8.ValidString(s), k)
					if k == "user_agent.original" && strings.ContainsFunc(s, func(c rune) bool { return c > 127 && c < 256 }) {
						latin++
					}
				}
			}
		}
	}
	assert.Equal(t, 105, n)
	assert.Equal(t, sent, n)
	assert.Equal(t, 6, latin, "each byte as a character of Latin-1, as in Envoy's JSON")
}

// flatRecord is a record of Envoy's logger without the labels of its resource.
func flatRecord() (plog.Logs, plog.LogRecord) {
	logs := plog.NewLogs()
	rl := logs.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("deployment.environment.name", "lab")
	rec := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	for k, v := range map[string]string{
		"start_time": "2026-11-21T23:51:58.578Z", "method": "GET", "path": "/a?b", "protocol": "HTTP/1.1", "response_code": "404", "response_flags": "NR", "duration": "7",
		"bytes_sent": "11", "bytes_received": "-", "upstream_host": "-", "authority": "a.example:81",
	} {
		rec.Attributes().PutStr(k, v)
	}
	return logs, rec
}

// TestEnvoyAttributes: what other components knew stays, and what is no access log is not touched.
func TestEnvoyAttributes(t *testing.T) {
	logs, rec := flatRecord()
	rec.Attributes().PutStr("k8s.pod.name", "gateway-0")
	rec.Attributes().PutStr("team", "blue")
	rec.Attributes().PutEmptyMap("nested").PutInt("depth", 1)
	rec.SetTraceID(pcommon.TraceID{1})
	rec.SetTimestamp(1)
	out := records(run(t, nil, logs))
	require.Len(t, out, 1)
	assert.Equal(t, map[string]any{"deployment.environment.name": "lab", "service.name": "envoy"}, out[0].resource.AsRaw())
	a := out[0].Attributes().AsRaw()
	for k, v := range map[string]any{
		"http.request.method": "GET", "url.path": "/a", "url.query": "b", "http.response.status_code": int64(404), "error.type": "404", "proxy.duration": 0.007,
		"server.address": "a.example", "server.port": int64(81), "k8s.pod.name": "gateway-0", "envoy.team": "blue", "envoy.nested": `{"depth":1}`,
		"proxy.client.bytes_received": int64(11),
	} {
		assert.Equal(t, v, a[k], k)
	}
	for _, k := range []string{"method", "bytes_received", "team", "proxy.client.bytes_sent", "envoy.time_unix_nano"} {
		assert.NotContains(t, a, k)
	}
	assert.Equal(t, pcommon.TraceID{1}, out[0].TraceID())
	assert.Equal(t, "2026-11-21T23:51:58.585Z", out[0].Timestamp().AsTime().Format("2006-01-02T15:04:05.999Z07:00"))

	// A value that is none is an error; the record stays as it is.
	logs, rec = flatRecord()
	rec.Attributes().PutStr("duration", "long")
	logs.ResourceLogs().At(0).Resource().Attributes().PutStr("log_name", "x")
	out = records(run(t, nil, logs))
	require.Len(t, out, 1)
	a = out[0].Attributes().AsRaw()
	assert.Equal(t, []any{"bad_value", "duration", "long", "GET"}, []any{a["proxylog.error.type"], a["proxylog.error.field"], a["duration"], a["method"]})
	assert.Empty(t, records(run(t, func(c *Config) { c.Decode.OnError = "drop" }, logs)))

	// What is no access log passes, dropped errors or not; so does one where another format is configured.
	for _, change := range []func(*Config){nil, func(c *Config) { c.Decode.OnError = "drop" }} {
		other := plog.NewLogs()
		rec = other.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		rec.Attributes().PutStr("method", "GET")
		rec.Attributes().PutStr("path", "/")
		want := rec.Attributes().AsRaw()
		out = records(run(t, change, other))
		require.Len(t, out, 1)
		assert.Equal(t, want, out[0].Attributes().AsRaw())
	}
	logs, rec = flatRecord()
	want := rec.Attributes().AsRaw()
	assert.Equal(t, want, records(run(t, func(c *Config) { c.Decode.Format = "haproxy" }, logs))[0].Attributes().AsRaw())
}

// TestEnvoyOwnAttributes reads records whose attributes a bootstrap names, also with a body.
func TestEnvoyOwnAttributes(t *testing.T) {
	const own = `{"opentelemetry_access_logger":{"attributes":{"t":"%START_TIME(%s.%3f)%","line":"%REQ(:METHOD)% %REQ(:PATH)%","c":"%RESPONSE_CODE%","x":{"team":"%REQ(X-TEAM)%"}}}}`
	logs := plog.NewLogs()
	rl := logs.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("cluster_name", "shop.prod")
	rl.Resource().Attributes().PutStr("node_name", "sidecar~192.0.2.9~shop-0.prod~prod.svc.cluster.local")
	rec := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	rec.SetTimestamp(1795305118578889000)
	rec.Body().SetStr("what the configuration says")
	for k, v := range map[string]string{"t": "1795305118.578", "line": "PUT /a", "c": "204"} {
		rec.Attributes().PutStr(k, v)
	}
	rec.Attributes().PutEmptyMap("x").PutStr("team", "red")
	rec.Attributes().PutStr("more", "m")
	out := records(run(t, func(c *Config) { c.Decode.Formats.Envoy.Format = []string{own} }, logs))
	require.Len(t, out, 1)
	a := out[0].Attributes().AsRaw()
	for k, v := range map[string]any{
		"http.request.method": "PUT", "url.path": "/a", "http.response.status_code": int64(204), "http.request.header.x-team": []any{"red"}, "envoy.more": "m",
		"proxy.start_time": "2026-11-21T23:51:58.578889000Z",
	} {
		assert.Equal(t, v, a[k], k)
	}
	assert.Equal(t, "what the configuration says", out[0].Body().Str())
	assert.Equal(t, map[string]any{
		"service.name": "shop", "service.namespace": "prod", "gdc.cluster_name": "shop.prod", "envoy.node.id": "sidecar~192.0.2.9~shop-0.prod~prod.svc.cluster.local",
		"k8s.pod.name": "shop-0", "k8s.namespace.name": "prod", "k8s.pod.ip": "192.0.2.9",
	}, out[0].resource.AsRaw())
}

// TestObjectBodies reads an object that another receiver, such as splunk_hec, has taken apart; its body stays.
func TestObjectBodies(t *testing.T) {
	line := formattest.Lines(t, formattest.Testdata("envoy/ok/gdc.log"))[0]
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(line))
	require.NoError(t, dec.Decode(&m))
	logs := bodies("x")
	body := records(logs)[0].Body()
	require.NoError(t, body.FromRaw(m))
	got := records(run(t, nil, logs))
	want := records(run(t, nil, bodies(line)))
	require.Len(t, got, 1)
	assert.Equal(t, withoutBody(t, want[0]), withoutBody(t, got[0]))
	assert.Equal(t, pcommon.ValueTypeMap, got[0].Body().Type())
}
