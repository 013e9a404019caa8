// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/attr"
)

var (
	tcp  = NewScope("haproxy", "tcplog")
	http = NewScope("haproxy", "httplog")
)

func write(w *Writer, scope *Scope, host, text string) {
	w.Begin(scope, false, 7)
	w.ResourceStr(attr.HostName, host)
	w.ResourceInt(attr.ProcessPid, 1)
	w.Str(attr.ProxyType, "haproxy")
	w.Event(SessionEnd)
	w.Commit(text)
}

// TestGroups wants records grouped by resource and scope, in their order.
func TestGroups(t *testing.T) {
	var w Writer
	w.Options.Version = "1.2.3"
	for _, r := range []struct {
		scope      *Scope
		host, text string
	}{{tcp, "a", "1"}, {tcp, "b", "2"}, {http, "a", "3"}, {tcp, "a", "4"}, {tcp, "b", "5"}} {
		write(&w, r.scope, r.host, r.text)
	}
	if w.Len() != 5 {
		t.Errorf("Len is %d, want 5", w.Len())
	}
	logs := w.Take()
	got := map[string][]string{}
	for _, rl := range logs.ResourceLogs().All() {
		host, _ := rl.Resource().Attributes().Get(attr.HostName)
		if rl.SchemaUrl() != SchemaURL {
			t.Errorf("schema %q", rl.SchemaUrl())
		}
		for _, sl := range rl.ScopeLogs().All() {
			enc, _ := sl.Scope().Attributes().Get(attr.EncodingFormat)
			if sl.Scope().Name() != "github.com/proxylog/proxylog/haproxy" || sl.Scope().Version() != "1.2.3" {
				t.Errorf("scope %q %q", sl.Scope().Name(), sl.Scope().Version())
			}
			for _, lr := range sl.LogRecords().All() {
				k := host.Str() + " " + enc.Str()
				got[k] = append(got[k], lr.Body().Str())
			}
		}
	}
	want := map[string][]string{"a proxylog.haproxy.tcplog": {"1", "4"}, "b proxylog.haproxy.tcplog": {"2", "5"}, "a proxylog.haproxy.httplog": {"3"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if w.Len() != 0 || w.Take().LogRecordCount() != 0 {
		t.Error("Take does not start anew")
	}
}

func one(t *testing.T, w *Writer) plog.LogRecord {
	t.Helper()
	logs := w.Take()
	if logs.LogRecordCount() != 1 {
		t.Fatalf("%d records", logs.LogRecordCount())
	}
	return logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
}

func TestTimestamps(t *testing.T) {
	for _, c := range []struct {
		name       string
		atStart    bool
		start, end int64
		want       pcommon.Timestamp
	}{
		{"end", false, 10, 20, 20},
		{"start", true, 10, 20, 10},
		{"no end", false, 10, 0, 10},
		{"no start", true, 0, 20, 20},
		{"none: read time", false, 0, 0, 7},
	} {
		w := Writer{Options: Options{StartTimestamp: c.atStart}}
		w.Begin(tcp, false, 7)
		if c.start != 0 {
			w.Start(c.start)
		}
		w.End(c.end)
		w.Commit("line")
		if lr := one(t, &w); lr.Timestamp() != c.want || lr.ObservedTimestamp() != 7 {
			t.Errorf("%s: timestamp %d, observed %d", c.name, lr.Timestamp(), lr.ObservedTimestamp())
		}
	}
}

func TestInvalidUTF8(t *testing.T) {
	var w Writer
	w.Begin(tcp, true, 7)
	w.Str("a", "x\xffy")
	w.Decoded("b", "\xe9")
	w.Strs("c", "ok", "\xff")
	w.Commit("x\xffy")
	lr := one(t, &w)
	want := map[string]any{"a": "x\uFFFDy", "b": "\uFFFD", "c": []any{"ok", "\uFFFD"}}
	if diff := cmp.Diff(want, lr.Attributes().AsRaw()); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if got := lr.Body().Bytes().AsRaw(); string(got) != "x\xffy" {
		t.Errorf("body %q, want the line's bytes", got)
	}
}

func TestReject(t *testing.T) {
	var w Writer
	w.Begin(tcp, false, 7)
	w.Str("left", "over from a line that was given up")
	w.Begin(tcp, false, 8)
	w.Reject("line", "truncated", "%ci", 4)
	lr := one(t, &w)
	want := map[string]any{attr.ProxylogErrorType: "truncated", attr.ProxylogErrorField: "%ci", attr.ProxylogErrorOffset: int64(4)}
	if diff := cmp.Diff(want, lr.Attributes().AsRaw()); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if lr.EventName() != "" || lr.SeverityNumber() != 0 || lr.Body().Str() != "line" {
		t.Errorf("event %q, severity %d, body %q", lr.EventName(), lr.SeverityNumber(), lr.Body().Str())
	}
}

func TestTraceIDs(t *testing.T) {
	ids := map[pcommon.TraceID]string{}
	for _, session := range []string{"s1", "s2"} {
		w := Writer{Options: Options{TraceIDs: true, Body: BodyNone}}
		w.Begin(tcp, false, 7)
		w.SessionID(session)
		w.Commit("line")
		lr := one(t, &w)
		if lr.TraceID().IsEmpty() || ids[lr.TraceID()] != "" {
			t.Errorf("trace id %s of %s", lr.TraceID(), session)
		}
		ids[lr.TraceID()] = session
		if lr.Body().Type() != pcommon.ValueTypeEmpty {
			t.Error("there is a body")
		}
	}
}

func TestSummary(t *testing.T) {
	w := Writer{Options: Options{Body: BodySummary}}
	w.Begin(tcp, false, 7)
	w.Str(attr.ProxyType, "haproxy")
	w.Str(attr.NetworkTransport, "tcp")
	w.Str(attr.ClientAddress, "2001:db8::1")
	w.Int(attr.ClientPort, 4711)
	w.Str(attr.ServerAddress, "example.com")
	w.Int(attr.ServerPort, 443)
	w.Double(attr.ProxyDuration, 12.3)
	w.Int(attr.ProxyClientBytesSent, 1234)
	w.Int(attr.ProxyClientBytesReceived, 34_000_000)
	w.Str(attr.ProxyEndedBy, "client")
	w.Event(SessionEnd)
	w.Commit("line")
	want := "haproxy tcp [2001:db8::1]:4711 → example.com:443 12.3s sent 1.2 kB received 34 MB ended by client"
	if got := one(t, &w).Body().Str(); got != want {
		t.Errorf("summary\n%s\nwant\n%s", got, want)
	}
}

func TestSummaryOfRequest(t *testing.T) {
	w := Writer{Options: Options{Body: BodySummary}}
	w.Begin(tcp, false, 7)
	w.Str(attr.ErrorType, "503")
	w.Str(attr.ProxyEndedBy, "unknown")
	w.Str(attr.ProxyUpstreamName, "be/s1")
	w.Int(attr.ClientPort, 4711) // without an address
	w.Int(attr.HTTPResponseStatusCode, 503)
	w.Str(attr.URLFull, "http://example.com/")
	w.Str(attr.HTTPRequestMethod, "GET")
	w.Int(attr.ProxyClientBytesReceived, 0)
	w.Event(RequestEnd)
	w.Commit("line")
	want := "request.end → be/s1 GET http://example.com/ 503 received 0 B failed: 503"
	if got := one(t, &w).Body().Str(); got != want {
		t.Errorf("summary\n%s\nwant\n%s", got, want)
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 9_999: "10.0 kB", 999_499: "999 kB", 999_500: "1.0 MB", 1<<63 - 1: "9.2 EB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestStartTimeSorts(t *testing.T) {
	var c rfc3339
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.Int64().Draw(t, "ns")
		want := time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z")
		if got := c.format(ns); got != want {
			t.Fatalf("%d is %s, want %s", ns, got, want)
		}
		if got := FormatTime(ns); got != want {
			t.Fatalf("FormatTime(%d) is %s, want %s", ns, got, want)
		}
	})
}

// TestManyResources wants each record below its own resource, however many there are and in whatever order they come, and
// a batch of many to cost no more for each than one of few: whoever sends lines chooses their resources.
func TestManyResources(t *testing.T) {
	scopes := []*Scope{NewScope("haproxy", "tcplog"), NewScope("haproxy", "httplog")}
	w := NewWriter(Options{})
	write := func(n int) {
		for _, every := range []int{1, 3} { // each again, in another order
			for i := 0; i < n; i += every {
				w.Begin(scopes[i%2], false, 1)
				w.ResourceStr("host.name", strconv.Itoa(i/2))
				w.Commit(strconv.Itoa(i))
			}
		}
	}
	for _, n := range []int{1, few, 2 * few, 10_000, few} {
		write(n)
		logs := w.Take()
		require.Equal(t, n, logs.ResourceLogs().Len())
		for i, rl := range logs.ResourceLogs().All() {
			host, _ := rl.Resource().Attributes().Get("host.name")
			require.Equal(t, strconv.Itoa(i/2), host.Str())
			want := 1
			if i%3 == 0 {
				want = 2
			}
			recs := rl.ScopeLogs().At(0).LogRecords()
			require.Equal(t, want, recs.Len(), i)
			for _, r := range recs.All() {
				require.Equal(t, strconv.Itoa(i), r.Body().Str())
			}
		}
	}

	// Of many none is looked at but those with the resource that is looked for: all others are made to look like it.
	const many = 100 * few
	write(many)
	list := w.groups.list
	for _, i := range []int{0, 1, few, many / 2, many - 1} {
		one := list[i]
		kept := slices.Clone(list)
		for k := range list {
			if k/2 != i/2 {
				list[k].scope, list[k].res = one.scope, one.res
			}
		}
		require.Equal(t, i, w.groups.find(one.scope, one.res))
		copy(list, kept)
	}
	require.Equal(t, many, w.Take().ResourceLogs().Len())

	// Ten times as many need ten times the room, not a hundred times, so that nothing is written down anew for each.
	room := func(n int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		write(n)
		runtime.ReadMemStats(&after)
		w.Take()
		return after.TotalAlloc - before.TotalAlloc
	}
	require.Less(t, room(10*many), 20*room(many))
}
