// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// kinds are lines of g3proxy's older versions, of its sister daemons and of the process's own log, written by hand after
// the sources: no capture has them.
var kinds = map[string]struct {
	text  string
	event string
	kind  string
	// want are some of the attributes; nil is one that must be missing.
	want map[string]any
}{
	"before 1.11 a task had one entry and no event": {
		`<29>Nov 21 23:45:11 g3proxy[7]: finished, server_name="s", server_type="SocksProxy", pid=7, log_type="Task", daemon_name="", r_wr_bytes=5, r_rd_bytes=4, c_wr_bytes=3, c_rd_bytes=2, total_time="10.007s", reason="Finished", upstream="u.test:80", client_addr="127.0.0.1:37126", start_at="2026-11-21T23:45:01.610544Z", stage="Relaying", task_id="918925e7e60511f199b7b5f191b3bc75", task_type="TcpConnect"`,
		"proxy.session.end", "traffic",
		map[string]any{"proxy.outcome": "success", "g3proxy.task.event": nil, "proxy.duration": 10.007, "proxy.client.bytes_sent": int64(2), "proxylog.truncated": nil},
	},
	"g3tiles, a connection": {
		`<29>Nov 21 23:45:11 g3tiles[8]: upstream not connected: timed out, server_name="t", server_type="OpensslProxy", pid=8, log_type="Task", daemon_name="", r_wr_bytes=0, r_rd_bytes=0, c_wr_bytes=0, c_rd_bytes=517, total_time="1.500s", wait_time="1.000ms", reason="UpstreamNotConnected", client_addr="[2001:db8::1]:37126", server_addr="[2001:db8::2]:443", start_at="2026-11-21T23:45:01.610544Z", stage="Connecting", task_event="Finished", task_id="918925e7e60511f199b7b5f191b3bc75", task_type="TcpConnect"`,
		"proxy.session.end", "traffic",
		map[string]any{"proxy.outcome": "failure", "error.type": "UpstreamNotConnected", "client.address": "2001:db8::1", "network.type": "ipv6", "server.address": nil},
	},
	"g3tiles, a connection to a key server": {
		`<29>1 2026-11-21T23:45:11.117544Z - g3tiles 8 - [g3proxy@0 server_name="k" server_type="KeylessProxy" pid="8" log_type="Task" daemon_name="" rsp_fail="1" rsp_pass="7" rsp_drop="2" req_fail="0" req_pass="9" req_total="10" total_time="9.500s" start_at="2026-11-21T23:45:01.610544Z" stage="Finished" task_id="918925e7e60511f199b7b5f191b3bc75" task_type="Keyless"] `,
		"proxy.session.end", "traffic",
		map[string]any{"g3proxy.req_total": int64(10), "g3proxy.rsp_drop": int64(2), "g3proxy.rsp_fail": int64(1), "proxy.outcome": "unknown", "error.type": nil},
	},
	"g3keymess, a connection": {
		`<29>Nov 21 23:45:11 g3keymess[9]: no error, server_name="m", pid=9, log_type="Task", daemon_name="", client_addr="127.0.0.1:37126", server_addr="127.0.0.1:1300", start_at="2026-11-21T23:45:01.610544Z", task_id="918925e7e60511f199b7b5f191b3bc75"`,
		"proxy.session.end", "traffic",
		map[string]any{"proxy.outcome": "success", "error.type": nil, "proxy.session.id": "918925e7e60511f199b7b5f191b3bc75"},
	},
	"g3keymess, a connection that failed": {
		`<29>Nov 21 23:45:11 g3keymess[9]: write failed: Kind(BrokenPipe), server_name="m", pid=9, log_type="Task", daemon_name="", client_addr="127.0.0.1:37126", server_addr="127.0.0.1:1300", start_at="2026-11-21T23:45:01.610544Z", task_id="918925e7e60511f199b7b5f191b3bc75"`,
		"proxy.session.end", "traffic",
		map[string]any{"proxy.outcome": "failure", "error.type": "write_failed", "proxy.ended_by": "client"},
	},
	"g3keymess, a request that failed": {
		`<29>Nov 21 23:45:11 g3keymess[9]: @cee:{"server_name":"m","pid":9,"log_type":"Request","daemon_name":"","process_time":"1.250ms","create_at":"2026-11-21T23:45:01.610544Z","msg_id":77,"task_id":"918925e7e60511f199b7b5f191b3bc75","msg":"no key found"}`,
		"proxy.request.end", "traffic",
		map[string]any{"error.type": "request_failed", "proxy.outcome": "failure", "proxy.duration": 0.00125, "proxy.start_time": "2026-11-21T23:45:01.610544000Z", "g3proxy.msg_id": int64(77), "g3proxy.message": "no key found"},
	},
	"a log of a newer release": {
		`<29>Nov 21 23:45:11 g3proxy[7]: shut, listener_name="l", pid=7, log_type="Listen", daemon_name="", sockets=3, total_time="1.500s", client_addr="127.0.0.1:37126", task_event="Closed", task_id="918925e7e60511f199b7b5f191b3bc75"`,
		"proxy.event", "event",
		map[string]any{
			"g3proxy.log_type": "Listen", "g3proxy.listener_name": "l", "g3proxy.sockets": int64(3), "proxy.duration": 1.5, "g3proxy.message": "shut",
			"client.address": "127.0.0.1", "g3proxy.task.event": "Closed", "proxy.session.id": "918925e7e60511f199b7b5f191b3bc75", "proxy.outcome": nil,
		},
	},
	"a log of a newer release, RFC 5424": {
		`<29>1 2026-11-21T23:45:11.117544Z vm g3proxy 7 - [g3proxy@0 listener_name="l" pid="7" log_type="Listen" daemon_name="d" peer="a\'b"] shut`,
		"proxy.event", "event",
		map[string]any{"g3proxy.log_type": "Listen", "g3proxy.listener_name": "l", "g3proxy.peer": "a'b", "g3proxy.message": "shut"},
	},
	"a log of a newer release, CEE": {
		`<29>Nov 21 23:45:11 g3proxy[7]: @cee:{"listener_name":"l","pid":7,"log_type":"Listen","daemon_name":"","sockets":3,"msg":"shut"}`,
		"proxy.event", "event",
		map[string]any{"g3proxy.log_type": "Listen", "g3proxy.sockets": int64(3), "g3proxy.message": "shut"},
	},
	"a log of a newer release, journal": {
		`{"__REALTIME_TIMESTAMP":"1795304756425889","SYSLOG_IDENTIFIER":"g3proxy","MESSAGE":"shut","LISTENER_NAME":"l","PID":"7","LOG_TYPE":"Listen","DAEMON_NAME":""}`,
		"proxy.event", "event",
		map[string]any{"g3proxy.log_type": "Listen", "g3proxy.listener_name": "l", "g3proxy.message": "shut"},
	},
	"a log of a newer release, native": {
		"PRIORITY=5\nSYSLOG_IDENTIFIER=g3proxy\nMESSAGE=shut\nLISTENER_NAME=l\nPID=7\nLOG_TYPE=Listen\nDAEMON_NAME=\n",
		"proxy.event", "event",
		map[string]any{"g3proxy.log_type": "Listen", "g3proxy.listener_name": "l", "g3proxy.message": "shut"},
	},
	"a log of a newer release, stdout": {
		`Nov 21 23:45:11.002 INFO daemon_name: , listener_name: l, log_type: Listen, open: 3, pid: 7, shut`,
		"proxy.event", "event",
		map[string]any{"g3proxy.log_type": "Listen", "g3proxy.listener_name": "l", "g3proxy.open": int64(3), "g3proxy.message": "shut"},
	},
	"a log of a newer release, cut": {
		`<29>Nov 21 23:45:11 g3proxy[7]: shut, listener_name="l", pid=7, log_type="Listen", daemon_name="", sockets=3, task_i`,
		"proxy.event", "truncated",
		map[string]any{"g3proxy.log_type": "Listen", "g3proxy.listener_name": "l", "proxylog.truncated": true},
	},
	"the process's own log": {
		`<28>Nov 21 23:45:11 g3proxy[7]: failed to listen on 127.0.0.1:80`,
		"proxy.event", "event",
		map[string]any{"g3proxy.message": "failed to listen on 127.0.0.1:80", "proxy.session.id": nil},
	},
	"the process's own log, behind structured data of a relay": {
		`<28>1 2026-11-21T23:45:11.117544Z vm g3proxy 7 - [meta sequenceId="1"] failed to listen on 127.0.0.1:80`,
		"proxy.event", "event",
		map[string]any{"g3proxy.message": "failed to listen on 127.0.0.1:80"},
	},
	"the process's own log, with JSON in it": {
		`<28>Nov 21 23:45:11 g3proxy[7]: failed to load {"server_name":"s","log_type":"Task"}`,
		"proxy.event", "event",
		map[string]any{"g3proxy.message": `failed to load {"server_name":"s","log_type":"Task"}`},
	},
	"the process's own log, with what looks like pairs": {
		`<28>Nov 21 23:45:11 g3proxy[7]: failed to load, file="a.yaml", line="7"`,
		"proxy.event", "event",
		map[string]any{"g3proxy.message": `failed to load, file="a.yaml", line="7"`, "proxy.session.id": nil},
	},
	"the process's own log in the foreground": {
		`Nov 21 23:45:11.002 WARN failed to listen on 127.0.0.1:80 <g3proxy(g3proxy/src/main.rs:12)>`,
		"proxy.event", "event",
		map[string]any{"g3proxy.message": "failed to listen on 127.0.0.1:80 <g3proxy(g3proxy/src/main.rs:12)>"},
	},
	"stdout, a key of a later version": {
		`Nov 21 23:45:11.002 INFO c_rd_bytes: 5, c_zz_count: 7, client_addr: 127.0.0.1:1, daemon_name: , log_type: Task, pid: 7, reason: Finished, server_name: s, stage: Relaying, task_event: Finished, task_id: 918925e7e60511f199b7b5f191b3bc75, task_type: TcpConnect, total_time: 1.000s, finished`,
		"proxy.session.end", "traffic",
		map[string]any{"g3proxy.c_zz_count": int64(7), "proxy.client.bytes_sent": int64(5), "g3proxy.message": "finished", "proxy.ambiguous": nil},
	},
	"stdout, a key of a later version behind a number that is missing": {
		`Nov 21 23:45:11.002 INFO c_rd_bytes: , c_zz_count: 7, client_addr: 127.0.0.1:1, daemon_name: , log_type: Task, pid: 7, reason: Finished, server_name: s, stage: Relaying, task_event: Finished, task_id: 918925e7e60511f199b7b5f191b3bc75, task_type: TcpConnect, total_time: 1.000s, finished`,
		"proxy.session.end", "traffic",
		map[string]any{"g3proxy.c_zz_count": int64(7), "proxy.client.bytes_sent": nil, "proxy.ambiguous": nil},
	},
	"stdout, keys of a later version side by side": {
		`Nov 21 23:45:11.002 INFO client_addr: 127.0.0.1:1, daemon_name: , log_type: Task, pid: 7, pip_a: 7, pip_b: x y, pip_c: true, reason: Finished, server_name: s, task_event: Finished, task_id: 918925e7e60511f199b7b5f191b3bc75, task_type: TcpConnect, finished`,
		"proxy.session.end", "traffic",
		map[string]any{"g3proxy.pip_a": int64(7), "g3proxy.pip_b": "x y", "g3proxy.pip_c": true, "g3proxy.reason": "Finished"},
	},
	"stdout, a name with a key that has no blank behind its colon": {
		`Nov 21 23:45:11.002 INFO client_addr: 127.0.0.1:1, daemon_name: , log_type: Task, pid: 7, server_name: s, task_event: Created, task_id: 918925e7e60511f199b7b5f191b3bc75, task_type: TcpConnect, user: a, wait_time:b, ()`,
		"proxy.session.start", "traffic",
		map[string]any{"user.name": "a, wait_time:b", "g3proxy.wait_time": nil, "proxy.ambiguous": nil},
	},
	"stdout, a name with a key whose value is none of its type": {
		`Nov 21 23:45:11.002 INFO client_addr: 127.0.0.1:1, daemon_name: , log_type: Task, pid: 7, server_name: s, task_event: Created, task_id: 918925e7e60511f199b7b5f191b3bc75, task_type: TcpConnect, user: x, c_rd_bytes: 9, wait_time: soon, ()`,
		"proxy.session.start", "traffic",
		map[string]any{"user.name": "x, c_rd_bytes: 9, wait_time: soon", "g3proxy.wait_time": nil, "proxy.ambiguous": true},
	},
	"stdout, a name that looks like pairs out of order": {
		`Nov 21 23:45:11.002 INFO client_addr: 127.0.0.1:1, daemon_name: , log_type: Task, pid: 7, reason: Idle, server_name: s, stage: Relaying, task_event: Finished, task_id: 918925e7e60511f199b7b5f191b3bc75, task_type: TcpConnect, total_time: 1.000s, upstream: u.test:80, user: x, c_rd_bytes: 9, reason: Finished, wait_time: 2.000ms, idle after 2s x 4`,
		"proxy.session.end", "traffic",
		map[string]any{"user.name": "x, c_rd_bytes: 9, reason: Finished", "g3proxy.reason": "Idle", "proxy.client.bytes_sent": nil, "proxy.ambiguous": true, "g3proxy.wait_time": 0.002, "g3proxy.message": "idle after 2s x 4"},
	},
	"stdout, a name with commas at the end of an entry without a message": {
		`Nov 21 23:45:11.002 INFO client_addr: 127.0.0.1:1, daemon_name: , log_type: Task, pid: 7, server_name: s, stage: Created, start_at: 2026-11-21T23:45:11.001000Z, task_event: Created, task_id: 918925e7e60511f199b7b5f191b3bc75, task_type: TcpConnect, upstream: u.test:80, user: a, b, ()`,
		"proxy.session.start", "traffic",
		map[string]any{"user.name": "a, b", "g3proxy.message": nil, "proxy.ambiguous": nil},
	},
	"stdout, cut": {
		`Nov 21 23:45:11.002 INFO c_rd_bytes: 5, client_addr: 127.0.0.1:1, daemon_name: , log_type: Task, pid: 7, reason: Fini`,
		"proxy.session.progress", "truncated",
		map[string]any{"proxy.client.bytes_sent": int64(5), "g3proxy.reason": nil, "proxylog.truncated": true},
	},
	"an intercepted request of HTTP/2, which has no time at which it was received": {
		`<29>1 2026-11-21T23:46:02.495703Z - g3proxy 7 - [g3proxy@0 auditor_name="a" pid="7" log_type="Intercept" started_at="2026-11-21T23:46:02.494709Z" dur_rsp_recv_hdr="0.900ms" intercept_type="H2StreamForward" task_id="91"] finished`,
		"proxy.request.end", "traffic",
		map[string]any{"proxy.start_time": "2026-11-21T23:46:02.494709000Z", "proxy.duration": 0.0009, "proxy.outcome": "success"},
	},
	"keys of a later version that look like durations": {
		`<29>Nov 21 23:45:11 g3proxy[7]: , server_name="s", pid=7, log_type="Task", za="1.093ms", zb="1.0934ms", zc="1.09ms", zd=".093ms", ze="1.093", zf="1.093 ms", task_id="91", task_type="TcpConnect", zg=7`,
		"proxy.session.end", "traffic",
		// Rust prints all of them with three decimals.
		map[string]any{"g3proxy.za": 0.001093, "g3proxy.zb": "1.0934ms", "g3proxy.zc": "1.09ms", "g3proxy.zd": ".093ms", "g3proxy.ze": "1.093", "g3proxy.zf": "1.093 ms", "g3proxy.zg": int64(7)},
	},
	"CEE, cut before the message, which alone tells how a request ended": {
		`<29>Nov 21 23:45:00 vm g3proxy[7]: @cee:{"auditor_name":"aud","pid":7,"log_type":"Intercept","daemon_name":"","rsp_status":201,"request_id":1,"depth":2,"task_id":"918925e7e60511f199b7b5f191b3bc75","intercept_type":"HttpForward","ms`,
		"proxy.request.end", "truncated",
		map[string]any{"http.response.status_code": int64(201), "proxy.outcome": nil, "proxylog.truncated": true},
	},
	"journal, fields that are no text": {
		`{"MESSAGE":[102,97,105,108,101,100,58,32,128],"LOG_TYPE":"Escape","PID":"7","TASK_ID":"918925e7e60511f199b7b5f191b3bc75","ESCAPE_TYPE":"TcpConnect","REASON":["ConnectFailed","Other"],"UPSTREAM":null,"TLS_NAME":[[97],[98]],"NEW_KEY":"1","MESSAGE_ID":"5","TID":"8","_PID":"7","__REALTIME_TIMESTAMP":"1795304756425889","SYSLOG_IDENTIFIER":"g3proxy"}`,
		"proxy.connection.error", "error",
		map[string]any{"g3proxy.message": "failed: \ufffd", "error.type": "ConnectFailed", "server.address": nil, "g3proxy.tls_name": "a", "g3proxy.new_key": "1", "g3proxy.message_id": nil, "g3proxy.tid": nil},
	},
	"journal, a message of the process": {
		`{"MESSAGE":"started","PRIORITY":"4","SYSLOG_IDENTIFIER":"g3proxy","_PID":"7","_HOSTNAME":"h","__REALTIME_TIMESTAMP":"1795304756425889","CODE_POSITION":"x"}`,
		"proxy.event", "event",
		map[string]any{"g3proxy.message": "started"},
	},
	"journal, native, a message of several lines": {
		"PRIORITY=5\nSYSLOG_IDENTIFIER=g3proxy\nPID=7\nLOG_TYPE=Escape\nTASK_ID=918925e7e60511f199b7b5f191b3bc75\nESCAPE_TYPE=TlsHandshake\nNEW_KEY=x\nMESSAGE\n\x07\x00\x00\x00\x00\x00\x00\x00one\ntwo\n",
		"proxy.connection.error", "error",
		map[string]any{"g3proxy.message": "one\ntwo", "error.type": "tls_handshake", "g3proxy.new_key": "x"},
	},
	"journal, native, cut": {
		"PRIORITY=5\nSYSLOG_IDENTIFIER=g3proxy\nPID=7\nLOG_TYPE=Escape\nTASK_ID=918925e7e60511f199b7b5f191b3bc75\nESCAPE_TYPE=TlsHandsh",
		"proxy.connection.error", "truncated",
		map[string]any{"g3proxy.task.id": "918925e7e60511f199b7b5f191b3bc75", "g3proxy.escape_type": nil, "proxylog.truncated": true},
	},
}

