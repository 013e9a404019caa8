// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the algorithm of EdgeOne's signature
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/porttest"
)

// feed brings lines to a running example; dir is what stands before its files.
type feed struct {
	// changes are made to the configuration, for addresses that are not free in a test.
	changes func(t *testing.T) string
	send    func(t *testing.T, dir string, lines []string)
	// lines are read from the capture of that name; the default is one of HAProxy.
	lines string
	// want is what a record has to have; the default is HAProxy's proxy.type.
	want map[string]any
	// skip says why the example cannot run here.
	skip func() string
}

const haproxy, edgeone, g3proxy = "haproxy/ok/tcplog_rfc3164.log", "edgeone/ok/entries.log", "g3proxy/ok/rfc5424.log"

// feeds has one for each example but those that need another one beside them: TestFleet.
func feeds() map[string]feed {
	logFile := func(name string) func(*testing.T, string, []string) {
		return func(t *testing.T, dir string, lines []string) { write(t, filepath.Join(dir, name), lines) }
	}
	otlp := struct{ listen string }{}
	return map[string]feed{
		"file.yaml":               {send: logFile("var/log/haproxy.log")},
		"file-log-processor.yaml": {send: logFile("var/log/haproxy.log")},
		"file-log-operator.yaml":  {send: logFile("var/log/haproxy.log")},
		"syslog.yaml": {
			changes: func(t *testing.T) string {
				t.Setenv("WAYS_ENDPOINT", porttest.Take(t))
				return "receivers: {proxylog: {syslog: [{transport: tcp, endpoint: '${env:WAYS_ENDPOINT}'}, {transport: udp, endpoint: '127.0.0.1:0'}]}}"
			},
			send: func(t *testing.T, _ string, lines []string) { send(t, "tcp", os.Getenv("WAYS_ENDPOINT"), lines) },
		},
		"edgeone-push.yaml": {
			lines: edgeone, want: map[string]any{"proxy.type": "edgeone"},
			changes: func(t *testing.T) string {
				t.Setenv("EDGEONE_ENDPOINT", porttest.Take(t))
				t.Setenv("EDGEONE_SECRET_ID", "id")
				t.Setenv("EDGEONE_SECRET_KEY", "key")
				return "{}"
			},
			send: push,
		},
		"kafka.yaml": {
			changes: func(t *testing.T) string {
				t.Setenv("KAFKA_BROKER", broker(t))
				return "{}"
			},
			send: func(t *testing.T, _ string, lines []string) { produce(t, os.Getenv("KAFKA_BROKER"), lines) },
		},
		"g3proxy-fluent.yaml": {
			lines: g3proxy, want: map[string]any{"proxy.type": "g3proxy"},
			changes: func(t *testing.T) string {
				t.Setenv("FLUENT_ENDPOINT", porttest.Take(t))
				return "{}"
			},
			// What g3proxy's own driver has sent.
			send: func(t *testing.T, _ string, _ []string) {
				raw(t, os.Getenv("FLUENT_ENDPOINT"), formattest.Messages(t, formattest.Testdata("g3proxy/ok/fluentd-task.msgpack")))
			},
		},
		"journald.yaml": {
			skip: func() string {
				if runtime.GOOS != "linux" {
					return "the journald receiver is for Linux"
				}
				return ""
			},
			changes: journal,
			send: func(t *testing.T, _ string, lines []string) {
				var entries []string
				for _, l := range lines {
					// As HAProxy writes to journald: without the header, which is in the fields.
					_, text, _ := strings.Cut(l, "]: ")
					raw, err := json.Marshal(map[string]string{
						"MESSAGE": text, "_HOSTNAME": "edge-1", "SYSLOG_IDENTIFIER": "haproxy", "__REALTIME_TIMESTAMP": "1795304595427000", "__CURSOR": "c",
					})
					require.NoError(t, err)
					entries = append(entries, string(raw))
				}
				write(t, os.Getenv("WAYS_JOURNAL"), entries)
			},
		},
		"envoy-otlp.yaml": {
			want: map[string]any{},
			changes: func(t *testing.T) string {
				otlp.listen = porttest.Take(t)
				t.Setenv("OTLP_LISTEN", otlp.listen)
				return "{}"
			},
			send: func(t *testing.T, _ string, lines []string) { export(t, otlp.listen, lines) },
		},
		"kubernetes/daemonset.yaml": kubelet(),
		"kubernetes/values.yaml":    kubelet(),
	}
}

func kubelet() feed {
	return feed{
		changes: func(t *testing.T) string {
			t.Setenv("MY_POD_IP", "127.0.0.1")
			t.Setenv("K8S_NODE_NAME", "node-7")
			t.Setenv("K8S_POD_NAME", "otelcol-1")
			return "extensions: {health_check: {endpoint: '127.0.0.1:0'}}"
		},
		send: func(t *testing.T, dir string, lines []string) {
			write(t, filepath.Join(dir, "var/log/pods/shop_edge-0_0f3e2d1c-1111/haproxy/0.log"), cri(lines))
		},
	}
}

// cri wraps lines as containerd writes them.
func cri(lines []string) (out []string) {
	for _, l := range lines {
		out = append(out, "2026-11-21T23:43:15.500000000Z stdout F "+l)
	}
	return out
}

