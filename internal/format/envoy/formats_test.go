// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// poorKeys are the keys of the oracle that the default format tells too, besides the path.
var poorKeys = []string{
	"start_time", "method", "protocol", "status", "flags", "bytes_received", "bytes_sent", "duration_ms", "xff", "user_agent", "request_id", "authority",
	"upstream_host",
}

// rawOf is the value of one of the fields, whatever the format calls it.
func rawOf(l explain.Line, codes ...string) string {
	for _, f := range l.Fields {
		for _, c := range codes {
			if f.Code == c && f.Raw != nil {
				return *f.Raw
			}
		}
	}
	return ""
}

// viewsOf are the events of an oracle as lines tell them that log these keys.
func viewsOf(t *testing.T, got []explain.Line, want []event, keys []string) []event {
	t.Helper()
	require.Len(t, got, len(want))
	views := make([]event, len(want))
	for i, e := range want {
		views[i] = e.only(keys...)
		if path := e.path(); path != "" {
			views[i]["path"] = path
		}
		require.Nil(t, got[i].Error, "%s: %+v", got[i].Text, got[i].Error)
		views[i]["duration_ms"] = sameDuration(t, e, rawOf(got[i], "duration", "%DURATION%", "duration_ms"))
	}
	return views
}

// serviceTime adds the one header that the oracle does not log, as the line has it.
func serviceTime(t *testing.T, l explain.Line, w *explain.Record) {
	t.Helper()
	if v := rawOf(l, "upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%", "%RESPONSE_HEADER(X-ENVOY-UPSTREAM-SERVICE-TIME)%"); v != "" && v != "-" {
		ms, err := strconv.Atoi(v)
		require.NoError(t, err)
		w.Attributes["envoy.upstream_service_time"] = float64(ms) / 1e3
	}
}

// textOnly takes over what a text format says differently: bytes that are not UTF-8 are replaced in an attribute.
func textOnly(w, g *explain.Record) {
	for key, v := range g.Attributes {
		if s, ok := v.(string); ok && strings.Contains(s, "\ufffd") {
			w.Attributes[key] = s
		}
	}
}

// rejects counts the rejected lines by reason.
func rejects(lines []explain.Line) map[string]int {
	out := map[string]int{}
	for _, l := range lines {
		if l.Error != nil {
			out[l.Error.Reason]++
		}
	}
	return out
}

// TestFormats reads every capture of a format that is not a user's own: with format auto, with the format's name, and
// with the directive as it stands in Envoy's configuration. The values are those of the oracle, line by line.
func TestFormats(t *testing.T) {
	for _, c := range []struct {
		file, name string
		keys       []string
		lines      map[string]int
	}{
		{"default_json", "default_json", poorKeys, lines},
		{"istio_json", "istio_json", gdcKeys, lines},
		{"istio_text", "istio", gdcKeys, lines},
		{"json_omit_empty", "default_json", poorKeys, map[string]int{"": 594, "periodic/": 119}},
	} {
		for dir, n := range c.lines {
			t.Run(dir+c.file, func(t *testing.T) {
				want := events(t, dir+"ext_json.log")
				if n < len(want) {
					// The HTTP listener alone has this log.
					var http []event
					for _, e := range want {
						if e.text("type") != "TcpConnectionEnd" {
							http = append(http, e)
						}
					}
					want = http
				}
				require.Len(t, want, n)
				own := directive(t, c.file)
				var first []explain.Line
				for i, formats := range [][]string{nil, {c.name}, {own}, {strings.ReplaceAll(own, "UPSTREAM_CLUSTER_RAW", "UPSTREAM_CLUSTER")}} {
					cfg := config(formats...)
					dialect := c.name
					switch i {
					case 0:
						cfg.Format = "auto"
					case 2, 3:
						dialect = map[bool]string{true: "json", false: "text"}[strings.HasPrefix(own, "{")]
					}
					got := formattest.Explain(t, cfg, capture(t, dir+c.file))
					assert.Empty(t, rejects(got))
					compare(t, dir+c.file, got, viewsOf(t, got, want, c.keys), time.Millisecond, func(i int, w, g *explain.Record) {
						serviceTime(t, got[i], w)
						if c.file == "istio_text" {
							textOnly(w, g)
							if g.Attributes["proxy.ambiguous"] == true {
								// Six texts in quotes have five quote blank quote between them, and one that is not.
								assert.Greater(t, strings.Count(got[i].Text, `" "`), 4, got[i].Text)
								w.Attributes["proxy.ambiguous"] = true
							}
						}
					})
					for _, g := range got {
						require.Equal(t, dialect, g.Dialect, g.Text)
					}
					if i == 0 {
						first = got
					} else if diff := cmp.Diff(records(first), records(got)); diff != "" {
						t.Errorf("other than with auto: %s", diff)
					}
				}
			})
		}
	}
}

