// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestVanishing reads directives whose captured headers may not be printed at all, and not the blank beside them either,
// where that leaves the fields around them to be told apart.
func TestVanishing(t *testing.T) {
	reads(t, []fieldsOf{
		{"%ci %cp %hr%hs %ft", "192.0.2.1 1 {a}{b} fe", map[string]string{"%hr": "{a}", "%hs": "{b}", "%ft": "fe"}},
		{"%ci %cp %hr%hs %ft", "192.0.2.1 1 fe", map[string]string{"%hr": "", "%hs": "", "%ft": "fe"}},
		{"%ft %r %hr%hs %ci", "fe GET /x HTTP/1.1 {a}{b} 192.0.2.1", map[string]string{"%r": "GET /x HTTP/1.1", "%hr": "{a}", "%hs": "{b}", "%ci": "192.0.2.1"}},
		{"%ft %r %hr%hs %cp", "fe GET /x HTTP/1.1 1", map[string]string{"%r": "GET /x HTTP/1.1", "%hr": "", "%hs": "", "%cp": "1"}},
		{"%ft %r %hr %hs %ci", "fe GET /x HTTP/1.1 {a} {b} 192.0.2.1", map[string]string{"%r": "GET /x HTTP/1.1", "%hr": "{a}", "%hs": "{b}"}},
		{"%ft %r %hr %hs %ci", "fe GET /x HTTP/1.1 192.0.2.1", map[string]string{"%r": "GET /x HTTP/1.1", "%hr": "", "%hs": "", "%ci": "192.0.2.1"}},
		{"%ft %r %hr %hs %ci", "fe GET /x {a} {b} 192.0.2.1", map[string]string{"%r": "GET /x", "%hr": "{a}", "%hs": "{b}"}},
		{"%ci|%HM%{+Q}hr|%cp", "192.0.2.1|GET|1", map[string]string{"%HM": "GET", "%hr": "", "%cp": "1"}},
		{"%ci|%HM%{+Q}hr|%cp", `192.0.2.1|GET"{a}"|1`, map[string]string{"%HM": "GET", "%hr": "{a}", "%cp": "1"}},
		{"%f%hr:%cp", "fe:1", map[string]string{"%f": "fe", "%hr": "", "%cp": "1"}},
		{"%f%hr:%cp", "fe:b{a}:1", map[string]string{"%f": "fe:b", "%hr": "{a}", "%cp": "1"}},
		{"%ci|%HM|%hr", "192.0.2.1|GET|{a|b}", map[string]string{"%HM": "GET", "%hr": "{a|b}"}},
		{"%ci %hrl %hsl %hrl %hsl %cp", "192.0.2.1 1", map[string]string{"%ci": "192.0.2.1", "%cp": "1"}},
	})
}

// TestAddressBehindText reads addresses and ports behind text that has no end of its own, so that what follows the text
// is read from the right, as printed by HAProxy 2.6.
func TestAddressBehindText(t *testing.T) {
	reads(t, []fieldsOf{
		{"%r %ST %ci:%cp %Tt", "GET /a b HTTP/1.1 200 127.0.0.1:4711 12", map[string]string{"%r": "GET /a b HTTP/1.1", "%ci": "127.0.0.1", "%cp": "4711"}},
		{"%r %ST %ci:%cp %Tt", "GET / HTTP/1.1 200 ::1:4711 12", map[string]string{"%ci": "::1", "%cp": "4711"}},
		{"%r %ci:%cp", "<BADREQ> unix:1", map[string]string{"%r": "<BADREQ>", "%ci": "unix", "%cp": "1"}},
		{"%r %bi:%bp %si:%sp %ts", "GET / HTTP/1.1 127.0.0.1:33 2001:db8::1:80 --", map[string]string{"%bi": "127.0.0.1", "%bp": "33", "%si": "2001:db8::1", "%sp": "80"}},
		{"%r %{+X}ci:%{+X}cp", "GET / HTTP/1.1 7F000001:1267", map[string]string{"%ci": "127.0.0.1", "%cp": "4711"}},
		{"%si:%ID %Tt", "::1:7F000001:BB06_68E7 12", map[string]string{"%Tt": "12"}},
	})
}

