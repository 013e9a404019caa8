// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/proxylog/proxylog/bench/collector"
)

type m = map[string]any

// candidate is one way to read a corpus.
type candidate struct {
	title string
	make  func(pattern string) collector.Pipeline
	// factor is what our receiver is to be faster by, "at least" and as the aim; for baseline it is what ours may cost
	// at most, in multiples of it. 0 is no target.
	atLeast, aim float64
	// baseline is the candidate that parses nothing.
	baseline bool
	// variant is our receiver with another setting: factor is what it may cost at most, in multiples of ours.
	variant bool
}

// set is a corpus and the ways to read it. The first is ours.
type set struct {
	corpus string
	ours   candidate
	peers  []candidate
}

func named(format string) candidate {
	return candidate{title: "proxylog, format: " + format, make: func(pattern string) collector.Pipeline {
		return collector.Proxylog(pattern, m{"format": format})
	}}
}

func auto() candidate {
	return candidate{title: "proxylog, format: auto", variant: true, atLeast: 1.05, make: func(pattern string) collector.Pipeline {
		return collector.Proxylog(pattern, nil)
	}}
}

// plain is file_log that parses nothing: its records are the lines.
func plain(atMost, aim float64) candidate {
	return candidate{title: "file_log, no parsing at all", baseline: true, atLeast: atMost, aim: aim, make: func(pattern string) collector.Pipeline {
		return collector.FileLog(pattern, nil)
	}}
}

// operators is file_log with operators. A line that they cannot parse is dropped, so that it is missed in the count.
func operators(title string, atLeast, aim float64, ops []m, processors ...collector.Processor) candidate {
	for _, op := range ops {
		op["on_error"] = "drop"
	}
	return candidate{title: title, atLeast: atLeast, aim: aim, make: func(pattern string) collector.Pipeline {
		return collector.FileLog(pattern, ops, processors...)
	}}
}

func timestamp(from, layout string) m {
	return m{"parse_from": "attributes." + from, "layout": layout, "location": "UTC"}
}

func severity(from string, mapping m) m {
	return m{"parse_from": "attributes." + from, "mapping": mapping}
}

// byStatus is a severity mapping of HTTP status codes.
var byStatus = m{"error": []any{"5xx"}, "warn": []any{"4xx"}, "info": []any{"2xx", "3xx"}}

func sets() []set {
	return []set{tcp(), http(), icap(), g3proxy(), gdc(), edgeone()}
}

const (
	syslogPattern = `^<\d+>(?P<time>\w{3} [ \d]\d [\d:]{8}) (?P<host>\S+) (?P<process>[^\[]+)\[(?P<pid>\d+)\]: `
	clientPattern = `(?P<client_ip>[^:]+):(?P<client_port>\d+) \[(?P<accept_date>[^\]]+)\] (?P<frontend>\S+) (?P<backend>[^/ ]+)/(?P<server>\S+) `
	countsPattern = `(?P<actconn>\d+)/(?P<feconn>\d+)/(?P<beconn>\d+)/(?P<srvconn>\d+)/(?P<retries>\+?\d+) (?P<srv_queue>\d+)/(?P<backend_queue>\d+)`
	tcpPattern    = syslogPattern + clientPattern + `(?P<tw>-?\d+)/(?P<tc>-?\d+)/(?P<tt>\+?\d+) (?P<bytes_read>\+?\d+) (?P<state>\S{2}) ` + countsPattern + `$`
	httpPattern   = syslogPattern + clientPattern + `(?P<tr>-?\d+)/(?P<tw>-?\d+)/(?P<tc>-?\d+)/(?P<tr2>-?\d+)/(?P<ta>\+?\d+) (?P<status>-?\d+) (?P<bytes_read>\+?\d+) ` +
		`(?P<req_cookie>\S+) (?P<res_cookie>\S+) (?P<state>\S{4}) ` + countsPattern +
		` \{(?P<req_headers>[^}]*)\} \{(?P<res_headers>[^}]*)\} "(?P<method>\S+) (?P<uri>\S+) (?P<version>[^"]+)"$`
	icapPattern = `^(?P<time>\d+\.\d+) +(?P<duration>-?\d+) (?P<client_ip>\S+) (?P<outcome>\w+)/(?P<status>\d+) (?P<size>\d+) (?P<method>\S+) (?P<url>\S+) (?P<user>\S+) (?P<hierarchy>\S+)/(?P<server>\S+) (?P<type>\S+)$`

	haproxyLayout = "%d/%b/%Y:%H:%M:%S.%L"
)

// states is a severity mapping of HAProxy's termination states, as far as the corpus has them.
var states = m{
	"info":  []any{"--", "CD", "LR", "----", "CD--", "LR--"},
	"warn":  []any{"cD", "sD", "PR", "CC", "PR--", "PT--", "PD--", "cD--", "sD--", "CC--", "CR--", "cR--", "CH--", "sH--", "PH--"},
	"error": []any{"SC", "sC", "SD", "sQ", "SC--", "sC--", "SD--", "SH--", "sQ--", "RC--"},
}

func tcpRegex() m {
	return m{
		"type": "regex_parser", "regex": tcpPattern,
		"timestamp": timestamp("accept_date", haproxyLayout), "severity": severity("state", states),
	}
}

