// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// exemption is what the lines of a capture cannot decide.
type exemption struct {
	file string
	// codes are the fields, and lines how many lines of the capture show them otherwise than the oracle, at most.
	codes  []string
	lines  int
	reason string
}

var exemptions = []exemption{
	{"v2.6/tcp_adjacent", []string{"%ci", "%cp", "%f", "%b", "%s", "%Tw", "%Tc", "%Tt", "%B"}, 60, "nothing separates the items"},
	{"v2.6/http_expr", []string{"%[capture.req.hdr(1)]", "%[capture.req.hdr(2)]"}, 36, "two headers without quotes may both hold blanks"},
	{"v2.6/http_expr", []string{"%[capture.res.hdr(0)]"}, 4, "a header may hold the quotes around it"},
}

// directives are the files of the corpus that say what a capture was made with.
func directives(t *testing.T) map[string]string {
	t.Helper()
	root := formattest.Corpus(t, "haproxy")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.directive"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d directives: %v", len(files), err)
	}
	out := map[string]string{}
	for _, f := range files {
		rel, err := filepath.Rel(root, strings.TrimSuffix(f, ".directive"))
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(rel)] = string(formattest.Read(t, f))
	}
	return out
}

// ofDirective is the configuration that a file of a directive asks for; with names, it names the captured headers.
func ofDirective(text string, names bool) decode.Config {
	entry, _, _ := strings.Cut(text, "\n")
	if m := regexp.MustCompile(`(?m)^# (error-log-format .*)$`).FindStringSubmatch(text); m != nil {
		entry += "\n" + m[1]
	}
	cfg := config(entry)
	if strings.HasPrefix(entry, "(none") || strings.HasPrefix(entry, "#") {
		cfg = config()
	}
	if !names {
		return cfg
	}
	for side, list := range map[string]*[]string{"request": &cfg.Formats.HAProxy.CaptureRequestHeaders, "response": &cfg.Formats.HAProxy.CaptureResponseHeaders} {
		if m := regexp.MustCompile(`capture ` + side + ` header ([^;\n]*)`).FindStringSubmatch(text); m != nil {
			for _, one := range strings.Split(m[1], " / ") {
				*list = append(*list, strings.Fields(one)[0])
			}
		}
	}
	return cfg
}

// TestDirectives reads every capture of the corpus by its own directive: every field of every line is exactly what the
// oracle says, but for the exemptions, and lines that are read otherwise are marked as ambiguous.
func TestDirectives(t *testing.T) {
	compared, files := 0, 0
	for file, text := range directives(t) {
		for _, names := range []bool{false, true} {
			cfg := ofDirective(text, names)
			log := formattest.Read(t, formattest.Corpus(t, "haproxy/"+file+".log"))
			got := formattest.Explain(t, cfg, log)
			for _, g := range got {
				if g.Error != nil && !strings.Contains(file, "http_trunc") {
					t.Errorf("%s line %d is rejected: %+v\n%s", file, g.Line, *g.Error, g.Text)
					break
				}
			}
			path, err := filepath.Glob(formattest.Corpus(t, "haproxy") + "/" + file + ".expected.jsonl")
			if err != nil || len(path) == 0 {
				continue
			}
			files++
			want := formattest.ReadExpected(t, path[0])
			wrong := map[string]map[int]bool{}
			ambiguous := map[int]bool{}
			for _, g := range got {
				ambiguous[g.Line] = g.Record != nil && g.Record.Attributes["proxy.ambiguous"] == true
			}
			n := formattest.CompareEach(t, got, want, func(line int, code string) bool {
				if !names && (code == "%hrl" || code == "%hsl") {
					return true
				}
				for _, e := range exemptions {
					for _, c := range e.codes {
						if e.file != file || c != code || !ambiguous[line] {
							continue
						}
						if wrong[e.reason] == nil {
							wrong[e.reason] = map[int]bool{}
						}
						wrong[e.reason][line] = true
						return true
					}
				}
				return false
			})
			for _, e := range exemptions {
				if e.file == file && len(wrong[e.reason]) > e.lines {
					t.Errorf("%s: %d lines are exempt because %s, at most %d should be", file, len(wrong[e.reason]), e.reason, e.lines)
				}
			}
			compared += n
		}
	}
	if files < 100 || compared < 150000 {
		t.Errorf("%d captures, %d fields compared", files, compared)
	}
}

// TestCustom reads the bundled captures, which are the beginnings of some of the corpus, by their directives.
func TestCustom(t *testing.T) {
	files, err := filepath.Glob(formattest.Testdata("haproxy/custom/*.directive"))
	if err != nil || len(files) < 8 {
		t.Fatalf("%d captures: %v", len(files), err)
	}
	compared := 0
	for _, f := range files {
		base := strings.TrimSuffix(f, ".directive")
		got := formattest.Explain(t, ofDirective(string(formattest.Read(t, f)), true), formattest.Read(t, base+".log"))
		compared += formattest.Compare(t, got, formattest.ReadExpected(t, base+".expected.jsonl"), nil)
		for _, g := range got {
			if g.Error != nil {
				t.Errorf("%s line %d: %+v", filepath.Base(base), g.Line, *g.Error)
			}
		}
	}
	if compared < 3000 {
		t.Errorf("%d fields compared", compared)
	}
}

// bundled are the directives of the bundled captures.
func bundled(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(formattest.Testdata("haproxy/custom/*.directive"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	var out []string
	for _, f := range files {
		out = append(out, string(formattest.Read(t, f)))
	}
	return out
}