// TestEmptyFirst reads lines that begin with a field that is empty, behind a header: the blank behind the field cannot be
// told from the header's.
func TestEmptyFirst(t *testing.T) {
	const head = "<134>Nov 21 23:43:14 h haproxy[1]: "
	reads(t, []fieldsOf{
		{"%HQ %Tt", head + "?a 7", map[string]string{"%HQ": "?a", "%Tt": "7"}},
		{"%HQ %Tt", head + " 7", map[string]string{"%HQ": "", "%Tt": "7"}},
		{"%HQ %Tt", " 7", map[string]string{"%HQ": "", "%Tt": "7"}},
		{"%HPO - %Tt", head + " - 7", map[string]string{"%HPO": "", "%Tt": "7"}},
		{"%HQ %Tt", "<134>1 2026-11-21T23:43:14Z h haproxy 1 - -  7", map[string]string{"%HQ": "", "%Tt": "7"}},
	})
}

// TestQuiet reads a query that is not there, without quotes between blanks: HAProxy 2.6 prints both blanks, 3.0, 3.2 and 3.4
// print one, as these lines of theirs show. What stands behind it is never taken for the query.
func TestQuiet(t *testing.T) {
	const all = "x %HQ y %{+Q}HQ z | %HQ | w %ft"
	reads(t, []fieldsOf{
		{all, `x  y "" z |  | w f0`, map[string]string{"%HQ": "", "%ft": "f0"}},
		{all, `x y "" z | | w f0`, map[string]string{"%HQ": "", "%ft": "f0"}},
		{all, `x ?q=1 y "?q=1" z | ?q=1 | w f0`, map[string]string{"%HQ": "?q=1", "%ft": "f0"}},
		{all, `x <BADREQ> y "<BADREQ>" z | <BADREQ> | w f0`, map[string]string{"%HQ": "<BADREQ>", "%ft": "f0"}},
		{"%ci %HM %HP %HQ %HV %ST", "192.0.2.1 GET /p HTTP/1.1 200", map[string]string{"%HP": "/p", "%HQ": "", "%HV": "HTTP/1.1", "%ST": "200"}},
		{"%ci %HM %HP %HQ %HV %ST", "192.0.2.1 GET /p  HTTP/1.1 200", map[string]string{"%HP": "/p", "%HQ": "", "%HV": "HTTP/1.1", "%ST": "200"}},
		{"%ci %HM %HP %HQ %HV %ST", "192.0.2.1 GET /p ?a=b?c HTTP/1.1 200", map[string]string{"%HP": "/p", "%HQ": "?a=b?c", "%HV": "HTTP/1.1"}},
		{"%HQ %r", "GET / HTTP/1.1", map[string]string{"%HQ": "", "%r": "GET / HTTP/1.1"}},
		{"%ft %HQ %r", "fe GET / HTTP/1.1", map[string]string{"%HQ": "", "%r": "GET / HTTP/1.1"}},
		{"%ft %r %HQ %ST", "fe GET / HTTP/1.1 200", map[string]string{"%r": "GET / HTTP/1.1", "%HQ": "", "%ST": "200"}},
		{"%ft %r %HQ %ST", "fe GET / HTTP/1.1  200", map[string]string{"%r": "GET / HTTP/1.1", "%HQ": "", "%ST": "200"}},
		{"%ft %r %HQ %ST", "fe GET /?a HTTP/1.1 ?a 200", map[string]string{"%r": "GET /?a HTTP/1.1", "%HQ": "?a", "%ST": "200"}},
		{"%ft %HQ %hr %HQ %cp", "fe {a} 1", map[string]string{"%HQ": "", "%hr": "{a}", "%cp": "1"}},
		{"%ft %HQ %hrl %cp", "fe 1", map[string]string{"%HQ": "", "%cp": "1"}},
	})
}

