// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package explain_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// configOf expects one directive of a format.
func configOf(format, directive string) decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = format
	switch format {
	case "haproxy":
		cfg.Formats.HAProxy.LogFormat = []string{directive}
	case "squid":
		cfg.Formats.Squid.Logformat = []string{directive}
	case "envoy":
		cfg.Formats.Envoy.Format = []string{directive}
	}
	return cfg
}

// programs compiles a directive of a format.
func programs(format, directive string) ([]explain.Program, error) {
	d, err := decode.New(configOf(format, directive), decode.Settings{Location: time.UTC})
	if err != nil {
		return nil, err
	}
	return explain.Programs(d), nil
}

// directiveOf is what a file of the corpus says of its log; "" where it names none.
func directiveOf(t *testing.T, path string) string {
	t.Helper()
	var out []string
	for line := range strings.Lines(string(formattest.Read(t, path))) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, "#") && line != "" && !strings.HasPrefix(line, "(none") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// exemptions are the fields of which corpus/README.md says that a line cannot decide them.
var exemptions = map[string][]string{
	"haproxy/v2.6/tcp_adjacent": {"%ci", "%cp", "%f", "%b", "%s", "%Tw", "%Tc", "%Tt", "%B"},
	"haproxy/v2.6/http_expr":    {"%[capture.req.hdr(1)]", "%[capture.req.hdr(2)]", "%[capture.res.hdr(0)]"},
	"haproxy/v2.6/http_clf":     {"%hrl", "%hsl"},
	"haproxy/v1.7/v17_http_clf": {"%hrl", "%hsl"},
	"haproxy/v2.6/http_quoted":  {"%hrl", "%hsl"},
	"haproxy/v2.6/http_escaped": {"%hrl", "%hsl"},
	"squid/icap_quoting":        {"%{X-Odd}icap::<h", "%{Service}icap::<h"},
	"squid/icap_old":            {"%{Host}icap::>h", "%{X-Client-IP}icap::>h", "%{ISTag}icap::<h"},
	"squid/icap_embedded":       {"%>ru", "%rp", "%>rp"},
}

// holdsAnything reports whether the value of a code can hold what separates it from others, by the manuals: texts of
// clients that are logged raw, with blanks and quotes, and lists. Of anything else nothing may be reported.
func holdsAnything(format, code string) bool {
	switch format {
	case "haproxy":
		switch code {
		case "%CC", "%CS", "%hr", "%hs", "%hrl", "%hsl":
			return true
		}
		return strings.HasPrefix(code, "%[")
	case "squid":
		switch code {
		case "%ru", "%>ru", "%rp", "%>rp", "%<ru", "%<rp", "%un", "%ul", "%ui", "%ue", "%us", "%note", "%>rd", "%<rd":
			return true
		}
		return strings.HasSuffix(code, "h") || strings.HasSuffix(code, "ha") || strings.HasPrefix(code, "%{")
	}
	for _, s := range []string{"REQ", "RESP", "STREAM_ID", "CLUSTER", "ROUTE_NAME", "DETAILS", "REASON", "METADATA", "ENVIRONMENT"} {
		if strings.Contains(code, s) {
			return true
		}
	}
	return false
}

// decided are directives of which no line can be read in two ways.
var decided = []string{
	"haproxy/v2.6/tcplog__rfc3164", "haproxy/v2.6/tcp_kv", "haproxy/v2.6/tcp_csv", "haproxy/v2.6/tcp_json__raw", "haproxy/v2.6/tcp_quoted",
	"haproxy/v2.6/tcp_spaces", "haproxy/v2.6/tcp_tls", "haproxy/v2.6/tcp_errfmt", "haproxy/v1.7/v17_tcp_kv",
	"squid/access_common", "squid/access_useragent", "squid/icap_builtin", "squid/icap_json",
	"envoy/ext_json", "envoy/default_json", "envoy/listener_json",
}

// TestCorpusAmbiguities: what a line of a corpus directive cannot decide is reported, and nothing that it can.
func TestCorpusAmbiguities(t *testing.T) {
	corpus := formattest.Corpus(t, ".")
	checked := map[string]bool{}
	for _, g := range []struct{ format, glob string }{
		{"haproxy", "haproxy/*/*.directive"}, {"squid", "squid/*.directive"}, {"envoy", "envoy/*.directive"},
	} {
		files, err := filepath.Glob(filepath.Join(corpus, filepath.FromSlash(g.glob)))
		if err != nil || len(files) == 0 {
			t.Fatal(g.glob, err)
		}
		for _, path := range files {
			rel, _ := filepath.Rel(corpus, path)
			name := strings.TrimSuffix(filepath.ToSlash(rel), ".directive")
			text := directiveOf(t, path)
			if text == "" || name == "envoy/gdc_doc_examples" || name == "envoy/gdc_otlp_flat" {
				continue // events, and what is no directive of a file's format
			}
			checked[name] = true
			reported, err := reports(g.format, text)
			want := exemptions[name]
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, code := range want {
				if !reported[code] {
					t.Errorf("%s: nothing is reported of %s", name, code)
				}
			}
			for code := range reported {
				if slices.Contains(decided, name) || !holdsAnything(g.format, code) && name != "haproxy/v2.6/tcp_adjacent" {
					t.Errorf("%s: %s is reported, and lines decide it", name, code)
				}
			}
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(exemptions)), decided) {
		if !checked[name] {
			t.Errorf("%s was not checked", name)
		}
	}
}

// reports are the codes of which something is reported.
func reports(format, directive string) (map[string]bool, error) {
	list, err := programs(format, directive)
	out := map[string]bool{}
	for i := range list {
		for _, code := range list[i].Codes() {
			out[code] = true
		}
	}
	return out, err
}

