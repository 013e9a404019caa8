// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/field"
)

// ambiguous are the lines below of which there is more than one reading.
var ambiguous = map[string]bool{`a \"b\" \\ c|d\re|GET`: true, "http://h/a joe smith 1": true, "a 5 b 200 - 17": true, `"a \"b\"" c>d>-|\"e`: true, `1 http://h/a b \"c`: true}

// read reads a line with a definition and returns the fields as code=value, with their encoding undone.
func read(t *testing.T, definition, line string) []string {
	t.Helper()
	d, err := compile("test", definition, false)
	if err != nil {
		t.Fatal(err)
	}
	slots := make([]field.Slot, len(d.Fields))
	field.Reset(slots)
	res := d.program.Run(line, 0, len(line), slots)
	if !res.OK {
		t.Fatalf("%s: stopped at byte %d of %q, expected %s", definition, res.Offset, line, d.program.Expected(res.Item))
	}
	if res.Ambiguous != ambiguous[line] {
		t.Errorf("%s: %q is said to be ambiguous: %v", definition, line, res.Ambiguous)
	}
	var out []string
	for i := range slots {
		v := "null"
		if slots[i].Has() {
			v = d.Fields[i].Value(line, &slots[i])
		}
		out = append(out, d.Fields[i].Code+"="+v)
	}
	return out
}

