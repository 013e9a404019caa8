// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

// ErrorTypes is the closed list of error.type, besides the status codes of HTTP failures.
func ErrorTypes() []string {
	return []string{
		errBackupKilled, errBadRequest, errClientTimeout, errConnectTimeout, errConnection, errConnectionRefused, errInternal,
		errInvalidResponse, errKilled, errProxyDenied, errProxyProtocol, errQueueTimeout, errRequestTimeout, errResources,
		errServerAborted, errServerDown, errServerTimeout, errTarpitted, errTLSHandshake,
	}
}

// Events is the closed list of haproxy.event.
func Events() []string {
	return []string{
		evAgentCheck, evBackendDown, evHealthCheck, evProcess, evProxyPaused, evProxyResumed, evProxyStarted, evProxyStopped,
		evProxyStopping, evLimit, evServerChange, evServerDown, evServerDrain, evServerMaint, evServerStop, evServerUp,
	}
}
