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
	"TcpConnectionStart":                      {record.SessionStart, false, false, false, "tcp"},
	"TcpUpstreamConnected":                    {record.SessionProgress, false, false, false, "tcp"},
	"TcpPeriodic":                             {record.SessionProgress, false, false, false, "tcp"},
	"TcpConnectionEnd":                        {record.SessionEnd, true, false, false, "tcp"},
	"DownstreamStart":                         {record.SessionStart, false, false, true, "tcp"},
	"DownstreamPeriodic":                      {record.SessionProgress, false, false, true, "tcp"},
	"DownstreamTunnelSuccessfullyEstablished": {record.SessionProgress, false, false, true, "tcp"},
	"DownstreamEnd":                           {record.RequestEnd, true, false, true, "tcp"},
	"UpstreamPoolReady":                       {record.SessionProgress, false, true, true, "tcp"},
	"UpstreamPeriodic":                        {record.SessionProgress, false, true, true, "tcp"},
	"UpstreamEnd":                             {record.SessionProgress, false, true, true, "tcp"},
	"UdpTunnelUpstreamConnected":              {record.SessionProgress, false, false, false, "udp"},
	"UdpPeriodic":                             {record.SessionProgress, false, false, false, "udp"},
	"UdpSessionEnd":                           {record.SessionEnd, true, false, false, "udp"},
}

// Types of lines that do not say theirs. The first line of a request, where it is logged, has neither a status nor flags
// nor details, and no time has passed; a request that failed before its answer has flags.
var (
	untypedTCP     = logTypes["TcpConnectionEnd"]
	untypedRequest = logTypes["DownstreamEnd"]
	untypedStart   = logTypes["DownstreamStart"]
	handshake      = logType{record.ConnectionError, true, false, false, "tcp"}

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
