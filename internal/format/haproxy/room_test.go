// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"os"
	"testing"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func config(logFormat ...string) decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = "haproxy"
	cfg.HAProxy.LogFormat = logFormat
	cfg.HAProxy.Timezone = "UTC"
	return cfg
}

// captures are the corpus' files of the dialects that this format reads: how many lines of each kind they hold, and how
// many are of another log that shares the socket and is rejected.
var captures = []struct {
	file, dialect                    string
	traffic, errors, events, rejects int
}{
	{"v2.6/tcplog__rfc3164", "tcplog", 0, 0, 0, 0},
	{"v2.6/tcplog__rfc5424", "tcplog", 0, 0, 0, 0},
	{"v2.6/tcplog__raw", "tcplog", 0, 0, 0, 0},
	{"v2.6/tcplog__local", "tcplog", 0, 0, 0, 0},
	{"v2.6/tcplog_dontlognormal", "tcplog", 0, 0, 0, 0},
	{"v2.6/tcplog_logasap", "tcplog", 0, 0, 0, 0},
	{"v2.6/httplog__rfc3164", "httplog", 0, 0, 0, 0},
	{"v2.6/httplog__rfc5424", "httplog", 0, 0, 0, 0},
	{"v2.6/httplog__raw", "httplog", 0, 0, 0, 0},
	{"v2.6/httplog__local", "httplog", 0, 0, 0, 0},
	{"v2.6/httplog_captures", "httplog", 0, 0, 0, 0},
	{"v2.6/httplog_dontlognormal", "httplog", 0, 0, 0, 0},
	{"v2.6/httplog_logasap", "httplog", 0, 0, 0, 0},
	{"v1.7/v17_tcplog__rfc3164", "tcplog", 0, 0, 0, 0},
	{"v1.7/v17_tcplog__rfc5424", "tcplog", 0, 0, 0, 0},
	{"v1.7/v17_tcplog_logasap", "tcplog", 0, 0, 0, 0},
	{"v1.7/v17_httplog__rfc3164", "httplog", 0, 0, 0, 0},
	{"v1.7/v17_httplog__rfc5424", "httplog", 0, 0, 0, 0},
	{"v3.2/v32_tcplog__rfc3164", "tcplog", 0, 0, 0, 0},
	{"v3.2/v32_tcplog__rfc5424", "tcplog", 0, 0, 0, 0},
	{"v3.2/v32_httplog__rfc3164", "httplog", 0, 0, 0, 0},
	{"v3.2/v32_httplog__rfc5424", "httplog", 0, 0, 0, 0},
}

func TestCorpus(t *testing.T) {
	for _, c := range captures {
		t.Run(c.file, func(t *testing.T) {
			base := formattest.Corpus(t, "haproxy/"+c.file+".log")
			base = base[:len(base)-len(".log")]
			got := formattest.Explain(t, config(), formattest.Read(t, base+".log"))
			want := formattest.ReadExpected(t, base+".expected.jsonl")
			n := formattest.Compare(t, got, want, nil)
			kinds := map[string]int{}
			wantKinds := map[string]int{}
			for _, g := range got {
				switch {
				case g.Error != nil:
					kinds["reject"]++
					t.Logf("line %d: %+v %s", g.Line, *g.Error, g.Text)
				default:
					kinds[g.Kind]++
				}
			}
			for _, w := range want {
				wantKinds[w.Kind]++
			}
			t.Log(n, kinds, wantKinds, format.KindError, os.Args[0] != "")
		})
	}
}
