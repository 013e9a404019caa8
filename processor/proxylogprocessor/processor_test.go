// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/sources"
)

const (
	haproxyLine = `<134>Nov 21 23:43:15 localhost haproxy[4540]: ::1:42510 [21/Nov/2026:23:43:15.414] fnt fnt.ok/s1 1/0/13 300000 -- 17/1/0/0/0 0/0`
	squidLine   = `1795304595.414    120 192.0.2.7 TCP_MISS/200 1234 GET http://example.com/ - HIER_DIRECT/192.0.2.9 text/html`
	edgeoneItem = `{"ServiceID":"sid-1","SessionID":"%d","ConnectTimeStamp":"2026-11-20T00:06:42Z","DisconnetTimeStamp":"-","DisconnetReason":"-","ClientRealIP":"198.51.100.64","ClientRegion":"DE","EdgeIP":"192.0.2.123","ForwardProtocol":"TCP","ForwardPort":1883,"SentBytes":279,"ReceivedBytes":2655,"LogTimeStamp":"2026-11-20T00:07:44Z"}`
)

func text(t *testing.T, m pcommon.Map, key string) string {
	t.Helper()
	v, ok := m.Get(key)
	require.Truef(t, ok, "%s is missing", key)
	return v.AsString()
}

// TestKeepsWhatTheReceiverKnew: its attributes, its resource, its times and its trace stay.
func TestKeepsWhatTheReceiverKnew(t *testing.T) {
	in := bodies(haproxyLine)
	in.ResourceLogs().At(0).Resource().Attributes().PutStr("service.name", "edge")
	in.ResourceLogs().At(0).Resource().Attributes().PutStr("k8s.pod.name", "proxy-0")
	rec := records(in)[0]
	rec.Attributes().PutStr("log.file.name", "haproxy.log")
	rec.Attributes().PutStr("proxy.type", "what the line says wins")
	rec.Attributes().PutStr("proxylog.error.type", "mismatch")
	rec.Attributes().PutEmptyMap("tags").PutBool("a", true)
	rec.SetTraceID(pcommon.TraceID{1})
	rec.SetSpanID(pcommon.SpanID{2})
	rec.SetFlags(plog.DefaultLogRecordFlags.WithIsSampled(true))
	before := plog.NewLogs()
	in.CopyTo(before)

	got := records(run(t, func(c *Config) {
		c.Decode.Resource = map[string]string{"site": "north"}
		c.Decode.Formats.HAProxy.Timezone = "UTC" // wherever the test runs
	}, in))
	require.Len(t, got, 1)
	r := got[0]
	assert.Equal(t, map[string]any{
		"service.name": "edge", "k8s.pod.name": "proxy-0", "host.name": "localhost", "process.pid": int64(4540), "site": "north",
	}, r.resource.AsRaw())
	assert.Equal(t, "github.com/proxylog/proxylog/haproxy", r.scope.Name())
	assert.Equal(t, "proxy.session.end", r.EventName())
	assert.Equal(t, "haproxy.log", text(t, r.Attributes(), "log.file.name"))
	assert.Equal(t, "haproxy", text(t, r.Attributes(), "proxy.type"))
	assert.JSONEq(t, `{"a":true}`, text(t, r.Attributes(), "tags"))
	assert.Equal(t, "300000", text(t, r.Attributes(), "proxy.client.bytes_received"))
	_, failed := r.Attributes().Get("proxylog.error.type")
	assert.False(t, failed, "the error of an earlier stage stays on a record that was read")
	assert.Equal(t, pcommon.NewTimestampFromTime(observed), r.ObservedTimestamp())
	assert.Equal(t, "2026-11-21T23:43:15.427Z", r.Timestamp().AsTime().Format("2006-01-02T15:04:05.999Z07:00"))
	assert.Equal(t, pcommon.TraceID{1}, r.TraceID())
	assert.Equal(t, pcommon.SpanID{2}, r.SpanID())
	assert.True(t, r.Flags().IsSampled())
	assert.Equal(t, before, in, "the records that came were changed")
}

// TestTheConfiguredResourceWins over what the receiver knew.
func TestTheConfiguredResourceWins(t *testing.T) {
	in := bodies(haproxyLine)
	in.ResourceLogs().At(0).Resource().Attributes().PutStr("service.name", "unknown_service")
	out := run(t, func(c *Config) { c.Decode.Resource = map[string]string{"service.name": "edge"} }, in)
	assert.Equal(t, "edge", text(t, records(out)[0].resource, "service.name"))
}

