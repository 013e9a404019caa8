// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/report"
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/porttest"
)

func TestInitUsage(t *testing.T) {
	proxylog("", "init").check(t, 2, "", "name one configuration file of the proxy")
	proxylog("", "init", "a", "b").check(t, 2, "", "name one configuration file of the proxy")
	proxylog("", "init", "--format", "nosuch", "a").check(t, 2, "", `--format: "nosuch" is none of haproxy, squid, envoy`)
	proxylog("", "init", "-").check(t, 2, "", "standard input is not read")
	proxylog("", "init", t.TempDir()).check(t, 1, "", "is a directory; name a file in it")
	proxylog("", "init", "no.cfg").check(t, 1, "", "no.cfg")
	proxylog("", "init", write(t, "what", "hello\n")).check(t, 1, "", "cannot tell whose configuration this is: add --format haproxy|squid|envoy")
	proxylog("", "init", write(t, "haproxy.cfg", "frontend a\n log-format \"%ci\n")).check(t, 1, "", "haproxy.cfg:2:13: ")
	proxylog("", "init", write(t, "envoy.yaml", "a: [")).check(t, 1, "", "envoy.yaml")
	// --format beats the name, and words tell where the name does not.
	proxylog("", "init", "--format", "squid", write(t, "haproxy.cfg", "access_log stdio:/a.log common\n")).check(t, 0, "format: squid", "")
	proxylog("", "init", write(t, "proxy.conf", "# x\nhttp_port 3128\naccess_log stdio:/a.log common\n")).check(t, 0, "format: squid", "")
	proxylog("", "init", write(t, "lb.conf", "frontend a\n log 127.0.0.1:5140 local0\n")).check(t, 0, "format: haproxy", "")
}

// lines are those of a capture in testdata, without what is no line of a log.
func lines(t *testing.T, name string) []string {
	t.Helper()
	return strings.Split(strings.TrimRight(string(formattest.Read(t, formattest.Testdata(name))), "\n"), "\n")
}

// datagrams sends lines to an address.
func datagrams(t *testing.T, address string, lines []string) {
	t.Helper()
	c, err := net.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, l := range lines {
		if _, err := c.Write([]byte(l)); err != nil {
			t.Fatal(err)
		}
	}
}

// watched is the log of a Collector, which can be waited for.
type watched struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// patience is how long a Collector may take to start, or for a record.
const patience = 60 * time.Second

func await(t *testing.T, what string, log *watched, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s; the Collector's log:\n%s", what, patience, log)
		}
	}
}

// printed is a configuration as init has printed it, run by the real distribution with its output in a file and its
// storage in a folder of the test.
type printed struct {
	t               *testing.T
	output, storage string
	log             watched
}

func run(t *testing.T, config string) *printed {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the Collector is stopped by a signal")
	}
	binary, err := filepath.Abs(filepath.Join("..", "..", "bin", "otelcol-proxylog"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		t.Skipf("the distribution is not built (make build): %v", err)
	}
	dir := t.TempDir()
	p := &printed{t: t, output: filepath.Join(dir, "records.jsonl"), storage: filepath.Join(dir, "storage")}
	// Nothing of the configuration changes but where it writes.
	changes := fmt.Sprintf(`
extensions: {file_storage: {directory: %q, create_directory: true}}
exporters: {file: {path: %q, flush_interval: 50ms}}
service: {telemetry: {metrics: {level: none}}, pipelines: {logs: {exporters: [file]}}}
`, p.storage, p.output)
	cmd := exec.CommandContext(t.Context(), binary, "--config", write(t, "config.yaml", config), "--config", write(t, "changes.yaml", changes))
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	await(t, "the start", &p.log, func() bool {
		if strings.Contains(p.log.String(), "Error: ") {
			t.Fatalf("the Collector does not start:\n%s\n%s", &p.log, config)
		}
		return strings.Contains(p.log.String(), "Everything is ready")
	})
	return p
}

