// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package model

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// Squid is the model of Squid's master transactions: the line of access.log and those of the ICAP transactions that it
// made, where both formats log %master_xaction. ICAP transactions are side records, which are counted and of which the
// newest one's values stand beside those of access.log.
//
// The id counts from the start of the process, so that every worker of an SMP Squid has its own: the client's address
// keeps most of them apart. OPTIONS requests belong to no client's transaction and pass.
func Squid() *Model {
	event := Match{Values: []string{record.AdaptationEnd}}
	return &Model{
		Name: "squid", Type: "squid", Format: "squid",
		Stages: []Stage{
			{When: []Match{event, {Attr: attr.SquidIcapMethod, Values: []string{"OPTIONS"}}}, Class: Pass},
			{When: []Match{event}, Class: Fold, Fold: &Collect{
				Count: attr.SquidIcapCount,
				Union: map[string]string{
					attr.SquidIcapOutcome: attr.SquidIcapOutcomes, attr.SquidIcapService: attr.SquidIcapServices,
				},
				Keep: []string{
					attr.ProxyType, attr.SquidMasterXaction, attr.ClientAddress, attr.ClientPort, attr.UserName, attr.NetworkTransport,
					attr.NetworkProtocolName, attr.NetworkProtocolVersion, attr.HTTPRequestMethod, attr.HTTPRequestMethodOriginal,
					attr.URLFull, attr.URLScheme, attr.URLPath, attr.URLQuery, attr.ServerAddress, attr.ServerPort,
					attr.SquidIcapMethod, attr.SquidIcapOutcome, attr.SquidIcapService, attr.SquidIcapURL, attr.SquidIcapStatusCode,
					attr.SquidIcapRequestSize, attr.SquidIcapResponseSize, attr.SquidIcapResponseBodySize, attr.SquidIcapIoTime,
					attr.SquidIcapBypassed,
				},
			}},
			{When: []Match{{Values: []string{record.RequestEnd}}}, Class: Main, Rank: 1, End: true},
			// What a stitcher made of them; Squid itself has no such lines.
			{When: []Match{{Values: []string{record.SessionEnd}}}, Class: Main, Rank: 1},
		},
		Keys: []Key{{
			Need: []string{attr.SquidMasterXaction}, Also: []string{attr.ClientAddress},
			Resource: []string{attr.HostName, attr.ServiceInstanceID},
		}},
		Counters: append(totals(), Counter{Out: attr.SquidIcapCount}),
		Rules:    map[string]Rule{attr.SquidIcapOutcomes: Union, attr.SquidIcapServices: Union},
		Timeline: []string{
			attr.SquidIcapMethod, attr.SquidIcapService, attr.SquidIcapOutcome, attr.SquidResultCode, attr.ProxyClientBytesReceived,
		},
	}
}
