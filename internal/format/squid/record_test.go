// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

const (
	icapLine      = `1795304950.095      3 127.0.0.5 ICAP_ECHO/204 107 REQMOD icap://127.0.0.1:13450/reqmod - -/127.0.0.1 -`
	accessLine    = `1795304950.096      4 127.0.0.5 TCP_MISS/200 258 GET http://127.0.0.1:19201/p/i-204/x-ok-1 - HIER_DIRECT/127.0.0.1 text/plain`
	commonLine    = `127.0.0.5 - - [21/Nov/2026:23:49:10 +0000] "GET http://127.0.0.1:19201/p/i-204/x-ok-1 HTTP/1.1" 200 258 TCP_MISS:HIER_DIRECT`
	combinedLine  = `127.0.0.5 - - [21/Nov/2026:23:49:10 +0000] "GET http://127.0.0.1:19201/p/i-204/x-ok-1 HTTP/1.1" 200 258 "-" "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101" TCP_MISS:HIER_DIRECT`
	referrerLine  = `1795304950.096 127.0.0.5 http://ref.example/ http://127.0.0.1:19201/p/i-204/x-ok-1`
	useragentLine = `127.0.0.5 [21/Nov/2026:23:49:10 +0000] "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"`
)

// records are lines and, by hand, what becomes of them.
var records = []struct {
	name, line, logformat      string
	event, severity, timestamp string
	attributes, resource       map[string]any
}{
	{
		name:  "icap, with a user",
		line:  `<158>Nov 21 23:49:10 squid: 1795304950.197   1001 127.0.0.6 ICAP_MOD/200 372 REQMOD icap://127.0.0.1:13450/reqmod caf%c3%a9 dom\\user -/127.0.0.1 -`,
		event: "proxy.adaptation.end", severity: "INFO", timestamp: "2026-11-21T23:49:10.197000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "127.0.0.6", "network.type": "ipv4", "network.transport": "tcp",
			"proxy.start_time": "2026-11-21T23:49:09.196000000Z", "proxy.duration": 1.001,
			"proxy.upstream.address": "127.0.0.1", "proxy.upstream.port": int64(13450), "user.name": `café dom\user`,
			"squid.icap.method": "REQMOD", "squid.icap.outcome": "ICAP_MOD", "squid.icap.status_code": int64(200),
			"squid.icap.url": "icap://127.0.0.1:13450/reqmod", "squid.icap.response.size": int64(372),
			"proxy.outcome": "success", "proxy.ended_by": "unknown",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:  "icap without a client, the default port",
		line:  `1795304950.007      2 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ICAP_ERR_OTHER/000 0 OPTIONS icaps://[2001:db8::1]/optclose - -/2001:db8::1 -`,
		event: "proxy.adaptation.end", severity: "ERROR", timestamp: "2026-11-21T23:49:10.007000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "network.transport": "tcp",
			"proxy.start_time": "2026-11-21T23:49:10.005000000Z", "proxy.duration": 0.002,
			"proxy.upstream.address": "2001:db8::1", "proxy.upstream.port": int64(11344),
			"squid.icap.method": "OPTIONS", "squid.icap.outcome": "ICAP_ERR_OTHER",
			"squid.icap.url": "icaps://[2001:db8::1]/optclose", "squid.icap.response.size": int64(0),
			"proxy.outcome": "failure", "proxy.ended_by": "upstream", "error.type": "ICAP_ERR_OTHER",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:  "an optional service was bypassed",
		line:  `1795304952.421   2166 127.0.0.8 ICAP_ECHO/000 0 REQMOD icap://127.0.0.1/opthang - -/127.0.0.1 -`,
		event: "proxy.adaptation.end", severity: "WARN", timestamp: "2026-11-21T23:49:12.421000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "127.0.0.8", "network.type": "ipv4", "network.transport": "tcp",
			"proxy.start_time": "2026-11-21T23:49:10.255000000Z", "proxy.duration": 2.166,
			"proxy.upstream.address": "127.0.0.1", "proxy.upstream.port": int64(1344),
			"squid.icap.method": "REQMOD", "squid.icap.outcome": "ICAP_ECHO", "squid.icap.bypassed": true,
			"squid.icap.url": "icap://127.0.0.1/opthang", "squid.icap.response.size": int64(0),
			"proxy.outcome": "success", "proxy.ended_by": "unknown",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:  "access, denied, a blank in the user",
		line:  `Nov 21 23:49:12 gw1 (squid-1)[4242]: 1795304952.452      1 2001:db8::7 TCP_DENIED/403 3322 POST http://www.example.com:8080/a/b?c=d joe smith HIER_NONE/- text/html`,
		event: "proxy.request.end", severity: "WARN", timestamp: "2026-11-21T23:49:12.452000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "2001:db8::7", "network.type": "ipv6", "network.transport": "tcp",
			"network.protocol.name": "http", "proxy.start_time": "2026-11-21T23:49:12.451000000Z", "proxy.duration": 0.001,
			"http.request.method": "POST", "url.full": "http://www.example.com:8080/a/b?c=d", "url.scheme": "http", "url.path": "/a/b",
			"url.query": "c=d", "server.address": "www.example.com", "server.port": int64(8080), "user.name": "joe smith",
			"http.response.status_code": int64(403), "proxy.client.bytes_received": int64(3322),
			"squid.result_code": "TCP_DENIED", "squid.result_tags": []any{"TCP", "DENIED"}, "squid.hierarchy_code": "HIER_NONE",
			"squid.mime_type": "text/html", "proxy.outcome": "failure", "proxy.ended_by": "proxy", "error.type": "403",
			"proxy.ambiguous": true,
		},
		resource: map[string]any{"service.name": "(squid-1)", "host.name": "gw1", "process.pid": int64(4242)},
	},
	{
		name:  "access, the client left, a URL with blanks, headers appended",
		line:  `1795304952.500     48 10.0.0.9 TCP_MISS_ABORTED/000 0 CONNECT bad host:443 - HIER_DIRECT/192.0.2.1 - [User-Agent: x %5by%5d 100%25\r\nHost: h\r\n] [-]`,
		event: "proxy.request.end", severity: "INFO", timestamp: "2026-11-21T23:49:12.500000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "10.0.0.9", "network.type": "ipv4", "network.transport": "tcp",
			"network.protocol.name": "http", "proxy.start_time": "2026-11-21T23:49:12.452000000Z", "proxy.duration": 0.048,
			"http.request.method": "CONNECT", "server.address": "bad host", "server.port": int64(443),
			"proxy.client.bytes_received": int64(0), "proxy.upstream.address": "192.0.2.1", "proxy.ambiguous": true,
			"squid.result_code": "TCP_MISS_ABORTED", "squid.result_tags": []any{"TCP", "MISS", "ABORTED"},
			"squid.hierarchy_code": "HIER_DIRECT", "proxy.outcome": "unknown", "proxy.ended_by": "client",
			"squid.request.headers": "User-Agent: x [y] 100%\r\nHost: h\r\n",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:  "access, no request",
		line:  `1795304952.951      0 127.0.0.9 NONE_NONE/400 3372 GARBAGE error:invalid-request - HIER_NONE/- text/html`,
		event: "proxy.request.end", severity: "WARN", timestamp: "2026-11-21T23:49:12.951000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "127.0.0.9", "network.type": "ipv4", "network.transport": "tcp",
			"network.protocol.name": "http", "proxy.start_time": "2026-11-21T23:49:12.951000000Z", "proxy.duration": 0.0,
			"http.request.method": "_OTHER", "http.request.method_original": "GARBAGE", "squid.request.error": "invalid-request",
			"http.response.status_code": int64(400), "proxy.client.bytes_received": int64(3372),
			"squid.result_code": "NONE_NONE", "squid.result_tags": []any{"NONE", "NONE"}, "squid.hierarchy_code": "HIER_NONE",
			"squid.mime_type": "text/html", "proxy.outcome": "failure", "proxy.ended_by": "proxy", "error.type": "400",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:  "combined, a date west of Greenwich, an error that Squid made",
		line:  `<167>Nov 21 23:49:12 squid: 10.0.0.9 - joe smith [21/Nov/2026:20:19:12 -03-30] "POST https://o.example:8443/a?b=c HTTP/2.0" 503 3322 "http://r/sp ace"q"" "we"ird \x" TCP_MISS:HIER_NONE [Host: o.example\r\n] [HTTP/1.1 503 X\r\n]`,
		event: "proxy.request.end", severity: "ERROR", timestamp: "2026-11-21T23:49:12.000000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "10.0.0.9", "network.type": "ipv4", "network.transport": "tcp",
			"network.protocol.name": "http", "network.protocol.version": "2", "http.request.method": "POST",
			"url.full": "https://o.example:8443/a?b=c", "url.scheme": "https", "url.path": "/a", "url.query": "b=c",
			"server.address": "o.example", "server.port": int64(8443), "user.name": "joe smith",
			"http.response.status_code": int64(503), "proxy.client.bytes_received": int64(3322),
			"http.request.header.referer": []any{`http://r/sp ace"q"`}, "user_agent.original": `we"ird \x`,
			"squid.result_code": "TCP_MISS", "squid.result_tags": []any{"TCP", "MISS"}, "squid.hierarchy_code": "HIER_NONE",
			"squid.request.headers": "Host: o.example\r\n", "squid.response.headers": "HTTP/1.1 503 X\r\n",
			"proxy.outcome": "failure", "proxy.ended_by": "proxy", "error.type": "503",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:  "common of 3.1, no request",
		line:  `10.0.0.9 pc7 - [21/Nov/2026:23:49:12 +0000] "NONE error:invalid-request NONE/0.0" 400 3372 NONE:NONE`,
		event: "proxy.request.end", severity: "WARN", timestamp: "2026-11-21T23:49:12.000000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "10.0.0.9", "network.type": "ipv4", "network.transport": "tcp",
			"network.protocol.name": "http", "squid.field.ui": "pc7", "squid.request.error": "invalid-request",
			"http.response.status_code": int64(400), "proxy.client.bytes_received": int64(3372),
			"squid.result_code": "NONE", "squid.result_tags": []any{"NONE"}, "squid.hierarchy_code": "NONE",
			"proxy.outcome": "failure", "proxy.ended_by": "proxy", "error.type": "400",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:  "referrer",
		line:  `1795304950.171 127.0.0.6 http://ref.example/sp ace"q" http://127.0.0.1:19201/d?e`,
		event: "proxy.request.end", severity: "INFO", timestamp: "2026-11-21T23:49:10.171000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "127.0.0.6", "network.type": "ipv4", "network.transport": "tcp",
			"network.protocol.name": "http", "http.request.header.referer": []any{`http://ref.example/sp ace"q"`},
			"url.full": "http://127.0.0.1:19201/d?e", "url.scheme": "http", "url.path": "/d", "url.query": "e",
			"server.address": "127.0.0.1", "server.port": int64(19201), "proxy.outcome": "unknown", "proxy.ended_by": "unknown",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:  "useragent",
		line:  `2001:db8::6 [21/Nov/2026:23:49:10 +0000] "we"ird"`,
		event: "proxy.request.end", severity: "INFO", timestamp: "2026-11-21T23:49:10.000000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "2001:db8::6", "network.type": "ipv6", "network.transport": "tcp",
			"network.protocol.name": "http", "user_agent.original": `we"ird`, "proxy.outcome": "unknown", "proxy.ended_by": "unknown",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name: "a logformat of icap.log with codes of both transactions",
		logformat: `logformat mine %ts.%03tu %.3icap::tr %icap::tio %icap::to/%03icap::Hs %icap::>st %icap::<st %icap::<bs %icap::rm ` +
			`%icap::ru %icap::<A %icap::<service_name %>a:%>p %rm %ru %>Hs %>st %<st %<a %{X-Odd}icap::<h "%{User-Agent}>h" %Ss`,
		line:  `1795304950.095 81.584 -1795304950229 ICAP_SAT/200 301 1070 969 RESPMOD icap://h:1344/s :: av.1 10.0.0.1:4711 GET http://o.example/ 200 96 258 192.0.2.7 a%20b "x \"y\"" TCP_MISS`,
		event: "proxy.adaptation.end", severity: "INFO", timestamp: "2026-11-21T23:49:10.095000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "10.0.0.1", "client.port": int64(4711), "network.type": "ipv4", "network.transport": "tcp",
			"proxy.start_time": "2026-11-21T23:49:10.013416000Z", "proxy.duration": 0.081584,
			"proxy.upstream.port": int64(1344), "proxy.upstream.name": "av.1", "squid.icap.service": "av.1",
			"squid.icap.method": "RESPMOD", "squid.icap.outcome": "ICAP_SAT", "squid.icap.status_code": int64(200), "squid.icap.url": "icap://h:1344/s",
			"squid.icap.request.size": int64(301), "squid.icap.response.size": int64(1070), "squid.icap.response.body.size": int64(969),
			"http.request.method": "GET", "url.full": "http://o.example/", "url.scheme": "http", "url.path": "/", "server.address": "o.example",
			"http.response.status_code": int64(200), "http.request.size": int64(96), "http.response.size": int64(258),
			"squid.origin.address": "192.0.2.7", "squid.icap.response.header.x-odd": []any{"a b"}, "user_agent.original": `x "y"`,
			"squid.result_code": "TCP_MISS", "squid.result_tags": []any{"TCP", "MISS"}, "proxy.outcome": "success", "proxy.ended_by": "unknown",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name:      "a port without the address",
		logformat: `%ts.%03tu %>p %rm`,
		line:      `1795304950.096 36638 GET`,
		event:     "proxy.request.end", severity: "INFO", timestamp: "2026-11-21T23:49:10.096000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.port": int64(36638), "network.transport": "tcp", "network.protocol.name": "http",
			"http.request.method": "GET", "proxy.outcome": "unknown", "proxy.ended_by": "unknown",
		},
		resource: map[string]any{"service.name": "squid"},
	},
	{
		name: "a logformat of access.log, with codes of ICAP that mean nothing there",
		logformat: `%tl %tr %>A %icap::rm %icap::to %icap::<A %icap::tt %adapt::all_trs %adapt::sum_trs %rm %>rs %>rd %>rP %>rp %rv %03>Hs ` +
			`%>st %<st %err_code/%err_detail %mt %<A %sn %master_xaction %{Referer}>h %{Content-Type}<h %{x}note %<bs %tr %rm %>la:%>lp`,
		line:  `21/Nov/2026:20:19:10 -0330 1200 pc.example NONE ICAP_ERR_UNKNOWN :: 12 49+1,1 50,1 GET https www.example.com 443 /a?b 1.1 502 100 200 ERR_CONNECT_FAIL/errno=111 text/html peer1 7 9 http://r/ text/html n 5 1200 GET 10.0.0.2:3128`,
		event: "proxy.request.end", severity: "ERROR", timestamp: "2026-11-21T23:49:10.000000000Z",
		attributes: map[string]any{
			"proxy.type": "squid", "client.address": "pc.example", "network.transport": "tcp", "network.protocol.name": "http",
			"network.protocol.version": "1.1", "proxy.start_time": "2026-11-21T23:49:08.800000000Z", "proxy.duration": 1.2,
			"squid.icap.total_time": 0.012, "squid.adaptation.times": []any{0.049, 0.001, 0.001}, "squid.adaptation.service_times": []any{0.05, 0.001},
			"http.request.method": "GET", "url.scheme": "https", "server.address": "www.example.com", "server.port": int64(443),
			"url.path": "/a", "url.query": "b", "http.response.status_code": int64(502), "proxy.client.bytes_sent": int64(100),
			"proxy.client.bytes_received": int64(200), "squid.error.code": "ERR_CONNECT_FAIL", "squid.error.detail": "errno=111",
			"squid.mime_type": "text/html", "proxy.upstream.name": "peer1", "squid.sequence_number": int64(7), "squid.master_xaction": int64(9),
			"http.request.header.referer": []any{"http://r/"}, "http.response.header.content-type": []any{"text/html"},
			"squid.field.{x}note": "n", "squid.field.<bs": int64(5), "squid.field.tr": 1.2, "squid.field.rm": "GET",
			"network.local.address": "10.0.0.2", "network.local.port": int64(3128),
			"proxy.outcome": "failure", "proxy.ended_by": "unknown", "error.type": "502",
		},
		resource: map[string]any{"service.name": "squid"},
	},
}