// dialects counts the records so far by their dialect.
func (p *printed) dialects() map[string]int {
	out := map[string]int{}
	text, err := os.ReadFile(p.output)
	if err != nil {
		return out
	}
	// The last document may be written just now.
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	err = report.ReadOTLP(bytes.NewReader(text), func(logs plog.Logs) {
		for _, rl := range logs.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				v, _ := sl.Scope().Attributes().Get(attr.EncodingFormat)
				out[strings.TrimPrefix(v.Str(), "proxylog.")] += sl.LogRecords().Len()
			}
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// want waits until each of the dialects has as many records as given, and no other has any.
func (p *printed) want(want map[string]int) {
	p.t.Helper()
	total := 0
	for _, n := range want {
		total += n
	}
	await(p.t, fmt.Sprintf("%d records", total), &p.log, func() bool {
		n := 0
		for _, k := range p.dialects() {
			n += k
		}
		return n >= total
	})
	got := p.dialects()
	for d, n := range want {
		if got[d] != n {
			p.t.Errorf("%d records of %s, want %d", got[d], d, n)
		}
		delete(got, d)
	}
	if len(got) > 0 {
		p.t.Errorf("other records: %v", got)
	}
}

// TestInitHAProxy: what is printed for a haproxy.cfg reads the datagrams that this HAProxy would send.
func TestInitHAProxy(t *testing.T) {
	address := porttest.Take(t)
	o := proxylog("", "init", write(t, "haproxy.cfg", fmt.Sprintf(`
global
    log %s len 8192 local0
defaults
    log global
    mode http
frontend web
    option httplog
    capture request header Host len 64
    capture request header User-Agent len 200
    capture request header X-Cap len 300
    capture response header Server len 60
    capture response header X-Resp len 60
    capture response header Location len 80
frontend own
    mode tcp
    log-format 'cost $5 %%ci:%%cp [%%t] %%ft %%s %%Tt'
frontend tcp
    mode tcp
    option tcplog
`, address)))
	o.check(t, 0, "transport: udp\n        endpoint: "+address, "")
	p := run(t, o.stdout)
	tcp, web := lines(t, "haproxy/ok/tcplog_rfc3164.log"), lines(t, "haproxy/ok/httplog_captures_rfc3164.log")
	own := []string{"<134>Nov 21 23:43:14 lb1 haproxy[4540]: cost $5 192.0.2.7:47846 [21/Nov/2026:23:43:14.491] fnt s1 80"}
	datagrams(t, address, tcp)
	datagrams(t, address, web)
	datagrams(t, address, own)
	// The captures hold a few lines of connection errors and events too: each line is one record all the same.
	p.total(len(tcp)+len(web)+len(own), map[string]int{"haproxy.tcplog": len(tcp) * 3 / 4, "haproxy.httplog": len(web) * 3 / 4, "haproxy.log_format[1]": 1})
	if text := string(formattest.Read(t, p.output)); !strings.Contains(text, "http.request.header.host") {
		t.Error("the captured headers have no names")
	}
}

// total waits for a number of records, of which none was rejected and each dialect has at least so many.
func (p *printed) total(want int, least map[string]int) {
	p.t.Helper()
	sum := func() (n int) {
		for _, k := range p.dialects() {
			n += k
		}
		return n
	}
	await(p.t, fmt.Sprintf("%d records", want), &p.log, func() bool { return sum() >= want })
	got := p.dialects()
	if n := sum(); n != want || got["haproxy.rejected"] > 0 {
		p.t.Errorf("%d records, want %d, and none rejected: %v", n, want, got)
	}
	for d, n := range least {
		if got[d] < n {
			p.t.Errorf("%d records of %s, want %d or more: %v", got[d], d, n, got)
		}
	}
}

// looked waits until the Collector has looked for its files once: it begins at the end of those that it finds then, and at
// the beginning of those that come later. Behind its first poll it saves positions, of no file here.
func (p *printed) looked() {
	p.t.Helper()
	await(p.t, "the first look", &p.log, func() bool {
		files, _ := filepath.Glob(filepath.Join(p.storage, "*"))
		return slices.ContainsFunc(files, func(name string) bool {
			content, err := os.ReadFile(name)
			return err == nil && bytes.Contains(content, []byte("knownFiles"))
		})
	})
}

// grow appends lines to a file.
func (p *printed) grow(path string, lines []string) {
	p.t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		p.t.Fatal(err)
	}
}

// TestInitSquid: the same for a squid.conf whose logs go to a file and over the network.
func TestInitSquid(t *testing.T) {
	address, dir := porttest.Take(t), t.TempDir()
	file := filepath.Join(dir, "access.log")
	o := proxylog("", "init", write(t, "squid.conf", fmt.Sprintf(`
http_port 3128
logformat own %%>a %%ru took=%%tr cost=$5
access_log stdio:%s common
access_log daemon:%s/own.log own
icap_log udp://%s icap_squid
`, file, dir, address)))
	o.check(t, 0, "- "+file+"*\n", "%master_xaction in both formats")
	p := run(t, o.stdout)
	p.looked()
	access, icap := lines(t, "squid/ok/common.log"), lines(t, "squid/ok/icap_squid.log")
	p.grow(file, access)
	p.grow(filepath.Join(dir, "own.log"), []string{"192.0.2.1 http://example.com/ took=5 cost=$5"})
	datagrams(t, address, icap)
	p.want(map[string]int{"squid.common": len(access), "squid.own": 1, "squid.icap_squid": len(icap)})
}

// TestInitEnvoy: the same for a bootstrap of Envoy.
func TestInitEnvoy(t *testing.T) {
	dir := t.TempDir()
	logger := func(name, format string) string {
		return fmt.Sprintf(`
          - name: envoy.access_loggers.file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: %s%s`, filepath.Join(dir, name), format)
	}
	o := proxylog("", "init", write(t, "envoy.yaml", `
static_resources:
  listeners:
  - name: in
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          access_log:`+logger("default.log", "")+logger("own.log", `
              log_format: {json_format: {when: "%START_TIME%", type: "%ACCESS_LOG_TYPE%", price: "$5", stream: "%STREAM_ID%", to: "%UPSTREAM_HOST%"}}`)))
	o.check(t, 0, "price\":\"$$5\"", "")
	o.check(t, 0, "processors: [session_stitch]", "")
	p := run(t, o.stdout)
	p.looked()
	access := lines(t, "envoy/ok/default.log")
	p.grow(filepath.Join(dir, "default.log"), access)
	p.grow(filepath.Join(dir, "own.log"), []string{`{"when":"2026-11-21T23:51:58.578Z","type":"TcpConnectionEnd","price":"$5","stream":"a-b","to":"192.0.2.9:80"}`})
	p.want(map[string]int{"envoy.default": len(access), "envoy.session": 1})
}

// TestInitIsValid: what is printed for configurations of all kinds is valid for the distribution.
func TestInitIsValid(t *testing.T) {
	binary, err := filepath.Abs(filepath.Join("..", "..", "bin", "otelcol-proxylog"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		t.Skipf("the distribution is not built (make build): %v", err)
	}
	for name, text := range map[string]string{
		"haproxy.cfg": "global\n log /dev/log local0\n log unix@/run/x.sock local0\n log tcp@[::1]:5141 local0\nfrontend a\n log global\n mode http\n capture request header '$x' len 3\n option httpslog\n",
		"none.cfg":    "frontend a\n mode http\n",
		"squid.conf":  "logformat own %>a $5 ${HOME} \"quoted: # [x]\"\naccess_log stdio:/var/log/{x}/access.log own\naccess_log syslog:local3.info combined\n",
		"mesh.yaml":   "meshConfig: {accessLogFile: /dev/stdout, extensionProviders: [{name: o, envoyOtelAls: {service: x, port: 4317}}]}\n",
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"init", write(t, name, text)}
			if name == "none.cfg" {
				args = append(args, "--format", "haproxy")
			}
			o := proxylog("", args...)
			o.check(t, 0, anything, anything)
			out, err := exec.CommandContext(t.Context(), binary, "validate", "--config", write(t, "config.yaml", o.stdout)).CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s\n%s", err, out, o.stdout)
			}
		})
	}
}