func records(lines []explain.Line) []*explain.Record {
	var out []*explain.Record
	for _, l := range lines {
		out = append(out, l.Record)
	}
	return out
}

// TestKnownSpellings reads the captures of users' own maps without being told their directives: the keys are in the table
// of spellings, so the records are those of the directive, but for what a start_time of a known format cannot tell.
func TestKnownSpellings(t *testing.T) {
	for file, c := range map[string]struct {
		directive string
		lines     int
	}{
		"ext_json": {"ext_json", 632}, "tcp/ext_json": {"ext_json", 395}, "periodic/ext_json": {"ext_json", 119},
		"listener_json": {"listener_json", 75}, "periodic/upstream_json": {"periodic/upstream_json", 115}, "udp_json": {"udp_json", 33},
	} {
		t.Run(file, func(t *testing.T) {
			auto := config()
			auto.Format = "auto"
			got := formattest.Explain(t, auto, capture(t, file))
			require.Len(t, got, c.lines)
			compare(t, file, got, events(t, file+".log"), time.Microsecond, nil)
			told := formattest.Explain(t, config(directive(t, c.directive)), capture(t, file))
			if diff := cmp.Diff(records(told), records(got)); diff != "" {
				t.Errorf("other than with the directive: %s", diff)
			}
			for i := range got {
				assert.Equal(t, "common_json", got[i].Dialect)
				// The fields bear the keys of the line, not those of the table.
				want, have := map[string]bool{}, map[string]bool{}
				var all map[string]any
				require.NoError(t, json.Unmarshal([]byte(got[i].Text), &all))
				for k := range all {
					want[k] = true
				}
				for _, f := range got[i].Fields {
					have[f.Code] = true
				}
				require.Equal(t, want, have)
			}
		})
	}
}

// TestUpstreamText reads an upstream log in a format that does not log the type of its lines.
func TestUpstreamText(t *testing.T) {
	want := events(t, "periodic/upstream_json.log")
	require.Len(t, want, 115)
	for _, name := range []string{"auto", "envoy"} {
		cfg := config()
		cfg.Format = name
		got := formattest.Explain(t, cfg, capture(t, "periodic/upstream_istio_text"))
		views := viewsOf(t, got, want, append([]string{"type"}, gdcKeys...))
		compare(t, "upstream_istio_text", got, views, time.Millisecond, func(i int, w, _ *explain.Record) {
			delete(w.Attributes, "envoy.access_log_type")
			serviceTime(t, got[i], w)
			if i == 0 {
				// Without a status, and with nothing before it, the line could be of a downstream log as well.
				for _, d := range []string{"bytes_sent", "bytes_received"} {
					delete(w.Attributes, "proxy.upstream."+d)
					w.Attributes["proxy.client."+d] = int64(0)
				}
			}
		})
	}
}

