// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// write makes the record of a line that was read.
func (p *parser) write(in *format.Input, src *source, d *dialect, out *record.Writer) {
	structured := d.structured(in)
	in.Record(out, in.Hash(0, roleState, roleStatus), roleFrontend, roleBackend, roleServer)
	out.Str(attr.ProxyType, formatName)
	client(in, out)
	secure := listener(in, out)
	upstream(in, out)
	times(in, src, d, out)
	if n, ok := in.RoleNum(roleBytes); ok && n >= 0 {
		out.Int(attr.ProxyClientBytesReceived, n)
	}
	if s := in.Match.Role(roleRetries); s != nil && s.Is(field.Plus) {
		out.Bool(attr.HaproxyRedispatched, true)
	}
	status, _ := in.RoleNum(roleStatus)
	if d.http {
		d.writeHTTP(in, out, status, secure)
	}
	partial, when := partial(in), d.moment
	if origin := in.RoleText(roleOrigin); origin != "" {
		when = momentOf(origin)
	}
	started := in.Match.Role(roleMode) != nil // the default format
	if d.Kind == format.KindTraffic && !started {
		ended(in, out, status, d.http, when != atEnd || partial)
	}
	format.Emit(in, out)
	if !structured {
		keepStructured(in, out)
	}
	if in.Match.Kind == format.KindTruncated {
		out.Bool(attr.ProxylogTruncated, true)
	}
	switch {
	case d.Kind != format.KindTraffic:
		connectionError(in, out)
	case started:
		accepted(in, out)
	case when == atStart:
		out.Event(record.SessionStart)
	case when == midway, partial:
		out.Event(record.SessionProgress)
	case d.http:
		out.Event(record.RequestEnd)
	default:
		out.Event(record.SessionEnd)
	}
	resource(in, out)
	out.Commit(in.Line)
	in.Done()
}

// client writes who connected. HAProxy logs the address it was told by the PROXY protocol, so it is the client's and
// not necessarily the socket's peer.
func client(in *format.Input, out *record.Writer) {
	addr := in.RoleText(roleClientAddress)
	port, hasPort := in.RoleNum(roleClientPort)
	if addr == "unix" {
		out.Str(attr.NetworkTransport, "unix")
		if hasPort {
			out.Int(attr.HaproxyListenerID, port)
		}
		return
	}
	out.Str(attr.NetworkTransport, "tcp")
	format.Client(out, addr)
	if hasPort && port > 0 {
		out.Int(attr.ClientPort, port)
	}
}

// listener writes the frontend; the tilde behind the name says that the client's connection is TLS.
func listener(in *format.Input, out *record.Writer) (secure bool) {
	name, secure := strings.CutSuffix(in.RoleText(roleFrontend), "~")
	if n, ok := in.RoleNum(roleSecure); ok && n == 1 {
		secure = true
	}
	out.Str(attr.ProxyListenerName, name)
	if secure {
		out.Bool(attr.TLSEstablished, true)
	}
	return secure
}

// upstream writes backend and server, and the pair of them as the upstream's name. Without a server (<NOSRV>) and for
// HAProxy's own services (<STATS> and its kin) there is no upstream.
func upstream(in *format.Input, out *record.Writer) {
	b, s := in.Match.Role(roleBackend), in.Match.Role(roleServer)
	backend, server := in.RoleText(roleBackend), in.RoleText(roleServer)
	out.Str(attr.HaproxyBackendName, backend)
	if server == "" || server[0] == '<' {
		return
	}
	out.Str(attr.HaproxyServerName, server)
	switch {
	case b == nil:
		out.Str(attr.ProxyUpstreamName, server)
	case s.Start == b.End+1 && in.Line[b.End] == '/':
		out.Str(attr.ProxyUpstreamName, in.Line[b.Start:s.End])
	default:
		out.Str(attr.ProxyUpstreamName, backend+"/"+server)
	}
}

