// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/envoy"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/record"
)

// one reads a line that becomes one record.
func one(t *testing.T, cfg decode.Config, line string) *explain.Record {
	t.Helper()
	got := formattest.Explain(t, cfg, []byte(line))
	require.Len(t, got, 1, line)
	require.Nil(t, got[0].Error, "%s: %+v", line, got[0].Error)
	return got[0].Record
}

// gdc makes a GDC record of the members that every one has and the given ones.
func gdc(members string) string {
	return `{"authority":"-","bytes_received":"1","bytes_sent":"2","connection_termination_details":"-","downstream_local_address":"-",` +
		`"downstream_remote_address":"-","duration":"5","protocol":"-","response_code_details":"-","response_flags":"-",` +
		`"resource":{"log_name":"otel_envoy_accesslog"}` + members + `}`
}

func TestGDCDocumentation(t *testing.T) {
	got := formattest.Explain(t, config(), capture(t, "gdc_doc_examples"))
	require.Len(t, got, 2)
	first, second := got[0].Record, got[1].Record
	// The first has no time at all: the time of reading stands in.
	assert.Equal(t, "2026-11-22T12:00:00.000000000Z", first.Timestamp)
	assert.NotContains(t, first.Attributes, "proxy.start_time")
	assert.InDelta(t, 0.001, first.Attributes["proxy.duration"], 1e-9)
	assert.Equal(t, []any{"failure", "503", "proxy.request.end", "ERROR"}, []any{first.Attributes["proxy.outcome"], first.Attributes["error.type"], first.Event, first.Severity})
	assert.Equal(t, "cortex-tenant.obs-system.svc", first.Attributes["server.address"])
	assert.Equal(t, int64(9009), first.Attributes["server.port"])
	// The second one's time_unix_nano went through a floating point number: a multiple of 256.
	assert.Equal(t, "2022-11-23T00:58:52.092378000Z", second.Attributes["proxy.start_time"])
	assert.Equal(t, "2022-11-23T00:58:52.512378000Z", second.Timestamp)
	// Behind a forwarded address the port is 0 and the socket's peer is not known.
	assert.Equal(t, "10.253.168.4", second.Attributes["client.address"])
	for _, k := range []string{"client.port", "network.peer.address", "network.peer.port", "http.request.header.x-goog-api-client", "envoy.upstream_transport_failure_reason"} {
		assert.NotContains(t, second.Attributes, k)
	}
	for k, v := range map[string]any{
		"envoy.cluster.direction": "inbound", "envoy.cluster.port": int64(9998), "proxy.upstream.name": "inbound|9998||", "envoy.upstream_service_time": 0.399,
		"user.name": "gdch-system:serviceaccount:iam-test:psa-test", "http.request.body.size": int64(128), "http.response.body.size": int64(60),
	} {
		assert.Equal(t, v, second.Attributes[k], k)
	}
	assert.Equal(t, map[string]any{
		"service.name": "dep-translation-frontend-server", "service.namespace": "ai-translation-system",
		"gdc.cluster_name": "dep-translation-frontend-server.ai-translation-system", "gdc.service_name": "istio",
		"envoy.node.id": "sidecar~10.253.168.130~dep-translation-frontend-server-758f6c76b7-cn2qv.ai-translation-system~ai-translation-system.svc.cluster.local",
		"k8s.pod.name":  "dep-translation-frontend-server-758f6c76b7-cn2qv", "k8s.namespace.name": "ai-translation-system",
		"k8s.pod.ip": "10.253.168.130", "cloud.availability_zone": "us-east1-b",
	}, second.Resource)
}

func TestGDCTimes(t *testing.T) {
	const start = `,"start_time":"2026-11-21T23:51:58.578Z"`
	for _, c := range []struct{ members, start, timestamp string }{
		{start, "2026-11-21T23:51:58.578000000Z", "2026-11-21T23:51:58.583000000Z"},
		{start + `,"time_unix_nano":1795305118578889000`, "2026-11-21T23:51:58.578889000Z", "2026-11-21T23:51:58.583889000Z"},
		{start + `,"time_unix_nano":"1795305118578889123"`, "2026-11-21T23:51:58.578889123Z", "2026-11-21T23:51:58.583889123Z"},
		// The time of collection, as the documentation has it.
		{start + `,"time_unix_nano":1795305120000000000`, "2026-11-21T23:51:58.578000000Z", "2026-11-21T23:51:58.583000000Z"},
		{start + `,"time_unix_nano":0`, "2026-11-21T23:51:58.578000000Z", "2026-11-21T23:51:58.583000000Z"},
		{`,"start_time":1795305118578`, "2026-11-21T23:51:58.578000000Z", "2026-11-21T23:51:58.583000000Z"},
		{`,"start_time":"-","time_unix_nano":1795305118578889000`, "", "2026-11-21T23:51:58.578889000Z"},
	} {
		r := one(t, config(), gdc(c.members))
		got, _ := r.Attributes["proxy.start_time"].(string)
		assert.Equal(t, []string{c.start, c.timestamp}, []string{got, r.Timestamp}, c.members)
	}
	logs := formattest.Records(t, config(), gdc(start+`,"observed_time_unix_nano":1668556781041333000`))
	lr := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	assert.Equal(t, int64(1668556781041333000), lr.ObservedTimestamp().AsTime().UnixNano())
}

