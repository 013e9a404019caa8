// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/collector/collectortest"
)

func TestMain(m *testing.M) {
	collectortest.Main()
	goleak.VerifyTestMain(m)
}

// output is what a command did.
type output struct {
	status         int
	stdout, stderr string
}

// proxylog runs a command in this process.
func proxylog(stdin string, args ...string) output {
	var stdout, stderr bytes.Buffer
	e := &env{
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" },
		now: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
	}
	status := e.main(args)
	return output{status, stdout.String(), stderr.String()}
}

// anything is output that check does not look at.
const anything = "(anything)"

// check holds a command against an exit status and parts of its output; "" is no output at all.
func (o output) check(t *testing.T, status int, stdout, stderr string) {
	t.Helper()
	if o.status != status {
		t.Errorf("exit status %d, want %d", o.status, status)
	}
	for _, c := range []struct{ name, got, want string }{{"stdout", o.stdout, stdout}, {"stderr", o.stderr, stderr}} {
		if c.want == anything {
			continue
		}
		if c.want == "" && c.got != "" || !strings.Contains(c.got, c.want) {
			t.Errorf("%s is %q, want %q in it", c.name, c.got, c.want)
		}
	}
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const tcplog = "<134>Nov 21 23:43:14 lb1 haproxy[4540]: 192.0.2.7:47846 [21/Nov/2026:23:43:14.491] fnt back/s1 1/3/80 512 -- 16/1/0/0/0 0/0\n"

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args           string
		status         int
		stdout, stderr string
	}{
		{"", 2, "", "usage: proxylog COMMAND"},
		{"help", 0, "usage: proxylog COMMAND", ""},
		{"--help", 0, "  sessions  stitch the sessions in files and print them\n", ""},
		{"version", 0, "proxylog ", ""},
		{"--version", 0, "proxylog ", ""},
		{"version now", 2, "", "proxylog version: takes no arguments; proxylog help version says more\n"},
		{"parse", 2, "", "proxylog: no command \"parse\"; proxylog help lists them\n"},
		{"help explain", 0, "usage: proxylog explain [flags] [FILE…]\n", ""},
		{"help run", 0, "usage: proxylog run [flags] [FILE…]\n", ""},
		{"sessions --help", 0, "usage: proxylog sessions [flags] FILE…\n", ""},
		{"explain --nope", 2, "", "proxylog explain: flag provided but not known: --nope; proxylog help explain says more\n"},
		{"explain --directive", 2, "", "proxylog explain: flag needs an argument: --directive; "},
		{"explain --json=maybe", 2, "", "invalid boolean value \"maybe\" for --json: "},
		{"explain --format nosuch", 2, "", `proxylog explain: format: "nosuch" is neither auto nor one of`},
		{"explain --directive %x", 2, "", "proxylog explain: --directive: cannot tell which proxy's directive this is: add --format"},
		{"explain --directive=", 2, "", `proxylog explain: invalid value "" for flag --directive: it is empty; proxylog help explain says more`},
		{"stats --config= x", 2, "", `proxylog stats: invalid value "" for flag --config: it is empty; proxylog help stats says more`},
		{"sessions x --session=", 2, "", `proxylog sessions: invalid value "" for flag --session: it is empty`},
		{"run --collector= -- x", 2, "", `proxylog run: invalid value "" for flag --collector: it is empty`},
		{"stats --component proxylog/a x", 2, "", "proxylog stats: --component: it chooses from a --config"},
		{"explain --timezone Mars/Base", 2, "", "Mars/Base"},
		{"sessions", 2, "", "proxylog sessions: name the files to read, or - for standard input; proxylog help sessions says more\n"},
		{"sessions --directive %x -", 2, "", "proxylog sessions: --directive: cannot tell which proxy's directive this is: add --format"},
		{"run --config x -", 2, "", "not known: --config"},
		{"run -", 2, "", "the Collector reads files"},
		{"run --patience 0s x", 2, "", "--patience: 0s is not a positive duration"},
		{"run --format nosuch x", 2, "", "nosuch"},
	} {
		t.Run(c.args, func(t *testing.T) {
			proxylog("", strings.Fields(c.args)...).check(t, c.status, c.stdout, c.stderr)
		})
	}
}

// TestConfigErrors: several errors are one line, and say in which component of which file they are.
func TestConfigErrors(t *testing.T) {
	file := write(t, "c.yaml", "receivers: {proxylog: {format: [1], bodi: none}}\n")
	proxylog("", "stats", "--config", file, "x").check(t, 2, "", "proxylog stats: "+file+": receivers::proxylog: decoding failed due to "+
		"the following error(s): 'format' expected type 'string', got unconvertible type '[]interface {}'; 'decode.Config' has invalid keys: bodi; "+
		"proxylog help stats says more\n")
}

