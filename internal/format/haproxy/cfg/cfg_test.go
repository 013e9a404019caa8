// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

func env(name string) (string, bool) {
	v, ok := map[string]string{"SITE": "web one", "LOGGER": "10.0.0.1:514"}[name]
	return v, ok
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{`log-format "%ci:%cp [%t] \"%r\""`, []string{"log-format", `%ci:%cp [%t] "%r"`}},
		{`log-format '%ci "\ $SITE' # why`, []string{"log-format", `%ci "\ $SITE`}},
		{`log-format %ci:%cp\ [%t]\ %{+Q}r\ \#1 # a`, []string{"log-format", `%ci:%cp [%t] %{+Q}r #1`}},
		{`a"b c"'d e'f`, []string{"ab cd ef"}},
		{`"$SITE/${SITE}/${NONE}/${NONE-x}" $SITE`, []string{"web one/web one//x", "$SITE"}},
		{`"\$SITE" \$SITE '\$'`, []string{"$SITE", `\$SITE`, `\$`}},
		{`a\tb "\x41\n" \q`, []string{"a\tb", "A\n", `\q`}},
		{`""  ''`, []string{"", ""}},
		{`  # nothing`, nil},
		{`a#b`, []string{"a"}},
	} {
		got, err := cfg.Words(c.line, env)
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
		}
		var texts []string
		for _, w := range got {
			texts = append(texts, w.Text)
			if w.Column < 1 || w.Column > len(c.line) {
				t.Errorf("%s: %q at column %d", c.line, w.Text, w.Column)
			}
		}
		if diff := cmp.Diff(c.want, texts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.line, diff)
		}
	}
	for _, line := range []string{`"a`, `'a`, `"\x4"`, `"$"`, `"${A"`, `"${A+b}"`, `"$1"`} {
		if w, err := cfg.Words(line, env); err == nil {
			t.Errorf("%s is accepted: %v", line, w)
		}
	}
	got, err := cfg.OldWords(`log-format "%ci\ %{+Q}r"\ '#`)
	if err == nil && (len(got) != 2 || got[1].Text != `"%ci %{+Q}r" '`) {
		t.Errorf("1.5: %v", got)
	}
}

const sample = `
global
    log 127.0.0.1 local0
    log "${LOGGER}" len 8192 format rfc5424 local1 info
    log-tag edge
    setenv WHO "me"

defaults
    mode http
    log global
    option httplog
    log-format "%ci $WHO ${HAPROXY_TCP_LOG_FMT}"

defaults quiet from base # not there

frontend a
    bind :80
    capture request header Host len 64
    capture request header User-Agent len 200
    http-request capture req.hdr(X-Via) len 10
    http-request capture src len 40 if TRUE
    declare capture response len 20
    http-response capture res.hdr(Server) id 0
    capture cookie SESS= len 20

listen b
    mode tcp
    option tcplog
    no log
    log stdout format raw daemon
    log-format-sd '[a@1 ci="%ci"]'
    error-log-format %ci\ err
    unique-id-format %{+X}o\ %ci

frontend c
    mode tcp
    option httplog clf
    log global

backend d
    log-format nothing
`

func TestRead(t *testing.T) {
	if _, err := cfg.Parse("x.cfg", strings.NewReader(sample), env, ""); err == nil || !strings.HasPrefix(err.Error(), `x.cfg:14:21: there is no defaults section "base"`) {
		t.Errorf("error %v", err)
	}
	f, err := cfg.Parse("x.cfg", strings.NewReader(strings.Replace(sample, "defaults quiet from base", "# ", 1)), env, "")
	if err != nil {
		t.Fatal(err)
	}
	global := []cfg.Log{
		{Address: "127.0.0.1", Facility: "local0", Len: 1024, Line: 3},
		{Address: "10.0.0.1:514", Facility: "local1", Level: "info", Format: "rfc5424", Len: 8192, Line: 4},
	}
	format := cfg.Directive{Text: "%ci me " + cfg.TCPLog, Line: 12, Column: 16}
	want := &cfg.File{Path: "x.cfg", Log: global, LogTag: "edge", Frontends: []cfg.Frontend{
		{
			Name: "a", Line: 16, HTTP: true, Format: format, LogTag: "edge", Log: global, Cookie: "SESS",
			Request: []cfg.Capture{
				{Header: "Host", Len: 64},
				{Header: "User-Agent", Len: 200},
				{Header: "X-Via", Expression: "req.hdr(X-Via)", Len: 10},
				{Expression: "src", Len: 40},
			},
			Response: []cfg.Capture{{Header: "Server", Expression: "res.hdr(Server)", Len: 20}},
		},
		{
			Name: "b", Line: 26, Listen: true, Option: "tcplog", LogTag: "edge",
			Log:            []cfg.Log{{Address: "stdout", Format: "raw", Facility: "daemon", Len: 1024, Line: 30}},
			StructuredData: cfg.Directive{Text: `[a@1 ci="%ci"]`, Line: 31, Column: 19},
			ErrorFormat:    cfg.Directive{Text: "%ci err", Line: 32, Column: 22},
			UniqueID:       cfg.Directive{Text: "%{+X}o %ci", Line: 33, Column: 22},
		},
		{Name: "c", Line: 35, Option: "tcplog clf", LogTag: "edge", Log: global},
	}}
	got := *f
	got.Warnings = nil
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(f.Warnings) != 1 || f.Warnings[0].Line != 35 {
		t.Errorf("warnings %v", f.Warnings)
	}
}

