// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &authority{t, cert, key}
}

// save writes the authority's own certificate.
func (a *authority) save(path string) string {
	a.t.Helper()
	write(a.t, path, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})))
	return path
}

// issue writes a certificate and its key, and returns it for a client.
func (a *authority) issue(name, certFile, keyFile string) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	require.NoError(a.t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(a.t, err)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	write(a.t, certFile, string(cert))
	write(a.t, keyFile, string(keyPEM))
	out, err := tls.X509KeyPair(cert, keyPEM)
	require.NoError(a.t, err)
	return out
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// tlsConfig is a tcp listener with a certificate of the authority.
func tlsConfig(server configtls.ServerConfig) *Config {
	cfg := syslogConfig("tcp", "127.0.0.1:0")
	cfg.Syslog[0].TLS = configoptional.Some(server)
	return cfg
}

func dialTLS(t *testing.T, address string, cfg *tls.Config) *tls.Conn {
	t.Helper()
	conn, err := (&tls.Dialer{Config: cfg}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn.(*tls.Conn)
}

// server writes the files of a server and of the authority of its clients.
func server(t *testing.T, dir string, servers, clients *authority) configtls.ServerConfig {
	t.Helper()
	cfg := configtls.ServerConfig{}
	cfg.CertFile, cfg.KeyFile = filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")
	servers.issue("server", cfg.CertFile, cfg.KeyFile)
	if clients != nil {
		cfg.ClientCAFile = clients.save(filepath.Join(dir, "clients.pem"))
	}
	return cfg
}

// TestTLSClientThatNeverReads loses nothing of a client that closes its connection without having read of it, although
// most of what it sent had not been read by then.
func TestTLSClientThatNeverReads(t *testing.T) {
	ours := newAuthority(t, "ours")
	s, busy := newBusySink()
	dir := t.TempDir()
	mine := ours.issue("client", filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key"))
	h := start(t, tlsConfig(server(t, dir, ours, ours)), s, nil)
	conn := dialTLS(t, h.address(t), &tls.Config{
		RootCAs: ours.pool(), ServerName: "localhost", ClientSessionCache: tls.NewLRUClientSessionCache(1), Certificates: []tls.Certificate{mine},
	})
	const lines = 500
	for range lines {
		send(t, conn, "<13>"+strings.Repeat("x", 1000)+"\n")
	}
	require.NoError(t, conn.Close())
	busy.Store(false)
	s.await(t, lines)
	h.stop(t)
}

// TestTLS reads lines in both framings over TLS, also of a client that pauses in the middle of a line, and takes only
// clients with a certificate where a client_ca_file is set.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	servers, clients, strangers := newAuthority(t, "servers"), newAuthority(t, "clients"), newAuthority(t, "strangers")
	good := clients.issue("client", filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key"))
	bad := strangers.issue("stranger", filepath.Join(dir, "stranger.pem"), filepath.Join(dir, "stranger.key"))
	s := newSink()
	h := start(t, tlsConfig(server(t, dir, servers, clients)), s, nil)

	conn := dialTLS(t, h.address(t), &tls.Config{RootCAs: servers.pool(), Certificates: []tls.Certificate{good}})
	send(t, conn, "<13>one\n<13>tw")
	s.await(t, 1)
	time.Sleep(300 * time.Millisecond) // longer than a batch waits
	counted := "<13>counted\nwith an end of line"
	send(t, conn, fmt.Sprintf("o\n%d %s", len(counted), counted))
	s.await(t, 3)
	send(t, conn, "<13>"+strings.Repeat("x", 100_000)+"\n<13>last")
	require.NoError(t, conn.Close())
	s.await(t, 5)
	assert.Equal(t, []string{"<13>one", "<13>two", counted, "<13>" + strings.Repeat("x", 100_000), "<13>last"}, s.lines())

	for name, cfg := range map[string]*tls.Config{
		"no certificate":      {RootCAs: servers.pool()},
		"another authority's": {RootCAs: servers.pool(), Certificates: []tls.Certificate{bad}},
	} {
		conn := dialTLS(t, h.address(t), cfg) // in TLS 1.3 the client hears of it with its first read
		_, _ = conn.Write([]byte("<13>" + name + "\n"))
		_, err := conn.Read(make([]byte, 1))
		require.Error(t, err, name)
	}
	plain := dial(t, "tcp", h.address(t))
	send(t, plain, "<13>plain text\n")
	_, err := plain.Read(make([]byte, 100))
	for err == nil {
		_, err = plain.Read(make([]byte, 100)) // an alert comes first
	}
	h.stop(t)
	assert.Equal(t, 5, s.len(), "%v", s.lines())
	assert.Equal(t, 1, h.logs.FilterMessageSnippet("handshake failed").Len(), "said once")
}

// TestTLSShutdown does not wait for clients: of one that says nothing during the handshake, of one that says nothing
// after it. What was read before is delivered.
func TestTLSShutdown(t *testing.T) {
	servers := newAuthority(t, "servers")
	s := newSink()
	h := start(t, tlsConfig(server(t, t.TempDir(), servers, nil)), s, nil)
	dial(t, "tcp", h.address(t))
	conn := dialTLS(t, h.address(t), &tls.Config{RootCAs: servers.pool()})
	send(t, conn, "<13>first\n")
	s.await(t, 1)
	send(t, conn, "<13>second\n<13>third")
	s.await(t, 2) // so that all of it was read, since it comes in one piece
	require.NoError(t, h.Shutdown(shortly()))
	assert.Equal(t, []string{"<13>first", "<13>second", "<13>third"}, s.lines())
}

// TestTLSReload shows a new certificate, and takes clients of a new authority, once the files have changed.
func TestTLSReload(t *testing.T) {
	dir := t.TempDir()
	servers, old, next := newAuthority(t, "servers"), newAuthority(t, "old"), newAuthority(t, "next")
	first := old.issue("client", filepath.Join(dir, "c1.pem"), filepath.Join(dir, "c1.key"))
	second := next.issue("client", filepath.Join(dir, "c2.pem"), filepath.Join(dir, "c2.key"))
	cfg := server(t, dir, servers, old)
	cfg.ReloadInterval, cfg.ReloadClientCAFile = time.Millisecond, true
	s := newSink()
	h := start(t, tlsConfig(cfg), s, nil)
	conn := dialTLS(t, h.address(t), &tls.Config{RootCAs: servers.pool(), Certificates: []tls.Certificate{first}})
	serial := conn.ConnectionState().PeerCertificates[0].SerialNumber
	send(t, conn, "<13>one\n")
	s.await(t, 1)

	servers.issue("server", cfg.CertFile, cfg.KeyFile)
	next.save(cfg.ClientCAFile + ".new")
	require.NoError(t, os.Rename(cfg.ClientCAFile+".new", cfg.ClientCAFile))
	require.Eventually(t, func() bool {
		conn := dialTLS(t, h.address(t), &tls.Config{RootCAs: servers.pool(), Certificates: []tls.Certificate{second}})
		_, _ = conn.Write([]byte("<13>two\n"))
		return s.count("<13>two") > 0 && conn.ConnectionState().PeerCertificates[0].SerialNumber.Cmp(serial) != 0
	}, soon, 50*time.Millisecond)
	send(t, conn, "<13>three\n") // who is in stays in
	require.Eventually(t, func() bool { return s.count("<13>three") == 1 }, soon, time.Millisecond)
	h.stop(t)
}

// TestTLSFiles fails the start where a certificate is missing, with the listener and the file.
func TestTLSFiles(t *testing.T) {
	cfg := tlsConfig(configtls.ServerConfig{})
	require.ErrorContains(t, cfg.Syslog[0].TLS.Get().Validate(), "certificate")
	tc := cfg.Syslog[0].TLS.Get()
	tc.CertFile, tc.KeyFile = filepath.Join(t.TempDir(), "missing.pem"), filepath.Join(t.TempDir(), "missing.key")
	r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(NewFactory().Type()), cfg, newSink())
	require.NoError(t, err)
	err = r.Start(t.Context(), hostWith(nil))
	require.ErrorContains(t, err, "syslog[0]::tls: ")
	require.ErrorContains(t, err, "missing.pem")
	require.NoError(t, r.Shutdown(t.Context()))
}
