// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build proxies

package proxies

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/proxylog/proxylog/internal/porttest"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver"
)

// patience is how long a test waits for what has to happen.
const patience = 30 * time.Second

// binary is the path of a proxy: what tools/sh/proxies.sh has installed below build, or what the PATH has. Without one the
// test is skipped.
func binary(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{filepath.Join("..", "..", "build", "proxies", "bin"), "/usr/sbin", "/usr/local/sbin"} {
		if path, err := filepath.Abs(filepath.Join(dir, name)); err == nil {
			if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
				return path
			}
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed, its logs are not tested: %v", name, err)
	}
	return path
}

// run starts a process, waits until it accepts connections at the addresses, and stops it at the end of the test.
func run(t *testing.T, addresses []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(t, cmd.Start())
	done := make(chan struct{})
	go func() { defer close(done); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-done
		}
		if t.Failed() {
			t.Logf("%s: %s", name, output.String())
		}
	})
	for _, a := range addresses {
		require.Eventually(t, func() bool {
			c, err := net.Dial("tcp", a)
			if err == nil {
				err = c.Close()
			}
			return err == nil
		}, patience, 20*time.Millisecond, "%s does not listen at %s", name, a)
	}
}

// free are addresses on loopback at which nothing listens.
func free(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for range n {
		out = append(out, porttest.Take(t))
	}
	return out
}

// host and port are the parts of an address.
func host(address string) string { h, _, _ := net.SplitHostPort(address); return h }

func port(address string) string { _, p, _ := net.SplitHostPort(address); return p }

// record is what came of one line.
type record struct {
	event, severity string
	attributes      map[string]any
}

// collector is the receiver and what it has read.
type collector struct{ sink *consumertest.LogsSink }

// collect starts the receiver with the settings.
func collect(t *testing.T, settings map[string]any) *collector {
	t.Helper()
	f := proxylogreceiver.NewFactory()
	cfg := f.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(cfg))
	require.NoError(t, cfg.(*proxylogreceiver.Config).Validate())
	c := &collector{sink: new(consumertest.LogsSink)}
	r, err := f.CreateLogs(context.Background(), receivertest.NewNopSettings(f.Type()), cfg, c.sink)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, r.Shutdown(context.Background())) })
	return c
}

// records are all records so far; one that could not be read fails the test.
func (c *collector) records(t *testing.T) []record {
	t.Helper()
	var out []record
	for _, logs := range c.sink.AllLogs() {
		for _, rl := range logs.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					r := record{lr.EventName(), lr.SeverityText(), lr.Attributes().AsRaw()}
					require.NotContains(t, r.attributes, "proxylog.error.type", lr.Body().AsString())
					out = append(out, r)
				}
			}
		}
	}
	return out
}

// await waits for the records of all requests, found by the id in the query of their URL.
func (c *collector) await(t *testing.T, requests []request) map[string]record {
	t.Helper()
	out := map[string]record{}
	require.Eventually(t, func() bool {
		clear(out)
		for _, r := range c.records(t) {
			if q, ok := r.attributes["url.query"].(string); ok {
				id := strings.TrimPrefix(q, "id=")
				require.NotContains(t, out, id, "it arrived twice")
				out[id] = r
			}
		}
		return len(out) >= len(requests)
	}, patience, 50*time.Millisecond, "not every request has arrived")
	require.Len(t, out, len(requests))
	return out
}

// request is one request as the client made and saw it.
type request struct {
	id, method, path string
	status           int
	// sent and received are bytes of bodies; out and wire are all bytes that were sent and received.
	sent, received, out, wire int
	client                    string // its address
}

// origin is the server behind the proxy: /size/n answers with n bytes, /status/n with that status, /slow/n with one half of
// n bytes, and never with the other.
func origin(t *testing.T) string {
	t.Helper()
	stop := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/size/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = w.Write(bytes.Repeat([]byte("x"), n))
	})
	mux.HandleFunc("/status/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		w.WriteHeader(n)
	})
	mux.HandleFunc("/slow/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = w.Write(bytes.Repeat([]byte("x"), n/2))
		w.(http.Flusher).Flush()
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() { close(stop); _ = s.Close(); wg.Wait() })
	return l.Addr().String()
}

