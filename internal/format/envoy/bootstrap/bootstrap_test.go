// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package bootstrap_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/format/envoy/bootstrap"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestBootstrap reads a bootstrap with every kind of access log that there is.
func TestBootstrap(t *testing.T) {
	t.Setenv("PROXYLOG_TEST_FORMAT", "%START_TIME% %RESPONSE_CODE%\n")
	path := formattest.Testdata("envoy/config/bootstrap.yaml")
	f, err := bootstrap.Read(path)
	require.NoError(t, err)
	const (
		http = "static_resources.listeners[0].filter_chains[0].filters[0].typed_config."
		tcp  = "static_resources.listeners[1].default_filter_chain.filters[0].typed_config."
		udp  = "static_resources.listeners[2].listener_filters[0].typed_config."
	)
	want := []bootstrap.Log{
		{Where: "admin.access_log[0]", Logger: "FileAccessLog", Sink: bootstrap.SinkFile, Path: "/var/log/envoy/admin.log", Format: "default"},
		{Where: "static_resources.listeners[0].access_log[0]", Listener: "web", Filter: "Listener", Logger: "StderrAccessLog", Sink: bootstrap.SinkStderr, Format: "default"},
		{
			Where: http + "access_log[0]", Listener: "web", Filter: "HttpConnectionManager", Logger: "FileAccessLog", Sink: bootstrap.SinkFile,
			Path: "/var/log/envoy/web.log", Format: "[%START_TIME%] \"%REQ(:METHOD)%\" %RESPONSE_CODE% %DURATION%\n",
		},
		{
			Where: http + "access_log[1]", Listener: "web", Filter: "HttpConnectionManager", Logger: "FileAccessLog", Sink: bootstrap.SinkStdout,
			Path: "/dev/stdout", Format: `{"json_format":{"code":"%RESPONSE_CODE%","fixed":1,"nested":{"path":"%REQ(:PATH)%"},"start":"%START_TIME%"},"omit_empty_values":true}`,
		},
		{Where: http + "access_log[2]", Listener: "web", Filter: "HttpConnectionManager", Logger: "HttpGrpcAccessLogConfig", Sink: bootstrap.SinkOther},
		{
			Where: http + "access_log[3]", Listener: "web", Filter: "HttpConnectionManager", Logger: "OpenTelemetryAccessLogConfig", Sink: bootstrap.SinkOTLP,
			Format: `{"opentelemetry_access_logger":{"attributes":{"duration":"%DURATION%","request":{"method":"%REQ(:METHOD)%"},"start_time":"%START_TIME%"}}}`,
		},
		{
			Where: http + "http_filters[0].typed_config.upstream_log[0]", Listener: "web", Filter: "Router", Logger: "StdoutAccessLog",
			Sink: bootstrap.SinkStdout, Format: "%START_TIME% %RESPONSE_CODE%\n", Upstream: true,
		},
		{
			Where: tcp + "access_log[0]", Listener: "raw", Filter: "TcpProxy", Logger: "FileAccessLog", Sink: bootstrap.SinkFile,
			Path: "/var/log/envoy/raw.log", Format: "%START_TIME% tx=%BYTES_SENT%\n",
		},
		{
			Where: tcp + "access_log[1]", Listener: "raw", Filter: "TcpProxy", Logger: "OpenTelemetryAccessLogConfig", Sink: bootstrap.SinkOTLP,
			Format: "%START_TIME% %DURATION%",
		},
		{
			Where: udp + "access_log[0]", Listener: "dns", Filter: "UdpProxyConfig", Logger: "FileAccessLog", Sink: bootstrap.SinkFile,
			Path: "/var/log/envoy/dns.log", Format: `{"text_format":"{\"t\":\"%START_TIME%\",\"rx\":%BYTES_RECEIVED%}\n"}`,
		},
	}
	if diff := cmp.Diff(want, f.Logs); diff != "" {
		t.Error(diff)
	}
	assert.Equal(t, path, f.Path)
	assert.Len(t, f.Formats(), 8) // each once, and none of the logger without one
}