func TestGDCMembers(t *testing.T) {
	r := one(t, config(), gdc(`,"response_code":"200","method":"PURGE","path":"/a%20b?c=\u00e9&d","user_agent":"caf\u00e9 \"x\" \ud83d\ude00","severity_number":17,"severity_text":"ERROR",`+
		`"body":{"k":1},"kafka_offset":42,"ratio":0.5,"deep":{"a":[1]},"_gdch_cluster":"c1","_gdch_namespace":"istio-system","_gdch_org_name":"o","_gdch_org_id":"1",`+
		`"_gdch_tenant_id":"t","_gdch_fluentbit_pod":"fb","_gdch_new":"n","dash":"-","cluster_name":"x","x_envoy_upstream_service_time":"soon",`+
		`"upstream_cluster":null,"upstream_host":"[2001:db8::1]:8443","downstream_remote_address":"[::1]:44778"`))
	for k, v := range map[string]any{
		"http.request.method": "_OTHER", "http.request.method_original": "PURGE", "url.path": "/a%20b", "url.query": "c=é&d", "user_agent.original": `café "x" 😀`,
		"gdc.body": `{"k":1}`, "gdc.kafka_offset": int64(42), "gdc.ratio": 0.5, "gdc.deep": `{"a":[1]}`, "gdc._gdch_new": "n", "gdc.cluster_name_": "x",
		"gdc.x_envoy_upstream_service_time": "soon", "proxy.upstream.address": "2001:db8::1", "proxy.upstream.port": int64(8443),
		"client.address": "::1", "client.port": int64(44778), "network.type": "ipv6",
	} {
		assert.Equal(t, v, r.Attributes[k], k)
	}
	for _, k := range []string{"gdc.dash", "gdc.severity_text", "envoy.upstream_service_time", "proxy.upstream.name"} {
		assert.NotContains(t, r.Attributes, k)
	}
	assert.Equal(t, "ERROR", r.Severity)
	assert.Equal(t, map[string]any{
		"service.name": "envoy", "k8s.cluster.name": "c1", "gdc.namespace": "istio-system", "gdc.org_name": "o", "gdc.org_id": "1", "gdc.tenant_id": "t", "gdc.fluentbit_pod": "fb",
	}, r.Resource)
}

func TestNodes(t *testing.T) {
	for node, want := range map[string][]any{
		"sidecar~10.0.0.1~pod-1.ns~ns.svc.cluster.local": {"10.0.0.1", "pod-1", "ns"},
		"router~10.0.0.1~pod.with.points.ns":             {"10.0.0.1", "pod.with.points", "ns"},
		"sidecar~10.253.132.163":                         {"10.253.132.163", nil, nil},
		"sidecar~~pod.ns~d":                              {nil, "pod", "ns"},
		"node-7":                                         {nil, nil, nil},
		"~":                                              {nil, nil, nil},
	} {
		r := one(t, config(), strings.Replace(gdc(""), `"log_name":"otel_envoy_accesslog"`, `"node_name":"`+node+`"`, 1))
		assert.Equal(t, want, []any{r.Resource["k8s.pod.ip"], r.Resource["k8s.pod.name"], r.Resource["k8s.namespace.name"]}, node)
		assert.Equal(t, node, r.Resource["envoy.node.id"])
	}
}