// TestAmbiguities: the same in small, and every report says why and how to avoid it.
func TestAmbiguities(t *testing.T) {
	for _, c := range []struct{ format, directive, want string }{
		{"haproxy", "option tcplog", ""},
		{"haproxy", "log-format '%ci %[capture.req.hdr(0)] %[capture.req.hdr(1)] %ST'", "%[capture.req.hdr(0)] %[capture.req.hdr(1)]"},
		{"haproxy", "log-format '%ci %[capture.req.hdr(0)] %ST'", ""},
		{"haproxy", "log-format '%{+Q}o %ci %hrl %hsl'", "%hrl %hsl"},
		{"haproxy", "log-format '%CC %CS %tsc'", "%CC %CS"},
		{"haproxy", "log-format '%ci %hr %hs %ST'", "%hr %hs"},
		{"haproxy", "log-format '%ci %hr %hs %ST'\ncapture request header Host len 9", ""},
		{"haproxy", "log-format '%ci %hrl %f'", "%hrl"},
		{"haproxy", "log-format '%ci %{+Q}hrl %f'", ""},
		{"haproxy", "log-format '%ci %hrl %f'\ncapture request header Host len 9", ""},
		{"haproxy", "log-format '%ci %hsl %f'\ncapture response header Host len 9\ncapture response header Via len 9", "%hsl"},
		{"haproxy", "log-format '%ci %hrl %hsl %f'\ncapture request header Host len 9\ncapture response header Via len 9", "%hrl"},
		{"haproxy", "log-format '%CC;%sslv;%[capture.req.hdr(0)];%sslc;%f'", "%CC %[capture.req.hdr(0)]"},
		{"haproxy", "log-format '%CC;%sslv;%tsc;%sslc;%f'", ""},
		{"squid", "logformat x %ts.%03tu %>a %{Host}>h", "%{Host}>h"},
		{"squid", `logformat x %ts.%03tu %>a "%{Host}>h"`, ""},
		{"squid", "logformat x %ts.%03tu %>a %#{Host}>h", ""},
		{"squid", "logformat x %ts%03tu %6tr %>a %mt", ""},
		{"squid", "logformat x %6tr%8<st%-4.4rm%-6.6Ss%ts", "%tr %<st %rm %Ss"},
		{"squid", "logformat x %>a %un %{%a, %e %b %y %l:%M%p}tl %ul", "%un %ul"},
		{"squid", "logformat x %>a %un %{%a, %e %b %y %l:%M%p}tl %>p", ""},
		{"envoy", `%START_TIME% "%REQ(REFERER)%" "%REQ(USER-AGENT)%"`, "%REQ(REFERER)% %REQ(USER-AGENT)%"},
		{"envoy", `%START_TIME% "%REQ(USER-AGENT)%" %RESPONSE_CODE%`, ""},
		{"envoy", `%REQ(A)% %START_TIME(%A, %d %B %Y %r%E*S)% %REQ(B)%`, "%REQ(A)% %REQ(B)%"},
		{"envoy", `%REQ(A)% %START_TIME(%s.%6f %j%:z)% %RESPONSE_CODE%`, ""},
		{"envoy", `{"a": "%START_TIME%", "b": "%REQ(REFERER)%", "c": "%REQ(USER-AGENT)%"}`, ""},
		{"envoy", `{"a": "%START_TIME%", "b": "%REQ(REFERER)%:%REQ(USER-AGENT)%"}`, "%REQ(REFERER)% %REQ(USER-AGENT)%"},
		{"envoy", `{"a": "%START_TIME%", "b": "%BYTES_SENT%:%REQ(USER-AGENT)%"}`, ""},
		{"envoy", `%REQ(A)%→%UPSTREAM_TLS_VERSION%→%BYTES_SENT%`, ""},
		{"envoy", `%UPSTREAM_TLS_VERSION%→%REQ(A)%→%BYTES_SENT%`, ""},
		{"envoy", `%BYTES_SENT% %REQ(:PATH)%/%UPSTREAM_LOCAL_ADDRESS%`, "%REQ(:PATH)% %UPSTREAM_LOCAL_ADDRESS%"},
		{"envoy", `%BYTES_SENT% %REQ(:PATH)%?%UPSTREAM_LOCAL_ADDRESS%`, "%REQ(:PATH)% %UPSTREAM_LOCAL_ADDRESS%"},
		{"envoy", `%REQ(:AUTHORITY)%:%RESPONSE_CODE_DETAILS% %BYTES_SENT% %REQ(A)%`, "%REQ(:AUTHORITY)% %RESPONSE_CODE_DETAILS%"},
		{"envoy", `%BYTES_SENT% %REQ(:PATH)%/%BYTES_RECEIVED%`, ""},
		{"envoy", `{"a": "%START_TIME%", "b": "%REQ(:PATH)%/%UPSTREAM_LOCAL_ADDRESS%"}`, "%REQ(:PATH)% %UPSTREAM_LOCAL_ADDRESS%"},
	} {
		list, err := programs(c.format, c.directive)
		if err != nil {
			t.Errorf("%s: %v", c.directive, err)
			continue
		}
		var got []string
		for i := range list {
			got = append(got, list[i].Codes()...)
			for _, a := range list[i].Ambiguities {
				if a.Why == "" || a.Avoid == "" {
					t.Errorf("%s: %v has no reason or no advice: %+v", c.directive, a.Codes, a)
				}
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: reported %q, want %q", c.directive, got, c.want)
		}
	}
}
