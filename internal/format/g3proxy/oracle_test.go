// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// decoded is one line of decoded.jsonl: the pairs by key, _msg the message, _f the file, _h the header.
type decoded map[string]any

func (d decoded) str(key string) string { s, _ := d[key].(string); return s }

// num is an integer key's value, 0 where the line has none.
func (d decoded) num(t *testing.T, key string) int64 {
	t.Helper()
	v, ok := d[key].(json.Number)
	if !ok {
		return 0
	}
	n, err := v.Int64()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// readDecoded reads an oracle file into lines by file.
func readDecoded(t *testing.T, path string) map[string][]decoded {
	t.Helper()
	out := map[string][]decoded{}
	dec := json.NewDecoder(bytes.NewReader(formattest.Read(t, path)))
	dec.UseNumber()
	for dec.More() {
		var d decoded
		if err := dec.Decode(&d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out[d.str("_f")] = append(out[d.str("_f")], d)
	}
	return out
}

// compare holds lines against the oracle: the pairs as they were read, and the record that they became.
func compare(t *testing.T, file, dialect string, got []explain.Line, want []decoded) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%s: %d lines, want %d", file, len(got), len(want))
	}
	for i, g := range got {
		if g.Error != nil {
			t.Fatalf("%s line %d rejected: %+v\n%s", file, g.Line, *g.Error, g.Text)
		}
		if dialect != "" && g.Dialect != dialect {
			t.Errorf("%s line %d: dialect %s, want %s", file, g.Line, g.Dialect, dialect)
		}
		pairs(t, g, want[i])
		attributes(t, g, want[i])
		if t.Failed() {
			t.Fatalf("%s line %d: %s", file, g.Line, g.Text)
		}
	}
}

// pairs compares keys and raw values, both ways.
func pairs(t *testing.T, g explain.Line, want decoded) {
	t.Helper()
	read := map[string]string{"msg": ""}
	last := -1
	for _, f := range g.Fields {
		if f.Raw == nil {
			t.Errorf("%s has no value", f.Code)
			continue
		}
		if f.Offset < last {
			t.Errorf("%s stands out of order", f.Code)
		}
		last = f.Offset
		read[f.Code] = *f.Raw
	}
	expected := map[string]string{}
	for k, v := range want {
		switch v := v.(type) {
		case string:
			expected[k] = v
		case bool:
			expected[k] = strconv.FormatBool(v)
		case json.Number:
			expected[k] = v.String()
		}
	}
	expected["msg"] = expected["_msg"]
	for _, k := range []string{"_msg", "_f", "_t"} {
		delete(expected, k)
	}
	if !reflect.DeepEqual(read, expected) {
		t.Errorf("pairs:\n got %v\nwant %v", read, expected)
	}
}

// renamed are the keys whose attribute is not g3proxy.<key>; "" is a key that attributes checks on its own.
var renamed = map[string]string{
	"server_name": "proxy.listener.name", "log_type": "g3proxy.log_type", "_msg": "g3proxy.message", "task_type": "g3proxy.task.type",
	"task_id": "g3proxy.task.id", "stage": "g3proxy.task.stage", "user": "user.name", "total_time": "proxy.duration",
	"c_rd_bytes": "proxy.client.bytes_sent", "c_wr_bytes": "proxy.client.bytes_received",
	"r_rd_bytes": "proxy.upstream.bytes_sent", "r_wr_bytes": "proxy.upstream.bytes_received",
	"method": "http.request.method", "user_agent": "user_agent.original", "rsp_status": "http.response.status_code",
	"domain": "dns.question.name", "escaper": "g3proxy.escaper.name", "escaper_name": "g3proxy.escaper.name",
	"start_at": "", "client_addr": "", "tcp_client_addr": "", "server_addr": "", "tcp_server_addr": "", "upstream": "",
	"next_peer_addr": "", "task_event": "", "uri": "", "pid": "", "daemon_name": "", "udp_client_addr": "",
	"_f": "", "_h": "", "_t": "",
}

