// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import "github.com/proxylog/proxylog/internal/record"

// logType is what an ACCESS_LOG_TYPE (data.accesslog.v3.AccessLogType) says of a line.
type logType struct {
	event string
	// end says that the line reports the end of what it is about.
	end bool
	// upstream says that directions are seen from the upstream's side.
	upstream bool
	// http says that it is about a request.
	http bool
	// transport is of the client's connection.
	transport string
}

// logTypes are the types. An upstream log has one set of lines for each attempt, so the end of one is not the end of the
// request. A listener's lines are of the type NotSet; those are judged by what they hold, like lines without a type.
var logTypes = map[string]logType{
	"TcpConnectionStart":                      {event: record.SessionStart, transport: "tcp"},
	"TcpUpstreamConnected":                    {event: record.SessionProgress, transport: "tcp"},
	"TcpPeriodic":                             {event: record.SessionProgress, transport: "tcp"},
	"TcpConnectionEnd":                        {event: record.SessionEnd, end: true, transport: "tcp"},
	"DownstreamStart":                         {event: record.SessionStart, http: true, transport: "tcp"},
	"DownstreamPeriodic":                      {event: record.SessionProgress, http: true, transport: "tcp"},
	"DownstreamTunnelSuccessfullyEstablished": {event: record.SessionProgress, http: true, transport: "tcp"},
	"DownstreamEnd":                           {event: record.RequestEnd, end: true, http: true, transport: "tcp"},
	"UpstreamPoolReady":                       {event: record.SessionProgress, upstream: true, http: true, transport: "tcp"},
	"UpstreamPeriodic":                        {event: record.SessionProgress, upstream: true, http: true, transport: "tcp"},
	"UpstreamEnd":                             {event: record.SessionProgress, upstream: true, http: true, transport: "tcp"},
	"UdpTunnelUpstreamConnected":              {event: record.SessionProgress, transport: "udp"},
	"UdpPeriodic":                             {event: record.SessionProgress, transport: "udp"},
	"UdpSessionEnd":                           {event: record.SessionEnd, end: true, transport: "udp"},
}

// Types of lines that do not say theirs. The first line of a request, where it is logged, has neither a status nor flags
// nor details, and no time has passed; a request that failed before its answer has flags.
var (
	untypedTCP     = logTypes["TcpConnectionEnd"]
	untypedRequest = logTypes["DownstreamEnd"]
	untypedStart   = logTypes["DownstreamStart"]
	handshake      = logType{event: record.ConnectionError, end: true, transport: "tcp"}

	untypedUpstream = logTypes["UpstreamPeriodic"]
	untypedWaiting  = logTypes["DownstreamPeriodic"]
)

// typeOf is the type of the line whose facts are given. src remembers whether lines without a type come from an upstream
// log: those have an upstream and a status, but never details, which the downstream's always have with a status. As long
// as there is no status the two look alike.
func typeOf(name string, f *facts, src *source) logType {
	if name != "" {
		if t, ok := logTypes[name]; ok {
			return t
		}
	}
	switch {
	case f.handshake:
		return handshake
	case f.method == "" && f.code <= 0 && (!f.protocol || f.details == ""):
		return untypedTCP
	case name == "" && f.method != "" && f.code <= 0 && f.flags == "" && f.details == "" && f.duration <= 0 && !f.upstream:
		return untypedStart
	case name == "" && f.method != "" && f.detailed && f.details != "":
		src.upstream = false
	case name == "" && f.method != "" && f.detailed && f.flags == "" && f.upstream:
		if src.upstream = src.upstream || f.code > 0; src.upstream {
			return untypedUpstream
		}
		return untypedWaiting
	}
	return untypedRequest
}
