// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/format/haproxy"
)

// slow reads lines by regular expressions, an attribute for each group: an independent reading of the texts that HAProxy
// composes. A group's name is its attribute with underlines for points; # before it marks a number, % milliseconds.
var slow = []struct {
	event   string
	pattern *regexp.Regexp
	keys    []string
}{
	{
		"proxy_stopped", regexp.MustCompile(`: Proxy (\S+) stopped \((?:cumulated conns: )?FE: (\d+)(?: conns)?, BE: (\d+)(?: conns)?\)\.$`),
		[]string{"haproxy.proxy.name", "#haproxy.connections.cumulated.frontend", "#haproxy.connections.cumulated.backend"},
	},
	{"proxy_stopping", regexp.MustCompile(`: Stopping backend (\S+) in 0 ms\.$`), []string{"haproxy.backend.name"}},
	{"backend_down", regexp.MustCompile(`: backend (\S+) has no server available!$`), []string{"haproxy.backend.name"}},
	{
		"server_maintenance", regexp.MustCompile(`: Server (\S+)/(\S+) is going DOWN for maintenance\. (\d+) active and (\d+) backup servers left\.(?: Running on backup\.)? (\d+) sessions active, (\d+) requeued, (\d+) remaining in queue\.$`),
		[]string{
			"haproxy.backend.name", "haproxy.server.name", "#haproxy.servers.active", "#haproxy.servers.backup",
			"#haproxy.sessions.active", "#haproxy.sessions.requeued", "#haproxy.sessions.queued",
		},
	},
	{
		"server_down", regexp.MustCompile(`: Server (\S+)/(\S+) is (DOWN)\. (\d+) active and (\d+) backup servers left\. (\d+) sessions active, (\d+) requeued, (\d+) remaining in queue\.$`),
		[]string{
			"haproxy.backend.name", "haproxy.server.name", "haproxy.server.state", "#haproxy.servers.active", "#haproxy.servers.backup",
			"#haproxy.sessions.active", "#haproxy.sessions.requeued", "#haproxy.sessions.queued",
		},
	},
	{
		"server_up", regexp.MustCompile(`: Server (\S+)/(\S+) is (UP)/READY \((leaving forced maintenance)\)\.$`),
		[]string{"haproxy.backend.name", "haproxy.server.name", "haproxy.server.state", "haproxy.server.cause"},
	},
	{
		"server_up", regexp.MustCompile(`: Server (\S+)/(\S+) is (UP), reason: ([^,]+), check duration: (\d+)ms\. (\d+) active and (\d+) backup servers online\. (\d+) sessions requeued, (\d+) total in queue\.$`),
		[]string{
			"haproxy.backend.name", "haproxy.server.name", "haproxy.server.state", "haproxy.check.reason", "%haproxy.check.duration",
			"#haproxy.servers.active", "#haproxy.servers.backup", "#haproxy.sessions.requeued", "#haproxy.sessions.queued",
		},
	},
	{
		"health_check", regexp.MustCompile(`: Health check for server (\S+)/(\S+) (failed|succeeded), reason: ([^,]+)(?:, code: (\d+))?(?:, info: "([^"]+)")?, check duration: (\d+)ms, status: (\d+)/(\d+) (UP|DOWN)\.$`),
		[]string{
			"haproxy.backend.name", "haproxy.server.name", "haproxy.check.result", "haproxy.check.reason", "#haproxy.check.code",
			"haproxy.check.info", "%haproxy.check.duration", "#haproxy.check.health", "#haproxy.check.threshold", "haproxy.server.state",
		},
	},
}

