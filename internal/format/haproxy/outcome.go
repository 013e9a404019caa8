// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// cause is what the first character of a termination state means (the manual's section 8.5).
type cause struct {
	endedBy  string
	outcome  string
	severity plog.SeverityNumber
	// error is the error.type of a failure; the phase may refine it.
	error string
}

// causeOf is the meaning of a termination state's first character. A client that leaves is no failure of the proxy, and
// whether it got what it wanted is not known.
func causeOf(c byte) cause {
	switch c {
	case 'C':
		return cause{"client", "unknown", plog.SeverityNumberInfo, ""}
	case 'c':
		return cause{"client", "failure", plog.SeverityNumberWarn, errClientTimeout}
	case 'S':
		return cause{"upstream", "failure", plog.SeverityNumberError, errServerAborted}
	case 's':
		return cause{"upstream", "failure", plog.SeverityNumberWarn, errServerTimeout}
	case 'P':
		return cause{"proxy", "failure", plog.SeverityNumberWarn, errProxyDenied}
	case 'R':
		return cause{"proxy", "failure", plog.SeverityNumberError, errResources}
	case 'I':
		return cause{"proxy", "failure", plog.SeverityNumberError, errInternal}
	case 'D':
		return cause{"proxy", "failure", plog.SeverityNumberWarn, errServerDown}
	case 'U':
		return cause{"proxy", "failure", plog.SeverityNumberWarn, errBackupKilled}
	case 'K':
		return cause{"proxy", "failure", plog.SeverityNumberWarn, errKilled}
	case 'L':
		return cause{"proxy", "success", plog.SeverityNumberInfo, ""}
	}
	return cause{"unknown", "success", plog.SeverityNumberInfo, ""}
}

// phase refines a cause by the second character: where the session was when it ended.
func (c cause) phase(first, second byte) cause {
	switch {
	case first == 'C' && second == 'C':
		c.severity = plog.SeverityNumberWarn
	case first == 'S' && second == 'C':
		c.error = errConnectionRefused
	case first == 's' && second == 'C':
		c.error, c.severity = errConnectTimeout, plog.SeverityNumberError
	case first == 's' && second == 'Q':
		c.error, c.severity = errQueueTimeout, plog.SeverityNumberError
	case first == 'c' && second == 'R':
		c.error = errRequestTimeout
	case first == 'P' && second == 'T':
		c.error = errTarpitted
	case first == 'P' && (second == 'H' || second == 'D'):
		c.error = errInvalidResponse
	case second == 'C' && c.outcome == "failure":
		c.severity = plog.SeverityNumberError
	}
	return c
}

// ended writes how it ended: outcome, who ended it, error.type and severity. A response of 500 and above is a failure
// even where the session ended in order, and an HTTP failure has its status as error.type. early says that it goes on.
func ended(in *format.Input, out *record.Writer, status int64, http, early bool) {
	c := causeOf('-')
	if state := in.RoleText(roleState); len(state) > 1 {
		first, second := state[0], state[1]
		c = causeOf(first).phase(first, second)
	} else if status <= 0 {
		c.outcome = "unknown"
	}
	if http && status >= 500 && c.outcome != "failure" {
		c.outcome, c.severity = "failure", plog.SeverityNumberError
	}
	if http && status >= 400 && status <= 599 && c.outcome == "failure" {
		c.error = strconv.FormatInt(status, 10)
	}
	if c.outcome == "success" && (early || partial(in)) {
		c.outcome = "unknown" // an earlier step, or option logasap: it has not ended yet
	}
	out.Str(attr.ProxyOutcome, c.outcome)
	out.Str(attr.ProxyEndedBy, c.endedBy)
	if c.outcome == "failure" {
		out.Str(attr.ErrorType, c.error)
	}
	out.Severity(raised(in, c.severity))
}

func partial(in *format.Input) bool {
	for _, r := range [...]field.Role{roleTotal, roleActive, roleBytes} {
		if s := in.Match.Role(r); s != nil && s.Is(field.Plus) {
			return true
		}
	}
	return false
}