func TestExplain(t *testing.T) {
	want := "line 1 · haproxy tcplog · traffic\n"
	file := write(t, "a.log", tcplog)
	proxylog(tcplog, "explain").check(t, 0, want, "")
	proxylog(tcplog, "explain", "-").check(t, 0, want, "")
	proxylog("", "explain", file).check(t, 0, want, "")
	// Flags may follow files, and -- ends them.
	o := proxylog("", "explain", file, "--json")
	o.check(t, 0, `{"line":1,"format":"haproxy"`, "")
	proxylog("", "explain", "--", "--json").check(t, 1, "", "proxylog explain: --json: no such file\n")
	// A line that is rejected is no failure.
	proxylog("what?\n", "explain").check(t, 0, "rejected: unrecognized at byte 0", "")

	proxylog("c=192.0.2.7 s=app1\n", "explain", "--directive", `log-format "c=%ci s=%s"`).check(t, 0, "  %s    app1       haproxy.server.name\n", "")
	proxylog("", "explain", "--config", file).check(t, 2, "", "proxylog explain: --config: "+file)

	o = proxylog(tcplog, "explain", "--timezone", "Europe/Berlin", "--json")
	o.check(t, 0, `"proxy.start_time":"2026-11-21T22:43:14.491000000Z"`, "")
}

// TestExplainNames: the name of a usual attribute is not cut, so that it can be copied.
func TestExplainNames(t *testing.T) {
	proxylog("", "explain", "../../testdata/envoy/ok/gdc.log").check(t, 0, "  http.request.header.x-forwarded-for\n", "")
	// What a field becomes stands beside it, also where the format makes it of the field.
	proxylog("", "explain", "../../testdata/envoy/ok/gdc.log").check(t, 0, "  client.address\n", "")
	proxylog("", "explain", "../../testdata/edgeone/ok/entries.log").check(t, 0, "  proxy.session.id\n", "")
	proxylog("", "explain", "../../testdata/g3proxy/ok/rfc3164.log").check(t, 0, "  service.instance.id\n", "")
}

// TestExplainProgram: without input the dialects are explained; with input they are not.
func TestExplainProgram(t *testing.T) {
	o := proxylog("", "explain", "--directive", `log-format "%ci %[capture.req.hdr(0)] %CC %Tt"`)
	o.check(t, 0, "haproxy log_format[0] · traffic\n  %ci %[capture.req.hdr(0)] %CC %Tt\n", "")
	o.check(t, 0, "  %Tt                    proxy.duration", "")
	o.check(t, 0, "ambiguous: %[capture.req.hdr(0)] and %CC: both may hold \" \"", "")
	o.check(t, 0, "to avoid it: ", "")
	if strings.Contains(o.stdout, "nothing is ambiguous") {
		t.Errorf("both: %s", o.stdout)
	}
	proxylog("", "explain", "--directive", "option tcplog").check(t, 0, "nothing is ambiguous\n", "")
	proxylog("", "explain", "--directive", `{"a":"%START_TIME%","b":"%NOPE%","c":"%BYTES_SENT%"}`).check(t, 0, "no such command: b: %NOPE%: its value is kept", "")
	proxylog("", "explain", "--json", "--directive", "option tcplog").check(t, 0, `{"format":"haproxy","dialect":"tcplog"`, "")
	proxylog("", "explain", "--directive", "log-format %ci\nlog-format-sd '[x@1 a=\"%s\"]'").check(t, 0, "haproxy.server.name", "")
	proxylog("", "explain", "--directive", "log-format %ci\nlog-format %cp").check(t, 0, "haproxy log_format[1]", "")
	config := write(t, "c.yaml", "receivers: {proxylog: {squid: {logformat: [common]}}}\n")
	proxylog("", "explain", "--config", config).check(t, 0, "squid common · traffic\n", "")
	proxylog("", "explain", "--config", write(t, "c.yaml", "receivers: {proxylog: {format: edgeone}}\n")).
		check(t, 1, "", "the format has no directives to explain")
	if o := proxylog(tcplog, "explain", "--directive", "option tcplog"); strings.Contains(o.stdout, "ITEM") {
		t.Errorf("with a line: %s", o.stdout)
	}
	proxylog("", "explain").check(t, 0, "", "proxylog explain: there are no lines in it\n")
	proxylog("", "explain", write(t, "empty.log", "")).check(t, 0, "", "proxylog explain: there are no lines in it\n")
}

// TestExplainCaret: a directive that makes no sense is shown with a caret under the byte.
func TestExplainCaret(t *testing.T) {
	for directive, want := range map[string]string{
		"log-format '%ci %nosuch'": "  %ci %nosuch\n      ^\nproxylog explain: haproxy::log_format[0]: at byte 4: no variable %nosuch",
		`log-format "%ci \xZZ"`:    "  \"%ci \\xZZ\"\n       ^\nproxylog explain: haproxy::log_format[0]: at byte 5: ",
		`log-format "%ci $X"`:      "  \"%ci $X\"\n       ^\nproxylog explain: haproxy::log_format[0]: at byte 5: the variable X is not known",
		"logformat x %>a %zz":      "  %>a %zz\n      ^\nproxylog explain: squid::logformat[0]: at byte 4: ",
		"%START_TIME% %NOSUCH%":    "  %START_TIME% %NOSUCH%\n               ^\nproxylog explain: envoy::format[0]: at byte 13: ",
	} {
		proxylog("", "explain", "--directive", directive).check(t, 2, "", want)
	}
}

