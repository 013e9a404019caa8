// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// write writes the record of the entry in in.Match.
func (p *parser) write(in *format.Input, src *source, out *record.Writer) {
	m := &in.Match
	out.Str(attr.ProxyType, formatName)
	resource(out)
	out.SessionID(in.RoleText(roleSession))

	start, started := in.RoleNum(roleConnect)
	if started {
		out.Start(start)
	}
	logged, hasLog := in.RoleNum(roleLog)
	if hasLog {
		out.Time(attr.EdgeoneLogTime, logged)
	}
	end, ended := writeEnd(in, out)
	if !ended && hasLog {
		end, ended = logged, true
	}
	if ended {
		out.End(end)
		if started && end >= start {
			out.Seconds(attr.ProxyDuration, end-start)
		}
	}

	format.Emit(in, out)
	if m.Role(roleService) != nil {
		out.Str(attr.EdgeoneServiceID, in.RoleText(roleService))
	}
	format.Client(out, in.RoleText(roleClient))
	if n, ok := in.RoleNum(rolePort); ok && n > 0 {
		out.Int(attr.NetworkLocalPort, n)
		out.Int(attr.ServerPort, n)
	}
	switch t := in.RoleText(roleProtocol); t {
	case "TCP":
		out.Str(attr.NetworkTransport, "tcp")
	case "UDP":
		out.Str(attr.NetworkTransport, "udp")
	default:
		out.Str(attr.NetworkTransport, strings.ToLower(t))
	}
	src.extras.Write(in, out)
}

// writeEnd writes whether the session has ended and how, and returns when. A session lasts as long as it has no reason for
// its end; where the customer left the reason out, the time of the end tells.
func writeEnd(in *format.Input, out *record.Writer) (int64, bool) {
	end, ok := in.RoleNum(roleDisconnect)
	text := in.RoleText(roleReason)
	if text == "" && (!ok || in.Match.Stands(roleReason)) {
		out.Event(record.SessionProgress)
		out.Severity(format.SeverityInfo)
		return 0, false
	}
	out.Event(record.SessionEnd)
	direction, reason := cutReason(text)
	e := endingOf(reason)
	out.Str(attr.EdgeoneDisconnectReason, reason)
	v := format.Verdict{Outcome: e.outcome, EndedBy: endedBy(direction), ErrorType: reason, Severity: e.severity}
	v.Write(out)
	return end, ok
}

// writeTest writes the record of EdgeOne's connectivity test. It reports nothing that has happened, so its time is that of
// reading it, and what it holds are examples.
func writeTest(in *format.Input, src *source, out *record.Writer) {
	out.Str(attr.ProxyType, formatName)
	resource(out)
	out.Event(record.ProxyEvent)
	out.Severity(format.SeverityInfo)
	src.extras.Write(in, out)
}

// resource writes what identifies the proxy: no more is known of it.
func resource(out *record.Writer) {
	out.ResourceStr(attr.ServiceName, formatName)
	out.ResourceStr(attr.CloudProvider, "tencent_cloud")
}