// TestTextAsTag reads a text behind a time that stands alone, in which the second word looks like a tag.
func TestTextAsTag(t *testing.T) {
	reads(t, []fieldsOf{
		{"%ci %f: %Tt", "<6>2026-11-21T23:43:14.5+00:00 192.0.2.1 fe: 7", map[string]string{"%ci": "192.0.2.1", "%f": "fe", "%Tt": "7"}},
		{"%B %T %f", "<6>2026-11-21T23:43:14.5+00:00 370 21/Nov/2026:23:43:14 +0000 fe", map[string]string{"%B": "370", "%f": "fe"}},
		{"%ci %f:%b %Tt", "2026-11-21T23:43:14.5+00:00 192.0.2.1 fe:be 7", map[string]string{"%ci": "192.0.2.1", "%f": "fe", "%b": "be"}},
	})
}

// TestLayout reads dates by layouts with quotes, backslashes and an offset, as HAProxy 2.6 prints them: quotes around an
// argument are not printed, those behind a backslash are, and so is a backslash before a comma.
func TestLayout(t *testing.T) {
	const local = `%[var(txn.d),ltime(%d/%b/%Y:%H:%M:%S\ %z)]`
	const words = `%[var(txn.d),utime("%d\, %b %Y %H:%M:%S")]`
	const comma = `%[var(txn.d),utime("%d, %b %Y %H:%M:%S")]`
	const quoted = `%[var(txn.d),utime(\"%Y-%m-%d %H:%M:%S\")]`
	const later = `%[date,utime("%Y-%m-%d %H:%M:%S",3600)]`
	const zero = `%[var(txn.d),utime(%Y-%m-%dT%H:%M:%SZ,0)]`
	reads(t, []fieldsOf{
		{local + "-%ft", "22/Nov/2026:18:43:36 +0000-fe", map[string]string{local: "22/Nov/2026:18:43:36 +0000", "%ft": "fe"}},
		{words + "-%ft", `23\, Nov 2026 07:25:16-fe`, map[string]string{words: `23\, Nov 2026 07:25:16`, "%ft": "fe"}},
		{comma + "-%ft", "22, Nov 2026 18:43:36-fe", map[string]string{comma: "22, Nov 2026 18:43:36", "%ft": "fe"}},
		{`"` + quoted + `"-%ft`, `""2026-11-23 07:06:09""-fe`, map[string]string{quoted: `"2026-11-23 07:06:09"`, "%ft": "fe"}},
		{later + "-%ft", "2026-11-23 08:25:16-fe", map[string]string{later: "2026-11-23 08:25:16", "%ft": "fe"}},
		{zero + "-%ft", "2026-11-23T07:25:16Z-fe", map[string]string{zero: "2026-11-23T07:25:16Z", "%ft": "fe"}},
	})
}

// TestConstant reads texts that are always the same by what they are, whatever stands beside them.
func TestConstant(t *testing.T) {
	reads(t, []fieldsOf{
		{"%ci %[str(a b)] %[req.hdr(x)] %ft", "10.0.0.1 a b x y fe", map[string]string{"%[str(a b)]": "a b", "%[req.hdr(x)]": "x y"}},
		{"%[req.hdr(y)] %[str(a b)] %[req.hdr(x)] %ft", "v w a b x y fe", map[string]string{"%[req.hdr(y)]": "v w", "%[req.hdr(x)]": "x y"}},
		{"%[req.hdr(y)]%[str(: )]%[req.hdr(x)] %ft", "v w: x y fe", map[string]string{"%[req.hdr(y)]": "v w", "%[req.hdr(x)]": "x y", "%ft": "fe"}},
		{"%{+Q}o %[str(a b)] %ft", `"a b" "fe"`, map[string]string{"%[str(a b)]": "a b", "%ft": "fe"}},
		{"%{+Q,+E}o %[str(a b)] %ft", `"a b" "fe"`, map[string]string{"%[str(a b)]": "a b", "%ft": "fe"}},
		{`%[str("a\"b\,c\\d")] %ft`, `a"b\,c\d fe`, map[string]string{`%[str("a\"b\,c\\d")]`: `a"b\,c\d`, "%ft": "fe"}},
		{`%[str("a"b"c")] %ft`, `abc fe`, map[string]string{`%[str("a"b"c")]`: "abc", "%ft": "fe"}},
		{`%[str(\"A),lower] %ft`, `"a fe`, map[string]string{`%[str(\"A),lower]`: `"a`, "%ft": "fe"}},
		{"%[str(A B),lower] %ft", "a b fe", map[string]string{"%[str(A B),lower]": "a b", "%ft": "fe"}},
		{"%{+json}o %(x)[str(a b)] %(f)ft", `{"x": "a b", "f": "fe"}`, map[string]string{"%[str(a b)]": "a b", "%ft": "fe"}},
	})
}

