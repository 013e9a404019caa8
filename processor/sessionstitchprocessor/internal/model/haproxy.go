// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package model

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// HAProxy is the model of HAProxy's traffic lines. A session has several where log-steps or do-log (3.1) log one at every
// step. All of them count from the start, so that the newest holds. The line of option logasap, with lower bounds (+), is
// logged as soon as the server answers; only a log-profile logs another one at the end.
//
// A unique id (%ID) names a session or request in all of its lines. Without one a connection is named by its client's
// socket, its date and its frontend, which no other connection shares. A request is not: several of one HTTP/2 connection
// may begin within a millisecond, so that lines of requests without an id pass.
//
// Where the format logs its origin (%OG, manual section 8.2.6), a line that is not of the last step does not end the
// session, whatever else it looks like.
func HAProxy() *Model {
	origin := func(names ...string) []Match { return []Match{{Attr: attr.HaproxyLogOrigin, Values: names}} }
	event := func(name string) []Match { return []Match{{Values: []string{name}}} }
	return &Model{
		Name: "haproxy", Type: "haproxy", Format: "haproxy",
		Stages: []Stage{
			{When: event(record.ConnectionError), Class: Pass},
			{When: event(record.ProxyEvent), Class: Pass},
			{When: origin("txn_accept", "tcp-req-conn", "tcp-req-sess", "quic-init"), Class: Main},
			{When: origin("txn_request", "tcp-req-cont", "http-req"), Class: Main, Rank: 1},
			{When: origin("txn_connect"), Class: Main, Rank: 2},
			{When: origin("txn_response", "tcp-res-cont", "http-res", "http-after-res"), Class: Main, Rank: 3},
			{When: origin("txn_close"), Class: Main, Rank: 5, End: true},
			{When: event(record.SessionStart), Class: Main},
			{When: event(record.SessionProgress), Class: Main, Rank: 4},
			{When: event(record.SessionEnd), Class: Main, Rank: 5, End: true},
			{When: event(record.RequestEnd), Class: Main, Rank: 5, End: true},
		},
		Keys: []Key{
			{Need: []string{attr.HaproxyUniqueID}, Resource: []string{attr.HostName}},
			{
				Need:     []string{attr.ClientAddress, attr.ClientPort, attr.ProxyStartTime, attr.ProxyListenerName},
				Without:  []string{attr.NetworkProtocolName},
				Resource: []string{attr.HostName},
			},
		},
		Counters: totals(),
		Timeline: []string{attr.HaproxyLogOrigin, attr.HaproxyTerminationState, attr.ProxyClientBytesSent, attr.ProxyClientBytesReceived},
	}
}
