// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// semicolons is a URL with ten of them.
func semicolons(url string) string { return url + strings.Repeat(";p=1", 10) }

// TestOddURLs reads lines of Squid 5.7 of clients that sent something else than a URL: it logs that as it is, and no line is
// lost for it. What a URL looks like still tells where the value before it ends. One with blanks before no user may also be
// shorter, which the record says.
func TestOddURLs(t *testing.T) {
	for _, c := range []struct {
		name, definition, line string
		ambiguous              bool
		want                   []string
	}{
		{
			"in quotes", `logformat x %ts.%03tu:%20<pt:"%<rp":%#>ru:{%<bs}:"%>rp"`, `1795360766.845:-:"-":%2522x%20y%2522%20z:{-}:"-"`, false,
			[]string{"1795360766", "845", "null", "null", "%22x y%22 z", "null", "null"},
		},
		{
			"filled up", `logformat x %tS %20>h{Cookie} "%{Authorization}>h" %"-10>ru %tg`, `1795360597.338 - "-" %22x%20y%22%20z 22/Nov/2026:15:16:37`, false,
			[]string{"1795360597.338", "null", "null", "%22x%20y%22%20z", "22/Nov/2026:15:16:37"},
		},
		{
			"behind another text", `logformat x %ts.%03tu %#ui %"ru %"ul %[credentials '%>st'`, `1795360419.830 - %22xy%22z - - '24'`, false,
			[]string{"1795360419", "830", "null", "%22xy%22z", "null", "null", "24"},
		},
		{
			"the end of a text with blanks", `logformat x %[{X-Icap-Odd}adapt::<last_h %#6<ru %"note{mark} %<A`, "caf%c3%a9 %e6%bc%a2 http://127.0.0.1:20143/mark/icap x%41y 127.0.0.1", false,
			[]string{"caf\u00e9 \u6f22", "http://127.0.0.1:20143/mark/icap", "x%41y", "127.0.0.1"},
		},
		{
			"four with the semicolons that part them", "logformat x %ts;%ru;%>ru;%<ru;%rp;%<st", "1795304950;" + semicolons("http://h/a") + ";" + semicolons("http://192.0.2.1:8080/b") + ";" + semicolons("h:443") + ";" + semicolons("/c") + ";7", false,
			[]string{"1795304950", semicolons("http://h/a"), semicolons("http://192.0.2.1:8080/b"), semicolons("h:443"), semicolons("/c"), "7"},
		},
		{
			"with blanks before no user, twice", `logformat x %ru %un %>Hs %ru %"ul %ts`, "http://h/a - 200 http://h/a b - 1795304950", true,
			[]string{"http://h/a", "null", "200", "http://h/a b", "null", "1795304950"},
		},
		{
			"without one before no user", `logformat x %ru %un %>Hs`, "http://h/a - 200", false,
			[]string{"http://h/a", "null", "200"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := formattest.Explain(t, config(c.definition), []byte(c.line))[0]
			if g.Error != nil {
				t.Fatalf("%+v", *g.Error)
			}
			if diff := cmp.Diff(c.want, values(g)); diff != "" || isAmbiguous(g) != c.ambiguous {
				t.Errorf("ambiguous %v (-want +got):\n%s", isAmbiguous(g), diff)
			}
		})
	}
}

// TestUnlikelyLast: a definition whose URL looks like one is asked before one that would take anything.
func TestUnlikelyLast(t *testing.T) {
	g := formattest.Explain(t, config(`logformat a %ts %[un %>ru %>Hs`, `logformat b %ts %>ru %[un %>Hs`), []byte("1795360597 http://h/a %22x 200"))[0]
	if want := []string{"1795360597", "http://h/a", `"x`, "200"}; g.Error != nil || !cmp.Equal(want, values(g)) {
		t.Errorf("%+v: %q", g.Error, values(g))
	}
}

// TestOwnFirst: one definition of a user's own is enough for lines to be looked at that begin like no built-in.
func TestOwnFirst(t *testing.T) {
	for _, list := range [][]string{{"logformat a x%rm|%ts", "squid"}, {"squid", "logformat a x%rm|%ts"}} {
		cfg := config(list...)
		cfg.Format = "auto"
		if g := formattest.Explain(t, cfg, []byte("xGET|1795304950"))[0]; g.Error != nil || g.Dialect != "a" {
			t.Errorf("%q: %+v of %s", list, g.Error, g.Dialect)
		}
	}
}

