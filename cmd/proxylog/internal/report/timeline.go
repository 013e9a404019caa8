// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// maxEntries bounds the lines of a timeline; a session of more is told from its first ones.
const maxEntries = 10_000

// Timeline collects the lines of one session.
type Timeline struct {
	id      string
	entries []entry
	left    int64
	start   int64 // the earliest, 0 as long as none is known
}

// entry is one line of the session.
type entry struct {
	time           int64
	event, detail  string
	sent, received string
	where          string
}

// NewTimeline makes an empty timeline of the session with the id.
func NewTimeline(id string) *Timeline { return &Timeline{id: id} }

// Len is the number of lines found.
func (t *Timeline) Len() int { return len(t.entries) + int(t.left) }

// ids are the attributes by which a person may name a session.
var ids = []string{attr.ProxySessionID, attr.G3proxyTaskID, attr.ProxyRequestID, attr.EnvoyStreamID, attr.HaproxyUniqueID}

// Add looks at the records of one line, which stood at where, and returns those of the session. It changes logs.
func (t *Timeline) Add(logs plog.Logs, where string) plog.Logs {
	logs.ResourceLogs().RemoveIf(func(rl plog.ResourceLogs) bool {
		rl.ScopeLogs().RemoveIf(func(sl plog.ScopeLogs) bool {
			sl.LogRecords().RemoveIf(func(lr plog.LogRecord) bool {
				if !t.of(lr.Attributes()) {
					return true
				}
				t.add(lr, where)
				return false
			})
			return sl.LogRecords().Len() == 0
		})
		return rl.ScopeLogs().Len() == 0
	})
	return logs
}

func (t *Timeline) of(m pcommon.Map) bool {
	for _, key := range ids {
		if text(m, key) == t.id {
			return true
		}
	}
	return false
}

func (t *Timeline) add(lr plog.LogRecord, where string) {
	if len(t.entries) == maxEntries {
		t.left++
		return
	}
	m := lr.Attributes()
	e := entry{
		time: int64(lr.Timestamp()), where: where, detail: detail(m),
		event:    strings.TrimPrefix(lr.EventName(), "proxy."),
		sent:     counter(m, attr.ProxyClientBytesSent, attr.ProxyDeltaClientBytesSent),
		received: counter(m, attr.ProxyClientBytesReceived, attr.ProxyDeltaClientBytesReceived),
	}
	if start, err := time.Parse(time.RFC3339Nano, text(m, attr.ProxyStartTime)); err == nil {
		ns := start.UnixNano()
		if t.start == 0 || ns < t.start {
			t.start = ns
		}
		// A duration is finer than most time stamps, and no line is of before the session.
		if d, ok := m.Get(attr.ProxyDuration); ok && d.Type() == pcommon.ValueTypeDouble {
			e.time = ns + int64(d.Double()*1e9)
		}
		e.time = max(e.time, ns)
	}
	t.entries = append(t.entries, e)
}

// counter is a count of bytes; a delta has a plus sign.
func counter(m pcommon.Map, total, delta string) string {
	if n := number(m, total, -1); n >= 0 {
		return record.Bytes(n)
	}
	if n := number(m, delta, -1); n >= 0 {
		return "+" + record.Bytes(n)
	}
	return "-"
}

// detail is what the line says about the stage of the session.
func detail(m pcommon.Map) string {
	var words []string
	for _, key := range []string{
		attr.G3proxyLogType, attr.G3proxyTaskEvent, attr.G3proxyTaskStage, attr.EnvoyAccessLogType,
		attr.HaproxyTerminationState, attr.SquidIcapOutcome, attr.HTTPRequestMethod, attr.HTTPResponseStatusCode,
		attr.G3proxyReason, attr.EdgeoneDisconnectReason, attr.EnvoyResponseCodeDetails,
	} {
		s := text(m, key)
		if s == "" || key == attr.G3proxyLogType && s == "Task" {
			continue
		}
		if len(words) == 0 || words[len(words)-1] != s {
			words = append(words, s)
		}
	}
	return strings.Join(words, " ")
}

// Print writes the lines in the order of their time.
func (t *Timeline) Print(w io.Writer, l Layout) {
	slices.SortStableFunc(t.entries, func(a, b entry) int { return cmp.Compare(a.time, b.time) })
	start := t.start
	if start == 0 && len(t.entries) > 0 {
		start = t.entries[0].time
	}
	if l.Location == nil {
		l.Location = time.Local
	}
	p := &printer{w: w, Layout: l}
	p.printf("%s  start %s\n", p.Style.Bold("session "+screen.Text(t.id)),
		time.Unix(0, start).In(l.Location).Format("2006-01-02 15:04:05.000 MST"))
	rows := [][6]string{{"OFFSET", "EVENT", "STAGE", "SENT", "RECVD", "LINE"}}
	for i := range t.entries {
		e := &t.entries[i]
		rows = append(rows, [6]string{
			offset(e.time - start), screen.Text(e.event), screen.Text(e.detail), e.sent, e.received, screen.Text(e.where),
		})
	}
	var widths [6]int
	for _, r := range rows {
		for c := range r {
			widths[c] = max(widths[c], screen.Columns(r[c]))
		}
	}
	// The stage makes room for the others, and the place for the rest.
	rest := l.Width - 2*len(widths)
	for c, n := range widths {
		if c != 2 && c != 5 {
			rest -= n
		}
	}
	widths[2] = min(widths[2], max(rest-widths[5], 16))
	widths[5] = min(widths[5], max(rest-widths[2], 16))
	for i, r := range rows {
		line := fmt.Sprintf("  %s  %s  %s  %s  %s  %s",
			screen.Right(r[0], widths[0]), screen.Left(r[1], widths[1]), screen.Left(screen.Fit(r[2], widths[2]), widths[2]),
			screen.Right(r[3], widths[3]), screen.Right(r[4], widths[4]), fitLeft(r[5], widths[5]))
		if i == 0 {
			line = p.Style.Dim(line)
		}
		p.printf("%s\n", line)
	}
	if t.left > 0 {
		p.printf("  %s\n", p.Style.Dim("… and "+Count(t.left)+" more lines"))
	}
	p.printf("\n")
}

// offset is the time since the start, in seconds.
func offset(ns int64) string {
	return "+" + strconv.FormatFloat(float64(ns)/1e9, 'f', 3, 64) + " s"
}

// fitLeft shortens a path at its beginning: its end tells more.
func fitLeft(s string, n int) string {
	if screen.Columns(s) <= n {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && screen.Columns(string(runes)) > n-1 {
		runes = runes[1:]
	}
	return "…" + string(runes)
}