// TestFromAttribute reads an attribute and leaves the body alone, unless another one is asked for.
func TestFromAttribute(t *testing.T) {
	from := func(c *Config) { c.From = `attributes["log.original"]` }
	make1 := func(body string) plog.Logs {
		in := bodies(body)
		records(in)[0].Attributes().PutStr("log.original", haproxyLine)
		return in
	}
	r := records(run(t, from, make1("already read")))[0]
	assert.Equal(t, "haproxy", text(t, r.Attributes(), "proxy.type"))
	assert.Equal(t, "already read", r.Body().Str())
	assert.Equal(t, haproxyLine, text(t, r.Attributes(), "log.original"))

	none := make1("")
	pcommon.NewValueEmpty().CopyTo(records(none)[0].Body())
	assert.Equal(t, haproxyLine, records(run(t, from, none))[0].Body().Str())

	summary := records(run(t, func(c *Config) { from(c); c.Decode.Body = "summary" }, make1("x")))[0].Body().Str()
	assert.True(t, strings.HasPrefix(summary, "haproxy tcp [::1]:42510"), summary)

	other := bodies(haproxyLine)
	assert.Equal(t, other, run(t, from, other), "a record without the attribute was changed")
}

// TestRejects: a line that cannot be read passes as it is, with the reason, or is dropped; both are counted.
func TestRejects(t *testing.T) {
	in := bodies(haproxyLine, haproxyLine[:len(haproxyLine)-20], "hello")
	in.ResourceLogs().At(0).SetSchemaUrl("https://example.com/schema")
	bad := records(in)[1]
	bad.SetSeverityNumber(plog.SeverityNumberWarn)
	bad.Attributes().PutStr("k", "v")
	sink := new(consumertest.LogsSink)
	h := start(t, func(c *Config) { c.Decode.Format = "haproxy" }, sink)
	require.NoError(t, h.ConsumeLogs(context.Background(), in))
	got := records(sink.AllLogs()[0])
	require.Len(t, got, 3)
	var rejected []placed
	for _, r := range got {
		if r.scope.Name() == "other" {
			rejected = append(rejected, r)
		}
	}
	require.Len(t, rejected, 2)
	r := rejected[0]
	assert.Equal(t, bad.Body().Str(), r.Body().Str())
	assert.Equal(t, plog.SeverityNumberWarn, r.SeverityNumber())
	assert.Equal(t, "v", text(t, r.Attributes(), "k"))
	assert.Empty(t, r.EventName())
	assert.NotEmpty(t, text(t, r.Attributes(), "proxylog.error.type"))
	assert.NotEqual(t, "0", text(t, r.Attributes(), "proxylog.error.offset"))
	assert.Empty(t, r.resource.AsRaw(), "a rejected line says nothing of the proxy")
	assert.Equal(t, "hello", rejected[1].Body().Str())
	assert.Equal(t, map[string]int64{"parsed": 1, "rejected": 2}, h.sum(t, "otelcol_processor_proxylog_lines", "outcome"))
	var reasons int64
	for _, n := range h.sum(t, "otelcol_processor_proxylog_rejects", "reason") {
		reasons += n
	}
	assert.EqualValues(t, 2, reasons)

	dropped := run(t, func(c *Config) { c.Decode.Format, c.Decode.OnError = "haproxy", "drop" }, in)
	assert.Equal(t, 1, dropped.LogRecordCount())
}

// TestNearMiss counts lines that another dialect reads than the configured one.
// TestBytes: a line that is no UTF-8 is handed on as bytes wherever it stays, whether it could be read or not.
func TestBytes(t *testing.T) {
	const bad = "what is this\xff"
	good := strings.Replace(haproxyLine, "fnt.ok", "fnt.\xff", 1)
	require.NotEqual(t, haproxyLine, good)
	out := records(run(t, nil, bodies(bad)))
	require.Len(t, out, 1)
	assert.Equal(t, []byte(bad), out[0].Body().Bytes().AsRaw())
	for _, line := range []string{bad, good} {
		in := bodies("")
		in.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().PutStr("line", line)
		out := records(run(t, func(c *Config) { c.From = `attributes["line"]` }, in))
		require.Len(t, out, 1)
		v, _ := out[0].Attributes().Get("line")
		assert.Equal(t, []byte(line), v.Bytes().AsRaw())
	}
}

