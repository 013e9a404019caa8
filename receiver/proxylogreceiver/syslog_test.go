// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/syslogin"
)

func syslogConfig(transport, endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Syslog = []syslogin.Config{{Transport: confignet.TransportType(transport), Endpoint: endpoint}}
	return cfg
}

// address is where the receiver listens, as it says in its log.
func (h *harness) address(t *testing.T) string {
	t.Helper()
	return listeningOn(t, h.logs)
}

func listeningOn(t *testing.T, logs *observer.ObservedLogs) string {
	t.Helper()
	entries := logs.FilterMessage("listening").All()
	require.Len(t, entries, 1)
	return entries[0].ContextMap()["address"].(string)
}

func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(context.Background(), network, address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_, err := conn.Write([]byte(text))
	require.NoError(t, err)
}

func TestUDP(t *testing.T) {
	s := newSink()
	cfg := syslogConfig("udp", "127.0.0.1:0")
	cfg.MaxLineBytes = 600
	h := start(t, cfg, s, nil)
	conn := dial(t, "udp", h.address(t))
	send(t, conn, "<13>one")
	send(t, conn, "<13>two\n")
	send(t, conn, "<13>three\n<13>four\r\n\n<13>five")
	send(t, conn, strings.Repeat("x", 700)+"\n<13>six")
	send(t, conn, "")
	send(t, conn, "bad \xff\xfe")
	s.await(t, 8)
	h.stop(t)
	assert.Equal(t, []string{
		"<13>one", "<13>two", "<13>three", "<13>four", "<13>five", strings.Repeat("x", 600), "<13>six", "bad \xff\xfe",
	}, s.lines())
	assert.Equal(t, map[string]int64{"rejected": 7, "oversize": 1, "empty": 2}, h.lines(t))
}

func TestTCP(t *testing.T) {
	s := newSink()
	cfg := syslogConfig("tcp", "127.0.0.1:0")
	cfg.MaxLineBytes = 600
	h := start(t, cfg, s, nil)
	conn := dial(t, "tcp", h.address(t))
	counted := "<13>counted, with\nan end of line in it"
	send(t, conn, "<13>one\n<13>two\r\n\n"+fmt.Sprintf("%d %s", len(counted), counted)+"<13>th")
	s.await(t, 3) // without waiting for more
	send(t, conn, "ree\n"+strings.Repeat("é", 400)+"\n<13>four\nthe end has no end of line")
	s.await(t, 6)
	require.NoError(t, conn.Close())
	s.await(t, 7)
	h.stop(t)
	assert.Equal(t, []string{
		"<13>one", "<13>two", counted, "<13>three", strings.Repeat("é", 300), "<13>four", "the end has no end of line",
	}, s.lines())
	assert.Equal(t, map[string]int64{"rejected": 6, "oversize": 1, "empty": 1}, h.lines(t))
}

// TestTCPEnd delivers what has come of an object when its connection ends: nobody goes on with it.
func TestTCPEnd(t *testing.T) {
	next := newSink()
	h := start(t, syslogConfig("tcp", "127.0.0.1:0"), next, nil)
	conn := dial(t, "tcp", h.address(t))
	send(t, conn, "{\n  \"SessionID\": \"7351927343789653715\",\n")
	require.NoError(t, conn.Close())
	next.await(t, 1)
	h.stop(t)
	assert.Equal(t, []string{"{\n  \"SessionID\": \"7351927343789653715\","}, next.lines())
}

// TestTCPCounted reads what a ring of HAProxy's with format raw and log-proto octet-count sends: numbers and texts, with
// nothing between them. The first is delivered although nothing follows it.
func TestTCPCounted(t *testing.T) {
	s := newSink()
	h := start(t, syslogConfig("tcp", "127.0.0.1:0"), s, nil)
	conn := dial(t, "tcp", h.address(t))
	send(t, conn, "3 one")
	s.await(t, 1)
	send(t, conn, "3 two5 three")
	s.await(t, 3)
	h.stop(t)
	assert.Equal(t, []string{"one", "two", "three"}, s.lines())
}

// client sends each line over a connection of its own, so that there are as many batches as lines.
type client struct{ *contract }

func (c client) Generate() []receivertest.UniqueIDAttrVal {
	return c.generate("<13>line-%06d", func(line string) {
		conn := dial(c.t, "tcp", c.address())
		send(c.t, conn, line+"\n")
		require.NoError(c.t, conn.Close())
	})
}

