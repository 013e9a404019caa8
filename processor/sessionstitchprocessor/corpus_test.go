// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadata"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// stitched runs batches through a processor and gives the records that come out.
func stitched(t *testing.T, change func(*Config), batches ...plog.Logs) []plog.LogRecord {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	sink := &consumertest.LogsSink{}
	p, err := NewFactory().CreateLogs(context.Background(), processortest.NewNopSettings(metadata.Type), cfg, sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	for _, b := range batches {
		require.NoError(t, p.ConsumeLogs(context.Background(), b))
	}
	require.NoError(t, p.Shutdown(context.Background()))
	return records(sink.AllLogs())
}

func records(all []plog.Logs) (list []plog.LogRecord) {
	for _, ld := range all {
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, rec := range sl.LogRecords().All() {
					list = append(list, rec)
				}
			}
		}
	}
	return list
}

func intOf(rec plog.LogRecord, key string) int64 {
	v, _ := rec.Attributes().Get(key)
	return v.Int()
}

func textOf(rec plog.LogRecord, key string) string {
	v, ok := rec.Attributes().Get(key)
	if !ok {
		return ""
	}
	return v.AsString()
}

func flagOf(rec plog.LogRecord, key string) bool {
	v, ok := rec.Attributes().Get(key)
	return ok && v.Bool()
}

// total is what the records of one session say together.
type total struct {
	sent, received, parts int64
	end                   bool
}

type edgeOneTruth struct {
	SessionID string `json:"session_id"`
	Sent      int64  `json:"observable_client_to_edge_bytes"`
	Received  int64  `json:"observable_edge_to_client_bytes"`
	TrueSent  int64  `json:"client_to_edge_bytes"`
	TrueRecv  int64  `json:"edge_to_client_bytes"`
	Delivered int64  `json:"entries_delivered"`
	Generated int64  `json:"entries_generated"`
	Final     bool   `json:"final_delivered"`
	Open      bool   `json:"open_at_end"`
}

func TestEdgeOneSamplesEqualTheTruth(t *testing.T) {
	for _, set := range []string{"main", "small", "jsonl_ms", "sampled", "perfect"} {
		dir := sessiontest.Corpus(t, "edgeone/samples/"+set)
		for _, file := range []string{"entries.jsonl", "entries.clean.jsonl"} {
			t.Run(set+"/"+file, func(t *testing.T) {
				var batches []plog.Logs
				var recs plog.LogRecordSlice
				n := 0
				sessiontest.Lines(t, dir+"/"+file, func(e map[string]any) {
					if n%100 == 0 {
						var ld plog.Logs
						ld, recs = sessiontest.NewLogs(sessiontest.EdgeOneResource())
						batches = append(batches, ld)
					}
					n++
					sessiontest.EdgeOne(e, recs.AppendEmpty())
				})
				got := map[string]total{}
				for _, rec := range stitched(t, nil, batches...) {
					require.Equal(t, record.SessionEnd, rec.EventName())
					id := textOf(rec, attr.ProxySessionID)
					s := got[id]
					s.sent += intOf(rec, attr.ProxyClientBytesSent)
					s.received += intOf(rec, attr.ProxyClientBytesReceived)
					s.parts += intOf(rec, attr.ProxySessionParts)
					s.end = s.end || flagOf(rec, attr.ProxySessionComplete)
					assert.False(t, flagOf(rec, attr.ProxySessionApproximate))
					got[id] = s
				}
				want := map[string]total{}
				sessiontest.Lines(t, dir+"/truth.jsonl", func(e map[string]any) {
					var x edgeOneTruth
					sessiontest.Convert(t, e, &x)
					w := total{sent: x.Sent, received: x.Received, parts: x.Delivered, end: x.Final}
					if file == "entries.clean.jsonl" {
						w = total{sent: x.TrueSent, received: x.TrueRecv, parts: x.Generated, end: !x.Open}
					}
					if w.parts > 0 {
						want[x.SessionID] = w
					}
				})
				require.NotEmpty(t, want)
				assert.Equal(t, want, got)
			})
		}
	}
}