// do makes one request over a connection of its own and reads the whole answer; with abort it leaves after so many bytes
// of the body.
func do(t *testing.T, proxy, method, path, id string, sent, abort int) request {
	t.Helper()
	return doTo(t, proxy, "", method, path, id, sent, abort)
}

// doTo is do for a forward proxy, which is told the server: http://address.
func doTo(t *testing.T, proxy, server, method, path, id string, sent, abort int) request {
	t.Helper()
	conn, err := net.Dial("tcp", proxy)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	body := strings.Repeat("y", sent)
	out, err := fmt.Fprintf(conn, "%s %s%s?id=%s HTTP/1.1\r\nHost: lab.example\r\nUser-Agent: a \"test\"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", method, server, path, id, sent, body)
	require.NoError(t, err)
	r := request{id: id, method: method, path: path, sent: sent, out: out, client: conn.LocalAddr().String()}
	var raw []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		raw = append(raw, buf[:n]...)
		head, rest, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
		if ok {
			r.received = len(rest)
			_, _ = fmt.Sscanf(string(head), "HTTP/1.1 %d", &r.status)
		}
		if abort > 0 && ok && r.received >= abort {
			// A reset, which no proxy takes for the end of what the client has to say.
			require.NoError(t, conn.(*net.TCPConn).SetLinger(0))
			break
		}
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	r.wire = len(raw)
	return r
}

// tunnel has a proxy connect to the server, asks that for n bytes and reads the whole answer.
func tunnel(t *testing.T, proxy, server string, n int) request {
	t.Helper()
	conn, err := net.Dial("tcp", proxy)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	r := request{method: http.MethodConnect, client: conn.LocalAddr().String()}
	r.id = "tunnel " + r.client
	out, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", server)
	require.NoError(t, err)
	answer := bufio.NewReader(conn)
	for line := ""; line != "\r\n"; {
		line, err = answer.ReadString('\n')
		require.NoError(t, err)
		if r.wire == 0 {
			_, err = fmt.Sscanf(line, "HTTP/1.1 %d", &r.status)
			require.NoError(t, err)
		}
		r.wire += len(line)
	}
	r.sent, err = fmt.Fprintf(conn, "GET /size/%d HTTP/1.1\r\nHost: lab.example\r\nConnection: close\r\n\r\n", n)
	require.NoError(t, err)
	rest, err := io.ReadAll(answer)
	require.NoError(t, err)
	r.out, r.received, r.wire = out+r.sent, len(rest), r.wire+len(rest)
	return r
}

// sizes are of answers: none, small ones, and some that do not fit into one buffer.
var sizes = []int{0, 1, 17, 1000, 16384, 70000, 300001}

// drive makes a few hundred requests of known outcome: answers of known size, uploads, errors of the server.
func drive(t *testing.T, proxy, prefix string) []request {
	t.Helper()
	return driveTo(t, proxy, "", prefix)
}

// driveTo is drive for a forward proxy, which is told the server: http://address.
func driveTo(t *testing.T, proxy, server, prefix string) []request {
	t.Helper()
	var out []request
	for i := range 210 {
		out = append(out, doTo(t, proxy, server, http.MethodGet, fmt.Sprintf("/size/%d", sizes[i%len(sizes)]), fmt.Sprintf("%s-get-%d", prefix, i), 0, 0))
	}
	for i, n := range sizes {
		out = append(out, doTo(t, proxy, server, http.MethodPost, "/size/5", fmt.Sprintf("%s-post-%d", prefix, i), n, 0))
	}
	for _, s := range []int{204, 401, 404, 500, 503} {
		out = append(out, doTo(t, proxy, server, http.MethodGet, fmt.Sprintf("/status/%d", s), fmt.Sprintf("%s-status-%d", prefix, s), 0, 0))
	}
	return out
}