// times writes start, duration and end.
func times(in *format.Input, src *source, d *dialect, out *record.Writer) {
	const ms = int64(1e6)
	start, ok := startTime(in, src, d)
	// A request's own clock runs from its first byte (%tr, %Ta), a session's from the accept (%t, %Tt).
	role := roleTotal
	if in.Match.Role(roleRequestDate) != nil && in.Match.Role(roleActive) != nil || in.Match.Role(roleTotal) == nil {
		role = roleActive
	}
	total := in.Match.Role(role)
	if total != nil && total.Num >= 0 {
		out.Double(attr.ProxyDuration, float64(total.Num)/1e3)
	}
	if ok {
		out.Start(start)
		end := start
		if total != nil && total.Num > 0 {
			end += total.Num * ms
		}
		out.End(end)
	} else if s := in.Match.Role(roleLogDate); s != nil && !in.Header.Precise {
		if d.local.log {
			out.End(src.zone.Instant(s.Num))
		} else {
			out.End(s.Num)
		}
	} else {
		out.End(in.Header.Time)
	}
	if other := in.Match.Role(roleTotal + roleActive - role); other != nil && other.Num >= 0 {
		key := attr.HaproxyTimeTotal
		if role == roleTotal {
			key = attr.HaproxyTimeActive
		}
		out.Double(key, float64(other.Num)/1e3)
	}
}

// startTime is the instant of the request's or the connection's date, or of the epoch seconds and milliseconds.
func startTime(in *format.Input, src *source, d *dialect) (int64, bool) {
	for _, r := range [...]field.Role{roleRequestDate, roleAcceptDate} {
		s := in.Match.Role(r)
		if s == nil {
			continue
		}
		if r == roleRequestDate && d.local.request || r == roleAcceptDate && d.local.accept {
			if h := in.Header.Time; h != 0 {
				// The header was written at the end: where the clock was set back, the date is of the run before it.
				return src.zone.Latest(s.Num, h+1e9), true
			}
			return src.zone.Instant(s.Num), true
		}
		if r == roleAcceptDate {
			// The zoned dates are of whole seconds; %ms is what is left of the accept date.
			if ms, ok := in.RoleNum(roleEpochMillis); ok {
				return s.Num + ms*1e6, true
			}
		}
		return s.Num, true
	}
	sec, ok := in.RoleNum(roleEpoch)
	if !ok {
		return 0, false
	}
	ms, _ := in.RoleNum(roleEpochMillis)
	return sec*1e9 + ms*1e6, true
}

// accepted ends the record of a connection that was accepted just now.
func accepted(in *format.Input, out *record.Writer) {
	out.Event(record.SessionStart)
	out.Severity(raised(in, format.SeverityInfo))
	if in.RoleText(roleMode) == "HTTP" {
		out.Str(attr.NetworkProtocolName, "http")
	}
	if in.Header.Precise {
		out.Start(in.Header.Time)
	}
}

// connectionError writes what a connection failed of before it became a session: the text of a legacy line, or the
// numbers of an error-log-format.
func connectionError(in *format.Input, out *record.Writer) {
	out.Event(record.ConnectionError)
	v := format.Failed("", errConnection, raised(in, format.SeverityWarn))
	if in.Match.Role(roleMessage) != nil {
		text := in.RoleText(roleMessage)
		v.ErrorType = connectionErrorType(text)
		if in.Match.Kind == format.KindError && isCutMessage(text) {
			out.Bool(attr.ProxylogTruncated, true)
		}
	}
	if code, ok := in.RoleNum(roleFcErr); ok {
		v.ErrorType = errorTypeOf(code)
	}
	v.Write(out)
	if in.Header.Time != 0 && in.Header.Precise {
		out.End(in.Header.Time)
	}
}

// raised is the severity by the outcome, or that of the syslog header where it is higher: option log-separate-errors
// and set-log-level say by it what matters.
func raised(in *format.Input, severity plog.SeverityNumber) plog.SeverityNumber {
	if s := in.Header.Severity(); s >= 0 && s <= 4 {
		return max(severity, format.SyslogSeverity(s))
	}
	return severity
}

// resource writes what identifies the process.
func resource(in *format.Input, out *record.Writer) {
	h := &in.Header
	name := h.App
	if name == "" {
		name = formatName
	}
	out.ResourceStr(attr.ServiceName, name)
	host := h.Host
	if host == "" {
		host = in.RoleText(roleHost)
	}
	out.ResourceStr(attr.HostName, host)
	if pid, ok := in.RoleNum(rolePID); ok {
		out.ResourceInt(attr.ProcessPid, pid)
	} else if h.PID > 0 {
		out.ResourceInt(attr.ProcessPid, h.PID)
	}
}