// TestCaptureNames: the names of captured headers become those of attributes.
func TestCaptureNames(t *testing.T) {
	line := "192.0.2.7:1 [21/Nov/2026:23:43:14.491] f b/s 0/0/0/1/1 200 5 - - ---- 1/1/0/0/0 0/0 {example.com|ua} {nginx} \"GET / HTTP/1.1\"\n"
	o := proxylog(line, "explain", "--json", "--directive", "option httplog", "--capture-request-headers", "Host, User-Agent",
		"--capture-response-headers=Server")
	for _, want := range []string{
		`"http.request.header.host":["example.com"]`, `"user_agent.original":"ua"`, `"http.response.header.server":["nginx"]`,
	} {
		o.check(t, 0, want, "")
	}
}

func TestExplainSeveral(t *testing.T) {
	one, two := write(t, "one.log", tcplog), write(t, "two.log", "\n"+tcplog)
	dir := t.TempDir()
	o := proxylog("", "explain", "--json", one, dir, filepath.Join(dir, "*.log"), two, "no.log")
	if o.status != 1 {
		t.Errorf("exit status %d, want 1", o.status)
	}
	wantErr := fmt.Sprintf("proxylog explain: %s: is a directory; name the files in it, such as %s\n"+
		"proxylog explain: %s: the pattern matches no file\nproxylog explain: no.log: no such file\n",
		dir, filepath.Join(dir, "*.log"), filepath.Join(dir, "*.log"))
	if o.stderr != wantErr {
		t.Errorf("stderr %q, want %q", o.stderr, wantErr)
	}
	var got []string
	for line := range strings.Lines(o.stdout) {
		var l struct {
			File string
			Line int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s:%d", filepath.Base(l.File), l.Line))
	}
	if fmt.Sprint(got) != "[one.log:1 two.log:1 two.log:2]" {
		t.Errorf("lines %v", got)
	}
}

// TestHostile: empty, blank, binary and very long lines, one record each in the JSON.
func TestHostile(t *testing.T) {
	in := "\n \t\n\x00\xff\xfe\n" + strings.Repeat("x", 3<<20) + "\n" + tcplog + "\xe9"
	o := proxylog(in, "explain", "--json")
	o.check(t, 0, anything, "")
	var reasons []string
	for line := range strings.Lines(o.stdout) {
		var l struct {
			Error  *struct{ Reason string }
			Record *struct{}
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		switch {
		case l.Error != nil:
			reasons = append(reasons, l.Error.Reason)
		case l.Record != nil:
			reasons = append(reasons, "read")
		default:
			reasons = append(reasons, "blank")
		}
	}
	if got := strings.Join(reasons, " "); got != "blank blank unrecognized oversize read unrecognized" {
		t.Errorf("lines: %s", got)
	}
	proxylog(in, "explain").check(t, 0, "line 4 · rejected: oversize at byte 1048576", "")
	proxylog(in, "explain").check(t, 0, "cut here, at max_line_bytes\n", "")
	proxylog(in, "sessions", "-").check(t, 0, "1 file, 6 lines: 1 read, 3 rejected, 2 blank\n", "")
}

// failing is an output that cannot be written to.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestOutputFails(t *testing.T) {
	for _, args := range []string{"explain", "explain --json", "sessions -", "sessions --json -", "sessions --session x -"} {
		var stderr bytes.Buffer
		e := &env{
			stdin: strings.NewReader(strings.Repeat(tcplog, 1000)), stdout: failing{os.ErrClosed}, stderr: &stderr,
			getenv: os.Getenv, now: time.Now,
		}
		if args == "sessions --session x -" {
			e.stdin = strings.NewReader(edgeOne("x", 1, "up:net_exception_closed"))
		}
		if status := e.main(strings.Fields(args)); status != 1 || !strings.Contains(stderr.String(), "writing the output") {
			t.Errorf("%s: exit status %d, %q", args, status, stderr.String())
		}
	}
}

// TestReaderGone: whoever has seen enough of the output, such as head, hears nothing more.
func TestReaderGone(t *testing.T) {
	var stderr bytes.Buffer
	e := &env{
		stdin: strings.NewReader(tcplog), stdout: failing{fmt.Errorf("write: %w", syscall.EPIPE)}, stderr: &stderr,
		getenv: os.Getenv, now: time.Now,
	}
	if status := e.main([]string{"sessions", "-"}); status != 1 || stderr.String() != "" {
		t.Errorf("exit status %d, %q", status, stderr.String())
	}
}
