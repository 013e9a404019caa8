// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// undecided are the fields that a line of the corpus cannot decide: a header, or a URL, under Squid's default encoding,
// which leaves a percent sign of the value alone, so that %22 may be data or an escape. For these the text and what its
// escapes stand for both count.
var undecided = map[string][]string{
	"icap_quoting":  {"%{X-Odd}icap::<h", "%{Service}icap::<h"},
	"icap_old":      {"%{Host}icap::>h", "%{X-Client-IP}icap::>h", "%{ISTag}icap::<h"},
	"icap_embedded": {"%>ru", "%rp", "%>rp"},
	// These are not listed in the corpus' exemptions, since none of their lines is called known as a whole.
	"access_codes":   {"%>ru", "%rp", "%>rp"},
	"access_adapt":   {"%adapt::<last_h"},
	"icap_kv":        {"%{ISTag}icap::<h"},
	"icap_old_names": {"%{ISTag}icap::<last_h"},
}

// cut are the fields of which a directive prints the first bytes, and the times that it prints with other digits than
// the oracle has: there the value is held against the beginning of the expected one.
var cut = map[string][]string{
	"icap_width":   {"%icap::ru", "%icap::<service_name", "%icap::tr", "%icap::tio"},
	"access_codes": {"%tr"}, // %.3tr
}

// TestEveryDirective holds the log of every directive of the corpus against its oracle, field by field, also the values
// that are known of lines that as a whole are not, read by the directive and by the name that it has in squid.conf.
func TestEveryDirective(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(formattest.Corpus(t, "squid"), "*.expected.jsonl"))
	if err != nil || len(files) < 24 {
		t.Fatalf("%d logs with an oracle, %v", len(files), err)
	}
	total := 0
	for _, path := range files {
		file := strings.TrimSuffix(filepath.Base(path), ".expected.jsonl")
		t.Run(file, func(t *testing.T) {
			definition := string(formattest.Read(t, formattest.Corpus(t, "squid/"+file+".directive")))
			log := formattest.Read(t, formattest.Corpus(t, "squid/"+file+".log"))
			want := formattest.ReadExpected(t, path)
			got := formattest.Explain(t, config(definition), log)
			if len(got) != len(want) {
				t.Fatalf("%d lines, want %d", len(got), len(want))
			}
			for _, g := range got {
				w := want[g.Line]
				if g.Error != nil {
					if g.Error.Reason != "truncated" || g.Error.Offset != 8191 || w.Known() {
						t.Errorf("line %d is rejected: %+v", g.Line, *g.Error)
					}
					continue
				}
				if len(g.Fields) != len(w.Fields) {
					t.Fatalf("line %d has %d fields, want %d", g.Line, len(g.Fields), len(w.Fields))
				}
				for i, f := range w.Fields {
					have := latin1(g.Fields[i].Raw)
					if g.Fields[i].Code != f.Code {
						t.Fatalf("line %d: field %d is %s, want %s", g.Line, i, g.Fields[i].Code, f.Code)
					}
					if !w.Known() && (f.Text == "" || len(have) > 1000) {
						continue // nothing is known, or the URL of some thousand bytes that the oracle has in part
					}
					total++
					switch {
					case have == f.Text:
					case slices.Contains(undecided[file], f.Code) && unescaped(have) == unescaped(f.Text):
					case slices.Contains(cut[file], f.Code) && have != "" && (strings.HasPrefix(f.Text, have) || strings.HasPrefix(have, f.Text+".")):
					default:
						t.Errorf("line %d: %s = %q, want %q", g.Line, f.Code, have, f.Text)
					}
				}
			}
			cfg := config(name(definition))
			cfg.Formats.Squid.ConfigFile = formattest.Corpus(t, "squid/squid_A.conf.txt")
			if strings.HasSuffix(file, "_mime") || strings.Contains(file, "allhdr") || file == "icap_old_names" {
				cfg.Formats.Squid.ConfigFile = formattest.Corpus(t, "squid/squid_B.conf.txt")
			}
			same(t, "by its name in squid.conf", got, formattest.Explain(t, cfg, log))
		})
	}
	if total < 120_000 {
		t.Errorf("%d values compared, want 120000 and more", total)
	}
}

