// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func config(logFormat ...string) decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = "haproxy"
	cfg.Formats.HAProxy.LogFormat = logFormat
	cfg.Formats.HAProxy.Timezone = "UTC"
	return cfg
}

// counts is how many lines of a capture are of each kind; reject counts those that are rejected, by their reason.
type counts map[string]int

// captures are the corpus' files of what HAProxy logs without a log-format of the user's, by their dialect and by how
// many lines of each kind the oracle has. The errors are embryonic connections (failed TLS and PROXY handshakes); the
// events are the frontend's "Proxy … stopped" and, in 1.7, the "Stopping frontend …" that the oracle counts among the
// errors. Of http_trunc, whose lines are cut at 160 bytes, those that are cut before their last counter are rejected as
// truncated, the others have a record.
var captures = []struct {
	file, dialect string
	counts        counts
	// logFormat is what the configuration has to say; nil is the name of the dialect.
	logFormat []string
}{
	{"v1.7/v17_httplog__rfc3164", "httplog", counts{"traffic": 124, "error": 2, "event": 2}, nil},
	{"v1.7/v17_httplog__rfc5424", "httplog", counts{"traffic": 124, "error": 2, "event": 2}, nil},
	{"v1.7/v17_http_clf", "httplog_clf", counts{"traffic": 105, "error": 2, "event": 2}, []string{"option httplog clf"}},
	{"v1.7/v17_tcplog__rfc3164", "tcplog", counts{"traffic": 44, "error": 2, "event": 2}, nil},
	{"v1.7/v17_tcplog__rfc5424", "tcplog", counts{"traffic": 44, "error": 2, "event": 2}, nil},
	{"v1.7/v17_tcplog_logasap", "tcplog", counts{"traffic": 28, "error": 2, "event": 2}, nil},
	{"v2.6/http_clf", "httplog_clf", counts{"traffic": 252, "error": 22, "event": 1}, nil},
	{"v2.6/http_errfmt", "httpslog", counts{"traffic": 112, "error-format": 56, "event": 1}, []string{"option httpslog", errfmtHTTP}},
	{"v2.6/http_rfc5424_sd", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/http_trunc__raw", "httplog", counts{"traffic": 36, "truncated": 152, "error": 22, "event": 1}, nil},
	{"v2.6/http_trunc__rfc3164", "httplog", counts{"truncated": 188, "error": 22, "event": 1, "reject truncated": 120}, nil},
	{"v2.6/httplog__iso", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httplog__local", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httplog__priority", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httplog__raw", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httplog__rfc3164", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httplog__rfc5424", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httplog__short", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httplog__timed", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httplog_captures", "httplog", counts{"traffic": 252, "error": 22, "event": 1}, nil},
	{"v2.6/httplog_dontlognormal", "httplog", counts{"traffic": 93, "error": 22, "event": 1}, nil},
	{"v2.6/httplog_logasap", "httplog", counts{"traffic": 214, "error": 22, "event": 1}, nil},
	{"v2.6/httpslog__rfc3164", "httpslog", counts{"traffic": 216, "error": 22, "event": 1}, []string{"option httpslog"}},
	{"v2.6/httpslog__rfc5424", "httpslog", counts{"traffic": 216, "error": 22, "event": 1}, nil},
	{"v2.6/tcp_errfmt", "tcplog", counts{"traffic": 60, "error-format": 22, "event": 1}, []string{"option tcplog\n" + errfmtTCP}},
	{"v2.6/tcp_names", "tcplog", counts{"traffic": 60, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog__iso", "tcplog", counts{"traffic": 92, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog__local", "tcplog", counts{"traffic": 92, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog__priority", "tcplog", counts{"traffic": 92, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog__raw", "tcplog", counts{"traffic": 92, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog__rfc3164", "tcplog", counts{"traffic": 92, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog__rfc5424", "tcplog", counts{"traffic": 92, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog__short", "tcplog", counts{"traffic": 92, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog__timed", "tcplog", counts{"traffic": 92, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog_dontlognormal", "tcplog", counts{"traffic": 50, "error": 22, "event": 1}, nil},
	{"v2.6/tcplog_logasap", "tcplog", counts{"traffic": 60, "error": 22, "event": 1}, nil},
	{"v3.2/v32_httplog__rfc3164", "httplog", counts{"traffic": 124, "error": 2, "event": 1}, nil},
	{"v3.2/v32_httplog__rfc5424", "httplog", counts{"traffic": 124, "error": 2, "event": 1}, nil},
	{"v3.2/v32_tcplog__rfc3164", "tcplog", counts{"traffic": 44, "error": 2, "event": 1}, nil},
	{"v3.2/v32_tcplog__rfc5424", "tcplog", counts{"traffic": 44, "error": 2, "event": 1}, nil},
	{"v3.2/v32_tcplog_clf", "tcplog_clf", counts{"traffic": 44, "error": 2, "event": 1}, []string{"option tcplog clf"}},
}

// The error-log-formats of the captures: the manual's sample with something before or behind it.
const (
	errfmtHTTP = `error-log-format 'ERR %ci:%cp [%tr] %ft %ac/%fc %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc'`
	errfmtTCP  = `error-log-format '%ci:%cp [%t] %ft %ac/%fc %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc %{+Q}[fc_err_str] %ts'`
)

// borders exempts %hrl and %hsl, whose border only the configuration tells: TestListBorder has it.
func borders(_ int, code string) bool { return code == "%hrl" || code == "%hsl" }

func TestCorpus(t *testing.T) {
	for _, c := range captures {
		t.Run(c.file, func(t *testing.T) {
			log := formattest.Read(t, formattest.Corpus(t, "haproxy/"+c.file+".log"))
			want := formattest.ReadExpected(t, formattest.Corpus(t, "haproxy/"+c.file+".expected.jsonl"))
			named := c.logFormat
			if named == nil {
				named = []string{c.dialect}
			}
			auto := config()
			if len(c.counts) > 0 && c.counts["error-format"] > 0 {
				auto = config(named...)
			}
			auto.Format = "auto"
			first := formattest.Explain(t, auto, log)
			for name, got := range map[string][]explain.Line{
				"auto": first, "format": formattest.Explain(t, withFormat(auto, "haproxy"), log), "dialect": formattest.Explain(t, config(named...), log),
			} {
				checkCapture(t, name, got, want, c.dialect, c.counts)
				for i := range got {
					if diff := cmp.Diff(first[i].Record, got[i].Record); diff != "" {
						t.Fatalf("%s: line %d (-auto +got):\n%s", name, i+1, diff)
					}
				}
			}
		})
	}
}

func withFormat(cfg decode.Config, name string) decode.Config {
	cfg.Format = name
	return cfg
}

// checkCapture holds what was read of a capture against its oracle.
func checkCapture(t *testing.T, name string, got []explain.Line, want map[int]formattest.Expected, dialect string, expected counts) {
	t.Helper()
	if n := formattest.Compare(t, got, want, borders); n < 14*(expected["traffic"]+expected["error-format"]) {
		t.Errorf("%s: only %d fields compared", name, n)
	}
	kinds := counts{}
	for _, g := range got {
		kinds[g.Kind]++
		if g.Error != nil {
			kinds["reject "+g.Error.Reason]++
		}
		if g.Kind == "traffic" && g.Dialect != dialect {
			t.Errorf("%s: line %d read as %s", name, g.Line, g.Dialect)
		}
		oracle := want[g.Line].Kind
		switch {
		case strings.Contains(g.Text, " Stopping frontend "):
			oracle = "event"
		case want[g.Line].Truncated && oracle == "traffic":
			oracle = "truncated"
		}
		if g.Kind != oracle {
			t.Errorf("%s: line %d is of kind %q, want %q: %s", name, g.Line, g.Kind, oracle, g.Text)
		}
		if truncated := g.Record != nil && g.Record.Attributes["proxylog.truncated"] == true; truncated != (want[g.Line].Truncated && g.Record != nil) {
			t.Errorf("%s: line %d has proxylog.truncated=%v: %s", name, g.Line, truncated, g.Text)
		}
	}
	if diff := cmp.Diff(expected, kinds); diff != "" {
		t.Errorf("%s: lines by kind (-want +got):\n%s", name, diff)
	}
}

// TestTruncatedFields holds the fields that stand before the cut against the oracle, which knows the whole line.
func TestTruncatedFields(t *testing.T) {
	for _, file := range []string{"v2.6/http_trunc__raw", "v2.6/http_trunc__rfc3164"} {
		want := formattest.ReadExpected(t, formattest.Corpus(t, "haproxy/"+file+".expected.jsonl"))
		read := 0
		for _, g := range formattest.Explain(t, config(), formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log"))) {
			if g.Kind != "truncated" || g.Record == nil {
				continue
			}
			for i, f := range g.Fields {
				w := want[g.Line].Fields[i]
				if f.Raw != nil && (*f.Raw != w.Text || f.Code != w.Code) {
					t.Errorf("%s line %d: %s = %q, want %s = %q", file, g.Line, f.Code, *f.Raw, w.Code, w.Text)
				}
				if f.Raw == nil && w.Text != "" && i < 23 {
					t.Errorf("%s line %d: %s is missing", file, g.Line, f.Code)
				}
			}
			read++
		}
		if read < 60 {
			t.Errorf("%s: only %d lines", file, read)
		}
	}
}

// TestListBorder gives the captured headers' names, which tell where %hrl ends.
func TestListBorder(t *testing.T) {
	cfg := config("httplog clf")
	cfg.Formats.HAProxy.CaptureRequestHeaders = []string{"Host", "User-Agent", "X-Cap"}
	cfg.Formats.HAProxy.CaptureResponseHeaders = []string{"Server", "X-Resp", "Location"}
	for _, file := range []string{"v1.7/v17_http_clf", "v2.6/http_clf"} {
		want := formattest.ReadExpected(t, formattest.Corpus(t, "haproxy/"+file+".expected.jsonl"))
		got := formattest.Explain(t, cfg, formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log")))
		for i := range got {
			for _, f := range got[i].Fields {
				if len(f.List) == 0 && borders(0, f.Code) && len(want[got[i].Line].Fields) > 0 && f.Raw != nil {
					t.Errorf("line %d: %s is no list", got[i].Line, f.Code)
				}
			}
		}
		formattest.Compare(t, got, want, nil)
	}
}

// TestErrorFormatsUnconfigured: without their error-log-format the lines of one are rejected, each with its reason.
func TestErrorFormatsUnconfigured(t *testing.T) {
	for file, want := range map[string]counts{
		"v2.6/http_errfmt": {"traffic": 112, "event": 1, "reject unrecognized": 56}, // they begin with ERR
		"v2.6/tcp_errfmt":  {"traffic": 60, "event": 1, "reject trailing": 22},      // the sample, and a text behind it
	} {
		cfg := config()
		cfg.Format = "auto"
		got := counts{}
		for _, g := range formattest.Explain(t, cfg, formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log"))) {
			if g.Error != nil {
				got["reject "+g.Error.Reason]++
				continue
			}
			got[g.Kind]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// TestMixed reads one stream of several frontends: the dialect is chosen line by line.
func TestMixed(t *testing.T) {
	for file, want := range map[string]counts{
		"v2.6/stdout_mixed__raw":     {"traffic tcplog": 92, "traffic httplog": 466, "error error": 66, "event event": 3},
		"v2.6/doc_examples_seed_1.7": {"traffic tcplog": 1},
	} {
		got := counts{}
		for _, g := range formattest.Explain(t, config(), formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log"))) {
			got[g.Kind+" "+g.Dialect]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// TestTestdata reads the bundled captures, which are parts of the corpus, and the lines that have to be rejected. Those
// under west were made five hours west of UTC with dates in GMT: they are no samples of make run, which would rightly
// say that the time zone of the headers is not the one it reads them in.
func TestTestdata(t *testing.T) {
	var files []string
	for _, folder := range []string{"ok", "west"} {
		found, err := filepath.Glob(formattest.Testdata("haproxy/" + folder + "/*.log"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no samples in %s: %v", folder, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		want := formattest.ReadExpected(t, strings.TrimSuffix(file, ".log")+".expected.jsonl")
		got := formattest.Explain(t, withFormat(config(), "auto"), formattest.Read(t, file))
		formattest.Compare(t, got, want, borders)
		for _, g := range got {
			oracle := want[g.Line].Kind
			switch {
			case strings.Contains(g.Text, " Stopping frontend "):
				oracle = "event"
			case want[g.Line].Truncated:
				oracle = "truncated"
			}
			if g.Error != nil || g.Kind != oracle {
				t.Errorf("%s line %d is of kind %q, want %q: %+v", filepath.Base(file), g.Line, g.Kind, oracle, g.Error)
			}
		}
	}
	got := formattest.Explain(t, config(), formattest.Read(t, formattest.Testdata("haproxy/reject/lines.log")))
	for i, line := range formattest.Lines(t, formattest.Testdata("haproxy/reject/lines.expected.jsonl")) {
		var want struct {
			Line, Offset  int
			Reason, Field string
		}
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		if e := got[i].Error; e == nil || e.Reason != want.Reason || e.Offset != want.Offset || want.Field != "" && e.Field != want.Field {
			t.Errorf("line %d: %+v, want %+v", i+1, e, want)
		}
	}
}

// FuzzDirective compiles directives: an error or a dialect, and no line makes it panic.
func FuzzDirective(f *testing.F) {
	for _, text := range bundled(f) {
		first, _, _ := strings.Cut(text, "\n")
		f.Add(first, "127.0.0.1:37190 a b c")
	}
	const line = `127.0.0.1:37190 [21/Nov/2026:23:43:14.652] fnt fnt.down/sdown 1/0/120 30 D- 21/1/0/0/0 0/0 "GET / HTTP/1.1" "a" ""`
	for _, s := range []string{
		"option httplog\n" + structuredData + "]'", errfmtHTTP, errfmtTCP, "log-format %{+Q,+E}o\\ %ci\\ %r\\ %hr\\ %hrl\\ %hsl", "%ci:%cp [%t] %{+Q}CC %ts %hr %[src]",
		`%{+json}o %(a)ci %(b:str)cp %(c)hr %(d)hrl %(e)[var(x)]`, `%{+cbor}o %(a)ci %(d)hrl`, `%{+cbor,+bin}o %(a)ci %(b)t`, "%ci%cp%f%b%HP%HQ%Ts%ms",
		`%{+X}o %ci:%cp %Ts.%ms %{+Q}[date,utime(%Y-%m-%d)] %[date(0,us),us_ltime("%d/%b/%Y %H:%M:%S.%N %z")]`, "log-format \"${HAPROXY_HTTP_LOG_FMT} x\"",
		"%hrl %hsl %HM %[req.hdr(a),json] %hrl %hr", "log-format %ci\ncapture request header A len 3",
		"option httplog clf", "default", "%{", "%[a\"]", "%%%%", "log-format '", "%ts %ac %hr %hs %{+Q}r",
	} {
		f.Add(s, line)
	}
	f.Fuzz(func(t *testing.T, directive, line string) {
		cfg := config(directive)
		if cfg.Validate() != nil {
			return
		}
		for _, g := range formattest.Explain(t, cfg, []byte(line)) {
			if g.Record == nil && g.Error == nil && strings.TrimSpace(g.Text) != "" {
				t.Fatalf("the line is lost: %q by %q", g.Text, directive)
			}
		}
	})
}
