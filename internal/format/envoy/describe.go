// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"slices"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// Describe says of each dialect how it finds its fields and what they become: maps first.
func (p *parser) Describe() []format.Description {
	var out []format.Description
	add := func(d *format.Dialect, program *directive.Program, more ...directive.Ambiguity) {
		n := format.NewDescription(d, program, avoid, more...)
		n.Builtin = d.Scope.Dialect != dialectText && d.Scope.Dialect != dialectJSON
		out = append(out, n)
	}
	for _, d := range p.json {
		add(d.Dialect, nil, d.ambiguities()...)
		out[len(out)-1].Unknown = d.unknown
	}
	format.Lookalikes(out, func(i, k int) bool { return p.json[i].alike(p.json[k]) })
	texts := slices.DeleteFunc(slices.Clone(p.text), func(d *textDialect) bool { return d.spare })
	for _, d := range texts {
		add(d.Dialect, d.program)
	}
	format.Lookalikes(out[len(p.json):], func(i, k int) bool { return directive.Alike(texts[i].program, texts[k].program) })
	return out
}

// alike reports whether the lines of two maps have the same keys.
func (d *jsonDialect) alike(o *jsonDialect) bool {
	return len(d.list) == len(o.list) && !slices.ContainsFunc(d.list, func(a jsonscan.Key) bool {
		return !slices.ContainsFunc(o.list, func(b jsonscan.Key) bool { return slices.Equal(a.Path, b.Path) })
	})
}

// ambiguities are those of the values that several commands make together.
func (d *jsonDialect) ambiguities() []directive.Ambiguity {
	var out []directive.Ambiguity
	for i := range d.mixed {
		for _, a := range d.mixed[i].program.Ambiguities() {
			a.Avoid = avoidMixed
			out = append(out, a)
		}
	}
	return out
}

// avoidMixed is the advice about commands of one value of a JSON map that run into each other.
const avoidMixed = "give each of them a key of its own"

// avoid is the advice about fields that run into each other: Envoy escapes nothing in a text format.
const avoid = "write a JSON map (json_format), in which Envoy escapes the values"

// makes are the attributes that write makes of a field with the role, besides its own.
func makes(r field.Role) []string {
	switch r {
	case roleStreamID:
		return []string{attr.ProxySessionID}
	case roleStart:
		return []string{attr.ProxyStartTime, format.Timestamp}
	case roleEmit:
		return []string{attr.EnvoyEmitTime, format.Timestamp}
	case roleDuration:
		return []string{attr.ProxyDuration, format.Timestamp}
	case roleReceived:
		return []string{attr.ProxyClientBytesSent, attr.HTTPRequestBodySize}
	case roleSent:
		return []string{attr.ProxyClientBytesReceived, attr.HTTPResponseBodySize}
	case roleMethod:
		return []string{attr.HTTPRequestMethod}
	case rolePath:
		return []string{attr.URLPath, attr.URLQuery, attr.EnvoyRewrittenPath}
	case roleOriginalPath:
		return []string{attr.URLPath, attr.URLQuery}
	case roleProtocol:
		return []string{attr.NetworkProtocolVersion}
	case roleAuthority, roleServerName:
		return []string{attr.ServerAddress, attr.ServerPort}
	case roleCode:
		return []string{attr.HTTPResponseStatusCode, attr.ProxyOutcome, attr.ErrorType}
	case roleFlags:
		return []string{attr.EnvoyResponseFlags, attr.ProxyOutcome, attr.ProxyEndedBy, attr.ErrorType}
	case roleFlagsLong:
		return []string{attr.EnvoyResponseFlagsLong, attr.ProxyOutcome, attr.ProxyEndedBy, attr.ErrorType}
	case roleGRPC, roleGRPCNumber:
		return []string{attr.RpcResponseStatusCode}
	case roleDetails, roleTermination, roleHandshake:
		return []string{attr.ProxyOutcome, attr.ProxyEndedBy, attr.ErrorType}
	case roleAttempts:
		return []string{attr.HTTPRequestResendCount}
	case roleCluster, roleClusterRaw, roleClusterUDP:
		return []string{attr.ProxyUpstreamName, attr.EnvoyClusterDirection, attr.EnvoyClusterPort, attr.EnvoyClusterSubset, attr.EnvoyClusterHost}
	case roleRemote:
		return []string{attr.ClientAddress, attr.ClientPort, attr.NetworkType, attr.NetworkPeerAddress, attr.NetworkPeerPort}
	case roleDirectRemote:
		return []string{attr.NetworkPeerAddress, attr.NetworkPeerPort, attr.ClientAddress, attr.ClientPort, attr.NetworkType}
	case roleRemoteIP:
		return []string{attr.ClientAddress, attr.NetworkType}
	case roleDirectPort:
		return []string{attr.NetworkPeerPort, attr.ClientPort}
	case roleRemotePort:
		return []string{attr.ClientPort}
	case roleTLSVersion:
		return []string{attr.TLSProtocolVersion, attr.TLSEstablished}
	case roleHostname:
		return []string{attr.HostName}
	case roleNode:
		return []string{attr.EnvoyNodeID}
	case roleClusterName:
		return []string{attr.GDCClusterName}
	case roleUnixNano:
		return []string{format.Timestamp}
	case roleBody:
		return []string{attr.GDCBody}
	}
	return nil
}