func TestNearMiss(t *testing.T) {
	h := start(t, func(c *Config) { c.Decode.Format = "squid" }, consumertest.NewNop())
	line := "192.0.2.7:47846 [21/Nov/2026:23:43:14.491] fnt back/s1 1/3/80 512 -- 16/1/0/0/0 0/0"
	require.NoError(t, h.ConsumeLogs(t.Context(), bodies(line, line, "what?")))
	assert.Equal(t, map[string]int64{"tcplog": 2}, h.sum(t, "otelcol_processor_proxylog_near_misses", "dialect"))
}

// TestArray: a body with several entries becomes several records, a bad one among them is kept by itself, and each has
// what the receiver knew.
func TestArray(t *testing.T) {
	in := bodies("[" + fmt.Sprintf(edgeoneItem, 1) + `,{"SessionID":5},` + fmt.Sprintf(edgeoneItem, 2) + "]")
	records(in)[0].Attributes().PutStr("kafka.topic", "l4")
	got := records(run(t, nil, in))
	require.Len(t, got, 3)
	var ids []string
	bad := 0
	for _, r := range got {
		assert.Equal(t, "l4", text(t, r.Attributes(), "kafka.topic"))
		assert.Equal(t, pcommon.NewTimestampFromTime(observed), r.ObservedTimestamp())
		if id, ok := r.Attributes().Get("proxy.session.id"); ok {
			ids = append(ids, id.Str())
			continue
		}
		bad++
		assert.NotEmpty(t, text(t, r.Attributes(), "proxylog.error.type"))
	}
	assert.Equal(t, []string{"1", "2"}, ids)
	assert.Equal(t, 1, bad)
}

// TestPass: what has no line passes untouched, and so does what this module has made.
func TestPass(t *testing.T) {
	in := bodies("", "  ", "map", "int", "none")
	recs := records(in)
	recs[2].Body().SetEmptyMap().PutStr("a", "b")
	recs[3].Body().SetInt(7)
	pcommon.NewValueEmpty().CopyTo(recs[4].Body())
	ours := in.ResourceLogs().At(0).ScopeLogs().AppendEmpty()
	ours.Scope().SetName("github.com/proxylog/proxylog/haproxy")
	ours.LogRecords().AppendEmpty().Body().SetStr("a summary of a session")
	sink := new(consumertest.LogsSink)
	h := start(t, nil, sink)
	require.NoError(t, h.ConsumeLogs(context.Background(), in))
	assert.Equal(t, in, sink.AllLogs()[0])
	assert.Equal(t, map[string]int64{"empty": 2, "skipped": 4}, h.sum(t, "otelcol_processor_proxylog_lines", "outcome"))
}

// TestGroups: one resource and scope each, wherever the records came from.
func TestGroups(t *testing.T) {
	in := bodies(haproxyLine, squidLine, haproxyLine)
	bodies(squidLine, haproxyLine).ResourceLogs().MoveAndAppendTo(in.ResourceLogs())
	other := bodies(haproxyLine)
	other.ResourceLogs().At(0).Resource().Attributes().PutStr("host.name", "else")
	other.ResourceLogs().MoveAndAppendTo(in.ResourceLogs())
	out := run(t, nil, in)
	assert.Equal(t, 6, out.LogRecordCount())
	seen := make(map[string]int)
	for _, rl := range out.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			seen[fmt.Sprint(rl.Resource().Attributes().AsRaw(), sl.Scope().Name())] += sl.LogRecords().Len()
		}
	}
	var counts []int
	for _, n := range seen {
		counts = append(counts, n)
	}
	assert.ElementsMatch(t, []int{3, 2, 1}, counts)
	assert.Equal(t, 3, out.ResourceLogs().Len())
}

// TestPieces: a line that another component has left in pieces is an error, and no later record is read with it.
func TestPieces(t *testing.T) {
	got := records(run(t, nil, bodies("2026-11-21T23:43:15.4Z stdout P "+haproxyLine[:40], "{", haproxyLine)))
	require.Len(t, got, 3)
	var reasons []string
	for _, r := range got {
		if v, ok := r.Attributes().Get("proxylog.error.type"); ok {
			reasons = append(reasons, v.Str())
		}
	}
	assert.Equal(t, []string{"truncated", "truncated"}, reasons)
}

