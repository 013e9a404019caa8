// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package formattest

import (
	"encoding/binary"
	"regexp"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/msgpack"
)

// Datagrams splits a capture with a length of four bytes, the highest first, before each datagram.
func Datagrams(t testing.TB, path string) []string {
	t.Helper()
	var out []string
	for raw := Read(t, path); len(raw) > 0; {
		size := 4 + binary.BigEndian.Uint32(raw)
		out = append(out, string(raw[4:size]))
		raw = raw[size:]
	}
	return out
}

// Messages splits a capture of a connection to fluentd.
func Messages(t testing.TB, path string) []string {
	t.Helper()
	var out []string
	for raw := string(Read(t, path)); raw != ""; {
		n, err := msgpack.End(raw, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw[:n])
		raw = raw[n:]
	}
	return out
}

// Entries splits a capture of g3proxy's stdout driver, whose messages may span lines: an entry begins with a time.
func Entries(t testing.TB, path string) []string {
	t.Helper()
	raw := string(Read(t, path))
	var out []string
	at := regexp.MustCompile(`(?m)^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{3} `).FindAllStringIndex(raw, -1)
	for i := range at {
		end := len(raw)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		out = append(out, strings.TrimSuffix(raw[at[i][0]:end], "\n"))
	}
	return out
}