// TestMissingVariables: a variable that nobody sets is said once, with what stands in its place, and not where it says
// nothing of logs.
func TestMissingVariables(t *testing.T) {
	const text = `frontend a
 bind "${ADDRESS-127.0.0.1}:$PORT"
 http-request set-header X "$HEADER"
 http-request capture var(txn.a),concat("$SUFFIX") len 9
 log-format "%ci $SITE ${ZONE-eu} $SITE"
.if defined(FLAG)
.endif
backend b
 server s "$HOST":80
`
	f, err := cfg.Parse("haproxy.cfg", strings.NewReader(text), func(string) (string, bool) { return "", false }, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []cfg.Warning{
		{Line: 4, Text: "the environment variable SUFFIX is not known here and taken as empty"},
		{Line: 5, Text: "the environment variable SITE is not known here and taken as empty"},
		{Line: 5, Text: `the environment variable ZONE is not known here and taken as "eu", which the line says`},
		{Line: 6, Text: "the environment variable FLAG is not known here and taken as empty"},
	}
	if diff := cmp.Diff(want, f.Warnings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := f.Frontends[0].Format.Text; got != "%ci  eu " {
		t.Errorf("format %q", got)
	}
}

// TestDefaults: a frontend inherits from the defaults before it, or from those that it names; named ones stand on
// their own or on others.
func TestDefaults(t *testing.T) {
	f, err := cfg.Parse("x", strings.NewReader("defaults one\n mode http\n option httplog\ndefaults two from one\n log-format %ci\n"+
		"frontend a\nfrontend b from one\n option httpslog\ndefaults\nfrontend c\nlisten d from two\n mode tcp\n.if x\n option tcplog\n.endif\n"), env, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range f.Frontends {
		s := f.Name + " " + f.Option + " " + f.Format.Text
		if f.HTTP {
			s += " http"
		}
		got = append(got, s)
	}
	if diff := cmp.Diff([]string{"a  %ci http", "b httpslog  http", "c  ", "d tcplog "}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(f.Warnings) != 1 || !strings.Contains(f.Warnings[0].Text, "conditions") {
		t.Errorf("warnings %v", f.Warnings)
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"frontend":                                     "x:1:1: frontend",
		"frontend a\n log-format":                      "x:2:2: log-format has to be",
		"frontend a\n log-format %ci %cp":              "x:2:17: log-format has one argument",
		"frontend a\n log-format \"%ci":                "x:2:13: the \" that closes",
		"frontend a\n log 1.2.3.4 format fancy daemon": "x:2:21: \"fancy\" is no format",
		"frontend a\n log 1.2.3.4 len 0 daemon":        "x:2:18: \"0\" is no length",
		"frontend a\n log":                             "x:2:2: log has to be",
		"defaults\n capture request header A len 3":    "x:2:2: capture is not allowed",
		"frontend a\n capture x header A len 3":        "x:2:10: request or response",
		"frontend a from b":                            "x:1:17: there is no defaults",
		"frontend a\n http-request capture src":        "x:2:2: capture has to end",
		"log-profile":                                  "x:1:1: log-profile has to be followed by a name",
		"log-profile a\n on":                           "x:2:2: on has to be followed by a step",
		"log-profile a\n on any format":                "x:2:9: format has to be followed by a format",
		"log-profile a\n on any format %ci %cp":        "x:2:20: drop, format or sd is expected",
		"frontend a\n log 1.2.3.4 profile p daemon":    "x:2:22: there is no section log-profile \"p\"",
	} {
		_, err := cfg.Parse("x", strings.NewReader(text), env, "")
		var e *cfg.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := cfg.Read(t.TempDir()+"/none.cfg", nil, ""); err == nil {
		t.Error("a file that is missing is read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add(".if !defined(A) && (streq(\"$SITE\",'b') || 0)\nfrontend a\n.elif version_atleast(3.1-dev2)\n.if feature(X)\n.endif\n.else\n.endif")
	f.Add("log-profile p\n on any sd '%OG' drop\n on close format %ci\nfrontend f\n log a profile p local0")
	f.Add("defaults a\nfrontend b from a\n http-request capture x id 0\n declare capture request len 3\n tcp-request content capture dst len 4")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := cfg.Parse("x", strings.NewReader(text), env, "3.1")
		if (file == nil) == (err == nil) {
			t.Fatalf("file %v, error %v", file, err)
		}
		for i := 0; file != nil && i < len(file.Frontends); i++ {
			file.Lines(&file.Frontends[i])
		}
	})
}