type g3Task struct {
	Events []struct {
		Event string `json:"event"`
	} `json:"events"`
	Finished int               `json:"finished"`
	Final    map[string]*int64 `json:"final"`
	Reason   string            `json:"final_reason"`
}

func TestG3ProxyTasksEqualTheTruth(t *testing.T) {
	for _, set := range []string{"rfc3164", "rfc5424", "cee3164", "cee5424"} {
		t.Run(set, func(t *testing.T) {
			dir := sessiontest.Corpus(t, "g3proxy/"+set)
			var truth map[string]g3Task
			sessiontest.JSON(t, dir+"/tasks.json", &truth)
			var lines []map[string]any
			side := map[string]int64{}
			passed := 0
			sessiontest.Lines(t, dir+"/decoded.jsonl", func(e map[string]any) {
				lines = append(lines, e)
				switch e["log_type"] {
				case "Escape", "Inspect", "Intercept":
					side[fmt.Sprint(e["task_id"])]++
				case "Resolve":
					passed++
				}
			})
			for _, seed := range []uint64{0, 1, 2} {
				rng := rand.New(rand.NewPCG(seed, 1))
				if seed > 0 {
					rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				}
				ld, recs := sessiontest.NewLogs(map[string]any{attr.HostName: "vm"})
				for _, e := range lines {
					sessiontest.G3Proxy(e, recs.AppendEmpty())
					if seed == 2 && rng.IntN(3) == 0 {
						sessiontest.G3Proxy(e, recs.AppendEmpty())
					}
				}
				got := map[string]plog.LogRecord{}
				rest := 0
				for _, rec := range stitched(t, nil, ld) {
					if textOf(rec, attr.G3proxyLogType) == "Resolve" {
						rest++
						continue
					}
					id := textOf(rec, attr.ProxySessionID)
					_, twice := got[id]
					require.False(t, twice, "one record per task")
					got[id] = rec
				}
				if seed < 2 {
					assert.Equal(t, passed, rest)
				}
				require.Len(t, got, len(truth))
				for id, want := range truth {
					rec := got[id]
					require.Equal(t, int64(len(want.Events))+side[id], intOf(rec, attr.ProxySessionParts), id)
					require.Equal(t, want.Finished > 0, flagOf(rec, attr.ProxySessionComplete), id)
					require.Equal(t, want.Reason, textOf(rec, attr.G3proxyReason), id)
					for key, name := range map[string]string{
						"c_rd_bytes": attr.ProxyClientBytesSent, "c_wr_bytes": attr.ProxyClientBytesReceived,
						"r_rd_bytes": attr.ProxyUpstreamBytesSent, "r_wr_bytes": attr.ProxyUpstreamBytesReceived,
					} {
						v, has := rec.Attributes().Get(name)
						n := want.Final[key]
						require.Equal(t, n != nil, has, "%s %s", id, key)
						if has {
							require.Equal(t, *n, v.Int(), "%s %s", id, key)
						}
					}
				}
			}
		})
	}
}

// envoyTruth is what the lines of one session say: of totals, the last is the sum.
type envoyTruth struct {
	lines, received, sent int64
	end                   bool
}

