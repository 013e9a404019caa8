// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// bundled reads the events of a bundled oracle: what Envoy logged of the same events in the richest format.
func bundled(t testing.TB, name string) []event {
	t.Helper()
	return decodeEvents(t, formattest.Lines(t, formattest.Testdata("envoy/ok/"+name)))
}

func explained(t testing.TB, cfg decode.Config, name string) []explain.Line {
	t.Helper()
	return formattest.Explain(t, cfg, formattest.Read(t, formattest.Testdata("envoy/ok/"+name)))
}

// typed is the configuration for a user's own JSON map.
func typed(t testing.TB) decode.Config {
	return config("gdc", "default", string(formattest.Read(t, formattest.Testdata("envoy/ok/typed.directive"))))
}

func TestTestdata(t *testing.T) {
	got := explained(t, config(), "gdc.log")
	var views []event
	for i, e := range bundled(t, "gdc.oracle.jsonl") {
		views = append(views, gdcView(t, e, gdcDuration(t, got[i].Text)))
	}
	compare(t, "gdc", got, views, time.Microsecond, func(i int, w, _ *explain.Record) { gdcOnly(t, got[i].Text, w) })

	want := bundled(t, "default.oracle.jsonl")
	got = explained(t, config(), "default.log")
	require.Len(t, got, len(want))
	ambiguous := 0
	for i, e := range want {
		compareText(t, describe("default", i), got[i], e)
		if got[i].Record.Attributes["proxy.ambiguous"] != nil {
			ambiguous++
			assert.Greater(t, strings.Count(got[i].Text, `" "`), 4, got[i].Text)
		}
	}
	assert.Positive(t, ambiguous)

	compare(t, "typed", explained(t, typed(t), "typed.log"), bundled(t, "typed.log"), time.Microsecond, nil)
	auto := config()
	auto.Format = "auto"
	compare(t, "typed", explained(t, auto, "typed.log"), bundled(t, "typed.log"), time.Microsecond, nil)

	for _, c := range []struct {
		file string
		keys []string
	}{{"istio", gdcKeys}, {"default_json", poorKeys}, {"istio_json", gdcKeys}} {
		want := bundled(t, "formats.oracle.jsonl")
		require.Len(t, want, 24)
		got := explained(t, auto, c.file+".log")
		compare(t, c.file, got, viewsOf(t, got, want, c.keys), time.Millisecond, func(i int, w, g *explain.Record) {
			serviceTime(t, got[i], w)
			textOnly(w, g)
			if g.Attributes["proxy.ambiguous"] == true {
				w.Attributes["proxy.ambiguous"] = true
			}
			assert.Equal(t, c.file, got[i].Dialect)
		})
	}
}

// TestMixed reads the lines of all formats from one source.
func TestMixed(t *testing.T) {
	cfg := typed(t)
	cfg.Format = "auto"
	var mixed []string
	files := []string{"gdc.log", "default.log", "typed.log"}
	for _, file := range files {
		mixed = append(mixed, formattest.Lines(t, formattest.Testdata("envoy/ok/"+file))[:20]...)
	}
	for i := range 20 {
		mixed = append(mixed, mixed[i], mixed[20+i], mixed[40+i])
	}
	dialects := []string{"gdc", "default", "json"}
	for i, l := range formattest.Explain(t, cfg, []byte(strings.Join(mixed, "\n"))) {
		want := dialects[min(i/20, 2)]
		if i >= 60 {
			want = dialects[i%3]
		}
		require.Nil(t, l.Error, l.Text)
		assert.Equal(t, want, l.Dialect, l.Text)
	}
}