// TestContainerLog: the wrapping is taken off, and the path says whose log it is, where nothing better does.
func TestContainerLog(t *testing.T) {
	in := bodies("2026-11-21T23:43:15.500000000Z stderr F " + haproxyLine)
	in.ResourceLogs().At(0).Resource().Attributes().PutStr("k8s.pod.name", "known")
	records(in)[0].Attributes().PutStr("log.file.path", "/var/log/pods/edge_proxy-0_0b1f/haproxy/3.log")
	r := records(run(t, nil, in))[0]
	assert.Equal(t, "known", text(t, r.resource, "k8s.pod.name"))
	assert.Equal(t, "edge", text(t, r.resource, "k8s.namespace.name"))
	assert.Equal(t, "haproxy", text(t, r.resource, "k8s.container.name"))
	assert.Equal(t, "stderr", text(t, r.Attributes(), "log.iostream"))
}

// TestRefused: a receiver that hands the same records over again gets the same result, and lines are counted once.
func TestRefused(t *testing.T) {
	sink := new(consumertest.LogsSink)
	answers := []error{errors.New("busy"), nil, consumererror.NewPermanent(errors.New("never"))}
	next, err := consumer.NewLogs(func(ctx context.Context, logs plog.Logs) error {
		err := answers[0]
		answers = answers[1:]
		if err != nil {
			// A consumer that may change what it gets does.
			logs.ResourceLogs().RemoveIf(func(plog.ResourceLogs) bool { return true })
			return err
		}
		return sink.ConsumeLogs(ctx, logs)
	})
	require.NoError(t, err)
	h := start(t, nil, next)
	in := bodies(haproxyLine, "hello", "")
	require.ErrorContains(t, h.ConsumeLogs(context.Background(), in), "busy")
	assert.Empty(t, h.sum(t, "otelcol_processor_proxylog_lines", "outcome"))
	require.NoError(t, h.ConsumeLogs(context.Background(), in))
	assert.Equal(t, 3, sink.LogRecordCount())
	assert.Equal(t, map[string]int64{"parsed": 1, "rejected": 1, "empty": 1}, h.sum(t, "otelcol_processor_proxylog_lines", "outcome"))
	require.ErrorContains(t, h.ConsumeLogs(context.Background(), in), "never")
	assert.Equal(t, map[string]int64{"parsed": 1, "rejected": 1, "empty": 1, "refused": 3},
		h.sum(t, "otelcol_processor_proxylog_lines", "outcome"))
}

// TestNothingLeft: where all is dropped, the next consumer is left in peace.
func TestNothingLeft(t *testing.T) {
	next := consumertest.NewErr(errors.New("called"))
	h := start(t, func(c *Config) { c.Decode.OnError = "drop" }, next)
	require.NoError(t, h.ConsumeLogs(context.Background(), bodies("hello")))
	assert.Equal(t, map[string]int64{"rejected": 1}, h.sum(t, "otelcol_processor_proxylog_lines", "outcome"))
}

// TestConcurrent: calls at the same time, for the same streams and for others, lose and mix nothing.
func TestConcurrent(t *testing.T) {
	const calls, each = 8, 50
	sink := new(consumertest.LogsSink)
	h := start(t, nil, sink)
	h.sources = sources.New(h.decoder, 3)
	var wg sync.WaitGroup
	for g := range calls {
		wg.Go(func() {
			for i := range each {
				in := bodies(haproxyLine, squidLine, fmt.Sprintf(edgeoneItem, g*each+i), "hello")
				in.ResourceLogs().At(0).Resource().Attributes().PutInt("n", int64(i%5))
				for _, r := range records(in) {
					r.Attributes().PutInt("call", int64(g*each+i))
				}
				assert.NoError(t, h.ConsumeLogs(context.Background(), in))
			}
		})
	}
	wg.Wait()
	assert.Equal(t, map[string]int64{"parsed": 3 * calls * each, "rejected": calls * each}, h.sum(t, "otelcol_processor_proxylog_lines", "outcome"))
	sessions := make(map[string]bool)
	for _, l := range sink.AllLogs() {
		for _, r := range records(l) {
			if text(t, r.Attributes(), "call") == "" {
				t.Fatal("a record without its call")
			}
			if v, ok := r.Attributes().Get("proxy.type"); ok && v.Str() == "edgeone" {
				assert.Equal(t, text(t, r.Attributes(), "call"), text(t, r.Attributes(), "proxy.session.id"))
				sessions[v.Str()+text(t, r.Attributes(), "proxy.session.id")] = true
			}
		}
	}
	assert.Len(t, sessions, calls*each)
	assert.LessOrEqual(t, h.sources.Len(), 3)
}