// TestEndFromStart: a definition that logs the start and the duration tells the end too.
func TestEndFromStart(t *testing.T) {
	for line, want := range map[string]string{
		"1795304950.095 1250 GET":    "2026-11-21T23:49:11.345000000Z",
		"1795304950.095 0 GET":       "2026-11-21T23:49:10.095000000Z",
		"1795304950.095 - GET":       "2026-11-21T23:49:10.095000000Z",
		"9223372035.000 9999999 GET": "2262-04-11T23:47:15.000000000Z", // an end that no 64 bits hold
	} {
		g := formattest.Explain(t, config("logformat x %tS %tr %rm"), []byte(line))[0]
		if g.Error != nil {
			t.Errorf("%s: %+v", line, *g.Error)
			continue
		}
		if r := g.Record; r.Timestamp != want {
			t.Errorf("%s: the end is %s, want %s; start %v", line, r.Timestamp, want, r.Attributes["proxy.start_time"])
		}
	}
}

// TestMissingNumbers: a time that is missing is not one of nothing, and no port is not port 0.
func TestMissingNumbers(t *testing.T) {
	lr, _ := formattest.Record(t, config("%ts %tr %>a:%>p %rm"), "1795304950 - 192.0.2.1:0 GET")
	a := lr.Attributes().AsRaw()
	for _, key := range []string{"proxy.duration", "proxy.start_time", "client.port"} {
		if v, ok := a[key]; ok {
			t.Errorf("%s = %v", key, v)
		}
	}
	if a["client.address"] != "192.0.2.1" {
		t.Errorf("client.address = %v", a["client.address"])
	}
}

// TestFractions: %tr without digits of a fraction has the microseconds behind its point as a number.
func TestFractions(t *testing.T) {
	for line, want := range map[string]float64{"1795304950 81.7 GET": 0.081007, "1795304950 81.700 GET": 0.0817, "1795304950 0.1 GET": 0.000001} {
		lr, _ := formattest.Record(t, config("%ts %.0tr %rm"), line)
		if got := lr.Attributes().AsRaw()["proxy.duration"]; got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}

// TestICAPPort: an ICAP server's port is that of the URI, or that of its scheme (RFC 3507, section 4.2; icaps as Squid has it).
func TestICAPPort(t *testing.T) {
	for uri, want := range map[string]any{
		"icap://h:99/r": int64(99), "icap://h/r": int64(1344), "icap://h:99?a=b": int64(99), "icap://h?a=b:7": int64(1344), "icap://[::1]:99/r": int64(99),
		"icaps://h/r": int64(11344), "http://h/r": nil, "icap:h": nil,
	} {
		lr, _ := formattest.Record(t, config("icap_squid"), "1795304950.095      3 127.0.0.5 ICAP_ECHO/204 107 REQMOD "+uri+" - -/127.0.0.1 -")
		if got := lr.Attributes().AsRaw()["proxy.upstream.port"]; got != want {
			t.Errorf("%s: port %v, want %v: %v", uri, got, want, lr.Attributes().AsRaw())
		}
	}
}

// TestRefused has values that are none of their code's, some of which end where a scanner would look further.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		definition, line, reason, field string
		offset                          int
	}{
		{"%tS %rm", "soon GET", "unrecognized", "%tS", 0},
		{"%tS %rm", "99999999999 GET", "unrecognized", "%tS", 0}, // later than nanoseconds of 64 bits can say
		{"%.0tS %rm", "1795304950 GET", "unrecognized", "%tS", 0},
		{"%.0tS %rm", "1795304950.1000 GET", "unrecognized", "%tS", 0},
		{"%.0tS %rm", "1795304950. GET", "unrecognized", "%tS", 0},
		{`%/tl %rm`, `"soon" GET`, "unrecognized", "%tl", 0},
		{`%/tl %rm`, `"21/Nov/2026:20:19:10 -0330 GET`, "unrecognized", "%tl", 0},
		{`%/tl %rm`, `"21/Nov/2026:20:19:10 -0330`, "unrecognized", "%tl", 0},
		{`%ts %/un`, `1 "a b`, "mismatch", "%un", 2},
		{`"%un" %ts`, `"a \" 1`, "truncated", "", 7}, // the quote is escaped
		{`%ts %>eui %rm`, "1 00:1b:44:11:3a GET", "mismatch", "%>eui", 2},
		{`%rm %ts`, "GET 1 2", "trailing", "", 5},
	} {
		g := formattest.Explain(t, config("logformat x "+c.definition), []byte(c.line))[0]
		if g.Error == nil {
			t.Errorf("%s: %s is read: %q", c.definition, c.line, values(g))
			continue
		}
		if g.Error.Reason != c.reason || g.Error.Field != c.field || g.Error.Offset != c.offset {
			t.Errorf("%s: %s: %s of %s at %d, want %s of %s at %d", c.definition, c.line, g.Error.Reason, g.Error.Field, g.Error.Offset, c.reason, c.field, c.offset)
		}
	}
}
