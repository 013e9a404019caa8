// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/format/haproxy"
)

// records are lines and, by hand, what becomes of them.
var records = []struct {
	name, line         string
	event, severity    string
	timestamp          string
	attributes         map[string]any
	resource           map[string]any
	logFormat, headers []string
}{
	{
		name:      "tcp",
		line:      `<134>Nov 21 23:43:14 localhost haproxy[4540]: 127.0.0.1:37190 [21/Nov/2026:23:43:14.652] fnt~ fnt.down/sdown 1/0/120 30 D- 21/1/0/0/+3 0/0`,
		event:     "proxy.session.end",
		severity:  "WARN",
		timestamp: "2026-11-21T23:43:14.772000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.address": "127.0.0.1", "client.port": int64(37190), "network.transport": "tcp",
			"network.type": "ipv4", "proxy.listener.name": "fnt", "tls.established": true,
			"proxy.upstream.name": "fnt.down/sdown", "haproxy.backend.name": "fnt.down", "haproxy.server.name": "sdown",
			"proxy.start_time": "2026-11-21T23:43:14.652000000Z", "proxy.duration": 0.12,
			"haproxy.time.queue": 0.001, "haproxy.time.connect": 0.0, "proxy.client.bytes_received": int64(30),
			"haproxy.termination_state": "D-", "proxy.outcome": "failure", "proxy.ended_by": "proxy", "error.type": "server_down",
			"haproxy.connections.active": int64(21), "haproxy.connections.frontend": int64(1),
			"haproxy.connections.backend": int64(0), "haproxy.connections.server": int64(0),
			"haproxy.retries": int64(3), "haproxy.redispatched": true,
			"haproxy.queue.server": int64(0), "haproxy.queue.backend": int64(0),
		},
		resource: map[string]any{"service.name": "haproxy", "host.name": "localhost", "process.pid": int64(4540)},
	},
	{
		name:      "the fullest of several fields that say one thing",
		line:      `fnt fnt~ - app - 418 -- --VN HTTP/1.1 HTTP/2.0`,
		logFormat: []string{`%f %ft %[be_name] %b %[status] %ST %ts %tsc %[capture.req.ver] %HV`},
		event:     "proxy.request.end",
		severity:  "INFO",
		timestamp: "2026-11-22T12:00:00.000000000Z", // of the header that the test gives it
		attributes: map[string]any{
			"proxy.type": "haproxy", "network.transport": "tcp", "network.protocol.name": "http", "network.protocol.version": "2",
			"proxy.listener.name": "fnt", "tls.established": true, "haproxy.backend.name": "app",
			"http.response.status_code": int64(418), "haproxy.termination_state": "--VN",
			"proxy.outcome": "success", "proxy.ended_by": "unknown",
		},
		resource: map[string]any{"service.name": "haproxy"},
	},
	{
		name:      "not routed, client gone, IPv6",
		line:      `2001:db8::1:2:61000 [21/Nov/2026:23:43:14.491] fnt fnt/<NOSRV> -1/-1/80 0 CR 16/1/0/0/0 0/0`,
		event:     "proxy.session.end",
		severity:  "INFO",
		timestamp: "2026-11-21T23:43:14.571000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.address": "2001:db8::1:2", "client.port": int64(61000), "network.transport": "tcp",
			"network.type": "ipv6", "proxy.listener.name": "fnt", "haproxy.backend.name": "fnt",
			"proxy.start_time": "2026-11-21T23:43:14.491000000Z", "proxy.duration": 0.08,
			"proxy.client.bytes_received": int64(0), "haproxy.termination_state": "CR",
			"proxy.outcome": "unknown", "proxy.ended_by": "client",
			"haproxy.connections.active": int64(16), "haproxy.connections.frontend": int64(1),
			"haproxy.connections.backend": int64(0), "haproxy.connections.server": int64(0),
			"haproxy.retries": int64(0), "haproxy.queue.server": int64(0), "haproxy.queue.backend": int64(0),
		},
		resource: map[string]any{"service.name": "haproxy"},
	},
	{
		name:      "http with captures, a forged cookie and a failure",
		line:      `<134>Nov 21 23:43:20 lb1 haproxy[9]: 10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web web.app/s2 0/1/2/3/7 503 +193 SESS=a b ---- 1/2/3 - sHVN 21/4/3/2/0 5/6 {www.example.com|curl/7.88.1|} {v#7C1||} "PURGE /p{a|r}?#22z#22 HTTP/1.1"`,
		event:     "proxy.session.progress",
		severity:  "WARN",
		timestamp: "2026-11-21T23:43:20.247000000Z",
		headers:   []string{"Host", "User-Agent", "X-Cap"},
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.address": "10.0.0.7", "client.port": int64(41964), "network.transport": "tcp",
			"network.type": "ipv4", "network.protocol.name": "http", "network.protocol.version": "1.1",
			"proxy.listener.name": "web", "proxy.upstream.name": "web.app/s2", "haproxy.backend.name": "web.app",
			"haproxy.server.name": "s2", "proxy.start_time": "2026-11-21T23:43:20.240000000Z", "proxy.duration": 0.007,
			"haproxy.time.request": 0.0, "haproxy.time.queue": 0.001, "haproxy.time.connect": 0.002, "haproxy.time.response": 0.003,
			"http.response.status_code": int64(503), "proxy.client.bytes_received": int64(193),
			"haproxy.captured.request_cookie": "SESS=a b ---- 1/2/3", "haproxy.termination_state": "sHVN",
			"proxy.outcome": "failure", "proxy.ended_by": "upstream", "error.type": "503",
			"haproxy.connections.active": int64(21), "haproxy.connections.frontend": int64(4),
			"haproxy.connections.backend": int64(3), "haproxy.connections.server": int64(2),
			"haproxy.retries": int64(0), "haproxy.queue.server": int64(5), "haproxy.queue.backend": int64(6),
			"http.request.header.host": []any{"www.example.com"}, "user_agent.original": "curl/7.88.1",
			"haproxy.captured.response_headers": []any{"v|1", "", ""},
			"http.request.method":               "_OTHER", "http.request.method_original": "PURGE",
			"url.path": "/p{a|r}", "url.query": `"z"`,
		},
		resource: map[string]any{"service.name": "haproxy", "host.name": "lb1", "process.pid": int64(9)},
	},
	{
		name:      "connection error",
		line:      `127.0.0.1:40246 [21/Nov/2026:23:43:16.563] tls-in/li: SSL handshake failure`,
		event:     "proxy.connection.error",
		severity:  "WARN",
		timestamp: "2026-11-21T23:43:16.563000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.address": "127.0.0.1", "client.port": int64(40246), "network.transport": "tcp",
			"network.type": "ipv4", "proxy.listener.name": "tls-in", "haproxy.bind.name": "li",
			"haproxy.message": "SSL handshake failure", "proxy.start_time": "2026-11-21T23:43:16.563000000Z",
			"proxy.outcome": "failure", "error.type": "tls_handshake",
		},
		resource: map[string]any{"service.name": "haproxy"},
	},
	{
		name:      "connection error of a client without an address, raised by log-separate-errors",
		line:      `<131>1 2026-11-21T23:43:16.600000+00:00 - haproxy 7 - [gt@32473 ci=""] unknown [21/Nov/2026:23:43:16.563] tls-in/2: Timeout while waiting for PROXY protocol header`,
		event:     "proxy.connection.error",
		severity:  "ERROR",
		timestamp: "2026-11-21T23:43:16.600000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "network.transport": "tcp", "proxy.listener.name": "tls-in", "haproxy.bind.name": "2",
			"haproxy.message": "Timeout while waiting for PROXY protocol header", "proxy.start_time": "2026-11-21T23:43:16.563000000Z",
			"proxy.outcome": "failure", "error.type": "proxy_protocol", "haproxy.structured_data": `[gt@32473 ci=""]`,
		},
		resource: map[string]any{"service.name": "haproxy", "process.pid": int64(7)},
	},
	{
		name:      "connection error of a client on a UNIX socket",
		line:      `unix:14 [21/Nov/2026:23:43:16.563] fe/1: unknown connection error (code=77 flags=00000300)`,
		event:     "proxy.connection.error",
		severity:  "WARN",
		timestamp: "2026-11-21T23:43:16.563000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "network.transport": "unix", "haproxy.listener.id": int64(14), "proxy.listener.name": "fe",
			"haproxy.bind.name": "1", "haproxy.message": "unknown connection error (code=77 flags=00000300)",
			"proxy.start_time": "2026-11-21T23:43:16.563000000Z", "proxy.outcome": "failure", "error.type": "connection_error",
		},
		resource: map[string]any{"service.name": "haproxy"},
	},
	{
		name:      "sample error-log-format",
		line:      `192.0.2.1:36722 [21/Nov/2026:23:43:42.741] https-in~ 10/1 31/000000000A000086/18/0/0 x.lab.example/TLSv1.3/TLS_AES_256_GCM_SHA384`,
		event:     "proxy.connection.error",
		severity:  "WARN",
		timestamp: "2026-11-21T23:43:42.741000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.address": "192.0.2.1", "client.port": int64(36722), "network.transport": "tcp",
			"network.type": "ipv4", "network.protocol.name": "http", "proxy.listener.name": "https-in", "tls.established": true,
			"proxy.start_time": "2026-11-21T23:43:42.741000000Z", "haproxy.connections.active": int64(10),
			"haproxy.connections.frontend": int64(1), "haproxy.fc_err": int64(31), "haproxy.ssl_fc_err": int64(0xA000086),
			"haproxy.ssl_c_err": int64(18), "tls.resumed": false, "tls.client.server_name": "x.lab.example",
			"tls.protocol.version": "TLSv1.3", "tls.cipher": "TLS_AES_256_GCM_SHA384",
			"proxy.outcome": "failure", "error.type": "tls_handshake",
		},
		resource: map[string]any{"service.name": "haproxy"},
	},
	{
		name:      "default format",
		line:      `<134>1 2026-11-21T23:43:16.600000+00:00 - haproxy 7 - - Connect from 2001:db8::1:33812 to 2001:db8::ffff:443 (web:443/HTTP)`,
		event:     "proxy.session.start",
		severity:  "INFO",
		timestamp: "2026-11-21T23:43:16.600000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.address": "2001:db8::1", "client.port": int64(33812), "network.transport": "tcp",
			"network.type": "ipv6", "network.local.address": "2001:db8::ffff", "network.local.port": int64(443),
			"network.protocol.name": "http", "proxy.listener.name": "web:443", "proxy.start_time": "2026-11-21T23:43:16.600000000Z",
		},
		resource: map[string]any{"service.name": "haproxy", "process.pid": int64(7)},
	},
	{
		name:      "default format, client without an address",
		line:      `<134>Nov 21 23:43:16 haproxy[7]: Connect from unknown source to listener 3 (fe/TCP)`,
		event:     "proxy.session.start",
		severity:  "INFO",
		timestamp: "2026-11-21T23:43:16.000000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "network.transport": "tcp", "haproxy.listener.id": int64(3), "proxy.listener.name": "fe",
		},
		resource: map[string]any{"service.name": "haproxy", "process.pid": int64(7)},
	},
	{
		name:      "default format, destination not known",
		line:      `Connect from 192.0.2.1:5 to undetermined address:0 (fe/TCP)`,
		event:     "proxy.session.start",
		severity:  "INFO",
		timestamp: "2026-11-22T12:00:00.000000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.address": "192.0.2.1", "client.port": int64(5), "network.transport": "tcp",
			"network.type": "ipv4", "proxy.listener.name": "fe",
		},
		resource: map[string]any{"service.name": "haproxy"},
	},
	{
		name:      "a port without the address",
		line:      "[41964|fe",
		logFormat: []string{"log-format '[%cp|%f'"},
		event:     "proxy.session.end",
		severity:  "INFO",
		timestamp: "2026-11-22T12:00:00.000000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.port": int64(41964), "network.transport": "tcp", "proxy.listener.name": "fe",
			"proxy.outcome": "unknown", "proxy.ended_by": "unknown",
		},
		resource: map[string]any{"service.name": "haproxy"},
	},
	{
		name:      "cut in the request",
		line:      `<134>Nov 21 23:43:20 lb1 haproxy[9]: 10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web web.app/s2 0/1/2/3/7 404 193 - - ---- 21/4/3/2/0 5/6 {www.example.com|curl} "GET /a/very/long/pa`,
		event:     "proxy.request.end",
		severity:  "INFO",
		timestamp: "2026-11-21T23:43:20.247000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "client.address": "10.0.0.7", "client.port": int64(41964), "network.transport": "tcp",
			"network.type": "ipv4", "network.protocol.name": "http", "proxy.listener.name": "web", "proxy.upstream.name": "web.app/s2",
			"haproxy.backend.name": "web.app", "haproxy.server.name": "s2", "proxy.start_time": "2026-11-21T23:43:20.240000000Z",
			"proxy.duration": 0.007, "haproxy.time.request": 0.0, "haproxy.time.queue": 0.001, "haproxy.time.connect": 0.002,
			"haproxy.time.response": 0.003, "http.response.status_code": int64(404), "proxy.client.bytes_received": int64(193),
			"haproxy.termination_state": "----", "proxy.outcome": "success", "proxy.ended_by": "unknown",
			"haproxy.connections.active": int64(21), "haproxy.connections.frontend": int64(4),
			"haproxy.connections.backend": int64(3), "haproxy.connections.server": int64(2), "haproxy.retries": int64(0),
			"haproxy.queue.server": int64(5), "haproxy.queue.backend": int64(6),
			"haproxy.captured.request_headers": []any{"www.example.com", "curl"}, "proxylog.truncated": true,
		},
		resource: map[string]any{"service.name": "haproxy", "host.name": "lb1", "process.pid": int64(9)},
	},
	{
		name:      "health check with an info in which a quote is encoded",
		line:      `Health check for backup server b/s failed, reason: Layer7 wrong status, code: 503, info: "HTTP #22503#22, try, later.", check duration: 7ms, status: 0/2 DOWN.`,
		event:     "proxy.event",
		severity:  "INFO",
		timestamp: "2026-11-22T12:00:00.000000000Z",
		attributes: map[string]any{
			"proxy.type":    "haproxy",
			"haproxy.event": "health_check", "haproxy.backend.name": "b", "haproxy.server.name": "s", "haproxy.server.backup": true,
			"haproxy.message":     `Health check for backup server b/s failed, reason: Layer7 wrong status, code: 503, info: "HTTP #22503#22, try, later.", check duration: 7ms, status: 0/2 DOWN.`,
			"proxy.upstream.name": "b/s", "haproxy.check.result": "failed", "haproxy.check.reason": "Layer7 wrong status",
			"haproxy.check.code": int64(503), "haproxy.check.info": `HTTP "503", try, later.`, "haproxy.check.duration": 0.007,
			"haproxy.check.health": int64(0), "haproxy.check.threshold": int64(2), "haproxy.server.state": "DOWN",
		},
		resource: map[string]any{"service.name": "haproxy"},
	},
	{
		name:      "event",
		line:      `<129>Nov 22 00:56:32 edge17 haproxy[8089]: Server fnt.down/sdown is DOWN. 1 active and 0 backup servers left.`,
		event:     "proxy.event",
		severity:  "ERROR",
		timestamp: "2026-11-22T00:56:32.000000000Z",
		attributes: map[string]any{
			"proxy.type": "haproxy", "haproxy.message": "Server fnt.down/sdown is DOWN. 1 active and 0 backup servers left.",
			"haproxy.event": "server_down", "haproxy.server.state": "DOWN", "haproxy.backend.name": "fnt.down",
			"haproxy.server.name": "sdown", "proxy.upstream.name": "fnt.down/sdown",
			"haproxy.servers.active": int64(1), "haproxy.servers.backup": int64(0),
		},
		resource: map[string]any{"service.name": "haproxy", "host.name": "edge17", "process.pid": int64(8089)},
	},
}