// TestSourcesRemember: a stream is known by its resource and its file, whatever the order of its attributes.
func TestSourcesRemember(t *testing.T) {
	h := start(t, nil, consumertest.NewNop())
	a, b := pcommon.NewMap(), pcommon.NewMap()
	a.PutStr("x", "1")
	a.PutStr("y", "2")
	b.PutStr("y", "2")
	b.PutStr("x", "1")
	assert.Equal(t, hashOf(a), hashOf(b))
	b.PutStr("x", "2")
	assert.NotEqual(t, hashOf(a), hashOf(b))
	for i, file := range []string{"f", "f", "g"} {
		in := bodies("hello")
		a.CopyTo(in.ResourceLogs().At(0).Resource().Attributes())
		in.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().PutStr("log.file.name", file)
		require.NoError(t, h.ConsumeLogs(context.Background(), in))
		assert.Equal(t, 1+i/2, h.sources.Len(), file)
	}
	in := bodies("hello")
	b.CopyTo(in.ResourceLogs().At(0).Resource().Attributes())
	require.NoError(t, h.ConsumeLogs(context.Background(), in))
	assert.Equal(t, 3, h.sources.Len())
}

func TestConfig(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	for name, tt := range map[string]struct {
		in   map[string]any
		want []string
	}{
		"defaults": {nil, nil},
		"all": {map[string]any{
			"from": `attributes["log.original"]`, "format": "haproxy", "envelope": "none", "on_error": "drop", "body": "none",
			"timestamp": "start", "trace_id": "session", "resource": map[string]any{"a": "b"},
			"haproxy": map[string]any{"log_format": []any{"tcplog"}},
		}, nil},
		"from":   {map[string]any{"from": "attributes.x"}, []string{`from: "attributes.x" is neither body`}},
		"no key": {map[string]any{"from": `attributes[""]`}, []string{"from: "}},
		"several": {
			map[string]any{"from": "", "on_error": "panic", "body": "all"},
			[]string{"from: ", "on_error: ", "body: "},
		},
		"dialect": {map[string]any{"haproxy": map[string]any{"log_format": []any{"%nonsense"}}}, []string{"haproxy::log_format"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := createDefaultConfig().(*Config)
			require.NoError(t, confmap.NewFromStringMap(tt.in).Unmarshal(cfg))
			err := confmap.Validate(cfg)
			if tt.want == nil {
				require.NoError(t, err)
			}
			for _, w := range tt.want {
				require.ErrorContains(t, err, w)
				assert.NotContains(t, err.Error(), "decode::", "a path that no configuration has")
			}
		})
	}
	require.ErrorContains(t, confmap.NewFromStringMap(map[string]any{"parse_from": "body"}).Unmarshal(createDefaultConfig()), "parse_from")
}

// fromFile is the lines of a capture as file_log hands them on.
func fromFile(t testing.TB) (logs plog.Logs, size int64) {
	t.Helper()
	raw := formattest.Read(t, formattest.Testdata("haproxy/ok/tcplog_rfc3164.log"))
	logs = bodies(strings.Split(strings.TrimSpace(string(raw)), "\n")...)
	formattest.Each(logs, func(rec plog.LogRecord) { rec.Attributes().PutStr(attr.LogFileName, "haproxy.log") })
	return logs, int64(len(raw))
}

// TestConsumeRemembers wants what records mostly hold to be known from one call to the next. The race detector takes some of
// that away.
func TestConsumeRemembers(t *testing.T) {
	in, _ := fromFile(t)
	p, err := newProcessor(processortest.NewNopSettings(NewFactory().Type()), createDefaultConfig().(*Config), consumertest.NewNop())
	require.NoError(t, err)
	got := testing.AllocsPerRun(50, func() { require.NoError(t, p.ConsumeLogs(context.Background(), in)) })
	assert.Less(t, got/float64(in.LogRecordCount()), 18.0, "allocations a record")
}

func BenchmarkConsume(b *testing.B) {
	in, size := fromFile(b)
	h, err := newProcessor(processortest.NewNopSettings(NewFactory().Type()), createDefaultConfig().(*Config), consumertest.NewNop())
	require.NoError(b, err)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, h.ConsumeLogs(context.Background(), in))
	}
	b.ReportMetric(float64(in.LogRecordCount()), "records/op")
}