func TestConsumeContractTCP(t *testing.T) {
	c := newContract(t, 200)
	c.check(syslogConfig("tcp", "127.0.0.1:0"), client{c})
}

// TestShutdownDrains delivers what was read before the receiver stopped, although it was waiting for more.
func TestShutdownDrains(t *testing.T) {
	for network, wait := range map[string]func(*sink){
		// The second line has come, so that all of it was read: it comes in one piece.
		"tcp": func(s *sink) { s.await(t, 2) },
		// What has come to the socket is delivered too. It may be on its way through the kernel.
		"udp": func(*sink) { time.Sleep(100 * time.Millisecond) },
	} {
		t.Run(network, func(t *testing.T) {
			s := newSink()
			h := start(t, syslogConfig(network, "127.0.0.1:0"), s, nil)
			conn := dial(t, network, h.address(t))
			send(t, conn, "<13>first\n")
			s.await(t, 1)
			send(t, conn, "<13>second\n<13>third")
			wait(s)
			h.stop(t)
			assert.Equal(t, []string{"<13>first", "<13>second", "<13>third"}, s.lines())
		})
	}
}

// TestShutdownRefused gives up what is refused to the last, and counts it.
func TestShutdownRefused(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		t.Run(network, func(t *testing.T) {
			s := newSink()
			s.decide = func(context.Context, []string) error { return errBusy }
			h := start(t, syslogConfig(network, "127.0.0.1:0"), s, nil)
			conn := dial(t, network, h.address(t))
			send(t, conn, "<13>first\n<13>second\n")
			require.Eventually(t, func() bool { return s.refusals() > 0 }, soon, time.Millisecond)
			require.NoError(t, h.Shutdown(shortly()))
			assert.Equal(t, map[string]int64{"refused": 2}, h.lines(t))
		})
	}
}

// TestBackPressure stops reading a connection while its lines are refused, and loses none.
func TestBackPressure(t *testing.T) {
	s, busy := newBusySink()
	h := start(t, syslogConfig("tcp", "127.0.0.1:0"), s, nil)
	conn := dial(t, "tcp", h.address(t))
	const n = 20000
	pad := strings.Repeat("x", 1000)
	sent := make(chan error, 1)
	go func() {
		for i := range n {
			if _, err := fmt.Fprintf(conn, "<13>%06d %s\n", i, pad); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	select {
	case err := <-sent:
		t.Fatalf("20 MB were taken although nothing was accepted (%v)", err)
	case <-time.After(300 * time.Millisecond):
	}
	busy.Store(false)
	require.NoError(t, <-sent)
	s.await(t, n)
	h.stop(t)
	for i, l := range s.lines() {
		require.True(t, strings.HasPrefix(l, fmt.Sprintf("<13>%06d ", i)), "line %d is %.20s", i, l)
	}
}

// TestMaxConnections turns away who is too many, and takes others in when one has gone.
func TestMaxConnections(t *testing.T) {
	s := newSink()
	cfg := syslogConfig("tcp", "127.0.0.1:0")
	cfg.Syslog[0].MaxConnections = 2
	h := start(t, cfg, s, nil)
	a, b := dial(t, "tcp", h.address(t)), dial(t, "tcp", h.address(t))
	send(t, a, "<13>a\n")
	send(t, b, "<13>b\n")
	s.await(t, 2)
	c := dial(t, "tcp", h.address(t))
	_, err := c.Read(make([]byte, 1))
	require.Error(t, err, "it is closed at once")
	require.NoError(t, a.Close())
	require.Eventually(t, func() bool {
		d := dial(t, "tcp", h.address(t))
		_, err := d.Write([]byte("<13>d\n"))
		return err == nil && s.len() >= 3
	}, soon, 20*time.Millisecond)
	h.stop(t)
	assert.Equal(t, 1, h.logs.FilterMessageSnippet("turned away").Len(), "said once")
}

// TestPortTaken fails the start with the listener's address, and leaves nothing behind.
func TestPortTaken(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	cfg := syslogConfig("tcp", "127.0.0.1:0")
	cfg.Syslog = append(cfg.Syslog, syslogin.Config{Transport: "tcp", Endpoint: l.Addr().String()})
	r, err := NewFactory().CreateLogs(context.Background(), receivertest.NewNopSettings(NewFactory().Type()), cfg, newSink())
	require.NoError(t, err)
	err = r.Start(context.Background(), hostWith(nil))
	require.ErrorContains(t, err, l.Addr().String())
	require.NoError(t, r.Shutdown(context.Background()))
}
