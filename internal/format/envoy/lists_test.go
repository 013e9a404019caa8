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
	}
	require.Len(t, envoy.Dialects(), len(files))
	for _, name := range envoy.Dialects() {
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
