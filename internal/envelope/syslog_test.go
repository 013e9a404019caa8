// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// observed is when the test reads its lines.
var observed = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// parsed is a header with its offsets as texts.
type parsed struct {
	Kind     Kind
	Priority int16
	Time     string
	Precise  bool
	Host     string
	App      string
	PID      int64
	MsgID    string
	SD       string
	Text     string
}

// header is what a Parser reads of a line.
func header(p *Parser, line string, observed int64) Header {
	// What was in a Header before must not show.
	h := Header{Kind: Fluent, Priority: 7, Time: 1, Precise: true, Wall: 1, Host: "x", App: "x", PID: 1, MsgID: "x", SDStart: 1, SDEnd: 1, Start: 1, End: 1}
	p.Parse(line, observed, &h)
	return h
}

func parse(p *Parser, line string) parsed {
	h := header(p, line, observed.UnixNano())
	out := parsed{
		Kind: h.Kind, Priority: h.Priority, Precise: h.Precise, Host: h.Host, App: h.App, PID: h.PID, MsgID: h.MsgID,
		SD: line[h.SDStart:h.SDEnd], Text: line[h.Start:h.End],
	}
	if h.Time != 0 {
		out.Time = time.Unix(0, h.Time).UTC().Format("2006-01-02T15:04:05.999999999Z")
	}
	return out
}

const at = "2026-11-21T23:43:19"

