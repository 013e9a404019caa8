// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// writeEvent makes the record of a line of the process log: a message, with the header's severity
// (lib/g3-daemon, src/log/process.rs).
func (s *source) writeEvent(in *format.Input, out *record.Writer) {
	out.Begin(s.process.Scope, in.Dirty, in.Observed)
	s.resource(in, out)
	out.Str(attr.ProxyType, name)
	out.Str(attr.G3proxyMessage, in.RoleText(roleMessage))
	if s.open && in.Header.Kind != envelope.Stdlog {
		out.Str(attr.G3proxyTaskID, s.openTask)
	}
	out.Event(record.ProxyEvent)
	out.Severity(severity(in.Header.Severity()))
	if in.Header.Precise {
		out.End(in.Header.Time)
	} else {
		out.End(s.headerTime(in))
	}
	out.Commit(in.Line)
}

// severity is the severity of a syslog level, by the table of the OpenTelemetry log data model.
func severity(level int) plog.SeverityNumber {
	switch level {
	case 0:
		return plog.SeverityNumberFatal
	case 1:
		return plog.SeverityNumberError3
	case 2:
		return plog.SeverityNumberError2
	case 3:
		return plog.SeverityNumberError
	case 4:
		return plog.SeverityNumberWarn
	case 5:
		return plog.SeverityNumberInfo2
	case 7:
		return plog.SeverityNumberDebug
	}
	return plog.SeverityNumberInfo
}
