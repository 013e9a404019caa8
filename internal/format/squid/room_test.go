// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func config(logformat ...string) decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = "squid"
	cfg.Formats.Squid.Logformat = logformat
	cfg.Formats.Squid.Timezone = "UTC"
	return cfg
}

func auto() decode.Config {
	cfg := config()
	cfg.Format = "auto"
	return cfg
}

// configs are the ways to come to a built-in dialect: all of them, by its name, by its definition, and without being told.
func configs(dialect, definition string) map[string]decode.Config {
	return map[string]decode.Config{"auto": auto(), "format": config(), "dialect": config(dialect), "definition": config(definition)}
}

// captures are the corpus' files of the built-in dialects: how many lines they hold, none of which is rejected or an
// event. The fields of one line of each, with a URL of some thousand bytes, are not in the oracle.
var captures = []struct {
	file, dialect string
	lines, fields int
}{
	{"icap_builtin", "icap_squid", 486, 11},
	{"icap_daemon", "icap_squid", 486, 11},
	{"icap_builtin_mime", "icap_squid", 474, 11},
	{"access_squid", "squid", 355, 13},
	{"access_squid_mime", "squid", 348, 13},
	{"access_common", "common", 355, 11},
	{"access_common_mime", "common", 348, 11},
	{"access_combined", "combined", 355, 13},
	{"access_combined_mime", "combined", 348, 13},
	{"access_referrer", "referrer", 355, 5},
	{"access_useragent", "useragent", 355, 3},
}

func TestCorpus(t *testing.T) {
	for _, c := range captures {
		t.Run(c.file, func(t *testing.T) {
			log := formattest.Read(t, formattest.Corpus(t, "squid/"+c.file+".log"))
			want := formattest.ReadExpected(t, formattest.Corpus(t, "squid/"+c.file+".expected.jsonl"))
			definition := string(formattest.Read(t, formattest.Corpus(t, "squid/"+c.file+".directive")))
			told := formattest.Explain(t, auto(), log)
			for name, cfg := range configs(c.dialect, definition) {
				got := formattest.Explain(t, cfg, log)
				if n := formattest.Compare(t, got, want, nil); n != (c.lines-1)*c.fields {
					t.Errorf("%s: %d fields compared, want %d", name, n, (c.lines-1)*c.fields)
				}
				checkDialect(t, name, got, c.dialect)
				same(t, name, told, got)
			}
		})
	}
}

// same wants two readings of the same lines to have made the same records.
func same(t *testing.T, name string, want, got []explain.Line) {
	t.Helper()
	for i := range want {
		if !reflect.DeepEqual(want[i].Record, got[i].Record) {
			t.Fatalf("%s: line %d (-auto +named):\n%s", name, i+1, cmp.Diff(want[i].Record, got[i].Record))
		}
	}
}

// unescaped is a text with every %XX undone that there is.
func unescaped(s string) string {
	return regexp.MustCompile("%[0-9A-Fa-f]{2}").ReplaceAllStringFunc(s, func(e string) string {
		n, _ := strconv.ParseUint(e[1:], 16, 8)
		return string(rune(n))
	})
}

// latin1 is a value as the oracle writes bytes.
func latin1(s *string) string {
	if s == nil {
		return ""
	}
	var b strings.Builder
	for i := range len(*s) {
		b.WriteRune(rune((*s)[i]))
	}
	return b.String()
}

func checkDialect(t *testing.T, name string, got []explain.Line, dialect string) {
	t.Helper()
	event := "proxy.request.end"
	if dialect == "icap_squid" {
		event = "proxy.adaptation.end"
	}
	for _, g := range got {
		if g.Dialect != dialect || g.Kind != "traffic" || g.Record == nil || g.Record.Event != event {
			t.Errorf("%s: line %d read as %s %s, error %+v", name, g.Line, g.Dialect, g.Kind, g.Error)
		}
	}
}