func TestTrace(t *testing.T) {
	cfg := config(`{"s":"%START_TIME%","t":"%REQ(traceparent)%","i":"%TRACE_ID%","f":"%RESPONSE_FLAGS%"}`)
	trace := func(value string) (string, string, bool) {
		lr, _ := formattest.Record(t, cfg, `{"s":"2026-11-21T23:51:58.578Z",`+value+`,"f":"-"}`)
		_, header := lr.Attributes().Get("http.request.header.traceparent")
		return lr.TraceID().String(), lr.SpanID().String(), header
	}
	const id, span = "07731c46825db053421565a18bcfc221", "bed4cc285614b1ca"
	for value, want := range map[string][3]any{
		`"t":"00-` + id + `-` + span + `-01"`:                       {id, span, false},
		`"t":"00-` + id + `-0000000000000000-01"`:                   {"", "", true},
		`"t":"00-00000000000000000000000000000000-` + span + `-01"`: {"", "", false},
		`"t":"01-` + id + `-` + span + `-01-more"`:                  {"", "", true},
		`"t":"` + id + `"`:                                          {"", "", true},
		`"i":"` + id + `"`:                                          {id, "", false},
		`"i":"8b2977b0-2ffc-48cb-83b8-2b4c1ebca615"`:                {"", "", false},
		`"i":null`: {"", "", false},
	} {
		a, b, c := trace(value)
		assert.Equal(t, want, [3]any{a, b, c}, value)
	}
}

func TestUserFormats(t *testing.T) {
	// Dotted and nested keys, constants, values of several commands, a command twice, headers without a meaning of their own.
	cfg := config(`{"json_format":{"http.method":"%REQUEST_HEADER(:method)%","req":{"path":"%REQ(x-envoy-original-path?:path)%","team":"%REQ(X-Team?X-Group)%"},` +
		`"start":"%START_TIME(%s.%3f)%","ms":"%DURATION%","who":"edge","code":"%RESPONSE_CODE%","again":"%RESPONSE_CODE%","both":"%REQ(A)%/%REQ(B)%","meta":"%DYNAMIC_METADATA(a:b)%",` +
		`"server":"%RESP(Server)%"},"omit_empty_values":true}`)
	r := one(t, cfg, `{"again":404,"both":"x/y","code":404,"http.method":"GET","meta":{"k":1},"ms":7,"req":{"path":"/p","team":"t"},"server":"nginx","start":"1795305118.578","who":"edge"}`)
	for k, v := range map[string]any{
		"http.request.method": "GET", "url.path": "/p", "http.request.header.x-team": []any{"t"}, "http.response.header.server": []any{"nginx"}, "envoy.who": "edge",
		"http.response.status_code": int64(404), "envoy.code": int64(404), "http.request.header.a": []any{"x"}, "http.request.header.b": []any{"y"}, "envoy.meta": `{"k":1}`, "proxy.duration": 0.007,
		"proxy.start_time": "2026-11-21T23:51:58.578000000Z",
	} {
		assert.Equal(t, v, r.Attributes[k], k)
	}
	cfg = config(`%START_TIME(%s%9f)% %REQ(:METHOD)% "%REQ(USER-AGENT)%" %RESPONSE_FLAGS% %DOWNSTREAM_REMOTE_ADDRESS%`)
	r = one(t, cfg, `1795305118578889000 GET "a "quoted" agent" UF,URX 192.0.2.1:77`)
	assert.Equal(t, `a "quoted" agent`, r.Attributes["user_agent.original"])
	assert.Equal(t, []any{"UF", "URX"}, r.Attributes["envoy.response_flags"])
	assert.Equal(t, "UF", r.Attributes["error.type"])
	assert.Equal(t, "2026-11-21T23:51:58.578889000Z", r.Attributes["proxy.start_time"])
}

func TestUntyped(t *testing.T) {
	for members, want := range map[string]string{
		`,"method":"GET","response_code":"200"`:                                          "proxy.request.end",
		`,"method":"GET","response_code":"0","duration":"0"`:                             "proxy.session.start",
		`,"method":"GET","response_code":"0"`:                                            "proxy.request.end",
		`,"method":"GET","response_code":"0","duration":"0","response_flags":"DC"`:       "proxy.request.end",
		`,"method":"GET","response_code":"0","duration":"0","response_code_details":"x"`: "proxy.request.end",
		`,"method":"-","response_code":"400","protocol":"HTTP/1.1"`:                      "proxy.request.end",
		`,"method":"-","response_code":"0"`:                                              "proxy.session.end",
		`,"method":"-","response_code":"0","response_flags":"UF"`:                        "proxy.session.end",
	} {
		assert.Equal(t, want, one(t, config(), gdc(members)).Event, members)
	}
}