// TestLanguage reads one line with each feature of the language.
func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		name, definition, line string
		want                   []string
	}{
		{"argument before and after", "%{Host}>h %>h{X-A} %icap::<h{ISTag}", "h - %22x%22", []string{"%{Host}>h=h", "%{X-A}>h=null", `%{ISTag}icap::<h="x"`}},
		{"the prefix http::", `%http::>a "%{A}http::<h"`, `127.0.0.1 "b"`, []string{"%>a=127.0.0.1", "%{A}<h=b"}},
		{"the longest code", "%>st|%>sh|%>h|%st|%stP|%tr|%<sH", "1|2|a:%20b%0D%0A|3|4|5|6", []string{"%>st=1", "%>sh=2", "%>h=a: b\r\n", "%st=3", "%stP=4", "%tr=5", "%<sH=6"}},
		{
			"old names", "%>v %Hs %oa %icap::<last_h{A} %icap_to %>icap_size %<icap_last_h{B}", "1.1 0 - x ICAP_MOD 7 y",
			[]string{"%>v=1.1", "%Hs=0", "%oa=null", "%{A}icap::<last_h=x", "%icap_to=ICAP_MOD", "%>icap_size=7", "%{B}<icap_last_h=y"},
		},
		{"tls is ssl", "%tls::>negotiated_version %ssl::>sni", "TLS/1.3 h", []string{"%tls::>negotiated_version=TLS/1.3", "%ssl::>sni=h"}},
		{"a percent sign", "100%% %un%%|", "100% a%%|", []string{"%un=a%"}},
		{"quoted by modifier", `%"un|%rm`, `a \"b\" \\ c|d\re|GET`, []string{"%un=a \"b\" \\ c|d\re", "%rm=GET"}},
		{"what is missing, filled up as %mt is", `"%-3mt" "%4mt" %-3mt %ts`, `"-  " "   -" -   1`, []string{"%mt=null", "%mt=null", "%mt=null", "%ts=1"}},
		{"quoted by context", `"%un" %ts`, `"a \"b\" \t" 1`, []string{"%un=a \"b\" \t", "%ts=1"}},
		{"two in the same quotes", `"%rm %ru HTTP/%rv" %>Hs`, `"GET /a\"b HTTP/1.1" 200`, []string{"%rm=GET", `%ru=/a"b`, "%rv=1.1", "%>Hs=200"}},
		{"a version in the same quotes", `"%>ru HTTP/%>rv" %>Hs`, `"http://h/a HTTP/1.0 HTTP/1.1" 200`, []string{"%>ru=http://h/a HTTP/1.0", "%>rv=1.1", "%>Hs=200"}},
		{"blob by modifier", "%[un %ts", `a %5bb%5d \\ %25 1`, []string{`%un=a [b] \ %`, "%ts=1"}},
		{"dates, encoded", "%#tl %/tg %/tl", `21/Nov/2026:23:49:10%20+0000 21/Nov/2026:23:49:10 "21/Nov/2026:23:49:10 +0000"`, []string{
			"%tl=21/Nov/2026:23:49:10 +0000", "%tg=21/Nov/2026:23:49:10", "%tl=21/Nov/2026:23:49:10 +0000",
		}},
		{"blob by context", "[%un] [%tl]", `[a %5bb%5d\r\n%c3%a9] [21/Nov/2026:23:49:10 -0330]`, []string{"%un=a [b]\r\né", "%tl=21/Nov/2026:23:49:10 -0330"}},
		{"brackets in quotes do not count", `"[%un]"`, `"[a \"]"`, []string{`%un=a "`}},
		{"quotes in brackets do not count", `["%un"]`, `["a %5d"]`, []string{`%un=a ]`}},
		{"url by modifier", "%#un", "a%20b%25%22", []string{`%un=a b%"`}},
		{"shell by modifier", "%/un %/ul>%/ue|%/ui", `"a \"b\"" c>d>-|\"e`, []string{`%un=a "b"`, "%ul=c", "%ue=d>-", `%ui="e`}},
		{"shell by modifier, a URL", `%/>ru"`, `"http://h/ z""`, []string{"%>ru=http://h/ z"}},
		{"raw by modifier", "\"%'{A}>h\" %ts", `"a "b" \" 1`, []string{`%{A}>h=a "b" \`, "%ts=1"}},
		{"a modifier beats the context", `"%#un" [%'ul]`, `"a%20b" [c]d]`, []string{"%un=a b", "%ul=c]d"}},
		{
			"widths", "|%6tr|%-6tr|%06tr|%-8rm|%8rm|%.3rm|%20un|", "|    12|12    |000012|GET     |     GET|POS|-|",
			[]string{"%tr=12", "%tr=12", "%tr=12", "%rm=GET", "%rm=GET", "%rm=POS", "%un=null"},
		},
		{"columns", "%rm|%ru|%mt|%err_detail|%ts", "GET|http://h/a|b|text/html|a=b|1", []string{"%rm=GET", "%ru=http://h/a|b", "%mt=text/html", "%err_detail=a=b", "%ts=1"}},
		{
			"headers between commas", "%{A}>h,%{B}>h,%{C}>h,%{D}>h,%{E}>h,%{F}>h,%{G}>h,%{H}>h,%{I}>h,%{J}>h,%ts", "a,-,c%2C,d,e,f,g,h,i,j,1",
			[]string{"%{A}>h=a", "%{B}>h=null", "%{C}>h=c,", "%{D}>h=d", "%{E}>h=e", "%{F}>h=f", "%{G}>h=g", "%{H}>h=h", "%{I}>h=i", "%{J}>h=j", "%ts=1"},
		},
		{"values wider than their field", "%3tr %-3rm %2un|", "12345 CONNECT joe smith|", []string{"%tr=12345", "%rm=CONNECT", "%un=joe smith"}},
		{"fractions of a millisecond", "%.3tr %9.3icap::tio %012.2icap::tr", "81.584    -0.689 000000081.00", []string{"%tr=81.584", "%icap::tio=-0.689", "%icap::tr=81.00"}},
		{"a time and its parts", "%ts.%03tu %tS %tg", "1795304950.007 1795304950.001 21/Nov/2026:23:49:10", []string{"%ts=1795304950", "%tu=7", "%tS=1795304950.001", "%tg=21/Nov/2026:23:49:10"}},
		{"IPv6 and a port", "%>a:%>p %<a:%<p", "2001:db8::1:53811 -:-", []string{"%>a=2001:db8::1", "%>p=53811", "%<a=null", "%<p=null"}},
		{"lists", "sum=%adapt::sum_trs,all=%adapt::all_trs", "sum=50,1,all=49+1,1", []string{"%adapt::sum_trs=50,1", "%adapt::all_trs=49+1,1"}},
		{"tabs", "a=%un\tb=%ts", "a=x y\tb=1", []string{"%un=x y", "%ts=1"}},
		{"a URL with blanks, which uri_whitespace allow leaves in it", "%ru %>Hs %un %mt", "http://h/a b 200 x y text/html", []string{"%ru=http://h/a b", "%>Hs=200", "%un=x y", "%mt=text/html"}},
		{"a URL with blanks and no user", "%ru %un %ts", "http://h/a b - 1", []string{"%ru=http://h/a b", "%un=null", "%ts=1"}},
		{
			"cut to less than its width", `"%-30.20<h{Set-Cookie}"|%ts`, `"a=1; b=\"2\"                  "|1`,
			[]string{`%{Set-Cookie}<h=a=1; b="2"`, "%ts=1"},
		},
		{"a URL and a user with blanks", "%ru %un %ts", "http://h/a joe smith 1", []string{"%ru=http://h/a", "%un=joe smith", "%ts=1"}},
		{"blanks in a URL in quotes and brackets", `"%>ru" [%rp] %'<ru`, `"http://h/a \"b" [/a "b"] http://h/a "b"`, []string{`%>ru=http://h/a "b`, `%rp=/a "b"`, `%<ru=http://h/a "b"`}},
		{"percent signs of a URL", `%>ru "%ru"`, `http://h/%22%20 "http://h/%22%20"`, []string{"%>ru=http://h/%22%20", "%ru=http://h/%22%20"}},
		{"a percent sign in brackets", "[%%] %#% %ts", "[%25] %25 1", []string{"%ts=1"}},
		{"bytes of Squid 7", "%byte{9}%ts%{0x7c}byte%rm%byte{1}%byte{255}%ul", "\t1|GET\x01\xffx", []string{"%ts=1", "%rm=GET", "%ul=x"}},
		{"codes of external_acl_type", "%SRC %SRCPORT %METHOD %URI %DST %EXT_TAG %ACL", "::1 80 GET http://h/ %5B::1%5D a%20b acl", []string{"%SRC=::1", "%SRCPORT=80", "%METHOD=GET", "%URI=http://h/", "%DST=[::1]", "%EXT_TAG=a b", "%ACL=acl"}},
		{"a value that is a -, filled up, as Squid prints no client", "|%6>a|%-6rm|%-8un|%6>A|", "|     -|-     |-       |     -|", []string{"%>a=null", "%rm=null", "%un=null", "%>A=null"}},
		{"the same behind a text", "%ru |%6>a|%-6rm|", "http://h/a b |     -|-     |", []string{"%ru=http://h/a b", "%>a=null", "%rm=null"}},
		{"cut in an escape", `"%.3{A}>h" %#.5un [%.6ul] %/.4ue %ts`, `"ab\" a%20% [abc%5d] "a b 1`, []string{"%{A}>h=ab", "%un=a ", "%ul=abc]", "%ue=a b", "%ts=1"}},
		{"a quote alone, cut", "%/.1un %ts", `" 1`, []string{"%un=", "%ts=1"}},
		{"what looks like an escape of a blob", "%[un %ts", `50%n%2\n\x 1`, []string{"%un=50%n%2\n\\x", "%ts=1"}},
		{"no digits of a fraction", "%.0tr %.0tS %.tr %.0icap::tio", "81.7 1795304950.9 5 -81.7", []string{"%tr=81.7", "%tS=1795304950.9", "%tr=5", "%icap::tio=-81.7"}},
		{"seconds and milliseconds side by side", "%ts%03tu %>Hs", "1795304950007 200", []string{"%ts=1795304950", "%tu=7", "%>Hs=200"}},
		{"columns of numbers side by side", "%8icap::tr%14icap::tio%-6>st%4<st|", "       0-179530505284412    7777|", []string{"%icap::tr=0", "%icap::tio=-1795305052844", "%>st=12", "%<st=7777"}},
		{"a column that is too narrow for no time", "%6icap::tio%6icap::tr|", "-1795305052844     2|", []string{"%icap::tio=-1795305052844", "%icap::tr=2"}},
		{"columns of texts side by side", "%-8.8rm%6.6Ss%-4.4un|", "GET     TCP_MIjoe |", []string{"%rm=GET", "%Ss=TCP_MI", "%un=joe"}},
		{"missing ones among them", "%-8.8rm%6.6Ss%-4.4un|", "-TCP_MI-|", []string{"%rm=null", "%Ss=TCP_MI", "%un=null"}},
		{"filled up on the right before what is read from the right", "%#{A}>h:%-10mt %icap::tr", "-:-          1", []string{"%{A}>h=null", "%mt=null", "%icap::tr=1"}},
		{"a hardware address and what follows", "%>eui:%{A}>h %[>eui:%tr", "00:1b:44:11:3a:b7:a:b 02:00:00:00:00:00:00:01:123", []string{"%>eui=00:1b:44:11:3a:b7", "%{A}>h=a:b", "%>eui=02:00:00:00:00:00:00:01", "%tr=123"}},
		{"a hardware address at the end, and before more bytes than it has", "%ts %>eui|%>eui:%{A}>h|%>eui", "1 00:1b:44:11:3a:b7|00:1b:44:11:3a:b7:aa:bbc|02:00:00:00:00:01", []string{"%ts=1", "%>eui=00:1b:44:11:3a:b7", "%>eui=00:1b:44:11:3a:b7", "%{A}>h=aa:bbc", "%>eui=02:00:00:00:00:01"}},
		{"a hardware address of an IPv6 client", "%tS %>eui:%{A}>h", "1795360414.262 00-00-00-00-00-00-00-00:-", []string{"%tS=1795360414.262", "%>eui=00-00-00-00-00-00-00-00", "%{A}>h=null"}},
		{"a bracket that belongs to the value", `%Ss %">h{A} [%"3<A] %tS "[%<A]"`, `TCP_MISS \" \" [[::1]] 1795361667.980 "[[::1]]"`, []string{"%Ss=TCP_MISS", `%{A}>h=" "`, "%<A=[::1]", "%tS=1795361667.980", "%<A=[::1]"}},
		{"a URL and a user with a modifier", `%ts %"ru %"un`, `1 http://h/a b \"c`, []string{"%ts=1", "%ru=http://h/a", `%un=b "c`}},
		{"a blank in the user before typed fields", "%un %>Hs %ul %<st", "a 5 b 200 - 17", []string{"%un=a", "%>Hs=5", "%ul=b 200 -", "%<st=17"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, read(t, c.definition, c.line)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDefinitionErrors wants the setting and the byte named.
func TestDefinitionErrors(t *testing.T) {
	for entry, want := range map[string]string{
		"%ts %zz":                            `logformat[0]: at byte 4: no code of Squid's begins with "%zz"`,
		"%ts %":                              "logformat[0]: at byte 4: no code",
		"%ts %{Host>h":                       "logformat[0]: at byte 5: the } that closes the argument is missing",
		"%ts %icap::<size":                   "logformat[0]: at byte 4: no code",
		"%ts %http::%":                       "logformat[0]: at byte 4: no code",
		"squidd":                             `logformat[0]: "squidd" is neither a built-in (icap_squid, squid, common, combined, referrer, useragent) nor a logformat`,
		"logformat mine":                     `logformat[0]: "logformat mine" is neither`,
		"logformat %ts":                      `logformat[0]: "logformat %ts" has no definition behind the name`,
		`%ts "%'>h"`:                         "logformat[0]: at byte 5: %'>h prints every line of them as it is, so that one record becomes several lines of the log: write %[>h, %\">h or %#>h",
		"%ts %'icap::<h":                     "logformat[0]: at byte 4: %'icap::<h prints every line",
		"%ts %'20note":                       "logformat[0]: at byte 4: %'note prints every line",
		"%un%ru":                             "logformat[0]: at byte 3: %ru: nothing separates it",
		"%<st%>st":                           "logformat[0]: at byte 4: %>st: nothing separates it",
		"%ts %tls::x":                        `logformat[0]: at byte 4: no code of Squid's begins with "%tls::x"`,
		"%ts %byte{0}":                       "logformat[0]: at byte 4: byte{0} is no number from 1 to 255",
		"%ts %byte{256}":                     "logformat[0]: at byte 4: byte{256} is no number from 1 to 255",
		"%ts %byte{x}":                       "logformat[0]: at byte 4: byte{x} is no number from 1 to 255",
		"%ts %byte{9":                        "logformat[0]: at byte 9: the } that closes the argument is missing",
		"%ts %>h{Host":                       "logformat[0]: at byte 7: the } that closes the argument is missing",
		"# nothing":                          "logformat[0]: it is empty",
		"logformat a %ts\nlogformat b %nope": "logformat[0]: logformat b: at byte 0: no code",
	} {
		_, err := New(Config{Logformat: []string{entry}, Timezone: "UTC"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", entry, err, want)
		}
	}
	if _, err := New(Config{Timezone: "Nowhere/At_all"}); err == nil || !strings.HasPrefix(err.Error(), "timezone: ") {
		t.Errorf("timezone: error %v", err)
	}
}

// TestResolve reads entries as they stand in squid.conf.
func TestResolve(t *testing.T) {
	for entry, want := range map[string][]definition{
		"squid": {{name: "squid", text: builtins[1].definition, builtin: true}},
		"# a\nlogformat icap_squid " + builtins[0].definition + "\n# b": {{name: "icap_squid", text: builtins[0].definition, builtin: true}},
		"logformat squid %ts %ru":                       {{name: "squid", text: "%ts %ru"}},
		"  logformat a\t%ts \r\nlogformat b %rm ":       {{name: "a", text: "%ts"}, {name: "b", text: "%rm"}},
		"logformat c %ts \\\n # a\n\t |a  %ru\\\n  %rm": {{name: "c", text: "%ts |a  %ru%rm"}}, // as Squid 5.7 prints it
		// Quotes are literals unless the file sets configuration_includes_quoted_values.
		`logformat d "%un"`:           {{name: "d", text: `"%un"`}},
		`logformat e "%un" %ts "%ul"`: {{name: "e", text: `"%un" %ts "%ul"`}},
		"%ts %rm":                     {{name: "logformat[3]", text: "%ts %rm"}},
	} {
		got, err := resolve(entry, 3, nil)
		if err != nil {
			t.Errorf("%q: %v", entry, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(definition{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", entry, diff)
		}
	}
}

// encode prints a value as Squid does, in the simplest way (squid.conf's documentation of logformat).
func encode(enc encoding, s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case enc == quoted && strings.IndexByte("\"\\\r\n\t", c) >= 0:
			b.WriteString(map[byte]string{'"': `\"`, '\\': `\\`, '\r': `\r`, '\n': `\n`, '\t': `\t`}[c])
		case enc == blob && strings.IndexByte("\\\r\n", c) >= 0:
			b.WriteString(map[byte]string{'\\': `\\`, '\r': `\r`, '\n': `\n`}[c])
		case enc == blob && (c < ' ' || c > '~' || strings.IndexByte("%[]", c) >= 0):
			fmt.Fprintf(&b, "%%%02x", c)
		case enc == url && (c <= ' ' || c > '~' || strings.IndexByte("%<>\"#{}|\\^~[]`'", c) >= 0):
			fmt.Fprintf(&b, "%%%02X", c)
		case enc == shell && strings.IndexByte("\"\\\r\n", c) >= 0:
			b.WriteString(map[byte]string{'"': `\"`, '\\': `\\`, '\r': `\r`, '\n': `\n`}[c])
		default:
			b.WriteByte(c)
		}
	}
	if enc == shell && strings.IndexByte(s, ' ') >= 0 {
		return `"` + b.String() + `"`
	}
	return b.String()
}

// TestPropertyEncodings prints any bytes under each encoding, by modifier and by context, and reads them back.
func TestPropertyEncodings(t *testing.T) {
	forms := []struct {
		definition, before, behind string
		enc                        encoding
	}{
		{`%"un %ts`, "", " 1", quoted},
		{`"%un" %ts`, `"`, `" 1`, quoted},
		{`x"%{A}>h"`, `x"`, `"`, quoted},
		{`%[un %ts`, "", " 1", blob},
		{`[%un] %ts`, "[", "] 1", blob},
		{`%ts [%>h]`, "1 [", "]", blob},
		{`%#un %ts`, "", " 1", url},
		{`%ts <%#{A}icap::<h>`, "1 <", ">", url},
		{`%/un %ts`, "", " 1", shell},
	}
	rapid.Check(t, func(t *rapid.T) {
		value := string(rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.ByteRange(' ', '~'), rapid.SampledFrom([]byte("\"\\[]% \r\n\t-"))), 1, 12).Draw(t, "value"))
		f := rapid.SampledFrom(forms).Draw(t, "form")
		if f.enc == shell && strings.ContainsAny(value, "\t\x00") || value == "-" {
			return // the shell encoding does not quote a tab; - is a missing value
		}
		line := f.before + encode(f.enc, value) + f.behind
		d, err := compile("test", f.definition, false)
		if err != nil {
			t.Fatal(err)
		}
		slots := make([]field.Slot, len(d.Fields))
		field.Reset(slots)
		res := d.program.Run(line, 0, len(line), slots)
		if !res.OK {
			t.Fatalf("%s: stopped at byte %d of %q", f.definition, res.Offset, line)
		}
		got := ""
		for i := range slots {
			if d.Fields[i].Code != "%ts" {
				got = d.Fields[i].Value(line, &slots[i])
			}
		}
		if got != value {
			t.Fatalf("%s: %q is read as %q, want %q", f.definition, line, got, value)
		}
	})
}

// FuzzLogformat compiles whatever a user may write, and reads a line with it.
func FuzzLogformat(f *testing.F) {
	f.Add(builtins[0].definition, "1 2")
	f.Add(builtins[1].definition, `"x" [y]`)
	f.Add(`%"{a}>h %-06.3icap::tr [%un] "%ru" %%%/un %'ul`, "-")
	f.Add("logformat a %#{x:;y}icap::<h\tz\nlogformat b %ts", "1")
	f.Add(`%-8.8rm%6.6Ss%ts%03tu%byte{9}%{%I:%M %p}tl`, "GET     TCP_MI1795304950007\t08:19 PM")
	directives, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "corpus", "squid", "*.directive"))
	own, err2 := filepath.Glob("testdata/*.directive")
	if err != nil || err2 != nil || len(own) == 0 {
		f.Fatal(err, err2, own)
	}
	for _, path := range append(directives, own...) {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "1795304950.095 a b")
	}
	f.Fuzz(func(t *testing.T, entry, line string) {
		list, err := dialects(Config{Logformat: []string{entry}})
		if err != nil {
			return
		}
		for _, d := range list {
			slots := make([]field.Slot, len(d.Fields))
			field.Reset(slots)
			if d.program.Run(line, 0, len(line), slots).OK {
				for i := range slots {
					_ = d.Fields[i].Value(line, &slots[i])
				}
			}
			keys := map[string]bool{}
			for i := range d.Fields {
				k := d.Fields[i]
				if k.Conv != field.None && (k.Key == "" || keys[k.Key]) {
					t.Fatalf("%q: field %s has the key %q, which is empty or taken", entry, k.Code, k.Key)
				}
				keys[k.Key] = k.Conv != field.None
			}
		}
	})
}

// builtinLines are a line of each of builtins.
var builtinLines = []string{
	`1795304950.095      3 127.0.0.5 ICAP_ECHO/204 107 REQMOD icap://127.0.0.1:13450/reqmod joe smith -/127.0.0.1 -`,
	`1795304950.096      4 127.0.0.5 TCP_MISS/200 258 GET http://127.0.0.1:19201/p/i-204/x-ok-1 joe smith HIER_DIRECT/127.0.0.1 text/plain`,
	`127.0.0.5 - joe smith [21/Nov/2026:23:49:10 +0000] "GET http://127.0.0.1:19201/p/i-204/x-ok-1 HTTP/1.1" 200 258 TCP_MISS:HIER_DIRECT`,
	`127.0.0.5 - joe smith [21/Nov/2026:23:49:10 +0000] "GET http://127.0.0.1:19201/p/i-204/x-ok-1 HTTP/1.1" 200 258 "http://r/sp ace"q"" "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101" TCP_MISS:HIER_DIRECT`,
	`1795304950.096 127.0.0.5 http://r/sp ace"q" http://127.0.0.1:19201/p/i-204/x-ok-1`,
	`127.0.0.5 [21/Nov/2026:23:49:10 +0000] "we"ird [ua] 100% \ x"`,
}

// TestBuiltinsDoNotAllocate: reading a line into its slots takes no memory.
func TestBuiltinsDoNotAllocate(t *testing.T) {
	for i, line := range builtinLines {
		d, err := compile(builtins[i].name, builtins[i].definition, true)
		if err != nil {
			t.Fatal(err)
		}
		slots := make([]field.Slot, len(d.Fields))
		if n := testing.AllocsPerRun(100, func() {
			if !d.program.Run(line, 0, len(line), slots).OK {
				t.Fatal("not read")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", d.Scope.Dialect, n)
		}
	}
}

// BenchmarkScan is the reading alone, without a record: of each built-in, and of a logformat with the same fields.
func BenchmarkScan(b *testing.B) {
	for i, line := range builtinLines {
		for _, own := range []bool{false, true} {
			d, err := compile(builtins[i].name, builtins[i].definition, !own)
			if err != nil {
				b.Fatal(err)
			}
			name := builtins[i].name + "/builtin"
			if own {
				// A logformat encodes what is in its quotes.
				name = builtins[i].name + "/logformat"
				line = strings.NewReplacer(`/sp ace"q""`, `/sp ace"`, `/sp ace"q" `, `/sp%20ace%22q%22 `, `"we"ird [ua] 100% \ x"`, `"weird [ua] 100% x"`).Replace(line)
			}
			b.Run(name, func(b *testing.B) {
				slots := make([]field.Slot, len(d.Fields))
				b.SetBytes(int64(len(line) + 1))
				b.ReportAllocs()
				for b.Loop() {
					if !d.program.Run(line, 0, len(line), slots).OK {
						b.Fatal("not read")
					}
				}
			})
		}
	}
}
