// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/format/haproxy"
)

const haproxyCfg = `
global
    log /dev/log local0
defaults
    mode http
    log global
    option httplog
frontend web
    capture request header Host len 64
    capture request header User-Agent len 100
frontend api
    capture request header X-Trace len 64
frontend kv
    log-format "c=%ci:%cp f=%f st=%ST ta=%Ta \"%[capture.req.hdr(0)]\""
    http-request capture req.hdr(Host) len 64
frontend kv2
    log-format "c=%ci:%cp f=%f st=%ST ta=%Ta \"%[capture.req.hdr(0)]\""
    http-request capture src len 64
listen tcp
    mode tcp
    option tcplog
    error-log-format "ERR %ci %f %[fc_err]"
frontend plain
    no log
    log-format "${HAPROXY_TCP_LOG_FMT} %[ssl_fc_sni]"
`

func file(t *testing.T, text string) decode.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config()
	cfg.Formats.HAProxy.ConfigFile = path
	return cfg
}

// TestConfigFile matches lines to the formats and captures of their frontends.
func TestConfigFile(t *testing.T) {
	const http = `10.0.0.7:41964 [21/Nov/2026:23:43:20.240] NAME web.app/s2 5/1/2/3/7 200 193 - - --VN 21/4/3/2/0 5/6 `
	cfg := file(t, haproxyCfg)
	lines := []struct {
		text, dialect string
		attributes    map[string]any
	}{
		{
			strings.Replace(http, "NAME", "web~", 1) + `{a.example|curl/8} "GET / HTTP/1.1"`, "httplog",
			map[string]any{"http.request.header.host": []any{"a.example"}, "user_agent.original": "curl/8"},
		},
		{strings.Replace(http, "NAME", "api", 1) + `{t-1} "GET / HTTP/1.1"`, "httplog", map[string]any{"http.request.header.x-trace": []any{"t-1"}}},
		{`c=10.0.0.7:5 f=kv st=200 ta=3 "b.example"`, "frontend[kv]", map[string]any{"http.request.header.host": []any{"b.example"}}},
		{`c=10.0.0.7:5 f=kv2 st=200 ta=3 "10.0.0.8"`, "frontend[kv2]", map[string]any{"haproxy.field.[src]": "10.0.0.8", "http.request.header.host": nil}},
		{`10.0.0.7:5 [21/Nov/2026:23:43:20.240] tcp tcp/s 1/2/3 4 -- 1/1/1/1/0 0/0`, "tcplog", nil},
		{`10.0.0.7:5 [21/Nov/2026:23:43:20.240] plain tcp/s 1/2/3 4 -- 1/1/1/1/0 0/0 c.example`, "frontend[plain]", map[string]any{"tls.client.server_name": "c.example"}},
		{`ERR 10.0.0.7 tcp 34`, "frontend[tcp].error", map[string]any{"error.type": "tls_handshake"}},
		// A frontend that the file does not have is read by the first format that fits.
		{strings.Replace(http, "NAME", "later", 1) + `{a|b} "GET / HTTP/1.1"`, "httplog", map[string]any{"http.response.status_code": int64(200)}},
		{`10.0.0.7:5 [21/Nov/2026:23:43:20.240] other tcp/s 1/2/3 4 -- 1/1/1/1/0 0/0`, "tcplog", nil},
		{`10.0.0.7:5 [21/Nov/2026:23:43:16.563] web/1: SSL handshake failure`, "error", map[string]any{"error.type": "tls_handshake"}},
	}
	var text strings.Builder
	for range 2 { // the second time after a line of another frontend
		for _, l := range lines {
			text.WriteString(l.text + "\n")
		}
	}
	for i, g := range formattest.Explain(t, cfg, []byte(text.String())) {
		l := lines[i%len(lines)]
		if g.Record == nil || g.Dialect != l.dialect {
			t.Errorf("%s: read as %q, %+v", l.text, g.Dialect, g.Error)
			continue
		}
		for k, want := range l.attributes {
			if diff := cmp.Diff(want, g.Record.Attributes[k]); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", l.text, k, diff)
			}
		}
	}
	if g := formattest.Explain(t, cfg, []byte("10.0.0.7 says hello"))[0]; g.Error == nil {
		t.Errorf("%+v", g)
	}
}

