// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package explain_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// item finds an item of a program by its code.
func item(t *testing.T, p *explain.Program, code string) explain.Item {
	t.Helper()
	for _, it := range p.Items {
		if it.Code == code {
			return it
		}
	}
	t.Fatalf("no item %s in %+v", code, p.Items)
	return explain.Item{}
}

func TestPrograms(t *testing.T) {
	list, err := programs("haproxy", "log-format '%ci:%cp [%t] %{+Q}b %Tt'\nlog-format-sd '[x@1 srv=\"%s\"]'")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d programs, want 1: %+v", len(list), list)
	}
	p := list[0]
	if p.Format != "haproxy" || p.Kind != "traffic" || p.Directive != "%ci:%cp [%t] %{+Q}b %Tt" {
		t.Errorf("%+v", p)
	}
	var text strings.Builder
	for _, it := range p.Items {
		text.WriteString(it.Literal + it.Code)
	}
	if want := `%ci:%cp [%t] "%b" %Tt[x@1 srv="%s"]`; text.String() != want {
		t.Errorf("items %q, want %q", text.String(), want)
	}
	// A field's role leads to attributes too.
	for code, want := range map[string][]explain.Attribute{
		"%ci": {{Key: "client.address", Type: "string"}, {Key: "network.type", Type: "string"}},
		"%cp": {{Key: "client.port", Type: "int"}},
		"%b":  {{Key: "haproxy.backend.name", Type: "string"}, {Key: "proxy.upstream.name", Type: "string"}},
		"%Tt": {{Key: "proxy.duration", Type: "double (s)"}, {Key: "(timestamp)", Type: "time"}},
		"%s":  {{Key: "haproxy.server.name", Type: "string"}, {Key: "proxy.upstream.name", Type: "string"}},
	} {
		if diff := cmp.Diff(want, item(t, &p, code).Attributes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", code, diff)
		}
	}
	if b := item(t, &p, "%b"); b.Missing == nil || *b.Missing != "" {
		t.Errorf("%%b in quotes has nothing for none: %+v", b)
	}
	if end := item(t, &p, "%t").End; end != "after 24 bytes" {
		t.Errorf("%%t ends %q", end)
	}
}

func TestProgramOfMap(t *testing.T) {
	list, err := programs("envoy", `{"when": "%START_TIME%", "to": {"host": "%UPSTREAM_HOST%"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || !list[0].Keyed {
		t.Fatalf("%+v", list)
	}
	want := []explain.Attribute{{Key: "proxy.upstream.address", Type: "string"}, {Key: "proxy.upstream.port", Type: "int"}}
	if diff := cmp.Diff(want, item(t, &list[0], "to.host").Attributes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestProgramsOfConfiguration: the listed dialects are described, or all where none is listed.
func TestProgramsOfConfiguration(t *testing.T) {
	names := func(change func(*decode.Config)) string {
		cfg := decode.NewConfig()
		change(&cfg)
		d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, p := range explain.Programs(d) {
			out = append(out, p.Dialect)
		}
		return strings.Join(out, " ")
	}
	if got := names(func(c *decode.Config) { c.Formats.Squid.Logformat = []string{"common", "squid"} }); got != "common squid" {
		t.Errorf("listed under auto: %s", got)
	}
	if got := names(func(c *decode.Config) { c.Format = "squid" }); !strings.Contains(got, "icap_squid") || !strings.Contains(got, "useragent") {
		t.Errorf("all of Squid: %s", got)
	}
	if got := names(func(*decode.Config) {}); !strings.Contains(got, "tcplog") || !strings.Contains(got, "combined") || !strings.Contains(got, "istio") {
		t.Errorf("all: %s", got)
	}
	if got := names(func(c *decode.Config) { c.Format = "edgeone" }); got != "" {
		t.Errorf("a format without directives: %s", got)
	}
}

func TestProgramJSON(t *testing.T) {
	list, err := programs("squid", "logformat x %>a \xe9 %{Host}>h")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := list[0].WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Dialect     string
		Items       []struct{ Literal, Code string }
		Ambiguities []struct{ Codes []string }
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Dialect != "x" || len(got.Items) != 3 || got.Items[1].Literal != " \u00e9 " || len(got.Ambiguities) != 1 {
		t.Errorf("%s", b.String())
	}
}

// besides are attributes that follow from no field of their own: what the format is, and how it ended.
var besides = map[string]bool{
	"proxy.type": true, "network.transport": true, "network.protocol.name": true, "proxy.outcome": true, "proxy.ended_by": true,
	"error.type": true, "proxy.ambiguous": true, "proxylog.truncated": true, "proxy.start_time": true, "url.scheme": true,
	"http.request.method_original": true, "server.address": true, "server.port": true, "haproxy.captured.headers": true,
	"squid.request.error": true, "tls.established": true, "haproxy.listener.id": true,
	"haproxy.structured_data": true,
	// log_mime_hdrs appends them to whatever the definition says.
	"squid.request.headers": true, "squid.response.headers": true,
}

// TestAttributesOfCorpus: what explain says that fields become is what the records of real lines have.
func TestAttributesOfCorpus(t *testing.T) {
	corpus := formattest.Corpus(t, ".")
	for _, g := range []struct{ format, glob string }{{"haproxy", "haproxy/*/*.directive"}, {"squid", "squid/*.directive"}, {"envoy", "envoy/*text*.directive"}} {
		files, err := filepath.Glob(filepath.Join(corpus, filepath.FromSlash(g.glob)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			directive := directiveOf(t, path)
			list, err := programs(g.format, directive)
			if directive == "" || err != nil {
				continue // TestCorpusAmbiguities sees to it
			}
			attributesOf(t, g.format, strings.TrimSuffix(path, ".directive"), directive, list)
		}
	}
}

func attributesOf(t *testing.T, format, path, directive string, list []explain.Program) {
	t.Helper()
	declared := map[string]map[string]bool{}
	for _, p := range list {
		declared[p.Dialect] = map[string]bool{}
		for _, it := range p.Items {
			for _, a := range it.Attributes {
				declared[p.Dialect][a.Key] = true
			}
		}
	}
	d, err := decode.New(configOf(format, directive), decode.Settings{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	e := explain.New(d, path)
	n := 0
	for line := range strings.Lines(string(formattest.Read(t, path+".log"))) {
		if n++; n > 300 {
			return
		}
		l := e.Read(strings.TrimRight(line, "\n"), time.Unix(1795304950, 0))
		known := declared[l.Dialect]
		if l.Record == nil || known == nil {
			continue
		}
		for key := range l.Record.Attributes {
			if !known[key] && !besides[key] {
				t.Errorf("%s: line %d: no field of %s is said to become %s", filepath.Base(path), n, l.Dialect, key)
				return
			}
		}
		for _, f := range l.Fields {
			if f.Makes != "" && !known[f.Makes] {
				t.Errorf("%s: line %d: %s makes %s, which its program does not say", filepath.Base(path), n, f.Code, f.Makes)
				return
			}
		}
	}
}
