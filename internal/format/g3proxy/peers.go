// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// addresses writes who spoke to whom. A UDP task names its client by the TCP connection that asked for it, since the
// packets may come from anywhere; an FTP task names its upstream by the control connection.
func (s *source) addresses(in *format.Input, out *record.Writer) {
	if v := s.either(in, roleClient, roleTCPClient); v != nil {
		host, port := scan.HostPort(s.say(in, v))
		format.Client(out, host)
		out.Str(attr.NetworkPeerAddress, host)
		if port > 0 {
			out.Int(attr.ClientPort, port)
			out.Int(attr.NetworkPeerPort, port)
		}
	}
	if v := s.either(in, roleLocal, roleTCPLocal); v != nil {
		host, port := scan.HostPort(s.say(in, v))
		out.Str(attr.NetworkLocalAddress, host)
		if port > 0 {
			out.Int(attr.NetworkLocalPort, port)
		}
	}
	v := s.either(in, roleUpstream, roleInitialPeer)
	if v == nil {
		v = s.slot(in, roleHost)
	}
	if v != nil {
		host, port := scan.HostPort(s.say(in, v))
		format.Text(out, attr.ServerAddress, host, v)
		if host != "" && port > 0 {
			out.Int(attr.ServerPort, port)
		}
	}
	if v := s.either(in, roleNextPeer, roleFTPPeer); v != nil {
		host, port := scan.HostPort(s.say(in, v))
		out.Str(attr.ProxyUpstreamAddress, host)
		if port > 0 {
			out.Int(attr.ProxyUpstreamPort, port)
		}
	}
	if v := s.either(in, roleEscaper, roleEscaperName); v != nil {
		escaper := s.say(in, v)
		format.Text(out, attr.G3proxyEscaperName, escaper, v)
		format.Text(out, attr.ProxyUpstreamName, escaper, v)
	}
	if v := s.slot(in, roleUDPClient); v != nil {
		// Before the first packet it is what the client announced, often 0.0.0.0:0.
		addr := s.say(in, v)
		if _, port := scan.HostPort(addr); port > 0 {
			out.Str(attr.G3proxyUDPClientAddr, addr)
		}
	}
}

// request writes the HTTP request of a task or an intercepted one. The target is absolute where the client spoke to a
// forward proxy; g3proxy has masked its password and may have cut it.
func (s *source) request(in *format.Input, out *record.Writer) {
	format.Method(out, s.word(in, roleMethod))
	if uri := s.word(in, roleURI); uri != "" && uri != "*" {
		format.Target(out, uri, "")
	}
}
