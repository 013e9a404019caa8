// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// reading is what a line's fields are, by their code and in their order; "" is one that is missing.
type reading []struct{ code, raw string }

func readingOf(g *explain.Line) reading {
	var out reading
	for _, f := range g.Fields {
		raw := ""
		if f.Raw != nil {
			raw = *f.Raw
		}
		out = append(out, struct{ code, raw string }{f.Code, raw})
	}
	return out
}

// TestForgedCookie: a cookie between quotes that holds what looks like its end is read where a line has no other reading.
func TestForgedCookie(t *testing.T) {
	for _, c := range []struct {
		name, directive, line string
		want                  reading
		ambiguous             bool
	}{
		{
			"only one way", "%{+Q}CC %ci", `"S=a" "b" 192.0.2.1`,
			reading{{"%CC", `S=a" "b`}, {"%ci", "192.0.2.1"}},
			false,
		},
		{
			"beside what is missing", "%{+Q}o %HM %CC %ci %cp %ci", `"GET" "S=" "" "" "" ""`,
			reading{{"%HM", "GET"}, {"%CC", `S=" "`}, {"%ci", ""}, {"%cp", ""}, {"%ci", ""}},
			false,
		},
		{
			"no headers were captured", "%{+Q}CC %ST %{+Q}hrl %ci", `"S=a" "b" 200 192.0.2.1`,
			reading{{"%CC", `S=a" "b`}, {"%ST", "200"}, {"%ci", "192.0.2.1"}},
			false,
		},
		{
			"either of two cookies", "%{+Q}CC %{+Q}CS %ci", `"S=a" "b" "T=1" 192.0.2.1`,
			reading{{"%CC", `S=a" "b`}, {"%CS", "T=1"}, {"%ci", "192.0.2.1"}},
			true,
		},
		{
			"an honest one", "%{+Q}CC %{+Q}CS %ci", `"S=a b" "T=1" 192.0.2.1`,
			reading{{"%CC", "S=a b"}, {"%CS", "T=1"}, {"%ci", "192.0.2.1"}},
			false,
		},
	} {
		g := formattest.Explain(t, config("log-format '"+c.directive+"'"), []byte(c.line))[0]
		if g.Record == nil {
			t.Errorf("%s: rejected: %+v", c.name, g.Error)
			continue
		}
		if diff := cmp.Diff(c.want, readingOf(&g), cmp.AllowUnexported(struct{ code, raw string }{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if got := g.Record.Attributes["proxy.ambiguous"] == true; got != c.ambiguous {
			t.Errorf("%s: ambiguous %v, want %v", c.name, got, c.ambiguous)
		}
	}
}

// TestForgedCookieLast: that a cookie was forged is the last thing to be thought of a line, whatever the order of the
// formats; and a frontend's own format comes before another's.
func TestForgedCookieLast(t *testing.T) {
	const line = `"S=a" "b" 200 192.0.2.1`
	g := formattest.Explain(t, config("log-format '%{+Q}CC %ST %{+Q}hrl %ci'", "log-format '%{+Q}CC %{+Q}[var(txn.x)] %ST %ci'"), []byte(line))[0]
	if g.Dialect != "log_format[1]" {
		t.Errorf("read as %q, %+v", g.Dialect, g.Error)
	}
	cfg := file(t, "defaults\n mode http\nfrontend a\n log-format '%f %{+Q}CC %ST %{+Q}hrl %ci'\nfrontend b\n log-format '%f %{+Q}CC %ST %{+Q}hrl %fi'\n")
	for name, dialect := range map[string]string{"a": "frontend[a]", "b": "frontend[b]", "later": "frontend[a]"} {
		if g := formattest.Explain(t, cfg, []byte(name+" "+line))[0]; g.Dialect != dialect || g.Record == nil {
			t.Errorf("%s: read as %q, %+v", name, g.Dialect, g.Error)
		}
	}
}

// TestMissingLists: a list without quotes that is missing leaves its place to the field behind it. Where a line could
// lack one list or another, nothing tells which.
func TestMissingLists(t *testing.T) {
	for _, c := range []struct {
		name, directive, line string
		ambiguous             bool
	}{
		{"both lists are missing, or one", "%hrl %[var(txn.x)] %ci %ci %s %hrl %ci", "0 . - - <NOSRV> -", true},
		{"both lists and a text", "%ci %[var(txn.x)] %hrl %ci %ci %hrl %cp", "- a a - - 5", true},
		{"a text in quotes is no list", "%hrl %{+Q}[var(txn.x)] %ci %hrl %cp", `"x" 192.0.2.1 5`, false},
		{"all are there", "%hrl %{+Q}[var(txn.x)] %ci %hrl %cp", `a "x" 192.0.2.1 b 5`, false},
		{"none of two different ones", "%cp %{+Q}hrl %hsl", "5", false},
		{"both of a pair, behind no blank", "%cp [%hrl %hsl", "5 [ ", false},
		{"nothing but literals is left", "%hrl [%hrl %hsl", "[ ", false},
		{"both of a pair, behind no blank and before another field", "%cp [%{+Q}hrl %{+Q}hsl %fp", "5 [ 7", false},
		{"a list in quotes, beside a cookie that ends in a blank", "%CC %{+Q}hrl %ci", "S=  192.0.2.1", false},
	} {
		g := formattest.Explain(t, config("log-format '"+c.directive+"'"), []byte(c.line))[0]
		if g.Record == nil {
			t.Errorf("%s: rejected: %+v", c.name, g.Error)
			continue
		}
		if got := g.Record.Attributes["proxy.ambiguous"] == true; got != c.ambiguous {
			t.Errorf("%s: ambiguous %v, want %v: %+v", c.name, got, c.ambiguous, readingOf(&g))
		}
	}
}

// TestUnlikeLists: a list with quotes and one without tell themselves apart, as do those with backslashes and without.
func TestUnlikeLists(t *testing.T) {
	cfg := config("log-format '%cp %{+Q}hrl %hsl'", "log-format '%fp|%{+Q}hrl|%{+Q,+E}hsl'")
	cfg.Formats.HAProxy.CaptureRequestHeaders, cfg.Formats.HAProxy.CaptureResponseHeaders = []string{"A", "B"}, []string{"C", "D"}
	for line, want := range map[string]map[string]any{
		`5 "" "x" - -`:       {"http.request.header.b": []any{"x"}},
		`5 "x y" "" a b`:     {"http.request.header.a": []any{"x y"}, "http.response.header.c": []any{"a"}, "http.response.header.d": []any{"b"}},
		`5|"x\y" ""|"\\" ""`: {"http.request.header.a": []any{`x\y`}, "http.response.header.c": []any{`\`}},
	} {
		g := formattest.Explain(t, cfg, []byte(line))[0]
		if g.Record == nil || g.Record.Attributes["proxy.ambiguous"] != nil {
			t.Errorf("%s: %+v, %+v", line, g.Error, readingOf(&g))
			continue
		}
		got := map[string]any{}
		for k, v := range g.Record.Attributes {
			if strings.Contains(k, ".header.") {
				got[k] = v
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}
