// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/proxylog/proxylog/internal/attr"
)

// Summary is one line for a person: what, from where to where, how long, how many bytes, how it ended. It is made of
// the attributes alone and leaves out what they do not tell.
func Summary(event string, m pcommon.Map) string {
	var b strings.Builder
	word := func(s string) {
		if s == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	word(str(m, attr.ProxyType))
	if event != SessionEnd {
		word(strings.TrimPrefix(event, "proxy."))
	}
	word(str(m, attr.NetworkTransport))
	word(address(m, attr.ClientAddress, attr.ClientPort))
	target := address(m, attr.ServerAddress, attr.ServerPort)
	if target == "" {
		target = str(m, attr.ProxyUpstreamName)
	}
	if target != "" {
		word("→ " + target)
	}
	if method := str(m, attr.HTTPRequestMethod); method != "" {
		path := str(m, attr.URLPath)
		if path == "" {
			path = str(m, attr.URLFull)
		}
		word(method)
		word(path)
	}
	if v, ok := m.Get(attr.HTTPResponseStatusCode); ok {
		word(v.AsString())
	}
	if v, ok := m.Get(attr.ProxyDuration); ok {
		word(strconv.FormatFloat(v.Double(), 'g', 4, 64) + "s")
	}
	if v, ok := m.Get(attr.ProxyClientBytesSent); ok {
		word("sent " + Bytes(v.Int()))
	}
	if v, ok := m.Get(attr.ProxyClientBytesReceived); ok {
		word("received " + Bytes(v.Int()))
	}
	if v := str(m, attr.ErrorType); v != "" {
		word("failed: " + v)
	}
	if v := str(m, attr.ProxyEndedBy); v != "" && v != "unknown" {
		word("ended by " + v)
	}
	return b.String()
}

func str(m pcommon.Map, key string) string {
	if v, ok := m.Get(key); ok {
		return v.AsString()
	}
	return ""
}

func address(m pcommon.Map, host, port string) string {
	a := str(m, host)
	if p := str(m, port); a != "" && p != "" {
		if strings.IndexByte(a, ':') >= 0 {
			return "[" + a + "]:" + p
		}
		return a + ":" + p
	}
	return a
}

// Bytes writes a number of bytes for a person, in powers of 1000: 512 B, 1.2 kB, 34 MB.
func Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, unit := float64(n), 0
	for f >= 999.5 && unit < 6 {
		f, unit = f/1000, unit+1
	}
	prec := 1
	if f >= 10 {
		prec = 0
	}
	return strconv.FormatFloat(f, 'f', prec, 64) + " " + "kMGTPE"[unit-1:unit] + "B"
}