// TestCustomText reads a user's text format; its path is cut after 64 bytes, and what it cannot hold is told from the
// right.
func TestCustomText(t *testing.T) {
	for _, dir := range folders {
		cfg := config(directive(t, "custom_text"))
		want := events(t, dir+"ext_json.log")
		require.Len(t, want, lines[dir])
		for _, name := range []string{"envoy", "auto"} {
			cfg.Format = name
			got := formattest.Explain(t, cfg, capture(t, dir+"custom_text"))
			assert.Empty(t, rejects(got))
			views := viewsOf(t, got, want, []string{
				"start_time", "type", "stream_id", "protocol", "method", "status", "flags", "bytes_received", "bytes_sent", "duration_ms",
				"down_remote", "upstream_host", "request_id",
			})
			for i, e := range want {
				delete(views[i], "path")
				if p := e.text("path"); p != "" {
					views[i]["path"] = p[:min(len(p), 64)]
				}
			}
			compare(t, dir+"custom_text", got, views, time.Millisecond, func(_ int, w, g *explain.Record) {
				textOnly(w, g)
				if g.Attributes["proxy.ambiguous"] == true {
					w.Attributes["proxy.ambiguous"] = true
				}
			})
		}
	}
}

// TestTextAsJSON reads a text format that writes JSON by hand: nothing is escaped, so some lines are no JSON and some are
// not UTF-8. All of them are read all the same.
func TestTextAsJSON(t *testing.T) {
	for dir, c := range map[string]struct{ lines, broken, odd int }{"": {594, 22, 6}, "periodic/": {119, 0, 0}} {
		var want []event
		for _, e := range events(t, dir+"ext_json.log") {
			if e.text("type") != "TcpConnectionEnd" {
				want = append(want, e)
			}
		}
		require.Len(t, want, c.lines)
		for _, formats := range [][]string{{directive(t, "text_as_json")}, {"default_json", "common_json", directive(t, "text_as_json"), "default"}} {
			got := formattest.Explain(t, config(formats...), capture(t, dir+"text_as_json"))
			require.Len(t, got, c.lines)
			broken := 0
			for i, e := range want {
				require.Nil(t, got[i].Error, "%s: %+v", got[i].Text, got[i].Error)
				if !json.Valid([]byte(got[i].Text)) {
					broken++
				}
				start, err := time.Parse(time.RFC3339Nano, e.text("start_time"))
				require.NoError(t, err)
				for code, w := range map[string]string{
					"%START_TIME%": start.Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z"), "%REQ(:METHOD)%": e.text("method"),
					"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%": e.path(), "%RESPONSE_CODE%": e.text("status"), "%REQ(USER-AGENT)%": e.text("user_agent"),
					"%BYTES_SENT%": e.text("bytes_sent"), "%REQ(X-REQUEST-ID)%": e.text("request_id"),
				} {
					raw := rawOf(got[i], code)
					if raw == "-" {
						raw = ""
					}
					assert.True(t, sameText(raw, w), "%s: %s = %q, want %q", describe("text_as_json", i), code, raw, w)
				}
			}
			assert.Equal(t, c.broken, broken)
		}
	}
}

// TestCommonJSON reads objects whose keys are a guess: what does not fit is kept as it is, and nothing is taken that other
// programs may log.
func TestCommonJSON(t *testing.T) {
	const head = `{"start_time":"2026-11-21T23:51:58.578Z","method":"GET","path":"/p",`
	a := one(t, config(), head+`"status":"teapot","response_code":200,"duration":"fast","duration_ms":7,"flags":"UF,XY,UF,DC","upstream_host":"192.0.2.1:80",`+
		`"bytes_sent":1,"request_id":"1","x_request_id":"2","orig_path":"/o?x","resource":{"a":1},"new":true}`).Attributes
	for k, v := range map[string]any{
		"envoy.status": "teapot", "envoy.response_code": int64(200), "envoy.duration": "fast", "envoy.duration_ms": int64(7), "proxy.request.id": "1", "envoy.x_request_id": "2",
		"url.path": "/o", "url.query": "x", "envoy.rewritten_path": "/p", "envoy.response_flags": []any{"DC", "UF", "XY"}, "proxy.client.bytes_received": int64(1),
		"envoy.resource": `{"a":1}`, "envoy.new": true, "error.type": "UF", "proxy.upstream.address": "192.0.2.1", "proxy.upstream.port": int64(80),
	} {
		assert.Equal(t, v, a[k], k)
	}
	for _, line := range []string{
		head + `"status":200,"user_agent":"x","bytes_sent":1,"scheme":"http"}`,                      // of another program
		`{"method":"GET","path":"/p","status":200,"flags":"-","bytes_sent":1,"upstream_host":null}`, // no start
		`{"start_time":null,"method":"GET","path":"/p","status":200,"flags":"-","bytes_sent":1}`,    // likewise
		`{"start_time":"2026-11-21T23:51:58.578Z","flags":"-","status":1}`,                          // too few
		head + `"flags":"-","status":1,"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}`,                        // more unknown ones
	} {
		got := formattest.Explain(t, config(), []byte(line))
		require.NotNil(t, got[0].Error, line)
		assert.Equal(t, "unrecognized", got[0].Error.Reason)
	}
	got := formattest.Explain(t, config(), []byte(head+`"status":200,"flags":"-","start_time":"soon"}`))
	require.NotNil(t, got[0].Error)
	assert.Equal(t, []any{"bad_value", "start_time"}, []any{got[0].Error.Reason, got[0].Error.Field})
}

