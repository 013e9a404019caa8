// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/encoding"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/tcplogreceiver"

	"github.com/proxylog/proxylog/extension/proxylogencodingextension"
	"github.com/proxylog/proxylog/internal/msgpack"
	"github.com/proxylog/proxylog/internal/porttest"
	"github.com/proxylog/proxylog/processor/proxylogprocessor"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver"
)

// way takes lines to a consumer and returns when it has handed over the last one; where it reads on by itself, the caller
// waits.
type way struct {
	take func(t *testing.T, lines []string, next consumer.Logs)
	// waits says that a refusing consumer loses nothing.
	waits bool
}

// ways are all of them but Kafka, which needs a broker: TestKafka.
var ways = map[string]way{
	"file": {waits: true, take: func(t *testing.T, lines []string, next consumer.Logs) { readFile(t, lines, next) }},
	"syslog tcp": {waits: true, take: func(t *testing.T, lines []string, next consumer.Logs) {
		r := start(t, proxylogreceiver.NewFactory(), "syslog: [{transport: tcp, endpoint: '127.0.0.1:0'}]", next, nil)
		send(t, "tcp", r.address(t), lines)
	}},
	"syslog udp": {take: func(t *testing.T, lines []string, next consumer.Logs) {
		r := start(t, proxylogreceiver.NewFactory(), "syslog: [{transport: udp, endpoint: '127.0.0.1:0'}]", next, nil)
		send(t, "udp", r.address(t), lines)
	}},
	"file_log and processor": {waits: true, take: func(t *testing.T, lines []string, next consumer.Logs) {
		start(t, filelogreceiver.NewFactory(), fileLog(t, lines, "[]"), behind(t, proxylogprocessor.NewFactory(), "{}", next), nil)
	}},
	"file_log and operator": {waits: true, take: func(t *testing.T, lines []string, next consumer.Logs) {
		start(t, filelogreceiver.NewFactory(), fileLog(t, lines, "[{type: proxylog_parser, on_error: send_quiet}]"), next, nil)
	}},
	"tcp_log and operator": {waits: true, take: func(t *testing.T, lines []string, next consumer.Logs) {
		endpoint := porttest.Take(t)
		start(t, tcplogreceiver.NewFactory(), fmt.Sprintf("{listen_address: %q, %s, %s, operators: [{type: proxylog_parser}]}", endpoint, whole, retry), next, nil)
		send(t, "tcp", endpoint, lines)
	}},
	"http": {take: func(t *testing.T, lines []string, next consumer.Logs) {
		r := start(t, proxylogreceiver.NewFactory(), "http: {endpoint: '127.0.0.1:0'}", next, nil)
		post(t, "http://"+r.address(t)+"/", strings.Join(lines, "\n"))
	}, waits: true},
	"fluent": {waits: true, take: func(t *testing.T, lines []string, next consumer.Logs) {
		r := start(t, proxylogreceiver.NewFactory(), "fluent: {endpoint: '127.0.0.1:0'}", next, nil)
		forward(t, r.address(t), lines)
	}},
	"encoding, a message": {take: func(t *testing.T, lines []string, next consumer.Logs) {
		u := extend(t, proxylogencodingextension.NewFactory(), "{}").(plog.Unmarshaler)
		logs, err := u.UnmarshalLogs([]byte(strings.Join(lines, "\n")))
		require.NoError(t, err)
		require.NoError(t, next.ConsumeLogs(context.Background(), logs))
	}},
	"encoding, a message for each line": {take: func(t *testing.T, lines []string, next consumer.Logs) {
		u := extend(t, proxylogencodingextension.NewFactory(), "{}").(plog.Unmarshaler)
		for _, l := range lines {
			logs, err := u.UnmarshalLogs([]byte(l))
			require.NoError(t, err)
			require.NoError(t, next.ConsumeLogs(context.Background(), logs))
		}
	}},
	"encoding, a stream": {take: func(t *testing.T, lines []string, next consumer.Logs) {
		e := extend(t, proxylogencodingextension.NewFactory(), "{}").(encoding.LogsDecoderExtension)
		d, err := e.NewLogsDecoder(strings.NewReader(strings.Join(lines, "\n")), encoding.WithFlushItems(7))
		require.NoError(t, err)
		for {
			logs, err := d.DecodeLogs()
			if err == io.EOF {
				return
			}
			require.NoError(t, err)
			require.NoError(t, next.ConsumeLogs(context.Background(), logs))
		}
	}},
}

// whole lets stanza's receivers hand on lines as they are: by default they cut blanks off and replace what is not UTF-8.
const whole = "encoding: utf-8-raw, preserve_leading_whitespaces: true, preserve_trailing_whitespaces: true"

const retry = "retry_on_failure: {enabled: true, initial_interval: 1ms, max_interval: 10ms, max_elapsed_time: 0s}"

func fileLog(t *testing.T, lines []string, operators string) string {
	return fmt.Sprintf("{include: [%q], start_at: beginning, poll_interval: 10ms, %s, %s, operators: %s}", file(t, lines), whole, retry, operators)
}