// lines decodes a file of datagrams into the lines they hold; Squid packs as many into one as fit.
func lines(t *testing.T, path string) (n int, text []byte) {
	t.Helper()
	for _, l := range bytes.Split(bytes.TrimSpace(formattest.Read(t, path)), []byte("\n")) {
		var d struct{ B64 string }
		if err := json.Unmarshal(l, &d); err != nil {
			t.Fatal(err)
		}
		b, err := base64.StdEncoding.DecodeString(d.B64)
		if err != nil {
			t.Fatal(err)
		}
		n++
		text = append(text, b...)
	}
	return n, text
}

// TestTransports reads what arrived over udp, tcp and /dev/log. It is the same traffic as in the files, line by line;
// udp lost the last buffer at shutdown, and /dev/log has the lines of icap.log and access.log by turns.
func TestTransports(t *testing.T) {
	type part struct {
		oracle, dialect string
		lines           int
	}
	for _, c := range []struct {
		file      string
		datagrams int
		parts     []part
	}{
		{"icap_udp", 40, []part{{"icap_builtin", "icap_squid", 483}}},
		{"icap_tcp", 0, []part{{"icap_builtin", "icap_squid", 486}}},
		{"access_udp", 36, []part{{"access_squid", "squid", 355}}},
		{"syslog_devlog", 841, []part{{"icap_builtin", "icap_squid", 486}, {"access_combined", "combined", 355}}},
	} {
		t.Run(c.file, func(t *testing.T) {
			log := formattest.Read(t, formattest.Corpus(t, "squid/"+c.file+".log"))
			if c.datagrams > 0 {
				n, text := lines(t, formattest.Corpus(t, "squid/"+c.file+".dgrams.jsonl"))
				if n != c.datagrams || !bytes.Equal(text, log) {
					t.Errorf("%d datagrams that are not the lines of the file, want %d", n, c.datagrams)
				}
			}
			var dialects []string
			for _, p := range c.parts {
				dialects = append(dialects, p.dialect)
			}
			want := formattest.Explain(t, auto(), log)
			for name, cfg := range map[string]decode.Config{"auto": auto(), "format": config(), "dialect": config(dialects...)} {
				all := formattest.Explain(t, cfg, log)
				same(t, name, want, all)
				total := 0
				for _, p := range c.parts {
					var read []explain.Line
					for _, g := range all {
						if g.Dialect == p.dialect {
							g.Line = len(read) + 1
							read = append(read, g)
						}
					}
					oracle := formattest.ReadExpected(t, formattest.Corpus(t, "squid/"+p.oracle+".expected.jsonl"))
					for n := range oracle {
						if n > p.lines {
							delete(oracle, n)
						}
					}
					formattest.Compare(t, read, oracle, nil)
					checkDialect(t, name, read, p.dialect)
					if total += len(read); len(read) != p.lines {
						t.Errorf("%s: %d lines of %s, want %d", name, len(read), p.dialect, p.lines)
					}
				}
				if total != len(all) {
					t.Errorf("%s: %d of %d lines read", name, total, len(all))
				}
			}
		})
	}
}

// TestTestdata reads the captures that come with the source.
func TestTestdata(t *testing.T) {
	for file, c := range map[string]struct {
		dialect string
		lines   int
	}{
		"icap_squid": {"icap_squid", 215}, "icap_squid_syslog": {"icap_squid", 81}, "squid": {"squid", 115}, "squid_mime": {"squid", 52},
		"common": {"common", 70}, "combined": {"combined", 110}, "combined_mime": {"combined", 40}, "referrer": {"referrer", 80}, "useragent": {"useragent", 80},
	} {
		for name, cfg := range configs(c.dialect, c.dialect) {
			got := formattest.Explain(t, cfg, formattest.Read(t, formattest.Testdata("squid/ok/"+file+".log")))
			want := formattest.ReadExpected(t, formattest.Testdata("squid/ok/"+file+".expected.jsonl"))
			if n := formattest.Compare(t, got, want, nil); n != c.lines*len(want[1].Fields) {
				t.Errorf("%s, %s: %d fields compared, want %d lines", file, name, n, c.lines)
			}
			checkDialect(t, file, got, c.dialect)
		}
	}
}

