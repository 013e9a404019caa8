// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// decodedJSON reads a line with encoding/json, what HAProxy leaves raw made valid first.
func decodedJSON(t *testing.T, line string) map[string]any {
	t.Helper()
	var b strings.Builder
	for i := range len(line) {
		if c := line[i]; c < ' ' || c > '~' {
			fmt.Fprintf(&b, `\u%04x`, c)
			continue
		}
		b.WriteByte(line[i])
	}
	dec := json.NewDecoder(strings.NewReader(b.String()))
	dec.UseNumber()
	var out map[string]any
	if err := dec.Decode(&out); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return out
}

// decodedCBOR reads one CBOR item in the plainest way (RFC 8949) and returns what is left.
func decodedCBOR(b []byte) (any, []byte) {
	first, rest := b[0], b[1:]
	major, low := first>>5, first&31
	var n uint64
	switch {
	case low < 24:
		n = uint64(low)
	case low == 24:
		n, rest = uint64(rest[0]), rest[1:]
	case low == 25:
		n, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
	case low == 26:
		n, rest = uint64(binary.BigEndian.Uint32(rest)), rest[4:]
	case low == 27:
		n, rest = binary.BigEndian.Uint64(rest), rest[8:]
	}
	var list []any
	items := func() []byte {
		for k := uint64(0); low == 31 || k < n; k++ {
			if low == 31 && rest[0] == 0xff {
				return rest[1:]
			}
			var v any
			v, rest = decodedCBOR(rest)
			list = append(list, v)
		}
		return rest
	}
	switch major {
	case 0:
		return json.Number(fmt.Sprint(n)), rest
	case 1:
		return json.Number(fmt.Sprint(-1 - int64(n))), rest
	case 2, 3:
		if low != 31 {
			return string(rest[:n]), rest[n:]
		}
		rest = items()
		text := ""
		for _, v := range list {
			text += v.(string)
		}
		return text, rest
	case 4:
		rest = items()
		return slices.Concat([]any{}, list), rest
	case 5:
		n *= 2
		rest = items()
		m := map[string]any{}
		for i := 0; i+1 < len(list); i += 2 {
			m[list[i].(string)] = list[i+1]
		}
		return m, rest
	case 7:
		switch low {
		case 20, 21:
			return low == 21, rest
		}
	}
	return nil, rest
}

// TestEncoded reads the JSON and CBOR of HAProxy 3.2 and holds every field against an independent decoder: the captures
// have no other oracle.
func TestEncoded(t *testing.T) {
	names := regexp.MustCompile(`%\((\w+)(?::\w+)?\)(\w+|\[[^]]*\])`)
	for _, file := range []string{"v32_tcp_json", "v32_http_json", "v32_tcp_json_logasap", "v32_tcp_cbor", "v32_http_cbor"} {
		directive, _, _ := strings.Cut(string(formattest.Read(t, formattest.Corpus(t, "haproxy/v3.2/"+file+".directive"))), "\n")
		var order []string
		for _, m := range names.FindAllStringSubmatch(directive, -1) {
			order = append(order, m[1]+" %"+m[2])
		}
		traffic := 0
		for _, g := range formattest.Explain(t, config(directive), formattest.Read(t, formattest.Corpus(t, "haproxy/v3.2/"+file+".log"))) {
			if g.Kind != "traffic" {
				continue
			}
			traffic++
			var want map[string]any
			if strings.HasSuffix(file, "cbor") {
				raw, err := hex.DecodeString(g.Text)
				if err != nil {
					t.Fatal(err)
				}
				v, rest := decodedCBOR(raw)
				if want = v.(map[string]any); len(rest) > 0 {
					t.Fatalf("%s line %d: %d bytes are left", file, g.Line, len(rest))
				}
			} else {
				want = decodedJSON(t, g.Text)
			}
			checkEncoded(t, file, &g, order, want)
		}
		if traffic < 28 || len(order) < 15 {
			t.Errorf("%s: %d lines of %d fields", file, traffic, len(order))
		}
	}
}

// checkEncoded holds the fields of a line against the decoded values of their names.
func checkEncoded(t *testing.T, file string, g *explain.Line, order []string, want map[string]any) {
	t.Helper()
	fields := g.Fields
	for _, o := range order {
		name, code, _ := strings.Cut(o, " ")
		w := want[name]
		if code == "%hrl" && w == nil {
			continue // explain leaves out lists that were not printed
		}
		f := fields[0]
		fields = fields[1:]
		var got any
		if f.Raw != nil {
			got = byBytes(*f.Raw)
		}
		switch v := w.(type) {
		case json.Number:
			w = v.String()
		case string:
			if w = any(v); strings.HasSuffix(file, "cbor") {
				w = byBytes(v)
			}
			if v == "" {
				w = nil
			}
		case []any:
			var list []any
			for _, s := range f.List {
				list = append(list, byBytes(s))
			}
			for i := range v {
				if v[i] == "-" {
					v[i] = ""
				}
			}
			got, w = list, v
		}
		if diff := cmp.Diff(w, got); diff != "" || f.Code != code {
			t.Errorf("%s line %d: %s %s (-want +got):\n%s", file, g.Line, f.Code, name, diff)
		}
	}
	if len(fields) > 0 {
		t.Errorf("%s line %d: %d fields too many", file, g.Line, len(fields))
	}
}