func TestRecord(t *testing.T) {
	for _, c := range records {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(c.logFormat...)
			cfg.Formats.HAProxy.CaptureRequestHeaders = c.headers
			formattest.RecordIs(t, cfg, c.line, formattest.Wanted{
				Event: c.event, Severity: c.severity, Timestamp: c.timestamp, Attributes: c.attributes, Resource: c.resource,
			})
		})
	}
}

// TestRejects holds a line against the reason, the place and the field at which it has to be rejected.
func TestRejects(t *testing.T) {
	const good = `127.0.0.1:37190 [21/Nov/2026:23:43:14.652] fnt fnt.down/sdown 1/0/120 30 D- 21/1/0/0/0 0/0`
	for name, c := range map[string]struct {
		line, reason, field string
		offset              int
	}{
		"truncated":     {good[:len(good)-9], "truncated", "%bc", len(good) - 9},
		"trailing":      {good + " x", "trailing", "", len(good)},
		"bad date":      {strings.Replace(good, "21/Nov", "41/Nov", 1), "mismatch", "%t", 17},
		"bad state":     {strings.Replace(good, " D- ", " Z- ", 1), "mismatch", "%ts", strings.Index(good, "D-")},
		"not haproxy's": {"hello world", "unrecognized", "", 0},
		"binary":        {"\x00\x01\xff\xfe", "unrecognized", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := formattest.Explain(t, config(), []byte(c.line))
			if len(got) != 1 || got[0].Error == nil {
				t.Fatalf("not rejected: %+v", got)
			}
			e := got[0].Error
			if e.Reason != c.reason || e.Offset != c.offset || c.field != "" && e.Field != c.field {
				t.Errorf("got %+v, want %s at byte %d (%s)", *e, c.reason, c.offset, c.field)
			}
		})
	}
}

