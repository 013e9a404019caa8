// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/proxylog/proxylog/internal/attr"
)

// told is what a summary tells of a record's attributes.
type told struct {
	proxy, transport                       pcommon.Value
	clientAddress, clientPort              pcommon.Value
	serverAddress, serverPort, upstream    pcommon.Value
	method, path, full, status             pcommon.Value
	duration, sent, received, failed, ends pcommon.Value
}

// of finds them in one go.
func (t *told) of(m pcommon.Map) {
	for key, v := range m.All() {
		switch key {
		case attr.ProxyType:
			t.proxy = v
		case attr.NetworkTransport:
			t.transport = v
		case attr.ClientAddress:
			t.clientAddress = v
		case attr.ClientPort:
			t.clientPort = v
		case attr.ServerAddress:
			t.serverAddress = v
		case attr.ServerPort:
			t.serverPort = v
		case attr.ProxyUpstreamName:
			t.upstream = v
		case attr.HTTPRequestMethod:
			t.method = v
		case attr.URLPath:
			t.path = v
		case attr.URLFull:
			t.full = v
		case attr.HTTPResponseStatusCode:
			t.status = v
		case attr.ProxyDuration:
			t.duration = v
		case attr.ProxyClientBytesSent:
			t.sent = v
		case attr.ProxyClientBytesReceived:
			t.received = v
		case attr.ErrorType:
			t.failed = v
		case attr.ProxyEndedBy:
			t.ends = v
		}
	}
}

// line is a text of words, each of which may be empty and is left out then.
type line []byte

// Summary is one line for a person: what, from where to where, how long, how many bytes, how it ended. It is made of
// the attributes alone and leaves out what they do not tell.
func Summary(event string, m pcommon.Map) string {
	var t told
	t.of(m)
	var space [256]byte // what most lines take
	l := line(space[:0])
	l.value("", t.proxy)
	if event != SessionEnd {
		l.word("", strings.TrimPrefix(event, "proxy."))
	}
	l.value("", t.transport)
	l.socket("", t.clientAddress, t.clientPort)
	if asText(t.serverAddress) != "" {
		l.socket("→ ", t.serverAddress, t.serverPort)
	} else {
		l.value("→ ", t.upstream)
	}
	if l.value("", t.method) && !l.value("", t.path) {
		l.value("", t.full)
	}
	l.value("", t.status)
	if !absent(t.duration) {
		l.begin("")
		l = append(strconv.AppendFloat(l, t.duration.Double(), 'g', 4, 64), 's')
	}
	l.bytes("sent ", t.sent)
	l.bytes("received ", t.received)
	l.value("failed: ", t.failed)
	if asText(t.ends) != "unknown" {
		l.value("ended by ", t.ends)
	}
	return string(l)
}

// begin begins a word with a prefix.
func (l *line) begin(prefix string) {
	if len(*l) > 0 {
		*l = append(*l, ' ')
	}
	*l = append(*l, prefix...)
}

// word adds a text behind a prefix, and reports whether there was one.
func (l *line) word(prefix, text string) bool {
	if text == "" {
		return false
	}
	l.begin(prefix)
	*l = append(*l, text...)
	return true
}

// value is word for a value.
func (l *line) value(prefix string, v pcommon.Value) bool {
	if absent(v) || v.Type() != pcommon.ValueTypeInt {
		return l.word(prefix, asText(v))
	}
	l.begin(prefix)
	*l = strconv.AppendInt(*l, v.Int(), 10)
	return true
}

// socket adds an address with its port, if it has one.
func (l *line) socket(prefix string, host, port pcommon.Value) {
	address := asText(host)
	if p := asText(port); address != "" && p != "" {
		if strings.IndexByte(address, ':') >= 0 {
			address = "[" + address + "]"
		}
		address += ":" + p
	}
	l.word(prefix, address)
}

// bytes adds a number of bytes.
func (l *line) bytes(prefix string, v pcommon.Value) {
	if !absent(v) {
		l.begin(prefix)
		*l = appendBytes(*l, v.Int())
	}
}

// absent says that the record has no such value.
func absent(v pcommon.Value) bool { return v == pcommon.Value{} }

// asText is a value as text, "" for one that is not there.
func asText(v pcommon.Value) string {
	if absent(v) {
		return ""
	}
	return v.AsString()
}

// Bytes writes a number of bytes for a person, in powers of 1000: 512 B, 1.2 kB, 34 MB.
func Bytes(n int64) string { return string(appendBytes(nil, n)) }

func appendBytes(dst []byte, n int64) []byte {
	if n < 1000 {
		return append(strconv.AppendInt(dst, n, 10), " B"...)
	}
	f, unit := float64(n), 0
	for f >= 999.5 && unit < 6 {
		f, unit = f/1000, unit+1
	}
	prec := 1
	if f >= 10 {
		prec = 0
	}
	dst = strconv.AppendFloat(dst, f, 'f', prec, 64)
	return append(dst, ' ', "kMGTPE"[unit-1], 'B')
}
