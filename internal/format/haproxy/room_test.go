// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func config(logFormat ...string) decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = "haproxy"
	cfg.HAProxy.LogFormat = logFormat
	cfg.HAProxy.Timezone = "UTC"
	return cfg
}

// captures are the corpus' files of the built-in dialects and how many lines of each kind they hold, by the oracle. The
// errors are embryonic connections (failed TLS and PROXY handshakes); the events are the frontend's "Proxy … stopped"
// and, in 1.7, the "Stopping frontend …" that the oracle counts among the errors.
var captures = []struct {
	file, dialect           string
	traffic, errors, events int
}{
	{"v1.7/v17_httplog__rfc3164", "httplog", 124, 2, 2},
	{"v1.7/v17_httplog__rfc5424", "httplog", 124, 2, 2},
	{"v1.7/v17_tcplog__rfc3164", "tcplog", 44, 2, 2},
	{"v1.7/v17_tcplog__rfc5424", "tcplog", 44, 2, 2},
	{"v1.7/v17_tcplog_logasap", "tcplog", 28, 2, 2},
	{"v2.6/httplog__iso", "httplog", 214, 22, 1},
	{"v2.6/httplog__local", "httplog", 214, 22, 1},
	{"v2.6/httplog__priority", "httplog", 214, 22, 1},
	{"v2.6/httplog__raw", "httplog", 214, 22, 1},
	{"v2.6/httplog__rfc3164", "httplog", 214, 22, 1},
	{"v2.6/httplog__rfc5424", "httplog", 214, 22, 1},
	{"v2.6/httplog__short", "httplog", 214, 22, 1},
	{"v2.6/httplog__timed", "httplog", 214, 22, 1},
	{"v2.6/httplog_captures", "httplog", 252, 22, 1},
	{"v2.6/httplog_dontlognormal", "httplog", 93, 22, 1},
	{"v2.6/httplog_logasap", "httplog", 214, 22, 1},
	{"v2.6/tcplog__iso", "tcplog", 92, 22, 1},
	{"v2.6/tcplog__local", "tcplog", 92, 22, 1},
	{"v2.6/tcplog__priority", "tcplog", 92, 22, 1},
	{"v2.6/tcplog__raw", "tcplog", 92, 22, 1},
	{"v2.6/tcplog__rfc3164", "tcplog", 92, 22, 1},
	{"v2.6/tcplog__rfc5424", "tcplog", 92, 22, 1},
	{"v2.6/tcplog__short", "tcplog", 92, 22, 1},
	{"v2.6/tcplog__timed", "tcplog", 92, 22, 1},
	{"v2.6/tcplog_dontlognormal", "tcplog", 50, 22, 1},
	{"v2.6/tcplog_logasap", "tcplog", 60, 22, 1},
	{"v3.2/v32_httplog__rfc3164", "httplog", 124, 2, 1},
	{"v3.2/v32_httplog__rfc5424", "httplog", 124, 2, 1},
	{"v3.2/v32_tcplog__rfc3164", "tcplog", 44, 2, 1},
	{"v3.2/v32_tcplog__rfc5424", "tcplog", 44, 2, 1},
}

func TestCorpus(t *testing.T) {
	auto := config()
	auto.Format = "auto"
	for _, c := range captures {
		t.Run(c.file, func(t *testing.T) {
			log := formattest.Read(t, formattest.Corpus(t, "haproxy/"+c.file+".log"))
			want := formattest.ReadExpected(t, formattest.Corpus(t, "haproxy/"+c.file+".expected.jsonl"))
			for name, cfg := range map[string]decode.Config{"auto": auto, "format": config(), "dialect": config(c.dialect)} {
				got := formattest.Explain(t, cfg, log)
				if n := formattest.Compare(t, got, want, nil); n < 18*c.traffic {
					t.Errorf("%s: only %d fields compared", name, n)
				}
				kinds := map[string]int{}
				for _, g := range got {
					kinds[g.Kind]++
					if g.Kind == "traffic" && g.Dialect != c.dialect {
						t.Errorf("%s: line %d read as %s", name, g.Line, g.Dialect)
					}
					oracle := want[g.Line].Kind
					if strings.Contains(g.Text, " Stopping frontend ") {
						oracle = "event"
					}
					if g.Kind != oracle {
						t.Errorf("%s: line %d is of kind %q, want %q: %s", name, g.Line, g.Kind, oracle, g.Text)
					}
				}
				counts := map[string]int{"traffic": c.traffic, "error": c.errors, "event": c.events}
				if diff := cmp.Diff(counts, kinds); diff != "" {
					t.Errorf("%s: lines by kind (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestEvents(t *testing.T) {
	for file, n := range map[string]int{
		"v1.7/events_checks__rfc3164": 29, "v2.6/events_checks__rfc3164": 108, "v2.6/events_global__rfc3164": 1, "v3.2/events_checks__rfc3164": 38,
	} {
		t.Run(file, func(t *testing.T) {
			got := formattest.Explain(t, config(), formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log")))
			if len(got) != n {
				t.Errorf("%d lines, want %d", len(got), n)
			}
			for _, g := range got {
				if g.Kind != "event" || g.Record.Event != "proxy.event" {
					t.Errorf("line %d is no event: %s", g.Line, g.Text)
				}
			}
		})
	}
}
