// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// values are the values of a line's fields in order, null for a missing one.
func values(g explain.Line) []string {
	var out []string
	for _, f := range g.Fields {
		v := "null"
		if f.Raw != nil {
			v = *f.Raw
		}
		out = append(out, v)
	}
	return out
}

func isAmbiguous(g explain.Line) bool { return g.Record.Attributes["proxy.ambiguous"] == true }

// TestBuiltins reads lines of every version and with whatever a client may send, without being told the format.
func TestBuiltins(t *testing.T) {
	for _, c := range []struct {
		name, line, dialect string
		ambiguous           bool
		want                []string
	}{
		{
			"common", `127.0.0.5 - - [21/Nov/2026:23:49:10 +0000] "GET http://h/p HTTP/1.1" 200 258 TCP_MISS:HIER_DIRECT`, "common", false,
			[]string{"127.0.0.5", "null", "null", "21/Nov/2026:23:49:10 +0000", "GET", "http://h/p", "1.1", "200", "258", "TCP_MISS", "HIER_DIRECT"},
		},
		{
			"common of 3.1", `10.0.0.9 - - [21/Nov/2026:23:49:10 +0000] "NONE error:invalid-request NONE/0.0" 400 3372 NONE:NONE`, "common", false,
			[]string{"10.0.0.9", "null", "null", "21/Nov/2026:23:49:10 +0000", "NONE", "error:invalid-request", "0.0", "400", "3372", "NONE", "NONE"},
		},
		{
			"common of 4", `2001:db8::7 - - [21/Nov/2026:23:49:10 +0000] "- error:transaction-end-before-headers HTTP/0.0" 0 0 TAG_NONE:HIER_NONE`, "common", false,
			[]string{"2001:db8::7", "null", "null", "21/Nov/2026:23:49:10 +0000", "null", "error:transaction-end-before-headers", "0.0", "0", "0", "TAG_NONE", "HIER_NONE"},
		},
		{
			"a zone west of Greenwich with a fraction", `10.0.0.9 - - [21/Nov/2026:20:19:10 -03-30] "GET / HTTP/1.0" 200 1 TCP_HIT:HIER_NONE`, "common", false,
			[]string{"10.0.0.9", "null", "null", "21/Nov/2026:20:19:10 -03-30", "GET", "/", "1.0", "200", "1", "TCP_HIT", "HIER_NONE"},
		},
		{
			"names with blanks", `10.0.0.9 - joe von %5bX%5d caf%c3%a9 [21/Nov/2026:23:49:10 +0000] "GET / HTTP/1.0" 200 1 TCP_HIT:HIER_NONE`, "common", false,
			[]string{"10.0.0.9", "null", "joe von [X] café", "21/Nov/2026:23:49:10 +0000", "GET", "/", "1.0", "200", "1", "TCP_HIT", "HIER_NONE"},
		},
		{
			"ident with a blank, no user", `10.0.0.9 pc user - [21/Nov/2026:23:49:10 +0000] "GET / HTTP/1.0" 200 1 TCP_HIT:HIER_NONE`, "common", true,
			[]string{"10.0.0.9", "pc user", "null", "21/Nov/2026:23:49:10 +0000", "GET", "/", "1.0", "200", "1", "TCP_HIT", "HIER_NONE"},
		},
		{
			"two names with blanks", `10.0.0.9 a b c [21/Nov/2026:23:49:10 +0000] "GET / HTTP/1.0" 200 1 TCP_HIT:HIER_NONE`, "common", true,
			[]string{"10.0.0.9", "a", "b c", "21/Nov/2026:23:49:10 +0000", "GET", "/", "1.0", "200", "1", "TCP_HIT", "HIER_NONE"},
		},
		{
			"a URL with blanks and quotes", `10.0.0.9 - - [21/Nov/2026:23:49:10 +0000] "GET http://h/a "b" c HTTP/1.1" 200 1 TCP_MISS:HIER_DIRECT`, "common", false,
			[]string{"10.0.0.9", "null", "null", "21/Nov/2026:23:49:10 +0000", "GET", `http://h/a "b" c`, "1.1", "200", "1", "TCP_MISS", "HIER_DIRECT"},
		},
		{
			"combined", `127.0.0.2 - joe [21/Nov/2026:23:49:10 +0000] "GET http://h/p HTTP/1.1" 200 258 "http://ref.example/sp ace"q"" "we"ird [ua] 100% \ x" TCP_MISS:HIER_DIRECT`, "combined", false,
			[]string{"127.0.0.2", "null", "joe", "21/Nov/2026:23:49:10 +0000", "GET", "http://h/p", "1.1", "200", "258", `http://ref.example/sp ace"q"`, `we"ird [ua] 100% \ x`, "TCP_MISS", "HIER_DIRECT"},
		},
		{
			"combined of 3.1", `127.0.0.2 - - [21/Nov/2026:23:49:10 +0000] "GET http://h/p HTTP/1.1" 200 258 "-" "x" TCP_MISS:DIRECT`, "combined", false,
			[]string{"127.0.0.2", "null", "null", "21/Nov/2026:23:49:10 +0000", "GET", "http://h/p", "1.1", "200", "258", "null", "x", "TCP_MISS", "DIRECT"},
		},
		{
			"a User-Agent that looks like the end of the line", `127.0.0.2 - - [21/Nov/2026:23:49:10 +0000] "GET http://h/p HTTP/1.1" 200 258 "-" "x" TCP_DENIED:HIER_NONE" TCP_MISS:HIER_DIRECT`, "combined", false,
			[]string{"127.0.0.2", "null", "null", "21/Nov/2026:23:49:10 +0000", "GET", "http://h/p", "1.1", "200", "258", "null", `x" TCP_DENIED:HIER_NONE`, "TCP_MISS", "HIER_DIRECT"},
		},
		{
			"a User-Agent with the quotes between", `127.0.0.2 - - [21/Nov/2026:23:49:10 +0000] "GET http://h/p HTTP/1.1" 200 258 "-" "x" "y" TCP_MISS:HIER_DIRECT`, "combined", true,
			[]string{"127.0.0.2", "null", "null", "21/Nov/2026:23:49:10 +0000", "GET", "http://h/p", "1.1", "200", "258", "null", `x" "y`, "TCP_MISS", "HIER_DIRECT"},
		},
		{
			"a User-Agent that looks like the rest", `127.0.0.2 - - [21/Nov/2026:23:49:10 +0000] "GET http://h/p HTTP/1.1" 403 258 "-" "x HTTP/1.1" 200 1 "-" "y" TCP_DENIED:HIER_NONE`, "combined", true,
			[]string{"127.0.0.2", "null", "null", "21/Nov/2026:23:49:10 +0000", "GET", "http://h/p", "1.1", "403", "258", "null", `x HTTP/1.1" 200 1 "-" "y`, "TCP_DENIED", "HIER_NONE"},
		},
		{
			"combined with headers", `127.0.0.2 - - [21/Nov/2026:23:49:10 +0000] "GET http://h/p HTTP/1.1" 200 258 "-" "a] [b" TCP_MISS:HIER_DIRECT [Host: h\r\n] [-]`, "combined", false,
			[]string{"127.0.0.2", "null", "null", "21/Nov/2026:23:49:10 +0000", "GET", "http://h/p", "1.1", "200", "258", "null", "a] [b", "TCP_MISS", "HIER_DIRECT"},
		},
		{
			"referrer", `1795304950.171 127.0.0.6 http://ref.example/sp ace"q" http://127.0.0.1:19201/d`, "referrer", false,
			[]string{"1795304950", "171", "127.0.0.6", `http://ref.example/sp ace"q"`, "http://127.0.0.1:19201/d"},
		},
		{"referrer, none", `1795304950.171 127.0.0.6 - http://h/a b`, "referrer", false, []string{"1795304950", "171", "127.0.0.6", "null", "http://h/a b"}},
		{"referrer, a tunnel", `1795304950.007 2001:db8::6 x [2001:db8::1]:443`, "referrer", false, []string{"1795304950", "7", "2001:db8::6", "x", "[2001:db8::1]:443"}},
		{"referrer, no request", `1795304950.171 127.0.0.6 - error:invalid-request`, "referrer", false, []string{"1795304950", "171", "127.0.0.6", "null", "error:invalid-request"}},
		{"referrer with a second URL", `1795304950.171 127.0.0.6 http://a http://b http://c`, "referrer", true, []string{"1795304950", "171", "127.0.0.6", "http://a", "http://b http://c"}},
		{"useragent", `127.0.0.2 [21/Nov/2026:23:49:10 +0000] "we"ird [ua] 100% \ x"`, "useragent", false, []string{"127.0.0.2", "21/Nov/2026:23:49:10 +0000", `we"ird [ua] 100% \ x`}},
		{"useragent, none", `::1 [21/Nov/2026:20:19:10 -03-30] "-"`, "useragent", false, []string{"::1", "21/Nov/2026:20:19:10 -03-30", "null"}},
		{
			"icap_squid of 3.1", `1795304950.095      3 - ICAP_OPT/200 107 OPTIONS icap://h:1344/r - -/127.0.0.1 -`, "icap_squid", false,
			[]string{"1795304950", "95", "3", "null", "ICAP_OPT", "200", "107", "OPTIONS", "icap://h:1344/r", "null", "127.0.0.1"},
		},
		{
			"squid of 3.1", `1795304950.095      0 10.0.0.9 NONE/400 3372 NONE error:invalid-request - NONE/- text/html`, "squid", false,
			[]string{"1795304950", "95", "0", "10.0.0.9", "NONE", "400", "3372", "NONE", "error:invalid-request", "null", "NONE", "null", "text/html"},
		},
		{
			"squid of 4", `1795304950.095      0 10.0.0.9 TAG_NONE/503 0 CONNECT h:443 - HIER_NONE/- -`, "squid", false,
			[]string{"1795304950", "95", "0", "10.0.0.9", "TAG_NONE", "503", "0", "CONNECT", "h:443", "null", "HIER_NONE", "null", "null"},
		},
		{
			"squid, a URL with blanks and no user, or one that ends so", `1795304950.095      4 10.0.0.9 TCP_MISS/200 1 GET http://h/a b - HIER_NONE/- text/html`, "squid", true,
			[]string{"1795304950", "95", "4", "10.0.0.9", "TCP_MISS", "200", "1", "GET", "http://h/a b", "null", "HIER_NONE", "null", "text/html"},
		},
		{
			"squid, more than eleven days", `1795304950.095 987654321 10.0.0.9 TCP_TUNNEL/200 0 CONNECT h:443 - HIER_DIRECT/192.0.2.1 -`, "squid", false,
			[]string{"1795304950", "95", "987654321", "10.0.0.9", "TCP_TUNNEL", "200", "0", "CONNECT", "h:443", "null", "HIER_DIRECT", "192.0.2.1", "null"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := formattest.Explain(t, auto(), []byte(c.line))[0]
			for name, cfg := range configs(c.dialect, c.dialect) {
				g := formattest.Explain(t, cfg, []byte(c.line))[0]
				if g.Error != nil {
					t.Fatalf("%s: %+v", name, *g.Error)
				}
				if diff := cmp.Diff(c.want, values(g)); diff != "" || g.Dialect != c.dialect || isAmbiguous(g) != c.ambiguous {
					t.Errorf("%s: %s, ambiguous %v (-want +got):\n%s", name, g.Dialect, isAmbiguous(g), diff)
				}
				if diff := cmp.Diff(want.Record, g.Record); diff != "" {
					t.Errorf("%s (-auto +named):\n%s", name, diff)
				}
			}
		})
	}
}