// TestHollowList reads lists without quotes whose first or last header has no value, as printed by HAProxy 2.6.
func TestHollowList(t *testing.T) {
	reads(t, []fieldsOf{
		{`%ft %hrl %{+Q}hsl`, `fe h  "r#7C"`, map[string]string{"%ft": "fe", "%hrl": "h ", "%hsl": `"r#7C"`}},
		{"%ft,%hrl,%r", "fe,h.example ,HEAD /a HTTP/1.0", map[string]string{"%hrl": "h.example ", "%r": "HEAD /a HTTP/1.0"}},
		{"[%hrl] %ft", "[ a] fe", map[string]string{"%hrl": " a", "%ft": "fe"}},
	})
}

// fieldsOf is a line of a directive, and what some of its fields are; "" is missing.
type fieldsOf struct {
	directive, line string
	want            map[string]string
}

func reads(t *testing.T, list []fieldsOf) {
	t.Helper()
	for _, c := range list {
		d, err := decode.New(config("log-format '"+c.directive+"'"), decode.Settings{})
		if err != nil {
			t.Fatalf("%s: %v", c.directive, err)
		}
		l := explain.New(d, "test").Read(c.line, formattest.Observed)
		if l.Record == nil {
			t.Errorf("%s: %q is rejected: %+v", c.directive, c.line, l.Error)
			continue
		}
		got := map[string]string{}
		for _, f := range l.Fields {
			if _, ok := c.want[f.Code]; ok {
				got[f.Code] = ""
				if f.Raw != nil {
					got[f.Code] = *f.Raw
				}
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", c.directive, c.line, diff)
		}
	}
}

// TestNotASCII reads literals that are no ASCII, as HAProxy 2.6 prints them: byte by byte.
func TestNotASCII(t *testing.T) {
	reads(t, []fieldsOf{
		{"%ci→%f→%{+Q}CC¦%Tt", `127.0.0.1→fe→"SESS=a→"¦7`, map[string]string{"%ci": "127.0.0.1", "%f": "fe", "%CC": "SESS=a→", "%Tt": "7"}},
		{"%ci\xa0%Tt", "127.0.0.1\xa07", map[string]string{"%ci": "127.0.0.1", "%Tt": "7"}},
	})
}

// TestBlankAtEnd reads a format whose last blank has a backslash, which makes it part of the word: HAProxy 2.6 prints it.
func TestBlankAtEnd(t *testing.T) {
	for _, c := range []struct{ directive, line string }{
		{`log-format %f\ %ST\ `, "fe 502 "},
		{"  log-format %f\\ %ST\\ \n", "fe 502 "},
		{`log-format %f\ %ST\\ `, `fe 502\`},
		{`log-format %f\ %ST  `, "fe 502"},
	} {
		d, err := decode.New(config(c.directive), decode.Settings{})
		if err != nil {
			t.Errorf("%q: %v", c.directive, err)
			continue
		}
		if l := explain.New(d, "test").Read(c.line, formattest.Observed); l.Record == nil {
			t.Errorf("%q: %q is rejected: %+v", c.directive, c.line, l.Error)
		}
	}
}

// TestNumbers reads samples that are numbers, between texts that would take them for their own, and those whose names
// look as if they were.
func TestNumbers(t *testing.T) {
	reads(t, []fieldsOf{
		{"%[req.hdr(x)] %[cpu_calls] %[sc0_conn_cur] %[res.len] %ft", "a 1 2 3 4 fe", map[string]string{"%[req.hdr(x)]": "a 1", "%[cpu_calls]": "2"}},
		{"%[req.hdr(x)] %[var(txn.h),hex2i] %[src,table_conn_cnt(t)] %ft", "a 1 2 3 fe", map[string]string{"%[req.hdr(x)]": "a 1", "%[var(txn.h),hex2i]": "2"}},
		{"%ci %[fc_pp_unique_id] %ft", "10.0.0.1 a-1 fe", map[string]string{"%[fc_pp_unique_id]": "a-1"}},
		{"%ci %[ssl_fc_unique_id,base64] %[ssl_fc_session_id,hex] %ft", "10.0.0.1 bm8= 0A1B fe", map[string]string{"%[ssl_fc_session_id,hex]": "0A1B"}},
		{"%[so_id] %[be_id] %[fe_id] %[srv_id] %ft", "1 2 3 4 fe", map[string]string{"%[srv_id]": "4"}},
	})
}

// TestEmptyList reads what HAProxy 2.6 prints without quotes for a captured header that has no value: nothing.
func TestEmptyList(t *testing.T) {
	for _, c := range []struct{ directive, line string }{
		{"log-format '%ci | %hsl | %ft'\ncapture response header X-Odd len 9", "10.0.0.1 |  | fe"},
		{"log-format '%hsl \\ %CC!%ft'\ncapture response header X-Odd len 9", ` \ SESS=a!fe`},
		{"log-format '%ci|%hrl %hsl|%ft'\ncapture request header Host len 9", "10.0.0.1||fe"},
		{"log-format '%ci|%hrl|%ft'\ncapture request header Host len 9\ncapture request header Via len 9", "10.0.0.1||fe"},
	} {
		d, err := decode.New(config(c.directive), decode.Settings{})
		if err != nil {
			t.Fatalf("%s: %v", c.directive, err)
		}
		l := explain.New(d, "test").Read(c.line, formattest.Observed)
		if l.Record == nil || l.Record.Attributes["proxy.listener.name"] != "fe" {
			t.Errorf("%s: %q: %+v %+v", c.directive, c.line, l.Record, l.Error)
		}
	}
}

// TestOnlyHeader: where one header is captured, all that an unquoted list prints is its value.
func TestOnlyHeader(t *testing.T) {
	const agent = "capture request header User-Agent len 99"
	for _, c := range []struct{ directive, line, want string }{
		{"log-format '%ci [%hrl] %ft'\n" + agent, "10.0.0.1 [Mozilla/5.0 (X11; Linux x86_64)] fe", "Mozilla/5.0 (X11; Linux x86_64)"},
		{"log-format '%ci|%hrl|%ft'\n" + agent, "10.0.0.1|curl|fe", "curl"},
		{"log-format '%ci|%hrl|%ft'\n" + agent, "10.0.0.1|-|fe", ""},
		{"log-format '%{+Q}o %ci %{-Q}hrl %ft'\n" + agent, `"10.0.0.1" a b "fe"`, "a b"},
	} {
		d, err := decode.New(config(c.directive), decode.Settings{})
		if err != nil {
			t.Fatalf("%s: %v", c.directive, err)
		}
		l := explain.New(d, "test").Read(c.line, formattest.Observed)
		if l.Record == nil {
			t.Fatalf("%s: %q: %+v", c.directive, c.line, l.Error)
		}
		got, _ := l.Record.Attributes["user_agent.original"].(string)
		if got != c.want || l.Record.Attributes["proxy.ambiguous"] != nil {
			t.Errorf("%s: %q: %v", c.directive, c.line, l.Record.Attributes)
		}
	}
}
