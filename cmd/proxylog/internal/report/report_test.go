// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/report"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
)

// records makes logs of records; each is an event name and attributes.
type rec struct {
	event string
	attrs map[string]any
	body  string
}

func logs(t *testing.T, encoding string, list ...rec) plog.Logs {
	t.Helper()
	out := plog.NewLogs()
	sl := out.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	sl.Scope().Attributes().PutStr("encoding.format", encoding)
	for _, r := range list {
		lr := sl.LogRecords().AppendEmpty()
		lr.SetEventName(r.event)
		if err := lr.Attributes().FromRaw(r.attrs); err != nil {
			t.Fatal(err)
		}
		lr.SetTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 11, 21, 23, 50, 0, 0, time.UTC)))
		if r.body != "" {
			lr.Body().SetStr(r.body)
		}
	}
	return out
}

func session(start string, more map[string]any) rec {
	attrs := map[string]any{
		"proxy.type": "g3proxy", "proxy.start_time": start, "proxy.duration": 2.5,
		"client.address": "192.0.2.1", "client.port": 4711, "server.address": "example.net", "server.port": 443,
		"proxy.client.bytes_sent": 1200, "proxy.client.bytes_received": 34000, "proxy.outcome": "success",
		"proxy.ended_by": "client", "proxy.session.parts": 4, "proxy.session.complete": true,
	}
	for k, v := range more {
		if v == nil {
			delete(attrs, k)
			continue
		}
		attrs[k] = v
	}
	return rec{"proxy.session.end", attrs, ""}
}

func printed(r *report.Report, width int) string {
	var b bytes.Buffer
	r.Print(&b, report.Layout{Width: width, Location: time.UTC, More: "--all prints them"})
	return b.String()
}

func want(t *testing.T, want, got string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, got)
	}
}

func TestPrint(t *testing.T) {
	r := report.New(3)
	r.Add(logs(t, "proxylog.g3proxy.rfc5424",
		session("2026-11-21T23:45:03.000000000Z", map[string]any{
			"proxy.outcome": "failure", "error.type": "UpstreamNotConnected", "proxy.ended_by": "upstream",
			"proxy.duration": 0.0123, "http.response.status_code": 504,
		}),
		session("2026-11-21T23:45:02.000000000Z", nil),
		session("2026-11-21T23:45:04.000000000Z", map[string]any{
			"proxy.session.complete": false, "proxy.session.close_reason": "shutdown", "client.address": "2001:db8::7",
			"proxy.duration": nil, "proxy.client.bytes_sent": nil, "proxy.outcome": "unknown",
		}),
		session("2026-11-21T23:45:05.000000000Z", nil),
		rec{"proxy.dns.error", map[string]any{"proxy.type": "g3proxy"}, ""},
	))
	r.Add(logs(t, "proxylog.haproxy.httplog",
		rec{"proxy.request.end", map[string]any{
			"proxy.type": "haproxy", "proxy.start_time": "2026-11-20T01:00:00.000000000Z", "proxy.duration": 90.0,
			"client.address": "192.0.2.9", "proxy.upstream.name": "app/s1", "url.path": "/a/very/long/path/that/does/not/fit/into/the/table/at/all",
			"http.response.status_code": 200, "proxy.client.bytes_received": 512, "proxy.outcome": "success",
		}, ""},
		rec{"proxy.request.end", map[string]any{
			"proxy.type": "haproxy", "proxy.start_time": "2026-11-21T01:00:00.000000000Z", "proxy.duration": 0.0,
			"proxy.outcome": "failure", "error.type": "503", "http.response.status_code": 503, "proxy.client.bytes_received": 0,
		}, ""},
		rec{"proxy.connection.error", map[string]any{"proxy.type": "haproxy"}, ""},
		rec{"proxy.connection.error", map[string]any{"proxy.type": "haproxy"}, ""},
	))
	r.Add(logs(t, "proxylog.haproxy.rejected",
		rec{"", map[string]any{"proxylog.error.type": "truncated", "log.file.name": "lb.log"}, "<134>Nov 21 \x1b[31m" + strings.Repeat("x", 200)},
		rec{"", map[string]any{"proxylog.error.type": "mismatch"}, "other"},
		rec{"", map[string]any{"proxylog.error.type": "truncated", "log.file.name": "lb.log"}, "third"},
	))
	want(t, `
g3proxy  4 sessions · 1 failed · 1 still open · clients sent 3.6 kB, received 136 kB
         2026-11-21 23:45:02 to 23:50:00 UTC · 1 DNS failure
  START      TOOK  CLIENT → SERVER                      SENT  RECVD  HOW IT ENDED              PARTS
  23:45:02  2.5 s  192.0.2.1:4711 → example.net:443   1.2 kB  34 kB  ok, by client                 4
  23:45:03  12 ms  192.0.2.1:4711 → example.net:443   1.2 kB  34 kB  504 UpstreamNotConnected      4
  23:45:04      -  2001:db8::7 → example.net:443           -  34 kB  open                          4
  … and 1 more (--all prints them)

haproxy  2 requests · 1 failed · clients received 512 B
         2026-11-20 01:00:00 to 2026-11-21 23:50:00 UTC · 2 failed connections
  START             TOOK  CLIENT → SERVER                           SENT  RECVD  HOW IT ENDED  PARTS
  11-20 01:00:00  1m 30s  192.0.2.9 → app/s1 /a/very/long/path/th…     -  512 B  200 ok            1
  11-21 01:00:00    0 ms  ?                                            -    0 B  503               1

rejected  3 lines; proxylog explain FILE shows where each stops fitting
  LINES  FORMAT   REASON     THE FIRST OF THEM
      2  haproxy  truncated  lb.log: <134>Nov 21 \x1b[31mxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      1  haproxy  mismatch   other

`, printed(r, 100))
}

