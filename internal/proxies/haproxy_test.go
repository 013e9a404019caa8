// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build proxies

package proxies

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// haproxyConfig sends the log of HTTP as datagrams to %[1]s and that of TCP over a ring's connection to %[2]s; %[3]s and
// %[4]s are the proxy's addresses for them, %[5]s the server's, %[6]s one at which nothing listens.
const haproxyConfig = `
global
    log %[1]s format rfc5424 local0
ring remote
    format rfc5424
    size 1048576
    timeout connect 1m
    timeout server 1m
    server receiver %[2]s log-proto octet-count
defaults
    timeout connect 1m
    timeout client 1m
    timeout server 1m
frontend web
    mode http
    bind %[3]s
    log global
    option httplog
    http-request deny deny_status 403 if { path_beg /denied }
    use_backend dead if { path_beg /dead }
    default_backend origin
backend origin
    mode http
    server s1 %[5]s
backend dead
    mode http
    retries 0
    server d1 %[6]s
frontend raw
    mode tcp
    bind %[4]s
    log ring@remote local1
    option tcplog
    default_backend rawback
backend rawback
    mode tcp
    server r1 %[5]s
`

// number is the number of a text.
func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	require.NoError(t, err)
	return n
}

// TestHAProxy reads the logs of a real HAProxy as they come: datagrams of syslog for HTTP, a ring's connection for TCP.
func TestHAProxy(t *testing.T) {
	haproxy := binary(t, "haproxy")
	dir := t.TempDir()
	server := origin(t)
	addresses := free(t, 5)
	datagrams, ring, web, raw, dead := addresses[0], addresses[1], addresses[2], addresses[3], addresses[4]
	config := filepath.Join(dir, "haproxy.cfg")
	require.NoError(t, os.WriteFile(config, []byte(fmt.Sprintf(haproxyConfig, datagrams, ring, web, raw, server, dead)), 0o600))
	c := collect(t, map[string]any{
		"format": "haproxy", "haproxy": map[string]any{"config_file": config},
		"syslog": []any{
			map[string]any{"transport": "udp", "endpoint": datagrams},
			map[string]any{"transport": "tcp", "endpoint": ring},
		},
	})
	run(t, []string{web, raw}, haproxy, "-db", "-f", config)

	requests := drive(t, web, "haproxy")
	special := map[string]struct {
		path, state string
		abort       int
	}{
		"dead": {"/dead", "SC--", 0}, "denied": {"/denied", "PR--", 0}, "abort": {"/slow/40000000", "CD--", 100}, // more than fits between: it is being sent
	}
	for id, s := range special {
		requests = append(requests, do(t, web, http.MethodGet, s.path, id, 0, s.abort))
	}
	got := c.await(t, requests)
	for _, r := range requests {
		a := got[r.id].attributes
		want := map[string]any{
			"http.request.method": r.method, "url.path": r.path, "http.response.status_code": int64(r.status), "proxy.listener.name": "web",
			"client.address": host(r.client), "client.port": number(t, port(r.client)),
		}
		s, ok := special[r.id]
		if ok {
			want["haproxy.termination_state"] = s.state
		}
		for key, v := range want {
			assert.Equal(t, v, a[key], "%s of %s", key, r.id)
		}
		// HAProxy counts the head of the answer too, as it has it in memory: at least the body.
		assert.GreaterOrEqual(t, a["proxy.client.bytes_received"], int64(r.received), r.id)
		if s.abort == 0 {
			assert.InDelta(t, r.wire, a["proxy.client.bytes_received"], 64, r.id)
		}
	}

	// Over TCP every byte counts, in both directions that the format tells.
	tunnels := map[int64]request{}
	for i := range 60 {
		r := do(t, raw, http.MethodGet, fmt.Sprintf("/size/%d", sizes[i%len(sizes)]), fmt.Sprintf("raw-%d", i), 0, 0)
		tunnels[number(t, port(r.client))] = r
	}
	found := map[int64]int64{}
	require.Eventually(t, func() bool {
		clear(found)
		for _, r := range c.records(t) {
			if p, ok := r.attributes["client.port"].(int64); ok && r.attributes["proxy.listener.name"] == "raw" {
				if _, ours := tunnels[p]; ours {
					found[p], _ = r.attributes["proxy.client.bytes_received"].(int64)
				}
			}
		}
		return len(found) >= len(tunnels)
	}, patience, 50*time.Millisecond, "not every connection has arrived")
	for p, r := range tunnels {
		assert.Equal(t, int64(r.wire), found[p], net.JoinHostPort("client", strconv.FormatInt(p, 10)))
	}
}