// write appends lines to a file.
func write(t *testing.T, path string, lines []string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// raw writes messages to a connection, one behind the other.
func raw(t *testing.T, address string, messages []string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	_, err = conn.Write([]byte(strings.Join(messages, "")))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}

// push sends the lines as EdgeOne does, signed now.
func push(t *testing.T, _ string, lines []string) {
	signed := fmt.Sprintf("%d-4711", time.Now().Unix())
	hash := md5.Sum([]byte("/edgeone-" + signed + "-key")) //nolint:gosec // the algorithm is the service's
	url := fmt.Sprintf("http://%s/edgeone?auth_key=%s-%x&access_key=id", os.Getenv("EDGEONE_ENDPOINT"), signed, hash)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader([]byte("["+strings.Join(lines, ",")+"]")))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
}

// journal puts a program in the place of journalctl that prints what is written to a file, in its form.
func journal(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("WAYS_JOURNAL", filepath.Join(dir, "journal.json"))
	write(t, filepath.Join(dir, "journal.json"), nil)
	script := "#!/bin/sh\ntail -n +2 -f " + filepath.Join(dir, "journal.json") + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "journalctl"), []byte(script), 0o700))
	return fmt.Sprintf("receivers: {journald: {journalctl_path: %q}}", filepath.Join(dir, "journalctl"))
}

// export sends the lines as the bodies of records over OTLP.
func export(t *testing.T, endpoint string, lines []string) {
	t.Helper()
	f := otlpexporter.NewFactory()
	cfg := config(t, f, fmt.Sprintf("{endpoint: %q, tls: {insecure: true}, sending_queue: {enabled: false}}", endpoint))
	e, err := f.CreateLogs(context.Background(), exportertest.NewNopSettings(f.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(context.Background(), componenttest.NewNopHost()))
	defer func() { assert.NoError(t, e.Shutdown(context.Background())) }()
	logs := plog.NewLogs()
	to := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, l := range lines {
		to.AppendEmpty().Body().SetStr(l)
	}
	require.NoError(t, e.ConsumeLogs(context.Background(), logs))
}

// TestExamples runs every example with its inputs and its destination in this process: what is sent arrives.
func TestExamples(t *testing.T) {
	all := feeds()
	for _, name := range examples(t) {
		f, known := all[name]
		if strings.HasPrefix(name, "fleet-") {
			continue // TestFleet
		}
		t.Run(name, func(t *testing.T) {
			require.True(t, known, "no test runs this example")
			if f.skip != nil && f.skip() != "" {
				t.Skip(f.skip())
			}
			if f.lines == "" {
				f.lines = haproxy
			}
			if f.want == nil {
				f.want = map[string]any{"proxy.type": "haproxy"}
			}
			dir := t.TempDir()
			t.Setenv("PROXYLOG_STATE", filepath.Join(dir, "state"))
			got, endpoint := destination(t)
			t.Setenv("OTLP_ENDPOINT", endpoint)
			text, config := example(t, name)
			changes := []string{below(t, config, dir+"/")}
			if f.changes != nil {
				changes = append(changes, f.changes(t))
			}
			run(t, text, changes...)
			lines := captures(t)[f.lines]
			f.send(t, dir, lines)
			require.Eventually(t, func() bool { return got.len() > 0 && (f.lines != haproxy || got.len() >= len(lines)) }, patience, 20*time.Millisecond)
			for _, r := range records(got.all()...) {
				m := r.Attributes().AsRaw()
				for key, want := range f.want {
					assert.Equal(t, want, m[key], "%s of %v", key, r.Body().AsString())
				}
			}
		})
	}
}

// TestFleet runs both tiers: the sessions of one agent's lines are joined, each by one of the two stitchers.
func TestFleet(t *testing.T) {
	dir := t.TempDir()
	got, endpoint := destination(t)
	t.Setenv("OTLP_ENDPOINT", endpoint)
	text, _ := example(t, "fleet-stitcher.yaml")
	for i := range 2 {
		listen := porttest.Take(t)
		t.Setenv("OTLP_LISTEN", listen)
		t.Setenv("PROXYLOG_STATE", filepath.Join(dir, fmt.Sprint("stitcher", i)))
		run(t, text)
		t.Setenv(fmt.Sprint("STITCHER_", i+1), listen)
	}
	t.Setenv("PROXYLOG_STATE", filepath.Join(dir, "agent"))
	agent, config := example(t, "fleet-agent.yaml")
	run(t, agent, below(t, config, dir+"/"))
	write(t, filepath.Join(dir, "var/log/g3proxy/task.log"), captures(t)[g3proxy])
	ended := func() map[string]int {
		n := map[string]int{}
		for _, r := range records(got.all()...) {
			if r.EventName() == "proxy.session.end" {
				v, _ := r.Attributes().Get("proxy.session.id")
				n[v.AsString()]++
			}
		}
		return n
	}
	require.Eventually(t, func() bool { return len(ended()) > 5 }, patience, 20*time.Millisecond)
	settled(t, got, 5*time.Second) // longer than session_stitch waits behind the end of a session
	for id, n := range ended() {
		assert.Equal(t, 1, n, "session %s was put out more than once: its parts went to different stitchers", id)
	}
}
