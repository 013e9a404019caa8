// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// edgeOne is an entry of a session: its n-th minute, in which 100 bytes went one way and 1,000 the other. reason is that
// of its end, "-" as long as it is open.
func edgeOne(id string, n int, reason string) string {
	end := "-"
	if reason != "-" {
		end = fmt.Sprintf("2026-11-20T00:%02d:00Z", n)
	}
	return fmt.Sprintf(`{"ServiceID":"sid-1","ConnectTimeStamp":"2026-11-20T00:00:00Z","DisconnetTimeStamp":%q,"DisconnetReason":%q,`+
		`"ClientRealIP":"192.0.2.109","ClientRegion":"CN","EdgeIP":"203.0.113.132","ForwardProtocol":"TCP","ForwardPort":3306,`+
		`"SentBytes":100,"ReceivedBytes":1000,"LogTimeStamp":"2026-11-20T00:%02d:00Z","SessionID":%q}`+"\n", end, reason, n, id)
}

// entries are two sessions over two files: a of three entries, of which one stands there twice, b still open.
func entries(t *testing.T) []string {
	t.Helper()
	return []string{
		write(t, "second.log", edgeOne("a", 3, "up:net_exception_closed")+edgeOne("b", 1, "-")+`{"ServiceID":"sid`),
		write(t, "first.log", edgeOne("a", 1, "-")+edgeOne("a", 2, "-")+edgeOne("a", 1, "-")+"\n"),
	}
}

func TestSessions(t *testing.T) {
	o := proxylog("", append([]string{"sessions", "--timezone", "UTC"}, entries(t)...)...)
	want := `2 files, 7 lines: 5 read, 1 rejected, 1 blank

edgeone  2 sessions · 1 still open · clients sent 400 B, received 4.0 kB
         2026-11-20 00:00:00 to 00:03:00 UTC
  START       TOOK  CLIENT → SERVER                    SENT   RECVD  HOW IT ENDED     PARTS
  00:00:00  1m 00s  192.0.2.109 → 203.0.113.132:3306  100 B  1.0 kB  open                 1
  00:00:00  3m 00s  192.0.2.109 → 203.0.113.132:3306  300 B  3.0 kB  ok, by upstream      3

rejected  1 line; proxylog explain FILE shows where each stops fitting
  LINES  FORMAT   REASON     THE FIRST OF THEM
      1  edgeone  truncated  second.log: {"ServiceID":"sid

`
	if o.status != 0 || o.stderr != "" || o.stdout != want {
		t.Errorf("exit status %d, stderr %q, stdout\n%s\nwant\n%s", o.status, o.stderr, o.stdout, want)
	}
}