// TestConfigFileConditions: conditions that ask for the version are decided by the setting of that name; without it all
// branches are read.
func TestConfigFileConditions(t *testing.T) {
	cfg := file(t, "frontend a\n.if version_atleast(3.1)\n log-format \"new %ci %OG\"\n.else\n log-format \"old %ci\"\n.endif\n")
	for version, want := range map[string]string{"3.2": "new", "2.8": "old", "": "old"} {
		cfg.Formats.HAProxy.Version = version
		for line, begin := range map[string]string{"new 192.0.2.1 txn_close": "new", "old 192.0.2.1": "old"} {
			if g := formattest.Explain(t, cfg, []byte(line))[0]; (g.Record != nil) != (begin == want) {
				t.Errorf("%q, %s: %+v", version, line, g.Error)
			}
		}
	}
}

// TestConfigFileErrors wants the file, the line and the place.
func TestConfigFileErrors(t *testing.T) {
	for text, want := range map[string]string{
		"frontend a\n log-format \"%ci %nope\"":        "haproxy.cfg:2:13: at byte 4: no variable %nope",
		"frontend a\n log-format %ci %cp":              "haproxy.cfg:2:17: log-format has one argument",
		"global\n":                                     "has no section frontend or listen",
		"frontend a\n error-log-format 'x'":            "haproxy.cfg:2:19: it has no fields",
		"frontend a from b\n":                          "haproxy.cfg:1:17: there is no defaults",
		"frontend a\n option tcplog\n log-format 'x%'": "haproxy.cfg:3:13: at byte 1: a % has to be",
		"frontend a\n.if streq(new)\n.endif":           "haproxy.cfg:2:5: .if: streq has 2 arguments, not 1",
	} {
		cfg := file(t, text)
		if err := cfg.Validate(); err == nil || !strings.HasPrefix(err.Error(), "haproxy::config_file: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	cfg := config()
	cfg.Formats.HAProxy.ConfigFile = filepath.Join(t.TempDir(), "none.cfg")
	if err := cfg.Validate(); err == nil || !strings.HasPrefix(err.Error(), "haproxy::config_file: ") {
		t.Errorf("a file that is missing: %v", err)
	}
	dir := t.TempDir()
	cfg.Formats.HAProxy.ConfigFile = dir
	if err := cfg.Validate(); err == nil || err.Error() != "haproxy::config_file: "+dir+" is a directory: name the file" {
		t.Errorf("a directory: %v", err)
	}
}

// TestEntries: an entry is written as in haproxy.cfg, with the lines around it, or as the bare string.
func TestEntries(t *testing.T) {
	const line = `10.0.0.7:5 [21/Nov/2026:23:43:20.240] tcp tcp/s 1/2/3 4 -- 1/1/1/1/0 0/0 "x y"`
	for _, entry := range []string{
		`log-format "${HAPROXY_TCP_LOG_FMT} %{+Q}[req.hdr(x)]"`,
		`log-format "$HAPROXY_TCP_LOG_FMT %{+Q}[req.hdr(x)]" # more`,
		`${HAPROXY_TCP_LOG_FMT} %{+Q}[req.hdr(x)]`,
		`"$HAPROXY_TCP_LOG_FMT %{+Q}[req.hdr(x)]"`,
		`log-format %ci:%cp\ [%t]\ %ft\ %b/%s\ %Tw/%Tc/%Tt\ %B\ %ts\ %ac/%fc/%bc/%sc/%rc\ %sq/%bq\ "%{+Q}[req.hdr(x)]"`,
		`log-format	'%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq %{+Q}[req.hdr(x)]'`,
		"mode tcp\noption logasap\nlog-format \"%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq \\\"%[capture.req.hdr(0)]\\\"\"\ncapture request header X len 9",
	} {
		g := formattest.Explain(t, config(entry), []byte(line))[0]
		if g.Record == nil || cmp.Diff([]any{"x y"}, g.Record.Attributes["http.request.header.x"]) != "" {
			t.Errorf("%s: %+v", entry, g.Error)
		}
	}
	for entry, want := range map[string]string{
		`log-format "$MINE %ci"`:             "haproxy::log_format[0]: at byte 1: the variable MINE is not known here",
		`log-format '$A' "%ci ${B}"`:         "haproxy::log_format[0]: at byte 10: the variable B is not known here",
		`log-format ""`:                      "haproxy::log_format[0]: log-format has to be followed by a format. In a Collector's configuration a dollar sign is written $$",
		"log-format ${HAPROXY_HTTP_LOG_FMT}": `haproxy::log_format[0]: "${HAPROXY_HTTP_LOG_FMT}" has no variables: HAProxy reads those of the environment in double quotes only`,
		"log-format %ci\ncapture x":          "haproxy::log_format[0]: line 2: capture is not complete",
		` %[var(txn.x)`:                      "haproxy::log_format[0]: at byte 1: the ] that closes",
	} {
		cfg := config(entry)
		if err := cfg.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", entry, err, want)
		}
	}
	// 1.5 knows backslashes only: quotes are quotes.
	cfg := config(`log-format "%ci"\ %cp`)
	cfg.Formats.HAProxy.Version = "1.5"
	if g := formattest.Explain(t, cfg, []byte(`"10.0.0.7" 5`))[0]; g.Record == nil || g.Record.Attributes["client.port"] != int64(5) {
		t.Errorf("1.5: %+v", g)
	}
}

// TestRecommended: the formats that the documentation recommends have one reading for every line.
func TestRecommended(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/formats/haproxy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(doc), "```haproxy\n")
	text, _, end := strings.Cut(text, "```")
	if !ok || !end {
		t.Fatal("the documentation recommends nothing")
	}
	cfg := haproxy.NewConfig()
	cfg.ConfigFile = file(t, text).Formats.HAProxy.ConfigFile
	p, err := haproxy.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	own := 0
	for _, d := range p.(format.Describer).Describe() {
		if !strings.HasPrefix(d.Scope.Dialect, "frontend[") {
			continue
		}
		own++
		for _, a := range d.Ambiguities {
			if a.Codes[0] != "%hr" { // the names in the same file tell
				t.Errorf("%s: %v: %s", d.Scope.Dialect, a.Codes, a.Why)
			}
		}
	}
	if own != 3 {
		t.Errorf("%d formats", own)
	}
	full := file(t, text)
	for line, want := range map[string]string{
		`10.0.0.7:41964 [21/Nov/2026:23:43:20.240] web~ web.app/s2 0/0/5/1/2/3/7/9 200 193 81 "S=a \"b\" c" "" --VN 21/4/3/2/0 5/6 {a.example|curl/8} 7F000001:1 10.0.0.1:443 10.0.0.9:80 TLSv1.3/TLS_AES "a.example" "GET /?q HTTP/1.1"`: "curl/8",
		`10.0.0.7:5 [21/Nov/2026:23:43:20.240] web <NOSRV>/<NOSRV> 0/0/-1/-1/-1/-1/0/0 400 0 0 "" "" PR-- 1/1/0/0/0 0/0 - 10.0.0.1:443 -:- -/- "" "<BADREQ>"`:                                                                             "",
	} {
		g := formattest.Explain(t, full, []byte(line))[0]
		if g.Record == nil || g.Dialect != "frontend[web]" {
			t.Errorf("%s: %s %+v", line, g.Dialect, g.Error)
			continue
		}
		if got, _ := g.Record.Attributes["user_agent.original"].(string); got != want {
			t.Errorf("user agent %q, want %q", got, want)
		}
	}
}