// byBytes writes each byte as a character, as decodedJSON does.
func byBytes(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// TestEncodedRecord looks at what such lines become.
func TestEncodedRecord(t *testing.T) {
	const json = `{"ip": "192.0.2.7", "p": 5, "d": "21/Nov/2026:23:43:20.240", "fe": "web~", "be": "b", "sv": "s1", "ta": 12, "st": 503, "n": 88, "x": "SC--", ` +
		`"r": "GET /a?b=#22c#22 HTTP/1.1", "v": "t\"1\"", "retries": -7, "ok": true, "z": "3"}`
	const directive = `log-format "%{+json}o %(ip)ci %(p)cp %(d)tr %(fe)ft and more %(be)b %(sv)s %(ta)Ta %(st)ST %(n)B %(x)tsc %(r)r %(v)[var(txn.v)] ` +
		`%(retries)[int(3)] %(ok:bool)[var(txn.ok)] %(z:str)bq %sq"`
	want := map[string]any{
		"client.address": "192.0.2.7", "client.port": int64(5), "proxy.listener.name": "web", "tls.established": true, "haproxy.backend.name": "b",
		"haproxy.server.name": "s1", "proxy.upstream.name": "b/s1", "proxy.duration": 0.012, "http.response.status_code": int64(503),
		"proxy.client.bytes_received": int64(88), "haproxy.termination_state": "SC--", "proxy.outcome": "failure", "error.type": "503",
		"http.request.method": "GET", "url.path": "/a", "url.query": `b="c"`, "haproxy.v": `t"1"`, "haproxy.retries_": int64(-7), "haproxy.ok": "true",
		"haproxy.queue.backend": int64(3), "proxy.start_time": "2026-11-21T23:43:20.240000000Z",
	}
	check := func(text, directive string) {
		t.Helper()
		g := formattest.Explain(t, config(directive), []byte(text))[0]
		if g.Record == nil {
			t.Fatalf("%+v", g.Error)
		}
		for k, v := range want {
			if diff := cmp.Diff(v, g.Record.Attributes[k]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", k, diff)
			}
		}
	}
	check(json, directive)
	cfg := config(directive)
	cfg.Format = "auto"
	if g := formattest.Explain(t, cfg, []byte(json))[0]; g.Format != "haproxy" || g.Record == nil {
		t.Errorf("auto: %+v", g)
	}
	// One encoded item in an ordinary line, and a line of raw CBOR.
	want = map[string]any{"client.address": "192.0.2.7", "haproxy.v": `a "b"`, "http.response.status_code": int64(200)}
	check(`192.0.2.7 "a \"b\"" 200`, `log-format '%ci %(v){+json}[var(txn.v)] %ST'`)
	check("\xbf\x62ip\x69192.0.2.7\x61v\x7f\x65a \"b\"\xff\x62st\x18\xc8\xff", `log-format '%{+cbor,+bin}o %(ip)ci %(v)[var(txn.v)] %(st)ST'`)
	// Bytes that are no ASCII: 3.0 prints them as they are, 3.2.26 and 3.4.7 each by an escape, the converter json too, unless
	// it is told that they are UTF-8.
	for _, c := range []struct{ directive, value, want string }{
		{`%{+json}o %(ip)ci %(v)[var(txn.v)]`, `"a→\"é"`, `a→"é`},
		{`%{+json}o %(ip)ci %(v)[var(txn.v)]`, `"a\u00E2\u0086\u0092\"\u00C3\u00A9"`, `a→"é`},
		{`%{+json}o %(ip)ci %(v)[var(txn.v)]`, `"a\u00E9"`, "aé"},
		{`%{+json}o %(ip)ci %(v:str)[var(txn.v),json(utf8s)]`, `"a\u00C3\u00A9"`, "aé"},
		{`{"ip": "%ci", "v": "%(v)[var(txn.v),json]"}`, `"a\u00e2\u0086\u0092"`, "a→"},
		{`{"ip": "%ci", "v": "%(v)[var(txn.v),json(ascii)]"}`, `"a\u00e2\u0086\u0092"`, "a→"},
		{`{"ip": "%ci", "v": "%(v)[var(txn.v),json(utf8s)]"}`, `"a\u2192\u00c3\u00a9"`, "a→Ã©"},
		{`{"ip": "%ci", "v": "%(v)[var(txn.v),json(utf8s)]"}`, `"a\u00c3\u00a9"`, "aÃ©"},
	} {
		want = map[string]any{"client.address": "192.0.2.7", "haproxy.v": c.want}
		check(`{"ip": "192.0.2.7", "v": `+c.value+`}`, `log-format '`+c.directive+`'`)
	}
	for _, text := range []string{
		`{"ip": "192.0.2.7"}`, json[:len(json)-1], strings.Replace(json, `"p": 5`, `"q": 5`, 1), strings.Replace(json, `"sv": "s1"`, `"sv": `, 1), json + "x",
	} {
		if g := formattest.Explain(t, config(directive), []byte(text))[0]; g.Error == nil {
			t.Errorf("%s is read", text)
		}
	}
}