// TestJSON reads protobuf's JSON, whose keys are in camel case, and a dump of the running configuration.
func TestJSON(t *testing.T) {
	for _, raw := range []string{
		`{"staticResources":{"listeners":[{"name":"l","filterChains":[{"filters":[{"typedConfig":{"@type":"type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
		"accessLog":[{"typedConfig":{"@type":"type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog","path":"/a","logFormat":{"textFormatSource":{"inlineString":"%DURATION%"}}}}]}}]}]}]}}`,
		`{"configs":[{"dynamic_listeners":[{"active_state":{"listener":{"@type":"type.googleapis.com/envoy.config.listener.v3.Listener","name":"l","filter_chains":[{"filters":[{"typed_config":{
		"@type":"type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy","access_log":[{"name":"envoy.access_loggers.file","typed_config":{
		"@type":"type.googleapis.com/udpa.type.v1.TypedStruct","type_url":"x","value":{"path":"/a","format":"%DURATION%"}}}]}}]}]}}}]}]}`,
	} {
		f, err := bootstrap.Parse("envoy.json", []byte(raw))
		require.NoError(t, err)
		require.Len(t, f.Logs, 1)
		l := f.Logs[0]
		assert.Equal(t, []any{"l", "TcpProxy", bootstrap.SinkFile, "/a", "%DURATION%"}, []any{l.Listener, l.Filter, l.Sink, l.Path, l.Format})
	}
}