func TestRejects(t *testing.T) { formattest.Rejects(t, config(), "squid") }

// TestCut wants a line that Squid cut at its limit called so; what stands behind the limit is missing. Where only the end of
// the last value is, the record says so.
func TestCut(t *testing.T) {
	line := strings.Replace(accessLine, "x-ok-1", strings.Repeat("M", 9000), 1)[:8191]
	got := formattest.Explain(t, config(), []byte(line))
	if e := got[0].Error; e == nil || e.Reason != "truncated" || e.Offset != 8191 || e.Dialect != "squid" {
		t.Errorf("error %+v", e)
	}
	for n, want := range map[int]any{8190: nil, 8191: true} {
		line = "1795304950.095 127.0.0.1 " + strings.Repeat("9", 9000)
		g := formattest.Explain(t, config(`logformat x %ts.%03tu %>a %"ru`), []byte(line[:n]))[0]
		if g.Error != nil || g.Record.Attributes["proxylog.truncated"] != want {
			t.Errorf("%d bytes: error %+v, truncated %v, want %v", n, g.Error, g.Record.Attributes["proxylog.truncated"], want)
		}
	}
}

// TestForeign holds the lines of the other formats' captures against Squid's: none of them is one.
func TestForeign(t *testing.T) {
	files, err := filepath.Glob(formattest.Testdata("*/*/*.log"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		if strings.Contains(filepath.ToSlash(f), "/squid/") {
			continue
		}
		for _, g := range formattest.Explain(t, config(), formattest.Read(t, f)) {
			n++
			clf := strings.Contains(g.Text, "/2026:") && strings.Contains(g.Text, " +0000]") // Apache's format, which common begins like
			if g.Error == nil || g.Error.Reason != "unrecognized" && !clf {
				t.Errorf("%s, line %d: %+v", filepath.Base(f), g.Line, g.Error)
			}
		}
	}
	if n == 0 {
		t.Error("no lines of other formats were found")
	}
}

// TestICAPRecords counts, over a whole capture, what the oracle's values say of each transaction: bypassed services,
// attempts that failed, lines without a client, and times of I/O that never began.
func TestICAPRecords(t *testing.T) {
	definition := string(formattest.Read(t, formattest.Corpus(t, "squid/icap_all.directive")))
	got := formattest.Explain(t, config(definition), formattest.Read(t, formattest.Corpus(t, "squid/icap_all.log")))
	oracle := formattest.ReadExpected(t, formattest.Corpus(t, "squid/icap_all.expected.jsonl"))
	want, have := map[string]int{}, map[string]int{}
	for _, g := range got {
		w := oracle[g.Line]
		if !w.Known() {
			continue
		}
		value := map[string]string{}
		for _, f := range w.Fields {
			value[f.Code] = f.Text
		}
		outcome := value["%icap::to"]
		want[outcome]++
		if outcome == "ICAP_ECHO" && value["%icap::Hs"] != "204" {
			want["bypassed"]++
		}
		if strings.HasPrefix(outcome, "ICAP_ERR_") {
			want["failure "+outcome]++
		}
		if strings.HasPrefix(value["%icap::tio"], "-") {
			want["no I/O"]++
		}
		if value["%icap::Hs"] == "0" {
			want["no status"]++
		}

		a := g.Record.Attributes
		text := func(key string) string { s, _ := a[key].(string); return s }
		have[text("squid.icap.outcome")]++
		if a["squid.icap.bypassed"] == true {
			have["bypassed"]++
		}
		if text("proxy.outcome") == "failure" {
			have["failure "+text("error.type")]++
		}
		if a["squid.icap.io_time"] == nil {
			have["no I/O"]++
		}
		if a["squid.icap.status_code"] == nil {
			have["no status"]++
		}
	}
	if diff := cmp.Diff(want, have); diff != "" || want["bypassed"] == 0 || want["no I/O"] == 0 || want["failure ICAP_ERR_UNKNOWN"] == 0 {
		t.Errorf("(-oracle +records):\n%s", diff)
	}
}
