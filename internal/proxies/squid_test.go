// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build proxies

package proxies

import (
	"fmt"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// icapConfig is c-icap with its echo service: %[1]s is its directory, %[2]s its address, %[3]s where its modules are.
const icapConfig = `
PidFile %[1]s/c-icap.pid
CommandsSocket %[1]s/c-icap.ctl
Port %[2]s
StartServers 1
MaxServers 1
ThreadsPerChild 20
ModulesDir %[3]s
ServicesDir %[3]s
TmpDir %[1]s
ServerLog %[1]s/c-icap-server.log
LogFormat brief "%%im %%is"
AccessLog %[1]s/c-icap-access.log brief
Service echo srv_echo.so
`

// squidConfig writes the same transactions in two formats, each to a file and to the network: %[1]s is the directory of
// the logs, %[2]s the proxy's address, %[3]s that of c-icap, %[4]s takes datagrams and %[5]s a connection, %[6]s is the
// user that Squid becomes where root starts it.
const squidConfig = `
http_port %[2]s
%[6]s
pid_filename none
pinger_enable off
netdb_filename none
cache_log %[1]s/cache.log
coredump_dir %[1]s
cache deny all
cache_mem 8 MB
memory_cache_shared off
visible_hostname lab.example
strip_query_terms off
buffered_logs off
shutdown_lifetime 1 second
acl forbidden urlpath_regex ^/denied
http_access deny forbidden
http_access allow localhost
http_access deny all
icap_enable on
icap_service before reqmod_precache icap://%[3]s/echo bypass=off
icap_service after respmod_precache icap://%[3]s/echo bypass=off
adaptation_access before allow all
adaptation_access after allow all
logformat wide %%ts.%%03tu %%6tr %%>a %%>p %%Ss/%%03>Hs %%<st %%>st %%rm %%ru %%Sh/%%<a %%<p %%master_xaction "%%{User-Agent}>h" %%rv %%err_code
logformat adapted %%ts.%%03tu %%6icap::tr %%icap::to/%%03icap::Hs %%icap::<st %%icap::>st %%icap::rm %%icap::ru %%icap::<A %%master_xaction %%rm %%ru
access_log stdio:%[1]s/access.log squid
access_log udp://%[4]s squid
access_log stdio:%[1]s/wide.log wide
access_log tcp://%[5]s wide
icap_log stdio:%[1]s/icap.log icap_squid
icap_log stdio:%[1]s/adapted.log adapted
`

// icapModules is where c-icap's modules are; without them the test is skipped.
func icapModules(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/*/c_icap/srv_echo.so", "/usr/lib*/c_icap/srv_echo.so", "/usr/local/lib/c_icap/srv_echo.so"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return filepath.Dir(found[0])
		}
	}
	t.Skip("c-icap's echo service is not installed, the logs of Squid's adaptation are not tested")
	return ""
}

// squidDir is a directory in which Squid can write, and the setting that names the user who does: it refuses to stay root.
func squidDir(t *testing.T) (dir, setting string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return t.TempDir(), ""
	}
	dir, err := os.MkdirTemp("", "proxylog-squid-") // the parent of t.TempDir is closed to others
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	for _, name := range []string{"proxy", "squid", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		id, err := strconv.Atoi(u.Uid)
		require.NoError(t, err)
		require.NoError(t, os.Chown(dir, id, -1))
		return dir, "cache_effective_user " + name
	}
	t.Skip("there is no user that Squid could become")
	return "", ""
}

