// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build proxies

package proxies

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// envoyConfig is a bootstrap: two logs of the same requests, %[1]s in JSON and %[2]s in a text; %[3]s is the port of the
// proxy, %[4]s that of the server, %[5]s one at which nothing listens.
const envoyConfig = `
static_resources:
  listeners:
  - name: web
    address: {socket_address: {address: 127.0.0.1, port_value: %[3]s}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          access_log:
          - name: envoy.access_loggers.file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: %[1]s
              log_format:
                json_format:
                  when: "%%START_TIME(%%s.%%6f)%%"
                  request: "%%REQ(:METHOD)%% %%REQ(:PATH)%% %%PROTOCOL%%"
                  code: "%%RESPONSE_CODE%%"
                  why: {flags: "%%RESPONSE_FLAGS%%", details: "%%RESPONSE_CODE_DETAILS%%"}
                  rx: "%%BYTES_RECEIVED%%"
                  tx: "%%BYTES_SENT%%"
                  took: "%%DURATION%%ms"
                  from: "%%DOWNSTREAM_REMOTE_ADDRESS%%"
                  to: "%%UPSTREAM_HOST%%"
                  agent: "%%REQ(USER-AGENT)%%"
          - name: envoy.access_loggers.file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: %[2]s
              log_format:
                text_format_source:
                  inline_string: "%%START_TIME(%%d/%%b/%%Y:%%H:%%M:%%S.%%3f %%z)%% %%DOWNSTREAM_REMOTE_ADDRESS%% %%REQ(:METHOD)%% %%REQ(:PATH)%% %%RESPONSE_CODE%% %%RESPONSE_FLAGS%% %%RESPONSE_CODE_DETAILS%% %%BYTES_RECEIVED%%/%%BYTES_SENT%% %%DURATION%% [%%REQ(USER-AGENT)%%] %%PROTOCOL%% %%UPSTREAM_HOST%%\n"
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - {match: {prefix: /dead}, route: {cluster: dead}}
              - {match: {prefix: /denied}, direct_response: {status: 403, body: {inline_string: "denied"}}}
              - {match: {prefix: /size}, route: {cluster: origin}}
              - {match: {prefix: /status}, route: {cluster: origin}}
              - {match: {prefix: /slow}, route: {cluster: origin}}
  clusters:
  - name: origin
    type: STATIC
    load_assignment: {cluster_name: origin, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %[4]s}}}}]}]}
  - name: dead
    type: STATIC
    load_assignment: {cluster_name: dead, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %[5]s}}}}]}]}
`

// TestEnvoy reads the two logs of a real Envoy, whose formats come out of its own bootstrap.
func TestEnvoy(t *testing.T) {
	envoy := binary(t, "envoy")
	dir := t.TempDir()
	server := origin(t)
	ports := free(t, 2)
	proxy, dead := ports[0], ports[1]
	bootstrap := filepath.Join(dir, "envoy.yaml")
	logs := map[string]string{"json": filepath.Join(dir, "json.log"), "text": filepath.Join(dir, "text.log")}
	require.NoError(t, os.WriteFile(bootstrap, []byte(fmt.Sprintf(envoyConfig, logs["json"], logs["text"], port(proxy), port(server), port(dead))), 0o600))

	collectors := map[string]*collector{}
	for name, path := range logs {
		collectors[name] = collect(t, map[string]any{
			"format": "envoy", "envoy": map[string]any{"config_file": bootstrap},
			"file": map[string]any{"include": []any{path}, "start_at": "beginning", "poll_interval": "50ms"},
		})
	}
	run(t, []string{proxy}, envoy, "-c", bootstrap, "--concurrency", "2", "--file-flush-interval-msec", "50", "--use-dynamic-base-id", "-l", "warn")

	requests := drive(t, proxy, "envoy")
	special := map[string]struct {
		path, outcome, endedBy, errorType string
		abort                             int
	}{
		"dead":   {"/dead", "failure", "upstream", "503", 0},
		"denied": {"/denied", "success", "unknown", "", 0},
		"lost":   {"/nowhere", "failure", "proxy", "404", 0},
		"abort":  {"/slow/100000", "unknown", "client", "", 100},
	}
	for id, s := range special {
		requests = append(requests, do(t, proxy, http.MethodGet, s.path, id, 0, s.abort))
	}
	for name, c := range collectors {
		got := c.await(t, requests)
		for _, r := range requests {
			a := got[r.id].attributes
			assert.Equal(t, "proxy.request.end", got[r.id].event, r.id)
			want := map[string]any{
				"http.request.method": r.method, "url.path": r.path, "http.response.status_code": int64(r.status), "proxy.client.bytes_sent": int64(r.sent),
				"proxy.client.bytes_received": int64(r.received), "client.address": host(r.client), "user_agent.original": `a "test"`, "network.protocol.version": "1.1",
			}
			if s, ok := special[r.id]; ok {
				for key, v := range map[string]string{"proxy.outcome": s.outcome, "proxy.ended_by": s.endedBy, "error.type": s.errorType} {
					if v != "" {
						want[key] = v
					} else {
						assert.NotContains(t, a, key, r.id)
					}
				}
				if s.abort > 0 { // Envoy had sent more than was read
					delete(want, "proxy.client.bytes_received")
					assert.GreaterOrEqual(t, a["proxy.client.bytes_received"], int64(r.received))
				}
			} else {
				want["proxy.upstream.address"], want["proxy.upstream.port"] = host(server), number(t, port(server))
			}
			want["client.port"] = number(t, port(r.client))
			for key, v := range want {
				assert.Equal(t, v, a[key], "%s: %s of %s", name, key, r.id)
			}
		}
	}
}