// TestIdent reads the definition of Squid 7, which has no ident, under the built-in's name and as it stands in squid.conf.
func TestIdent(t *testing.T) {
	line := `127.0.0.2 - joe "x" [21/Nov/2026:23:49:10 +0000] "GET http://h/a b HTTP/1.1" 200 258 "-" "we"ird" TCP_MISS:HIER_DIRECT`
	definition := `logformat combined %>a - %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh`
	named := formattest.Explain(t, config("combined"), []byte(line))[0]
	got := formattest.Explain(t, config(definition), []byte(line))[0]
	if diff := cmp.Diff(named.Record, got.Record); diff != "" || len(got.Fields) != len(named.Fields)-1 {
		t.Errorf("%d fields (-named +definition):\n%s", len(got.Fields), diff)
	}
	if got.Record.Attributes["user.name"] != `joe "x"` || got.Record.Attributes["user_agent.original"] != `we"ird` {
		t.Errorf("attributes %v", got.Record.Attributes)
	}
}

// TestPropertyCombined prints combined as Squid does, with any bytes in the two headers and blanks in the user: each line
// is read, and where it is read as something else than was printed, it says that it is ambiguous.
func TestPropertyCombined(tt *testing.T) {
	text := func(alphabet string) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			if rapid.Bool().Draw(t, "missing") {
				return "-"
			}
			return string(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]byte(alphabet)), rapid.ByteRange(' ', '~')), 1, 40).Draw(t, "text"))
		})
	}
	url := rapid.StringMatching(`http://h/[!-~]{0,20}`)
	hostile := rapid.SampledFrom([]string{"", "", "", `" "`, ` HTTP/1.1" 200 1 "-" "`, `" TCP_MISS:HIER_DIRECT`, ` - [`, `] [`, `"`})
	rapid.Check(tt, func(t *rapid.T) {
		escape := strings.NewReplacer(`\`, `\\`, "%", "%25", "[", "%5b", "]", "%5d")
		user := text("ab -").Draw(t, "user")
		want := []string{url.Draw(t, "url"), text(`" x`).Draw(t, "referer") + hostile.Draw(t, "tail"), text(`" x`).Draw(t, "agent") + hostile.Draw(t, "tail")}
		line := fmt.Sprintf(`10.0.0.1 - %s [21/Nov/2026:23:49:10 +0000] "GET %s HTTP/1.1" 200 5 "%s" "%s" TCP_MISS:HIER_DIRECT`,
			escape.Replace(user), want[0], want[1], want[2])
		g := formattest.Explain(tt, config("combined"), []byte(line))[0]
		if g.Error != nil {
			t.Fatalf("%+v: %s", *g.Error, line)
		}
		v := values(g)
		got := []string{v[5], v[9], v[10]}
		for i := range got {
			if got[i] == "null" {
				got[i] = "-"
			}
		}
		if v[2] == "null" {
			v[2] = "-"
		}
		if diff := cmp.Diff(want, got); (diff != "" || v[2] != user) && !isAmbiguous(g) {
			t.Fatalf("%s\nuser %q (-want +got):\n%s", line, v[2], diff)
		}
	})
}

// TestReferrerOfJunk reads lines of clients that sent no URL, where the configuration names referrer. Where the format is
// guessed such a line may be anybody's.
func TestReferrerOfJunk(t *testing.T) {
	for _, c := range []struct {
		line      string
		want      []string
		ambiguous bool
	}{
		{`1795371646.825 127.0.0.1 - %22x%22 http://h/`, []string{"1795371646", "825", "127.0.0.1", "null", "%22x%22 http://h/"}, true},
		{`1795371651.638 127.0.0.1 - - http://h/`, []string{"1795371651", "638", "127.0.0.1", "null", "- http://h/"}, true},
		{`1795371662.086 127.0.0.1 - %22xy%22z`, []string{"1795371662", "86", "127.0.0.1", "null", "%22xy%22z"}, false},
	} {
		g := formattest.Explain(t, config("referrer"), []byte(c.line))[0]
		if g.Error != nil {
			t.Errorf("%s: %+v", c.line, *g.Error)
			continue
		}
		if diff := cmp.Diff(c.want, values(g)); diff != "" || isAmbiguous(g) != c.ambiguous {
			t.Errorf("ambiguous %v (-want +got):\n%s", isAmbiguous(g), diff)
		}
		if g := formattest.Explain(t, auto(), []byte(c.line))[0]; g.Error == nil {
			t.Errorf("%s is guessed to be of %s", c.line, g.Dialect)
		}
	}
}

// TestGuessedBuiltins: other servers' lines with a time and an address are not taken for referrer's or useragent's, where
// nobody says that these are expected. In a source that has lines of theirs an odd one is read too.
func TestGuessedBuiltins(t *testing.T) {
	const referrer = "1795371651.638 127.0.0.1 http://ref.example/a http://h/"
	const useragent = `127.0.0.1 [21/Nov/2026:23:49:10 +0000] "curl/8.5.0"`
	for _, c := range []struct{ sure, odd, dialect string }{
		{referrer, "1795371651.638 192.0.2.1 GET /index.html HTTP/1.1 200 612", "referrer"},
		{referrer, "1795371651.638 192.0.2.1 GET http://h/index.html 200", "referrer"},
		{referrer, "1795371651.638 192.0.2.1 example.com /index.html", "referrer"},
		{referrer, "1795371651.638 192.0.2.1 connected to: db:5432", "referrer"},
		{referrer, "1795371651.638 192.0.2.1 - /index.html", "referrer"},
		{"1795371651.638 127.0.0.1 - example.com:443", "1795371651.638 0.004 192.0.2.1 GET /index.html", "referrer"},
		{"1795371651.638 127.0.0.1 - error:invalid-request", "1795371651.638 192.0.2.1 > 10.0.0.1: icmp", "referrer"},
		{useragent, `192.0.2.1 [21/Nov/2026:23:49:10 +0000] "GET / HTTP/1.1"`, "useragent"},
		{useragent, `192.0.2.1 [21/Nov/2026:23:49:10 +0000] "GET / HTTP/1.1" 200 15 "-" "x"`, "useragent"},
	} {
		for _, cfg := range []decode.Config{config(), auto()} {
			if g := formattest.Explain(t, cfg, []byte(c.odd))[0]; g.Error == nil {
				t.Errorf("%s: %+v", c.odd, g)
			}
			for _, g := range formattest.Explain(t, cfg, []byte(c.sure+"\n"+c.odd)) {
				if g.Error != nil || g.Dialect != c.dialect {
					t.Errorf("%s: %+v", g.Text, g)
				}
			}
		}
		if g := formattest.Explain(t, config(c.dialect), []byte(c.odd))[0]; g.Error != nil {
			t.Errorf("%s: %+v", c.odd, *g.Error)
		}
	}
}
