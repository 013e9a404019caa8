// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestPropertyRoundTrip draws a directive and records, prints them by the manual's rules and reads them back: every line
// is read, and every field of a line that is not marked as ambiguous is what was printed.
func TestPropertyRoundTrip(t *testing.T) {
	lines, fields, ambiguous := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text, items := drawItems(t)
		cfg := config("log-format " + quoteSingle(text))
		cfg.Formats.HAProxy.CaptureRequestHeaders = []string{"A", "B"}
		cfg.Formats.HAProxy.CaptureResponseHeaders = []string{"C", "D"}
		d, err := decode.New(cfg, decode.Settings{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		e := explain.New(d, "test")
		for range 8 {
			stream := rapid.IntRange(0, 4).Draw(t, "stream") > 0
			var values []value
			for i := range items {
				if items[i].code != "" {
					values = append(values, drawValue(t, &items[i], stream))
				}
			}
			line := renderLine(items, values)
			if strings.TrimSpace(line) == "" {
				continue
			}
			g := e.Read(line, formattest.Observed)
			if g.Record == nil {
				t.Fatalf("%s\nrejected: %q: %+v", text, line, g.Error)
			}
			lines++
			if g.Kind != "traffic" {
				continue // it looks like an event or an error
			}
			if g.Record.Attributes["proxy.ambiguous"] == true {
				ambiguous++
				continue
			}
			fields += checkRendered(t, text, line, items, values, &g)
		}
	})
	t.Logf("%d lines, %d fields, %d lines ambiguous", lines, fields, ambiguous)
	if fields < lines || ambiguous*2 > lines {
		t.Errorf("%d lines, %d fields compared, %d lines ambiguous", lines, fields, ambiguous)
	}
}

func quoteSingle(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func checkRendered(t *rapid.T, text, line string, items []printed, values []value, g *explain.Line) int {
	lists := slices.ContainsFunc(values, func(v value) bool { return v.list != nil })
	fields := g.Fields
	n, compared := 0, 0
	for i := range items {
		if items[i].code == "" {
			continue
		}
		v := values[n]
		n++
		if items[i].class == classList && !lists {
			continue // explain leaves them out
		}
		f := fields[0]
		fields = fields[1:]
		compared++
		switch {
		case v.list != nil:
			if !slices.Equal(f.List, v.list) {
				t.Fatalf("%s\n%q: %s = %q, want %q", text, line, f.Code, f.List, v.list)
			}
		case f.Code != "%"+items[i].code:
			t.Fatalf("%s\n%q: %s, want %s", text, line, f.Code, items[i].code)
		case v.missing && f.Raw != nil && *f.Raw != "" || !v.missing && (f.Raw == nil || *f.Raw != *v.want):
			t.Fatalf("%s\n%q: %s = %v, want %v", text, line, f.Code, str(f.Raw), str(v.want))
		}
	}
	return compared
}

func str(s *string) string {
	if s == nil {
		return "(missing)"
	}
	return *s
}
