// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/format/haproxy"
)

// structuredData is the log-format-sd of the captures over RFC 5424, put together from what it printed.
const structuredData = `log-format-sd '%{+Q,+E}o [gt@32473 ci=%ci cp=%cp fi=%fi fp=%fp bi=%bi bp=%bp si=%si sp=%sp f=%f ft=%ft b=%b s=%s ` +
	`ts=%ts tsc=%tsc Th=%Th Tw=%Tw Tc=%Tc Td=%Td Tt=%Tt Tu=%Tu B=%B U=%U ac=%ac fc=%fc bc=%bc sc=%sc rc=%rc sq=%sq bq=%bq ` +
	`lc=%lc rt=%rt pid=%pid H=%H ID=%ID ST=%ST sslv=%sslv sslc=%sslc Ts=%Ts ms=%ms CC=%CC CS=%CS HM=%HM HP=%HP HPO=%HPO HQ=%HQ ` +
	`HU=%HU HV=%HV Ta=%Ta Ti=%Ti Tq=%Tq TR=%TR Tr=%Tr r=%r hr=%hr hs=%hs t="%t" T="%T" Tl="%Tl" tr="%tr" trg="%trg" trl="%trl"`

// TestStructuredData reads the structured data too where its log-format-sd is configured, and else keeps it as it is.
func TestStructuredData(t *testing.T) {
	const tls = ` x0=%[fc_err] x1=%[ssl_fc_err,hex] x2=%[ssl_c_err] x3=%[ssl_c_ca_err] x4=%[ssl_fc_is_resumed] x5=%[ssl_fc_sni] x6=%[fc_err_str]`
	for file, c := range map[string]struct {
		logFormat []string
		traffic   int
	}{
		"v2.6/http_rfc5424_sd":   {[]string{"option httplog\n" + structuredData + "]'"}, 214},
		"v2.6/httpslog__rfc5424": {[]string{"option httpslog", structuredData + tls + "]'"}, 216},
		// Alone it goes with all built-ins.
		"v2.6/httplog__rfc5424": {[]string{strings.Replace(structuredData, "hr=%hr hs=%hs ", "", 1) + "]'"}, 214},
	} {
		t.Run(file, func(t *testing.T) {
			log := formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log"))
			want := formattest.ReadExpected(t, formattest.Corpus(t, "haproxy/"+file+".expected.jsonl"))
			kept := formattest.Explain(t, config(), log)
			read := 0
			for i, g := range formattest.Explain(t, config(c.logFormat...), log) {
				if g.Kind != "traffic" {
					continue
				}
				sd := g.Text[strings.Index(g.Text, "[gt@"):strings.Index(g.Text, `"] `)] + `"]`
				if got := kept[i].Record.Attributes["haproxy.structured_data"]; got != sd {
					t.Fatalf("line %d keeps %v, want %s", g.Line, got, sd)
				}
				if g.Record == nil || g.Record.Attributes["haproxy.structured_data"] != nil {
					t.Fatalf("line %d is not read: %s", g.Line, g.Text)
				}
				checkStructured(t, &g, want[g.Line], sd)
				read++
			}
			if read != c.traffic {
				t.Errorf("%d lines, want %d", read, c.traffic)
			}
		})
	}
}

// checkStructured holds the fields of the structured data against the oracle's of the text, which are of the same
// moment, and a few attributes against the printed pairs.
func checkStructured(t *testing.T, g *explain.Line, want formattest.Expected, sd string) {
	t.Helper()
	n := len(want.Fields)
	values := map[string]string{}
	for _, f := range want.Fields {
		values[f.Code] = f.Text
	}
	compared := 0
	for _, f := range g.Fields[n:] {
		w, ok := values[f.Code]
		if !ok {
			continue
		}
		got := ""
		if f.Raw != nil {
			got = *f.Raw
		}
		if compared++; got != w {
			t.Errorf("line %d: %s = %q, want %q", g.Line, f.Code, got, w)
		}
	}
	if compared < len(want.Fields)-2 { // some have no captured headers in the structured data
		t.Errorf("line %d: %d fields compared", g.Line, compared)
	}
	up := regexp.MustCompile(` U=(\d+) `).FindStringSubmatch(sd)[1]
	if got, _ := json.Marshal(g.Record.Attributes["proxy.client.bytes_sent"]); string(got) != up {
		t.Errorf("line %d: sent %s, want %s", g.Line, got, up)
	}
}

