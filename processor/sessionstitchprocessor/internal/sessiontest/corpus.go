// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package sessiontest makes the records that tests of the stitcher need, from the captures of the corpus and at random,
// in the shape that the receiver gives them.
package sessiontest

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// Lines calls f with each JSON object of a file of lines.
func Lines(t testing.TB, path string, f func(map[string]any)) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	sc := bufio.NewScanner(file)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		dec := json.NewDecoder(strings.NewReader(sc.Text()))
		dec.UseNumber()
		var m map[string]any
		require.NoError(t, dec.Decode(&m))
		f(m)
	}
	require.NoError(t, sc.Err())
}

// JSON reads a file of one JSON value into v.
func JSON(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, v))
}

// NewLogs makes a batch with one resource and scope, and gives its records.
func NewLogs(resource map[string]any) (plog.Logs, plog.LogRecordSlice) {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	if err := rl.Resource().Attributes().FromRaw(resource); err != nil {
		panic(err)
	}
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName(record.ScopeName + "/test")
	return ld, sl.LogRecords()
}

func text(m map[string]any, key string) string {
	switch v := m[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func put(a pcommon.Map, key, value string) {
	if value != "" && value != "-" {
		a.PutStr(key, value)
	}
}

func putInt(a pcommon.Map, key, value string) {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
		a.PutInt(key, n)
	}
}

// EdgeOne writes the record of an entry of EdgeOne's L4 log.
func EdgeOne(e map[string]any, rec plog.LogRecord) {
	at := func(key string) (int64, bool) {
		s := text(e, key)
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n * 1e9, true
		}
		ts, err := time.Parse(time.RFC3339Nano, s)
		return ts.UnixNano(), err == nil
	}
	a := rec.Attributes()
	a.PutStr(attr.ProxyType, "edgeone")
	put(a, attr.ProxySessionID, text(e, "SessionID"))
	start, hasStart := at("ConnectTimeStamp")
	if hasStart {
		a.PutStr(attr.ProxyStartTime, record.FormatTime(start))
	}
	logged, _ := at("LogTimeStamp")
	a.PutStr(attr.EdgeoneLogTime, record.FormatTime(logged))
	rec.SetTimestamp(pcommon.Timestamp(logged))
	reason := text(e, "DisconnetReason")
	rec.SetEventName(record.SessionProgress)
	rec.SetSeverityNumber(plog.SeverityNumberInfo)
	if reason != "-" && reason != "" {
		rec.SetEventName(record.SessionEnd)
		end, ok := at("DisconnetTimeStamp")
		if ok {
			rec.SetTimestamp(pcommon.Timestamp(end))
		}
		a.PutStr(attr.EdgeoneDisconnectReason, reason)
		a.PutStr(attr.ProxyOutcome, "success")
	}
	if end := int64(rec.Timestamp()); hasStart && end >= start {
		a.PutDouble(attr.ProxyDuration, float64(end-start)/1e9)
	}
	put(a, attr.ClientAddress, text(e, "ClientRealIP"))
	put(a, attr.GeoCountryISOCode, text(e, "ClientRegion"))
	put(a, attr.NetworkLocalAddress, text(e, "EdgeIP"))
	put(a, attr.NetworkTransport, strings.ToLower(text(e, "ForwardProtocol")))
	putInt(a, attr.NetworkLocalPort, text(e, "ForwardPort"))
	putInt(a, attr.ServerPort, text(e, "ForwardPort"))
	put(a, attr.ProxyListenerName, text(e, "ServiceID"))
	put(a, attr.EdgeoneServiceID, text(e, "ServiceID"))
	putInt(a, attr.ProxyDeltaClientBytesSent, text(e, "SentBytes"))
	putInt(a, attr.ProxyDeltaClientBytesReceived, text(e, "ReceivedBytes"))
}

// EdgeOneResource is the resource of EdgeOne's records.
func EdgeOneResource() map[string]any {
	return map[string]any{attr.ServiceName: "edgeone", attr.CloudProvider: "tencent_cloud"}
}

