// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package corpus

const (
	syslogStamp = "Jan _2 15:04:05"
	millis      = "2006-01-02T15:04:05.000Z"
	micros      = "2006-01-02T15:04:05.000000Z"
)

// syslogHeader is the time of a header as RFC 3164 has it.
var syslogHeader = rule{`^<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) `, stamp(syslogStamp)}

func kinds() []kind {
	haproxy := []rule{
		syslogHeader,
		{`\]: (\d+\.\d+\.\d+\.\d+):\d+ \[`, address},
		{`\]: [\d.]+:(\d+) \[`, port},
		{`\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3})\]`, earlier("02/Jan/2006:15:04:05.000")},
	}
	names := []string{
		" localhost haproxy", " lb-01.example.com haproxy", "edge-01.lab.example", "lb-01.example.com",
		"fnt fnt.", "fe-postgres be-postgres.", "http-in http-in", "fe-web~ be-web",
		"httplog_captures httplog_captures", "fe-web~ be-web",
	}
	return []kind{
		{
			name: "tcp", title: "HAProxy TCP", file: "haproxy/ok/tcplog_rfc3164.log", edits: names,
			keep: `\]: [\d.]+:\d+ \[[^\]]+\] \S+ \S+/\S+ -?\d+/-?\d+/\d+ \d+ .. \d+/\d+/\d+/\d+/\d+ \d+/\d+$`,
			rules: append(haproxy[:len(haproxy):len(haproxy)],
				rule{`/(\d+) \d+ .. `, near}, rule{`/\d+ (\d+) .. `, near},
				rule{` .. (\d+)/`, near}, rule{` .. \d+/(\d+)/`, near}),
		},
		{
			name: "http", title: "HAProxy HTTP", file: "haproxy/ok/httplog_captures_rfc3164.log", edits: names,
			keep: `\]: [\d.]+:\d+ \[[^\]]+\] \S+ \S+/\S+ [-\d/]+ \d{3} \d+ \S+ \S+ .{4} [\d/]+ \d+/\d+ \{[^}]*\} \{[^}]*\} "[^"]* [^"]* HTTP/[\d.]+"$`,
			rules: append(haproxy[:len(haproxy):len(haproxy)],
				rule{`/(\d+) \d{3} \d+ `, near}, rule{`/\d+ \d{3} (\d+) `, near},
				rule{` .{4} (\d+)/\d+/\d+/\d+/\d+ `, near}, rule{` .{4} \d+/(\d+)/\d+/\d+/\d+ `, near}),
		},
		{
			name: "icap", title: "Squid ICAP", file: "squid/ok/icap_squid.log",
			keep: `^\d+\.\d{3} +\d+ [\d.]+ ICAP_\w+/\d{3} \d+ \w+ icap://\S+ \S+ \S+/\S+ \S+$`,
			rules: []rule{
				{`^(\d+\.\d{3}) `, unixMillis}, {`^\S+ +\d+ (\d+\.\d+\.\d+\.\d+) `, address}, {`/\d{3} (\d+) `, near},
			},
		},
		{
			name: "g3proxy", title: "g3proxy syslog", file: "g3proxy/ok/rfc3164.log",
			keep: `^<\d+>[^:]+:\d\d:\d\d \S+ g3proxy\[\d+\]: [^,=]*, (\w+=("[^"\\]*"|[^",]+)(, )?)+$`,
			edits: []string{
				" g3proxy[", " egress-01.example.com g3proxy[", `daemon_name="lab-rfc3164"`, `daemon_name="egress"`,
			},
			rules: []rule{
				syslogHeader,
				{`task_id="([0-9a-f]{32})"`, hex},
				{`(?:_at)="([^"]+)"`, earlier(micros)},
				{`addr="(\d+\.\d+\.\d+\.\d+):\d+"`, address},
				{`addr="[\d.]+:(\d+)"`, port},
				{`_bytes=(\d+)`, near},
				{`_(?:time|spend)="(\d+)`, near},
				{`dur_\w+="(\d+)`, near},
				{`tid=\w+-(\d+)`, digits},
			},
		},
		{
			name: "gdc", title: "Envoy/GDC JSON", file: "envoy/ok/gdc.log", keep: `^\{.*\}$`,
			edits: []string{"127.0.0.1:17300", "10.4.0.17:15443"},
			rules: []rule{
				{`"(?:observed_)?time_unix_nano":"(\d+)"`, unixNano},
				{`"start_time":"([^"]+)"`, earlier(millis)},
				{`"downstream_remote_address":"(\d+\.\d+\.\d+\.\d+):`, address},
				{`"downstream_remote_address":"[\d.]+:(\d+)"`, port},
				{`"upstream_local_address":"[\d.]+:(\d+)"`, port},
				{`"bytes_(?:received|sent)":"(\d+)"`, near},
				{`"duration":"(\d+)"`, near},
				{`"x_request_id":"([0-9a-f-]{36})"`, hex},
			},
		},
		{
			name: "edgeone", title: "EdgeOne JSON", file: "edgeone/ok/entries.log", keep: `^\{"ServiceID".*\}$`,
			rules: []rule{
				{`"SessionID":"(\d+)"`, digits},
				{`"LogTimeStamp":"([^"]+)"`, stamp("2006-01-02T15:04:05Z")},
				{`"ConnectTimeStamp":"([^"]+)"`, earlier("2006-01-02T15:04:05Z")},
				{`"DisconnetTimeStamp":"(\d[^"]+)"`, stamp("2006-01-02T15:04:05Z")},
				{`"ClientRealIP":"(\d+\.\d+\.\d+\.\d+)"`, address},
				{`"SentBytes":(\d+)`, near},
				{`"ReceivedBytes":(\d+)`, near},
			},
		},
	}
}
