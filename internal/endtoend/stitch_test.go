// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor"
)

// read makes batches of records of the lines, as many records a batch as the receiver would.
func read(t *testing.T, cfg decode.Config, lines []string) []plog.Logs {
	t.Helper()
	src, b := formattest.Decoder(t, cfg).NewSource(t.Name()), formattest.Decoder(t, cfg).NewBatch()
	var out []plog.Logs
	for i, l := range lines {
		src.Decode(b, decode.Line{Text: l, Observed: formattest.Observed})
		if i%200 == 199 || i == len(lines)-1 {
			logs, _ := b.Take()
			out = append(out, logs)
		}
	}
	return out
}

// stitch sends batches through a processor with the given configuration and returns what comes out until it is shut
// down.
func stitch(t *testing.T, settings map[string]any, batches []plog.Logs) []plog.LogRecord {
	t.Helper()
	f := sessionstitchprocessor.NewFactory()
	cfg := f.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(cfg))
	sink := new(consumertest.LogsSink)
	p, err := f.CreateLogs(context.Background(), processortest.NewNopSettings(component.MustNewType("session_stitch")), cfg, sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	for _, b := range batches {
		copied := plog.NewLogs()
		b.CopyTo(copied)
		require.NoError(t, p.ConsumeLogs(context.Background(), copied))
	}
	require.NoError(t, p.Shutdown(context.Background()))
	var out []plog.LogRecord
	for _, l := range sink.AllLogs() {
		for _, rl := range l.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					out = append(out, lr)
				}
			}
		}
	}
	return out
}

// totals is what all records of a session say together.
type totals struct {
	Sent, Received, UpstreamSent, UpstreamReceived, Parts int64
	Complete                                              bool
	Records                                               int
	Reason                                                string
}

func number(lr plog.LogRecord, key string) int64 {
	v, _ := lr.Attributes().Get(key)
	return v.Int()
}

func word(lr plog.LogRecord, key string) string {
	if v, ok := lr.Attributes().Get(key); ok {
		return v.AsString()
	}
	return ""
}

// sum adds up the session records by proxy.session.id.
func sum(records []plog.LogRecord) map[string]totals {
	out := map[string]totals{}
	for _, lr := range records {
		if lr.EventName() != record.SessionEnd {
			continue
		}
		id := word(lr, attr.ProxySessionID)
		s := out[id]
		s.Sent += number(lr, attr.ProxyClientBytesSent)
		s.Received += number(lr, attr.ProxyClientBytesReceived)
		s.UpstreamSent += number(lr, attr.ProxyUpstreamBytesSent)
		s.UpstreamReceived += number(lr, attr.ProxyUpstreamBytesReceived)
		s.Parts += number(lr, attr.ProxySessionParts)
		s.Complete = s.Complete || word(lr, attr.ProxySessionComplete) == "true"
		s.Records++
		if r := word(lr, attr.G3proxyReason); r != "" {
			s.Reason = r
		}
		out[id] = s
	}
	return out
}

type edgeOneTruth struct {
	ID        string `json:"session_id"`
	Sent      int64  `json:"observable_client_to_edge_bytes"`
	Received  int64  `json:"observable_edge_to_client_bytes"`
	Delivered int64  `json:"entries_delivered"`
	Generated int64  `json:"entries_generated"`
	TrueSent  int64  `json:"client_to_edge_bytes"`
	TrueRecv  int64  `json:"edge_to_client_bytes"`
	Final     bool   `json:"final_delivered"`
	Open      bool   `json:"open_at_end"`
}

func truth[T any](t *testing.T, path string) []T {
	t.Helper()
	var out []T
	for _, l := range bytes.Split(bytes.TrimSpace(formattest.Read(t, path)), []byte("\n")) {
		var v T
		require.NoError(t, json.Unmarshal(l, &v))
		out = append(out, v)
	}
	return out
}

