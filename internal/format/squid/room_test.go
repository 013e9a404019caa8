// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid_test

import (
	"testing"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func config(logformat ...string) decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = "squid"
	cfg.Squid.Logformat = logformat
	cfg.Squid.Timezone = "UTC"
	return cfg
}

// captures are the corpus' files of the built-in dialects: how many lines they hold, of which one each, a line of more
// than 3,000 bytes, is not in the oracle.
var captures = []struct {
	file, dialect string
	lines, fields int
}{
	{"icap_builtin", "icap_squid", 486, 11},
	{"icap_daemon", "icap_squid", 486, 11},
	{"icap_builtin_mime", "icap_squid", 474, 11},
	{"access_squid", "squid", 355, 13},
	{"access_squid_mime", "squid", 348, 13},
}

func TestCorpus(t *testing.T) {
	auto := config()
	auto.Format = "auto"
	for _, c := range captures {
		t.Run(c.file, func(t *testing.T) {
			log := formattest.Read(t, formattest.Corpus(t, "squid/"+c.file+".log"))
			want := formattest.ReadExpected(t, formattest.Corpus(t, "squid/"+c.file+".expected.jsonl"))
			definition := string(formattest.Read(t, formattest.Corpus(t, "squid/"+c.file+".directive")))
			for name, cfg := range map[string]decode.Config{
				"auto": auto, "format": config(), "dialect": config(c.dialect), "definition": config(definition),
			} {
				got := formattest.Explain(t, cfg, log)
				if n := formattest.Compare(t, got, want, nil); n != (c.lines-1)*c.fields {
					t.Errorf("%s: %d fields compared, want %d", name, n, (c.lines-1)*c.fields)
				}
				for _, g := range got {
					if g.Dialect != c.dialect || g.Kind != "traffic" {
						t.Errorf("%s: line %d read as %s %s", name, g.Line, g.Dialect, g.Kind)
					}
				}
			}
		})
	}
}
