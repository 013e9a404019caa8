// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// The values of proxy.outcome.
const (
	Success = "success"
	Failure = "failure"
	// Unknown is a value of proxy.ended_by too: the line does not tell.
	Unknown = "unknown"
)

// The other values of proxy.ended_by.
const (
	ByClient   = "client"
	ByUpstream = "upstream"
	ByProxy    = "proxy"
)

// Verdict is how that has ended which a record reports.
type Verdict struct {
	Outcome string
	// EndedBy is "" where that is not asked, as of what has not ended a session.
	EndedBy string
	// ErrorType is the error.type of a Failure.
	ErrorType string
	Severity  plog.SeverityNumber
}

// Succeeded is the verdict of what went well.
func Succeeded(endedBy string) Verdict {
	return Verdict{Outcome: Success, EndedBy: endedBy, Severity: SeverityInfo}
}

// Undecided is the verdict of what may have gone well or not.
func Undecided(endedBy string) Verdict {
	return Verdict{Outcome: Unknown, EndedBy: endedBy, Severity: SeverityInfo}
}

// Failed is the verdict of what failed.
func Failed(endedBy, errorType string, severity plog.SeverityNumber) Verdict {
	return Verdict{Outcome: Failure, EndedBy: endedBy, ErrorType: errorType, Severity: severity}
}

// Write writes the verdict.
func (v *Verdict) Write(out *record.Writer) {
	out.Str(attr.ProxyOutcome, v.Outcome)
	out.Str(attr.ProxyEndedBy, v.EndedBy)
	if v.Outcome == Failure {
		out.Str(attr.ErrorType, v.ErrorType)
	}
	out.Severity(v.Severity)
}