func TestKinds(t *testing.T) {
	for name, c := range kinds {
		for way, cfg := range both() {
			t.Run(name+", "+way, func(t *testing.T) {
				g := explainAll(t, cfg, []string{c.text})[0]
				if g.Error != nil {
					t.Fatalf("%+v", *g.Error)
				}
				if g.Record.Event != c.event || g.Kind != c.kind {
					t.Errorf("%s of kind %s, want %s of %s", g.Record.Event, g.Kind, c.event, c.kind)
				}
				for k, v := range c.want {
					if diff := cmp.Diff(v, g.Record.Attributes[k]); diff != "" {
						t.Errorf("%s (-want +got):\n%s", k, diff)
					}
				}
			})
		}
	}
}

// TestSisterResource: the tag names the daemon.
func TestSisterResource(t *testing.T) {
	for name, service := range map[string]string{"g3tiles, a connection": "g3tiles", "g3keymess, a connection": "g3keymess", "journal, a message of the process": "g3proxy"} {
		g := explainAll(t, auto(), []string{kinds[name].text})[0]
		if got := g.Record.Resource["service.name"]; got != service {
			t.Errorf("%s: service.name %v", name, got)
		}
	}
}

// TestRejectTransports has texts of the newer transports that cannot be read, and where that shows.
func TestRejectTransports(t *testing.T) {
	tag := "\x93\xacg3proxy.Task"
	for text, want := range map[string]explain.Error{
		`{"MESSAGE":"x","LOG_TYPE":"Task","__REALTIME_TIMESTAMP":"1"`:                                                                                       {Reason: "truncated", Offset: 59},
		`{"MESSAGE":"x","LOG_TYPE":"Task","__REALTIME_TIMESTAMP":x}`:                                                                                        {Reason: "bad_json", Offset: 56},
		`{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1795304756425889"}`:                                                                                        {Reason: "missing_field", Field: "MESSAGE"},
		`{"MESSAGE":"","LOG_TYPE":"Task","__REALTIME_TIMESTAMP":"1"}`:                                                                                       {Reason: "missing_field", Field: "task_id", Offset: 59},
		"SYSLOG_IDENTIFIER=g3proxy\nLOG_TYPE=Weather\nMESSAGE=\n":                                                                                           {Reason: "foreign", Field: "log_type", Offset: 35},
		"SYSLOG_IDENTIFIER=x\nPRIORITY=3\n":                                                                                                                 {Reason: "missing_field", Field: "MESSAGE", Offset: 30},
		"Nov 21 23:45:11.002 INFO c_rd_bytes: many, log_type: Task, task_id: 91, task_type: TcpConnect, x":                                                  {Reason: "bad_value", Field: "c_rd_bytes", Offset: 37},
		`<29>Nov 21 23:45:11 g3proxy[7]: , server_name="s", log_type="Task", start_at="2026-11-21T23:45:01.610544Zx", task_id="91", task_type="TcpConnect"`: {Reason: "bad_value", Field: "start_at", Offset: 78},
		"<29>Nov 21 23:45:11 g3proxy[7]: , server_name=\"s\", log_type=\"Task\"\x00, task_id=\"91\"":                                                        {Reason: "mismatch", Field: "log_type", Offset: 66},
		tag + "\xd7\x00\x00\x00\x00\x01\x00\x00\x00\x02\x81\xa3":                                                                                            {Reason: "truncated", Field: "record", Offset: 25},
		tag + "\xc0\x80":              {Reason: "mismatch", Field: "time", Offset: 14},
		tag + "\x01\x93\x01\x02\x03":  {Reason: "mismatch", Field: "record", Offset: 15},
		tag + "\x01\x81\x01\x02":      {Reason: "mismatch", Field: "record", Offset: 16},
		tag + "\x01\x81\xa1a\x02\x02": {Reason: "bad_json", Offset: 19},
	} {
		for way, cfg := range both() {
			g := explainAll(t, cfg, []string{text})[0]
			if g.Error == nil {
				t.Errorf("%s: read: %q", way, text)
				continue
			}
			if got := (explain.Error{Reason: g.Error.Reason, Field: g.Error.Field, Offset: g.Error.Offset}); got != want {
				t.Errorf("%s: %+v, want %+v: %q", way, got, want, text)
			}
		}
	}
}