// TestDirectiveErrors wants the setting and the byte named.
func TestDirectiveErrors(t *testing.T) {
	for directive, want := range map[string]string{
		"%ci:%cp %xyz":         "haproxy::log_format[0]: at byte 8: no variable %xyz is known",
		"%ci %{+Q":             "haproxy::log_format[0]: at byte 5: a } is missing",
		"%ci %[src":            "haproxy::log_format[0]: at byte 5: the ] that closes the expression is missing",
		"nolog":                `haproxy::log_format[0]: "nolog" is neither a built-in`,
		`log-format "%ci %cp`:  "haproxy::log_format[0]: at byte 0: the \" that closes the string is missing",
		"%{+Z}r":               "haproxy::log_format[0]: at byte 2: no flag +Z is known",
		"%{+Q,+z}r":            "haproxy::log_format[0]: at byte 5: no flag +z is known",
		"%(a:int)ci":           "haproxy::log_format[0]: at byte 4: type \"int\" is none of str, sint and bool",
		"%(a b)ci":             "haproxy::log_format[0]: at byte 3: a name holds",
		"%(a ci":               "haproxy::log_format[0]: at byte 1: a ) is missing",
		"%ci %[]":              "haproxy::log_format[0]: at byte 5: the expression is empty",
		"%ci %[req.hdr(x]":     "haproxy::log_format[0]: at byte 13: the ) that closes the arguments is missing",
		`%[str("a)",b),add(1]`: "haproxy::log_format[0]: at byte 17: the ) that closes the arguments is missing",
		"%cix":                 "haproxy::log_format[0]: at byte 0: no variable %cix is known; is %ci meant?",
		"%tS %ci":              "haproxy::log_format[0]: at byte 0: no variable %tS is known; is %Ts or %ts meant?",
		"%ci % d":              "haproxy::log_format[0]: at byte 4: a % has to be followed by",
		"option tcplog raw":    `haproxy::log_format[0]: "option tcplog raw" is neither a built-in (tcplog, httplog, httpslog, httplog_clf, tcplog_clf, error_log_format, default)`,
		"option tcplog\n%{":    "haproxy::log_format[0]: at byte 1: a } is missing",
		"log-format-sd %nope":  "haproxy::log_format: tcplog: log-format-sd: at byte 0: no variable %nope is known",
		"# a comment":          "haproxy::log_format[0]: it is empty",
	} {
		cfg := config(directive)
		err := cfg.Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", directive, err, want)
		}
	}
}

