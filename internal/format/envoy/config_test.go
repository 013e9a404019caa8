// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestConfigFile reads lines of the logs that a bootstrap configures, and of none other.
func TestConfigFile(t *testing.T) {
	t.Setenv("PROXYLOG_TEST_FORMAT", "%START_TIME% %RESPONSE_CODE%\n")
	cfg := config()
	cfg.Formats.Envoy.ConfigFile = formattest.Testdata("envoy/config/bootstrap.yaml")
	for line, want := range map[string]map[string]any{
		`[2026-11-21T23:51:58.578Z] "GET" 204 7`: {"http.request.method": "GET", "http.response.status_code": int64(204), "proxy.duration": 0.007},
		`{"code":503,"fixed":1,"nested":{"path":"/a?b"},"start":"2026-11-21T23:51:58.578Z"}`: {
			"http.response.status_code": int64(503), "url.path": "/a", "url.query": "b", "envoy.fixed": int64(1), "proxy.start_time": "2026-11-21T23:51:58.578000000Z",
		},
		`{"duration":"12","request":{"method":"PUT"},"start_time":"2026-11-21T23:51:58.578Z"}`: {"proxy.duration": 0.012, "http.request.method": "PUT"},
		`2026-11-21T23:51:58.578Z tx=26`:           {"proxy.client.bytes_received": int64(26)},
		`{"t":"2026-11-21T23:51:58.578Z","rx":17}`: {"proxy.client.bytes_sent": int64(17)},
		// The default, which the administration's log has.
		`[2026-11-21T23:51:58.578Z] "GET /stats HTTP/1.1" 200 - 0 11 4 - "-" "curl" "-" "localhost" "-"`: {"url.path": "/stats", "proxy.client.bytes_received": int64(11)},
	} {
		got := one(t, cfg, line).Attributes
		for k, v := range want {
			assert.Equal(t, v, got[k], "%s: %s", line, k)
		}
	}
	got := formattest.Explain(t, cfg, []byte(gdc("")))
	require.NotNil(t, got[0].Error, "a built-in that the file does not name is read")
}

// TestYAMLMap reads lines of JSON maps that stand as YAML among the formats, as they do in Envoy's configuration.
func TestYAMLMap(t *testing.T) {
	var settings map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(`
envoy:
  timezone: UTC
  format:
    - "%START_TIME% <%RESPONSE_CODE%>"
    - code: "%RESPONSE_CODE%"
      req: {m: "%REQ(:METHOD)%", cost: "<$5 & up>"}
    - omit_empty_values: true
      json_format: {"took": "%DURATION%", "sent": "%BYTES_SENT%"}
`), &settings))
	cfg := config()
	require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(&cfg.Formats))
	assert.Equal(t, []string{
		"%START_TIME% <%RESPONSE_CODE%>",
		`{"code":"%RESPONSE_CODE%","req":{"cost":"<$5 & up>","m":"%REQ(:METHOD)%"}}`,
		`{"json_format":{"sent":"%BYTES_SENT%","took":"%DURATION%"},"omit_empty_values":true}`,
	}, cfg.Formats.Envoy.Format)
	assert.Equal(t, "UTC", cfg.Formats.Envoy.Timezone)
	got := one(t, cfg, `{"req":{"m":"PUT","cost":"<$5 & up>"},"code":204}`).Attributes
	assert.Equal(t, "PUT", got["http.request.method"])
	assert.Equal(t, int64(7), one(t, cfg, `{"sent":7}`).Attributes["proxy.client.bytes_received"])

	err := confmap.NewFromStringMap(map[string]any{"envoy": map[string]any{"fromat": nil}}).Unmarshal(&cfg.Formats)
	require.ErrorContains(t, err, "invalid keys: fromat")
	// What YAML cannot say in JSON.
	err = confmap.NewFromStringMap(map[string]any{"envoy": map[string]any{"format": []any{map[string]any{"a": math.NaN()}}}}).Unmarshal(&cfg.Formats)
	require.ErrorContains(t, err, "format[0]: ")
}

// TestConfigFileErrors wants the setting, the file and the place in it.
func TestConfigFileErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "envoy.yaml")
	const head = "access_log:\n- typed_config:\n    \"@type\": a.StdoutAccessLog\n    log_format: "
	for raw, want := range map[string]string{
		"x: y\n": "envoy::config_file: " + path + ": no access log",
		head + "{text_format: '%START_TIME% %NO_SUCH_THING%'}\n":                "envoy::config_file: " + path + ": access_log[0]: ",
		head + "{text_format: \"%START_TIME%\\n%DURATION%\"}\n":                 "a record of several lines cannot be read",
		"access_log:\n- typed_config: {\"@type\": a.TcpGrpcAccessLogConfig}\n":  "none of its access logs has a format",
		"access_log:\n- typed_config: {\"@type\": a.FileAccessLog, pfad: /x}\n": "access_log[0].typed_config.path: the path is missing",
	} {
		require.NoError(t, os.WriteFile(path, []byte(raw), 0o600))
		cfg := config()
		cfg.Formats.Envoy.ConfigFile = path
		assert.ErrorContains(t, cfg.Validate(), want)
	}
	cfg := config()
	cfg.Formats.Envoy.ConfigFile = "/nowhere.yaml"
	assert.ErrorContains(t, cfg.Validate(), "envoy::config_file: open /nowhere.yaml")
}
