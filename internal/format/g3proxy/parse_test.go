// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// rust writes a text as Rust's char::escape_debug does, and more of it: which characters it takes for printable does
// not matter to a reader.
func rust(text string, bracket bool) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\'' || r == '\\' || r == ']' && bracket:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == 0:
			b.WriteString(`\0`)
		case !unicode.IsPrint(r) || unicode.Is(unicode.M, r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// TestEscapes writes hostile user names and messages as each transport does and wants them back.
func TestEscapes(t *testing.T) {
	hostile := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(
			rapid.SampledFrom([]string{`", x="`, `, reason="Fake", `, `"] `, `\`, `\u{41}`, `@cee:{"a":1}`, "\n", "\x00", "e\u0301", `}`, "\u202e", "用户", `'`, `]`, `=`}),
			rapid.StringN(0, 8, -1),
		), 1, 6).Draw(t, "parts")
		return strings.Join(parts, "")
	})
	rapid.Check(t, func(rt *rapid.T) {
		user, message := hostile.Draw(rt, "user"), strings.Trim(hostile.Draw(rt, "message"), " ")
		if !utf8.ValidString(user) || !utf8.ValidString(message) {
			rt.Skip("not UTF-8")
		}
		lines := []string{
			`<29>Nov 21 23:45:11 g3proxy[7]: ` + rust(message, false) + `, server_name="s", pid=7, log_type="Task", user="` + rust(user, false) + `", task_id="91", task_type="TcpConnect"`,
			`<29>1 2026-11-21T23:45:11.000001Z - g3proxy 7 - [g3proxy@0 server_name="s" pid="7" log_type="Task" user="` + rust(user, true) + `" task_id="91" task_type="TcpConnect"] ` + rust(message, true),
		}
		for _, l := range lines {
			lr, _ := formattest.Record(t, config(), l)
			a := lr.Attributes().AsRaw()
			gotUser, _ := a["user.name"].(string)
			gotMessage, _ := a["g3proxy.message"].(string)
			if gotUser != user || gotMessage != message || a["g3proxy.reason"] != nil {
				rt.Fatalf("user %q, want %q; message %q, want %q: %s", gotUser, user, gotMessage, message, l)
			}
		}
	})
}

