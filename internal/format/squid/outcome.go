// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// verdict is how something ended.
type verdict struct {
	outcome, endedBy, errorType string
	severity                    plog.SeverityNumber
}

func (v verdict) write(out *record.Writer) {
	out.Str(attr.ProxyOutcome, v.outcome)
	out.Str(attr.ProxyEndedBy, v.endedBy)
	if v.outcome == "failure" {
		out.Str(attr.ErrorType, v.errorType)
	}
	out.Severity(v.severity)
}

var (
	success = verdict{outcome: "success", endedBy: "unknown", severity: plog.SeverityNumberInfo}
	unknown = verdict{outcome: "unknown", endedBy: "unknown", severity: plog.SeverityNumberInfo}
)

// icapVerdict is what an ICAP outcome means (src/adaptation/icap/Xaction.cc and its kin write them).
func icapVerdict(outcome string) verdict {
	switch outcome {
	case "ICAP_ECHO", "ICAP_MOD", "ICAP_PART_ECHO", "ICAP_SAT", "ICAP_OPT":
		return success
	case "ICAP_ERR_OTHER": // malformed, refused, timed out, cut off, or a status that is no success
		return verdict{"failure", "upstream", outcome, plog.SeverityNumberError}
	case "ICAP_ERR_RACE": // the server closed the connection as it was used again
		return verdict{"failure", "upstream", outcome, plog.SeverityNumberWarn}
	case "ICAP_ERR_GONE": // whoever asked, mostly the client, went away
		return verdict{"failure", "client", outcome, plog.SeverityNumberWarn}
	case "ICAP_ERR_UNKNOWN": // never started, or to be tried again
		return verdict{"failure", "unknown", outcome, plog.SeverityNumberWarn}
	}
	return unknown
}

// adapted writes how an ICAP transaction ended. A message that went on unchanged although the service did not say so
// (204) went past a service that failed and is optional.
func adapted(in *format.Input, status int64, hasStatus bool, out *record.Writer) {
	outcome := in.RoleText(roleICAPOutcome)
	v := icapVerdict(outcome)
	if outcome == "ICAP_ECHO" && hasStatus && status != 204 {
		v.severity = plog.SeverityNumberWarn
		out.Bool(attr.SquidIcapBypassed, true)
	}
	v.write(out)
}

// ended writes how an HTTP transaction ended: by Squid's result code first (src/LogTags.cc), else by the status. HTTP
// failures have the status as error.type; what Squid's own error was is squid.error.code, where it is logged. It is none
// of the values of error.type, since an administrator may name error pages as he likes.
func ended(in *format.Input, status int64, out *record.Writer) {
	code := in.RoleText(roleResult)
	v := unknown
	switch {
	case status >= 500 && status <= 999:
		v = verdict{"failure", "unknown", "", plog.SeverityNumberError}
		if s := in.Match.Role(roleHierarchy); s != nil && nobody(s.Text(in.Line)) {
			v.endedBy = "proxy" // nobody was asked: the answer is Squid's own
		}
	case status > 0:
		v = success
	}
	switch {
	case has(code, "DENIED"):
		v = verdict{"failure", "proxy", "denied", plog.SeverityNumberWarn}
		if status == 407 || status == 401 {
			v.severity = plog.SeverityNumberInfo // it only asks for credentials
		}
	case has(code, "ABORTED"):
		v.endedBy = "client"
		if v.outcome != "failure" {
			v.outcome = "unknown"
		}
	case has(code, "TIMEDOUT"):
		v = verdict{"failure", "unknown", "timeout", plog.SeverityNumberWarn}
	case status >= 400 && status < 500 && strings.HasPrefix(in.RoleText(roleURL), errorURL):
		v = verdict{"failure", "proxy", "", plog.SeverityNumberWarn} // no request that could be read
	}
	if v.outcome == "failure" && status >= 400 && status <= 999 {
		v.errorType = statusText(in.RoleText(roleStatus))
	}
	v.write(out)
}

// statusText is the status without what fills it up.
func statusText(s string) string { return strings.TrimLeft(s, "0") }

// has reports whether a result code has the tag.
func has(code, tag string) bool {
	for from := 0; ; {
		i := strings.Index(code[from:], tag)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(tag)
		if (i == 0 || code[i-1] == '_') && (end == len(code) || code[end] == '_') {
			return true
		}
		from = end
	}
}

// nobody reports whether a hierarchy code says that no server was asked; Squid 3.1 and before have no prefix.
func nobody(hierarchy string) bool { return hierarchy == "HIER_NONE" || hierarchy == "NONE" }
