// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// makes are the attributes that write makes of a field with the role, besides its own.
func makes(r field.Role) []string {
	switch r {
	case roleService:
		return []string{attr.EdgeoneServiceID}
	case roleSession:
		return []string{attr.ProxySessionID}
	case roleConnect:
		return []string{attr.ProxyStartTime, attr.ProxyDuration}
	case roleDisconnect:
		return []string{format.Timestamp, attr.ProxyDuration}
	case roleReason:
		return []string{attr.EdgeoneDisconnectReason, attr.ProxyEndedBy, attr.ProxyOutcome, attr.ErrorType}
	case roleClient:
		return []string{attr.ClientAddress, attr.NetworkType}
	case roleProtocol:
		return []string{attr.NetworkTransport}
	case rolePort:
		return []string{attr.NetworkLocalPort, attr.ServerPort}
	case roleLog:
		return []string{attr.EdgeoneLogTime, format.Timestamp}
	}
	return nil
}
