// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/format"
)

// ending is what a reason says about the session.
type ending struct {
	reason   string
	outcome  string
	severity plog.SeverityNumber
}

// reasons are the documented reasons of a disconnection; error.type is one of those that are a failure. Who ended it is
// told by the direction, not by the reason.
var reasons = []ending{
	{"net_exception_peer_close", format.Success, format.SeverityInfo},
	{"net_exception_closed", format.Success, format.SeverityInfo},
	{"channel_eof_exception", format.Success, format.SeverityInfo},
	{"net_exception_timeout", format.Failure, format.SeverityWarn},
	{"net_exception_peer_error", format.Failure, format.SeverityWarn},
	{"create_peer_channel_exception", format.Failure, format.SeverityError}, // nothing was relayed
}

// endingOf is what is known about a reason.
func endingOf(reason string) ending {
	for i := range reasons {
		if reasons[i].reason == reason {
			return reasons[i]
		}
	}
	return ending{reason, format.Unknown, format.SeverityInfo}
}

// fullColon is the colon of Chinese typography.
const fullColon = "："

// cutReason divides direction:reason; direction is "" where there is none.
func cutReason(s string) (direction, reason string) {
	before, after, ok := strings.Cut(s, ":")
	if i := strings.Index(s, fullColon); i >= 0 && (!ok || i < len(before)) {
		before, after, ok = s[:i], s[i+len(fullColon):], true
	}
	if !ok {
		return "", strings.TrimSpace(s)
	}
	return strings.TrimSpace(before), strings.TrimSpace(after)
}

// endedBy is who ended the session: EdgeOne's up is the origin's side, down the client's.
func endedBy(direction string) string {
	switch {
	case strings.EqualFold(direction, "down"):
		return format.ByClient
	case strings.EqualFold(direction, "up"):
		return format.ByUpstream
	}
	return format.Unknown
}
