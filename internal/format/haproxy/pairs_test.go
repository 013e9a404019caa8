// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestOneSided: what a HAProxy 2.6 prints for %hrl and %hsl of a frontend that captures the headers of one side only, or
// none: the blank between the two is there without them, unless another blank stands before it.
func TestOneSided(t *testing.T) {
	const clf = `127.0.0.1 - - [22/Nov/2026:12:26:26 +0000] "GET / HTTP/1.1" 200 49 "" "" 57420 629 "a" "a" "<NOSRV>" 0 -1 -1 -1 0 LR-- 1 1 0 0 0 0 0 `
	const brackets = "%hrl %hsl %ci [%hrl %hsl] [%hrl %hsl"
	type lists map[string][]string // of each code, one after another
	for _, c := range []struct {
		name, format, line string
		want               lists
	}{
		{"clf, of requests", "httplog_clf", clf + `"" "" "127.0.0.1:18901" `, lists{"%hrl": {`"127.0.0.1:18901"`}, "%hsl": {""}}},
		{"clf, both", "httplog_clf", clf + `"" "" "127.0.0.1:18902" ""`, lists{"%hrl": {`"127.0.0.1:18902" ""`}, "%hsl": {""}}},
		{"clf, a cookie", "httplog_clf", clf + `"S=a" "T=b" "127.0.0.1:18901" `, lists{"%hrl": {`"127.0.0.1:18901"`}, "%hsl": {""}}},
		{
			"of requests", brackets, "127.0.0.1:18903 127.0.0.1 [127.0.0.1:18903 ] [127.0.0.1:18903 ",
			lists{"%hrl": {"127.0.0.1:18903", "127.0.0.1:18903", "127.0.0.1:18903"}, "%hsl": {"", "", ""}},
		},
		{"of responses, in brackets", "%ci [%hrl %hsl]", "127.0.0.1 [ x]", lists{"%hrl": {""}, "%hsl": {"x"}}},
		{"of responses, at the end", "%ci [%{+Q}hrl %{+Q}hsl", `127.0.0.1 [ "x" "y"`, lists{"%hrl": {""}, "%hsl": {`"x" "y"`}}},
		{"none", brackets, "127.0.0.1 [ ] [ ", nil},
	} {
		g := formattest.Explain(t, config(c.format), []byte(c.line))[0]
		if g.Record == nil || g.Record.Attributes["proxy.ambiguous"] != nil {
			t.Errorf("%s: %+v, %+v", c.name, g.Error, readingOf(&g))
			continue
		}
		var got lists
		for _, f := range readingOf(&g) {
			if f.code != "%hrl" && f.code != "%hsl" {
				continue
			}
			if got == nil {
				got = lists{}
			}
			got[f.code] = append(got[f.code], f.raw)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestMiscounted: a list of another number of values than headers are captured is of another frontend, or a cookie has
// forged a part of it.
func TestMiscounted(t *testing.T) {
	cfg := config("log-format '%cp %{+Q}hrl %f %{+Q}CC'", "log-format '%fi|%hsl|%cp'", "log-format '%bi;%hrl;%cp'")
	cfg.Formats.HAProxy.CaptureRequestHeaders, cfg.Formats.HAProxy.CaptureResponseHeaders = []string{"A", "B"}, []string{"C"}
	for line, ambiguous := range map[string]bool{
		`5 "x" "y" A "S=1"`: false,
		`5 "x" A "S=1"`:     true,
		`5 A "S=1"`:         false,
		`192.0.2.1;a b;5`:   false,
		`192.0.2.1;a b c;5`: true,
		`192.0.2.1|a|5`:     false,
		`192.0.2.1|a b|5`:   false, // one value, which holds a blank
	} {
		g := formattest.Explain(t, cfg, []byte(line))[0]
		if g.Record == nil || (g.Record.Attributes["proxy.ambiguous"] == true) != ambiguous {
			t.Errorf("%s: want ambiguous %v: %+v, %+v", line, ambiguous, g.Error, readingOf(&g))
		}
	}
}