// TestVersion reads the same text as of 1.5, whose times are the session's and not the request's.
func TestVersion(t *testing.T) {
	const line = `10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web web.app/s2 5/1/2/3/7 200 193 - - --VN 21/4/3/2/0 5/6 "GET / HTTP/1.1"`
	const clf = `10.0.0.7 - - [21/Nov/2026:23:43:20 +0000] "GET / HTTP/1.1" 200 193 "" "" 41964 240 "web" "web.app" "s2" 5 1 2 3 7 --VN 21 4 3 2 0 5 6 "" ""`
	for _, c := range []struct{ version, text, codes string }{
		{"", line, "%tr %TR %Tw %Tc %Tr %Ta"},
		{"1.7", line, "%tr %TR %Tw %Tc %Tr %Ta"},
		{"3.2.1", line, "%tr %TR %Tw %Tc %Tr %Ta"},
		{"1.6.11", line, "%t %Tq %Tw %Tc %Tr %Tt"},
		{"1.5", line, "%t %Tq %Tw %Tc %Tr %Tt"},
		{"", clf, "%trg %TR %Tw %Tc %Tr %Ta"},
		{"1.5", clf, "%T %Tq %Tw %Tc %Tr %Tt"},
	} {
		cfg := config()
		cfg.Formats.HAProxy.Version = c.version
		got := formattest.Explain(t, cfg, []byte(c.text))[0]
		var codes []string
		for _, f := range got.Fields {
			if f.Code[1] == 't' && f.Code != "%tsc" || f.Code[1] == 'T' {
				codes = append(codes, f.Code)
			}
		}
		if s := strings.Join(codes, " "); s != c.codes {
			t.Errorf("version %q: %s, want %s", c.version, s, c.codes)
		}
		a := got.Record.Attributes
		if old := strings.HasPrefix(c.version, "1.5") || strings.HasPrefix(c.version, "1.6"); old != (a["haproxy.time.request_total"] == 0.005) || old == (a["haproxy.time.request"] == 0.005) {
			t.Errorf("version %q: %v", c.version, a)
		}
		start := "2026-11-21T23:43:20.240000000Z"
		if strings.Contains(c.codes, "%trg") {
			start = "2026-11-21T23:43:20.000000000Z" // %ms is of the accept date
		}
		if a["proxy.duration"] != 0.007 || a["proxy.start_time"] != start {
			t.Errorf("version %q: %v from %v", c.version, a["proxy.duration"], a["proxy.start_time"])
		}
	}
	for _, v := range []string{"new", "1.4", "2", "1.x", "-1.5"} {
		cfg := config()
		cfg.Formats.HAProxy.Version = v
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "haproxy::version: ") {
			t.Errorf("version %q: %v", v, err)
		}
	}
}

// TestFramings wants the same records of the same traffic from every framing; what the framing tells is beside them.
func TestFramings(t *testing.T) {
	for _, dialect := range []string{"tcplog", "httplog"} {
		var raw []string
		for _, framing := range []string{"raw", "rfc3164", "rfc5424", "local", "priority", "short", "timed", "iso"} {
			file := "haproxy/v2.6/" + dialect + "__" + framing + ".log"
			var got []string
			for _, g := range formattest.Explain(t, config(), formattest.Read(t, formattest.Corpus(t, file))) {
				delete(g.Record.Attributes, "haproxy.structured_data")
				b, err := json.Marshal(g.Record.Attributes)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, g.Record.Event+" "+string(b))
			}
			if slices.Sort(got); framing == "raw" {
				raw = got
				continue
			}
			if diff := cmp.Diff(raw, got); diff != "" {
				t.Errorf("%s (-raw +%s):\n%s", dialect, framing, diff)
			}
		}
	}
}

// TestRelayed reads what daemons make of a line: without a priority, with a time of their own, with blanks taken off.
func TestRelayed(t *testing.T) {
	const clf = `192.0.2.1 - - [22/Nov/2026:00:01:33 +0000] "TCP " 000 77 "" "" 58500 591 "fe" "be" "q1" 0 180 0 180 7 ---- 11 3 2 0 0 0 1 "" "" `
	for name, line := range map[string]string{
		"as sent":          "<134>Nov 22 00:01:33 localhost haproxy[16665]: " + clf,
		"without blank":    "<134>Nov 22 00:01:33 localhost haproxy[16665]: " + strings.TrimRight(clf, " "),
		"file of rsyslog":  "Nov 22 00:01:33 lb1 haproxy[16665]: " + clf,
		"one blank":        "Feb 6 12:12:56 lb1 haproxy[16665]: " + clf,
		"ISO time":         "2026-11-22T00:01:33.591123+00:00 lb1 haproxy[16665]: " + clf,
		"tag alone":        "haproxy[16665]: " + clf,
		"odd tag":          "<134>Nov 22 00:01:33 localhost tag[with]:odd[16665]: " + clf,
		"tag with a blank": "<134>Nov 22 00:01:33 localhost my proxy[16665]: " + clf,
		"tag with numbers": "<134>Nov 22 00:01:33 localhost a[1]b[16665]: " + clf,
		"raised":           "<131>Nov 22 00:01:33 haproxy[16665]: " + clf,
	} {
		g := formattest.Explain(t, config(), []byte(line))[0]
		if g.Dialect != "tcplog_clf" || g.Record == nil || g.Record.Resource["process.pid"] != int64(16665) {
			t.Errorf("%s: %+v", name, g)
			continue
		}
		want := map[bool]string{true: "ERROR", false: "INFO"}[name == "raised"]
		if g.Record.Severity != want || g.Record.Attributes["proxy.outcome"] != "success" {
			t.Errorf("%s: severity %s, outcome %v", name, g.Record.Severity, g.Record.Attributes["proxy.outcome"])
		}
	}
}