// readFile lets the receiver read a file.
func readFile(t *testing.T, lines []string, next consumer.Logs) *running {
	t.Helper()
	return start(t, proxylogreceiver.NewFactory(), fmt.Sprintf("file: {include: [%q], start_at: beginning, poll_interval: 10ms}", file(t, lines)), next, nil)
}

// measured are the records that the receiver makes of a file, against which those of other ways are held.
func measured(t *testing.T, lines []string) []string {
	t.Helper()
	got := new(sink)
	r := readFile(t, lines, got)
	require.Eventually(t, func() bool { return r.lines(t)[""] == int64(len(lines)) }, patience, 5*time.Millisecond)
	return flat(t, got.all()...)
}

func file(t *testing.T, lines []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "proxy.log")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return path
}

// send sends each line, over udp slowly enough for the kernel's buffer.
func send(t *testing.T, network, address string, lines []string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), network, address)
	require.NoError(t, err)
	defer conn.Close()
	if network == "tcp" {
		_, err = io.Copy(conn, bytes.NewReader([]byte(strings.Join(lines, "\n")+"\n")))
		require.NoError(t, err)
		return
	}
	for i, l := range lines {
		_, err = conn.Write([]byte(l))
		require.NoError(t, err)
		if i%50 == 49 {
			time.Sleep(time.Millisecond)
		}
	}
}

// forward sends the lines as Fluent Bit does, as values of the key log, and waits for the acknowledgement.
func forward(t *testing.T, address string, lines []string) {
	t.Helper()
	b := msgpack.AppendArray(msgpack.AppendStr(msgpack.AppendArray(nil, 3), "proxy"), len(lines))
	for _, l := range lines {
		b = binary.BigEndian.AppendUint32(append(msgpack.AppendArray(b, 2), 0xce), forwarded)
		b = msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(b, 1), "log"), l)
	}
	b = msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(b, 1), "chunk"), "c1")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write(b)
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	want := msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(nil, 1), "ack"), "c1")
	got := make([]byte, len(want))
	_, err = io.ReadFull(conn, got)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// post sends a body until it is accepted, as a sender does that repeats.
func post(t *testing.T, url, body string) {
	t.Helper()
	require.Eventually(t, func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			return false
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		return res.Body.Close() == nil && res.StatusCode == http.StatusOK
	}, patience, 10*time.Millisecond)
}

// TestSameRecord: a line is the same record whatever way it takes. The measure is the receiver's file input, whose records
// the tests of the formats hold against the proxies' own numbers.
func TestSameRecord(t *testing.T) {
	for name, lines := range captures(t) {
		t.Run(name, func(t *testing.T) {
			want := measured(t, lines)
			require.GreaterOrEqual(t, len(want), len(lines)/2)
			for name, w := range ways {
				t.Run(name, func(t *testing.T) {
					got := new(sink)
					w.take(t, lines, got)
					assert.Eventually(t, func() bool { return got.len() >= len(want) }, patience, 5*time.Millisecond)
					same(t, want, flat(t, got.all()...))
				})
			}
		})
	}
}

// settled waits until no more records come for a while.
func settled(t *testing.T, s *sink, quiet time.Duration) {
	t.Helper()
	last, since := 0, time.Now()
	require.Eventually(t, func() bool {
		if n := s.len(); n != last {
			last, since = n, time.Now()
		}
		return last > 0 && time.Since(since) > quiet
	}, patience, 20*time.Millisecond)
}

// TestRefusals: a consumer that refuses two of three calls loses nothing on a way that can wait.
func TestRefusals(t *testing.T) {
	lines := captures(t)["haproxy/ok/tcplog_rfc3164.log"]
	require.NotEmpty(t, lines)
	for name, w := range ways {
		if !w.waits {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got := &sink{refuse: func(call int) bool { return call%3 != 0 }}
			w.take(t, lines, got)
			bodies := func() map[string]bool {
				m := map[string]bool{}
				for _, r := range records(got.all()...) {
					m[r.Body().AsString()] = true
				}
				return m
			}
			want := map[string]bool{}
			for _, l := range lines {
				want[l] = true
			}
			require.Eventually(t, func() bool { return len(bodies()) >= len(want) }, patience, 10*time.Millisecond)
			assert.Equal(t, want, bodies())
			assert.NotZero(t, got.refusals())
		})
	}
}

// TestLossIsCounted: datagrams cannot wait. What is refused until the receiver stops is counted, line by line.
func TestLossIsCounted(t *testing.T) {
	lines := captures(t)["haproxy/ok/tcplog_rfc3164.log"]
	got := &sink{refuse: func(int) bool { return true }}
	r := start(t, proxylogreceiver.NewFactory(), "syslog: [{transport: udp, endpoint: '127.0.0.1:0'}]", got, nil)
	send(t, "udp", r.address(t), lines)
	require.Eventually(t, func() bool { return got.refusals() > 0 }, patience, 5*time.Millisecond)
	// What is still in the kernel is read before the receiver stops listening, or never: wait for it.
	time.Sleep(300 * time.Millisecond)
	r.stop()
	assert.Equal(t, int64(len(lines)), r.lines(t, "outcome")["refused"])
	assert.Zero(t, got.len())
}
