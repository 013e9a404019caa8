// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// icapVerdict is what an ICAP outcome means (src/adaptation/icap/Xaction.cc and its kin write them).
func icapVerdict(outcome string) format.Verdict {
	switch outcome {
	case "ICAP_ECHO", "ICAP_MOD", "ICAP_PART_ECHO", "ICAP_SAT", "ICAP_OPT":
		return format.Succeeded(format.Unknown)
	case "ICAP_ERR_OTHER": // malformed, refused, timed out, cut off, or a status that is no success
		return format.Failed(format.ByUpstream, outcome, format.SeverityError)
	case "ICAP_ERR_RACE": // the server closed the connection as it was used again
		return format.Failed(format.ByUpstream, outcome, format.SeverityWarn)
	case "ICAP_ERR_GONE": // whoever asked, mostly the client, went away
		return format.Failed(format.ByClient, outcome, format.SeverityWarn)
	case "ICAP_ERR_UNKNOWN": // never started, or to be tried again
		return format.Failed(format.Unknown, outcome, format.SeverityWarn)
	}
	return format.Undecided(format.Unknown)
}

// adapted writes how an ICAP transaction ended. A message that went on unchanged although the service did not say so
// (204) went past a service that failed and is optional.
func adapted(in *format.Input, status int64, hasStatus bool, out *record.Writer) {
	outcome := in.RoleText(roleICAPOutcome)
	v := icapVerdict(outcome)
	if outcome == "ICAP_ECHO" && hasStatus && status != 204 {
		v.Severity = format.SeverityWarn
		out.Bool(attr.SquidIcapBypassed, true)
	}
	v.Write(out)
}

// ended writes how an HTTP transaction ended: by Squid's result code first (src/LogTags.cc), else by the status. HTTP
// failures have the status as error.type; what Squid's own error was is squid.error.code, where it is logged. It is none
// of the values of error.type, since an administrator may name error pages as he likes.
func ended(in *format.Input, status int64, out *record.Writer) {
	code := in.RoleText(roleResult)
	v := format.Undecided(format.Unknown)
	switch {
	case status >= 500 && status <= 999:
		v = format.Failed(format.Unknown, "", format.SeverityError)
		if s := in.Match.Role(roleHierarchy); s != nil && nobody(s.Text(in.Line)) {
			v.EndedBy = format.ByProxy // nobody was asked: the answer is Squid's own
		}
	case status > 0:
		v = format.Succeeded(format.Unknown)
	}
	switch {
	case has(code, "DENIED"):
		v = format.Failed(format.ByProxy, "denied", format.SeverityWarn)
		if status == 407 || status == 401 {
			v.Severity = format.SeverityInfo // it only asks for credentials
		}
	case has(code, "ABORTED") && v.Outcome != format.Failure: // Squid 7 also says it of an upstream that it cannot reach
		v.EndedBy, v.Outcome = format.ByClient, format.Unknown
	case has(code, "TIMEDOUT"):
		v = format.Failed(format.Unknown, "timeout", format.SeverityWarn)
	case status >= 400 && status < 500 && strings.HasPrefix(in.RoleText(roleURL), errorURL):
		v = format.Failed(format.ByProxy, "", format.SeverityWarn) // no request that could be read
	}
	if v.Outcome == format.Failure && status >= 400 && status <= 999 {
		v.ErrorType = statusText(in.RoleText(roleStatus))
	}
	v.Write(out)
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
