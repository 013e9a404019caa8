// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package model

import "github.com/proxylog/proxylog/internal/attr"

// totals are the byte counters of a format that logs them since the start of the session.
func totals() []Counter {
	return []Counter{
		{In: attr.ProxyClientBytesSent, Out: attr.ProxyClientBytesSent, Baseline: attr.ProxySessionBaselineClientBytesSent, Sum: Total},
		{In: attr.ProxyClientBytesReceived, Out: attr.ProxyClientBytesReceived, Baseline: attr.ProxySessionBaselineClientBytesReceived, Sum: Total},
		{In: attr.ProxyUpstreamBytesSent, Out: attr.ProxyUpstreamBytesSent, Baseline: attr.ProxySessionBaselineUpstreamBytesSent, Sum: Total},
		{In: attr.ProxyUpstreamBytesReceived, Out: attr.ProxyUpstreamBytesReceived, Baseline: attr.ProxySessionBaselineUpstreamBytesReceived, Sum: Total},
	}
}
