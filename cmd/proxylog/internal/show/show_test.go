// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package show_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/show"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
)

func printed(t *testing.T, width int, lines ...string) string {
	t.Helper()
	cfg := decode.NewConfig()
	cfg.Formats.HAProxy.Timezone = "UTC"
	cfg.OnError = "drop"
	d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	e := explain.New(d, t.Name())
	var b bytes.Buffer
	p := show.Printer{W: &b, Width: width}
	for _, text := range lines {
		l := e.Read(text, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		p.Line(&l)
	}
	return b.String()
}

func want(t *testing.T, want, got string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const tcplog = "<134>Nov 21 23:43:14 lb1 haproxy[4540]: 192.0.2.7:47846 [21/Nov/2026:23:43:14.491] fnt back/s1 1/-1/80 0 CC 16/1/0/0/0 0/0"

func TestRead(t *testing.T) {
	want(t, `
line 1 · haproxy tcplog · traffic
  CODE  VALUE                     ATTRIBUTE
  %ci   192.0.2.7                 client.address
  %cp   47846                     client.port
  %t    21/Nov/2026:23:43:14.491  proxy.start_time
  %ft   fnt                       proxy.listener.name
  %b    back                      haproxy.backend.name
  %s    s1                        haproxy.server.name
  %Tw   1                         haproxy.time.queue
  %Tc   -1
  %Tt   80                        proxy.duration
  %B    0                         proxy.client.bytes_received
  %ts   CC                        haproxy.termination_state
  %ac   16                        haproxy.connections.active
  %fc   1                         haproxy.connections.frontend
  %bc   0                         haproxy.connections.backend
  %sc   0                         haproxy.connections.server
  %rc   0                         haproxy.retries
  %sq   0                         haproxy.queue.server
  %bq   0                         haproxy.queue.backend
  → proxy.session.end  2026-11-21T23:43:14.571000000Z  WARN
    network.transport    tcp
    network.type         ipv4
    proxy.duration       0.08
    proxy.ended_by       client
    proxy.outcome        unknown
    proxy.start_time     2026-11-21T23:43:14.491000000Z
    proxy.type           haproxy
    proxy.upstream.name  back/s1
    resource
    host.name            lb1
    process.pid          4540
    service.name         haproxy

`, printed(t, 100, tcplog))
}

// TestNearMiss: what fits although it is not configured, and what to configure.
func TestNearMiss(t *testing.T) {
	cfg := decode.NewConfig()
	cfg.Format, cfg.Formats.HAProxy.LogFormat = "haproxy", []string{"httplog"}
	d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	l := explain.New(d, t.Name()).Read(tcplog, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	var b bytes.Buffer
	p := show.Printer{W: &b, Width: 100}
	p.Line(&l)
	want := "\n  it fits haproxy tcplog, which is not configured: add tcplog to haproxy::log_format\n\n"
	if !strings.HasSuffix(b.String(), want) {
		t.Errorf("%q, want %q at its end", b.String(), want)
	}
	b.Reset()
	if err := l.WriteJSON(&b); err != nil || !strings.Contains(b.String(), `"fits":"haproxy tcplog","hint":"add tcplog to haproxy::log_format"`) {
		t.Errorf("%v %s", err, b.String())
	}
}

func TestRejected(t *testing.T) {
	broken := strings.Replace(tcplog, "1/-1/80", "1/-1/x", 1)
	want(t, `
line 1 · rejected: mismatch at byte 100 in %Tt; nearest is haproxy tcplog
  …haproxy[4540]: 192.0.2.7:47846 [21/Nov/2026:23:43:14.491] fnt back/s1 1/-1/x 0 CC 16/1/0/0/0 0/0
                                                                              ^ expected a number

line 2 · blank

`, printed(t, 100, broken, " "))

	// Tabs and bytes that are no text stand for more than one column; the caret stays under its byte.
	odd := strings.Replace(broken, "fnt back/s1", "f\u00e9t b\xffck/s1", 1)
	got := printed(t, 60, odd)
	lines := strings.Split(got, "\n")
	if at := strings.Index(lines[2], "^"); at < 0 || !strings.HasPrefix(string([]rune(lines[1])[at:]), "x 0 CC") {
		t.Errorf("the caret is not under the x:\n%s", got)
	}

	// Where the expectation does not fit beside the caret it stands below.
	before, _, _ := strings.Cut(tcplog, "CC")
	got = printed(t, 60, before+"?")
	lines = strings.Split(got, "\n")
	if strings.TrimSpace(lines[2]) != "^" || !strings.Contains(lines[3], "expected a termination state") {
		t.Errorf("got\n%s", got)
	}
	for _, l := range lines[1:] {
		if n := len([]rune(l)); n > 60 {
			t.Errorf("%d columns: %s", n, l)
		}
	}
}

// TestWide: long codes, values and attributes share the columns.
func TestWide(t *testing.T) {
	value, long := strings.Repeat("v", 300), strings.Repeat("c", 300)
	attribute := strings.Repeat("a", 300)
	for _, l := range []explain.Line{
		{Fields: []explain.Field{{Code: long, Raw: &value, Attribute: attribute}}},
		{Fields: []explain.Field{{Code: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", Raw: new(string)}}},
	} {
		l.Record = &explain.Record{Attributes: map[string]any{attribute: 1, "derived": value}}
		var b bytes.Buffer
		p := show.Printer{W: &b, Width: 100}
		p.Line(&l)
		for line := range strings.Lines(b.String()) {
			if n := screen.Columns(strings.TrimRight(line, "\n")); n > 100 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
		if l.Fields[0].Code != long && !strings.Contains(b.String(), l.Fields[0].Code) {
			t.Errorf("a code is cut although there is room:\n%s", b.String())
		}
	}
}

// TestSafe: what a client sent does not reach the terminal as it is.
func TestSafe(t *testing.T) {
	for _, line := range []string{
		"\x1b]0;title\x07" + tcplog,
		strings.Replace(tcplog, "back/s1", "ba\x1b[2Jck/s1", 1),
		strings.Repeat("\x1b[31m", 100),
		`[{"SessionID":"\u001b[2J"},{"x`,
		"\r\r\r\u202e\u2028",
	} {
		got := printed(t, 100, line)
		if strings.ContainsAny(got, "\x1b\r\x07\u202e\u2028") {
			t.Errorf("not safe: %q", got)
		}
	}
}
