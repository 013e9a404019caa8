// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"crypto/sha512"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/msgpack"
)

// sha is the digest of the Forward Protocol Specification.
func sha(parts ...string) string {
	return fmt.Sprintf("%x", sha512.Sum512([]byte(strings.Join(parts, ""))))
}

// list is an array of values that are packed already.
func list(parts ...string) string {
	return string(msgpack.AppendArray(nil, len(parts))) + strings.Join(parts, "")
}

func str(s string) string { return string(msgpack.AppendStr(nil, s)) }

// TestPing: clients pack a salt as they like, Ruby's as bytes, and leave out a user that nobody asks for.
func TestPing(t *testing.T) {
	const salt, null = "0123456789abcdef", "\xc0"
	users := []User{{"a", "b"}}
	for name, c := range map[string]struct {
		users []User
		ping  func(key, password string) string
		want  error
	}{
		"texts": {nil, func(key, _ string) string {
			return list(str("PING"), str("client"), str(salt), str(key), str(""), str(""))
		}, nil},
		"bytes": {nil, func(key, _ string) string {
			return list(bin("PING"), bin("client"), bin(salt), bin(key), bin(""), bin(""))
		}, nil},
		"no user": {nil, func(key, _ string) string { return list(str("PING"), str("client"), bin(salt), str(key), null, null) }, nil},
		"a user": {users, func(key, pw string) string {
			return list(str("PING"), str("client"), bin(salt), str(key), bin("a"), bin(pw))
		}, nil},
		"no user at all": {users, func(key, _ string) string { return list(str("PING"), str("client"), bin(salt), str(key), null, null) }, errPassword},
		"no key":         {nil, func(_, _ string) string { return list(str("PING"), str("client"), bin(salt), null, null, null) }, errPing},
		"no salt":        {nil, func(key, _ string) string { return list(str("PING"), str("client"), null, str(key), null, null) }, errPing},
		"a number":       {nil, func(key, _ string) string { return list(str("PING"), str("client"), bin(salt), str(key), "\x01", null) }, errPing},
		"another name":   {nil, func(key, _ string) string { return list(str("PONG"), str("client"), bin(salt), str(key), null, null) }, errPing},
		"five parts":     {nil, func(key, _ string) string { return list(str("PING"), str("client"), bin(salt), str(key), null) }, errPing},
		"half": {nil, func(key, _ string) string {
			return list(str("PING"), str("client"), bin(salt), str(key), null, null)[:20]
		}, errPing},
		"and more": {nil, func(key, _ string) string {
			return list(str("PING"), str("client"), bin(salt), str(key), null, null) + null
		}, errPing},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHandshake(&Config{SharedKey: "secret", Users: c.users}, "server")
			ping := c.ping(sha(salt, "client", h.nonce, "secret"), sha(h.salt, "a", "b"))
			pong, err := h.pong(ping)
			require.ErrorIs(t, err, c.want)
			want := list(str("PONG"), "\xc3", str(""), str("server"), str(sha(salt, "server", h.nonce, "secret")))
			if c.want != nil {
				want = list(str("PONG"), "\xc2", str(c.want.Error()), str(""), str(""))
			}
			assert.Equal(t, want, string(pong))
		})
	}
}

// TestHandshakeLimits: what a handshake costs is bounded.
func TestHandshakeLimits(t *testing.T) {
	cfg := NewConfig()
	cfg.SharedKey = "secret"
	for i := range maxUsers + 1 {
		cfg.Users = append(cfg.Users, User{fmt.Sprint(i), "x"})
	}
	cfg.Hostname = strings.Repeat("h", maxHostname+1)
	require.EqualError(t, cfg.Check("fluent"), "fluent::hostname: it is longer than 255 bytes\nfluent::users: 1025 are more than 1024")
	cfg.Users, cfg.Hostname = cfg.Users[1:], cfg.Hostname[1:]
	require.NoError(t, cfg.Check("fluent"))
}