// tcpNames are the attributes that our record has of the same fields, and whether they are numbers.
var tcpNames = []struct {
	from, to string
	number   bool
}{
	{"client_ip", "client.address", false},
	{"client_port", "client.port", true},
	{"frontend", "proxy.listener.name", false},
	{"backend", "haproxy.backend.name", false},
	{"server", "haproxy.server.name", false},
	{"tw", "haproxy.time.queue", true},
	{"tc", "haproxy.time.connect", true},
	{"tt", "proxy.duration", true},
	{"bytes_read", "proxy.client.bytes_received", true},
	{"state", "haproxy.termination_state", false},
	{"actconn", "haproxy.connections.active", true},
	{"feconn", "haproxy.connections.frontend", true},
	{"beconn", "haproxy.connections.backend", true},
	{"srvconn", "haproxy.connections.server", true},
	{"retries", "haproxy.retries", true},
	{"srv_queue", "haproxy.queue.server", true},
	{"backend_queue", "haproxy.queue.backend", true},
}

func tcp() set {
	moves := []m{tcpRegex()}
	var statements []string
	for _, n := range tcpNames {
		if n.number {
			moves = append(moves,
				m{"type": "add", "field": `attributes["` + n.to + `"]`, "value": `EXPR(int(attributes.` + n.from + `))`},
				m{"type": "remove", "field": "attributes." + n.from})
			statements = append(statements, `set(log.attributes["`+n.to+`"], Int(log.attributes["`+n.from+`"]))`)
		} else {
			moves = append(moves, m{"type": "move", "from": "attributes." + n.from, "to": `attributes["` + n.to + `"]`})
			statements = append(statements, `set(log.attributes["`+n.to+`"], log.attributes["`+n.from+`"])`)
		}
		statements = append(statements, `delete_key(log.attributes, "`+n.from+`")`)
	}
	transform := collector.Processor{ID: "transform", Config: m{"error_mode": "ignore", "log_statements": statements}}
	return set{corpus: "tcp", ours: named("haproxy"), peers: []candidate{
		auto(),
		plain(1.6, 1),
		operators("file_log + regex_parser + timestamp + severity", 6.5, 8, []m{tcpRegex()}),
		operators("… + semantic names and integers by move and add", 8.5, 10, moves),
		operators("… + semantic names and integers by OTTL (transform)", 8.5, 10, []m{tcpRegex()}, transform),
	}}
}

func http() set {
	return set{corpus: "http", ours: named("haproxy"), peers: []candidate{
		plain(0, 0),
		operators("file_log + regex_parser + timestamp + severity", 6.5, 8, []m{{
			"type": "regex_parser", "regex": httpPattern,
			"timestamp": timestamp("accept_date", haproxyLayout), "severity": severity("status", byStatus),
		}}),
	}}
}

func icap() set {
	return set{corpus: "icap", ours: named("squid"), peers: []candidate{
		plain(0, 0),
		operators("file_log + regex_parser + timestamp + severity", 6.5, 8, []m{{
			"type": "regex_parser", "regex": icapPattern,
			"timestamp": m{"parse_from": "attributes.time", "layout_type": "epoch", "layout": "s.ms"},
			"severity": severity("outcome", m{
				"info":  []any{"ICAP_ECHO", "ICAP_MOD", "ICAP_SAT", "ICAP_OPT", "ICAP_PART_ECHO"},
				"error": []any{"ICAP_ERR_OTHER"}, "warn": []any{"ICAP_ERR_GONE", "ICAP_ERR_RACE", "ICAP_ERR_UNKNOWN"},
			}),
		}}),
	}}
}

func g3proxy() set {
	return set{corpus: "g3proxy", ours: named("g3proxy"), peers: []candidate{
		plain(0, 0),
		operators("file_log + syslog_parser + regex_parser + key_value_parser", 6.5, 8, []m{
			{"type": "syslog_parser", "protocol": "rfc3164", "location": "UTC"},
			{"type": "regex_parser", "parse_from": "attributes.message", "regex": `^(?P<text>[^,]*), (?P<pairs>.*)$`},
			{"type": "key_value_parser", "parse_from": "attributes.pairs", "delimiter": "=", "pair_delimiter": ", "},
			{"type": "remove", "field": "attributes.pairs"},
		}),
	}}
}

func gdc() set {
	return set{corpus: "gdc", ours: named("envoy"), peers: []candidate{
		plain(2.4, 0),
		operators("file_log + json_parser + timestamp + severity", 4, 5, []m{{
			"type":      "json_parser",
			"timestamp": timestamp("start_time", "%Y-%m-%dT%H:%M:%S.%LZ"), "severity": severity("response_code", byStatus),
		}}),
	}}
}

func edgeone() set {
	return set{corpus: "edgeone", ours: named("edgeone"), peers: []candidate{
		plain(1.5, 0),
		operators("file_log + json_parser + timestamp + severity", 4, 5, []m{{
			"type":      "json_parser",
			"timestamp": timestamp("LogTimeStamp", "%Y-%m-%dT%H:%M:%SZ"),
			"severity":  severity("DisconnetReason", m{"info": []any{"-"}}),
		}}),
	}}
}

// only are the sets whose corpus is in a list with commas; "" is all.
func only(all []set, list string) []set {
	if list == "" {
		return all
	}
	var out []set
	for _, s := range all {
		for name := range strings.SplitSeq(list, ",") {
			if s.corpus == strings.TrimSpace(name) {
				out = append(out, s)
			}
		}
	}
	return out
}