// stJohns are logs of a Squid 5.7 in America/St_Johns, with uri_whitespace allow, users with blanks and c-icap, in formats
// that people write and some that nobody should. What each field held was logged beside them in one format that leaves
// nothing open; ambiguous says that there are lines with more than one reading, of which nothing else is asked.
var stJohns = map[string]struct {
	ambiguous bool
	undecided []string
	cut       []string
}{
	"c1":  {ambiguous: true},                                              // squid's: URL and user side by side
	"c2":  {},                                                             // combined's: ident and user side by side, " HTTP/" in URLs
	"c3":  {},                                                             // JSON by hand, %ts%03tu
	"c4":  {undecided: []string{"%{User-Agent}>h"}, cut: []string{"%tr"}}, // %tr.%.3tr
	"c5":  {cut: []string{"%ru", "%rm", "%tr", "%tu"}},                    // widths
	"c6":  {},                                                             // brackets
	"c9":  {ambiguous: true},
	"c12": {ambiguous: true, undecided: []string{"%{X-Odd}<h", "%{User-Agent}>h"}},
	"c13": {}, // columns side by side
	"c14": {undecided: []string{"%>ru"}},
	"c15": {undecided: []string{"%{User-Agent}>h"}},
	"i2":  {},
	"i3":  {cut: []string{"%icap::ru", "%icap::tio"}},
}

// TestStJohns reads those logs.
func TestStJohns(t *testing.T) {
	for file, c := range stJohns {
		t.Run(file, func(t *testing.T) {
			path := filepath.Join("testdata", file)
			cfg := config(string(formattest.Read(t, path+".directive")))
			cfg.Formats.Squid.Timezone = "America/St_Johns"
			want := formattest.ReadExpected(t, path+".expected.jsonl")
			got := formattest.Explain(t, cfg, formattest.Read(t, path+".log"))
			if len(got) != len(want) || len(got) == 0 {
				t.Fatalf("%d lines, want %d", len(got), len(want))
			}
			ambiguous := 0
			for _, g := range got {
				if g.Error != nil {
					t.Fatalf("line %d is rejected: %+v", g.Line, *g.Error)
				}
				if isAmbiguous(g) {
					ambiguous++
					continue
				}
				if len(g.Fields) != len(want[g.Line].Fields) {
					t.Fatalf("line %d has %d fields, want %d", g.Line, len(g.Fields), len(want[g.Line].Fields))
				}
				for i, f := range want[g.Line].Fields {
					have := latin1(g.Fields[i].Raw)
					switch {
					case g.Fields[i].Code != f.Code:
						t.Fatalf("line %d: field %d is %s, want %s", g.Line, i, g.Fields[i].Code, f.Code)
					case have == f.Text:
					case slices.Contains(c.undecided, f.Code) && unescaped(have) == unescaped(f.Text):
					case slices.Contains(c.cut, f.Code) && have != "" && (strings.HasPrefix(f.Text, have) || strings.HasPrefix(have, f.Text)):
					default:
						t.Errorf("line %d: %s = %q, want %q", g.Line, f.Code, have, f.Text)
					}
				}
			}
			if c.ambiguous != (ambiguous > 0) || ambiguous > len(got)/4 {
				t.Errorf("%d of %d lines are said to be ambiguous, expected some: %v", ambiguous, len(got), c.ambiguous)
			}
		})
	}
}

// name is that of a definition with comments around it.
func name(definition string) string {
	for line := range strings.Lines(definition) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "logformat" {
			return words[1]
		}
	}
	return ""
}