// TestPastedDefinitions compiles the definitions of docs/formats/squid.md, without an ambiguity but the % of a URL.
func TestPastedDefinitions(t *testing.T) {
	text := string(formattest.Read(t, filepath.Join(filepath.Dir(formattest.Testdata("")), "docs", "formats", "squid.md")))
	n := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "logformat proxylog") {
			continue
		}
		n++
		d, err := decode.New(config(strings.TrimSpace(line)), decode.Settings{Location: time.UTC})
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for _, p := range explain.Programs(d) {
			if len(p.Ambiguities) > 0 {
				t.Errorf("%s: %+v", line, p.Ambiguities)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d definitions to paste, want 2", n)
	}
	access := `1795304950.096      4 127.0.0.5:53811 TCP_MISS/200 96 258 GET "http://h/a \"b" HTTP/1.1 "joe smith" HIER_DIRECT/192.0.2.1:80 text/plain "-" "x" -/- 7`
	lr, _ := formattest.Record(t, config(`logformat p %ts.%03tu %6tr %>a:%>p %Ss/%03>Hs %>st %<st %rm "%ru" HTTP/%rv "%un" %Sh/%<a:%<p %mt "%{Referer}>h" "%{User-Agent}>h" %err_code/%err_detail %master_xaction`), access)
	got := lr.Attributes().AsRaw()
	for k, v := range map[string]any{"user.name": "joe smith", "url.full": `http://h/a "b`, "squid.master_xaction": int64(7), "proxy.upstream.port": int64(80), "network.protocol.version": "1.1"} {
		if got[k] != v {
			t.Errorf("%s = %v, want %v", k, got[k], v)
		}
	}
}

