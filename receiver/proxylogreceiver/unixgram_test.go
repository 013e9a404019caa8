// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package proxylogreceiver

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/proxylog/proxylog/internal/attr"
)

// socketPath is short: a socket's path may not have more than about a hundred bytes.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "plog")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "log.sock")
}

func TestUnixgram(t *testing.T) {
	path := socketPath(t)
	s := newSink()
	cfg := syslogConfig("unixgram", path)
	cfg.MaxLineBytes = 600
	h := start(t, cfg, s, nil)
	assert.Equal(t, path, h.address(t))
	info, err := os.Lstat(path)
	require.NoError(t, err)
	assert.Equal(t, os.ModeSocket|0o660, info.Mode())

	conn := dial(t, "unixgram", path)
	send(t, conn, "<13>one")
	send(t, conn, "<13>two\n<13>three\n")
	send(t, conn, strings.Repeat("é", 400)+"\n<13>four")
	send(t, conn, "")
	send(t, conn, strings.Repeat("<13>many\n", 8000)) // longer than a udp datagram: 72,000 bytes
	other := dial(t, "unixgram", path)
	send(t, other, "<13>five")
	s.await(t, 5+7281+1)
	h.stop(t)
	got := s.lines()
	assert.Equal(t, []string{"<13>one", "<13>two", "<13>three", strings.Repeat("é", 300), "<13>four"}, got[:5])
	assert.Equal(t, "<13>five", got[len(got)-1])
	assert.Equal(t, map[string]int64{"rejected": 7286, "oversize": 2, "empty": 1}, h.lines(t), "the last of many was cut")
	_, err = os.Lstat(path)
	assert.ErrorIs(t, err, os.ErrNotExist, "the socket is removed")
}

// TestUnixgramJournal takes what is meant for journald: each datagram is one message, however many lines it has.
func TestUnixgramJournal(t *testing.T) {
	path := socketPath(t)
	s := newSink()
	h := start(t, syslogConfig("unixgram", path), s, nil)
	conn := dial(t, "unixgram", path)
	send(t, conn, "PRIORITY=5\nSYSLOG_IDENTIFIER=g3proxy\nLOG_TYPE=Escape\nTASK_ID=b5bb8a1ae60511f18563dd5d51157768\nESCAPE_TYPE=TcpConnect\n"+
		"REASON=ConnectFailed\nMESSAGE\n\x04\x00\x00\x00\x00\x00\x00\x00a\nb\n\n")
	send(t, conn, "PRIORITY=6\nSYSLOG_IDENTIFIER=haproxy\nMESSAGE=Proxy fnt started.\n")
	s.await(t, 2)
	h.stop(t)
	records := s.all()
	require.Len(t, records, 2)
	assert.Equal(t, "proxy.connection.error", records[0].EventName())
	message, _ := records[0].Attributes().Get(attr.G3proxyMessage)
	assert.Equal(t, "a\nb\n", message.Str())
	assert.Equal(t, "proxy.event", records[1].EventName())
	assert.Equal(t, "Proxy fnt started.", records[1].Body().Str())
}

// TestUnixgramStale takes the place of a socket that nobody listens on, and of nothing else.
func TestUnixgramStale(t *testing.T) {
	path := socketPath(t)
	fails := func(want string) {
		t.Helper()
		r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(NewFactory().Type()), syslogConfig("unixgram", path), newSink())
		require.NoError(t, err)
		err = r.Start(t.Context(), hostWith(nil))
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, want)
		require.NoError(t, r.Shutdown(t.Context()))
	}
	live, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	fails("another process listens")
	require.NoError(t, live.Close()) // which leaves the file

	s := newSink()
	cfg := syslogConfig("unixgram", path)
	cfg.Syslog[0].Mode = "0600"
	h := start(t, cfg, s, nil)
	info, err := os.Lstat(path)
	require.NoError(t, err)
	assert.Equal(t, os.ModeSocket|0o600, info.Mode())
	send(t, dial(t, "unixgram", path), "<13>one")
	s.await(t, 1)
	// Somebody else takes the path over: what is there now is not ours to remove.
	require.NoError(t, os.Remove(path))
	write(t, path, "text")
	h.stop(t)
	fails("is no socket")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "text", string(text))

	require.NoError(t, os.Remove(path))
	stream, err := new(net.ListenConfig).Listen(t.Context(), "unix", path)
	require.NoError(t, err)
	fails("wrong type")
	require.NoError(t, stream.Close())

	path = filepath.Join(filepath.Dir(path), "missing", "log.sock")
	fails("no such file or directory")
}

// TestUnixgramRestart takes a path over from itself.
func TestUnixgramRestart(t *testing.T) {
	path := socketPath(t)
	s := newSink()
	for range 3 {
		h := start(t, syslogConfig("unixgram", path), s, nil)
		send(t, dial(t, "unixgram", path), "<13>one")
		h.stop(t) // which delivers what is on its way
	}
	assert.Equal(t, 3, s.len())
}

// TestUnixgramRefused gives up what is refused to the last, and counts it; the senders do not wait for that.
func TestUnixgramRefused(t *testing.T) {
	path := socketPath(t)
	s := newSink()
	s.decide = func(context.Context, []string) error { return errors.New("busy") }
	h := start(t, syslogConfig("unixgram", path), s, nil)
	conn := dial(t, "unixgram", path)
	for range 1000 {
		send(t, conn, "<13>one")
	}
	require.NoError(t, h.Shutdown(shortly()))
	assert.Equal(t, map[string]int64{"refused": 1000}, h.lines(t))
}
