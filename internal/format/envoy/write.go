// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// write writes the record of the line in in.Match; identities are the slots of what identifies the proxy.
func write(in *format.Input, src *source, out *record.Writer, identities []int) {
	f := gather(in)
	t := typeOf(in.RoleText(roleType), &f, src)

	out.Str(attr.ProxyType, formatName)
	out.Event(t.event)
	writeResource(in, src, out, identities)
	if !t.http {
		out.SessionID(in.RoleText(roleStreamID))
	}
	writeTimes(in, out)
	writeBytes(in, out, &f, &t)
	format.Emit(in, out)
	writeAddresses(in, out)
	if t.http {
		writeRequest(in, out, &f)
	}
	writeTransport(in, out, &t)
	writeTrace(in, out)
	writeFlags(in, out)
	writeCluster(in, out)
	writeOutcome(in, out, &f, &t)
	if s := in.Match.Role(roleBody); s != nil && s.Text(in.Line) != "{}" {
		out.Str(attr.GDCBody, in.RoleText(roleBody))
	}
}

// gather collects what decides about the kind of the line and its outcome.
func gather(in *format.Input) facts {
	m := &in.Match
	f := facts{
		method: in.RoleText(roleMethod), flags: in.RoleText(roleFlags), details: in.RoleText(roleDetails),
		termination: in.RoleText(roleTermination), grpc: -1,
		protocol: m.Role(roleProtocol) != nil, handshake: m.Role(roleHandshake) != nil,
		upstream: m.Role(roleUpstreamHost) != nil, detailed: m.Stands(roleDetails),
	}
	if f.flags == "" {
		f.flags = in.RoleText(roleFlagsLong)
	}
	f.code, _ = in.RoleNum(roleCode)
	f.status = in.RoleText(roleCode)
	f.duration, _ = in.RoleNum(roleDuration)
	if n, ok := in.RoleNum(roleGRPCNumber); ok {
		f.grpc = n
	} else if name := in.RoleText(roleGRPC); name != "" {
		f.grpc = grpcNumber(name)
	}
	return f
}

// Bounds of what is believed of times, in the units in which they are logged.
const (
	millisecond = int64(1e6)
	maxDuration = int64(1e12) // ms, about 30 years
)

// writeTimes writes the start, the duration and the moment the line reports: the start and the duration together, since
// not all formats log when the line was written.
func writeTimes(in *format.Input, out *record.Writer) {
	start, started := in.RoleNum(roleStart)
	// GDC's time_unix_nano is by its documentation the time of collection, in practice the start with more digits.
	fine, _ := in.RoleNum(roleUnixNano)
	if started && fine > 0 && fine-start >= -millisecond && fine-start <= millisecond {
		start = precise(fine)
	}
	if started {
		out.Start(start)
	}
	duration, measured := in.RoleNum(roleDuration)
	measured = measured && duration >= 0
	if measured {
		out.Double(attr.ProxyDuration, float64(duration)/1e3)
	}
	emitted, written := in.RoleNum(roleEmit)
	if written {
		out.Time(attr.EnvoyEmitTime, emitted)
	}
	switch {
	case started && measured && duration <= maxDuration:
		out.End(start + duration*millisecond)
	case written:
		out.End(emitted)
	case started:
		out.End(start)
	case fine > 0:
		out.End(fine)
	}
	if observed, _ := in.RoleNum(roleObserved); observed > 0 {
		out.Observed(observed)
	}
}

// precise removes from a time what a detour over a floating point number has added: such a time is a multiple of 256 ns,
// and was of whole microseconds before.
func precise(ns int64) int64 {
	if ns%256 != 0 {
		return ns
	}
	return (ns + 500) / 1000 * 1000
}

// writeBytes writes the totals, from whose side they are counted.
func writeBytes(in *format.Input, out *record.Writer, f *facts, t *logType) {
	received, isReceived := in.RoleNum(roleReceived)
	sent, isSent := in.RoleNum(roleSent)
	isReceived, isSent = isReceived && received >= 0, isSent && sent >= 0
	if t.upstream {
		if isReceived {
			out.Int(attr.ProxyUpstreamBytesSent, received)
		}
		if isSent {
			out.Int(attr.ProxyUpstreamBytesReceived, sent)
		}
		return
	}
	// The payload of a tunnel is no body.
	body := t.http && t.end && f.code != 101 && f.method != "CONNECT"
	if isReceived {
		out.Int(attr.ProxyClientBytesSent, received)
		if body {
			out.Int(attr.HTTPRequestBodySize, received)
		}
	}
	if isSent {
		out.Int(attr.ProxyClientBytesReceived, sent)
		if body {
			out.Int(attr.HTTPResponseBodySize, sent)
		}
	}
}

