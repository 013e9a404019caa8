// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// writeEvent makes the record of a line of the process log: a message, with the header's severity
// (lib/g3-daemon, src/log/process.rs).
func (s *source) writeEvent(in *format.Input, out *record.Writer) {
	out.Begin(s.process.Scope, in.Dirty, in.Observed)
	s.resource(in, out)
	out.Str(attr.ProxyType, formatName)
	out.Str(attr.G3proxyMessage, in.RoleText(roleMessage))
	if in.Continues {
		out.Str(attr.G3proxyTaskID, s.tail.task)
	}
	out.Event(record.ProxyEvent)
	out.Severity(format.SyslogSeverity(in.Header.Severity()))
	if in.Header.Precise {
		out.End(in.Header.Time)
	} else {
		out.End(s.headerTime(in))
	}
	out.Commit(in.Line)
}
