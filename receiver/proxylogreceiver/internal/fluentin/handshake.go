// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"

	"github.com/proxylog/proxylog/internal/msgpack"
)

// saltBytes is the length of a nonce and of a salt, in bytes.
const saltBytes = 16

// The reasons for which a client is turned away, which it is told.
var (
	errPing     = errors.New("a PING was expected")
	errKey      = errors.New("shared_key mismatch")
	errPassword = errors.New("username/password mismatch")
)

// handshake proves that client and server know the shared key, before the first message (Forward Protocol Specification
// v1, Handshake Messages).
type handshake struct {
	cfg         *Config
	hostname    string
	nonce, salt string
}

func newHandshake(cfg *Config, hostname string) *handshake {
	h := &handshake{cfg: cfg, hostname: hostname, nonce: random()}
	if len(cfg.Users) > 0 {
		h.salt = random()
	}
	return h
}

// random returns bytes that nobody can guess.
func random() string {
	var b [saltBytes]byte
	_, _ = rand.Read(b[:]) // it never fails
	return string(b[:])
}

// helo begins the handshake: the nonce, the salt of passwords where they are asked for, and that the connection stays.
func (h *handshake) helo() []byte {
	b := msgpack.AppendStr(msgpack.AppendArray(nil, 2), "HELO")
	b = msgpack.AppendMap(b, 3)
	b = msgpack.AppendBin(msgpack.AppendStr(b, "nonce"), h.nonce)
	b = msgpack.AppendStr(b, "auth")
	if h.salt == "" {
		b = msgpack.AppendStr(b, "")
	} else {
		b = msgpack.AppendBin(b, h.salt)
	}
	return msgpack.AppendBool(msgpack.AppendStr(b, "keepalive"), true)
}

// pong answers the client's PING. With an error the answer says why the client is turned away.
func (h *handshake) pong(ping string) ([]byte, error) {
	salt, err := h.check(ping)
	reason, name, sum := "", h.hostname, ""
	if err != nil {
		reason, name = err.Error(), ""
	} else {
		sum = digest(salt, h.hostname, h.nonce, string(h.cfg.SharedKey))
	}
	b := msgpack.AppendStr(msgpack.AppendArray(nil, 5), "PONG")
	b = msgpack.AppendBool(b, err == nil)
	b = msgpack.AppendStr(b, reason)
	b = msgpack.AppendStr(b, name)
	return msgpack.AppendStr(b, sum), err
}

// check reads a PING: its name, the client's host name, a salt, the digest of the shared key, the name of a user and the
// digest of their password. It returns the salt.
func (h *handshake) check(ping string) (string, error) {
	top, err := msgpack.Read(ping, 0)
	if err != nil || top.Kind != msgpack.Array || top.Num != 6 {
		return "", errPing
	}
	var part [6]string
	i := top.Next
	for k := range part {
		v, err := msgpack.Read(ping, i)
		switch {
		case err != nil:
			return "", errPing
		case v.Kind == msgpack.Str || v.Kind == msgpack.Bin:
			part[k] = ping[v.Start:v.End]
		case v.Kind != msgpack.Nil || k < 4:
			return "", errPing
		}
		i = v.Next
	}
	if part[0] != "PING" || i != len(ping) {
		return "", errPing
	}
	host, salt, sum, user, password := part[1], part[2], part[3], part[4], part[5]
	if !same(sum, digest(salt, host, h.nonce, string(h.cfg.SharedKey))) {
		return "", errKey
	}
	if len(h.cfg.Users) == 0 {
		return salt, nil
	}
	match := 0
	for _, u := range h.cfg.Users {
		known := subtle.ConstantTimeCompare([]byte(user), []byte(u.Username))
		right := subtle.ConstantTimeCompare([]byte(password), []byte(digest(h.salt, u.Username, string(u.Password))))
		match |= known & right
	}
	if match != 1 {
		return "", errPassword
	}
	return salt, nil
}

// digest is the SHA-512 of the parts put together, in hexadecimal digits.
func digest(parts ...string) string {
	d := sha512.New()
	for _, p := range parts {
		_, _ = d.Write([]byte(p)) // it never fails
	}
	return hex.EncodeToString(d.Sum(nil))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