func TestEvents(t *testing.T) {
	for file, n := range map[string]int{
		"v1.7/events_checks__rfc3164": 29, "v2.6/events_checks__rfc3164": 108, "v2.6/events_global__rfc3164": 1, "v3.2/events_checks__rfc3164": 38,
	} {
		t.Run(file, func(t *testing.T) {
			got := formattest.Explain(t, config(), formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log")))
			if len(got) != n {
				t.Errorf("%d lines, want %d", len(got), n)
			}
			for _, g := range got {
				if g.Kind != "event" || g.Record.Event != "proxy.event" {
					t.Errorf("line %d is no event: %s", g.Line, g.Text)
					continue
				}
				a := g.Record.Attributes
				if !slices.Contains(haproxy.Events(), a["haproxy.event"].(string)) {
					t.Errorf("haproxy.event %s is not on the list", a["haproxy.event"])
				}
				checkEvent(t, g.Text, a)
			}
		})
	}
}

// checkEvent holds an event's attributes against the slow reading.
func checkEvent(t *testing.T, text string, got map[string]any) {
	t.Helper()
	for _, s := range slow {
		m := s.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		want := map[string]any{"proxy.type": "haproxy", "haproxy.event": s.event, "haproxy.message": text[strings.Index(text, "]: ")+3:]}
		for i, key := range s.keys {
			v := m[i+1]
			if v == "" {
				continue
			}
			switch n, _ := strconv.Atoi(v); key[0] {
			case '#':
				want[key[1:]] = int64(n)
			case '%':
				want[key[1:]] = float64(n) / 1e3
			default:
				want[key] = v
			}
		}
		if want["haproxy.server.name"] != nil {
			want["proxy.upstream.name"] = want["haproxy.backend.name"].(string) + "/" + want["haproxy.server.name"].(string)
		}
		if s.event == "server_maintenance" {
			want["haproxy.server.state"] = "MAINT"
		}
		if strings.Contains(text, "Running on backup.") {
			want["haproxy.running_on_backup"] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		return
	}
	t.Errorf("the slow reading does not know %s", text)
}

// TestEventTexts reads texts that the captures do not have, as src/proxy.c, src/server.c and src/check.c compose them.
func TestEventTexts(t *testing.T) {
	for text, want := range map[string]string{
		"Proxy fe started.": "proxy_started proxy=fe",
		"Proxy fe reached process FD limit (maxsock=200). Please check 'ulimit-n' and restart.": "resource_limit proxy=fe",
		"Pausing frontend fe.":              "proxy_paused frontend=fe",
		"Paused proxy fe.":                  "proxy_paused proxy=fe",
		"Resumed backend be.":               "proxy_resumed backend=be",
		"Stopping frontend fe in 10000 ms.": "proxy_stopping frontend=fe",
		"Server b/s is DOWN via t/u. 0 active and 2 backup servers left. Running on backup. 3 sessions active, 4 requeued, 5 remaining in queue.": "server_down backend=b server=s state=DOWN tracked=t/u active=0 backup=2 sessions=3 requeued=4 queued=5",
		"Backup Server b/s is UP. 1 active and 1 backup servers online. 0 sessions requeued, 0 total in queue.":                                   "server_up backend=b server=s state=UP active=1 backup=1 requeued=0 queued=0",
		"Server b/s was DOWN and now enters maintenance (DNS NX status).":                                                                         "server_maintenance backend=b server=s state=was DOWN and now enters maintenance cause=DNS NX status",
		"Server b/s enters drain state.": "server_drain backend=b server=s state=enters drain state",
		"Server b/s ('app.example') is going DOWN for maintenance (unspecified DNS error).":                                                                                               "server_maintenance backend=b server=s state=is going DOWN for maintenance cause=unspecified DNS error",
		"Server b/s is stopping, reason: Layer7 check conditionally passed, code: 404, check duration: 1ms. 0 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.": "server_stopping backend=b server=s state=is stopping reason=Layer7 check conditionally passed code=404 check duration=1 active=0 backup=0 requeued=0 queued=0",
		"Server b/s administratively READY thanks to valid DNS answer.":                                                                                                                   "server_changed backend=b server=s",
		"b/s changed its IP from 192.0.2.1 to 192.0.2.2 by DNS cache.":                                                                                                                    "server_changed backend=b server=s",
		"Agent check for server b/s failed, reason: Layer4 timeout.":                                                                                                                      "agent_check backend=b server=s result=failed reason=Layer4 timeout",
		"Loading success.":       "process",
		"New worker (77) forked": "process",
	} {
		got := formattest.Explain(t, config(), []byte("<133>Nov 21 23:43:14 haproxy[1]: "+text))
		if len(got) != 1 || got[0].Kind != "event" {
			t.Errorf("%s: %+v", text, got)
			continue
		}
		s := got[0].Record.Attributes["haproxy.event"].(string)
		for _, f := range got[0].Fields {
			if f.Code != "message" {
				s += " " + f.Code + "=" + *f.Raw
			}
		}
		s = strings.NewReplacer("state=is UP", "state=UP", "state=is DOWN", "state=DOWN").Replace(s)
		if s != want {
			t.Errorf("%s\n got %s\nwant %s", text, s, want)
		}
		if got[0].Record.Severity != "INFO" {
			t.Errorf("%s: severity %s", text, got[0].Record.Severity)
		}
	}
}

// TestEventsOfOthers: lines of other programs that begin like HAProxy's events are none. Of HAProxy's own tag they are
// events of the process, whatever they say.
func TestEventsOfOthers(t *testing.T) {
	for _, text := range []string{
		"Server listening on 0.0.0.0 port 22.",
		"Server returned error NXDOMAIN, mitigating potential DNS violation DVE-2018-0001, retrying transaction.",
		"Server startup in [1234] milliseconds",
		"Server Apache/2.4.57 started",
		"Server nginx/1.25.3 is ready",
		"Stopping nginx.service - A high performance web server and a reverse proxy server...",
		"Stopping User Manager for UID 1000...",
		"Stopping proxy daemon of the cluster.",
		`Pausing ProtocolHandler ["http-nio-8080"]`,
		"Resuming transfer.",
		"Enabling feature x",
		"Process 1234 (squid) of user 13 dumped core.",
		"Proxy listening on 0.0.0.0:3128.",
		"Proxy server started",
		"Proxy server stopped.",
		"Backend x connected.",
		"backend x has no server available",
		"New worker started",
		"Loading success",
		"Health check for server a/b failed.",
	} {
		for _, cfg := range []decode.Config{config(), withFormat(config(), "auto")} {
			for _, header := range []string{"", "<38>Nov 21 23:43:14 lb1 sshd[12]: ", "2026-11-21T23:43:14.000000+00:00 lb1 systemd: "} {
				got := formattest.Explain(t, cfg, []byte(header+text))
				if len(got) != 1 || got[0].Error == nil || got[0].Error.Reason != "unrecognized" {
					t.Errorf("%s%s: %+v", header, text, got)
				}
			}
		}
		got := formattest.Explain(t, config(), []byte("<38>Nov 21 23:43:14 lb1 haproxy[12]: "+text))
		if len(got) != 1 || got[0].Kind != "event" {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// connect reads the lines of the default format by regular expressions.
var connect = regexp.MustCompile(`(?:^|: |- - )Connect (?:from (\S+):(\d+) to (\S+):(\d+)|to (unix):(\d+)) \((\S+)/(TCP|HTTP)\)$`)

func TestDefaultFormat(t *testing.T) {
	for file, want := range map[string]counts{
		"v1.7/v17_default":           {"traffic": 28, "error": 2, "event": 2},
		"v2.6/tcp_default__raw":      {"traffic": 60, "error": 22, "event": 1},
		"v2.6/tcp_default__rfc3164":  {"traffic": 60, "error": 22, "event": 1},
		"v2.6/tcp_default__rfc5424":  {"traffic": 60, "error": 22, "event": 1},
		"v2.6/http_default__raw":     {"traffic": 118, "error": 22, "event": 1},
		"v2.6/http_default__rfc3164": {"traffic": 118, "error": 22, "event": 1},
	} {
		t.Run(file, func(t *testing.T) {
			log := formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log"))
			first := formattest.Explain(t, withFormat(config(), "auto"), log)
			for i, g := range formattest.Explain(t, config("default"), log) {
				if diff := cmp.Diff(first[i].Record, g.Record); diff != "" {
					t.Fatalf("line %d (-auto +dialect):\n%s", g.Line, diff)
				}
			}
			kinds := counts{}
			for _, g := range first {
				kinds[g.Kind]++
				if g.Kind != "traffic" {
					continue
				}
				m := connect.FindStringSubmatch(g.Text)
				if m == nil || g.Dialect != "default" || g.Record.Event != "proxy.session.start" || g.Record.Severity != "INFO" {
					t.Fatalf("%s event %s: %s", g.Dialect, g.Record.Event, g.Text)
				}
				port := func(s string) any { n, _ := strconv.Atoi(s); return int64(n) }
				want := map[string]any{"proxy.type": "haproxy", "proxy.listener.name": m[7]}
				if m[5] != "" {
					want["network.transport"], want["haproxy.listener.id"] = "unix", port(m[6])
				} else {
					want["network.transport"], want["client.address"], want["client.port"] = "tcp", m[1], port(m[2])
					want["network.local.address"], want["network.local.port"] = m[3], port(m[4])
					want["network.type"] = map[bool]string{true: "ipv6", false: "ipv4"}[strings.Contains(m[1], ":")]
				}
				if m[8] == "HTTP" {
					want["network.protocol.name"] = "http"
				}
				got := g.Record.Attributes
				delete(got, "proxy.start_time")
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", g.Text, diff)
				}
			}
			if diff := cmp.Diff(want, kinds); diff != "" {
				t.Errorf("lines by kind (-want +got):\n%s", diff)
			}
		})
	}
}
