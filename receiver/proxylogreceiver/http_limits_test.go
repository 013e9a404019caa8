// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	otelclient "go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// slow begins a request whose body does not come, and returns when the receiver has begun to read it.
func slow(t *testing.T, address string) net.Conn {
	t.Helper()
	conn := dial(t, "tcp", address)
	send(t, conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	answer := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	_, err := io.ReadFull(conn, answer)
	require.NoError(t, err)
	require.Contains(t, string(answer), "100 Continue")
	send(t, conn, "half a line")
	return conn
}

// TestConcurrentRequests tells who is too many to come again, and takes others in when there is room.
func TestConcurrentRequests(t *testing.T) {
	s := newSink()
	cfg := httpConfig()
	cfg.HTTP.Get().MaxConcurrentRequests = 1
	h := start(t, cfg, s, nil)
	first := slow(t, h.address(t))
	got := h.post(t, "/", nil, []byte("two"))
	assert.Equal(t, []any{429, "-1", "5"}, []any{got.status, got.code, got.retryAfter})
	waited := h.posting(t, "three")
	time.Sleep(50 * time.Millisecond) // until it waits; were it later, it would have its turn at once
	require.NoError(t, first.Close())
	assert.Equal(t, 200, (<-waited).status, "it waits for its turn")
	h.stop(t)
	assert.Equal(t, []string{"three"}, s.lines(), "half a body is none")
}

// TestHTTPShutdown does not wait for a client that sends nothing, and answers the one whose records are not accepted any
// more so that it comes again.
func TestHTTPShutdown(t *testing.T) {
	s := newSink()
	s.decide = func(context.Context, []string) error { return errBusy }
	h := start(t, httpConfig(), s, nil)
	slow(t, h.address(t))
	refused := h.posting(t, "one")
	require.Eventually(t, func() bool { return s.refusals() > 0 }, soon, time.Millisecond)
	stopped := make(chan error)
	go func() { stopped <- h.Shutdown(context.Background()) }()
	got := <-refused
	assert.Equal(t, []any{503, "-1", "5"}, []any{got.status, got.code, got.retryAfter})
	require.NoError(t, <-stopped)
	assert.Zero(t, s.len())
	assert.Empty(t, h.lines(t))
}

// TestHTTPHangingConsumer cancels a call of the next consumer that does not return, and answers its sender. From then until
// the connection is closed there are two seconds for the answer: a machine that stands still as long gets another try.
func TestHTTPHangingConsumer(t *testing.T) {
	var status int
	for try := 0; status == 0 && try < 5; try++ {
		status = stopHanging(t)
	}
	assert.Equal(t, 503, status)
}

// stopHanging is what a request is answered with that waits for the next consumer when the receiver stops; 0 is nothing.
func stopHanging(t *testing.T) int {
	t.Helper()
	called := make(chan struct{})
	s := newSink()
	s.decide = func(ctx context.Context, _ []string) error {
		close(called)
		<-ctx.Done()
		return ctx.Err()
	}
	h := start(t, httpConfig(), s, nil)
	refused := h.posting(t, "one")
	<-called
	require.NoError(t, h.Shutdown(giveUp{t.Context(), time.Now().Add(8 * time.Second)}))
	return (<-refused).status
}

// TestClientMetadata hands on who has sent the records, with the headers where include_metadata says so.
func TestClientMetadata(t *testing.T) {
	var info atomic.Value
	s := newSink()
	s.decide = func(ctx context.Context, _ []string) error {
		info.Store(otelclient.FromContext(ctx))
		return nil
	}
	cfg := httpConfig()
	cfg.HTTP.Get().Server.IncludeMetadata = true
	h := start(t, cfg, s, nil)
	assert.Equal(t, 200, h.post(t, "/", map[string]string{"X-Tenant": "north"}, []byte("one")).status)
	h.stop(t)
	got := info.Load().(otelclient.Info)
	assert.Equal(t, []string{"north"}, got.Metadata.Get("x-tenant"))
	assert.Equal(t, "127.0.0.1", got.Addr.String())
}

// TestHTTPS serves clients with a certificate, over HTTP/2 too.
func TestHTTPS(t *testing.T) {
	dir := t.TempDir()
	servers, clients := newAuthority(t, "servers"), newAuthority(t, "clients")
	good := clients.issue("client", dir+"/client.pem", dir+"/client.key")
	cfg := httpConfig()
	cfg.HTTP.Get().Server.TLS = configoptional.Some(server(t, dir, servers, clients))
	s := newSink()
	h := start(t, cfg, s, nil)
	for _, certificates := range [][]tls.Certificate{{good}, nil} {
		transport := &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: servers.pool(), Certificates: certificates},
			ForceAttemptHTTP2: true,
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+h.address(t), strings.NewReader("one"))
		require.NoError(t, err)
		resp, err := (&http.Client{Transport: transport}).Do(req)
		if certificates == nil {
			require.Error(t, err)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, []any{200, 2}, []any{resp.StatusCode, resp.ProtoMajor})
		require.NoError(t, resp.Body.Close())
		transport.CloseIdleConnections()
	}
	h.stop(t)
	assert.Equal(t, []string{"one"}, s.lines())
}

// poster sends each line in a request of its own, as often as it is told to.
type poster struct {
	*contract
	client *http.Client
}

func (p poster) Stop() { p.client.CloseIdleConnections() }

func (p poster) Generate() []receivertest.UniqueIDAttrVal {
	return p.generate("line-%06d", func(line string) {
		for {
			req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+p.address(), strings.NewReader(line))
			require.NoError(p.t, err)
			resp, err := p.client.Do(req)
			require.NoError(p.t, err)
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusBadRequest {
				return
			}
		}
	})
}

func TestConsumeContractHTTP(t *testing.T) {
	c := newContract(t, 200)
	c.check(httpConfig(), poster{c, &http.Client{Transport: &http.Transport{}}})
}

// TestHTTPPortTaken fails the start with the input's name.
func TestHTTPPortTaken(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	cfg := httpConfig()
	cfg.HTTP.Get().Server.NetAddr.Endpoint = l.Addr().String()
	r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(NewFactory().Type()), cfg, newSink())
	require.NoError(t, err)
	require.ErrorContains(t, r.Start(t.Context(), hostWith(nil)), "http: listen tcp "+l.Addr().String())
	require.NoError(t, r.Shutdown(t.Context()))
}
