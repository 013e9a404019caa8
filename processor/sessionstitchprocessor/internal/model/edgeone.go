// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package model

import (
	"time"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// EdgeOne is the model of Tencent EdgeOne's L4 logs. Byte counts are deltas, so a part counts once; entries arrive
// late, twice and in any order, so parts are remembered for long. SessionID may be missing: the field was added in
// 2024, and the fields are the customer's choice; what is left cannot tell two clients behind one address apart that
// connect in the same second. With sampled the task that delivers the entries leaves some out; they do not show that.
func EdgeOne(sampled bool) *Model {
	return &Model{
		Name: "edgeone", Type: "edgeone", Format: "edgeone", Sampled: sampled,
		Stages: []Stage{
			{When: []Match{{Values: []string{record.SessionEnd}}}, Class: Main, Rank: 2, End: true},
			{When: []Match{{Values: []string{record.SessionProgress}}}, Class: Main, Rank: 1},
			{When: []Match{{Values: []string{record.SessionStart}}}, Class: Main},
		},
		Keys: []Key{
			{Need: []string{attr.ProxySessionID}},
			{
				Need:        []string{attr.EdgeoneServiceID, attr.ClientAddress, attr.ProxyStartTime},
				Also:        []string{attr.NetworkLocalAddress, attr.NetworkLocalPort, attr.NetworkTransport},
				Approximate: true,
			},
		},
		Identity: []string{attr.EdgeoneLogTime, attr.ProxyDeltaClientBytesSent, attr.ProxyDeltaClientBytesReceived, attr.EdgeoneDisconnectReason},
		Exact:    true,
		Counters: []Counter{
			{In: attr.ProxyDeltaClientBytesSent, Out: attr.ProxyClientBytesSent},
			{In: attr.ProxyDeltaClientBytesReceived, Out: attr.ProxyClientBytesReceived},
		},
		Time:     attr.EdgeoneLogTime,
		Timeline: []string{attr.ProxyDeltaClientBytesSent, attr.ProxyDeltaClientBytesReceived, attr.EdgeoneDisconnectReason},
		Defaults: Timing{Idle: 30 * time.Minute, Late: 4 * time.Hour},
	}
}
