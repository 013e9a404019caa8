// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessiontest

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// Epoch is when random sessions begin, in nanoseconds since 1970: 2026-11-20.
const Epoch = int64(1_795_132_800) * 1e9

// Entry is a record with its resource, a batch of its own.
type Entry struct{ plog.Logs }

// Record is the entry's record.
func (e Entry) Record() plog.LogRecord {
	return e.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
}

// Copy is a copy, since consumers may change what they get.
func (e Entry) Copy() plog.Logs {
	ld := plog.NewLogs()
	e.CopyTo(ld)
	return ld
}

// Session is a random session: its distinct entries, and what is true of it.
type Session struct {
	ID      string
	Entries []Entry
	// Counters are the session's totals by the attributes of the output.
	Counters map[string]int64
	Ended    bool
	// Span is the time from the start to the newest entry, in nanoseconds.
	Span int64
}

// Formats are those that Draw knows.
var Formats = []string{"edgeone", "g3proxy", "envoy", "rule", "haproxy", "squid"}

// Draw makes a random session of a format. Counters of the formats that count totals only grow. Entries may share a
// moment; some attributes are in some entries only, with values that change; so are some of the resource.
func Draw(t *rapid.T, format, id string) Session {
	s := Session{ID: id, Counters: map[string]int64{}}
	n := rapid.IntRange(1, 7).Draw(t, "entries")
	start := Epoch + rapid.Int64Range(0, 5).Draw(t, "start")*1e9
	s.Ended = rapid.Bool().Draw(t, "ended")
	d := &draw{T: t, s: &s, format: format, start: start, at: start}
	for i := range n {
		d.at += rapid.Int64Range(0, 3).Draw(t, "gap") * 7e9
		d.seq = i
		d.last = s.Ended && i == n-1
		switch format {
		case "edgeone":
			d.edgeOne()
		case "g3proxy":
			d.g3Proxy()
		case "envoy":
			d.envoy()
		case "rule":
			d.rule()
		case "haproxy":
			d.haProxy()
		case "squid":
			d.squid()
		}
	}
	s.Span = d.at - start
	return s
}

type draw struct {
	*rapid.T
	s         *Session
	format    string
	start, at int64
	seq       int
	last      bool
}

// entry begins a record.
func (d *draw) entry(event string) plog.LogRecord {
	res := map[string]any{attr.HostName: "edge-1", attr.ServiceName: d.format}
	if rapid.Bool().Draw(d.T, "tagged") {
		res["tag"] = rapid.IntRange(0, 1).Draw(d.T, "tag")
	}
	ld, recs := NewLogs(res)
	d.s.Entries = append(d.s.Entries, Entry{ld})
	rec := recs.AppendEmpty()
	rec.SetEventName(event)
	rec.SetTimestamp(pcommon.Timestamp(d.at))
	if n := rapid.IntRange(0, 3).Draw(d.T, "severity"); n > 0 {
		rec.SetSeverityNumber(plog.SeverityNumber(4*n + 1))
		rec.SetSeverityText(fmt.Sprint("S", n))
	}
	if rapid.IntRange(0, 5).Draw(d.T, "traced") == 0 {
		rec.SetTraceID(pcommon.TraceID{1, byte(rapid.IntRange(1, 3).Draw(d.T, "trace"))})
	}
	a := rec.Attributes()
	a.PutStr(attr.ProxyType, d.format)
	a.PutStr(attr.ProxySessionID, d.s.ID)
	a.PutStr(attr.ProxyStartTime, record.FormatTime(d.start))
	a.PutStr(attr.ClientAddress, "198.51.100.7")
	// No two entries are alike.
	a.PutInt("seq", int64(d.seq))
	for _, k := range []string{"note.a", "note.b", "@note", "odd,;=%key"} {
		if rapid.IntRange(0, 2).Draw(d.T, k) == 0 {
			a.PutStr(k, fmt.Sprint("value-", rapid.IntRange(0, 3).Draw(d.T, "value")))
		}
	}
	if rapid.IntRange(0, 3).Draw(d.T, "list") == 0 {
		l := a.PutEmptySlice("list")
		for range rapid.IntRange(0, 2).Draw(d.T, "elements") {
			l.AppendEmpty().SetStr("element")
		}
		a.PutEmptyMap("map").PutDouble("pi", 3.25)
	}
	return rec
}

func (d *draw) edgeOne() {
	event := record.SessionProgress
	if d.last {
		event = record.SessionEnd
	}
	rec := d.entry(event)
	a := rec.Attributes()
	// The identity is made of the time, the counts and the reason; the counts keep entries of one moment apart.
	a.PutStr(attr.EdgeoneLogTime, record.FormatTime(d.at))
	for key, out := range map[string]string{
		attr.ProxyDeltaClientBytesSent: attr.ProxyClientBytesSent, attr.ProxyDeltaClientBytesReceived: attr.ProxyClientBytesReceived,
	} {
		n := int64(d.seq) + 100*rapid.Int64Range(0, 1000).Draw(d.T, "bytes")
		a.PutInt(key, n)
		d.s.Counters[out] += n
	}
	if d.last {
		a.PutStr(attr.EdgeoneDisconnectReason, "up:net_exception_closed")
		a.PutDouble(attr.ProxyDuration, float64(d.at-d.start)/1e9)
	}
}

