// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// first is the text of the first of the roles that the entry has a text for.
func first(in *format.Input, roles ...field.Role) string {
	for _, r := range roles {
		if t := in.RoleText(r); t != "" {
			return t
		}
	}
	return ""
}

// addresses writes who spoke to whom. A UDP task names its client by the TCP connection that asked for it, since the
// packets may come from anywhere; an FTP task names its upstream by the control connection.
func addresses(in *format.Input, out *record.Writer) {
	if addr := first(in, roleClient, roleTCPClient); addr != "" {
		host, port := scan.HostPort(addr)
		format.Client(out, host)
		out.Str(attr.NetworkPeerAddress, host)
		if port > 0 {
			out.Int(attr.ClientPort, port)
			out.Int(attr.NetworkPeerPort, port)
		}
	}
	if addr := first(in, roleLocal, roleTCPLocal); addr != "" {
		host, port := scan.HostPort(addr)
		out.Str(attr.NetworkLocalAddress, host)
		if port > 0 {
			out.Int(attr.NetworkLocalPort, port)
		}
	}
	if addr := first(in, roleUpstream, roleInitialPeer, roleHost); addr != "" {
		host, port := scan.HostPort(addr)
		format.Server(out, host, port)
	}
	if addr := first(in, roleNextPeer, roleFTPPeer); addr != "" {
		host, port := scan.HostPort(addr)
		out.Str(attr.ProxyUpstreamAddress, host)
		if port > 0 {
			out.Int(attr.ProxyUpstreamPort, port)
		}
	}
	if escaper := first(in, roleEscaper, roleEscaperName); escaper != "" {
		out.Decoded(attr.G3proxyEscaperName, escaper)
		out.Decoded(attr.ProxyUpstreamName, escaper)
	}
	if addr := in.RoleText(roleUDPClient); addr != "" {
		// Before the first packet it is what the client announced, often 0.0.0.0:0.
		if _, port := scan.HostPort(addr); port > 0 {
			out.Str(attr.G3proxyUDPClientAddr, addr)
		}
	}
}

// request writes the HTTP request of a task or an intercepted one. The target is absolute where the client spoke to a
// forward proxy; g3proxy has masked its password and may have cut it.
func request(in *format.Input, out *record.Writer) {
	format.Method(out, in.RoleText(roleMethod))
	if uri := in.RoleText(roleURI); uri != "" && uri != "*" {
		format.Target(out, uri, "")
	}
}
