// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// No HAProxy from 3.1 on was at hand: what is read here follows the manual's section 8.3.5 and what HAProxy's own
// regression test of log-profile expects.

// TestProfileOfTheManual reads the lines of the manual's example: one log line with a profile and one without. The
// manual's structured data have no brackets, without which RFC 5424 knows none.
func TestProfileOfTheManual(t *testing.T) {
	cfg := file(t, `
log-profile myprof
  log-tag "custom-tag"
  on error format "%ci: error"
  on connect drop
  on any sd "[custom-sd]"
listen myproxy
  mode http
  option httplog
  log-tag "normal"
  log stdout format rfc5424 local0
  log 127.0.0.1:514 format rfc5424 profile myprof local0
`)
	const (
		success = `127.0.0.1:53594 [12/Jun/2024:10:09:11.814] myproxy myproxy/<NOSRV> 0/-1/-1/-1/0 200 49 - - LR-- 1/1/0/0/0 0/0 "GET / HTTP/1.1"`
		failure = `127.0.0.1:59258 [12/Jun/2024:10:09:44.426] myproxy myproxy/<NOSRV> -1/-1/-1/-1/384 400 0 - - CR-- 1/1/0/0/0 0/0 "<BADREQ>"`
	)
	for line, want := range map[string]struct{ dialect, kind string }{
		`<134>1 2024-06-12T10:09:11.823400+02:00 - normal 224482 - - ` + success:               {"httplog", "traffic"},
		`<134>1 2024-06-12T10:09:44.810929+02:00 - normal 224482 - - ` + failure:               {"httplog", "traffic"},
		`<134>1 2024-06-12T10:09:11.823428+02:00 - custom-tag 224482 - [custom-sd] ` + success: {"httplog", "traffic"},
		`<134>1 2024-06-12T10:09:51.566524+02:00 - custom-tag 224482 - - 127.0.0.1: error`:     {"log-profile[myprof].error", "error-format"},
	} {
		g := formattest.Explain(t, cfg, []byte(line))[0]
		if g.Record == nil || g.Dialect != want.dialect || g.Kind != want.kind {
			t.Errorf("%s: %q %q %+v, want %v", line, g.Dialect, g.Kind, g.Error, want)
			continue
		}
		if g.Record.Attributes["client.address"] != "127.0.0.1" {
			t.Errorf("%s: %v", line, g.Record.Attributes)
		}
	}
}

// TestProfileSteps: each step has its format, its structured data and the captures of the frontend whose log line names
// the profile; what it lacks is the frontend's. Lines of a frontend without a profile are not read as a profile's.
func TestProfileSteps(t *testing.T) {
	cfg := file(t, `
defaults
  mode http
  option httplog
frontend fe1
  log 127.0.0.1:514 format rfc5424 profile steps local0
  capture request header X-Id len 20
frontend fe2
  log 127.0.0.1:514 format rfc5424 profile steps local0
  capture request header X-Trace len 20
frontend fe3
  log 127.0.0.1:514 format rfc5424 local0
log-profile steps
  on accept format "in %ci:%cp %f"
  on connect format "%OG %ci:%cp %f %b/%s %hr" sd '[steps@1 id="%ID"]'
  on close sd '[end@1 st="%ST"]'
`)
	const (
		head = "<134>1 2026-11-21T23:43:20.250000+00:00 - haproxy 9 - "
		http = `10.0.0.7:5 [21/Nov/2026:23:43:20.240] NAME app/s2 5/1/2/3/7 200 193 - - --VN 21/4/3/2/0 5/6 {t-1} "GET / HTTP/1.1"`
	)
	for _, c := range []struct {
		line, dialect string
		want          map[string]any
	}{
		{"- in 10.0.0.7:5 fe1", "log-profile[steps].accept", map[string]any{"proxy.listener.name": "fe1", "client.port": int64(5)}},
		{
			`[steps@1 id="u1"] txn_connect 10.0.0.7:5 fe1 app/s2 {t-1}`, "log-profile[steps].connect",
			map[string]any{"haproxy.log_origin": "txn_connect", "haproxy.unique_id": "u1", "http.request.header.x-id": []any{"t-1"}},
		},
		{
			`[steps@1 id="u1"] txn_connect 10.0.0.7:5 fe2 app/s2 {t-1}`, "log-profile[steps].connect",
			map[string]any{"haproxy.unique_id": "u1", "http.request.header.x-trace": []any{"t-1"}, "http.request.header.x-id": nil},
		},
		{
			`[end@1 st="200"] ` + strings.Replace(http, "NAME", "fe2", 1), "httplog",
			map[string]any{"http.response.status_code": int64(200), "haproxy.structured_data": nil, "http.request.header.x-trace": []any{"t-1"}},
		},
		{
			`- ` + strings.Replace(http, "NAME", "fe3", 1), "httplog",
			map[string]any{"haproxy.structured_data": nil, "haproxy.captured.request_headers": []any{"t-1"}},
		},
	} {
		g := formattest.Explain(t, cfg, []byte(head+c.line))[0]
		if g.Record == nil || g.Dialect != c.dialect {
			t.Errorf("%s: read as %q, %+v", c.line, g.Dialect, g.Error)
			continue
		}
		for k, want := range c.want {
			if diff := cmp.Diff(want, g.Record.Attributes[k]); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", c.line, k, diff)
			}
		}
	}
}