// totals puts counters that grow.
func (d *draw) totals(a pcommon.Map) {
	for _, key := range []string{attr.ProxyClientBytesSent, attr.ProxyClientBytesReceived, attr.ProxyUpstreamBytesSent} {
		d.s.Counters[key] += rapid.Int64Range(0, 1000).Draw(d.T, "bytes")
		a.PutInt(key, d.s.Counters[key])
	}
}

func (d *draw) g3Proxy() {
	log := "Task"
	if !d.last && rapid.IntRange(0, 3).Draw(d.T, "side") == 0 {
		log = rapid.SampledFrom([]string{"Escape", "Inspect", "Intercept"}).Draw(d.T, "log")
	}
	events := []string{"Created", "Connected", "Periodic", "UpstreamShutdown"}
	event := rapid.SampledFrom(events).Draw(d.T, "event")
	if d.last {
		event = "Finished"
	}
	rec := d.entry("")
	a := rec.Attributes()
	a.PutStr(attr.G3proxyTaskID, d.s.ID)
	a.PutStr(attr.G3proxyLogType, log)
	if log != "Task" {
		// A side record's clock may be anything.
		rec.SetTimestamp(pcommon.Timestamp(d.at + rapid.Int64Range(-3600, 3600).Draw(d.T, "skew")*1e9))
		a.PutStr(attr.G3proxyReason, rapid.SampledFrom([]string{"ConnectFailed", "TimeoutByRule"}).Draw(d.T, "reason"))
		a.PutStr(attr.G3proxyProtocol, "http_1")
		d.s.Counters["g3proxy."+map[string]string{"Escape": "escape", "Inspect": "inspect", "Intercept": "intercept"}[log]+".count"]++
		return
	}
	a.PutStr(attr.G3proxyTaskEvent, event)
	if event == "Created" || event == "Connected" {
		return
	}
	a.PutDouble(attr.ProxyDuration, float64(d.at-d.start)/1e9)
	d.totals(a)
}

func (d *draw) envoy() {
	kind := rapid.SampledFrom([]string{"TcpUpstreamConnected", "TcpPeriodic"}).Draw(d.T, "type")
	if d.seq == 0 {
		kind = "TcpConnectionStart"
	}
	if d.last {
		kind = "TcpConnectionEnd"
	}
	a := d.entry(record.SessionProgress).Attributes()
	a.Remove(attr.ProxySessionID)
	a.PutStr(attr.EnvoyAccessLogType, kind)
	a.PutStr(attr.EnvoyStreamID, d.s.ID)
	a.PutDouble(attr.ProxyDuration, float64(d.at-d.start)/1e9)
	d.totals(a)
}

// haProxy makes the lines of log-steps, which share a unique id.
func (d *draw) haProxy() {
	event := record.SessionProgress
	if d.last {
		event = record.SessionEnd
	}
	a := d.entry(event).Attributes()
	a.PutStr(attr.HaproxyUniqueID, d.s.ID)
	a.PutDouble(attr.ProxyDuration, float64(d.at-d.start)/1e9)
	d.totals(a)
}

// squid makes lines of icap.log, and last the one of access.log.
func (d *draw) squid() {
	event := record.AdaptationEnd
	if d.last {
		event = record.RequestEnd
	}
	a := d.entry(event).Attributes()
	a.PutStr(attr.SquidMasterXaction, d.s.ID)
	if d.last {
		a.PutDouble(attr.ProxyDuration, float64(d.at-d.start)/1e9)
		d.totals(a)
		return
	}
	a.PutStr(attr.SquidIcapMethod, "REQMOD")
	a.PutStr(attr.SquidIcapService, rapid.SampledFrom([]string{"av", "filter"}).Draw(d.T, "service"))
	d.s.Counters[attr.SquidIcapCount]++
}

// rule makes a record of no proxy, for a user's rule: bytes are summed, hits counted, the others merged by their names.
func (d *draw) rule() {
	a := d.entry("").Attributes()
	a.Remove(attr.ProxySessionID)
	a.Remove(attr.ProxyStartTime)
	a.PutStr("conn", d.s.ID)
	if d.last {
		a.PutStr("state", "closed")
	}
	n := rapid.Int64Range(0, 1000).Draw(d.T, "bytes")
	a.PutInt("bytes", n)
	d.s.Counters["bytes"] += n
	if rapid.Bool().Draw(d.T, "hit") {
		a.PutStr("hits", rapid.SampledFrom([]string{"", "x", "7"}).Draw(d.T, "value"))
		d.s.Counters["hits"]++
	}
	for _, k := range []string{"first", "last", "min", "max", "union", "concat", "spent"} {
		if rapid.IntRange(0, 3).Draw(d.T, k) > 0 {
			switch k {
			case "union", "concat":
				a.PutStr(k, rapid.SampledFrom([]string{"a", "b b", "", "c"}).Draw(d.T, "text"))
			case "spent":
				a.PutDouble(k, float64(rapid.IntRange(0, 4000).Draw(d.T, "eighths"))/8)
			default:
				a.PutInt(k, rapid.Int64Range(-5, 5).Draw(d.T, "n"))
			}
		}
	}
}