// TestUnknownEscapes keeps a backslash that begins none of the escapes.
func TestUnknownEscapes(t *testing.T) {
	for in, want := range map[string]string{
		`a\qb`: `a\qb`, `\u{110000}`: `\u{110000}`, `\u{d800}`: `\u{d800}`, `\u{}`: `\u{}`, `\u{1234567}`: `\u{1234567}`, `\u12`: `\u12`,
		`\ux41}`: `\ux41}`, `\u{41x`: `\u{41x`, `\u{41`: `\u{41`,
		`\u{1f469}\u{200d}\u{1F4BB}`: "\U0001f469\u200d\U0001f4bb", `\u{0}|\0`: "\x00|\x00",
	} {
		lr, _ := formattest.Record(t, config(), `g3proxy[7]: , server_name="s", pid=7, log_type="Task", user="`+in+`", task_id="91", task_type="TcpConnect"`)
		if got := lr.Attributes().AsRaw()["user.name"]; got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestTransports writes one task in every way that g3proxy or a relay may and wants the same attributes.
func TestTransports(t *testing.T) {
	text := `server_name="s", pid=7, log_type="Task", daemon_name="d", c_rd_bytes=40, total_time="1.5ms", reuse_connection=true, client_addr="[fe80::1%2]:80", start_at="2026-11-21T23:45:11.500001Z", task_event="Periodic", task_id="91", task_type="HttpForward", new_key=5, new_time="1.250s", new_flag=true, new_text="1.25s"`
	quoted := `server_name="s" pid="7" log_type="Task" daemon_name="d" c_rd_bytes="40" total_time="1.5ms" reuse_connection="true" client_addr="[fe80::1%2]:80" start_at="2026-11-21T23:45:11.500001Z" task_event="Periodic" task_id="91" task_type="HttpForward" new_time="1.250s" new_text="1.25s"`
	json := `{"server_name":"s","pid":7,"log_type":"Task","daemon_name":"d","c_rd_bytes":40,"total_time":"1.5ms","reuse_connection":true,"client_addr":"[fe80::1%2]:80","start_at":"2026-11-21T23:45:11.500001Z","task_event":"Periodic","task_id":"91","task_type":"HttpForward","new_key":5,"new_time":"1.250s","new_flag":true,"new_text":"1.25s","msg":""}`
	bsd, ietf := `<29>Nov 21 23:45:11 g3proxy[7]: `, `<29>1 2026-11-21T23:45:11.501501Z - g3proxy 7 - `
	want := map[string]any{
		"proxy.type": "g3proxy", "proxy.listener.name": "s", "g3proxy.log_type": "Task", "proxy.client.bytes_sent": int64(40),
		"proxy.duration": 0.0015, "g3proxy.reuse_connection": true, "client.address": "fe80::1%2", "client.port": int64(80),
		"network.peer.address": "fe80::1%2", "network.peer.port": int64(80), "network.type": "ipv6", "proxy.start_time": "2026-11-21T23:45:11.500001000Z",
		"g3proxy.task.event": "Periodic", "g3proxy.task.id": "91", "proxy.session.id": "91", "g3proxy.task.type": "HttpForward",
		"network.transport": "tcp", "network.protocol.name": "http", "g3proxy.new_time": 1.25, "g3proxy.new_text": "1.25s",
	}
	for _, l := range []string{
		bsd + ", " + text, bsd + ", " + text + " ", strings.Replace(bsd, "g3proxy", "vm g3proxy", 1) + ", " + text,
		"<29>Nov 21 2026 23:45:11 vm g3proxy[7]: , " + text, "Nov 21 23:45:11 g3proxy[7]: , " + text, "g3proxy[7]: , " + text, ", " + text,
		"<13>2026-11-21T23:45:11.501501+00:00 vm g3proxy[7]: , " + text, ietf + "- , " + text,
		bsd + ", " + strings.ReplaceAll(text, "ms", "MS"), // refused, see below
		bsd + ", " + strings.ReplaceAll(text, `"1.5ms"`, `"1500.000µs"`), bsd + ", " + strings.ReplaceAll(text, `"1.5ms"`, "\"1500.000μs\""),
		bsd + ", " + strings.ReplaceAll(text, `"1.5ms"`, `"1500us"`),
		ietf + "[g3proxy@32473 " + quoted + "] ", ietf + "[g3proxy@32473 " + quoted + "]", ietf + `[origin ip="192.0.2.1"][g3proxy@0 ` + quoted + `][x@1 a="b"] `,
		bsd + "@cee:" + json, bsd + "@cee: " + json, ietf + "@cee:" + json, ietf + "- @cee:" + json, ietf + "- @cee: " + json + " ",
		bsd + "@g3:" + json, bsd + "g3json:" + json, bsd + json, bsd + "@cee:" + strings.ReplaceAll(json, `":`, `" : `),
		bsd + "@cee:" + strings.ReplaceAll(json, `"1.5ms"`, `"1500.000\u00b5s"`),
		bsd + "@cee:" + strings.Replace(strings.Replace(json, `:40`, `:"40"`, 1), `:true`, `:"true"`, 1),
		bsd + "@cee:" + strings.Replace(json, `{`, `{"user":null,"rsp_status":0,"ready_time":"",`, 1),
	} {
		refused := strings.Contains(l, "MS")
		for name, cfg := range map[string]decode.Config{"format": config(), "auto": auto()} {
			lr, res := formattest.Record(t, cfg, l)
			got := lr.Attributes().AsRaw()
			if refused {
				if got["proxylog.error.field"] != "total_time" {
					t.Errorf("%s: a duration of no unit is read: %s", name, l)
				}
				continue
			}
			w := map[string]any{}
			for k, v := range want {
				w[k] = v
			}
			if !strings.Contains(l, quoted) {
				w["g3proxy.new_key"], w["g3proxy.new_flag"] = int64(5), true
			}
			if !reflect.DeepEqual(got, w) {
				t.Errorf("%s: %s\n got %v\nwant %v", name, l, got, w)
			}
			if r := res.AsRaw(); r["process.pid"] != int64(7) || r["service.name"] != "g3proxy" || r["service.instance.id"] != "d" {
				t.Errorf("%s: resource %v: %s", name, r, l)
			}
			if ts := lr.Timestamp().AsTime().Format("2006-01-02T15:04:05.000000"); ts != "2026-11-21T23:45:11.501501" {
				t.Errorf("%s: timestamp %s: %s", name, ts, l)
			}
		}
	}
}

// TestAnyOrder shuffles the pairs of real lines and reads them with one source: the order only decides how fast a key is
// found.
func TestAnyOrder(t *testing.T) {
	lines := formattest.Lines(t, formattest.Testdata("g3proxy/ok/rfc3164.log"))
	d := formattest.Decoder(t, config())
	src, b := d.NewSource("shuffled"), d.NewBatch()
	rapid.Check(t, func(rt *rapid.T) {
		l := rapid.SampledFrom(lines).Draw(rt, "line")
		before, _, _ := strings.Cut(l, `_name="`)
		start := strings.LastIndex(before, ", ")
		pairs := rapid.Permutation(strings.Split(l[start+2:], ", ")).Draw(rt, "pairs")
		if !strings.HasSuffix(pairs[0], `"`) && !strings.HasSuffix(l[:start], "]: ") {
			rt.Skip("behind a message the first value has to have quotes")
		}
		src.Decode(b, decode.Line{Text: l[:start] + ", " + strings.Join(pairs, ", "), Observed: formattest.Observed})
		logs, _ := b.Take()
		want, _ := formattest.Record(t, config(), l)
		got := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
		if !reflect.DeepEqual(got.Attributes().AsRaw(), want.Attributes().AsRaw()) || got.Timestamp() != want.Timestamp() || got.EventName() != want.EventName() {
			rt.Fatalf("\n got %v\nwant %v", got.Attributes().AsRaw(), want.Attributes().AsRaw())
		}
	})
}

// TestMessage splits the message from the pairs at the first key with a quote behind it.
func TestMessage(t *testing.T) {
	for message, want := range map[string]string{
		``: "", `finished`: "finished", `a, pid=1, b`: "a, pid=1, b", `a, x=\"y\", z`: `a, x="y", z`, `a, , b`: "a, , b", `a\nb`: "a\nb", `1, 2`: "1, 2",
	} {
		lr, _ := formattest.Record(t, config(), `<29>Nov 21 23:45:11 g3proxy[7]: `+message+`, server_name="s", pid=7, log_type="Task", task_id="91", task_type="TcpConnect"`)
		got, _ := lr.Attributes().AsRaw()["g3proxy.message"].(string)
		if got != want || lr.Attributes().AsRaw()["proxy.listener.name"] != "s" {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestNewKeys keeps pairs that no release has today, wherever they stand among the others: the values around them stay what
// they are, and what looks like a pair in a text of a client's stays a part of that.
func TestNewKeys(t *testing.T) {
	const (
		rest   = `server_name="s", pid=7, log_type="Task", client_addr="192.0.2.1:5", task_id="91", task_type="TcpConnect"`
		sorted = `daemon_name: d, log_type: Task, pid: 7, server_name: s, task_id: 91, task_type: TcpConnect, `
	)
	for line, want := range map[string]map[string]any{
		`<29>Nov 21 23:45:11 g3proxy[7]: , aa=17, bb=true, ` + rest:                             {"g3proxy.aa": int64(17), "g3proxy.bb": true, "g3proxy.message": nil},
		`<29>Nov 21 23:45:11 g3proxy[7]: , pid=7, ` + rest:                                      {"g3proxy.pid": nil, "g3proxy.message": nil},
		`<29>Nov 21 23:45:11 g3proxy[7]: , aa=x, ` + rest:                                       {"g3proxy.aa": nil, "g3proxy.message": ", aa=x"},
		`<29>Nov 21 23:45:11 g3proxy[7]: why, aa=17, ` + rest:                                   {"g3proxy.aa": nil, "g3proxy.message": "why, aa=17"},
		`Nov 21 23:45:11.002 INFO client_addr: 192.0.2.1:5, client_asn: a, b, ` + sorted + `()`: {"g3proxy.client_asn": "a, b", "client.address": "192.0.2.1"},
		`Nov 21 23:45:11.002 INFO client_addr: 192.0.2.1:5, daemon_name: d, elapsed: 17, log_type: Task, server_name: s, task_id: 91, task_type: TcpConnect, ()`: {
			"g3proxy.elapsed": int64(17), "client.address": "192.0.2.1", "g3proxy.message": nil,
		},
		`Nov 21 23:45:11.002 INFO client_addr: 192.0.2.1:5, ` + sorted + `upstream: h:80, zone: eu, zz: 3, ()`: {
			"g3proxy.zone": "eu", "g3proxy.zz": int64(3), "server.address": "h", "server.port": int64(80), "g3proxy.message": nil,
		},
		`Nov 21 23:45:11.002 INFO client_addr: 192.0.2.1:5, ` + sorted + `upstream: h, zone: us:80, zz: 1, ()`: {
			"g3proxy.zone": nil, "g3proxy.zz": int64(1), "server.address": "h, zone: us:80",
		},
		`Nov 21 23:45:11.002 INFO client_addr: 192.0.2.1:5, ` + sorted + `upstream: h, zone: us:80, ()`:     {"g3proxy.zone": nil, "server.address": "h, zone: us:80"},
		`Nov 21 23:45:11.002 INFO client_addr: 192.0.2.1:5, ` + sorted + `wait_time: 1.500ms, zone: eu, ()`: {"g3proxy.zone": "eu", "g3proxy.wait_time": 0.0015, "g3proxy.message": nil},
		`Nov 21 23:45:11.002 INFO client_addr: 192.0.2.1:5, ` + sorted + `wait_time: 1.500ms, x, ()`:        {"g3proxy.wait_time": 0.0015, "g3proxy.message": "x, ()"},
		`Nov 21 23:45:11.002 INFO client_addr: 192.0.2.1:5, ` + sorted + `user_agent: a, vv: 1, ()`:         {"g3proxy.vv": nil, "user_agent.original": "a, vv: 1"},
	} {
		for _, cfg := range []decode.Config{config(), auto()} {
			lr, _ := formattest.Record(t, cfg, line)
			a := lr.Attributes().AsRaw()
			if a["g3proxy.task.id"] != "91" || a["proxy.listener.name"] != "s" || a["client.address"] != "192.0.2.1" {
				t.Errorf("%s: %v", line, a)
			}
			for k, v := range want {
				if a[k] != v {
					t.Errorf("%s: %s = %v, want %v", line, k, a[k], v)
				}
			}
		}
	}
}

// TestSameKeyTwice takes the last value, in text as in JSON, and writes one attribute.
func TestSameKeyTwice(t *testing.T) {
	for _, l := range []string{
		`g3proxy[7]: , server_name="s", pid=7, log_type="Task", user="a", x="1", user="b", x="2", task_id="91", task_type="TcpConnect"`,
		`g3proxy[7]: @cee:{"server_name":"s","pid":7,"log_type":"Task","user":"a","x":"1","user":"b","x":"2","task_id":"91","task_type":"TcpConnect"}`,
	} {
		lr, _ := formattest.Record(t, config(), l)
		users := 0
		for k := range lr.Attributes().All() {
			if k == "user.name" || k == "g3proxy.x" {
				users++
			}
		}
		if a := lr.Attributes().AsRaw(); a["user.name"] != "b" || a["g3proxy.x"] != "2" || users != 2 {
			t.Errorf("%v", a)
		}
	}
}

// TestForeignKeys keeps keys that g3proxy cannot write apart from the attributes.
func TestForeignKeys(t *testing.T) {
	lr, _ := formattest.Record(t, config(), `g3proxy[7]: @cee:{"server_name":"s","log_type":"Task","task_id":"91","task_type":"TcpConnect","task.id":"x","message":"y","Log-Type":{"a":[1]},"":null,"f":1.5,"msg":"m"}`)
	a := lr.Attributes().AsRaw()
	for k, v := range map[string]any{
		"g3proxy.task.id": "91", "g3proxy.message": "m", "g3proxy.field.task.id": "x", "g3proxy.field.message": "y",
		"g3proxy.field.Log-Type": `{"a":[1]}`, "g3proxy.f": 1.5,
	} {
		if a[k] != v {
			t.Errorf("%s = %v, want %v", k, a[k], v)
		}
	}
}

func TestSentinels(t *testing.T) {
	lr, res := formattest.Record(t, config(), `g3proxy[7]: , server_name="s", log_type="Task", daemon_name="", rsp_status=0, origin_status=0, escaper="", user_agent="", udp_client_addr="0.0.0.0:0", upstream="::1", tcp_client_addr="192.0.2.1:5", tcp_server_addr="[::1]:6", c_rd_bytes=0, task_id="91", task_type="UdpAssociate"`)
	want := map[string]any{
		"proxy.type": "g3proxy", "proxy.listener.name": "s", "g3proxy.log_type": "Task", "g3proxy.task.id": "91", "proxy.session.id": "91",
		"g3proxy.task.type": "UdpAssociate", "network.transport": "udp", "proxy.client.bytes_sent": int64(0), "proxy.outcome": "unknown",
		"proxy.ended_by": "unknown", "server.address": "::1", "client.address": "192.0.2.1", "client.port": int64(5), "network.type": "ipv4",
		"network.peer.address": "192.0.2.1", "network.peer.port": int64(5), "network.local.address": "::1", "network.local.port": int64(6),
	}
	if got := lr.Attributes().AsRaw(); !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
	if r := res.AsRaw(); !reflect.DeepEqual(r, map[string]any{"service.name": "g3proxy", "process.pid": int64(7)}) {
		t.Errorf("resource %v", r)
	}
}

func TestRequest(t *testing.T) {
	for _, c := range []struct{ method, uri, want string }{
		{"GET", "http://u:xyz@h.test/a%20b?x=1?y", "map[http.request.method:GET url.full:http://u:xyz@h.test/a%20b?x=1?y url.path:/a%20b url.query:x=1?y url.scheme:http]"},
		{"PROPFIND", "/a?", "map[http.request.method:_OTHER http.request.method_original:PROPFIND url.path:/a]"},
		{"OPTIONS", "*", "map[http.request.method:OPTIONS]"},
	} {
		lr, _ := formattest.Record(t, config(), task(`uri="`+c.uri+`", method="`+c.method+`"`))
		got := map[string]any{}
		for k, v := range lr.Attributes().AsRaw() {
			if strings.HasPrefix(k, "http.") || strings.HasPrefix(k, "url.") || strings.HasPrefix(k, "server.") {
				got[k] = v
			}
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%v, want %s", got, c.want)
		}
	}
}

// TestProcessLog reads what the daemon says about itself under the same tag.
func TestProcessLog(t *testing.T) {
	for _, cfg := range []decode.Config{config(), auto()} {
		for level, want := range map[int]string{0: "FATAL", 1: "ERROR", 2: "ERROR", 3: "ERROR", 4: "WARN", 5: "INFO", 6: "INFO", 7: "DEBUG"} {
			lr, res := formattest.Record(t, cfg, fmt.Sprintf(`<%d>Nov 21 23:45:01 g3proxy[13611]: server http-main reloaded, took 5ms`, 8+level))
			a := lr.Attributes().AsRaw()
			if lr.EventName() != "proxy.event" || lr.SeverityText() != want || a["g3proxy.message"] != "server http-main reloaded, took 5ms" || len(a) != 2 {
				t.Errorf("%s %s %v", lr.EventName(), lr.SeverityText(), a)
			}
			if ts := lr.Timestamp().AsTime().Format("2006-01-02T15:04:05"); ts != "2026-11-21T23:45:01" || res.AsRaw()["process.pid"] != int64(13611) {
				t.Errorf("timestamp %s, resource %v", ts, res.AsRaw())
			}
		}
	}
}

// TestTimezone reads the header in the configured zone; times that have a zone of their own do not move.
func TestTimezone(t *testing.T) {
	cfg := config()
	cfg.Formats.G3proxy.Timezone = "Asia/Shanghai"
	for line, want := range map[string]string{
		`<30>Nov 22 07:45:01 g3proxy[7]: loaded`: "2026-11-21T23:45:01Z",
		`<29>Nov 22 07:45:01 g3proxy[7]: , server_name="s", log_type="Task", start_at="2026-11-21T23:45:01.500000Z", task_event="Connected", task_id="91", task_type="TcpConnect"`: "2026-11-21T23:45:01.5Z",
		`<29>Nov 22 07:45:03 g3proxy[7]: , server_name="s", log_type="Task", start_at="2026-11-21T23:45:01.500000Z", task_event="Connected", task_id="91", task_type="TcpConnect"`: "2026-11-21T23:45:03Z",
		`<30>1 2026-11-21T23:45:01.25Z - g3proxy 7 - - loaded`: "2026-11-21T23:45:01.25Z",
	} {
		lr, _ := formattest.Record(t, cfg, line)
		if got := lr.Timestamp().AsTime().Format("2006-01-02T15:04:05.999999999Z"); got != want {
			t.Errorf("%s, want %s: %s", got, want, line)
		}
	}
	cfg.Formats.G3proxy.Timezone = "Mars/Olympus"
	if _, err := decode.New(cfg, decode.Settings{}); err == nil || !strings.Contains(err.Error(), "g3proxy::timezone: ") {
		t.Errorf("error %v", err)
	}
}

// TestInvalidUTF8 keeps the line as bytes and the attributes as text.
func TestInvalidUTF8(t *testing.T) {
	line := "g3proxy[7]: a\xff, server_name=\"s\", log_type=\"Task\", daemon_name=\"\xfe\", user=\"a\xffb\", x=\"\xff\", task_id=\"91\", task_type=\"TcpConnect\""
	lr, res := formattest.Record(t, config(), line)
	a := lr.Attributes().AsRaw()
	if a["user.name"] != "a\ufffdb" || a["g3proxy.x"] != "\ufffd" || a["g3proxy.message"] != "a\ufffd" || res.AsRaw()["service.instance.id"] != "\ufffd" {
		t.Errorf("%v %v", a, res.AsRaw())
	}
	if string(lr.Body().Bytes().AsRaw()) != line {
		t.Errorf("body %v", lr.Body().AsRaw())
	}
}