// TestProfileErrors wants the place of a step's format.
func TestProfileErrors(t *testing.T) {
	cfg := file(t, "frontend f\n log a profile p local0\nlog-profile p\n on close format \"%ci %nope\"\n")
	const want = "haproxy.cfg:4:18: at byte 4: no variable %nope"
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestProfileMoments: a line of an early step does not end the session, by the step that %OG prints or else by that of
// the profile; of a format that several steps have nothing is known.
func TestProfileMoments(t *testing.T) {
	cfg := file(t, `
frontend fe
  log 127.0.0.1:514 format raw profile p local0
  log-format "own %OG %ci:%cp %f %ts"
  tcp-request connection do-log profile q
backend be
  http-request do-log profile q
log-profile p
  on accept format "accept %ci:%cp %f %ts"
  on connect format "connect %ci:%cp %f %ts"
  on response format "twice %ci:%cp %f %ts"
  on close format "twice %ci:%cp %f %ts"
log-profile q
  on tcp-req-conn format "conn %ci:%cp %f"
  on http-req format "req %ci:%cp %f %HM"
`)
	for line, want := range map[string][2]string{
		"accept 10.0.0.7:5 fe --":          {"proxy.session.start", "unknown"},
		"connect 10.0.0.7:5 fe --":         {"proxy.session.progress", "unknown"},
		"connect 10.0.0.7:5 fe SC":         {"proxy.session.progress", "failure"},
		"twice 10.0.0.7:5 fe --":           {"proxy.session.end", "success"},
		"conn 10.0.0.7:5 fe":               {"proxy.session.start", "unknown"},
		"req 10.0.0.7:5 fe GET":            {"proxy.session.progress", "unknown"},
		"own txn_accept 10.0.0.7:5 fe --":  {"proxy.session.start", "unknown"},
		"own txn_request 10.0.0.7:5 fe --": {"proxy.session.progress", "unknown"},
		"own http-res 10.0.0.7:5 fe --":    {"proxy.session.progress", "unknown"},
		"own txn_close 10.0.0.7:5 fe --":   {"proxy.session.end", "success"},
	} {
		g := formattest.Explain(t, cfg, []byte(line))[0]
		if g.Record == nil {
			t.Errorf("%s: rejected: %+v", line, g.Error)
			continue
		}
		outcome, _ := g.Record.Attributes["proxy.outcome"].(string)
		if got := [2]string{g.Record.Event, outcome}; got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}
