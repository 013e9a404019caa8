// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package model

import (
	"time"

	"github.com/proxylog/proxylog/internal/attr"
)

// G3Proxy is the model of g3proxy's logs. The entries of a task repeat everything and count totals. A request that is
// sent again over a new connection logs Finished twice under one task id, the first with the upstream's counters at
// zero, so a finished task waits a moment and its newest entry holds. Escape, Inspect and Intercept entries name the
// task that they belong to and may come after its end; Resolve entries name none and pass.
//
// Entries without total_time (Created, Connected) stand at the task's start: an RFC 3164 header has whole seconds and
// no zone.
//
// A chained g3proxy makes a task id of its own. With links each record names the connections of its task, and the two
// meet in the one that both have: g3proxy.link.upstream of the first is g3proxy.link.client of the second. One connection
// may carry several tasks, so that this finds them and joins none.
func G3Proxy(links bool) *Model {
	var named []Link
	if links {
		named = []Link{
			{
				Out: attr.G3proxyLinkClient, From: []string{attr.ClientAddress, attr.ClientPort},
				To: []string{attr.NetworkLocalAddress, attr.NetworkLocalPort},
			},
			{
				Out: attr.G3proxyLinkUpstream, From: []string{attr.G3proxyNextBoundAddr},
				To: []string{attr.ProxyUpstreamAddress, attr.ProxyUpstreamPort},
			},
		}
	}
	keep := []string{
		attr.ProxyType, attr.ProxySessionID, attr.G3proxyTaskID, attr.G3proxyLogType,
		attr.ServerAddress, attr.ServerPort, attr.ProxyUpstreamAddress, attr.ProxyUpstreamPort,
	}
	log := func(name string) Match { return Match{Attr: attr.G3proxyLogType, Values: []string{name}} }
	event := func(names ...string) Match { return Match{Attr: attr.G3proxyTaskEvent, Values: names} }
	return &Model{
		Name: "g3proxy", Type: "g3proxy", Format: "g3proxy",
		Stages: []Stage{
			{When: []Match{log("Task"), event("Created")}, Class: Main},
			{When: []Match{log("Task"), event("Connected")}, Class: Main, Rank: 1},
			{When: []Match{log("Task"), event("Periodic")}, Class: Main, Rank: 2},
			{When: []Match{log("Task"), event("ClientShutdown", "UpstreamShutdown")}, Class: Main, Rank: 3},
			{When: []Match{log("Task"), event("Finished")}, Class: Main, Rank: 4, End: true},
			// Before 1.11 there was one entry per task, which did not name its event.
			{When: []Match{log("Task"), event()}, Class: Main, Rank: 4, End: true},
			// An event that this version does not know says how the task is doing.
			{When: []Match{log("Task")}, Class: Main, Rank: 2},
			{When: []Match{log("Escape")}, Class: Fold, Fold: &Collect{
				Count: attr.G3proxyEscapeCount,
				Union: map[string]string{attr.G3proxyReason: attr.G3proxyEscapeReasons}, Keep: keep,
			}},
			{When: []Match{log("Inspect")}, Class: Fold, Fold: &Collect{
				Count: attr.G3proxyInspectCount,
				Union: map[string]string{attr.G3proxyProtocol: attr.G3proxyInspectProtocols}, Keep: keep,
			}},
			{When: []Match{log("Intercept")}, Class: Fold, Fold: &Collect{
				Count: attr.G3proxyInterceptCount,
				Union: map[string]string{attr.G3proxyInterceptType: attr.G3proxyInterceptTypes}, Keep: keep,
			}},
		},
		Keys: []Key{{Need: []string{attr.ProxySessionID}}},
		Counters: append(totals(),
			total(attr.G3proxyCRdPackets, attr.ProxySessionBaselineG3proxyCRdPackets),
			total(attr.G3proxyCWrPackets, attr.ProxySessionBaselineG3proxyCWrPackets),
			total(attr.G3proxyRRdPackets, attr.ProxySessionBaselineG3proxyRRdPackets),
			total(attr.G3proxyRWrPackets, attr.ProxySessionBaselineG3proxyRWrPackets),
			total(attr.G3proxyFTPCRdBytes, attr.ProxySessionBaselineG3proxyFTPCRdBytes),
			total(attr.G3proxyFTPCWrBytes, attr.ProxySessionBaselineG3proxyFTPCWrBytes),
			total(attr.G3proxyFTPDRdBytes, attr.ProxySessionBaselineG3proxyFTPDRdBytes),
			total(attr.G3proxyFTPDWrBytes, attr.ProxySessionBaselineG3proxyFTPDWrBytes),
			Counter{Out: attr.G3proxyEscapeCount},
			Counter{Out: attr.G3proxyInspectCount},
			Counter{Out: attr.G3proxyInterceptCount},
		),
		Rules: map[string]Rule{
			attr.G3proxyEscapeReasons: Union, attr.G3proxyInspectProtocols: Union, attr.G3proxyInterceptTypes: Union,
		},
		Links:    named,
		Anchored: true,
		Timeline: []string{attr.G3proxyLogType, attr.G3proxyTaskEvent, attr.G3proxyTaskStage, attr.G3proxyReason, attr.ProxyClientBytesSent, attr.ProxyClientBytesReceived},
		Defaults: Timing{Idle: 10 * time.Minute, Linger: 2 * time.Second},
	}
}