// G3Proxy writes the record of a decoded entry of g3proxy's logs.
func G3Proxy(e map[string]any, rec plog.LogRecord) {
	a := rec.Attributes()
	a.PutStr(attr.ProxyType, "g3proxy")
	head, _ := e["_h"].(map[string]any)
	header, err := time.Parse(time.RFC3339Nano, text(head, "ts"))
	if err != nil {
		header, err = time.Parse("2006 Jan _2 15:04:05", "2026 "+text(head, "ts"))
	}
	if err == nil {
		rec.SetTimestamp(pcommon.NewTimestampFromTime(header))
	}
	start, startErr := time.Parse(time.RFC3339Nano, text(e, "start_at"))
	total, totalErr := time.ParseDuration(text(e, "total_time"))
	if startErr == nil {
		a.PutStr(attr.ProxyStartTime, record.FormatTime(start.UnixNano()))
		if totalErr == nil {
			rec.SetTimestamp(pcommon.NewTimestampFromTime(start.Add(total)))
			a.PutDouble(attr.ProxyDuration, total.Seconds())
		}
	}
	log, event := text(e, "log_type"), text(e, "task_event")
	rec.SetSeverityNumber(plog.SeverityNumberInfo)
	if log == "Task" {
		switch event {
		case "Created":
			rec.SetEventName(record.SessionStart)
		case "", "Finished":
			rec.SetEventName(record.SessionEnd)
		default:
			rec.SetEventName(record.SessionProgress)
		}
	}
	for key := range e {
		g3Field(a, key, text(e, key))
	}
}

var (
	g3Texts = map[string]string{
		"log_type": attr.G3proxyLogType, "task_event": attr.G3proxyTaskEvent, "stage": attr.G3proxyTaskStage,
		"server_name": attr.ProxyListenerName, "user": attr.UserName, "task_type": attr.G3proxyTaskType,
		"escaper": attr.G3proxyEscaperName, "uri": attr.URLFull, "method": attr.HTTPRequestMethod, "task_id": attr.ProxySessionID,
	}
	g3Ints = map[string]string{
		"c_rd_bytes": attr.ProxyClientBytesSent, "c_wr_bytes": attr.ProxyClientBytesReceived,
		"r_rd_bytes": attr.ProxyUpstreamBytesSent, "r_wr_bytes": attr.ProxyUpstreamBytesReceived,
	}
	g3Addresses = map[string]string{
		"client_addr": attr.ClientAddress, "upstream": attr.ServerAddress, "next_peer_addr": attr.ProxyUpstreamAddress,
	}
)

func g3Field(a pcommon.Map, key, value string) {
	switch key {
	case "_t", "_f", "_h", "_msg", "start_at", "total_time", "daemon_name", "pid", "report_ts":
		return
	case "task_id":
		put(a, attr.G3proxyTaskID, value)
	}
	if to, ok := g3Texts[key]; ok {
		put(a, to, value)
	} else if to, ok := g3Ints[key]; ok {
		putInt(a, to, value)
	} else if to, ok := g3Addresses[key]; ok && value != "" {
		host, port := cut(value)
		put(a, to, host)
		putInt(a, strings.TrimSuffix(to, "address")+"port", port)
	} else if _, err := strconv.ParseInt(value, 10, 64); err == nil {
		putInt(a, "g3proxy."+key, value)
	} else {
		put(a, "g3proxy."+key, value)
	}
}

// cut splits an address from its port.
func cut(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, ""
	}
	return strings.Trim(s[:i], "[]"), s[i+1:]
}

// Convert reads a decoded JSON object into v.
func Convert(t testing.TB, m map[string]any, v any) {
	t.Helper()
	b, err := json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, v))
}

// Corpus is the path of a folder of the full corpus, which lies beside the module and is not part of it; the test is
// skipped where it is missing. (The formats' harness has the same, and compiles every parser.)
func Corpus(t testing.TB, rel string) string {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(file), "..", "..", "..", "..", "..", "shared", "corpus", filepath.FromSlash(rel))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the full corpus is not here: %v", err)
	}
	return path
}

// Plain writes a record of an object with event, at (seconds since Epoch), severity and attributes.
func Plain(m map[string]any, rec plog.LogRecord) {
	rec.SetEventName(text(m, "event"))
	if at, ok := m["at"].(json.Number); ok {
		f, _ := at.Float64()
		rec.SetTimestamp(pcommon.Timestamp(Epoch + int64(f*1e9)))
	}
	attrs, _ := m["attributes"].(map[string]any)
	for k, v := range attrs {
		switch v := v.(type) {
		case json.Number:
			if n, err := v.Int64(); err == nil {
				rec.Attributes().PutInt(k, n)
			} else if f, err := v.Float64(); err == nil {
				rec.Attributes().PutDouble(k, f)
			}
		case string:
			rec.Attributes().PutStr(k, v)
		case bool:
			rec.Attributes().PutBool(k, v)
		}
	}
}