// TestDates reads the time of a line that has no seconds since 1970.
func TestDates(t *testing.T) {
	for _, c := range []struct{ logformat, zone, line, want string }{
		{"%tl %tr", "UTC", "21/Nov/2026:20:19:10 -0330 10", "2026-11-21T23:49:10Z"},
		{"%tg %tr", "America/New_York", "21/Nov/2026:23:49:10 10", "2026-11-21T23:49:10Z"},
		{`%#tl %tr`, "UTC", "21/Nov/2026:20:19:10%20-0330 10", "2026-11-21T23:49:10Z"},
		{`%#tl,%tr`, "UTC", "21/Nov/2026:20:19:10%20-03-30,10", "2026-11-21T23:49:10Z"},
		{`%#tg;%tr`, "UTC", "21/Nov/2026:23:49:10;10", "2026-11-21T23:49:10Z"},
		{`%/tl,%tr`, "UTC", `"21/Nov/2026:20:19:10 -0330",10`, "2026-11-21T23:49:10Z"},
		{`%/tg,%tr`, "UTC", "21/Nov/2026:23:49:10,10", "2026-11-21T23:49:10Z"},
		{`%/{%F %T}tl %tr`, "UTC", `"2026-11-21 23:49:10" 10`, "2026-11-21T23:49:10Z"},
		{`%/{%FT%T}tl %tr`, "UTC", `2026-11-21T23:49:10 10`, "2026-11-21T23:49:10Z"},
		{`"%{%Y-%m-%dT%H:%M:%S%z}tl" %tr`, "UTC", `"2026-11-21T20:19:10-0330" 10`, "2026-11-21T23:49:10Z"},
		{`[%{%F %T}tl] %tr`, "America/New_York", `[2026-11-21 18:49:10] 10`, "2026-11-21T23:49:10Z"},
		{`%{%F %T}tg %tr`, "America/New_York", `2026-11-21 23:49:10 10`, "2026-11-21T23:49:10Z"},
		{`"%{%c}tl" %tr`, "UTC", `"Sat Nov 21 23:49:10 2026" 10`, "2026-11-21T23:49:10Z"},
		// The parts of a time in fields of their own make one.
		{`%{%Y-%m-%dT%H:%M:%S}tl.%03tu%{%z}tl %tr`, "UTC", `2026-11-21T20:19:10.007-0330 10`, "2026-11-21T23:49:10.007Z"},
		{`%{%Y-%m-%dT%H:%M:%S}tl.%06.6tu %tr`, "America/St_Johns", `2026-11-21T20:19:10.000700 10`, "2026-11-21T23:49:10.0007Z"},
		{`date=%{%Y-%m-%d}tl time=%{%H:%M:%S}tl`, "America/St_Johns", `date=2026-11-21 time=20:19:10`, "2026-11-21T23:49:10Z"},
		{`time=%{%I:%M:%S %p}tl;%{%d.%m.%y}tl;`, "America/St_Johns", `time=08:19:10 PM;21.11.26;`, "2026-11-21T23:49:10Z"},
		{`%{%Y-%m-%d}tl %{%H:%M:%S%z}tl %rm`, "UTC", `2026-11-21 20:19:10-0330 GET`, "2026-11-21T23:49:10Z"},
		{`%{%Y-%m-%d}tl %{%H:%M:%S%z}tl %rm`, "America/New_York", `2026-11-21 20:19:10-0330 GET`, "2026-11-21T23:49:10Z"},
		{`%{%Y-%m-%d}tg %tl`, "UTC", `2026-11-22 21/Nov/2026:21:19:10 -0330`, "2026-11-22T00:49:10Z"},
		{`%tl %{%Y-%m-%d}tg`, "UTC", `21/Nov/2026:21:19:10 -0330 2026-11-22`, "2026-11-22T00:49:10Z"},
		{`%ts.%tu %rm`, "UTC", `1795304950.5000 GET`, "2026-11-21T23:49:10Z"}, // more than a second of milliseconds says nothing
		{`%{%Y-%m-%d}tg %{%H:%M:%S}tg %03tu`, "America/St_Johns", `2026-11-21 23:49:10 095`, "2026-11-21T23:49:10.095Z"},
		{`%{%Y-%m-%d}tl %{%z}tl %tl`, "UTC", `2026-11-21 -0330 21/Nov/2026:20:19:10 -0330`, "2026-11-21T23:49:10Z"},
		{`%{%s}tl.%03tu %rm`, "America/St_Johns", `1795304950.096 GET`, "2026-11-21T23:49:10.096Z"},
		// These are a Squid 5.7's with TZ=Australia/Sydney, in summer; the first is ten hours off, as its own %ts says.
		{`%{%s}tg.%03tu %rm`, "Australia/Sydney", `1795370800.477 -`, "2026-11-23T04:06:40.477Z"},
		{`%{%s}tg.%03tu %rm`, "UTC", `1795406800.477 -`, "2026-11-23T04:06:40.477Z"},
		{`%#{%d %b %Y %H:%M:%S %z}tl %rm`, "UTC", `23%20Nov%202026%2015:06:40%20+1100 -`, "2026-11-23T04:06:40Z"},
		{`%#{%e/%m/%y [%T] 50%%}tg %rm`, "Australia/Sydney", `23/11/26%20%5B04:06:40%5D%2050%25 -`, "2026-11-23T04:06:40Z"},
		{`%#{%e/%m/%y [%T] 50%%}tg %rm`, "Australia/Sydney", `%203/11/26%20%5B04:06:40%5D%2050%25 -`, "2026-11-03T04:06:40Z"},
		{`%#{%c}tl %rm`, "Australia/Sydney", `Mon%20Nov%2023%2015:06:40%202026 -`, "2026-11-23T04:06:40Z"},
		{`%ts%03tu %rm`, "America/St_Johns", `1795304950096 GET`, "2026-11-21T23:49:10.096Z"},
		{`%ts.%.6tu %rm`, "UTC", `1795304950.96 GET`, "2026-11-21T23:49:10.000096Z"},
		// A layout that cannot be read back is text, and a day no time: the time is that of reading.
		{`"%{%G}tl" %tr`, "UTC", `"2026" 10`, formattest.Observed.Format(time.RFC3339)},
		{`%{%Y-%m-%d}tl %tr`, "UTC", `2026-11-21 10`, formattest.Observed.Format(time.RFC3339)},
	} {
		cfg := config(c.logformat)
		cfg.Formats.Squid.Timezone = c.zone
		lr, _ := formattest.Record(t, cfg, c.line)
		if got := lr.Timestamp().AsTime().Format(time.RFC3339Nano); got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.logformat, c.line, got, c.want)
		}
	}
}