// TestEarliest: the rows that are kept are the earliest, in whatever order they come, and totals count all.
func TestEarliest(t *testing.T) {
	r := report.New(2)
	for _, s := range []int{5, 3, 9, 1, 7, 1} {
		r.Add(logs(t, "proxylog.g3proxy.rfc5424", session(fmt.Sprintf("2026-11-21T23:45:%02d.000000000Z", s), nil)))
	}
	got := printed(r, 100)
	for _, part := range []string{"6 sessions", "  23:45:01 ", "… and 4 more"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is missing in\n%s", part, got)
		}
	}
	if strings.Count(got, "23:45:01 ") != 3 { // once in the heading
		t.Errorf("not the two earliest:\n%s", got)
	}
}

// TestMuteRows: what tells no more than its client takes no place from what tells more, and is printed where there is room.
func TestMuteRows(t *testing.T) {
	mute := map[string]any{"proxy.type": "squid", "proxy.start_time": "2026-11-21T23:45:00.000000000Z", "client.address": "192.0.2.1", "proxy.outcome": "unknown"}
	for limit, part := range map[int]string{
		2: "  23:45:07  2.5 s  192.0.2.1:4711 → example.net:443  1.2 kB  34 kB  ok, by client      4\n  … and 2 more",
		0: "  23:45:00      -  192.0.2.1                              -      -  unknown            1\n  23:45:06  2.5 s",
	} {
		r := report.New(limit)
		r.Add(logs(t, "proxylog.squid.combined",
			rec{"proxy.request.end", mute, ""}, session("2026-11-21T23:45:07.000000000Z", map[string]any{"proxy.type": "squid"}),
			rec{"proxy.request.end", mute, ""}, session("2026-11-21T23:45:06.000000000Z", map[string]any{"proxy.type": "squid"}),
		))
		if got := printed(r, 100); !strings.Contains(got, part) {
			t.Errorf("with limit %d, %q is missing in\n%s", limit, part, got)
		}
	}
}

func TestWidth(t *testing.T) {
	r := report.New(0)
	r.Add(logs(t, "proxylog.g3proxy.rfc5424",
		session("2026-11-21T23:45:02.000000000Z", map[string]any{
			"client.address": "2001:db8:1111:2222:3333:4444:5555:6666", "server.address": strings.Repeat("a.", 60) + "example",
			"proxy.outcome": "failure", "error.type": strings.Repeat("Long", 20), "proxy.ended_by": "upstream", "proxy.duration": 725.5,
			"proxy.client.bytes_sent": int64(178_000_000_000), "proxy.client.bytes_received": 970_000,
		})))
	r.Add(logs(t, "proxylog.unknown.rejected", rec{"", map[string]any{"proxylog.error.type": "unrecognized"}, strings.Repeat("日本", 200)}))
	for _, width := range []int{80, 90, 100, 160} {
		for line := range strings.Lines(printed(r, width)) {
			if n := screen.Columns(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%d columns instead of %d: %s", n, width, line)
			}
		}
	}
}