const httpLine = `<134>Nov 21 23:43:20 lb1 haproxy[9]: 10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web~ web.app/s2 0/1/2/3/7 200 193 - - --VN 21/4/3/2/0 5/6 "GET /api/v1/items/356?limit=10 HTTP/1.1"`

func TestAllocs(t *testing.T) {
	formattest.Allocs(t, config(), records[0].line)
	formattest.Allocs(t, config(), httpLine)
}

func FuzzLine(f *testing.F) {
	var seeds []string
	for _, r := range records {
		seeds = append(seeds, r.line)
	}
	cfg := config()
	cfg.Format = "auto"
	formattest.Fuzz(f, cfg, seeds)
}

// customTCP is what option tcplog stands for, written as a log-format.
const customTCP = `log-format "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"`

// TestCustomIsBuiltin: a directive that prints a built-in's fields is read by the same program, so that it costs the same.
func TestCustomIsBuiltin(t *testing.T) {
	parts := func(directive string) []string {
		cfg := haproxy.NewConfig()
		cfg.LogFormat = []string{directive}
		p, err := haproxy.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, part := range p.(format.Describer).Describe()[0].Parts {
			s := fmt.Sprintf("%q %s %s %q", part.Literal, part.End, part.Expect, part.Missing)
			if part.Field != nil {
				s += fmt.Sprintf(" %s %s %d %d", part.Field.Code, part.Field.Key, part.Field.Conv, part.Field.Role)
			}
			out = append(out, s)
		}
		return out
	}
	want := parts("option tcplog")
	if diff := cmp.Diff(want, parts(customTCP)); diff != "" || len(want) < 30 {
		t.Errorf("%d parts (-tcplog +custom):\n%s", len(want), diff)
	}
	formattest.Allocs(t, config(customTCP), records[0].line)
}

func BenchmarkCustomTCP(b *testing.B) {
	formattest.Bench(b, config(customTCP), []string{records[0].line})
}
func BenchmarkTCP(b *testing.B)  { formattest.Bench(b, config(), []string{records[0].line}) }
func BenchmarkHTTP(b *testing.B) { formattest.Bench(b, config(), []string{httpLine}) }
