// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/format"
)

// facts is what a line says about how it ended. Texts are "" where the line does not say.
type facts struct {
	method, flags, details, termination string
	code, duration                      int64
	status                              string // the text of the code, as it stands in the line
	grpc                                int64  // -1: the line does not say
	protocol                            bool   // it has one
	upstream                            bool   // it names an upstream
	detailed                            bool   // it says of the details that there are some, or none
	handshake                           bool   // the TLS handshake with the client failed
}

// flag is one of RESPONSE_FLAGS: what it means that it is set.
type flag struct {
	name     string
	long     string // its name among RESPONSE_FLAGS_LONG
	severity plog.SeverityNumber
	failure  bool
	endedBy  string
}

// flags are the known flags (source/common/stream_info/utility.h). Several may be set, in no order of their own: the
// first one here that is a failure names it. A custom flag says nothing.
var flags = []flag{
	{"UF", "UpstreamConnectionFailure", format.SeverityError, true, format.ByUpstream},
	{"UC", "UpstreamConnectionTermination", format.SeverityError, true, format.ByUpstream},
	{"UR", "UpstreamRemoteReset", format.SeverityError, true, format.ByUpstream},
	{"UPE", "UpstreamProtocolError", format.SeverityError, true, format.ByUpstream},
	{"UT", "UpstreamRequestTimeout", format.SeverityError, true, format.ByProxy},
	{"UH", "NoHealthyUpstream", format.SeverityError, true, format.ByProxy},
	{"UO", "UpstreamOverflow", format.SeverityError, true, format.ByProxy}, // circuit breaker
	{"NC", "NoClusterFound", format.SeverityError, true, format.ByProxy},
	{"DF", "DnsResolutionFailed", format.SeverityError, true, format.ByProxy},
	{"OM", "OverloadManagerTerminated", format.SeverityError, true, format.ByProxy},
	{"RLSE", "RateLimitServiceError", format.SeverityError, true, format.ByProxy},
	{"URX", "UpstreamRetryLimitExceeded", format.SeverityError, true, format.ByUpstream},
	{"LR", "LocalReset", format.SeverityError, true, format.ByProxy},
	{"DO", "DropOverload", format.SeverityError, true, format.ByProxy},
	{"UDO", "UnconditionalDropOverload", format.SeverityError, true, format.ByProxy},
	{"NFCF", "NoFilterConfigFound", format.SeverityError, true, format.ByProxy},
	{"NR", "NoRouteFound", format.SeverityWarn, true, format.ByProxy},
	{"RL", "RateLimited", format.SeverityWarn, true, format.ByProxy},
	{"UAEX", "UnauthorizedExternalService", format.SeverityWarn, true, format.ByProxy}, // denied by the authorization service
	{"DPE", "DownstreamProtocolError", format.SeverityWarn, true, format.ByProxy},      // the client's
	{"IH", "InvalidEnvoyRequestHeaders", format.SeverityWarn, true, format.ByProxy},    // a value of a header that has to be valid
	{"SI", "StreamIdleTimeout", format.SeverityWarn, true, format.ByProxy},
	{"DT", "DurationTimeout", format.SeverityWarn, true, format.ByProxy},
	{"UMSDR", "UpstreamMaxStreamDurationReached", format.SeverityWarn, true, format.ByProxy},
	{"FI", "FaultInjected", format.SeverityWarn, true, format.ByProxy},
	{"LH", "FailedLocalHealthCheck", format.SeverityInfo, true, format.ByProxy},            // asked for by a health checker
	{"DC", "DownstreamConnectionTermination", format.SeverityInfo, false, format.ByClient}, // the client closed
	{"DR", "DownstreamRemoteReset", format.SeverityInfo, false, format.ByClient},           // the client reset
	{"DI", "DelayInjected", format.SeverityInfo, false, ""},
	{"RFCF", "ResponseFromCacheFilter", format.SeverityInfo, false, format.ByProxy},
}

// handshakeFailed is the error.type of a connection whose TLS handshake with the client failed, and terminated that of
// one that Envoy closed with details but without a flag. Besides these error.type is the HTTP status, the name of a flag
// where there is no status or it was no error, or the name of a gRPC status.
const (
	handshakeFailed = "downstream_transport_failure"
	terminated      = "connection_terminated"
)