// TestErrorTypes wants every error.type of the captures to be on the list or a status code, and the list and that of
// events in the documentation.
func TestErrorTypes(t *testing.T) {
	list := haproxy.ErrorTypes()
	doc, err := os.ReadFile("../../../docs/formats/haproxy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range slices.Concat(list, haproxy.Events(), []string{
		"tcplog", "httplog", "httpslog", "httplog_clf", "tcplog_clf", "error_log_format", "default", "error", "event",
	}) {
		if !strings.Contains(string(doc), "`"+s+"`") {
			t.Errorf("%s is not documented", s)
		}
	}
	seen := map[string]bool{}
	for _, c := range captures {
		cfg := config(c.logFormat...)
		if c.logFormat != nil {
			cfg.Formats.HAProxy.LogFormat = c.logFormat
		}
		for _, g := range formattest.Explain(t, cfg, formattest.Read(t, formattest.Corpus(t, "haproxy/"+c.file+".log"))) {
			if g.Record == nil {
				continue
			}
			e, _ := g.Record.Attributes["error.type"].(string)
			if failed := g.Record.Attributes["proxy.outcome"] == "failure"; failed != (e != "") {
				t.Errorf("outcome %v with error.type %q: %s", g.Record.Attributes["proxy.outcome"], e, g.Text)
			}
			if e != "" && !slices.Contains(list, e) && !regexp.MustCompile(`^[45]\d\d$`).MatchString(e) {
				t.Errorf("error.type %q is not on the list: %s", e, g.Text)
			}
			seen[e] = true
		}
	}
	if len(seen) < 12 {
		t.Errorf("only %v", seen)
	}
}

// TestConnectionErrors classes every text that HAProxy has for a connection that failed, and some of other versions.
func TestConnectionErrors(t *testing.T) {
	for text, want := range map[string]string{
		"Reached configured maxconn value":                                                     "resource_exhausted",
		"Out of local source ports on the system":                                              "resource_exhausted",
		"General socket error":                                                                 "connection_error",
		"Received an invalid NetScaler Client IP magic number":                                 "proxy_protocol",
		"Timeout during SSL handshake":                                                         "tls_handshake",
		"Too many SSL connections":                                                             "resource_exhausted",
		"Attempt to use SSL on an unknown target (internal error)":                             "internal_error",
		"SSL handshake failure (error:0A000416:SSL routines::sslv3 alert certificate unknown)": "tls_handshake",
		"SOCKS4 Proxy deny the request":                                                        "proxy_protocol",
		"Success":                                                                              "connection_error",
		"Timeout of something that later versions know":                                        "client_timeout",
		"unknown connection error (code=99 flags=00000300)":                                    "connection_error",
		"Received something which does not look like a PROXY prot":                             "proxy_protocol",
	} {
		g := formattest.Explain(t, config(), []byte("192.0.2.1:9 [21/Nov/2026:23:43:16.563] fe/1: "+text))[0]
		if g.Record == nil || g.Record.Attributes["error.type"] != want || g.Kind != "error" {
			t.Errorf("%s: %+v", text, g.Record)
		}
		if cut := strings.HasSuffix(text, "prot"); cut != (g.Record.Attributes["proxylog.truncated"] == true) {
			t.Errorf("%s: truncated %v", text, !cut)
		}
	}
	for code, want := range map[string]string{
		"0": "bad_request", "1": "resource_exhausted", "11": "proxy_protocol", "15": "proxy_protocol", "24": "tls_handshake",
		"34": "tls_handshake", "43": "tls_handshake", "44": "connection_error",
	} {
		g := formattest.Explain(t, config(), []byte("192.0.2.1:9 [21/Nov/2026:23:43:16.563] fe 1/1 "+code+"/-/-/-/0 -/-/-"))[0]
		if g.Record == nil || g.Record.Attributes["error.type"] != want || g.Kind != "error-format" {
			t.Errorf("fc_err %s: %+v", code, g.Record)
		}
	}
}

func configOf(change func(*decode.Config)) decode.Config {
	cfg := config()
	change(&cfg)
	return cfg
}

