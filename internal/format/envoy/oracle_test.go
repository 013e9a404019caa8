// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// event is one event of the capture, as ext_json.log tells it and encoding/json decodes it: the oracle of the poorer
// formats, line by line.
type event map[string]any

func events(t testing.TB, file string) []event {
	t.Helper()
	return decodeEvents(t, formattest.Lines(t, formattest.Corpus(t, "envoy/"+file)))
}

func decodeEvents(t testing.TB, lines []string) []event {
	t.Helper()
	var out []event
	for _, l := range lines {
		dec := json.NewDecoder(strings.NewReader(l))
		dec.UseNumber()
		var e event
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// text is a value as text; "" where it is missing.
func (e event) text(key string) string {
	switch v := e[key].(type) {
	case string:
		if v == "-" {
			return ""
		}
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (e event) num(key string) int64 {
	n, _ := strconv.ParseInt(e.text(key), 10, 64)
	return n
}

// path is the path that the poorer formats log.
func (e event) path() string {
	if p := e.text("orig_path"); p != "" {
		return p
	}
	return e.text("path")
}

// only is the event as a format sees it that logs these keys alone.
func (e event) only(keys ...string) event {
	out := event{}
	for _, k := range keys {
		if v, ok := e[k]; ok {
			out[k] = v
		}
	}
	return out
}

// ending is how a line of a kind ends: outcome, who ended it, error.type, severity. The table is made by hand from the
// meaning of flags, details and status; it lists every combination of the corpus.
type ending struct{ outcome, endedBy, errorType, severity string }

var (
	fine    = ending{"success", "unknown", "", "INFO"}
	refused = func(status string) ending { return ending{"failure", "proxy", status, "WARN"} }
	broken  = func(by, what string) ending { return ending{"failure", by, what, "ERROR"} }
)

var endings = map[string]ending{ // status, flags, details; then the gRPC status
	"0 DC downstream_remote_disconnect":                 {"unknown", "client", "", "INFO"},
	"0 DR http2.remote_reset":                           {"unknown", "client", "", "INFO"},
	"101 DC downstream_remote_disconnect":               {"success", "client", "", "INFO"},
	"CONNECT 200 DC downstream_remote_disconnect":       {"success", "client", "", "INFO"},
	"200 DC downstream_remote_disconnect":               {"unknown", "client", "", "INFO"},
	"200 - via_upstream":                                fine,
	"CONNECT 200 - via_upstream":                        fine,
	"200 - via_upstream Internal":                       broken("unknown", "INTERNAL"),
	"200 - via_upstream Unavailable":                    broken("unknown", "UNAVAILABLE"),
	"200 - via_upstream InvalidArgument":                fine,
	"200 - via_upstream NotFound":                       fine,
	"200 - via_upstream OK":                             fine,
	"200 - via_upstream Unauthenticated":                {"success", "unknown", "", "WARN"},
	"200 DI via_upstream":                               fine,
	"200 UPE upstream_reset_after_response_started":     broken("upstream", "UPE"),
	"200 UT response_timeout":                           broken("proxy", "UT"),
	"201 - via_upstream":                                fine,
	"204 - via_upstream":                                fine,
	"301 - direct_response":                             fine,
	"304 - via_upstream":                                fine,
	"400 - missing_host_header":                         refused("400"),
	"400 - path_normalization_failed":                   refused("400"),
	"400 - via_upstream":                                fine,
	"400 DPE http.invalid_authority":                    refused("400"),
	"400 DPE http1.codec_error":                         refused("400"),
	"400 DPE http1.invalid_characters":                  refused("400"),
	"401 - via_upstream":                                {"success", "unknown", "", "WARN"},
	"403 - direct_response":                             {"success", "unknown", "", "WARN"},
	"403 - rbac_access_denied_matched_policy":           refused("403"),
	"403 - via_upstream":                                {"success", "unknown", "", "WARN"},
	"404 - absolute_path_rejected":                      refused("404"),
	"404 - via_upstream":                                fine,
	"404 NR route_not_found":                            refused("404"),
	"408 - request_header_timeout":                      refused("408"),
	"408 - request_overall_timeout":                     refused("408"),
	"409 - via_upstream":                                fine,
	"418 FI fault_filter_abort":                         refused("418"),
	"426 DPE low_version":                               refused("426"),
	"429 - via_upstream":                                {"success", "unknown", "", "WARN"},
	"429 RL local_rate_limited":                         refused("429"),
	"431 DPE http1.headers_too_large":                   refused("431"),
	"500 - via_upstream":                                broken("unknown", "500"),
	"502 - via_upstream":                                broken("unknown", "502"),
	"502 UPE upstream_reset_before_response_started":    broken("upstream", "502"),
	"503 - via_upstream":                                broken("unknown", "503"),
	"503 UC upstream_reset_before_response_started":     broken("upstream", "503"),
	"503 UF upstream_reset_before_response_started":     broken("upstream", "503"),
	"503 UH no_healthy_upstream":                        broken("proxy", "503"),
	"503 UO upstream_reset_before_response_started":     broken("proxy", "503"),
	"503 URX via_upstream":                              broken("upstream", "503"),
	"503 URX,UF upstream_reset_before_response_started": broken("upstream", "503"),
	"504 SI stream_idle_timeout":                        refused("504"),
	"504 UT response_timeout":                           broken("proxy", "504"),
	"tcp -":                                             fine,
	"tcp DPE":                                           refused("DPE"),
	"tcp DT":                                            refused("DT"),
	"tcp UF,URX":                                        broken("upstream", "UF"),
	"tcp UH":                                            broken("proxy", "UH"),
	"tcp UR":                                            broken("upstream", "UR"),
	"handshake":                                         {"failure", "unknown", "downstream_transport_failure", "WARN"},
	// The default text has no details: what Envoy answered itself without a flag looks like the upstream's answer.
	"0 DC": {"unknown", "client", "", "INFO"}, "0 DR": {"unknown", "client", "", "INFO"}, "101 DC": {"success", "client", "", "INFO"},
	"CONNECT 200 DC": {"success", "client", "", "INFO"}, "200 DC": {"unknown", "client", "", "INFO"}, "200 -": fine, "CONNECT 200 -": fine,
	"200 DI": fine, "200 UPE": broken("upstream", "UPE"), "200 UT": broken("proxy", "UT"), "201 -": fine, "204 -": fine, "301 -": fine, "304 -": fine,
	"101 -": fine, "101 - via_upstream": fine, "400 -": fine, "400 DPE": refused("400"), "401 -": {"success", "unknown", "", "WARN"}, "403 -": {"success", "unknown", "", "WARN"},
	"404 -": fine, "404 NR": refused("404"), "408 -": {"failure", "unknown", "408", "WARN"}, "409 -": fine, "418 FI": refused("418"), "426 DPE": refused("426"),
	"429 -": {"success", "unknown", "", "WARN"}, "429 RL": refused("429"), "431 DPE": refused("431"), "500 -": broken("unknown", "500"),
	"502 -": broken("unknown", "502"), "502 UPE": broken("upstream", "502"), "503 -": broken("unknown", "503"), "503 UC": broken("upstream", "503"),
	"503 UF": broken("upstream", "503"), "503 UH": broken("proxy", "503"), "503 UO": broken("proxy", "503"), "503 URX": broken("upstream", "503"),
	"503 URX,UF": broken("upstream", "503"), "504 SI": refused("504"), "504 UT": broken("proxy", "504"),
}

var detailsArgument = regexp.MustCompile(`[\[{].*`)

// kindOf says what a line is: its event name, whether it is about a request, and the key of its ending, "" where it does
// not report one.
func kindOf(t *testing.T, e event) (name string, request bool, end string) {
	t.Helper()
	status := e.text("status")
	if e.text("method") == "CONNECT" {
		status = "CONNECT " + status
	}
	flags := e.text("flags")
	if flags == "" {
		flags = "-"
	}
	http := strings.TrimSpace(status + " " + flags + " " + detailsArgument.ReplaceAllString(e.text("code_details"), ""))
	if g := e.text("grpc_status"); g != "" {
		http += " " + g
	}
	switch typ := e.text("type"); {
	case typ == "DownstreamEnd":
		return "proxy.request.end", true, http
	case typ == "TcpConnectionEnd", typ == "UdpSessionEnd":
		return "proxy.session.end", false, "tcp " + flags
	case typ == "NotSet" && e.text("down_fail") != "":
		return "proxy.connection.error", false, "handshake"
	case typ == "NotSet":
		return "proxy.session.end", false, "tcp " + flags
	case strings.HasPrefix(typ, "Upstream"):
		return "proxy.session.progress", true, ""
	case typ == "DownstreamStart":
		return "proxy.session.start", true, ""
	case typ == "TcpConnectionStart":
		return "proxy.session.start", false, ""
	case typ != "":
		return "proxy.session.progress", strings.HasPrefix(typ, "Downstream"), ""
	case e.text("method") != "" && status == "0" && flags == "-" && e.text("code_details") == "" && e.num("duration_ms") == 0, status == "CONNECT 0" && flags == "-":
		return "proxy.session.start", true, ""
	case e.text("method") != "" || e.num("status") > 0:
		return "proxy.request.end", true, http
	}
	return "proxy.session.end", false, "tcp " + flags
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// hostPort divides an address the standard library's way.
func hostPort(s string) (string, int64) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return s, 0
	}
	n, _ := strconv.ParseInt(port, 10, 64)
	return host, n
}

// expected is the record that an event has to become in a format that logs the keys of e; precision is that of its
// start time.
func expected(t *testing.T, e event, precision time.Duration) explain.Record {
	t.Helper()
	a := map[string]any{"proxy.type": "envoy"}
	set := func(key string, value any) {
		switch v := value.(type) {
		case string:
			if v == "" {
				return
			}
		case int64:
			if v <= 0 && !strings.Contains(key, "bytes") && !strings.Contains(key, "size") && !strings.Contains(key, "connection_id") {
				return
			}
		}
		a[key] = value
	}
	name, request, end := kindOf(t, e)
	start, err := time.Parse(time.RFC3339Nano, e.text("start_time"))
	if err != nil {
		t.Fatal(err)
	}
	start = start.Truncate(precision)
	set("proxy.start_time", iso(start))
	a["proxy.duration"] = float64(e.num("duration_ms")) / 1e3
	r := explain.Record{
		Timestamp: iso(start.Add(time.Duration(e.num("duration_ms")) * time.Millisecond)), Event: name, Severity: "INFO", Attributes: a,
		Resource: map[string]any{"service.name": "envoy"},
	}
	typ := e.text("type")
	set("envoy.access_log_type", typ)
	sent, received := "proxy.client.bytes_received", "proxy.client.bytes_sent"
	if strings.HasPrefix(typ, "Upstream") {
		sent, received = "proxy.upstream.bytes_received", "proxy.upstream.bytes_sent"
	}
	set(sent, e.num("bytes_sent"))
	set(received, e.num("bytes_received"))
	if name == "proxy.request.end" && e.text("method") != "CONNECT" && e.num("status") != 101 {
		set("http.response.body.size", e.num("bytes_sent"))
		set("http.request.body.size", e.num("bytes_received"))
	}
	a["network.transport"] = "tcp"
	if strings.HasPrefix(typ, "Udp") {
		a["network.transport"] = "udp"
	}
	if end != "" {
		x, ok := endings[end]
		if !ok {
			t.Fatalf("the table of endings lacks %q", end)
		}
		set("proxy.outcome", x.outcome)
		set("proxy.ended_by", x.endedBy)
		set("error.type", x.errorType)
		r.Severity = x.severity
	}
	if !request {
		set("proxy.session.id", e.text("stream_id"))
	} else {
		a["network.protocol.name"] = "http"
		set("network.protocol.version", strings.TrimPrefix(e.text("protocol"), "HTTP/"))
		set("http.request.method", e.text("method"))
		path, query, _ := strings.Cut(e.path(), "?")
		set("url.path", path)
		set("url.query", query)
		if e.text("orig_path") != "" && e.text("path") != "" {
			set("envoy.rewritten_path", e.text("path"))
		}
		set("http.response.status_code", e.num("status"))
		set("http.request.resend_count", e.num("attempts")-1)
		if g := e.text("grpc_status"); g != "" {
			names := map[string]string{"OK": "OK", "Internal": "INTERNAL", "InvalidArgument": "INVALID_ARGUMENT", "NotFound": "NOT_FOUND", "Unauthenticated": "UNAUTHENTICATED", "Unavailable": "UNAVAILABLE"}
			a["rpc.response.status_code"] = names[g]
		}
	}
	host, port := hostPort(e.text("down_remote"))
	set("client.address", host)
	set("client.port", port)
	set("network.peer.address", host)
	set("network.peer.port", port)
	if addr, err := netip.ParseAddr(host); err == nil {
		a["network.type"] = map[bool]string{true: "ipv4", false: "ipv6"}[addr.Is4()]
	}
	host, port = hostPort(e.text("down_local"))
	set("network.local.address", host)
	set("network.local.port", port)
	host, port = hostPort(e.text("upstream_host"))
	set("proxy.upstream.address", host)
	set("proxy.upstream.port", port)
	server := e.text("authority")
	if server == "" {
		server = e.text("sni")
	}
	host, port = hostPort(server)
	set("server.address", host)
	set("server.port", port)
	for key, attribute := range map[string]string{
		"upstream_cluster": "proxy.upstream.name", "cluster": "proxy.upstream.name", "request_id": "proxy.request.id", "user_agent": "user_agent.original", "scheme": "url.scheme",
		"stream_id": "envoy.stream_id", "unique_id": "envoy.unique_id", "code_details": "envoy.response_code_details",
		"term_details": "envoy.connection_termination_details", "up_fail": "envoy.upstream_transport_failure_reason",
		"down_fail": "envoy.downstream_transport_failure_reason", "upstream_hosts": "envoy.upstream.hosts_attempted",
		"upstream_local": "envoy.upstream.local_address", "sni": "envoy.requested_server_name", "tls_cipher": "tls.cipher",
		"peer_subject": "tls.client.subject", "peer_uri_san": "envoy.downstream.peer_uri_san", "peer_fp256": "tls.client.hash.sha256",
		"peer_serial": "envoy.downstream.peer_serial", "tls_session": "envoy.downstream.tls_session_id", "route": "envoy.route_name",
		"vcluster": "envoy.virtual_cluster_name", "filter_chain": "envoy.filter_chain_name", "upstream_protocol": "envoy.upstream.protocol",
	} {
		set(attribute, e.text(key))
	}
	for key, attribute := range map[string]string{
		"connection_id": "envoy.connection_id", "upstream_connection_id": "envoy.upstream.connection_id", "attempts": "envoy.upstream.attempts",
		"down_wire_rx": "envoy.downstream.wire_bytes_received", "down_wire_tx": "envoy.downstream.wire_bytes_sent",
		"down_hdr_rx": "envoy.downstream.header_bytes_received", "down_hdr_tx": "envoy.downstream.header_bytes_sent",
		"up_wire_rx": "envoy.upstream.wire_bytes_received", "up_wire_tx": "envoy.upstream.wire_bytes_sent",
		"up_hdr_rx": "envoy.upstream.header_bytes_received", "up_hdr_tx": "envoy.upstream.header_bytes_sent",
		"md_bytes_rx": "envoy.md_bytes_rx", "md_bytes_tx": "envoy.md_bytes_tx", "md_dg_rx": "envoy.md_dg_rx", "md_dg_tx": "envoy.md_dg_tx",
	} {
		if e.text(key) != "" && (e.num(key) > 0 || attribute != "envoy.upstream.connection_id") {
			set(attribute, e.num(key))
		}
	}
	for key, attribute := range map[string]string{
		"req_dur": "request_duration", "req_tx_dur": "request_tx_duration", "resp_dur": "response_duration",
		"resp_tx_dur": "response_tx_duration", "rtt_dur": "roundtrip_duration",
	} {
		if e.text(key) != "" {
			a["envoy."+attribute] = float64(e.num(key)) / 1e3
		}
	}
	for key, attribute := range map[string]string{"flags": "envoy.response_flags", "flags_long": "envoy.response_flags_long"} {
		if v := e.text(key); v != "" {
			names := strings.Split(v, ",") // in no order of their own
			slices.Sort(names)
			var list []any
			for _, f := range names {
				list = append(list, f)
			}
			a[attribute] = list
		}
	}
	if xff := e.text("xff"); xff != "" {
		a["http.request.header.x-forwarded-for"] = []any{xff}
	}
	if v := e.text("tls_version"); v != "" {
		a["tls.protocol.version"], a["tls.established"] = strings.TrimPrefix(v, "TLSv"), e.text("down_fail") == ""
	}
	if v := e.text("emit_time"); v != "" {
		m, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			t.Fatal(err)
		}
		a["envoy.emit_time"] = iso(m)
	}
	if v := e.text("hostname"); v != "" {
		r.Resource["host.name"] = v
	}
	return r
}

// latin1 is s as Envoy writes a text to JSON that is not valid UTF-8: each byte a character.
func latin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// sameText compares what a text format printed raw with what JSON says.
func sameText(raw, decoded string) bool { return raw == decoded || latin1(raw) == decoded }

func describe(file string, line int) string { return fmt.Sprintf("%s:%d", file, line+1) }