// durations are the keys that hold one, in Rust's form.
var durations = []string{
	"wait_time", "ready_time", "total_time", "tcp_connect_spend", "pipeline_wait", "dur_req_send_hdr", "dur_req_send_all",
	"dur_rsp_recv_hdr", "dur_rsp_recv_all", "dur_req_pipeline", "duration", "ftp_c_connect_spend", "ftp_d_connect_spend",
}

// seconds reads a duration with Go's own parser.
func seconds(t *testing.T, text string) float64 {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return float64(d.Nanoseconds()) / 1e9
}

// attributes holds the record against the oracle by the mapping of the contract.
func attributes(t *testing.T, g explain.Line, want decoded) {
	t.Helper()
	a := g.Record.Attributes
	expect := func(key string, value any) {
		t.Helper()
		if value == "" || value == nil {
			if got, ok := a[key]; ok {
				t.Errorf("%s = %v, want none", key, got)
			}
			return
		}
		if !reflect.DeepEqual(a[key], value) {
			t.Errorf("%s = %v (%T), want %v (%T)", key, a[key], a[key], value, value)
		}
	}
	for k, v := range want {
		key, ok := renamed[k]
		switch {
		case !ok:
			key = "g3proxy." + k
		case key == "":
			continue
		}
		switch v := v.(type) {
		case json.Number:
			n := want.num(t, k)
			if n == 0 && (k == "rsp_status" || k == "origin_status") {
				expect(key, nil)
				continue
			}
			expect(key, n)
		case string:
			if slices.Contains(durations, k) {
				expect(key, seconds(t, v))
				continue
			}
			expect(key, v)
		default:
			expect(key, v)
		}
	}
	expect("proxy.type", "g3proxy")
	expect("proxy.session.id", want.str("task_id"))
	address := func(host, port string, keys ...string) {
		t.Helper()
		for _, k := range keys {
			if s := want.str(k); s != "" {
				i := strings.LastIndexByte(s, ':')
				n, err := strconv.ParseInt(s[i+1:], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				expect(host, strings.Trim(s[:i], "[]"))
				expect(port, n)
				return
			}
		}
		expect(host, nil)
		expect(port, nil)
	}
	address("client.address", "client.port", "client_addr", "tcp_client_addr")
	address("network.peer.address", "network.peer.port", "client_addr", "tcp_client_addr")
	address("network.local.address", "network.local.port", "server_addr", "tcp_server_addr")
	address("server.address", "server.port", "upstream", "initial_peer", "host")
	address("proxy.upstream.address", "proxy.upstream.port", "next_peer_addr", "ftp_c_peer_addr")
	if c, ok := a["client.address"].(string); ok {
		family := "ipv4"
		if netip.MustParseAddr(c).Is6() {
			family = "ipv6"
		}
		expect("network.type", family)
	}
	if u := want.str("udp_client_addr"); u != "" && !strings.HasSuffix(u, ":0") {
		expect("g3proxy.udp_client_addr", u)
	} else {
		expect("g3proxy.udp_client_addr", nil)
	}
	expect("proxy.upstream.name", want.str("escaper")+want.str("escaper_name"))
	target(t, want.str("uri"), expect)
	pid := want.num(t, "pid")
	if !reflect.DeepEqual(g.Record.Resource["process.pid"], pid) || g.Record.Resource["service.name"] != "g3proxy" {
		t.Errorf("resource %v, want pid %d", g.Record.Resource, pid)
	}
	if daemon, _ := g.Record.Resource["service.instance.id"].(string); daemon != want.str("daemon_name") {
		t.Errorf("service.instance.id = %q, want %q", daemon, want.str("daemon_name"))
	}
	header, _ := want["_h"].(map[string]any)
	host, _ := header["hostname"].(string)
	if got, _ := g.Record.Resource["host.name"].(string); got != strings.Trim(host, "-") {
		t.Errorf("host.name = %q, want %q", got, host)
	}
	events(t, g, want, expect)
	timestamp(t, g, want, header["ts"])
}

func target(t *testing.T, uri string, expect func(string, any)) {
	t.Helper()
	path, query, _ := strings.Cut(uri, "?")
	if scheme, rest, ok := strings.Cut(path, "://"); ok {
		expect("url.full", uri)
		expect("url.scheme", scheme)
		path = rest[strings.IndexByte(rest, '/'):]
	} else {
		expect("url.full", nil)
	}
	expect("url.path", path)
	expect("url.query", query)
}

// events holds what the entry means against the oracle's keys.
func events(t *testing.T, g explain.Line, want decoded, expect func(string, any)) {
	t.Helper()
	event, kind, reason := "proxy.session.progress", "traffic", want.str("reason")
	taskEvent := want.str("task_event")
	transport := ""
	switch want.str("log_type") {
	case "Task":
		expect("g3proxy.task.event", taskEvent)
		transport = "tcp"
		if strings.HasPrefix(want.str("task_type"), "Udp") {
			transport = "udp"
		}
		switch taskEvent {
		case "Created":
			event = "proxy.session.start"
		case "Finished":
			event = "proxy.session.end"
			normal := reason == "Finished" || reason == "ClosedByClient" && transport == "udp"
			if normal {
				expect("proxy.outcome", "success")
				expect("error.type", nil)
			} else {
				expect("proxy.outcome", "failure")
				expect("error.type", reason)
			}
			if normal != (g.Record.Severity == "INFO") && !strings.HasPrefix(reason, "Client") {
				t.Errorf("severity %s for %s", g.Record.Severity, reason)
			}
		}
		if event != "proxy.session.end" {
			expect("proxy.outcome", nil)
			expect("error.type", nil)
		}
		if want.str("task_type") == "FtpOverHttp" {
			c := want.num(t, "ftp_c_rd_bytes")
			d := want.num(t, "ftp_d_rd_bytes")
			if taskEvent != "Created" {
				expect("proxy.upstream.bytes_sent", c+d)
			}
		}
	case "Escape":
		event, kind, transport = "proxy.connection.error", "error", "tcp"
		if want.str("escape_type") == "UdpSendto" {
			transport = "udp"
		}
		if reason == "" {
			reason = "tls_handshake"
		}
		expect("error.type", reason)
	case "Resolve":
		event, kind = "proxy.dns.error", "error"
		expect("error.type", want.str("error_subtype"))
	case "Intercept":
		expect("g3proxy.intercept.event", taskEvent)
		switch want.str("intercept_type") {
		case "HttpForward", "HttpUpgrade":
			event = "proxy.request.end"
			expect("proxy.start_time", strings.Replace(want.str("received_at"), "Z", "000Z", 1))
			expect("proxy.outcome", "success")
		}
	}
	expect("network.transport", transport)
	if start := want.str("start_at"); start != "" {
		expect("proxy.start_time", strings.Replace(start, "Z", "000Z", 1))
	}
	if g.Record.Event != event || g.Kind != kind {
		t.Errorf("event %s of kind %s, want %s of %s", g.Record.Event, g.Kind, event, kind)
	}
}

// timestamp holds the record's time against the header, or against the task's own times where the header has only
// seconds.
func timestamp(t *testing.T, g explain.Line, want decoded, ts any) {
	t.Helper()
	header, ok := ts.(string)
	if !ok {
		// A datagram to journald, which notes the time itself: without one it is that of the task, or of reading.
		header = formattest.Observed.Format(time.RFC3339Nano)
		if start := want.str("start_at") + want.str("received_at"); start != "" {
			header = start
			if total := want.str("total_time"); total != "" {
				at, err := time.Parse(time.RFC3339Nano, start)
				if err != nil {
					t.Fatal(err)
				}
				header = at.Add(time.Duration(seconds(t, total)*1e9 + 0.5)).Format(time.RFC3339Nano)
			}
		}
	}
	got, err := time.Parse(time.RFC3339Nano, g.Record.Timestamp)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339Nano, header)
	if err != nil {
		if at, err = time.Parse("2006 Jan _2 15:04:05", "2026 "+header); err != nil {
			t.Fatal(err)
		}
		if start, err := time.Parse(time.RFC3339Nano, want.str("start_at")); err == nil {
			switch total := want.str("total_time"); {
			case total != "":
				at = start.Add(time.Duration(seconds(t, total)*1e9 + 0.5))
			case want.str("task_event") == "Created" || start.After(at) && start.Sub(at) < time.Second:
				at = start
			}
		}
	}
	if !got.Equal(at) {
		t.Errorf("timestamp %s, want %s", got, at)
	}
}
