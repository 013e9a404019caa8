// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// eventDialect is the lines of the process, its proxies and servers: one text.
func eventDialect() *format.Dialect {
	return format.NewDialect("haproxy", "event", "", format.KindEvent, []field.Field{
		{Code: "message", Key: attr.HaproxyMessage, Conv: field.Str, Role: roleMessage},
	})
}

// event writes a record for a line that reports no traffic. Its severity is that of the syslog header.
func (p *parser) event(in *format.Input, out *record.Writer) {
	slots := in.Begin(p.events)
	slots[0] = field.Slot{Start: int32(in.Header.Start), End: int32(in.Header.End)}
	out.Begin(p.events.Scope, in.Dirty, in.Observed)
	out.Str(attr.ProxyType, "haproxy")
	format.Emit(in, out)
	out.Event(record.ProxyEvent)
	out.Severity(syslogSeverity(in.Header.Severity()))
	out.End(in.Header.Time)
	resource(in, out)
	out.Commit(in.Line)
	in.Done()
}

// syslogSeverity maps a syslog severity to that of a LogRecord, as the OpenTelemetry log data model's appendix does.
func syslogSeverity(s int) plog.SeverityNumber {
	switch s {
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