// TestHeaders has each header as the proxies and the daemons that relay for them write it.
func TestHeaders(t *testing.T) {
	tcp := `127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full 1/-1/80 0 CD 16/1/0/0/0 0/0`
	for name, c := range map[string]struct {
		line string
		want parsed
	}{
		// HAProxy, the formats of its log directive.
		"haproxy raw":      {tcp, parsed{Kind: None, Priority: -1, Text: tcp}},
		"haproxy rfc3164":  {"<134>Nov 21 23:43:19 localhost haproxy[4540]: " + tcp, parsed{RFC3164, 134, at + "Z", false, "localhost", "haproxy", 4540, "", "", tcp}},
		"haproxy local":    {"<134>Nov 21 23:43:19 haproxy[4540]: " + tcp, parsed{RFC3164, 134, at + "Z", false, "", "haproxy", 4540, "", "", tcp}},
		"haproxy short":    {"<6>" + tcp, parsed{Kind: Timed, Priority: 6, Text: tcp}},
		"haproxy priority": {"<134>" + tcp, parsed{Kind: Timed, Priority: 134, Text: tcp}},
		"haproxy timed":    {"<6>2026-11-21T23:43:19.921935+00:00 " + tcp, parsed{Kind: Timed, Priority: 6, Time: at + ".921935Z", Precise: true, Text: tcp}},
		"haproxy iso":      {"2026-11-21T23:43:19.921939+00:00 " + tcp, parsed{Kind: Timed, Priority: -1, Time: at + ".921939Z", Precise: true, Text: tcp}},
		"haproxy rfc5424":  {"<134>1 2026-11-21T23:43:19.572390+00:00 - haproxy 4540 - - " + tcp, parsed{RFC5424, 134, at + ".57239Z", true, "", "haproxy", 4540, "", "", tcp}},
		"haproxy 1.7 rfc5424": {
			"<134>1 2026-11-22T00:43:19+01:00 h1 haproxy 4540 - - " + tcp, parsed{RFC5424, 134, at + "Z", false, "h1", "haproxy", 4540, "", "", tcp},
		},
		"haproxy structured data": {
			`<134>1 2026-11-21T23:43:19.572390+00:00 - haproxy 4540 - [gt@32473 ci="127.0.0.1" cp=47846 x="a]\"] b"] ` + tcp,
			parsed{RFC5424, 134, at + ".57239Z", true, "", "haproxy", 4540, "", `[gt@32473 ci="127.0.0.1" cp=47846 x="a]\"] b"]`, tcp},
		},
		"haproxy manual": {"haproxy[14387]: " + tcp, parsed{Kind: Tag, Priority: -1, App: "haproxy", PID: 14387, Text: tcp}},
		"haproxy event":  {"<188>Nov 21 23:43:19 localhost haproxy[4540]: Proxy <HTTPCLIENT> stopped.", parsed{RFC3164, 188, at + "Z", false, "localhost", "haproxy", 4540, "", "", "Proxy <HTTPCLIENT> stopped."}},
		// journalctl -o short-full, with and without a fraction, and OpenWrt's logread.
		"short-full":              {"Sat 2026-11-21 23:43:19 UTC h1 haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + "Z", false, "h1", "haproxy", 4540, "", "", tcp}},
		"short-full, precise":     {"Sat 2026-11-21 23:43:19.572390 UTC h1 haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + ".57239Z", true, "h1", "haproxy", 4540, "", "", tcp}},
		"short-full, hours":       {"Sun 2026-11-22 04:43:19 +05 h1 haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + "Z", false, "h1", "haproxy", 4540, "", "", tcp}},
		"short-full, minutes":     {"Sun 2026-11-22 05:13:19 +0530 h1 haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + "Z", false, "h1", "haproxy", 4540, "", "", tcp}},
		"short-full, named":       {"Sat 2026-11-21 23:43:19 CET h1 haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + "Z", false, "h1", "haproxy", 4540, "", "", tcp}},
		"short-full, no such day": {"Sax 2026-11-21 23:43:19 tag[4540]: " + tcp, parsed{Kind: Tag, Priority: -1, Host: "Sax", App: "2026-11-21 23:43:19 tag", PID: 4540, Text: tcp}},
		"logread":                 {"Sat Nov 21 23:43:19 2026 local0.notice haproxy[4540]: " + tcp, parsed{RFC3164, 133, at + "Z", false, "", "haproxy", 4540, "", "", tcp}},
		"logread, early":          {"Sun Nov  1 23:43:19 2026 daemon.info squid: " + tcp, parsed{RFC3164, 30, "2026-11-01T23:43:19Z", false, "", "squid", 0, "", "", tcp}},
		"logread, no level":       {"Sat Nov 21 23:43:19 2026 h1 haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + "Z", false, "h1", "haproxy", 4540, "", "", tcp}},
		"no zone":                 {"2026-11-21 23:43:19 h1 haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + "Z", false, "h1", "haproxy", 4540, "", "", tcp}},
		"no zone, precise":        {"2026-11-21T23:43:19.572 haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + ".572Z", false, "", "haproxy", 4540, "", "", tcp}},
		"no zone, no tag":         {"2026-11-21 23:43:19 " + tcp, parsed{Kind: None, Priority: -1, Text: "2026-11-21 23:43:19 " + tcp}},
		"haproxy odd tag":         {"<134>Nov 21 23:43:19 h tag[with]:odd[4540]: " + tcp, parsed{RFC3164, 134, at + "Z", false, "h", "tag[with]:odd", 4540, "", "", tcp}},
		"haproxy wide tag":        {"<134>Nov 21 23:43:19 h my own tag[4540]: " + tcp, parsed{RFC3164, 134, at + "Z", false, "h", "my own tag", 4540, "", "", tcp}},
		"haproxy IPv6 host":       {"<134>Nov 21 23:43:19 fe80::1 haproxy[4540]: " + tcp, parsed{RFC3164, 134, at + "Z", false, "fe80::1", "haproxy", 4540, "", "", tcp}},
		"haproxy ends":            {"<134>Nov 21 23:43:19 h haproxy[4540]:", parsed{RFC3164, 134, at + "Z", false, "h", "haproxy", 4540, "", "", ""}},
		"haproxy no syslog":       {`{"a": "b[1]: c"}`, parsed{Kind: None, Priority: -1, Text: `{"a": "b[1]: c"}`}},

		// g3proxy.
		"g3proxy": {`<29>Nov 21 23:43:19 g3proxy[13611]: , server_name="s"`, parsed{RFC3164, 29, at + "Z", false, "", "g3proxy", 13611, "", "", `, server_name="s"`}},
		"g3proxy host": {
			`<13>Nov 21 23:43:19 vm g3proxy[13611]: idle after 2s x 4, server_name="s"`, parsed{RFC3164, 13, at + "Z", false, "vm", "g3proxy", 13611, "", "", `idle after 2s x 4, server_name="s"`},
		},
		"g3proxy CEE": {`<29>Nov 21 23:43:19 vm g3proxy[13571]: @cee:{"a":1}`, parsed{RFC3164, 29, at + "Z", false, "vm", "g3proxy", 13571, "", "", `@cee:{"a":1}`}},
		"g3proxy rfc5424": {
			`<29>1 2026-11-21T23:43:19.306932Z vm g3proxy 13557 g3task [g3proxy@32473 user="o\'\"\]x" uri="\u{a0}"] done`,
			parsed{RFC5424, 29, at + ".306932Z", true, "vm", "g3proxy", 13557, "g3task", `[g3proxy@32473 user="o\'\"\]x" uri="\u{a0}"]`, "done"},
		},
		"g3proxy no message": {
			`<29>1 2026-11-21T23:43:19.306932Z - g3proxy 13557 - [g3proxy@0 a="b"] `,
			parsed{RFC5424, 29, at + ".306932Z", true, "", "g3proxy", 13557, "", `[g3proxy@0 a="b"]`, ""},
		},
		"g3proxy CEE without structured data": {
			`<29>1 2026-11-21T23:43:19.495703Z - g3proxy 15634 cee @cee:{"a":1}`, parsed{RFC5424, 29, at + ".495703Z", true, "", "g3proxy", 15634, "cee", "", `@cee:{"a":1}`},
		},
		"g3proxy CEE, no structured data": {
			`<29>1 2026-11-21T23:43:19.495703Z - g3proxy 15634 - - @cee:{"a":1}`, parsed{RFC5424, 29, at + ".495703Z", true, "", "g3proxy", 15634, "", "", `@cee:{"a":1}`},
		},
		"g3proxy cut": {
			`<29>1 2026-11-21T23:43:19.306932Z vm g3proxy 13557 g3task [g3proxy@32473 user="o`,
			parsed{RFC5424, 29, at + ".306932Z", true, "vm", "g3proxy", 13557, "g3task", `[g3proxy@32473 user="o`, ""},
		},

		// Squid, which names neither host nor process.
		"squid":        {"<158>Nov 21 23:43:19 squid: 1795304701.123 45 ::1 TCP_MISS/200", parsed{RFC3164, 158, at + "Z", false, "", "squid", 0, "", "", "1795304701.123 45 ::1 TCP_MISS/200"}},
		"squid host":   {"Nov 21 23:43:19 cache1 squid: GET http://h/[12]: x", parsed{RFC3164, -1, at + "Z", false, "cache1", "squid", 0, "", "", "GET http://h/[12]: x"}},
		"squid worker": {"<158>Nov 21 23:43:19 cache1 (squid-1)[77]: 1 2", parsed{RFC3164, 158, at + "Z", false, "cache1", "(squid-1)", 77, "", "", "1 2"}},
		"squid kid":    {"<158>Nov 21 23:43:19 cache1 (squid-1): 1 2", parsed{RFC3164, 158, at + "Z", false, "cache1", "(squid-1)", 0, "", "", "1 2"}},

		// rsyslog and others, on disk and on the wire.
		"rsyslog file": {"2026-11-21T23:43:19.921939+01:00 host haproxy[4540]: " + tcp, parsed{RFC3164, -1, "2026-11-21T22:43:19.921939Z", true, "host", "haproxy", 4540, "", "", tcp}},
		"rsyslog traditional": {
			"Nov 21 23:43:19 host haproxy[4540]: " + tcp, parsed{RFC3164, -1, at + "Z", false, "host", "haproxy", 4540, "", "", tcp},
		},
		"rsyslog forward": {"<134>2026-11-21T23:43:19.921939+00:00 host haproxy[4540]: " + tcp, parsed{RFC3164, 134, at + ".921939Z", true, "host", "haproxy", 4540, "", "", tcp}},
		"BOM": {
			"<134>1 2026-11-21T23:43:19Z host haproxy 1 - [a@1 b=\"c\"][d@1 e=\"f\"] \ufefftext",
			parsed{RFC5424, 134, at + "Z", false, "host", "haproxy", 1, "", `[a@1 b="c"][d@1 e="f"]`, "text"},
		},
		"BOM before it": {
			"\ufeff<134>1 2026-11-21T23:43:19Z host haproxy 1 - [a@1 b=\"c\"] text",
			parsed{RFC5424, 134, at + "Z", false, "host", "haproxy", 1, "", `[a@1 b="c"]`, "text"},
		},
		"BOM and no header": {"\ufeff" + tcp, parsed{Kind: None, Priority: -1, Text: tcp}},
		"comma":             {"<134>1 2026-11-21T23:43:19,572390+00:00 - haproxy 1 - - x", parsed{RFC5424, 134, at + ".57239Z", true, "", "haproxy", 1, "", "", "x"}},
		"no time":           {"<134>1 - host haproxy web-1 ID47 - text", parsed{RFC5424, 134, "", false, "host", "haproxy", 0, "ID47", "", "text"}},

		// Dates.
		"padded day":     {"<29>Nov  1 23:43:19 g3proxy[1]: x", parsed{RFC3164, 29, "2026-11-01T23:43:19Z", false, "", "g3proxy", 1, "", "", "x"}},
		"day of a digit": {"<29>Nov 1 23:43:19 g3proxy[1]: x", parsed{RFC3164, 29, "2026-11-01T23:43:19Z", false, "", "g3proxy", 1, "", "", "x"}},
		"day with zero":  {"<29>Nov 01 23:43:19 g3proxy[1]: x", parsed{RFC3164, 29, "2026-11-01T23:43:19Z", false, "", "g3proxy", 1, "", "", "x"}},
		"year":           {"<29>Nov 21 2023 23:43:19 h g3proxy[1]: x", parsed{RFC3164, 29, "2023-11-21T23:43:19Z", false, "h", "g3proxy", 1, "", "", "x"}},
		"fraction":       {"<29>Nov 21 23:43:19.125 h g3proxy[1]: x", parsed{RFC3164, 29, at + ".125Z", false, "h", "g3proxy", 1, "", "", "x"}},
		"tomorrow":       {"<29>Nov 23 11:59:59 g3proxy[1]: x", parsed{RFC3164, 29, "2026-11-23T11:59:59Z", false, "", "g3proxy", 1, "", "", "x"}},
		"last year":      {"<29>Nov 23 12:00:01 g3proxy[1]: x", parsed{RFC3164, 29, "2025-11-23T12:00:01Z", false, "", "g3proxy", 1, "", "", "x"}},
		"leap day":       {"<29>Feb 29 12:00:01 g3proxy[1]: x", parsed{RFC3164, 29, "2024-02-29T12:00:01Z", false, "", "g3proxy", 1, "", "", "x"}},

		// g3proxy's stdout driver; where a fraction is followed by a host it is another daemon's.
		"stdout":          {"Nov 21 23:43:19.991 INFO pid: 5, ()", parsed{Kind: Stdlog, Priority: 6, Time: at + ".991Z", Text: "pid: 5, ()"}},
		"stdout, warning": {"Nov 01 23:43:19.991 WARN x", parsed{Kind: Stdlog, Priority: 4, Time: "2026-11-01T23:43:19.991Z", Text: "x"}},
		"stdout, by rsyslog": {
			"<30>Nov 21 23:43:20 vm g3proxy[7]: Nov 21 23:43:19.991 INFO pid: 5, ()",
			parsed{Kind: Stdlog, Priority: 6, Time: at + ".991Z", Host: "vm", App: "g3proxy", PID: 7, Text: "pid: 5, ()"},
		},
		"stdout, in RFC 5424": {
			`<30>1 2026-11-21T23:43:20Z vm g3proxy 7 - [a@1 b="c"] Nov 21 23:43:19.991 WARN x`,
			parsed{Kind: Stdlog, Priority: 4, Time: at + ".991Z", Host: "vm", App: "g3proxy", PID: 7, Text: "x"},
		},
		"stdout, trace":   {"Nov 21 23:43:19.991 TRCE x", parsed{Kind: Stdlog, Priority: 7, Time: at + ".991Z", Text: "x"}},
		"host of a level": {"Nov 21 23:43:19 INFO haproxy[1]: x", parsed{RFC3164, -1, at + "Z", false, "INFO", "haproxy", 1, "", "", "x"}},
		"host in capitals": {
			"Nov 21 23:43:19.125 INFX haproxy[1]: x", parsed{RFC3164, -1, at + ".125Z", false, "INFX", "haproxy", 1, "", "", "x"},
		},

		// Tags that templates have put together or cut.
		"no blank":           {"<134>Nov 21 23:43:19 h haproxy[4540]:" + tcp, parsed{RFC3164, 134, at + "Z", false, "h", "haproxy", 4540, "", "", tcp}},
		"no blank, no host":  {"<134>Nov 21 23:43:19 haproxy[4540]:" + tcp, parsed{RFC3164, 134, at + "Z", false, "", "haproxy", 4540, "", "", tcp}},
		"no blank, ISO":      {"2026-11-21T23:43:19.5Z h haproxy[4540]:" + tcp, parsed{RFC3164, -1, at + ".5Z", true, "h", "haproxy", 4540, "", "", tcp}},
		"no blank, no pid":   {"Nov 21 23:43:19 cache1 squid:1795304701.123 45 ::1", parsed{RFC3164, -1, at + "Z", false, "cache1", "squid", 0, "", "", "1795304701.123 45 ::1"}},
		"no blank at all":    {`Nov 21 23:43:19 h envoy[7]:{"a":1}`, parsed{RFC3164, -1, at + "Z", false, "h", "envoy", 7, "", "", `{"a":1}`}},
		"address, no tag":    {"Nov 21 23:43:19 " + tcp, parsed{RFC3164, -1, at + "Z", false, "", "", 0, "", "", tcp}},
		"IPv6, no tag":       {"Nov 21 23:43:19 fe80::1:47846 [x] y", parsed{RFC3164, -1, at + "Z", false, "", "", 0, "", "", "fe80::1:47846 [x] y"}},
		"host:port, no tag":  {"Nov 21 23:43:19 gateway:443 x", parsed{RFC3164, -1, at + "Z", false, "", "", 0, "", "", "gateway:443 x"}},
		"domain:port":        {"Nov 21 23:43:19 h.example:x y", parsed{RFC3164, -1, at + "Z", false, "", "", 0, "", "", "h.example:x y"}},
		"rsyslog cut tag":    {"<134>Nov 21 23:43:19 h haproxy-production-frontend[1234 " + tcp, parsed{RFC3164, 134, at + "Z", false, "h", "haproxy-production-frontend", 0, "", "", tcp}},
		"a word, no cut tag": {"<134>Nov 21 23:43:19 h haproxy-production-frontend[123 " + tcp, parsed{RFC3164, 134, at + "Z", false, "", "", 0, "", "", "h haproxy-production-frontend[123 " + tcp}},

		// A header behind a header: relays that do not read what they relay, journald and Docker's syslog driver.
		"rsyslog's RSYSLOG_SyslogProtocol23Format": {
			"<134>1 2026-11-21T23:43:19.5+00:00 h haproxy 4540 - -  " + tcp, parsed{RFC5424, 134, at + ".5Z", true, "h", "haproxy", 4540, "", "", tcp},
		},
		"structured data and two blanks": {
			`<134>1 2026-11-21T23:43:19.5+00:00 h haproxy 4540 - [a@1 b="c"]  ` + tcp, parsed{RFC5424, 134, at + ".5Z", true, "h", "haproxy", 4540, "", `[a@1 b="c"]`, tcp},
		},
		"RFC 5424 behind Docker's": {
			"<30>Nov 21 23:43:20 vm 3fa8c0[99]: <134>1 2026-11-21T23:43:19.5+00:00 - haproxy 8 - - " + tcp,
			parsed{RFC5424, 134, at + ".5Z", true, "vm", "haproxy", 8, "", "", tcp},
		},
		"RFC 5424 behind a relay": {
			"<30>Nov 21 23:43:20 relay <134>1 2026-11-21T23:43:19.5+00:00 h haproxy 8 - - " + tcp,
			parsed{RFC5424, 134, at + ".5Z", true, "h", "haproxy", 8, "", "", tcp},
		},
		"RFC 5424 behind a relay that takes off the priority": {
			"Nov 21 23:43:20 relay 1 2026-11-21T23:43:19.5+00:00 - g3proxy 8 - [g3proxy@32473 a=\"b\"] done",
			parsed{RFC5424, -1, at + ".5Z", true, "relay", "g3proxy", 8, "", `[g3proxy@32473 a="b"]`, "done"},
		},
		"RFC 5424 without a priority": {"1 2026-11-21T23:43:19.5+00:00 h haproxy 8 - - " + tcp, parsed{RFC5424, -1, at + ".5Z", true, "h", "haproxy", 8, "", "", tcp}},
		"neither priority nor time":   {"1 - h haproxy 8 - - x", parsed{Kind: None, Priority: -1, Text: "1 - h haproxy 8 - - x"}},
		"RFC 5424 in RFC 5424": {
			`<30>1 2026-11-21T23:43:20Z vm 3fa8c0 99 3fa8c0 [a@1 b="c"] <134>1 2026-11-21T23:43:19.5Z - haproxy 8 - - ` + tcp,
			parsed{RFC5424, 134, at + ".5Z", true, "vm", "haproxy", 8, "", "", tcp},
		},
		"RFC 3164 in RFC 5424": {
			`<30>1 2026-11-21T23:43:20Z vm 3fa8c0 99 3fa8c0 - <134>Nov 21 23:43:19 localhost haproxy[8]: ` + tcp,
			parsed{RFC3164, 134, at + "Z", false, "localhost", "haproxy", 8, "", "", tcp},
		},
		"RFC 3164 without a host in RFC 3164": {
			"Nov 21 23:43:20 vm 3fa8c0[99]: <134>Nov 21 23:43:19 haproxy[8]: " + tcp, parsed{RFC3164, 134, at + "Z", false, "vm", "haproxy", 8, "", "", tcp},
		},
		"RFC 3164 behind a relay": {
			"<134>Nov 21 23:43:20 relay Nov 21 23:43:19 h haproxy[8]: " + tcp, parsed{RFC3164, 134, at + "Z", false, "h", "haproxy", 8, "", "", tcp},
		},
		"short in RFC 3164": {"<30>Nov 21 23:43:19 vm haproxy[99]: <3>" + tcp, parsed{RFC3164, 3, at + "Z", false, "vm", "haproxy", 99, "", "", tcp}},
		"timed in RFC 3164": {
			"<30>Nov 21 23:43:20 vm haproxy[99]: <3>2026-11-21T23:43:19.5+00:00 " + tcp, parsed{RFC3164, 3, at + ".5Z", true, "vm", "haproxy", 99, "", "", tcp},
		},
		"iso in RFC 5424": {
			`<30>1 2026-11-21T23:43:20Z vm haproxy 99 id [a@1 b="c"] 2026-11-21T23:43:19.5+00:00 ` + tcp,
			parsed{RFC5424, 30, at + ".5Z", true, "vm", "haproxy", 99, "id", `[a@1 b="c"]`, tcp},
		},
		"tag in RFC 5424":         {"<30>1 2026-11-21T23:43:19Z vm a 99 - - <5>haproxy[8]: x", parsed{RFC5424, 5, at + "Z", false, "vm", "haproxy", 8, "", "", "x"}},
		"a month in the text":     {"<5>Nov 21 23:43:19 g3proxy[8]: Nov done", parsed{RFC3164, 5, at + "Z", false, "", "g3proxy", 8, "", "", "Nov done"}},
		"a tag before a month":    {"<5>Nov 21 23:43:19 g3proxy: Nov is over now", parsed{RFC3164, 5, at + "Z", false, "", "g3proxy", 0, "", "", "Nov is over now"}},
		"a request behind a host": {"Nov 21 23:43:19 h GET http://x/ 1", parsed{RFC3164, -1, at + "Z", false, "", "", 0, "", "", "h GET http://x/ 1"}},

		// What only looks like a header.
		"no such day":  {"<29>Jun 31 23:43:19 g3proxy: x", parsed{Kind: Timed, Priority: 29, Text: "Jun 31 23:43:19 g3proxy: x"}},
		"no leap year": {"<29>Feb 29 2023 23:43:19 g3proxy: x", parsed{Kind: Timed, Priority: 29, Text: "Feb 29 2023 23:43:19 g3proxy: x"}},
		"no day":       {"<29>Nov 32 23:43:19 g3proxy: x", parsed{Kind: Timed, Priority: 29, Text: "Nov 32 23:43:19 g3proxy: x"}},
		"no clock":     {"Nov 21 25:43:19 g3proxy: x", parsed{Kind: None, Priority: -1, Text: "Nov 21 25:43:19 g3proxy: x"}},
		"more behind the time": {
			"<29>1 2026-11-21T23:43:19Z1 h g3proxy 1 - - x", parsed{Kind: Timed, Priority: 29, Text: "1 2026-11-21T23:43:19Z1 h g3proxy 1 - - x"},
		},
		"an address before a tag": {"<6>10.0.0.1 odd[12]: x", parsed{Kind: Timed, Priority: 6, Text: "10.0.0.1 odd[12]: x"}},
		"a header behind a word": {
			"<5>Nov 21 23:43:19 h g3proxy[8]: since Nov 21 23:43:10 b[1]: x",
			parsed{RFC3164, 5, at + "Z", false, "h", "g3proxy", 8, "", "", "since Nov 21 23:43:10 b[1]: x"},
		},
		"cut priority":     {"<13", parsed{Kind: None, Priority: -1, Text: "<13"}},
		"cut behind it":    {"<134", parsed{Kind: None, Priority: -1, Text: "<134"}},
		"empty priority":   {"<>x", parsed{Kind: None, Priority: -1, Text: "<>x"}},
		"open priority":    {"<134 x", parsed{Kind: None, Priority: -1, Text: "<134 x"}},
		"no priority":      {"<1340>x", parsed{Kind: None, Priority: -1, Text: "<1340>x"}},
		"priority too big": {"<192>x", parsed{Kind: None, Priority: -1, Text: "<192>x"}},
		"five words":       {"<29>1 2026-11-21T23:43:19Z h g3proxy", parsed{Kind: Timed, Priority: 29, Text: "1 2026-11-21T23:43:19Z h g3proxy"}},
		"Envoy text":       {`[2026-11-21T23:43:19.125Z] "GET / HTTP/1.1" 200`, parsed{Kind: None, Priority: -1, Text: `[2026-11-21T23:43:19.125Z] "GET / HTTP/1.1" 200`}},
		"empty":            {"", parsed{Priority: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewParser(time.UTC)
			if diff := cmp.Diff(c.want, parse(&p, c.line)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.line, diff)
			}
		})
	}
}

// TestReach leaves a second header, and a host and a tag behind a time that may stand alone, to the text.
func TestReach(t *testing.T) {
	p := NewParser(time.UTC)
	for line, want := range map[string]map[Reach]string{
		"<30>Nov 21 23:43:19 vm envoy[99]: 2026-11-21T23:43:18.5Z GET 200": {Single: "2026-11-21T23:43:18.5Z GET 200", TimeAlone: "2026-11-21T23:43:18.5Z GET 200"},
		"<6>2026-11-21T23:43:18.5Z 192.0.2.1 web: 1 2":                     {Deep: "1 2", Single: "1 2", TimeAlone: "192.0.2.1 web: 1 2"},
		"2026-11-21T23:43:18.5Z 192.0.2.1 22/Nov/2026:18:37:22 web":        {Deep: "192.0.2.1 22/Nov/2026:18:37:22 web"},
	} {
		for reach, text := range want {
			p.Reach = reach
			if got := parse(&p, line).Text; got != text {
				t.Errorf("%s, %d: the text is %q, want %q", line, reach, got, text)
			}
		}
	}
}

// TestNewYear reads lines of December in January and the other way round.
func TestNewYear(t *testing.T) {
	p := NewParser(time.UTC)
	for _, c := range []struct {
		observed time.Time
		line     string
		want     int
	}{
		{time.Date(2027, 1, 1, 0, 0, 1, 0, time.UTC), "Dec 31 23:59:59 g3proxy[1]: x", 2026},
		{time.Date(2027, 1, 1, 0, 0, 1, 0, time.UTC), "Jan  1 00:00:01 g3proxy[1]: x", 2027},
		// The sender's clock is ahead.
		{time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), "Jan  1 00:00:01 g3proxy[1]: x", 2027},
		{time.Unix(0, 0), "Jan  1 00:00:01 g3proxy[1]: x", 1970},
	} {
		h := header(&p, c.line, c.observed.UnixNano())
		if got := time.Unix(0, h.Time).UTC().Year(); got != c.want {
			t.Errorf("%s read at %s is of %d, want %d", c.line, c.observed, got, c.want)
		}
	}
}

// TestZone reads the clock of RFC 3164 in the given zone and keeps what it showed.
func TestZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	p := NewParser(berlin)
	for line, want := range map[string]string{
		"Nov 21 23:43:19 h g3proxy[1]: x":                       "2026-11-21T22:43:19Z",
		"Jul 21 23:43:19 h g3proxy[1]: x":                       "2026-07-21T21:43:19Z",
		"2026-07-21T23:43:19.5Z h g3proxy[1]: x":                "2026-07-21T23:43:19.5Z",
		"<29>1 2026-07-21T23:43:19Z h g3proxy 1 - - x":          "2026-07-21T23:43:19Z",
		"Sat 2026-11-21 23:43:19 CET h g3proxy[1]: x":           "2026-11-21T22:43:19Z",
		"Sat 2026-11-21 23:43:19 UTC h g3proxy[1]: x":           "2026-11-21T23:43:19Z",
		"Sat Nov 21 23:43:19 2026 daemon.info g3proxy[1]: x":    "2026-11-21T22:43:19Z",
		"2026-11-21 23:43:19 h g3proxy[1]: x":                   "2026-11-21T22:43:19Z",
		"Oct 25 02:30:00 h g3proxy[1]: the hour is shown twice": "2026-10-25T00:30:00Z",
	} {
		if got := parse(&p, line).Time; got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
	if h := header(&p, "Jul 21 23:43:19 h g3proxy[1]: x", observed.UnixNano()); h.Wall != time.Date(2026, 7, 21, 23, 43, 19, 0, time.UTC).UnixNano() {
		t.Errorf("the clock showed %s", time.Unix(0, h.Wall).UTC())
	}
}

// TestFold reads lines of the hour that the clock of Berlin shows twice, from 2:00 to 3:00 on 25 October 2026, in the
// order in which they were written: as they are written, and all of them later.
func TestFold(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(clock string) time.Time {
		out, err := time.Parse("15:04:05", clock)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 10, 25, out.Hour(), out.Minute(), out.Second(), 0, time.UTC)
	}
	lines := []struct{ wall, instant string }{
		{"01:59:59", "23:59:59"},
		{"02:00:01", "00:00:01"},
		{"02:30:00", "00:30:00"},
		{"02:29:58", "00:29:58"},
		{"02:59:00", "00:59:00"},
		{"02:00:10", "01:00:10"},
		{"02:30:00", "01:30:00"},
		{"02:29:59", "01:29:59"},
		{"02:59:00", "01:59:00"},
		{"03:00:00", "02:00:00"},
		{"03:30:00", "02:30:00"},
	}
	for name, observed := range map[string]func(instant time.Time) time.Time{
		"live":   func(instant time.Time) time.Time { return instant.Add(2 * time.Second) },
		"later":  func(time.Time) time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) },
		"behind": func(instant time.Time) time.Time { return instant.Add(4 * time.Minute) },
	} {
		p := NewParser(berlin)
		for _, l := range lines {
			want := at(l.instant)
			if l.instant > "23" {
				want = want.AddDate(0, 0, -1)
			}
			h := header(&p, "Oct 25 "+l.wall+" h g3proxy[1]: x", observed(want).UnixNano())
			if got := time.Unix(0, h.Time).UTC(); !got.Equal(want) {
				t.Errorf("%s: %s is %s, want %s", name, l.wall, got, want)
			}
		}
	}
	// A line that is older than all of the fold is no sign of it, and neither is the fold of the year before.
	p := NewParser(berlin)
	for _, l := range []struct{ line, want string }{
		{"Oct 26 10:00:00", "2026-10-26T09:00:00Z"},
		{"Oct 25 02:30:00", "2026-10-25T00:30:00Z"},
		{"Oct 25 02:59:00", "2026-10-25T00:59:00Z"},
		{"Oct 25 02:01:00", "2026-10-25T01:01:00Z"},
		{"Oct 25 03:00:00", "2026-10-25T02:00:00Z"},
		{"Oct 31 2027 02:30:00", "2027-10-31T00:30:00Z"},
	} {
		want, err := time.Parse(time.RFC3339, l.want)
		if err != nil {
			t.Fatal(err)
		}
		h := header(&p, l.line+" h g3proxy[1]: x", want.AddDate(0, 1, 0).UnixNano())
		if got := time.Unix(0, h.Time).UTC(); !got.Equal(want) {
			t.Errorf("%s is %s, want %s", l.line, got, want)
		}
	}
	// A source that begins within the hour: only a line that is read as it is written tells.
	for observed, want := range map[string]string{"00:30:01": "00:30:00", "01:30:01": "01:30:00", "05:00:00": "00:30:00"} {
		p := NewParser(berlin)
		if h := header(&p, "Oct 25 02:30:00 h g3proxy[1]: x", at(observed).UnixNano()); !time.Unix(0, h.Time).Equal(at(want)) {
			t.Errorf("read at %s it is %s, want %s", observed, time.Unix(0, h.Time).UTC(), want)
		}
	}
}

func TestSeverity(t *testing.T) {
	for p, want := range map[int16]int{-1: -1, 0: 0, 29: 5, 134: 6, 191: 7, 6: 6} {
		if got := (&Header{Priority: p}).Severity(); got != want {
			t.Errorf("priority %d is of severity %d, want %d", p, got, want)
		}
	}
}

// FuzzParse asserts that every offset lies within the line and that texts are parts of it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"<134>Nov 21 23:43:19 localhost haproxy[4540]: x", "<29>1 2026-11-21T23:43:19.306932Z vm g3proxy 1 m [a@1 b=\"\\]\"] done",
		"<6>2026-11-21T23:43:19.921935+00:00 x", "Nov  1 2026 23:43:19.1 h t: x", "<29>1 - - - - - ", "<29>1 - - - - [", "tag[1]:", "<6>Nov 21 23:43:19 h t:x", "Nov 21 23:43:19 h <6>1 2026-11-21T23:43:19Z - - - - [", "<", "<1", "<1>",
	} {
		f.Add(s, observed.UnixNano())
	}
	f.Fuzz(func(t *testing.T, line string, observed int64) {
		p := NewParser(time.UTC)
		h := header(&p, line, observed)
		if h.End != len(line) || h.Start < 0 || h.Start > h.End || h.SDStart < 0 || h.SDStart > h.SDEnd || h.SDEnd > h.Start {
			t.Fatalf("offsets %+v of %q", h, line)
		}
		for _, s := range []string{h.Host, h.App, h.MsgID} {
			if !strings.Contains(line[:h.Start], s) {
				t.Fatalf("%q is not of the header of %q", s, line)
			}
		}
		if h.Priority < -1 || h.Priority > 191 || h.PID < 0 {
			t.Fatalf("%+v", h)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, line := range map[string]string{
		"rfc3164": "<134>Nov 21 23:43:19 localhost haproxy[4540]: 127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full 1/-1/80 0 CD 16/1/0/0/0 0/0",
		"rfc5424": "<29>1 2026-11-21T23:43:19.306932Z vm g3proxy 13557 g3task [g3proxy@32473 server_name=\"s\" server_type=\"HttpProxy\" pid=\"13557\"] done",
		"none":    "127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full 1/-1/80 0 CD 16/1/0/0/0 0/0",
	} {
		b.Run(name, func(b *testing.B) {
			p := NewParser(time.UTC)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			var h Header
			for b.Loop() {
				p.Parse(line, observed.UnixNano(), &h)
			}
		})
	}
}

// TestKnownTag wants lines of several sources in turn to be read as each alone is.
func TestKnownTag(t *testing.T) {
	lines := []string{
		"<134>Nov 21 23:43:14 host haproxy[4540]: text", "<134>Nov 21 23:43:14 host haproxy[4540]: text",
		"<134>Nov 21 23:43:14 haproxy[4540]: text", "<134>Nov 21 23:43:14 haproxy[4540]:  text",
		"<134>Nov 21 23:43:14 host haproxy[4540]:text", "<134>Nov 21 23:43:14 host haproxy[4540]:",
		"<134>Nov 21 23:43:14 host my tag: x[4540]: text", "<134>Nov 21 23:43:14 host haproxy[45]: text",
		"<134>Nov 21 23:43:14 host haproxy[4540]: ", "<134>Nov 21 23:43:14 hos t haproxy[4540]: text",
		"<158>Nov 21 23:43:14 squid: text", "<158>Nov 21 23:43:14 squid:  text", "<158>Nov 21 23:43:14 squid:", "<158>Nov 21 23:43:14 squid: text[1]: x",
		"<158>Nov 21 23:43:14 host squid: text", "<158>Nov 21 23:43:14 host squid: [1]: text", "2026-11-21T23:43:14Z host squid: text",
		"<29>1 2026-11-21T23:43:14Z host g3proxy 1 - - text", "<29>1 2026-11-21T23:43:14Z host g3proxy 1 id - text", "<29>1 2026-11-21T23:43:14Z - - - - - text",
		"<29>1 2026-11-21T23:43:14Z - g3proxy - - - text", "<29>1 2026-11-21T23:43:14Z host - 1 - - text", "<29>1 2026-11-21T23:43:14Z host g3proxy 1 -",
		"<29>1 - host g3proxy 12 - - text", "<29>1 - host g3proxy web - - text",
		"Nov 21 23:43:14 host haproxy[4540]: <134>Nov 21 23:43:15 inner haproxy[8]: text", "Nov 21 23:43:14 relay 1 2026-11-21T23:43:14Z host g3proxy 1 - - text",
	}
	rapid.Check(t, func(t *rapid.T) {
		many := NewParser(time.UTC)
		for range 30 {
			line := rapid.SampledFrom(lines).Draw(t, "line")
			alone := NewParser(time.UTC)
			if got, want := header(&many, line, observed.UnixNano()), header(&alone, line, observed.UnixNano()); got != want {
				t.Fatalf("%q:\n got %+v\nwant %+v", line, got, want)
			}
		}
	})
}
