// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// makes are the attributes that write makes of a field with the role, besides its own.
func makes(r field.Role) []string {
	switch r {
	case rolePID:
		return []string{attr.ProcessPid}
	case roleDaemon:
		return []string{attr.ServiceInstanceID}
	case roleTaskID:
		return []string{attr.ProxySessionID}
	case roleTaskType, roleEscapeType:
		return []string{attr.NetworkTransport, attr.NetworkProtocolName}
	case roleTaskEvent:
		return []string{attr.G3proxyTaskEvent, attr.G3proxyInterceptEvent}
	case roleReason, roleErrorType, roleErrorSubtype:
		return []string{attr.ProxyOutcome, attr.ProxyEndedBy, attr.ErrorType}
	case roleStart, roleCreated:
		return []string{attr.ProxyStartTime}
	case roleTotalTime:
		return []string{format.Timestamp}
	case roleProcessTime:
		return []string{attr.ProxyDuration}
	case roleClient, roleTCPClient:
		return []string{
			attr.ClientAddress, attr.ClientPort, attr.NetworkType, attr.NetworkPeerAddress, attr.NetworkPeerPort,
		}
	case roleLocal, roleTCPLocal:
		return []string{attr.NetworkLocalAddress, attr.NetworkLocalPort}
	case roleUpstream, roleInitialPeer, roleHost:
		return []string{attr.ServerAddress, attr.ServerPort}
	case roleNextPeer, roleFTPPeer:
		return []string{attr.ProxyUpstreamAddress, attr.ProxyUpstreamPort}
	case roleEscaper, roleEscaperName:
		return []string{attr.G3proxyEscaperName, attr.ProxyUpstreamName}
	case roleUDPClient:
		return []string{attr.G3proxyUDPClientAddr}
	case roleMethod:
		return []string{attr.HTTPRequestMethod, attr.HTTPRequestMethodOriginal}
	case roleURI:
		return []string{attr.URLFull, attr.URLPath, attr.URLQuery, attr.URLScheme}
	case roleProtocol:
		return []string{attr.NetworkProtocolName, attr.NetworkProtocolVersion}
	}
	return nil
}
