// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"bufio"
	"crypto/sha512"
	"crypto/tls"
	"encoding/hex"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tinylib/msgp/msgp"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/fluentin"
)

// peer is a client that knows the handshake, with a MessagePack library of its own.
type peer struct {
	t    *testing.T
	conn net.Conn
	r    *msgp.Reader
}

func newPeer(t *testing.T, conn net.Conn) *peer {
	return &peer{t, conn, msgp.NewReader(bufio.NewReader(conn))}
}

func hexed(parts ...string) string {
	d := sha512.New()
	for _, p := range parts {
		d.Write([]byte(p))
	}
	return hex.EncodeToString(d.Sum(nil))
}

// values reads an array of texts, bytes, truth values and maps.
func (p *peer) values() []any {
	p.t.Helper()
	require.NoError(p.t, p.conn.SetReadDeadline(time.Now().Add(soon)))
	v, err := p.r.ReadIntf()
	require.NoError(p.t, err)
	list, ok := v.([]any)
	require.True(p.t, ok, "%v", v)
	return list
}

// shake goes through the handshake and returns the server's PONG; what is nonempty of user is a user's name.
func (p *peer) shake(key, user, password string) []any {
	p.t.Helper()
	helo := p.values()
	require.Len(p.t, helo, 2)
	require.Equal(p.t, "HELO", helo[0])
	options := helo[1].(map[string]any)
	assert.Equal(p.t, true, options["keepalive"])
	nonce := string(options["nonce"].([]byte))
	require.Len(p.t, nonce, 16)
	salt := ""
	if b, ok := options["auth"].([]byte); ok {
		salt = string(b)
	} else {
		require.Empty(p.t, options["auth"])
	}
	b := msgp.AppendArrayHeader(nil, 6)
	for _, v := range []string{"PING", "client", "own salt", hexed("own salt", "client", nonce, key), user} {
		b = msgp.AppendString(b, v)
	}
	sum := ""
	if user != "" {
		require.NotEmpty(p.t, salt, "no salt for the password")
		sum = hexed(salt, user, password)
	}
	send(p.t, p.conn, string(msgp.AppendString(b, sum)))
	pong := p.values()
	require.Len(p.t, pong, 5)
	require.Equal(p.t, "PONG", pong[0])
	if pong[1] == true {
		assert.Equal(p.t, hexed("own salt", pong[3].(string), nonce, key), pong[4], "the server does not prove that it knows the key")
	}
	return pong
}

// TestFluentHandshake lets in who knows the key, and a user where users are asked for, and nobody else.
func TestFluentHandshake(t *testing.T) {
	for name, c := range map[string]struct {
		users          []fluentin.User
		key            string
		user, password string
		reason         string
	}{
		"key":               {nil, "secret", "", "", ""},
		"key, user unasked": {nil, "secret", "", "", ""},
		"another key":       {nil, "other", "", "", "shared_key mismatch"},
		"user":              {[]fluentin.User{{Username: "a", Password: "b"}, {Username: "c", Password: "d"}}, "secret", "c", "d", ""},
		"another password":  {[]fluentin.User{{Username: "a", Password: "b"}, {Username: "c", Password: "d"}}, "secret", "c", "b", "username/password mismatch"},
		"another user":      {[]fluentin.User{{Username: "a", Password: "b"}}, "secret", "c", "b", "username/password mismatch"},
		"no user":           {[]fluentin.User{{Username: "a", Password: "b"}}, "secret", "", "", "username/password mismatch"},
		"user, another key": {[]fluentin.User{{Username: "a", Password: "b"}}, "other", "a", "b", "shared_key mismatch"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSink()
			cfg := fluentConfig()
			cfg.Fluent.Get().SharedKey = "secret"
			cfg.Fluent.Get().Users = c.users
			cfg.Fluent.Get().Hostname = "collector"
			h := start(t, cfg, s, nil)
			conn := dial(t, "tcp", h.address(t))
			pong := newPeer(t, conn).shake(c.key, c.user, c.password)
			assert.Equal(t, []any{c.reason == "", c.reason}, pong[1:3])
			if c.reason == "" {
				assert.Equal(t, "collector", pong[3])
				send(t, conn, single("a")+forward("c", "tag", "b"))
				acked(t, conn, "c")
			} else {
				_, _ = conn.Write([]byte(single("a")))
				_, err := conn.Read(make([]byte, 1))
				require.Error(t, err)
			}
			h.stop(t)
			if c.reason == "" {
				assert.Equal(t, []string{"a", "b"}, s.lines())
			} else {
				assert.Empty(t, s.lines())
				assert.Equal(t, 1, h.logs.FilterMessageSnippet("the handshake failed").Len())
			}
		})
	}
}

// TestFluentNoHandshake takes nothing from a client that does not shake hands.
func TestFluentNoHandshake(t *testing.T) {
	for name, data := range map[string]string{"a message": single("a"), "no message": "\xc1", "too much": "\xdb\x00\x01\x00\x00" + string(make([]byte, 5000))} {
		t.Run(name, func(t *testing.T) {
			s := newSink()
			cfg := fluentConfig()
			cfg.Fluent.Get().SharedKey = "secret"
			h := start(t, cfg, s, nil)
			conn := dial(t, "tcp", h.address(t))
			p := newPeer(t, conn)
			p.values()
			send(t, conn, data)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(soon)))
			for err := error(nil); err == nil; {
				_, err = conn.Read(make([]byte, 100)) // a PONG that says no, and the end
			}
			h.stop(t)
			assert.Empty(t, s.lines())
		})
	}
}

// TestFluentTLS serves clients with a certificate alone, and does not wait for silent ones when it stops.
func TestFluentTLS(t *testing.T) {
	dir := t.TempDir()
	servers, clients := newAuthority(t, "servers"), newAuthority(t, "clients")
	good := clients.issue("client", dir+"/client.pem", dir+"/client.key")
	s := newSink()
	cfg := fluentConfig()
	cfg.Fluent.Get().TLS = configoptional.Some(server(t, dir, servers, clients))
	h := start(t, cfg, s, nil)
	conn := dialTLS(t, h.address(t), &tls.Config{RootCAs: servers.pool(), Certificates: []tls.Certificate{good}})
	send(t, conn, forward("c", "tag", "a"))
	acked(t, conn, "c")
	bare := dialTLS(t, h.address(t), &tls.Config{RootCAs: servers.pool()})
	_, err := bare.Read(make([]byte, 1))
	require.Error(t, err)
	dial(t, "tcp", h.address(t)) // says nothing
	h.stop(t)
	assert.Equal(t, []string{"a"}, s.lines())
}
