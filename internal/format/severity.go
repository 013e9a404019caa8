// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import "go.opentelemetry.io/collector/pdata/plog"

// The severities of verdicts.
const (
	SeverityInfo  = plog.SeverityNumberInfo
	SeverityWarn  = plog.SeverityNumberWarn
	SeverityError = plog.SeverityNumberError
)

// SyslogSeverity is the severity of a syslog level, as the appendix of the OpenTelemetry log data model has it; INFO where
// there is no level.
func SyslogSeverity(level int) plog.SeverityNumber {
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