// writeAddresses writes the client and the peer of its connection. Where Envoy trusts a forwarded address it logs that as
// the remote one, with port 0; then only the direct one is the peer. Where only that is logged it is all that is known of
// the client.
func writeAddresses(in *format.Input, out *record.Writer) {
	host, port := scan.HostPort(in.RoleText(roleRemote))
	if host == "" {
		host = in.RoleText(roleRemoteIP)
		port, _ = in.RoleNum(roleRemotePort)
	}
	peer, peerPort := scan.HostPort(in.RoleText(roleDirectRemote))
	if n, ok := in.RoleNum(roleDirectPort); ok && peerPort <= 0 {
		peerPort = n
	}
	switch {
	case host == "" && peer != "":
		host, port = peer, peerPort
	case peer == "" && port > 0:
		peer, peerPort = host, port
	}
	format.Client(out, host)
	if port > 0 {
		out.Int(attr.ClientPort, port)
	}
	out.Str(attr.NetworkPeerAddress, peer)
	if peerPort > 0 {
		out.Int(attr.NetworkPeerPort, peerPort)
	}
	server, r := in.RoleText(roleAuthority), roleAuthority
	if server == "" {
		server, r = in.RoleText(roleServerName), roleServerName
	}
	host, port = scan.HostPort(server)
	writeText(in, out, r, attr.ServerAddress, host)
	if host != "" && port > 0 {
		out.Int(attr.ServerPort, port)
	}
	if version := in.RoleText(roleTLSVersion); version != "" {
		out.Str(attr.TLSProtocolVersion, strings.TrimPrefix(version, "TLSv"))
		out.Bool(attr.TLSEstablished, in.RoleText(roleHandshake) == "")
	}
}

// writeRequest writes what HTTP adds.
func writeRequest(in *format.Input, out *record.Writer, f *facts) {
	out.Str(attr.NetworkProtocolName, "http")
	out.Str(attr.NetworkProtocolVersion, strings.TrimPrefix(in.RoleText(roleProtocol), "HTTP/"))
	format.Method(out, f.method)
	path, r := in.RoleText(rolePath), rolePath
	if original := in.RoleText(roleOriginalPath); original != "" {
		if path != original {
			writeText(in, out, rolePath, attr.EnvoyRewrittenPath, path)
		}
		path, r = original, roleOriginalPath
	}
	path, query, _ := strings.Cut(path, "?")
	writeText(in, out, r, attr.URLPath, path)
	writeText(in, out, r, attr.URLQuery, query)
	if f.code > 0 {
		out.Int(attr.HTTPResponseStatusCode, f.code)
	}
	if n, _ := in.RoleNum(roleAttempts); n > 1 {
		out.Int(attr.HTTPRequestResendCount, n-1)
	}
	if f.grpc >= 0 && f.grpc < int64(len(grpcNames)) {
		out.Str(attr.RpcResponseStatusCode, grpcNames[f.grpc])
	}
}

// writeTransport writes the transport of the client's connection: HTTP/3 comes over UDP, and what the UDP proxy describes.
func writeTransport(in *format.Input, out *record.Writer, t *logType) {
	transport := t.transport
	if in.RoleText(roleProtocol) == "HTTP/3" && !t.upstream || in.RoleText(roleClusterUDP) != "" {
		transport = "udp"
	}
	out.Str(attr.NetworkTransport, transport)
}

// writeCluster writes the upstream's cluster, and the parts of a name as Istio makes it: direction|port|subset|host.
func writeCluster(in *format.Input, out *record.Writer) {
	cluster, r := in.RoleText(roleClusterRaw), roleClusterRaw
	if cluster == "" {
		cluster, r = in.RoleText(roleCluster), roleCluster
	}
	if cluster == "" {
		cluster, r = in.RoleText(roleClusterUDP), roleClusterUDP
	}
	writeText(in, out, r, attr.ProxyUpstreamName, cluster)
	if strings.Count(cluster, "|") != 3 {
		return
	}
	direction, rest, _ := strings.Cut(cluster, "|")
	port, rest, _ := strings.Cut(rest, "|")
	subset, host, _ := strings.Cut(rest, "|")
	writeText(in, out, r, attr.EnvoyClusterDirection, direction)
	if n, ok := scan.Whole(port); ok {
		out.Int(attr.EnvoyClusterPort, n)
	}
	writeText(in, out, r, attr.EnvoyClusterSubset, subset)
	writeText(in, out, r, attr.EnvoyClusterHost, host)
}

// writeText writes the text of the field with the role, or a part of it that was cut at ASCII.
func writeText(in *format.Input, out *record.Writer, r field.Role, key, s string) {
	if slot := in.Match.Role(r); slot != nil {
		format.Text(out, key, s, slot)
	}
}

// writeOutcome writes how it ended, and the severity: the one that was logged before the one that follows.
func writeOutcome(in *format.Input, out *record.Writer, f *facts, t *logType) {
	if t.end {
		v := judge(f, t)
		v.Write(out)
	} else {
		out.Severity(format.SeverityInfo)
	}
	if n, ok := in.RoleNum(roleSeverity); ok && n >= 1 && n <= 24 {
		out.Severity(plog.SeverityNumber(n))
	}
}