// TestEdgeOne wants the totals of every session that has an id to be those of the generator's truth: of the entries that
// were delivered, in the order, repetition and lateness in which they were; and in any other.
func TestEdgeOne(t *testing.T) {
	cfg := decode.NewConfig()
	for _, set := range []string{"main", "small", "jsonl_ms", "sampled", "perfect"} {
		dir := "edgeone/samples/" + set + "/"
		for _, way := range []string{"as delivered", "event clock", "shuffled", "everything twice", "clean"} {
			t.Run(set+"/"+way, func(t *testing.T) {
				file, settings := "entries.jsonl", map[string]any{}
				if way == "clean" {
					file = "entries.clean.jsonl"
				}
				lines := formattest.Lines(t, formattest.Corpus(t, dir+file))
				switch way {
				case "event clock":
					settings["clock"] = "event"
				case "shuffled":
					rand.New(rand.NewPCG(1, 2)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				case "everything twice":
					lines = append(lines, lines...)
				}
				got := sum(stitch(t, settings, read(t, cfg, lines)))
				seen := 0
				for _, w := range truth[edgeOneTruth](t, formattest.Corpus(t, dir+"truth.jsonl")) {
					sent, received, parts, final := w.Sent, w.Received, w.Delivered, w.Final
					if way == "clean" {
						sent, received, parts, final = w.TrueSent, w.TrueRecv, w.Generated, !w.Open
					}
					g := got[w.ID]
					if parts > 0 {
						seen++
					}
					have := totals{Sent: g.Sent, Received: g.Received, Parts: g.Parts, Complete: g.Complete}
					want := totals{Sent: sent, Received: received, Parts: parts, Complete: final}
					assert.Equal(t, want, have, w.ID)
					if way != "event clock" && parts > 0 {
						assert.Equal(t, 1, g.Records, "records of %s", w.ID)
					}
				}
				assert.Len(t, got, seen, "sessions")
			})
		}
	}
}

// TestEdgeOneWithoutSessions wants of entries without a SessionID one record for each address, port, edge and second of
// connecting, with the sums of what the truth has under that key, and the mark that several sessions may be in it.
func TestEdgeOneWithoutSessions(t *testing.T) {
	type session struct {
		Service  string `json:"service_id"`
		Client   string `json:"client_ip"`
		Edge     string `json:"edge_ip"`
		Protocol string
		Port     int64
		Connect  string `json:"connect_ts"`
		Sent     int64  `json:"observable_client_to_edge_bytes"`
		Received int64  `json:"observable_edge_to_client_bytes"`
		Entries  int64  `json:"entries_delivered"`
	}
	type key struct {
		service, client, edge, protocol, connect string
		port                                     int64
	}
	const dir = "edgeone/samples/oldver_no_session_id/"
	want := map[key]totals{}
	for _, s := range truth[session](t, formattest.Corpus(t, dir+"truth.jsonl")) {
		if s.Entries == 0 {
			continue
		}
		k := key{s.Service, s.Client, s.Edge, strings.ToLower(s.Protocol), strings.TrimSuffix(s.Connect, "Z") + ".000000000Z", s.Port}
		w := want[k]
		w.Sent, w.Received, w.Parts, w.Records = w.Sent+s.Sent, w.Received+s.Received, w.Parts+s.Entries, 1
		want[k] = w
	}
	require.Greater(t, len(want), 100)
	for _, file := range []string{"entries.jsonl", "entries.csv"} {
		for _, way := range []string{"as delivered", "shuffled", "everything twice"} {
			t.Run(file+"/"+way, func(t *testing.T) {
				lines := formattest.Lines(t, formattest.Corpus(t, dir+file))
				switch way {
				case "shuffled":
					rand.New(rand.NewPCG(1, 2)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				case "everything twice":
					lines = append(lines, lines...)
				}
				got := map[key]totals{}
				for _, lr := range stitch(t, nil, read(t, decode.NewConfig(), lines)) {
					assert.Equal(t, record.SessionEnd, lr.EventName())
					assert.Equal(t, "true", word(lr, attr.ProxySessionApproximate))
					assert.Empty(t, word(lr, attr.ProxySessionID))
					k := key{
						word(lr, attr.EdgeoneServiceID), word(lr, attr.ClientAddress), word(lr, attr.NetworkLocalAddress), word(lr, attr.NetworkTransport),
						word(lr, attr.ProxyStartTime), number(lr, attr.NetworkLocalPort),
					}
					g := got[k]
					g.Sent, g.Received = g.Sent+number(lr, attr.ProxyClientBytesSent), g.Received+number(lr, attr.ProxyClientBytesReceived)
					g.Parts, g.Records = g.Parts+number(lr, attr.ProxySessionParts), g.Records+1
					got[k] = g
				}
				assert.Equal(t, want, got)
			})
		}
	}
}

// task is an entry of tasks.json.
type task struct {
	Events []struct {
		Event    string
		Reason   *string
		CRdBytes *int64 `json:"c_rd_bytes"`
		CWrBytes *int64 `json:"c_wr_bytes"`
		RRdBytes *int64 `json:"r_rd_bytes"`
		RWrBytes *int64 `json:"r_wr_bytes"`
	}
}

// g3proxyTexts are all lines, datagrams or messages of a transport's capture, the tasks' after those of the escapers.
func g3proxyTexts(t *testing.T, transport string) []string {
	t.Helper()
	path := func(file string) string { return formattest.Corpus(t, "g3proxy/"+transport+"/"+file) }
	switch transport {
	case "stdout":
		return formattest.Lines(t, path("stdout.log"))
	case "journal-json":
		return formattest.Lines(t, path("journalctl.json"))
	case "journal-native":
		return formattest.Datagrams(t, path("journal.raw"))
	case "fluentd":
		files, err := filepath.Glob(path("") + "/*.msgpack")
		require.NoError(t, err)
		var out []string
		for _, f := range files {
			out = append(out, formattest.Messages(t, f)...)
		}
		return out
	}
	files := []string{"escape", "task", "audit", "resolve"}
	switch {
	case strings.HasPrefix(transport, "escapes-"):
		files = []string{"all"}
	case strings.HasPrefix(transport, "shutdown-"):
		files = files[:2]
	}
	var out []string
	for _, f := range files {
		out = append(out, formattest.Lines(t, path(f+".log"))...)
	}
	return out
}

// TestG3proxy wants one record per task, with the last counters, the last reason and completeness of tasks.json, from
// every transport, in any order of the files and lines.
func TestG3proxy(t *testing.T) {
	cfg := decode.NewConfig()
	for _, transport := range []string{
		"rfc3164", "rfc5424", "cee3164", "cee5424", "stdout", "journal-json", "journal-native", "fluentd",
		"escapes-rfc3164", "escapes-rfc5424", "escapes-cee3164", "shutdown-cee3164-sigterm", "shutdown-rfc5424-sigkill",
	} {
		for _, way := range []string{"in order", "shuffled", "twice"} {
			t.Run(transport+"/"+way, func(t *testing.T) {
				lines := g3proxyTexts(t, transport)
				switch way {
				case "shuffled":
					rand.New(rand.NewPCG(3, 4)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				case "twice":
					lines = append(lines, lines...)
				}
				got := sum(stitch(t, nil, read(t, cfg, lines)))
				var tasks map[string]task
				require.NoError(t, json.Unmarshal(formattest.Read(t, formattest.Corpus(t, "g3proxy/"+transport+"/tasks.json")), &tasks))
				require.NotEmpty(t, tasks)
				for id, w := range tasks {
					g, ok := got[id]
					if !assert.True(t, ok, "no record of %s", id) {
						continue
					}
					want, upstream := totals{Records: 1}, false
					for _, e := range w.Events {
						want.Complete = want.Complete || e.Event == "Finished"
						set := func(to *int64, from *int64) {
							if from != nil {
								*to = *from
							}
						}
						set(&want.Sent, e.CRdBytes)
						set(&want.Received, e.CWrBytes)
						set(&want.UpstreamSent, e.RRdBytes)
						set(&want.UpstreamReceived, e.RWrBytes)
						upstream = upstream || e.RRdBytes != nil
						if e.Reason != nil {
							want.Reason = *e.Reason
						}
					}
					g.Parts = 0
					if !upstream {
						// FTP tasks count their control and data connections apart, under other keys.
						g.UpstreamSent, g.UpstreamReceived = 0, 0
					}
					assert.Equal(t, want, g, id)
				}
				assert.Len(t, got, len(tasks), "sessions")
			})
		}
	}
}

// TestPassing wants what belongs to no session handed on as it was read.
func TestPassing(t *testing.T) {
	lines := formattest.Lines(t, formattest.Corpus(t, "g3proxy/rfc3164/resolve.log"))
	batches := read(t, decode.NewConfig(), lines)
	out := stitch(t, nil, batches)
	require.Len(t, out, len(lines))
	for i, lr := range out {
		assert.Equal(t, record.DNSError, lr.EventName())
		assert.Equal(t, strings.TrimRight(lines[i], "\r\n"), lr.Body().AsString())
		assert.WithinDuration(t, formattest.Observed, lr.ObservedTimestamp().AsTime(), time.Second)
	}
}
