// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package httpin

import (
	"crypto/md5" //nolint:gosec // the algorithm is the service's
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The reasons for which a request is not let in. They say nothing about which secrets there are.
var (
	errUnsigned  = errors.New("auth_key or access_key is missing or there more than once")
	errMalformed = errors.New("auth_key is not timestamp-rand-md5hash")
	errExpired   = errors.New("the time of auth_key is outside of max_skew")
	errForged    = errors.New("access_key is unknown or the signature does not match")
)

// verify checks EdgeOne's signature of a request: the query
//
//	auth_key={timestamp}-{rand}-{md5hash}&access_key={SecretId}
//
// where md5hash is the MD5 of "{uri}-{timestamp}-{rand}-{SecretKey}" in hexadecimal digits, uri the path of the request
// and timestamp its time in seconds since 1970 (EdgeOne, Push to HTTP Server, Authentication Algorithm Reference). The
// body is not signed, and a request may come again within the window.
func (a *Auth) verify(u *url.URL, now time.Time) error {
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(q["auth_key"]) != 1 || len(q["access_key"]) != 1 {
		return errUnsigned
	}
	key, err := parseAuthKey(q["auth_key"][0])
	if err != nil {
		return err
	}
	if d := now.Sub(time.Unix(key.seconds, 0)); d > a.MaxSkew || d < -a.MaxSkew {
		return errExpired
	}
	// All secrets are tried, whichever fits, so that the time this takes tells nothing.
	id, match := []byte(q["access_key"][0]), 0
	for _, s := range a.Secrets {
		this := 0
		for _, uri := range [...]string{u.EscapedPath(), u.Path} {
			sum := md5.Sum([]byte(uri + "-" + key.signed + "-" + string(s.Key))) //nolint:gosec // the algorithm is the service's
			this |= subtle.ConstantTimeCompare(sum[:], key.hash[:])
		}
		match |= this & subtle.ConstantTimeCompare([]byte(s.ID), id)
	}
	if match != 1 {
		return errForged
	}
	return nil
}

// authKey is the value of the parameter auth_key.
type authKey struct {
	seconds int64
	signed  string // "timestamp-rand", as it stands
	hash    [md5.Size]byte
}

func parseAuthKey(s string) (k authKey, err error) {
	timestamp, rest, _ := strings.Cut(s, "-")
	random, hash, ok := strings.Cut(rest, "-")
	if !ok || random == "" || len(hash) != hex.EncodedLen(len(k.hash)) || len(timestamp) > 12 {
		return k, errMalformed
	}
	// ParseUint takes digits alone, and no sign.
	seconds, err := strconv.ParseUint(timestamp, 10, 62)
	if err != nil {
		return k, errMalformed
	}
	if _, err := hex.Decode(k.hash[:], []byte(hash)); err != nil {
		return k, errMalformed
	}
	k.seconds, k.signed = int64(seconds), s[:len(timestamp)+1+len(random)]
	return k, nil
}