func TestDuration(t *testing.T) {
	for seconds, want := range map[float64]string{
		-1: "-", 0: "0 ms", 0.0004: "0.4 ms", 0.00994: "9.9 ms", 0.00996: "10 ms", 0.9994: "999 ms", 0.9996: "1.0 s",
		59.94: "59.9 s", 59.96: "1m 00s", 842.4: "14m 02s", 3599.6: "1h 00m", 11100: "3h 05m", 446400: "5d 04h",
	} {
		if got := report.Duration(seconds); got != want {
			t.Errorf("Duration(%v) = %q, want %q", seconds, got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	for want, c := range map[string]report.Counts{
		"1 file, 1 line: 1 read": {Files: 1, Lines: 1, Parsed: 1},
		"2 files, 1,234,567 lines: 1,234,560 read, 4 rejected, 2 refused, 1 blank": {
			Files: 2, Lines: 1234567, Parsed: 1234560, Rejected: 4, Refused: 2, Blank: 1,
		},
	} {
		if got := c.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTimeline(t *testing.T) {
	tl := report.NewTimeline("t1")
	part := func(event, detail string, more map[string]any) rec {
		attrs := map[string]any{
			"proxy.type": "g3proxy", "proxy.session.id": "t1", "proxy.start_time": "2026-11-21T23:49:50.250000000Z",
			"g3proxy.log_type": "Task", "g3proxy.task.event": detail, "g3proxy.task.stage": "Relaying",
		}
		for k, v := range more {
			attrs[k] = v
		}
		return rec{event, attrs, ""}
	}
	in := logs(t, "proxylog.g3proxy.rfc5424",
		part("proxy.session.end", "Finished", map[string]any{
			"proxy.duration": 7.5, "proxy.client.bytes_sent": 10, "proxy.client.bytes_received": 2000, "g3proxy.reason": "ClosedByClient",
		}),
		part("proxy.session.progress", "Periodic", map[string]any{"proxy.duration": 5.0, "proxy.client.bytes_sent": 10}),
		session("2026-11-21T23:45:02.000000000Z", map[string]any{"proxy.session.id": "t2"}),
	)
	if found := tl.Add(in, "task.log:7"); found.LogRecordCount() != 2 {
		t.Errorf("%d records of the session, want 2", found.LogRecordCount())
	}
	// Its time, to the second and so before the start, is that of the record.
	early := logs(t, "proxylog.g3proxy.rfc3164", part("proxy.session.start", "Created", nil))
	early.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).SetTimestamp(
		pcommon.NewTimestampFromTime(time.Date(2026, 11, 21, 23, 49, 50, 0, time.UTC)))
	tl.Add(early, "task.log:1")
	delta := logs(t, "proxylog.edgeone.l4_json", rec{"proxy.session.progress", map[string]any{
		"proxy.session.id": "t1", "proxy.delta.client.bytes_sent": 5,
	}, ""})
	tl.Add(delta, "entries.log:3")
	var b bytes.Buffer
	tl.Print(&b, report.Layout{Width: 100, Location: time.UTC})
	want(t, `
session t1  start 2026-11-21 23:49:50.250 UTC
    OFFSET  EVENT             STAGE                             SENT   RECVD  LINE
  +0.000 s  session.start     Created Relaying                     -       -  task.log:1
  +5.000 s  session.progress  Periodic Relaying                 10 B       -  task.log:7
  +7.500 s  session.end       Finished Relaying ClosedByClient  10 B  2.0 kB  task.log:7
  +9.750 s  session.progress                                    +5 B       -  entries.log:3

`, b.String())
}

func TestReadOTLP(t *testing.T) {
	in := logs(t, "proxylog.g3proxy.rfc5424", session("2026-11-21T23:45:02.000000000Z", nil))
	doc, err := (&plog.JSONMarshaler{}).MarshalLogs(in)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	count := func(l plog.Logs) { n += l.LogRecordCount() }
	if err := report.ReadOTLP(strings.NewReader(string(doc)+"\n"+string(doc)), count); err != nil || n != 2 {
		t.Errorf("%d records, want 2: %v", n, err)
	}
	n = 0
	err = report.ReadOTLP(strings.NewReader(string(doc)+"\n"+string(doc[:len(doc)/2])), count)
	if err == nil || !strings.Contains(err.Error(), "line 2") || n != 1 {
		t.Errorf("a document that is cut: %d records, %v", n, err)
	}
}

// TestColour: colours change nothing but colours.
func TestColour(t *testing.T) {
	r := report.New(0)
	for i, more := range []map[string]any{
		nil,
		{"proxy.outcome": "failure", "error.type": "Idle"},
		{"proxy.session.complete": false},
	} {
		r.Add(logs(t, "proxylog.g3proxy.rfc5424", session(fmt.Sprintf("2026-11-21T23:45:%02d.000000000Z", i), more)))
	}
	r.Add(logs(t, "proxylog.g3proxy.rejected", rec{"", map[string]any{"proxylog.error.type": "truncated"}, "x"}))
	var b bytes.Buffer
	r.Print(&b, report.Layout{Width: 100, Location: time.UTC, Style: screen.Style{On: true}})
	plain := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(b.String(), "")
	if plain != printed(r, 100) {
		t.Errorf("with colours\n%s\nwithout\n%s", plain, printed(r, 100))
	}
	for _, part := range []string{"\x1b[31mIdle, by client", "\x1b[32mok, by client", "\x1b[33mopen", "\x1b[31m1 failed\x1b[0m"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is missing in %q", part, b.String())
		}
	}
}
