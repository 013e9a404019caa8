// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/envoy"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// counts are the records of each capture by event, counted by an independent reading of the captures. Nothing of them is
// rejected.
var counts = map[string]map[string]int{
	"default_text":                 {"proxy.request.end": 594, "proxy.session.end": 38},
	"default_json":                 {"proxy.request.end": 594, "proxy.session.end": 38},
	"istio_text":                   {"proxy.request.end": 594, "proxy.session.end": 38},
	"istio_json":                   {"proxy.request.end": 594, "proxy.session.end": 38},
	"gdc_json":                     {"proxy.request.end": 594, "proxy.session.end": 38},
	"ext_json":                     {"proxy.request.end": 594, "proxy.session.end": 38},
	"json_omit_empty":              {"proxy.request.end": 594},
	"gdc_otlp_flat":                {"proxy.request.end": 489, "proxy.session.end": 376},
	"gdc_doc_examples":             {"proxy.request.end": 2},
	"listener_json":                {"proxy.session.end": 69, "proxy.connection.error": 6},
	"udp_json":                     {"proxy.session.progress": 23, "proxy.session.end": 10},
	"tcp/default_text":             {"proxy.session.end": 395},
	"tcp/default_json":             {"proxy.session.end": 395},
	"tcp/istio_text":               {"proxy.session.end": 395},
	"tcp/istio_json":               {"proxy.session.end": 395},
	"tcp/gdc_json":                 {"proxy.session.end": 395},
	"tcp/ext_json":                 {"proxy.session.start": 89, "proxy.session.progress": 210, "proxy.session.end": 96},
	"periodic/default_text":        {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/default_json":        {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/json_omit_empty":     {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/istio_text":          {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/istio_json":          {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/gdc_json":            {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/ext_json":            {"proxy.session.start": 38, "proxy.session.progress": 46, "proxy.request.end": 35},
	"periodic/upstream_json":       {"proxy.session.progress": 115},
	"periodic/upstream_istio_text": {"proxy.session.progress": 115},
}

// TestCounts reads every capture without being told its format; custom_text and text_as_json have to be told.
func TestCounts(t *testing.T) {
	list := envoy.ErrorTypes()
	seen := map[string]bool{}
	for file, want := range counts {
		cfg := config()
		cfg.Format = "auto"
		got := map[string]int{}
		for _, l := range formattest.Explain(t, cfg, capture(t, file)) {
			require.Nil(t, l.Error, "%s: %s", file, l.Text)
			got[l.Record.Event]++
			// error.type is one of the list or a status, and there is one where there is a failure.
			e, _ := l.Record.Attributes["error.type"].(string)
			assert.Equal(t, l.Record.Attributes["proxy.outcome"] == "failure", e != "", l.Text)
			assert.True(t, e == "" || slices.Contains(list, e) || regexp.MustCompile(`^[45]\d\d$`).MatchString(e), "%s: %s", e, l.Text)
			seen[e] = true
		}
		assert.Equal(t, want, got, file)
	}
	assert.Greater(t, len(seen), 20)
}

// TestDocumentation wants what a user may meet in the documentation.
func TestDocumentation(t *testing.T) {
	doc := string(formattest.Read(t, "../../../docs/formats/envoy.md"))
	for _, s := range slices.Concat(envoy.ErrorTypes(), envoy.Dialects(), []string{"json", "text"}) {
		assert.Contains(t, doc, "`"+s+"`")
	}
	// And nothing as an error.type there that is none.
	_, section, ok := strings.Cut(doc, "## error.type\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(section, -1) {
		assert.True(t, slices.Contains(envoy.ErrorTypes(), m[1]) || m[1] == "400" || m[1] == "599", m[1])
	}
}

// TestNames reads a capture under every name that a configuration may give.
func TestNames(t *testing.T) {
	files := map[string]string{
		"gdc": "gdc_json", "gdc_json": "gdc_json", "gdc_audit": "gdc_json", "default": "default_text", "default_text": "default_text", "istio": "istio_text",
		"istio_text": "istio_text", "default_json": "default_json", "istio_json": "istio_json", "common_json": "ext_json",
		"contour_text": "default_text", "emissary_json": "istio_json", "envoy_gateway": "ext_json",
		"contour": "", "contour_json": "", "emissary": "", // TestGateways reads these
	}
	require.Len(t, envoy.Dialects(), len(files))
	for _, name := range envoy.Dialects() {
		if files[name] == "" {
			continue
		}
		for _, l := range formattest.Explain(t, config(name), capture(t, "periodic/"+files[name])) {
			require.Nil(t, l.Error, "%s: %s", name, l.Text)
		}
	}
}

// TestRecommended compiles the format that the documentation recommends: each of its commands has an attribute, and its
// keys are read without it.
func TestRecommended(t *testing.T) {
	doc := string(formattest.Read(t, "../../../docs/formats/envoy.md"))
	_, block, ok := strings.Cut(doc, "```yaml\n")
	require.True(t, ok)
	block, _, _ = strings.Cut(block, "```")
	path := filepath.Join(t.TempDir(), "envoy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(block), 0o600))
	cfg := config()
	cfg.Formats.Envoy.ConfigFile = path
	keys := regexp.MustCompile(`(?m)^        (\w+): "%`).FindAllStringSubmatch(block, -1)
	require.Len(t, keys, 28)
	values := map[string]any{
		"access_log_type": "DownstreamEnd", "start_time": "2026-11-21T23:51:58.578889Z", "duration": 5, "connection_id": 3, "bytes_received": 1, "bytes_sent": 2,
		"response_code": 200, "response_flags": "-", "downstream_remote_address": "192.0.2.1:7", "upstream_host": "192.0.2.2:80", "traceparent": "x",
	}
	var members []string
	for _, k := range keys {
		v, ok := values[k[1]]
		if !ok {
			v = "some"
		}
		members = append(members, `"`+k[1]+`":`+marshal(t, v))
	}
	slices.Sort(members)
	line := "{" + strings.Join(members, ",") + "}"
	own, known := one(t, cfg, line), one(t, config(), line)
	assert.Equal(t, own, known)
	for key := range own.Attributes {
		assert.NotContains(t, []string{"envoy.original_path", "envoy.path", "envoy.downstream_direct_remote_address"}, key)
	}
	assert.Equal(t, "some", own.Attributes["network.peer.address"])
	assert.Equal(t, "2026-11-21T23:51:58.578889000Z", own.Attributes["proxy.start_time"])
}

// TestEnvoyGateway reads a line of Envoy Gateway's default format, whose keys of headers have hyphens, as what its
// directive says, without being told it.
func TestEnvoyGateway(t *testing.T) {
	const directive = `{"start_time":"%START_TIME%","method":"%REQ(:METHOD)%","x-envoy-origin-path":"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%","protocol":"%PROTOCOL%",` +
		`"response_code":"%RESPONSE_CODE%","response_flags":"%RESPONSE_FLAGS%","response_code_details":"%RESPONSE_CODE_DETAILS%","bytes_received":"%BYTES_RECEIVED%",` +
		`"bytes_sent":"%BYTES_SENT%","duration":"%DURATION%","x-envoy-upstream-service-time":"%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%","x-forwarded-for":"%REQ(X-FORWARDED-FOR)%",` +
		`"user-agent":"%REQ(USER-AGENT)%","x-request-id":"%REQ(X-REQUEST-ID)%",":authority":"%REQ(:AUTHORITY)%","upstream_host":"%UPSTREAM_HOST%"}`
	const line = `{":authority":"www.example.com","bytes_received":0,"bytes_sent":10,"duration":1,"method":"GET","protocol":"HTTP/1.1","response_code":200,` +
		`"response_code_details":"via_upstream","response_flags":"-","start_time":"2026-11-22T09:27:55.148Z","upstream_host":"10.244.0.7:3000","user-agent":"curl/8.5.0",` +
		`"x-envoy-origin-path":"/get?a=b","x-envoy-upstream-service-time":"3","x-forwarded-for":"10.244.0.1","x-request-id":"7a3c0d3f"}`
	own := one(t, config(directive), line)
	assert.Equal(t, own, one(t, config(), line))
	assert.Equal(t, []any{"curl/8.5.0", "/get", "7a3c0d3f", 0.003},
		[]any{own.Attributes["user_agent.original"], own.Attributes["url.path"], own.Attributes["proxy.request.id"], own.Attributes["envoy.upstream_service_time"]})
}

// TestGateways reads the formats of gateways that are Envoy, without being told them and by their names, as what their
// directives say: Contour's JSON, with the start as @timestamp or ts, and Emissary's text. Envoy 1.40 has written the lines.
func TestGateways(t *testing.T) {
	contour := `{"@timestamp":"%START_TIME%","authority":"%REQ(:AUTHORITY)%","bytes_received":"%BYTES_RECEIVED%","bytes_sent":"%BYTES_SENT%",` +
		`"downstream_local_address":"%DOWNSTREAM_LOCAL_ADDRESS%","downstream_remote_address":"%DOWNSTREAM_REMOTE_ADDRESS%","duration":"%DURATION%","method":"%REQ(:METHOD)%",` +
		`"path":"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%","protocol":"%PROTOCOL%","request_id":"%REQ(X-REQUEST-ID)%","requested_server_name":"%REQUESTED_SERVER_NAME%",` +
		`"response_code":"%RESPONSE_CODE%","response_flags":"%RESPONSE_FLAGS%","uber_trace_id":"%REQ(UBER-TRACE-ID)%","upstream_cluster":"%UPSTREAM_CLUSTER%",` +
		`"upstream_host":"%UPSTREAM_HOST%","upstream_local_address":"%UPSTREAM_LOCAL_ADDRESS%","upstream_service_time":"%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",` +
		`"user_agent":"%REQ(USER-AGENT)%","x_forwarded_for":"%REQ(X-FORWARDED-FOR)%","grpc_status":"%GRPC_STATUS%","grpc_status_number":"%GRPC_STATUS_NUMBER%"}`
	const emissary = `ACCESS [%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% ` +
		`%DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"`
	for _, c := range []struct{ name, directive, line string }{
		{"contour", contour, `{"@timestamp":"2026-11-23T03:57:03.626Z","authority":"www.example.com","bytes_received":0,"bytes_sent":5,"downstream_local_address":"127.0.0.1:60317","downstream_remote_address":"10.244.0.1:0","duration":14,"grpc_status":null,"grpc_status_number":null,"method":"GET","path":"/a?b=c","protocol":"HTTP/1.1","request_id":"3b51a9a5-9925-4596-8944-058943c5ecfb","requested_server_name":null,"response_code":200,"response_flags":"-","uber_trace_id":"5af7:1:0:1","upstream_cluster":"origin","upstream_host":"127.0.0.1:39647","upstream_local_address":"127.0.0.1:33822","upstream_service_time":"13","user_agent":"curl/8.5.0","x_forwarded_for":"10.244.0.1"}`},
		{"contour", contour, `{"@timestamp":"2026-11-23T03:57:03.642Z","authority":"www.example.com","bytes_received":0,"bytes_sent":0,"downstream_local_address":"127.0.0.1:60317","downstream_remote_address":"127.0.0.1:54964","duration":0,"grpc_status":null,"grpc_status_number":null,"method":"GET","path":"/x","protocol":"HTTP/1.1","request_id":"5a98e2ec-4398-4b26-8bff-2d6502511ae1","requested_server_name":null,"response_code":403,"response_flags":"-","uber_trace_id":null,"upstream_cluster":null,"upstream_host":null,"upstream_local_address":null,"upstream_service_time":null,"user_agent":null,"x_forwarded_for":null}`},
		{"contour", contour, `{"@timestamp":"2026-11-23T03:57:04.640Z","authority":null,"bytes_received":0,"bytes_sent":11,"downstream_local_address":"127.0.0.1:60317","downstream_remote_address":"127.0.0.1:54968","duration":0,"grpc_status":null,"grpc_status_number":null,"method":null,"path":null,"protocol":"HTTP/1.1","request_id":null,"requested_server_name":null,"response_code":400,"response_flags":"DPE","uber_trace_id":null,"upstream_cluster":null,"upstream_host":null,"upstream_local_address":null,"upstream_service_time":null,"user_agent":null,"x_forwarded_for":null}`},
		{"emissary", emissary, `ACCESS [2026-11-23T03:57:03.626Z] "GET /a?b=c HTTP/1.1" 200 - 0 5 14 13 "10.244.0.1" "curl/8.5.0" "3b51a9a5-9925-4596-8944-058943c5ecfb" "www.example.com" "127.0.0.1:39647"`},
		{"emissary", emissary, `ACCESS [2026-11-23T03:57:03.642Z] "GET /x HTTP/1.1" 403 - 0 0 0 - "-" "-" "5a98e2ec-4398-4b26-8bff-2d6502511ae1" "www.example.com" "-"`},
		{"emissary", emissary, `ACCESS [2026-11-23T03:57:04.640Z] "- - HTTP/1.1" 400 DPE 0 11 0 - "-" "-" "-" "-" "-"`},
	} {
		want := one(t, config(c.directive), c.line)
		auto := decode.NewConfig()
		require.Equal(t, "auto", auto.Format)
		for name, cfg := range map[string]decode.Config{"auto": auto, "all": config(), c.name: config(c.name)} {
			got := formattest.Explain(t, cfg, []byte(c.line))
			require.Len(t, got, 1)
			require.Nil(t, got[0].Error, "%s: %s", name, c.line)
			assert.Equal(t, c.name, got[0].Dialect, name)
			assert.Equal(t, want, got[0].Record, name)
		}
		if c.name == "contour" {
			assert.Equal(t, want.Attributes, one(t, config(), strings.Replace(c.line, "@timestamp", "ts", 1)).Attributes)
		}
	}
	assert.Equal(t, []any{"5af7:1:0:1"}, one(t, config(), `{"@timestamp":"2026-11-23T03:57:03.626Z","authority":"www.example.com","bytes_received":0,"bytes_sent":5,"downstream_local_address":"127.0.0.1:60317","downstream_remote_address":"10.244.0.1:0","duration":14,"grpc_status":null,"grpc_status_number":null,"method":"GET","path":"/a?b=c","protocol":"HTTP/1.1","request_id":"3b51a9a5-9925-4596-8944-058943c5ecfb","requested_server_name":null,"response_code":200,"response_flags":"-","uber_trace_id":"5af7:1:0:1","upstream_cluster":"origin","upstream_host":"127.0.0.1:39647","upstream_local_address":"127.0.0.1:33822","upstream_service_time":"13","user_agent":"curl/8.5.0","x_forwarded_for":"10.244.0.1"}`).Attributes["http.request.header.uber-trace-id"])
}