func TestSessionsJSON(t *testing.T) {
	o := proxylog("", append([]string{"sessions", "--json"}, entries(t)...)...)
	if o.status != 0 || o.stderr != "" {
		t.Errorf("exit status %d, stderr %q", o.status, o.stderr)
	}
	sent, rejected := map[string]float64{}, 0
	for line := range strings.Lines(o.stdout) {
		var r struct {
			Event      string
			Attributes map[string]any
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		switch r.Event {
		case "proxy.session.end":
			sent[r.Attributes["proxy.session.id"].(string)] = r.Attributes["proxy.client.bytes_sent"].(float64)
		case "":
			rejected++
		}
	}
	if fmt.Sprint(sent) != "map[a:300 b:100]" || rejected != 1 {
		t.Errorf("sessions %v, %d rejected lines", sent, rejected)
	}
}

func TestTimeline(t *testing.T) {
	o := proxylog("", append([]string{"sessions", "--timezone", "UTC", "--session", "a"}, entries(t)...)...)
	if o.status != 0 || o.stderr != "" {
		t.Errorf("exit status %d, stderr %q", o.status, o.stderr)
	}
	var got []string
	for line := range strings.Lines(o.stdout) {
		if f := strings.Fields(line); len(f) > 2 && strings.HasPrefix(f[0], "+") {
			got = append(got, f[0]+" "+f[2]+" "+f[len(f)-1][strings.LastIndexByte(f[len(f)-1], '/')+1:])
		}
	}
	want := "+60.000 session.progress first.log:1, +60.000 session.progress first.log:3, " +
		"+120.000 session.progress first.log:2, +180.000 session.end second.log:1"
	if strings.Join(got, ", ") != want {
		t.Errorf("timeline %v\nwant %s\n%s", got, want, o.stdout)
	}
	if !strings.Contains(o.stdout, "1 session · clients sent 300 B, received 3.0 kB") {
		t.Errorf("the session is missing:\n%s", o.stdout)
	}
	proxylog("", append([]string{"sessions", "--session", "zz"}, entries(t)...)...).
		check(t, 1, "", "proxylog sessions: no line of the session zz in these files\n")
}

func TestSessionsFiles(t *testing.T) {
	good := write(t, "a.log", tcplog)
	zst := write(t, "b.log.zst", "\x28\xb5\x2f\xfd")
	o := proxylog("", "sessions", "missing.log", zst, good)
	o.check(t, 1, "2 files, 1 line: 1 read\n", "proxylog sessions: missing.log: no such file\nproxylog sessions: "+zst+": is compressed with zstd")
	proxylog("", "sessions", "missing.log").check(t, 1, "", "missing.log: no such file")
	proxylog(tcplog, "sessions", "-").check(t, 0, "haproxy  1 session · clients received 512 B\n", "")
}

func TestAll(t *testing.T) {
	in := ""
	for i := range 20 {
		in += strings.Replace(tcplog, ":47846", fmt.Sprint(":", 47800+i), 1)
	}
	proxylog(in, "sessions", "-").check(t, 0, "… and 8 more (--all prints them)", "")
	o := proxylog(in, "sessions", "--all", "-")
	o.check(t, 0, "20 sessions", "")
	if n := strings.Count(o.stdout, " → back/s1 "); n != 20 {
		t.Errorf("%d rows, want 20", n)
	}
}

// TestSessionsSettings joins lines of a log-format of one's own, as --directive or --config say it, and by the rule of the
// configuration's session_stitch, however short that waits.
func TestSessionsSettings(t *testing.T) {
	const directive = `log-format "%ci:%cp conn=%[capture.req.hdr(0)] %B"`
	in := "192.0.2.7:1000 conn=blue 100\n192.0.2.7:1000 conn=blue 20\n192.0.2.8:1000 conn=red 3\n"
	proxylog(in, "sessions", "-").check(t, 0, "1 file, 3 lines: 0 read, 3 rejected\n", "")
	proxylog(in, "sessions", "--directive", directive, "-").check(t, 0, "haproxy  3 sessions · clients received 123 B\n", "")

	file := func(processors string) string {
		return write(t, "collector.yaml", "receivers:\n  proxylog: {format: haproxy, haproxy: {log_format: ['"+directive+"']}, file: {include: [x]}}\nprocessors:\n"+processors)
	}
	const key = "haproxy.field.[capture.req.hdr(0)]"
	rule := func(name string) string {
		return "  " + name + `:
    storage: file_storage
    idle_timeout: 1s
    models: {haproxy: {idle_timeout: 1ns}}
    rules:
      - {name: colours, match: 'attributes["` + key + `"] != nil', key: 'attributes["` + key + `"]', idle_timeout: 1ns, merge: {proxy.client.bytes_received: sum}}
`
	}
	o := proxylog(in, "sessions", "--json", "--config", file(rule("session_stitch")), "-")
	if o.status != 0 || o.stderr != "" {
		t.Errorf("exit status %d, stderr %q", o.status, o.stderr)
	}
	got := map[string]float64{}
	for line := range strings.Lines(o.stdout) {
		var rec struct{ Attributes map[string]any }
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			t.Fatal(err)
		}
		got[fmt.Sprint(rec.Attributes["proxy.session.id"])], _ = rec.Attributes["proxy.client.bytes_received"].(float64)
	}
	if want := map[string]float64{"blue": 120, "red": 3}; !maps.Equal(got, want) {
		t.Errorf("sessions %v, want %v\n%s", got, want, o.stdout)
	}
	proxylog(in, "sessions", "--config", file(rule("session_stitch")+rule("session_stitch/b")), "-").
		check(t, 2, "", "has processors::session_stitch and processors::session_stitch/b: leave one of them in a copy of the file")
	proxylog(in, "sessions", "--config", file("  session_stitch: {rules: [{name: x}]}\n"), "-").check(t, 1, "", "session_stitch: rules")
}
