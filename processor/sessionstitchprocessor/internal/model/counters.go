// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package model

import "github.com/proxylog/proxylog/internal/attr"

// totals are the byte counters of a format that logs them since the start of the session.
func totals() []Counter {
	return []Counter{
		total(attr.ProxyClientBytesSent, attr.ProxySessionBaselineClientBytesSent),
		total(attr.ProxyClientBytesReceived, attr.ProxySessionBaselineClientBytesReceived),
		total(attr.ProxyUpstreamBytesSent, attr.ProxySessionBaselineUpstreamBytesSent),
		total(attr.ProxyUpstreamBytesReceived, attr.ProxySessionBaselineUpstreamBytesReceived),
	}
}

// total is a counter since the start of the session.
func total(key, baseline string) Counter {
	return Counter{In: key, Out: key, Baseline: baseline, Sum: Total}
}
