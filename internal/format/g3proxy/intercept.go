// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// intercepted writes what an intercept entry means. A request that has its result is a record of its own kind, with
// its own start; a layer that was opened or closed is progress of the task's session.
func (s *source) intercepted(in *format.Input, out *record.Writer) {
	message := s.word(in, roleMessage)
	out.Event(record.SessionProgress)
	out.Severity(format.SeverityInfo)
	ended := false
	switch kind := s.word(in, roleInterceptType); kind {
	case "HttpForward", "HttpConnect", "HttpUpgrade", "H2StreamForward", "H2Connect", "H2ExtendedConnect":
		out.Str(attr.NetworkProtocolName, "http")
		if kind[:2] == "H2" {
			out.Str(attr.NetworkProtocolVersion, "2")
		}
		if ended = message != "started"; ended {
			out.Event(record.RequestEnd)
			s.requestTimes(in, out)
		}
	default:
		protocol(out, s.word(in, roleProtocol))
	}
	switch {
	case ofIntercept(message):
		v := format.Failed("", errorTypeIntercept, format.SeverityWarn)
		v.Write(out)
	case ended && (message != "" || !s.short):
		// Where the message was cut off, nothing says how it ended.
		out.Str(attr.ProxyOutcome, format.Success)
	}
}

// requestTimes writes when an intercepted request began and how long it took until the last of its response that was
// seen.
func (s *source) requestTimes(in *format.Input, out *record.Writer) {
	start := s.word(in, roleReceived)
	if start == "" {
		start = s.word(in, roleStarted)
	}
	if ns, ok := instant(start); ok && s.slot(in, roleStart) == nil {
		out.Start(ns)
	}
	if s.slot(in, roleTotalTime) != nil {
		return
	}
	if ns, ok := s.number(in, roleReceivedAll); ok {
		out.Seconds(attr.ProxyDuration, ns)
	} else if ns, ok := s.number(in, roleHeadReceived); ok {
		out.Seconds(attr.ProxyDuration, ns)
	}
}

// protocol writes what an inspected tunnel speaks, by g3proxy's name for it. Names that begin with an underscore say
// that it was not recognised.
func protocol(out *record.Writer, p string) {
	name, version := p, ""
	switch p {
	case "http_1", "http_2", "http_3":
		name, version = "http", p[len("http_"):]
	case "tls_modern", "tls_legacy":
		name = "tls"
	case "tls_tlcp":
		name = "tlcp"
	case "ssl_legacy":
		name = "ssl"
	case "ssh_legacy":
		name = "ssh"
	case "ftp_control":
		name = "ftp"
	}
	if name == "" || name[0] == '_' {
		return
	}
	out.Decoded(attr.NetworkProtocolName, name)
	out.Str(attr.NetworkProtocolVersion, version)
}