// judge says how what a line reports ended, from flags, details and status together: each of them is missing where
// another one tells.
func judge(f *facts, t *logType) format.Verdict {
	if f.handshake && !t.http {
		return format.Failed(format.Unknown, handshakeFailed, format.SeverityWarn)
	}
	failed, left, severity := readFlags(f.flags)
	switch {
	case failed != nil:
		v := format.Failed(failed.endedBy, failed.name, severity)
		if f.code >= 400 {
			v.ErrorType = status(f)
		}
		return v
	case left && !t.http:
		return format.Succeeded(format.ByClient)
	case left && (f.code == 101 || f.method == "CONNECT" && f.code >= 200 && f.code < 300):
		return format.Succeeded(format.ByClient)
	case left && f.code < 400:
		return format.Undecided(format.ByClient)
	case !t.http && f.termination != "":
		return format.Failed(format.ByProxy, terminated, format.SeverityWarn)
	case !t.http:
		return format.Succeeded(format.Unknown)
	}
	v := byStatus(f)
	if left {
		v.EndedBy = format.ByClient
	}
	if v.Outcome == format.Success && f.grpc > 0 {
		v = byGRPC(f.grpc, v)
	}
	return v
}

// readFlags reads a list of flags: the first of the table that is a failure, whether the client left, and the worst
// severity.
func readFlags(list string) (failed *flag, left bool, severity plog.SeverityNumber) {
	severity = format.SeverityInfo
	best := len(flags)
	for list != "" {
		var name string
		name, list, _ = strings.Cut(list, ",")
		i := flagOf(name)
		if i < 0 {
			continue
		}
		severity = max(severity, flags[i].severity)
		left = left || flags[i].endedBy == format.ByClient
		if flags[i].failure && i < best {
			best, failed = i, &flags[i]
		}
	}
	return failed, left, severity
}

// flagOf is the number of a flag in the table, by either of its names; -1 for one that is not known.
func flagOf(name string) int {
	if name == "" {
		return -1
	}
	for i := range flags {
		n := flags[i].name
		if len(name) > longestFlag {
			n = flags[i].long
		}
		// Most differ in the length or the first byte.
		if len(n) == len(name) && n[0] == name[0] && n == name {
			return i
		}
	}
	return -1
}

// longestFlag is the length of the longest short name; all long names are longer.
const longestFlag = len("UMSDR")

// byStatus judges a request without flags. A status of 400 and more that Envoy made itself, other than by a configured
// direct response, is a request that it refused.
func byStatus(f *facts) format.Verdict {
	local := f.details != "" && f.details != "via_upstream" && f.details != "direct_response"
	v := format.Succeeded(format.Unknown)
	if local {
		v.EndedBy = format.ByProxy
	}
	switch {
	case f.code <= 0:
		v.Outcome = format.Unknown
	case f.code >= 500:
		v.Severity, v.Outcome, v.ErrorType = format.SeverityError, format.Failure, status(f)
	case f.code == 408, f.code >= 400 && local:
		v.Severity, v.Outcome, v.ErrorType = format.SeverityWarn, format.Failure, status(f)
	case f.code == 401, f.code == 403, f.code == 429:
		v.Severity = format.SeverityWarn
	}
	return v
}

// otherStatus stands for a status that is none of HTTP's.
const otherStatus = "_OTHER"

// status is an HTTP status as error.type, which has to be one of few.
func status(f *facts) string {
	switch {
	case f.code > 599:
		return otherStatus
	case f.code >= 100 && len(f.status) == 3: // the number as it is to be printed
		return f.status
	}
	return strconv.FormatInt(f.code, 10)
}

// grpcNames are the gRPC statuses by number (google.rpc.Code).
var grpcNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
	"UNAUTHENTICATED",
}

// byGRPC judges a call that was answered.
func byGRPC(code int64, v format.Verdict) format.Verdict {
	if code >= int64(len(grpcNames)) {
		return v
	}
	switch name := grpcNames[code]; name {
	case "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED":
		v.Severity = max(v.Severity, format.SeverityWarn)
	default:
		if slices.Contains(failedCalls, name) {
			v.Severity, v.Outcome, v.ErrorType = format.SeverityError, format.Failure, name
		}
	}
	return v
}

// grpcNumber is the number of a status by its name, as Envoy prints it in capitals and small letters or with
// underscores; -1 for one that is not known.
func grpcNumber(name string) int64 {
	for i, n := range grpcNames {
		if equalLetters(n, name) {
			return int64(i)
		}
	}
	// Envoy's spelling.
	if strings.EqualFold(name, "Canceled") {
		return 1
	}
	return -1
}

// equalLetters compares without underscores and without telling capitals from small letters.
func equalLetters(a, b string) bool {
	i, k := 0, 0
	for i < len(a) || k < len(b) {
		switch {
		case i < len(a) && a[i] == '_':
			i++
		case k < len(b) && b[k] == '_':
			k++
		case i < len(a) && k < len(b) && a[i]|0x20 == b[k]|0x20:
			i, k = i+1, k+1
		default:
			return false
		}
	}
	return true
}

// failedCalls are the gRPC statuses that are failures: those for which the semantic conventions blame the server.
var failedCalls = []string{"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"}