func TestConfig(t *testing.T) {
	for format, want := range map[string]string{
		"istio2":                                       `format[0]: "istio2" is neither`,
		`{"a":`:                                        "format[0]: at byte 5: not a JSON map: unexpected EOF",
		`{"a":"%PROTOCOL%" "b":"%DURATION%"`:           "format[0]: at byte 18: not a JSON map: invalid character",
		`{"a":"%START_TIME%"} {}`:                      "something follows",
		`{"a":"50%","b":"%DURATION%"}`:                 "a: at byte 2: a percent sign begins no command",
		`{"a":"%DURATION%","b":"text"}`:                "at least two of its keys",
		`{"a":"%DURATION%","b":"%NO_SUCH_COMMAND%"}`:   "b: %NO_SUCH_COMMAND%: there is no such command",
		`{"a":"%START_TIME(%H:%M)%","b":"%DURATION%"}`: "a: %START_TIME(%H:%M)%: a time printed so cannot be read back",
		`%START_TIME% %NO_SUCH_COMMAND%`:               "at byte 13: %NO_SUCH_COMMAND%: there is no such command",
		`%START_TIME(%d/%b)% %DURATION%`:               "cannot be read back",
		`%REQ(A)%%REQ(B)%`:                             "nothing",
		`%REQ(A)%%REQ(B)% %REQ(B)%`:                    "at byte 8: %REQ(B)%: nothing separates it",
		`%NO_SUCH_COMMAND% %NO_SUCH_COMMAND%`:          "at byte 0: %NO_SUCH_COMMAND%: there is no such command",
		`%REQ(A)% %REQ(B`:                              "at byte 9: a percent sign begins no command",
	} {
		cfg := config(format)
		err := cfg.Validate()
		if assert.Error(t, err, format) {
			assert.Contains(t, err.Error(), want, format)
		}
	}
	for _, format := range []string{
		"gdc", "default", " default ", `[%START_TIME%] 100%% %DURATION%`, `%START_TIME(%Y-%m-%d %H:%M:%S.%6f%Ez)% %RESPONSE_CODE%`, `%START_TIME(%FT%TZ)% %REQ(X):10%`,
	} {
		cfg := config(format)
		assert.NoError(t, cfg.Validate(), format)
	}
}

func TestSniff(t *testing.T) {
	cfg := config()
	cfg.Format = "auto"
	for line, want := range map[string]string{
		gdc(""): "", "\ufeff " + gdc(""): "", `{"SessionID":"x"}`: "unrecognized", "[2026-11-21": "unrecognized",
		`[2026-11-21T23:51:58.578Z] "- - -" 0 - 26 11 4 - "-" "-" "-" "-" "127.0.0.1:17402"`: "",
		`[2026-11-21T23:51:58.578Z] x`: "mismatch",
	} {
		reason := ""
		if e := formattest.Explain(t, cfg, []byte(line))[0].Error; e != nil {
			reason = e.Reason
		}
		assert.Equal(t, want, reason, line)
	}
}

// FuzzFormat compiles whatever a user may write, and reads a line with what compiles: nothing panics, and a format is
// either refused or can be run.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{
		"gdc", `{"a":"%START_TIME%","b":{"c":"%REQ(:PATH):5%"}}`, `[%START_TIME%] "%REQ(A?B)%" %%`, "%()%", "%REQ()%", "%REQ(?)% %RESP(", `{"":{"":"%DURATION%"},"b":"%BYTES_SENT%"}`,
		`{"a":"%DURATION%ms %REQ(X)%\"%BYTES_SENT%","b":["%PROTOCOL%"]}`, `{"text_format":"%START_TIME_LOCAL(%c %E*S%:::z)% %CEL(size(a))%","omit_empty_values":true}`,
		`{"opentelemetry_access_logger":{"attributes":{"a":"%START_TIME%","b":"%DURATION%"}}}`, "%START_TIME(%F)%%START_TIME(%T)%|%START_TIME(%3f)%",
	} {
		f.Add(s, "x 1 2026-11-21T23:51:58.578Z")
	}
	// The directives of the corpus, where it is here.
	files, err := filepath.Glob("../../../../shared/corpus/envoy/*.directive")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw), `{"start_time":"2026-11-21T23:51:58.578Z","event":{"a":1}}`)
	}
	f.Fuzz(func(t *testing.T, s, line string) {
		p, err := envoy.New(envoy.Config{Format: []string{s}})
		if (p == nil) == (err == nil) {
			t.Fatalf("%v, %v", p, err)
		}
		if err != nil {
			return
		}
		in := &format.Input{Line: line, Header: envelope.Header{Priority: -1, End: len(line)}, Dirty: !utf8.ValidString(line)}
		p.Sniff(in)
		if p.Parse(in, &record.Writer{}) != nil {
			return
		}
		for i := range in.Match.Slots {
			if slot := in.Match.Slots[i]; slot.Start >= 0 && (slot.Start > slot.End || int(slot.End) > len(in.Line)) {
				t.Fatalf("slot %d is %+v of %d bytes", i, slot, len(in.Line))
			}
		}
	})
}