func TestRecord(t *testing.T) {
	for _, c := range records {
		t.Run(c.name, func(t *testing.T) {
			cfg := config()
			if c.logformat != "" {
				cfg = config(c.logformat)
			}
			formattest.RecordIs(t, cfg, c.line, formattest.Wanted{
				Event: c.event, Severity: c.severity, Timestamp: c.timestamp, Attributes: c.attributes, Resource: c.resource,
			})
		})
	}
}

// TestOutcome holds the closed tables of outcome.go: ICAP outcomes and result codes with their status.
func TestOutcome(t *testing.T) {
	type verdict struct{ Outcome, EndedBy, ErrorType, Severity string }
	icap := func(outcome, status string) string {
		return "1795304950.095      3 127.0.0.5 " + outcome + "/" + status + " 107 REQMOD icap://h/r - -/127.0.0.1 -"
	}
	access := func(result, status, hierarchy string) string {
		return "1795304950.095      3 127.0.0.5 " + result + "/" + status + " 107 GET http://h/r - " + hierarchy + " text/plain"
	}
	for _, c := range []struct {
		line string
		want verdict
	}{
		{icap("ICAP_ECHO", "204"), verdict{"success", "unknown", "", "INFO"}},
		{icap("ICAP_ECHO", "200"), verdict{"success", "unknown", "", "WARN"}},
		{icap("ICAP_ECHO", "503"), verdict{"success", "unknown", "", "WARN"}},
		{icap("ICAP_MOD", "200"), verdict{"success", "unknown", "", "INFO"}},
		{icap("ICAP_PART_ECHO", "206"), verdict{"success", "unknown", "", "INFO"}},
		{icap("ICAP_SAT", "200"), verdict{"success", "unknown", "", "INFO"}},
		{icap("ICAP_OPT", "404"), verdict{"success", "unknown", "", "INFO"}},
		{icap("ICAP_ERR_OTHER", "500"), verdict{"failure", "upstream", "ICAP_ERR_OTHER", "ERROR"}},
		{icap("ICAP_ERR_RACE", "000"), verdict{"failure", "upstream", "ICAP_ERR_RACE", "WARN"}},
		{icap("ICAP_ERR_GONE", "000"), verdict{"failure", "client", "ICAP_ERR_GONE", "WARN"}},
		{icap("ICAP_ERR_UNKNOWN", "000"), verdict{"failure", "unknown", "ICAP_ERR_UNKNOWN", "WARN"}},
		{icap("ICAP_NEW", "200"), verdict{"unknown", "unknown", "", "INFO"}},
		{access("TCP_MISS", "200", "HIER_DIRECT/192.0.2.1"), verdict{"success", "unknown", "", "INFO"}},
		{access("TCP_HIT", "304", "HIER_NONE/-"), verdict{"success", "unknown", "", "INFO"}},
		{access("TCP_MISS", "404", "HIER_DIRECT/192.0.2.1"), verdict{"success", "unknown", "", "INFO"}},
		{access("TCP_MISS", "502", "HIER_DIRECT/192.0.2.1"), verdict{"failure", "unknown", "502", "ERROR"}},
		{access("NONE_NONE", "500", "HIER_NONE/-"), verdict{"failure", "proxy", "500", "ERROR"}},
		{access("TAG_NONE", "503", "NONE/-"), verdict{"failure", "proxy", "503", "ERROR"}},
		{access("TCP_DENIED", "403", "HIER_NONE/-"), verdict{"failure", "proxy", "403", "WARN"}},
		{access("TCP_DENIED", "407", "HIER_NONE/-"), verdict{"failure", "proxy", "407", "INFO"}},
		{access("TCP_DENIED", "200", "HIER_NONE/-"), verdict{"failure", "proxy", "denied", "WARN"}},
		{access("TCP_MISS_ABORTED", "200", "HIER_DIRECT/192.0.2.1"), verdict{"unknown", "client", "", "INFO"}},
		{access("TCP_MISS_ABORTED", "502", "HIER_DIRECT/192.0.2.1"), verdict{"failure", "unknown", "502", "ERROR"}},
		{access("TCP_MISS_ABORTED", "503", "HIER_NONE/-"), verdict{"failure", "proxy", "503", "ERROR"}},
		{access("TCP_MISS_TIMEDOUT", "200", "HIER_DIRECT/192.0.2.1"), verdict{"failure", "unknown", "timeout", "WARN"}},
		{access("TCP_TUNNEL", "200", "HIER_DIRECT/192.0.2.1"), verdict{"success", "unknown", "", "INFO"}},
		{access("NONE_NONE", "000", "HIER_NONE/-"), verdict{"unknown", "unknown", "", "INFO"}},
	} {
		lr, _ := formattest.Record(t, config(), c.line)
		m := lr.Attributes().AsRaw()
		text := func(key string) string { s, _ := m[key].(string); return s }
		got := verdict{text("proxy.outcome"), text("proxy.ended_by"), text("error.type"), lr.SeverityText()}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.line, diff)
		}
	}
}

