// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/format"
)

// errorTypeHandshake is the error.type of a failed TLS handshake, for which an escaper logs no reason.
const errorTypeHandshake = "tls_handshake"

// errorTypeIntercept is the error.type of an intercepted layer or request that ended with an error, of which only the
// message tells: the reason with which g3proxy ends a task for that.
const errorTypeIntercept = "InterceptionError"

// ofTask is the closed list of a finished task's reasons (g3proxy/src/serve/error.rs). A client that goes away is no
// fault (INFO); refusals by policy, what the client got wrong and time-outs are warnings; what the upstream or the proxy
// failed at is an error. A time-out is ended by the proxy, whoever was awaited.
func ofTask(reason, taskType, stage string) format.Verdict {
	switch reason {
	case "Finished":
		return format.Succeeded(format.Unknown)
	case "ClosedByClient":
		// The normal end of UDP, and of a tunnel that relayed; elsewhere the client did not wait for its answer.
		if taskType == "UdpAssociate" || taskType == "UdpConnect" || taskType == "TcpConnect" && stage == "Relaying" {
			return format.Succeeded(format.ByClient)
		}
		return format.Failed(format.ByClient, reason, format.SeverityInfo)

	case "ClosedEarlyByClient", "ClientTcpReadFailed", "ClientTcpWriteFailed", "ClientUdpRecvFailed", "ClientUdpSendFailed":
		return format.Failed(format.ByClient, reason, format.SeverityInfo)
	case "ClientAppError":
		return format.Failed(format.ByClient, reason, format.SeverityWarn)
	case "InvalidClientProtocol", "UnimplementedProtocol", "ClientAuthFailed", "ClientAppTimeout":
		return format.Failed(format.ByProxy, reason, format.SeverityWarn)

	case "ForbiddenByRule", "EscaperNotUsable", "CanceledAsUserBlocked", "CanceledAsServerQuit", "Idle":
		return format.Failed(format.ByProxy, reason, format.SeverityWarn)

	case "UpstreamTlsHandshakeTimeout", "UpstreamAppTimeout":
		return format.Failed(format.ByProxy, reason, format.SeverityWarn)
	case "UpstreamNotResolved", "UpstreamNotConnected", "UpstreamNotAvailable", "UpstreamReadFailed", "UpstreamWriteFailed",
		"UpstreamTlsHandshakeFailed", "UpstreamNotNegotiated", "UpstreamAppUnavailable", "UpstreamAppError",
		"InvalidUpstreamProtocol", "ClosedByUpstream":
		return format.Failed(format.ByUpstream, reason, format.SeverityError)

	case "InternalResolverError", "InternalServerError", "InternalAdapterError", "InternalTlsClientError",
		"InterceptionError", "UnclassifiedError":
		return format.Failed(format.ByProxy, reason, format.SeverityError)
	}
	// A reason that a later version has added, or none.
	return format.Undecided(format.Unknown)
}

// ofEscape is the closed list of an escaper's reasons (g3proxy/src/log/escape, src/module/tcp_connect/error.rs and
// src/module/udp_relay/error.rs), and of the error.type for entries without one. Each is one attempt; the task may still
// come to a good end.
func ofEscape(reason, escapeType string) format.Verdict {
	switch reason {
	case "":
		if escapeType == "TlsHandshake" {
			return format.Failed("", errorTypeHandshake, format.SeverityError)
		}
	case "MethodUnavailable", "EscaperNotUsable", "TimeoutByRule", "ForbiddenAddressFamily", "ForbiddenRemoteAddress",
		"NegotiationPeerTimeout", "PeerTlsHandshakeTimeout", "UpstreamTlsHandshakeTimeout",
		"AddressNotSupported", "ForbiddenTargetIpAddress", "InvalidPacket":
		return format.Failed("", reason, format.SeverityWarn)
	case "ResolveFailed", "SetupSocketFailed", "ConnectFailed", "NoAddressConnected", "ProxyProtocolEncodeError",
		"ProxyProtocolWriteFailed", "NegotiationReadFailed", "NegotiationWriteFailed", "NegotiationRejected",
		"NegotiationProtocolErr", "InternalServerError", "InternalTlsClientError", "PeerTlsHandshakeFailed",
		"UpstreamTlsHandshakeFailed",
		"NoListenSocket", "RecvFailed", "SendFailed", "BatchSendFailed", "DomainNotResolved", "RemoteSessionClosed",
		"RemoteSessionError":
		return format.Failed("", reason, format.SeverityError)
	}
	return format.Failed("", "", format.SeverityError)
}

// ofResolve is the closed list of a resolver's errors (lib/g3-resolver, src/error.rs): the subtype, or the type where
// it has none. That a name does not exist, or has no address, is an answer and no fault.
func ofResolve(errorType, subtype string) format.Verdict {
	switch subtype {
	case "NOTFOUND", "REFUSED", "Timeout", "DriverTimedOut", "BadName", "NoResolverSet", "NoResolverRunning":
		return format.Failed("", subtype, format.SeverityWarn)
	case "FORMERR", "SERVFAIL", "NOTIMP", "BadQuery", "BadFamily", "BadResp", "ConnRefused", "InternalError":
		return format.Failed("", subtype, format.SeverityError)
	case "":
		switch errorType {
		case "EmptyDomain", "EmptyResult":
			return format.Failed("", errorType, format.SeverityWarn)
		case "UnexpectedError":
			return format.Failed("", errorType, format.SeverityError)
		}
	}
	return format.Failed("", "", format.SeverityError)
}

// errorTypeRequest is the error.type of a request that g3keymess could not serve; its message says why.
const errorTypeRequest = "request_failed"

// ofKeymess is what the message says of a connection to g3keymess, which logs no reason: a closed list (g3keymess,
// src/serve/error.rs).
func ofKeymess(message string) format.Verdict {
	kind, _, _ := strings.Cut(message, ":")
	switch kind {
	case "no error":
		return format.Succeeded(format.Unknown)
	case "read failed":
		return format.Failed(format.ByClient, "read_failed", format.SeverityInfo)
	case "write failed":
		return format.Failed(format.ByClient, "write_failed", format.SeverityInfo)
	case "read request timeout":
		return format.Failed(format.ByProxy, "read_timeout", format.SeverityWarn)
	case "server force quit":
		return format.Failed(format.ByProxy, "server_quit", format.SeverityWarn)
	}
	return format.Failed(format.Unknown, "task_failed", format.SeverityError)
}

// ofIntercept reports whether the message of an intercept entry tells of an error: there is no other sign.
func ofIntercept(message string) bool {
	switch message {
	case "", "ok", "started", "finished", "finished without data":
		return false
	}
	return true
}