func TestEnvoySessionsEqualTheirLastLine(t *testing.T) {
	for _, file := range []string{"tcp/ext_json", "periodic/ext_json", "periodic/upstream_json", "udp_json"} {
		t.Run(file, func(t *testing.T) {
			want := map[string]envoyTruth{}
			var lines []map[string]any
			sessiontest.Lines(t, sessiontest.Corpus(t, "envoy")+"/"+file+".log", func(e map[string]any) {
				kind := fmt.Sprint(e["type"])
				if kind == "NotSet" {
					return
				}
				lines = append(lines, e)
				family := kind[:3]
				key := fmt.Sprint(family, e["start_time"], e["stream_id"], e["request_id"], e["connection_id"], e["down_remote"], e["upstream_local"])
				if family != "Ups" {
					key = fmt.Sprint(family, e["start_time"], e["stream_id"], e["request_id"], e["connection_id"], e["down_remote"])
				}
				w := want[key]
				w.lines++
				w.end = w.end || strings.HasSuffix(kind, "End")
				w.received = max(w.received, number(t, e["bytes_received"]))
				w.sent = max(w.sent, number(t, e["bytes_sent"]))
				want[key] = w
			})
			rand.New(rand.NewPCG(1, 1)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
			ld, recs := sessiontest.NewLogs(map[string]any{attr.HostName: "vm"})
			for _, e := range lines {
				sessiontest.Envoy(t, e, recs.AppendEmpty())
			}
			got := map[envoyTruth]int{}
			for _, rec := range stitched(t, nil, ld) {
				x := envoyTruth{lines: intOf(rec, attr.ProxySessionParts), end: flagOf(rec, attr.ProxySessionComplete)}
				x.received, x.sent = intOf(rec, attr.ProxyClientBytesSent), intOf(rec, attr.ProxyClientBytesReceived)
				if strings.HasPrefix(textOf(rec, attr.EnvoyAccessLogType), "Upstream") {
					x.received, x.sent = intOf(rec, attr.ProxyUpstreamBytesSent), intOf(rec, attr.ProxyUpstreamBytesReceived)
				}
				got[x]++
			}
			counted := map[envoyTruth]int{}
			several := 0
			for _, w := range want {
				counted[w]++
				if w.lines > 1 {
					several++
				}
			}
			assert.Positive(t, several)
			assert.Equal(t, counted, got)
		})
	}
}

func number(t *testing.T, v any) int64 {
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	require.NoError(t, err)
	return n
}

// Without SessionID what is left of the fields names the session; distinct entries count once.
func TestEdgeOneWithoutSessionID(t *testing.T) {
	dir := sessiontest.Corpus(t, "edgeone/samples/oldver_no_session_id")
	want := map[string]total{}
	seen := map[string]bool{}
	ld, recs := sessiontest.NewLogs(sessiontest.EdgeOneResource())
	sessiontest.Lines(t, dir+"/entries.jsonl", func(e map[string]any) {
		sessiontest.EdgeOne(e, recs.AppendEmpty())
		key := fmt.Sprint(e["ServiceID"], e["ClientRealIP"], e["EdgeIP"], strings.ToLower(fmt.Sprint(e["ForwardProtocol"])), e["ForwardPort"])
		if start := recs.At(recs.Len() - 1); start.Attributes().Len() > 0 {
			key += textOf(start, attr.ProxyStartTime)
		}
		id := key + fmt.Sprint(e["LogTimeStamp"], e["SentBytes"], e["ReceivedBytes"], e["DisconnetReason"])
		if seen[id] {
			return
		}
		seen[id] = true
		w := want[key]
		w.sent += max(number(t, e["SentBytes"]), 0)
		w.received += max(number(t, e["ReceivedBytes"]), 0)
		w.parts++
		w.end = w.end || e["DisconnetReason"] != "-"
		want[key] = w
	})
	got := map[string]total{}
	for _, rec := range stitched(t, nil, ld) {
		assert.True(t, flagOf(rec, attr.ProxySessionApproximate))
		key := textOf(rec, attr.EdgeoneServiceID) + textOf(rec, attr.ClientAddress) + textOf(rec, attr.NetworkLocalAddress) +
			textOf(rec, attr.NetworkTransport) + textOf(rec, attr.NetworkLocalPort) + textOf(rec, attr.ProxyStartTime)
		_, twice := got[key]
		assert.False(t, twice)
		got[key] = total{
			sent: intOf(rec, attr.ProxyClientBytesSent), received: intOf(rec, attr.ProxyClientBytesReceived),
			parts: intOf(rec, attr.ProxySessionParts), end: flagOf(rec, attr.ProxySessionComplete),
		}
	}
	require.NotEmpty(t, want)
	assert.Len(t, got, len(want))
	var a, b []total
	for _, v := range want {
		a = append(a, v)
	}
	for _, v := range got {
		b = append(b, v)
	}
	assert.ElementsMatch(t, a, b)
}
