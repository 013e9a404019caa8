// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// task writes what a task's entry means.
func (s *source) task(in *format.Input, event string, out *record.Writer) {
	taskType := s.word(in, roleTaskType)
	transport(out, taskType)
	switch taskType {
	case "HttpForward":
		out.Str(attr.NetworkProtocolName, "http")
	case "FtpOverHttp":
		out.Str(attr.NetworkProtocolName, "ftp")
		s.ftpBytes(in, out)
	}
	switch event {
	case "Created":
		out.Event(record.SessionStart)
		out.Severity(format.SeverityInfo)
	case "Finished", "":
		reason := s.word(in, roleReason)
		if s.short && event == "" && reason == "" {
			// The event was cut off. Only the last entry has a reason.
			out.Event(record.SessionProgress)
			out.Severity(format.SeverityInfo)
			return
		}
		out.Event(record.SessionEnd)
		v := ofTask(reason, taskType, s.word(in, roleStage))
		if in.Header.App == keymess {
			v = ofKeymess(s.word(in, roleMessage))
		}
		v.Write(out)
	default:
		out.Event(record.SessionProgress)
		out.Severity(format.SeverityInfo)
	}
}

// transport writes the transport of a task or an attempt to connect, by its type.
func transport(out *record.Writer, kind string) {
	switch kind {
	case "":
	case "UdpAssociate", "UdpConnect", "UdpSendto":
		out.Str(attr.NetworkTransport, "udp")
	default:
		out.Str(attr.NetworkTransport, "tcp")
	}
}

// ftpBytes writes what went over both connections to an FTP server, which g3proxy counts apart.
func (s *source) ftpBytes(in *format.Input, out *record.Writer) {
	sum := func(key string, own, control, data field.Role) {
		if _, ok := s.number(in, own); ok {
			return
		}
		c, okC := s.number(in, control)
		d, okD := s.number(in, data)
		if okC || okD {
			out.Int(key, c+d)
		}
	}
	sum(attr.ProxyUpstreamBytesSent, roleRead, roleFTPControlRead, roleFTPDataRead)
	sum(attr.ProxyUpstreamBytesReceived, roleWritten, roleFTPControlWritten, roleFTPDataWritten)
}