// binarySeeds are texts of the newer transports for the fuzzers.
// TestManyKeys: an entry of the stdout driver whose message repeats keys without end is refused, not sorted.
func TestManyKeys(t *testing.T) {
	const known = 256
	for n, want := range map[int]string{known: "", known + 1: "mismatch"} {
		entry := "Nov 21 23:45:11.002 INFO " + strings.Repeat("c_rd_bytes: 1, ", n-3) + "log_type: Task, task_id: 91, task_type: TcpConnect, x"
		for way, cfg := range both() {
			got := ""
			if g := explainAll(t, cfg, []string{entry})[0]; g.Error != nil {
				got = g.Error.Reason
			}
			if got != want {
				t.Errorf("%s: %d keys: %q, want %q", way, n, got, want)
			}
		}
	}
}

func binarySeeds() []string {
	out := []string{
		"\x93\xacg3proxy.Task\xd7\x00\x6a\xcb\x12\x34\x00\x00\x00\x02\x83\xa8log_type\xa4Task\xa7task_id\xa1a\xa9task_type\xaaTcpConnect",
		"\x94\xa1x\x01\x81\xa3log\xdb\x00\x00\x00\x01z\x80",
	}
	for _, c := range kinds {
		out = append(out, c.text)
	}
	return out
}

func FuzzTransports(f *testing.F) { formattest.Fuzz(f, auto(), binarySeeds()) }
