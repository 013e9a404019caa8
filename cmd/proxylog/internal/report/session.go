// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// row is one session, request or transaction, as the table shows it.
type row struct {
	// start is nanoseconds since 1970; the time of the record where it does not know its start.
	start int64
	// duration is in seconds, negative where it is not known.
	duration           float64
	host, port, target string
	// sent and received are the client's, in bytes, negative where they are not known.
	sent, received int64
	outcome        string
	// ended says how it ended, by who did it.
	ended, by string
	parts     int64
	open      bool
}

// newRow reads a record.
func newRow(lr plog.LogRecord) row {
	m := lr.Attributes()
	r := row{
		start: int64(lr.Timestamp()), duration: -1,
		host: text(m, attr.ClientAddress), port: text(m, attr.ClientPort),
		target:   target(m),
		sent:     number(m, attr.ProxyClientBytesSent, -1),
		received: number(m, attr.ProxyClientBytesReceived, -1),
		outcome:  text(m, attr.ProxyOutcome),
		parts:    number(m, attr.ProxySessionParts, 1),
	}
	if t, err := time.Parse(time.RFC3339Nano, text(m, attr.ProxyStartTime)); err == nil {
		r.start = t.UnixNano()
	}
	if v, ok := m.Get(attr.ProxyDuration); ok && v.Type() == pcommon.ValueTypeDouble {
		r.duration = v.Double()
	}
	if v, ok := m.Get(attr.ProxySessionComplete); ok && v.Type() == pcommon.ValueTypeBool {
		r.open = !v.Bool()
	}
	r.ended = ended(m, &r)
	if by := text(m, attr.ProxyEndedBy); by != "unknown" && !r.open {
		r.by = by
	}
	return r
}

// mute reports whether nothing is known but who the client was.
func (r *row) mute() bool {
	return r.target == "" && r.duration < 0 && r.sent < 0 && r.received < 0 && !r.open && (r.outcome == "unknown" || r.outcome == "")
}

// ended says in a few words how it ended.
func ended(m pcommon.Map, r *row) string {
	status, failure := text(m, attr.HTTPResponseStatusCode), text(m, attr.ErrorType)
	if status == "" {
		status = text(m, attr.SquidIcapStatusCode)
	}
	var s string
	switch {
	case r.open:
		s = "open"
		if why := text(m, attr.ProxySessionCloseReason); why != "" && why != "shutdown" {
			s += " (" + why + ")"
		}
		return s
	case failure != "":
		s = failure
	case r.outcome == "success":
		s = "ok"
	default:
		s = r.outcome
	}
	switch {
	case status == "" || status == s:
	case s == "ok" && status >= "400":
		s = status // it went well for the proxy, but hardly for the client
	default:
		s = status + " " + s
	}
	return s
}

// route is client and target in at most n columns. The client's port goes first, it tells the least; then the end of
// the target. 0 is the shortest form without an ellipsis.
func (r *row) route(n int) string {
	client, target := screen.Text(r.host), screen.Text(r.target)
	if client == "" {
		client = "?"
	}
	if target != "" {
		target = " → " + target
	}
	if r.port != "" && n > 0 {
		long := client + ":" + screen.Text(r.port)
		if strings.Contains(client, ":") {
			long = "[" + client + "]:" + screen.Text(r.port)
		}
		if screen.Columns(long+target) <= n {
			return long + target
		}
	}
	if n == 0 {
		return client + target
	}
	return screen.Fit(client+target, n)
}

// end is how it ended in at most n columns, by whom only where there is room for it.
func (r *row) end(n int) string {
	ended, by := screen.Text(r.ended), screen.Text(r.by)
	if by != "" && screen.Columns(ended+", by "+by) <= n {
		return ended + ", by " + by
	}
	return screen.Fit(ended, n)
}

// target is what the client wanted: the host that it asked for, or where the proxy went; and of a request the path.
func target(m pcommon.Map) string {
	host := address(m, attr.ServerAddress, attr.ServerPort)
	if host == "" && text(m, attr.ProxyUpstreamName) == "" {
		host = address(m, attr.ProxyUpstreamAddress, attr.ProxyUpstreamPort)
	}
	path := text(m, attr.URLPath)
	if host != "" {
		return host + path
	}
	// What is no address does not run into the path.
	for _, name := range []string{
		text(m, attr.ProxyUpstreamName), address(m, attr.NetworkLocalAddress, attr.NetworkLocalPort), text(m, attr.ProxyListenerName),
	} {
		if name != "" && path != "" {
			return name + " " + path
		}
		if name != "" {
			return name
		}
	}
	return path
}

// events are the EventNames of records that are a row of the table each, with what to call them.
var events = map[string]noun{
	record.SessionEnd:    {"session", "sessions"},
	record.RequestEnd:    {"request", "requests"},
	record.AdaptationEnd: {"ICAP transaction", "ICAP transactions"},
}

// others are the EventNames of records that are only counted.
var others = map[string]noun{
	record.SessionStart:    {"unstitched start", "unstitched starts"},
	record.SessionProgress: {"unstitched progress entry", "unstitched progress entries"},
	record.ConnectionError: {"failed connection", "failed connections"},
	record.DNSError:        {"DNS failure", "DNS failures"},
	record.ProxyEvent:      {"message of the proxy", "messages of the proxy"},
}

type noun struct{ one, many string }

// of counts things.
func (n noun) of(count int64) string {
	if count == 1 {
		return "1 " + n.one
	}
	return Count(count) + " " + n.many
}

// Count writes a number with a comma between thousands.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Duration writes seconds for a person in at most seven columns: 80 ms, 12.3 s, 14m 02s, 3h 05m, 5d 03h.
func Duration(seconds float64) string {
	ms := seconds * 1000
	switch {
	case seconds < 0:
		return "-"
	case seconds == 0:
		return "0 ms"
	case ms < 9.95:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 999.5:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	case seconds < 59.95:
		return strconv.FormatFloat(seconds, 'f', 1, 64) + " s"
	}
	d := time.Duration(seconds * 1e9).Round(time.Second)
	if d < time.Hour {
		return fmt.Sprintf("%dm %02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	d = d.Round(time.Minute)
	if d < 100*time.Hour {
		return fmt.Sprintf("%dh %02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	d = d.Round(time.Hour)
	return fmt.Sprintf("%dd %02dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// size writes a number of bytes; unknown is a dash.
func size(n int64) string {
	if n < 0 {
		return "-"
	}
	return record.Bytes(n)
}

func text(m pcommon.Map, key string) string {
	if v, ok := m.Get(key); ok {
		return v.AsString()
	}
	return ""
}

func number(m pcommon.Map, key string, missing int64) int64 {
	if v, ok := m.Get(key); ok && v.Type() == pcommon.ValueTypeInt {
		return v.Int()
	}
	return missing
}

func address(m pcommon.Map, host, port string) string {
	a, p := text(m, host), text(m, port)
	if a == "" || p == "" {
		return a
	}
	for i := range len(a) {
		if a[i] == ':' {
			return "[" + a + "]:" + p
		}
	}
	return a + ":" + p
}