func TestAllocs(t *testing.T) {
	for _, line := range []string{icapLine, accessLine, commonLine, combinedLine, referrerLine, useragentLine} {
		formattest.Allocs(t, config(), line)
	}
}

func FuzzLine(f *testing.F) {
	seeds := []string{icapLine, accessLine, commonLine, combinedLine, referrerLine, useragentLine}
	for _, r := range records {
		seeds = append(seeds, r.line)
	}
	cfg := config()
	cfg.Format = "auto"
	formattest.Fuzz(f, cfg, seeds)
}

func BenchmarkICAP(b *testing.B)   { formattest.Bench(b, config(), []string{icapLine}) }
func BenchmarkAccess(b *testing.B) { formattest.Bench(b, config(), []string{accessLine}) }
func BenchmarkCombined(b *testing.B) {
	formattest.Bench(b, config("combined"), []string{combinedLine})
}

// TestErrorTypes wants the values of error.type to be the list of docs/formats/squid.md: in every capture, read with its
// own definition too, and for result codes and outcomes of any kind.
func TestErrorTypes(t *testing.T) {
	doc := string(formattest.Read(t, formattest.Testdata("../docs/formats/squid.md")))
	_, doc, _ = strings.Cut(doc, "## error.type\n")
	doc, _, _ = strings.Cut(doc, "\n## ")
	documented, seen := map[string]bool{}, map[string]bool{}
	for _, l := range strings.Split(doc, "\n") {
		if value, ok := strings.CutPrefix(l, "| `"); ok {
			value, _, _ = strings.Cut(value, "`")
			documented[value] = true
		}
	}
	check := func(g explain.Line) {
		if g.Record == nil {
			return
		}
		e, _ := g.Record.Attributes["error.type"].(string)
		status, err := strconv.Atoi(e)
		isStatus := err == nil && status >= 400 && status <= 999 && g.Record.Attributes["http.response.status_code"] == int64(status)
		if failed := g.Record.Attributes["proxy.outcome"] == "failure"; failed != (e != "") {
			t.Errorf("outcome %v with error.type %q: %s", g.Record.Attributes["proxy.outcome"], e, g.Text)
		}
		switch {
		case isStatus:
			seen["the HTTP status"] = true
		case documented[e]:
			seen[e] = true
		case e != "":
			t.Errorf("error.type %q is not documented: %s", e, g.Text)
		}
	}
	for _, status := range []string{"000", "100", "204", "401", "403", "407", "499", "503", "600", "1000", "99999999999"} {
		for _, code := range []string{"TCP_MISS", "TCP_DENIED", "TCP_DENIED_REPLY", "TCP_MISS_TIMEDOUT", "TCP_MISS_ABORTED", "UDP_MISS", "NONE_NONE", "TCP_X"} {
			check(formattest.Explain(t, config(), []byte("1795304950.095 3 127.0.0.5 "+code+"/"+status+" 107 GET error:x - HIER_NONE/- -"))[0])
		}
		for _, outcome := range []string{"ICAP_ECHO", "ICAP_ERR_OTHER", "ICAP_ERR_RACE", "ICAP_ERR_GONE", "ICAP_ERR_UNKNOWN", "ICAP_ERR_NEW"} {
			check(formattest.Explain(t, config(), []byte("1795304950.095 3 127.0.0.5 "+outcome+"/"+status+" 107 REQMOD icap://h/r - -/127.0.0.1 -"))[0])
		}
	}
	for value := range documented {
		if !seen[value] {
			t.Errorf("%s is documented and does not occur", value)
		}
	}
	files, err := filepath.Glob(formattest.Corpus(t, "squid") + "/*.log")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, f := range files {
		cfg := config()
		if !strings.HasPrefix(filepath.Base(f), "syslog_") {
			cfg = config(string(formattest.Read(t, strings.TrimSuffix(f, ".log")+".directive")))
		}
		for _, g := range formattest.Explain(t, cfg, formattest.Read(t, f)) {
			check(g)
		}
	}
}

// TestServerAddress takes the brackets off the host of an IPv6 URL, which Squid encodes.
func TestServerAddress(t *testing.T) {
	lr, _ := formattest.Record(t, config("%ts %>rd %>rP"), "1795304950 %5B::1%5D 443")
	if m := lr.Attributes().AsRaw(); m["server.address"] != "::1" || m["server.port"] != int64(443) {
		t.Errorf("attributes %v", m)
	}
}