// TestSquid reads the logs of a real Squid that has every message adapted by c-icap: files, datagrams and a connection.
func TestSquid(t *testing.T) {
	squid, icap := binary(t, "squid"), binary(t, "c-icap")
	modules := icapModules(t)
	dir, setting := squidDir(t)
	server := origin(t)
	addresses := free(t, 5)
	proxy, adapter, datagrams, stream, dead := addresses[0], addresses[1], addresses[2], addresses[3], addresses[4]
	config, adapterConfig := filepath.Join(dir, "squid.conf"), filepath.Join(dir, "c-icap.conf")
	require.NoError(t, os.WriteFile(adapterConfig, []byte(fmt.Sprintf(icapConfig, dir, adapter, modules)), 0o600))
	require.NoError(t, os.WriteFile(config, []byte(fmt.Sprintf(squidConfig, dir, proxy, adapter, datagrams, stream, setting)), 0o644))

	read := func(input string, settings any) *collector {
		return collect(t, map[string]any{"format": "squid", "squid": map[string]any{"config_file": config}, input: settings})
	}
	file := func(name string) *collector {
		return read("file", map[string]any{"include": []any{filepath.Join(dir, name)}, "start_at": "beginning", "poll_interval": "50ms"})
	}
	listen := func(transport, endpoint string) *collector {
		return read("syslog", []any{map[string]any{"transport": transport, "endpoint": endpoint}})
	}
	narrow := map[string]*collector{"squid, file": file("access.log"), "squid, datagrams": listen("udp", datagrams)}
	wide := map[string]*collector{"wide, file": file("wide.log"), "wide, connection": listen("tcp", stream)}
	brief, adapted := file("icap.log"), file("adapted.log")
	run(t, []string{adapter}, icap, "-N", "-f", adapterConfig)
	run(t, []string{proxy}, squid, "-N", "-f", config)

	requests := driveTo(t, proxy, "http://"+server, "squid")
	special := map[string]struct {
		url, path, result, code, outcome, endedBy string
		abort                                     int
	}{
		"dead":   {"http://" + dead, "/dead", "TCP_MISS", "ERR_CONNECT_FAIL", "failure", "", 0},
		"denied": {"http://" + server, "/denied", "TCP_DENIED", "ERR_ACCESS_DENIED", "", "", 0},
		"abort":  {"http://" + server, "/slow/20000", "TCP_MISS_ABORTED", "", "", "client", 10000}, // having read what there is
	}
	for id, s := range special {
		requests = append(requests, doTo(t, proxy, s.url, http.MethodGet, s.path, id, 0, s.abort))
	}
	tunnels := map[int64]request{}
	for i := range 40 {
		r := tunnel(t, proxy, server, sizes[i%len(sizes)])
		tunnels[number(t, port(r.client))] = r
	}
	// Squid keeps datagrams back until they are full, whatever buffered_logs says (log/ModUdp.cc). A line that is longer
	// than one pushes the others out and goes alone.
	requests = append(requests, doTo(t, proxy, "http://"+server, http.MethodGet, "/nowhere/"+strings.Repeat("z", 2000), "last", 0, 0))

	check := func(name string, r request, got record, more map[string]any) {
		a := got.attributes
		want := map[string]any{
			"http.request.method": r.method, "http.response.status_code": int64(r.status), "client.address": host(r.client),
			"proxy.client.bytes_received": int64(r.wire),
		}
		s, ok := special[r.id]
		switch {
		case ok:
			want["url.path"], want["squid.result_code"] = s.path, s.result
		case r.method == http.MethodConnect:
			want["squid.result_code"], want["server.address"], want["server.port"] = "TCP_TUNNEL", host(server), number(t, port(server))
		default:
			want["url.path"], want["squid.result_code"], want["proxy.upstream.address"] = r.path, "TCP_MISS", host(server)
		}
		for _, p := range [][2]string{{"proxy.outcome", s.outcome}, {"proxy.ended_by", s.endedBy}} {
			if p[1] != "" {
				want[p[0]] = p[1]
			}
		}
		for key, v := range more {
			want[key] = v
		}
		assert.Equal(t, "proxy.request.end", got.event, "%s: %s", name, r.id)
		for key, v := range want {
			assert.Equal(t, v, a[key], "%s: %s of %s %s", name, key, r.method, r.id)
		}
	}

	for name, c := range narrow {
		got := c.await(t, requests)
		for _, r := range requests {
			check(name, r, got[r.id], nil)
		}
		// Nothing in this format tells one tunnel from another but what went through it.
		var want, found []any
		for _, r := range tunnels {
			want = append(want, int64(r.wire))
		}
		require.Eventually(t, func() bool {
			found = found[:0]
			for _, r := range c.records(t) {
				if r.attributes["http.request.method"] == http.MethodConnect {
					found = append(found, r.attributes["proxy.client.bytes_received"])
				}
			}
			return len(found) >= len(want)
		}, patience, 50*time.Millisecond, "%s: not every tunnel has arrived", name)
		assert.ElementsMatch(t, want, found, name)
	}
	transactions := map[string]any{} // of the requests' ids, as access.log has them
	for name, c := range wide {
		got := c.await(t, requests)
		more := func(r request) map[string]any {
			m := map[string]any{"client.port": number(t, port(r.client)), "proxy.client.bytes_sent": int64(r.out)}
			if r.method != http.MethodConnect {
				m["user_agent.original"] = `a "test"`
			}
			if code := special[r.id].code; code != "" {
				m["squid.error.code"] = code
			}
			return m
		}
		for _, r := range requests {
			check(name, r, got[r.id], more(r))
			transactions[r.id] = got[r.id].attributes["squid.master_xaction"]
			assert.NotNil(t, transactions[r.id], r.id)
		}
		found := map[int64]record{}
		require.Eventually(t, func() bool {
			for _, r := range c.records(t) {
				if p, ok := r.attributes["client.port"].(int64); ok && r.attributes["http.request.method"] == http.MethodConnect {
					found[p] = r
				}
			}
			return len(found) >= len(tunnels)
		}, patience, 50*time.Millisecond, "%s: not every tunnel has arrived", name)
		require.Len(t, found, len(tunnels))
		for p, r := range tunnels {
			check(name, r, found[p], more(r))
		}
	}

	// Of each request that Squid let in, c-icap has seen the message, and of each answer of the server that one. What Squid
	// answers by itself is not adapted.
	steps := map[string]int{}
	for _, r := range requests {
		switch r.id {
		case "denied":
		case "dead":
			steps[r.id+" REQMOD"] = 1
		default:
			steps[r.id+" REQMOD"], steps[r.id+" RESPMOD"] = 1, 1
		}
	}
	seen := map[string]int{}
	connects := 0
	require.Eventually(t, func() bool {
		clear(seen)
		connects = 0
		for _, r := range adapted.records(t) {
			method, _ := r.attributes["squid.icap.method"].(string)
			if q, ok := r.attributes["url.query"].(string); ok {
				seen[strings.TrimPrefix(q, "id=")+" "+method]++
			} else if r.attributes["http.request.method"] == http.MethodConnect {
				connects++
			}
		}
		return len(seen) >= len(steps) && connects >= len(tunnels)
	}, patience, 50*time.Millisecond, "not every transaction of ICAP has arrived")
	assert.Equal(t, steps, seen)
	assert.Equal(t, len(tunnels), connects, "a tunnel's request is adapted, what goes through it is not")

	// The server's own log counts them too, by method and status.
	logged := func() map[string]int {
		text, err := os.ReadFile(filepath.Join(dir, "c-icap-access.log"))
		require.NoError(t, err)
		out := map[string]int{}
		for line := range strings.Lines(string(text)) {
			out[strings.TrimSpace(line)]++
		}
		return out
	}
	for name, c := range map[string]*collector{"icap_squid": brief, "adapted": adapted} {
		var ours map[string]int
		require.Eventually(t, func() bool {
			ours = map[string]int{}
			for _, r := range c.records(t) {
				ours[fmt.Sprintf("%v %v", r.attributes["squid.icap.method"], r.attributes["squid.icap.status_code"])]++
			}
			return assert.ObjectsAreEqual(logged(), ours)
		}, patience, 50*time.Millisecond, "%s: c-icap has logged other transactions", name)
		for _, r := range c.records(t) {
			a := r.attributes
			assert.Equal(t, "proxy.adaptation.end", r.event)
			assert.Equal(t, "icap://"+adapter+"/echo", a["squid.icap.url"])
			assert.Equal(t, host(adapter), a["proxy.upstream.address"], name)
			assert.Positive(t, a["squid.icap.response.size"], name)
			if q, ok := a["url.query"].(string); ok {
				assert.Equal(t, transactions[strings.TrimPrefix(q, "id=")], a["squid.master_xaction"], q)
				assert.Positive(t, a["squid.icap.request.size"], name)
			}
		}
	}
}