// TestMesh reads Istio's mesh configuration in the three ways in which it is kept.
func TestMesh(t *testing.T) {
	for raw, want := range map[string][]bootstrap.Log{
		"accessLogFile: /dev/stdout\n": {{Where: "accessLogFile", Logger: "FileAccessLog", Sink: bootstrap.SinkStdout, Path: "/dev/stdout", Format: "istio"}},
		"spec: {meshConfig: {accessLogFile: /var/log/a, accessLogEncoding: JSON}}\n": {
			{Where: "spec.meshConfig.accessLogFile", Logger: "FileAccessLog", Sink: bootstrap.SinkFile, Path: "/var/log/a", Format: "istio_json"},
		},
		"data:\n  mesh: |\n    accessLogFile: /dev/stderr\n    accessLogEncoding: JSON\n    accessLogFormat: '{\"d\": \"%DURATION%\"}'\n": {
			{Where: "data.mesh.accessLogFile", Logger: "FileAccessLog", Sink: bootstrap.SinkStderr, Path: "/dev/stderr", Format: `{"json_format":{"d":"%DURATION%"}}`},
		},
		"extensionProviders:\n- name: a\n  envoyFileAccessLog: {path: /dev/stdout, logFormat: {text: \"%DURATION%\"}}\n- name: b\n  envoyOtelAls: {service: s, port: 1, logFormat: {labels: {d: \"%DURATION%\"}}}\n": {
			{Where: "extensionProviders[0].envoyFileAccessLog", Logger: "FileAccessLog", Sink: bootstrap.SinkStdout, Path: "/dev/stdout", Format: "%DURATION%"},
			{Where: "extensionProviders[1].envoyOtelAls", Logger: "OpenTelemetryAccessLogConfig", Sink: bootstrap.SinkOTLP, Format: `{"opentelemetry_access_logger":{"attributes":{"d":"%DURATION%"}}}`},
		},
	} {
		f, err := bootstrap.Parse("mesh.yaml", []byte(raw))
		require.NoError(t, err, raw)
		if diff := cmp.Diff(want, f.Logs); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
}

// TestOmitEmptyValues: whether missing values are printed as nothing is a part of a text's format too.
func TestOmitEmptyValues(t *testing.T) {
	const want = `{"omit_empty_values":true,"text_format":"%START_TIME% %BYTES_SENT%"}`
	const logger = "access_log:\n- typed_config:\n    \"@type\": a.StdoutAccessLog\n    "
	for _, raw := range []string{
		logger + "log_format: {omit_empty_values: true, text_format: \"%START_TIME% %BYTES_SENT%\"}\n",
		logger + "logFormat: {textFormatSource: {inlineString: \"%START_TIME% %BYTES_SENT%\"}, omitEmptyValues: true}\n",
		logger + "log_format: {text_format_source: {inline_bytes: JVNUQVJUX1RJTUUlICVCWVRFU19TRU5UJQ==}, omit_empty_values: true}\n",
		"extensionProviders:\n- name: a\n  envoyFileAccessLog: {omitEmptyValues: true, logFormat: {text: \"%START_TIME% %BYTES_SENT%\"}}\n",
	} {
		f, err := bootstrap.Parse("envoy.yaml", []byte(raw))
		require.NoError(t, err, raw)
		assert.Equal(t, []string{want}, f.Formats(), raw)
	}
}

// TestAdminPath reads the older way to log requests to the administration interface, which Envoy 1.40 still takes, and
// leaves out what is written to nowhere.
func TestAdminPath(t *testing.T) {
	for raw, want := range map[string][]bootstrap.Log{
		"admin: {access_log_path: /var/log/admin.log, address: {}}\n": {
			{Where: "admin.access_log_path", Logger: "FileAccessLog", Sink: bootstrap.SinkFile, Path: "/var/log/admin.log", Format: "default"},
		},
		`{"admin":{"accessLogPath":"/dev/stdout"}}`: {
			{Where: "admin.accessLogPath", Logger: "FileAccessLog", Sink: bootstrap.SinkStdout, Path: "/dev/stdout", Format: "default"},
		},
		"admin: {access_log_path: /dev/null}\naccess_log:\n- {typed_config: {\"@type\": a.FileAccessLog, path: /dev/null}}\n- {typed_config: {\"@type\": a.StdoutAccessLog}}\n": {
			{Where: "access_log[1]", Logger: "StdoutAccessLog", Sink: bootstrap.SinkStdout, Format: "default"},
		},
	} {
		f, err := bootstrap.Parse("envoy.yaml", []byte(raw))
		require.NoError(t, err, raw)
		if diff := cmp.Diff(want, f.Logs); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
}

// TestConfigMap reads the files of a ConfigMap, of which one is Envoy's.
func TestConfigMap(t *testing.T) {
	const raw = "apiVersion: v1\nkind: ConfigMap\ndata:\n  envoy.yaml: |\n    static_resources:\n      listeners:\n      - name: l\n        access_log:\n" +
		"        - typed_config: {\"@type\": a.StdoutAccessLog, log_format: {text_format: \"%START_TIME% %DURATION%\"}}\n  other.txt: 'a: ['\n  empty: ''\n  n: 1\n"
	f, err := bootstrap.Parse("cm.yaml", []byte(raw))
	require.NoError(t, err)
	want := []bootstrap.Log{{
		Where: "data.envoy.yaml.static_resources.listeners[0].access_log[0]", Logger: "StdoutAccessLog", Sink: bootstrap.SinkStdout, Format: "%START_TIME% %DURATION%",
	}}
	if diff := cmp.Diff(want, f.Logs); diff != "" {
		t.Error(diff)
	}
	for _, raw := range []string{"kind: ConfigMap\n", "kind: ConfigMap\ndata: {a: b}\n", "kind: ConfigMap\ndata: [a, b]\n"} {
		_, err := bootstrap.Parse("cm.yaml", []byte(raw))
		assert.ErrorContains(t, err, "no access log is configured in it", raw)
	}
}

// TestErrors wants the file and the YAML path in every error.
func TestErrors(t *testing.T) {
	const log = "static_resources:\n  listeners:\n  - name: l\n    access_log:\n    - typed_config:\n        \"@type\": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog\n        "
	for raw, want := range map[string]string{
		"":                       "e.yaml: it is empty",
		"a: [":                   "e.yaml: yaml: line 1",
		"static_resources: {}\n": "e.yaml: no access log is configured in it",
		log + "paths: /x\n":      "e.yaml: static_resources.listeners[0].access_log[0].typed_config.path: the path is missing",
		log + "path: /x\n        log_format: {}\n":                                                             "typed_config.log_format: neither text_format_source nor json_format is in it",
		log + "path: /x\n        log_format: {json_format: text}\n":                                            "typed_config.log_format.json_format: it is no map",
		log + "path: /x\n        log_format: {text_format_source: {filename: /nowhere/f}}\n":                   "text_format_source.filename: open /nowhere/f",
		log + "path: /x\n        log_format: {text_format_source: {environment_variable: PROXYLOG_NOT_SET}}\n": "the variable PROXYLOG_NOT_SET is not set",
		log + "path: /x\n        log_format: {text_format_source: {inline_bytes: '%'}}\n":                      "inline_bytes: illegal base64",
		log + "path: /x\n        log_format: {text_format_source: {}}\n":                                       "text_format_source: a source of an unknown kind",
		"extensionProviders:\n- {name: a, envoyFileAccessLog: {logFormat: {labels: [1]}}}\n":                   "envoyFileAccessLog.logFormat.labels: it is no map",
		"accessLogFile: /x\naccessLogEncoding: JSON\naccessLogFormat: '{'\n":                                   "accessLogFormat: yaml",
		strings.Repeat("{a: ", 300) + "1" + strings.Repeat("}", 300):                                           "nested too deeply",
		"a: &a [1,1,1,1,1,1,1,1]\n" + bomb("abcdefghi"):                                                        "too much of it",
	} {
		_, err := bootstrap.Parse("e.yaml", []byte(raw))
		assert.ErrorContains(t, err, want, raw)
	}
	_, err := bootstrap.Read("/nowhere/envoy.yaml")
	assert.ErrorContains(t, err, "/nowhere/envoy.yaml")
	// What is right is there beside what is wrong.
	f, err := bootstrap.Parse("e.yaml", []byte(log+"paths: /x\n    - typed_config: {\"@type\": a.StdoutAccessLog}\n"))
	assert.Error(t, err)
	assert.Len(t, f.Logs, 1)
}

// bomb is YAML in which each list holds the one before eight times.
func bomb(names string) string {
	var b strings.Builder
	for i := 1; i < len(names); i++ {
		b.WriteString(names[i:i+1] + ": &" + names[i:i+1] + " [" + strings.TrimSuffix(strings.Repeat("*"+names[i-1:i]+",", 8), ",") + "]\n")
	}
	return b.String()
}

// TestFormatFile reads a format out of a file beside the configuration.
func TestFormatFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "format.txt"), []byte("%DURATION%\n"), 0o600))
	path := filepath.Join(dir, "envoy.yaml")
	require.NoError(t, os.WriteFile(path, []byte("access_log:\n- typed_config:\n    \"@type\": a.StdoutAccessLog\n    log_format: {text_format_source: {filename: format.txt}}\n"), 0o600))
	f, err := bootstrap.Read(path)
	require.NoError(t, err)
	assert.Equal(t, []string{"%DURATION%\n"}, f.Formats())
}

// FuzzParse wants an answer to any text, and a place for each log.
func FuzzParse(f *testing.F) {
	raw, err := os.ReadFile(formattest.Testdata("envoy/config/bootstrap.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add("accessLogFile: x\nextensionProviders: [{envoyOtelAls: {logFormat: {labels: {a: b}}}}]")
	f.Add("a: &a\n  <<: *a\n  access_log: [{name: envoy.file_access_log, config: {path: /x, json_format: {a: {b: [1]}}}}]")
	f.Fuzz(func(t *testing.T, s string) {
		file, err := bootstrap.Parse("f", []byte(s))
		if file == nil {
			if err == nil {
				t.Fatal("neither a file nor an error")
			}
			return
		}
		for _, l := range file.Logs {
			if l.Where == "" || l.Sink == "" {
				t.Fatalf("%+v", l)
			}
		}
	})
}