// TestRejects reads lines of which each is rejected; the file beside it says why and where.
func TestRejects(t *testing.T) {
	got := formattest.Explain(t, config(), formattest.Read(t, formattest.Testdata("envoy/reject/lines.log")))
	want := formattest.Lines(t, formattest.Testdata("envoy/reject/lines.expected.jsonl"))
	require.Len(t, got, len(want))
	for i, line := range want {
		var w struct {
			Error explain.Error `json:"error"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &w))
		require.NotNil(t, got[i].Error, got[i].Text)
		if diff := cmp.Diff(w.Error, *got[i].Error, cmpopts.IgnoreFields(explain.Error{}, "Expected", "Dialect")); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", describe("reject", i), diff, got[i].Text)
		}
		assert.NotEmpty(t, got[i].Error.Expected)
	}
}

// TestClientCounts holds the byte counts of the records against what the clients of the capture counted themselves.
func TestClientCounts(t *testing.T) {
	type key struct{ client, id string }
	http := map[key][]*explain.Record{}
	tcp := map[string][]*explain.Record{}
	for _, file := range []string{"ext_json", "tcp/ext_json", "periodic/ext_json", "udp_json"} {
		d := "ext_json"
		if file == "udp_json" {
			d = file
		}
		for _, l := range formattest.Explain(t, config(directive(t, d)), capture(t, file)) {
			a := l.Record.Attributes
			var id string
			if v, ok := a["proxy.request.id"].(string); ok {
				id = v
			}
			var remote string
			for _, f := range l.Fields {
				if f.Code == "down_remote" {
					remote = *f.Raw
				}
			}
			switch l.Record.Event {
			case "proxy.request.end":
				http[key{remote, id}] = append(http[key{remote, id}], l.Record)
			case "proxy.session.end":
				tcp[remote] = append(tcp[remote], l.Record)
			}
		}
	}
	requests, connections := 0, 0
	for _, line := range formattest.Lines(t, formattest.Corpus(t, "envoy/truth.jsonl")) {
		var c struct {
			Kind, Local, Scenario string
			Complete              *bool
			RequestID             *string `json:"request_id"`
			ReqBody               int64   `json:"req_body_sent"`
			RespBody              int64   `json:"resp_body"`
			ClientSent            int64   `json:"client_sent"`
			ClientReceived        int64   `json:"client_received"`
			SNI                   *string
		}
		require.NoError(t, json.Unmarshal([]byte(line), &c))
		switch {
		case c.Kind == "" && c.Complete != nil && *c.Complete && c.RequestID != nil && *c.RequestID != "":
			r := http[key{c.Local, *c.RequestID}]
			if len(r) != 1 {
				continue
			}
			requests++
			assert.Equal(t, c.ReqBody, r[0].Attributes["proxy.client.bytes_sent"], line)
			assert.Equal(t, c.RespBody, r[0].Attributes["proxy.client.bytes_received"], line)
			assert.Equal(t, c.RespBody, r[0].Attributes["http.response.body.size"], line)
		case c.Kind != "" && len(tcp[c.Local]) == 1 && c.SNI == nil:
			// With TLS passed through the bytes are those of TLS; without an upstream nothing was read; a client that
			// resets the connection has not read all that was sent to it.
			r := tcp[c.Local][0]
			if r.Attributes["envoy.response_flags"] != nil {
				continue
			}
			connections++
			assert.Equal(t, c.ClientSent, r.Attributes["proxy.client.bytes_sent"], line)
			assert.GreaterOrEqual(t, r.Attributes["proxy.client.bytes_received"], c.ClientReceived, line)
		}
	}
	assert.Greater(t, requests, 500)
	assert.Greater(t, connections, 100)
}

func TestAllocs(t *testing.T) {
	formattest.Allocs(t, config(), formattest.Lines(t, formattest.Testdata("envoy/ok/gdc.log"))[2])
	formattest.Allocs(t, config(), formattest.Lines(t, formattest.Testdata("envoy/ok/default.log"))[2])
	for _, file := range []string{"istio", "default_json", "istio_json", "typed"} {
		formattest.Allocs(t, config(), formattest.Lines(t, formattest.Testdata("envoy/ok/"+file+".log"))[2])
	}
	formattest.Allocs(t, typed(t), formattest.Lines(t, formattest.Testdata("envoy/ok/typed.log"))[2])
}

func BenchmarkParse(b *testing.B) {
	b.Run("gdc", func(b *testing.B) {
		formattest.Bench(b, config(), formattest.Lines(b, formattest.Testdata("envoy/ok/gdc.log")))
	})
	b.Run("default", func(b *testing.B) {
		formattest.Bench(b, config(), formattest.Lines(b, formattest.Testdata("envoy/ok/default.log")))
	})
	for _, file := range []string{"istio", "default_json", "istio_json", "common_json"} {
		b.Run(file, func(b *testing.B) {
			if file == "common_json" {
				file = "typed"
			}
			formattest.Bench(b, config(), formattest.Lines(b, formattest.Testdata("envoy/ok/"+file+".log")))
		})
	}
	b.Run("typed", func(b *testing.B) {
		formattest.Bench(b, typed(b), formattest.Lines(b, formattest.Testdata("envoy/ok/typed.log")))
	})
}

func FuzzLine(f *testing.F) { formattest.Fuzz(f, typed(f), formattest.Seeds(f, "envoy")) }

// FuzzAuto reads lines in all built-in dialects, and in text formats that take what others do not.
func FuzzAuto(f *testing.F) {
	for _, file := range []string{"istio", "default_json", "istio_json", "typed"} {
		for _, l := range formattest.Lines(f, formattest.Testdata("envoy/ok/"+file+".log"))[:5] {
			f.Add(l)
		}
	}
	f.Add(`{"start_time":"2026-11-21T23:51:58.578Z","status":"x","response_code":200,"duration":null,"duration_ms":"1.5","flags":["a"],"bytes_sent":-1}`)
	f.Add(`{"ts":"2026-11-21T23:51:58.578Z","ua":"a"b\\","bytes":1}`)
	cfg := config(`{"ts":"%START_TIME%","ua":"%REQ(USER-AGENT)%","bytes":%BYTES_SENT%}`, "gdc", "default", "istio", "common_json", "istio_json", "default_json",
		`%START_TIME(%s.%3f)%|%PROTOCOL%|%REQ(:METHOD)%|%REQ(:PATH):64%|%RESPONSE_CODE_DETAILS%;%REQ(X-REQUEST-ID)%`)
	cfg.Format = "auto"
	formattest.Fuzz(f, cfg, nil)
}
