// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"
)

// What a proxied operation came to, and who ended it.
const (
	success  = "success"
	failure  = "failure"
	unknown  = "unknown"
	byClient = "client"
	byServer = "upstream"
	byProxy  = "proxy"
)

const (
	info  = plog.SeverityNumberInfo
	warn  = plog.SeverityNumberWarn
	fault = plog.SeverityNumberError
)

// verdict is what a reason means. A failure's error.type is the reason.
type verdict struct {
	outcome  string
	endedBy  string
	severity plog.SeverityNumber
}

// errorTypeHandshake is the error.type of a failed TLS handshake, for which an escaper logs no reason.
const errorTypeHandshake = "tls_handshake"

// errorTypeIntercept is the error.type of an intercepted layer or request that ended with an error, of which only the
// message tells: the reason with which g3proxy ends a task for that.
const errorTypeIntercept = "InterceptionError"

// ofTask is the closed list of a finished task's reasons (g3proxy/src/serve/error.rs). A client that goes away is no
// fault (INFO); refusals by policy, what the client got wrong and time-outs are warnings; what the upstream or the proxy
// failed at is an error. A time-out is ended by the proxy, whoever was awaited.
func ofTask(reason, taskType, stage string) verdict {
	switch reason {
	case "Finished":
		return verdict{success, unknown, info}
	case "ClosedByClient":
		// The normal end of UDP, and of a tunnel that relayed; elsewhere the client did not wait for its answer.
		if taskType == "UdpAssociate" || taskType == "UdpConnect" || taskType == "TcpConnect" && stage == "Relaying" {
			return verdict{success, byClient, info}
		}
		return verdict{failure, byClient, info}

	case "ClosedEarlyByClient", "ClientTcpReadFailed", "ClientTcpWriteFailed", "ClientUdpRecvFailed", "ClientUdpSendFailed":
		return verdict{failure, byClient, info}
	case "ClientAppError":
		return verdict{failure, byClient, warn}
	case "InvalidClientProtocol", "UnimplementedProtocol", "ClientAuthFailed", "ClientAppTimeout":
		return verdict{failure, byProxy, warn}

	case "ForbiddenByRule", "EscaperNotUsable", "CanceledAsUserBlocked", "CanceledAsServerQuit", "Idle":
		return verdict{failure, byProxy, warn}

	case "UpstreamTlsHandshakeTimeout", "UpstreamAppTimeout":
		return verdict{failure, byProxy, warn}
	case "UpstreamNotResolved", "UpstreamNotConnected", "UpstreamNotAvailable", "UpstreamReadFailed", "UpstreamWriteFailed",
		"UpstreamTlsHandshakeFailed", "UpstreamNotNegotiated", "UpstreamAppUnavailable", "UpstreamAppError",
		"InvalidUpstreamProtocol", "ClosedByUpstream":
		return verdict{failure, byServer, fault}

	case "InternalResolverError", "InternalServerError", "InternalAdapterError", "InternalTlsClientError",
		"InterceptionError", "UnclassifiedError":
		return verdict{failure, byProxy, fault}
	}
	// A reason that a later version has added, or none.
	return verdict{unknown, unknown, info}
}

// ofEscape is the closed list of an escaper's reasons (g3proxy/src/log/escape, src/module/tcp_connect/error.rs and
// src/module/udp_relay/error.rs), and of the error.type for entries without one. Each is one attempt; the task may still
// come to a good end.
func ofEscape(reason, escapeType string) (errorType string, severity plog.SeverityNumber) {
	switch reason {
	case "":
		if escapeType == "TlsHandshake" {
			return errorTypeHandshake, fault
		}
	case "MethodUnavailable", "EscaperNotUsable", "TimeoutByRule", "ForbiddenAddressFamily", "ForbiddenRemoteAddress",
		"NegotiationPeerTimeout", "PeerTlsHandshakeTimeout", "UpstreamTlsHandshakeTimeout",
		"AddressNotSupported", "ForbiddenTargetIpAddress", "InvalidPacket":
		return reason, warn
	case "ResolveFailed", "SetupSocketFailed", "ConnectFailed", "NoAddressConnected", "ProxyProtocolEncodeError",
		"ProxyProtocolWriteFailed", "NegotiationReadFailed", "NegotiationWriteFailed", "NegotiationRejected",
		"NegotiationProtocolErr", "InternalServerError", "InternalTlsClientError", "PeerTlsHandshakeFailed",
		"UpstreamTlsHandshakeFailed",
		"NoListenSocket", "RecvFailed", "SendFailed", "BatchSendFailed", "DomainNotResolved", "RemoteSessionClosed",
		"RemoteSessionError":
		return reason, fault
	}
	return "", fault
}

// ofResolve is the closed list of a resolver's errors (lib/g3-resolver, src/error.rs): the subtype, or the type where
// it has none. That a name does not exist, or has no address, is an answer and no fault.
func ofResolve(errorType, subtype string) (string, plog.SeverityNumber) {
	switch subtype {
	case "NOTFOUND", "REFUSED", "Timeout", "DriverTimedOut", "BadName", "NoResolverSet", "NoResolverRunning":
		return subtype, warn
	case "FORMERR", "SERVFAIL", "NOTIMP", "BadQuery", "BadFamily", "BadResp", "ConnRefused", "InternalError":
		return subtype, fault
	case "":
		switch errorType {
		case "EmptyDomain", "EmptyResult":
			return errorType, warn
		case "UnexpectedError":
			return errorType, fault
		}
	}
	return "", fault
}

// errorTypeRequest is the error.type of a request that g3keymess could not serve; its message says why.
const errorTypeRequest = "request_failed"

// ofKeymess is what the message says of a connection to g3keymess, which logs no reason, and the error.type: a closed
// list (g3keymess, src/serve/error.rs).
func ofKeymess(message string) (verdict, string) {
	kind, _, _ := strings.Cut(message, ":")
	switch kind {
	case "no error":
		return verdict{success, unknown, info}, ""
	case "read failed":
		return verdict{failure, byClient, info}, "read_failed"
	case "write failed":
		return verdict{failure, byClient, info}, "write_failed"
	case "read request timeout":
		return verdict{failure, byProxy, warn}, "read_timeout"
	case "server force quit":
		return verdict{failure, byProxy, warn}, "server_quit"
	}
	return verdict{failure, unknown, fault}, "task_failed"
}

// ofIntercept reports whether the message of an intercept entry tells of an error: there is no other sign.
func ofIntercept(message string) bool {
	switch message {
	case "", "ok", "started", "finished", "finished without data":
		return false
	}
	return true
}
