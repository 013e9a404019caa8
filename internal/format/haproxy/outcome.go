// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strconv"
	"strings"

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
		return cause{"client", "failure", plog.SeverityNumberWarn, "client_timeout"}
	case 'S':
		return cause{"upstream", "failure", plog.SeverityNumberError, "server_aborted"}
	case 's':
		return cause{"upstream", "failure", plog.SeverityNumberWarn, "server_timeout"}
	case 'P':
		return cause{"proxy", "failure", plog.SeverityNumberWarn, "proxy_denied"}
	case 'R':
		return cause{"proxy", "failure", plog.SeverityNumberError, "resource_exhausted"}
	case 'I':
		return cause{"proxy", "failure", plog.SeverityNumberError, "internal_error"}
	case 'D':
		return cause{"proxy", "failure", plog.SeverityNumberWarn, "server_down"}
	case 'U':
		return cause{"proxy", "failure", plog.SeverityNumberWarn, "backup_killed"}
	case 'K':
		return cause{"proxy", "failure", plog.SeverityNumberWarn, "killed"}
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
		c.error = "connection_refused"
	case first == 's' && second == 'C':
		c.error, c.severity = "connect_timeout", plog.SeverityNumberError
	case first == 's' && second == 'Q':
		c.error, c.severity = "queue_timeout", plog.SeverityNumberError
	case first == 'c' && second == 'R':
		c.error = "request_timeout"
	case first == 'P' && second == 'T':
		c.error = "tarpitted"
	case first == 'P' && (second == 'H' || second == 'D'):
		c.error = "invalid_response"
	case second == 'C' && c.outcome == "failure":
		c.severity = plog.SeverityNumberError
	}
	return c
}

// ended writes how it ended: outcome, who ended it, error.type and severity. A response of 500 and above is a failure
// even where the session ended in order, and an HTTP failure has its status as error.type.
func ended(in *format.Input, out *record.Writer, status int64, http bool) {
	s := in.Match.Role(roleState)
	c := causeOf('-')
	if s != nil {
		first, second := in.Line[s.Start], in.Line[s.Start+1]
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
	if partial(in) && c.outcome == "success" {
		c.outcome = "unknown" // option logasap: it has not ended yet
	}
	out.Str(attr.ProxyOutcome, c.outcome)
	out.Str(attr.ProxyEndedBy, c.endedBy)
	if c.outcome == "failure" {
		out.Str(attr.ErrorType, c.error)
	}
	out.Severity(c.severity)
}

func partial(in *format.Input) bool {
	for _, r := range [...]field.Role{roleTotal, roleActive, roleBytes} {
		if s := in.Match.Role(r); s != nil && s.Is(field.Plus) {
			return true
		}
	}
	return false
}

// connectionErrorType classes the text of a legacy error line (src/connection.c, conn_err_code_str).
func connectionErrorType(text string) string {
	switch {
	case strings.Contains(text, "SSL"), strings.Contains(text, "TLS"):
		return "tls_handshake"
	case strings.Contains(text, "PROXY"), strings.Contains(text, "NetScaler"), strings.Contains(text, "SOCKS4"):
		return "proxy_protocol"
	case strings.Contains(text, "imeout"):
		return "client_timeout"
	}
	return "connection_error"
}
