// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strconv"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// causeOf is the meaning of a termination state's first character. A client that leaves is no failure of the proxy, and
// whether it got what it wanted is not known.
func causeOf(c byte) format.Verdict {
	switch c {
	case 'C':
		return format.Undecided(format.ByClient)
	case 'c':
		return format.Failed(format.ByClient, errClientTimeout, format.SeverityWarn)
	case 'S':
		return format.Failed(format.ByUpstream, errServerAborted, format.SeverityError)
	case 's':
		return format.Failed(format.ByUpstream, errServerTimeout, format.SeverityWarn)
	case 'P':
		return format.Failed(format.ByProxy, errProxyDenied, format.SeverityWarn)
	case 'R':
		return format.Failed(format.ByProxy, errResources, format.SeverityError)
	case 'I':
		return format.Failed(format.ByProxy, errInternal, format.SeverityError)
	case 'D':
		return format.Failed(format.ByProxy, errServerDown, format.SeverityWarn)
	case 'U':
		return format.Failed(format.ByProxy, errBackupKilled, format.SeverityWarn)
	case 'K':
		return format.Failed(format.ByProxy, errKilled, format.SeverityWarn)
	case 'L':
		return format.Succeeded(format.ByProxy)
	}
	return format.Succeeded(format.Unknown)
}

// verdictOf is the meaning of a termination state: the second character, where the session was when it ended, refines
// the first.
func verdictOf(first, second byte) format.Verdict {
	v := causeOf(first)
	switch {
	case first == 'C' && second == 'C':
		v.Severity = format.SeverityWarn
	case first == 'S' && second == 'C':
		v.ErrorType = errConnectionRefused
	case first == 's' && second == 'C':
		v.ErrorType, v.Severity = errConnectTimeout, format.SeverityError
	case first == 's' && second == 'Q':
		v.ErrorType, v.Severity = errQueueTimeout, format.SeverityError
	case first == 'c' && second == 'R':
		v.ErrorType = errRequestTimeout
	case first == 'P' && second == 'T':
		v.ErrorType = errTarpitted
	case first == 'P' && (second == 'H' || second == 'D'):
		v.ErrorType = errInvalidResponse
	case second == 'C' && v.Outcome == format.Failure:
		v.Severity = format.SeverityError
	}
	return v
}

// ended writes how it ended. A response of 500 and above is a failure even where the session ended in order, and an HTTP
// failure has its status as error.type. open says that it goes on: whether it will succeed is not known.
func ended(in *format.Input, out *record.Writer, status int64, http, open bool) {
	v := format.Succeeded(format.Unknown)
	if state := in.RoleText(roleState); len(state) > 1 {
		v = verdictOf(state[0], state[1])
	} else if status <= 0 {
		v.Outcome = format.Unknown
	}
	if http && status >= 500 && v.Outcome != format.Failure {
		v.Outcome, v.Severity = format.Failure, format.SeverityError
	}
	if http && status >= 400 && status <= 599 && v.Outcome == format.Failure {
		v.ErrorType = strconv.FormatInt(status, 10)
	}
	if open && v.Outcome == format.Success {
		v.Outcome = format.Unknown
	}
	v.Severity = raised(in, v.Severity)
	v.Write(out)
}

// partial reports whether the line was logged before the end (option logasap), when times and sizes are lower bounds.
func partial(in *format.Input) bool {
	for _, r := range [...]field.Role{roleTotal, roleActive, roleBytes} {
		if s := in.Match.Role(r); s != nil && s.Is(field.Plus) {
			return true
		}
	}
	return false
}