// TestConfigurations compiles formats as they stand in configurations.
func TestConfigurations(t *testing.T) {
	for _, format := range []string{
		`{"log_format":{"text_format_source":{"inline_string":"[%START_TIME%] %RESPONSE_CODE% %DURATION%\n"}}}`,
		`{"text_format":"[%START_TIME%] %RESPONSE_CODE% %DURATION%"}`,
		"# the short one\n[%START_TIME%] %RESPONSE_CODE% %DURATION%\n",
	} {
		r := one(t, config(format), "[2026-11-21T23:51:58.578Z] 204 15")
		assert.Equal(t, int64(204), r.Attributes["http.response.status_code"])
		assert.InDelta(t, 0.015, r.Attributes["proxy.duration"], 1e-9)
	}
	// An empty variable beside a command makes a text of its number.
	r := one(t, config(`{"json_format":{"t":"%START_TIME%%ENVIRONMENT(NONE)%","c":"%ENVIRONMENT(NONE)%%RESPONSE_CODE%","e":"%ENVIRONMENT(POD)%"}}`), `{"c":"204","e":"p","t":"2026-11-21T23:51:58.578Z"}`)
	assert.Equal(t, int64(204), r.Attributes["http.response.status_code"])
	assert.Equal(t, "p", r.Attributes["envoy.e"])
	// Left out values leave few keys.
	const omits = `{"json_format":{"t":"%START_TIME%","c":"%RESPONSE_CODE%","a":"%REQ(A)%","b":"%REQ(B)%","d":"%REQ(D)%","e":"%REQ(E)%","f":"%REQ(F)%","g":"%REQ(G)%"},"omit_empty_values":true}`
	r = one(t, config(omits), `{"c":503,"t":"2026-11-21T23:51:58.578Z"}`)
	assert.Equal(t, "503", r.Attributes["error.type"])
}

// TestUpstreamJSON tells lines of an upstream log from those of a downstream log in one stream.
func TestUpstreamJSON(t *testing.T) {
	line := func(members string) string {
		return `{"start_time":"2026-11-21T23:51:58.578Z","method":"GET","path":"/p","protocol":"HTTP/1.1","duration":5,"bytes_sent":10,"bytes_received":20,"response_flags":"-",` +
			`"upstream_host":"192.0.2.1:80","upstream_cluster":"c",` + members + `}`
	}
	before := line(`"response_code":0,"response_code_details":null`)
	upstream := line(`"response_code":200,"response_code_details":null`)
	downstream := line(`"response_code":200,"response_code_details":"via_upstream"`)
	var got []string
	for _, l := range formattest.Explain(t, config(), []byte(strings.Join([]string{before, upstream, before, downstream, before, downstream}, "\n"))) {
		require.Nil(t, l.Error)
		side := "client"
		if l.Record.Attributes["proxy.upstream.bytes_sent"] == int64(20) {
			side = "upstream"
		}
		got = append(got, strings.TrimPrefix(l.Record.Event, "proxy.")+" "+side)
	}
	assert.Equal(t, []string{
		"session.progress client", "session.progress upstream", "session.progress upstream", "request.end client", "session.progress client", "request.end client",
	}, got)
}
