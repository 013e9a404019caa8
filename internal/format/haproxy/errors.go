// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import "strings"

// The values of error.type besides HTTP status codes; docs/formats/haproxy.md lists them for users.
const (
	errBackupKilled      = "backup_killed"
	errBadRequest        = "bad_request"
	errClientTimeout     = "client_timeout"
	errConnectTimeout    = "connect_timeout"
	errConnection        = "connection_error"
	errConnectionRefused = "connection_refused"
	errInternal          = "internal_error"
	errInvalidResponse   = "invalid_response"
	errKilled            = "killed"
	errProxyDenied       = "proxy_denied"
	errProxyProtocol     = "proxy_protocol"
	errQueueTimeout      = "queue_timeout"
	errRequestTimeout    = "request_timeout"
	errResources         = "resource_exhausted"
	errServerAborted     = "server_aborted"
	errServerDown        = "server_down"
	errServerTimeout     = "server_timeout"
	errTarpitted         = "tarpitted"
	errTLSHandshake      = "tls_handshake"
)

// connectionErrors are the texts of connection errors by their number, from 1 (conn_err_code_str in src/connection.c; the
// numbers are those of 2.5 on, which fc_err has been logged by since).
var connectionErrors = [...]struct{ text, errorType string }{
	{"Reached configured maxconn value", errResources},
	{"Too many sockets on the process", errResources},
	{"Too many sockets on the system", errResources},
	{"Out of system buffers", errResources},
	{"Protocol or address family not supported", errConnection},
	{"General socket error", errConnection},
	{"Source port range exhausted", errResources},
	{"Can't bind to source address", errConnection},
	{"Out of local source ports on the system", errResources},
	{"Local source address already in use", errConnection},
	{"Connection closed while waiting for PROXY protocol header", errProxyProtocol},
	{"Connection error while waiting for PROXY protocol header", errProxyProtocol},
	{"Timeout while waiting for PROXY protocol header", errProxyProtocol},
	{"Truncated PROXY protocol header received", errProxyProtocol},
	{"Received something which does not look like a PROXY protocol header", errProxyProtocol},
	{"Received an invalid PROXY protocol header", errProxyProtocol},
	{"Received an unhandled protocol in the PROXY protocol header", errProxyProtocol},
	{"Connection closed while waiting for NetScaler Client IP header", errProxyProtocol},
	{"Connection error while waiting for NetScaler Client IP header", errProxyProtocol},
	{"Timeout while waiting for a NetScaler Client IP header", errProxyProtocol},
	{"Truncated NetScaler Client IP header received", errProxyProtocol},
	{"Received an invalid NetScaler Client IP magic number", errProxyProtocol},
	{"Received an unhandled protocol in the NetScaler Client IP header", errProxyProtocol},
	{"Connection closed during SSL handshake", errTLSHandshake},
	{"Connection error during SSL handshake", errTLSHandshake},
	{"Timeout during SSL handshake", errTLSHandshake},
	{"Too many SSL connections", errResources},
	{"Out of memory when initializing an SSL connection", errResources},
	{"Rejected a client-initiated SSL renegotiation attempt", errTLSHandshake},
	{"SSL client CA chain cannot be verified", errTLSHandshake},
	{"SSL client certificate not trusted", errTLSHandshake},
	{"Server presented an SSL certificate different from the configured one", errTLSHandshake},
	{"Server presented an SSL certificate different from the expected one", errTLSHandshake},
	{"SSL handshake failure", errTLSHandshake},
	{"SSL handshake failure after heartbeat", errTLSHandshake},
	{"Stopped a TLSv1 heartbeat attack (CVE-2014-0160)", errTLSHandshake},
	{"Attempt to use SSL on an unknown target (internal error)", errInternal},
	{"Server refused early data", errTLSHandshake},
	{"SOCKS4 Proxy write error during handshake", errProxyProtocol},
	{"SOCKS4 Proxy read error during handshake", errProxyProtocol},
	{"SOCKS4 Proxy deny the request", errProxyProtocol},
	{"SOCKS4 Proxy handshake aborted by server", errProxyProtocol},
	{"SSL fatal error", errTLSHandshake},
}

// connectionErrorType classes the text of a legacy error line. A text that is on no list is classed by its words.
func connectionErrorType(text string) string {
	for i := range connectionErrors {
		if connectionErrors[i].text == text {
			return connectionErrors[i].errorType
		}
	}
	switch {
	case strings.Contains(text, "SSL"), strings.Contains(text, "TLS"):
		return errTLSHandshake
	case strings.Contains(text, "PROXY"), strings.Contains(text, "NetScaler"), strings.Contains(text, "SOCKS4"):
		return errProxyProtocol
	case strings.Contains(text, "imeout"):
		return errClientTimeout
	}
	return errConnection
}

// errorTypeOf classes the number of a connection error (fc_err). Without one the connection stood, and what came over it
// was no request.
func errorTypeOf(code int64) string {
	switch {
	case code == 0:
		return errBadRequest
	case code > 0 && code <= int64(len(connectionErrors)):
		return connectionErrors[code-1].errorType
	}
	return errConnection
}

// isCutMessage reports whether text is the beginning of an error's text and not one itself.
func isCutMessage(text string) bool {
	part := false
	for i := range connectionErrors {
		switch t := connectionErrors[i].text; {
		case t == text:
			return false
		case strings.HasPrefix(t, text):
			part = true
		}
	}
	return part
}