// TestForgedList: a cookie that holds what looks like the end of its field cannot be told from one; where the captures
// are configured their number gives it away.
func TestForgedList(t *testing.T) {
	const line = `192.0.2.1 - - [21/Nov/2026:23:43:35 +0000] "GET / HTTP/1.1" 200 146 "" "" 41000 799 "fe" "be" "s1" 0 0 0 0 0 ---- 14 1 0 0 0 0 0 "SESS=a" "SESS=b" "SESS=a-1" "www.example.com"`
	cfg := configOf(func(c *decode.Config) { c.Formats.HAProxy.CaptureRequestHeaders = []string{"Host"} })
	g := formattest.Explain(t, cfg, []byte(line))[0]
	if g.Record == nil || g.Record.Attributes["proxy.ambiguous"] != true {
		t.Errorf("%+v", g)
	}
	g = formattest.Explain(t, cfg, []byte(strings.Replace(line, `"SESS=b" `, "", 1)))[0]
	if a := g.Record.Attributes; a["proxy.ambiguous"] != nil || cmp.Diff([]any{"www.example.com"}, a["http.request.header.host"]) != "" {
		t.Errorf("%+v", a)
	}
}

// TestCapturedNames: an attribute has one value, the first of a name, and a slot without a name has none. Several names in
// one are an error.
func TestCapturedNames(t *testing.T) {
	const line = `10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web web.app/s2 5/1/2/3/7 200 193 - - ---- 21/4/3/2/0 5/6 {a|b|c} "GET / HTTP/1.1"`
	cfg := config("httplog")
	cfg.Formats.HAProxy.CaptureRequestHeaders = []string{"Host", "", "Host"}
	cfg.Formats.HAProxy.CaptureResponseHeaders = nil
	lr, _ := formattest.Record(t, cfg, line)
	headers := map[string][]any{}
	for k, v := range lr.Attributes().All() {
		if strings.HasPrefix(k, "http.request.header.") {
			headers[k] = append(headers[k], v.AsRaw())
		}
	}
	if diff := cmp.Diff(map[string][]any{"http.request.header.host": {[]any{"a"}}}, headers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	cfg.Formats.HAProxy.CaptureResponseHeaders = []string{"Server", "A,B"}
	want := `haproxy::capture_response_headers[1]: "A,B": each header has an entry of its own`
	if err := cfg.Validate(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestOnlyResponseCaptures: a single block of captured headers is of the side that the configuration names.
func TestOnlyResponseCaptures(t *testing.T) {
	const line = `10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web web.app/s2 5/1/2/3/7 200 193 - - --VN 21/4/3/2/0 5/6 {nginx} "GET / HTTP/1.1"`
	for _, c := range []struct {
		change func(*decode.Config)
		key    string
	}{
		{func(*decode.Config) {}, "haproxy.captured.request_headers"},
		{func(c *decode.Config) { c.Formats.HAProxy.CaptureRequestHeaders = []string{"X-Via"} }, "http.request.header.x-via"},
		{func(c *decode.Config) { c.Formats.HAProxy.CaptureResponseHeaders = []string{"Server"} }, "http.response.header.server"},
	} {
		g := formattest.Explain(t, configOf(c.change), []byte(line))[0]
		if diff := cmp.Diff([]any{"nginx"}, g.Record.Attributes[c.key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.key, diff)
		}
	}
}

// TestCutAnywhere cuts a line of each dialect at every byte behind its header: where it is not read, or is not a whole
// line of another kind, it is rejected as truncated, or not recognised where hardly anything is left.
func TestCutAnywhere(t *testing.T) {
	const header = "<134>Nov 21 23:43:20 lb1 haproxy[9]: "
	for name, line := range map[string]string{
		"tcplog":   `10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web web.app/s2 1/2/7 193 -- 21/4/3/2/0 5/6`,
		"httplog":  `10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web web.app/s2 5/1/2/3/7 200 193 - - --VN 21/4/3/2/0 5/6 {a|b} {c} "GET / HTTP/1.1"`,
		"httpslog": `2001:db8::7:41964 [21/Nov/2026:23:43:20.240] web~ web.app/s2 5/1/2/3/7 200 193 A=b C=d --VN 21/4/3/2/0 5/6 "GET / HTTP/1.1" 0/0000000000000000/0/0/0 a.example/TLSv1.3/TLS_AES_256_GCM_SHA384`,
	} {
		read := 0
		for n := len("10.0.0.7:4"); n < len(line); n++ {
			g := formattest.Explain(t, config(name), []byte(header+line[:n]))[0]
			switch {
			case g.Record != nil:
				if g.Kind == "truncated" {
					read++
				}
			case g.Error.Reason != "truncated":
				t.Errorf("%s cut at %q: %+v", name, line[:n], *g.Error)
			}
		}
		if want := name != "tcplog"; want != (read > 15) {
			t.Errorf("%s: %d lines read although they were cut", name, read)
		}
	}
}
