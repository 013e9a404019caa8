// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone_test

import (
	"encoding/json"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func config() decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = "edgeone"
	return cfg
}

// read reads lines and returns what became of each entry.
func read(t testing.TB, cfg decode.Config, lines ...string) []explain.Entry {
	t.Helper()
	var out []explain.Entry
	for _, l := range formattest.Explain(t, cfg, []byte(strings.Join(lines, "\n"))) {
		if l.Entries != nil {
			out = append(out, l.Entries...)
			continue
		}
		if l.Record != nil || l.Error != nil {
			out = append(out, explain.Entry{Dialect: l.Dialect, Kind: l.Kind, Fields: l.Fields, Record: l.Record, Error: l.Error})
		}
	}
	return out
}

// iso is how a time is written in an attribute.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// moment reads a time of an entry the slow way.
func moment(t *testing.T, v any) time.Time {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			t.Fatal(err)
		}
		return time.Unix(n, 0)
	case string:
		m, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	t.Fatalf("no time: %v", v)
	return time.Time{}
}

// severities are those that the conventions of this project give the documented reasons; INFO for the others.
var severities = map[string]string{
	"net_exception_timeout": "WARN", "net_exception_peer_error": "WARN", "create_peer_channel_exception": "ERROR",
}

// oracle makes of an entry, decoded by encoding/json, what its record has to be.
func oracle(t *testing.T, line string) explain.Record {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	var e map[string]any
	if err := dec.Decode(&e); err != nil {
		t.Fatal(err)
	}
	connect, logged := moment(t, e["ConnectTimeStamp"]), moment(t, e["LogTimeStamp"])
	num := func(key string) int64 {
		n, err := e[key].(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	a := map[string]any{
		"proxy.type":                        "edgeone",
		"proxy.start_time":                  iso(connect),
		"proxy.listener.name":               e["ServiceID"],
		"edgeone.service.id":                e["ServiceID"],
		"edgeone.log.time":                  iso(logged),
		"client.address":                    e["ClientRealIP"],
		"network.type":                      "ipv4",
		"network.local.address":             e["EdgeIP"],
		"network.local.port":                num("ForwardPort"),
		"server.port":                       num("ForwardPort"),
		"network.transport":                 strings.ToLower(e["ForwardProtocol"].(string)),
		"proxy.delta.client.bytes_sent":     num("SentBytes"),
		"proxy.delta.client.bytes_received": num("ReceivedBytes"),
	}
	if netip.MustParseAddr(e["ClientRealIP"].(string)).Is6() {
		a["network.type"] = "ipv6"
	}
	if id, ok := e["SessionID"]; ok {
		a["proxy.session.id"] = id
	}
	if region := e["ClientRegion"]; region != "-" {
		a["geo.country.iso_code"] = region
	}
	r := explain.Record{
		Timestamp: iso(logged), Event: "proxy.session.progress", Severity: "INFO", Body: line, Attributes: a,
		Resource: map[string]any{"service.name": "edgeone", "cloud.provider": "tencent_cloud"},
	}
	end := logged
	if e["DisconnetReason"] != "-" {
		end = moment(t, e["DisconnetTimeStamp"])
		r.Event, r.Timestamp = "proxy.session.end", iso(end)
		direction, reason, _ := strings.Cut(e["DisconnetReason"].(string), ":")
		reason = strings.TrimSpace(reason)
		a["edgeone.disconnect.reason"] = reason
		a["proxy.ended_by"] = map[string]string{"up": "upstream", "down": "client"}[direction]
		a["proxy.outcome"] = "success"
		if s := severities[reason]; s != "" {
			r.Severity = s
			a["proxy.outcome"], a["error.type"] = "failure", reason
		}
	}
	a["proxy.duration"] = end.Sub(connect).Seconds()
	return r
}

// TestCorpus holds every record against what encoding/json makes of the same line.
func TestCorpus(t *testing.T) {
	samples := map[string]int{ // lines of entries.jsonl and entries.clean.jsonl
		"main": 2710 + 2578, "small": 24 + 25, "jsonl_ms": 667 + 653, "oldver_no_session_id": 777 + 753, "sampled": 570 + 909, "perfect": 341 + 341,
	}
	for sample, want := range samples {
		t.Run(sample, func(t *testing.T) {
			dir := formattest.Corpus(t, "edgeone/samples/"+sample)
			n := 0
			auto := config()
			auto.Format = "auto"
			n += checkOracle(t, config(), filepath.Join(dir, "entries.jsonl"))
			n += checkOracle(t, auto, filepath.Join(dir, "entries.clean.jsonl"))
			if n != want {
				t.Errorf("%d records, want %d", n, want)
			}
		})
	}
}

// checkOracle compares the records of a capture of one entry a line with the oracle's and returns how many there are.
func checkOracle(t *testing.T, cfg decode.Config, path string) int {
	t.Helper()
	lines := formattest.Lines(t, path)
	got := read(t, cfg, lines...)
	if len(got) != len(lines) {
		t.Fatalf("%d entries of %d lines", len(got), len(lines))
	}
	for i, g := range got {
		if g.Error != nil {
			t.Fatalf("line %d: %+v", i+1, g.Error)
		}
		if diff := cmp.Diff(oracle(t, lines[i]), *g.Record, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Fatalf("line %d (-want +got):\n%s", i+1, diff)
		}
	}
	return len(lines)
}

// TestTruth adds up the records of each session, duplicates aside, and compares with what the generator delivered.
func TestTruth(t *testing.T) {
	for _, sample := range []string{"main", "small", "jsonl_ms", "sampled", "perfect"} {
		t.Run(sample, func(t *testing.T) {
			dir := formattest.Corpus(t, "edgeone/samples/"+sample)
			type part struct{ id, log, reason, sent, received any }
			seen := map[part]bool{}
			sent, received := map[string]int64{}, map[string]int64{}
			for _, e := range read(t, config(), formattest.Lines(t, filepath.Join(dir, "entries.jsonl"))...) {
				a := e.Record.Attributes
				p := part{a["proxy.session.id"], a["edgeone.log.time"], a["edgeone.disconnect.reason"], a["proxy.delta.client.bytes_sent"], a["proxy.delta.client.bytes_received"]}
				if seen[p] {
					continue
				}
				seen[p] = true
				sent[p.id.(string)] += p.sent.(int64)
				received[p.id.(string)] += p.received.(int64)
			}
			n := 0
			for _, l := range formattest.Lines(t, filepath.Join(dir, "truth.jsonl")) {
				var truth struct {
					ID       string `json:"session_id"`
					Sent     int64  `json:"observable_client_to_edge_bytes"`
					Received int64  `json:"observable_edge_to_client_bytes"`
				}
				if err := json.Unmarshal([]byte(l), &truth); err != nil {
					t.Fatal(err)
				}
				if sent[truth.ID] != truth.Sent || received[truth.ID] != truth.Received {
					t.Errorf("session %s: %d and %d bytes, want %d and %d", truth.ID, sent[truth.ID], received[truth.ID], truth.Sent, truth.Received)
				}
				n++
			}
			if n < 10 {
				t.Errorf("only %d sessions", n)
			}
		})
	}
}

// TestTestdata reads the bundled captures; the expected records were made by an independent script.
func TestTestdata(t *testing.T) {
	files, err := filepath.Glob(formattest.Testdata("edgeone/ok/*.log"))
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := read(t, config(), formattest.Lines(t, file)...)
			want := formattest.Lines(t, strings.TrimSuffix(file, ".log")+".expected.jsonl")
			if len(got) != len(want) {
				t.Fatalf("%d entries, want %d", len(got), len(want))
			}
			for i := range got {
				compareExpected(t, i, got[i], want[i])
			}
		})
	}
}

// TestRejects reads captures of which each line is rejected; the file beside it says with which reason.
func TestRejects(t *testing.T) {
	files, err := filepath.Glob(formattest.Testdata("edgeone/reject/*.log"))
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	for _, file := range files {
		got := read(t, config(), formattest.Lines(t, file)...)
		want := formattest.Lines(t, strings.TrimSuffix(file, ".log")+".expected.jsonl")
		if len(got) != len(want) {
			t.Fatalf("%d entries, want %d", len(got), len(want))
		}
		for i := range got {
			compareExpected(t, i, got[i], want[i])
		}
	}
}

func compareExpected(t *testing.T, i int, got explain.Entry, line string) {
	t.Helper()
	var want struct {
		Record *explain.Record `json:"record"`
		Error  *explain.Error  `json:"error"`
	}
	if err := json.Unmarshal([]byte(line), &want); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(struct {
		Record *explain.Record `json:"record"`
		Error  *explain.Error  `json:"error"`
	}{got.Record, got.Error})
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		Record *explain.Record `json:"record"`
		Error  *explain.Error  `json:"error"`
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	opts := []cmp.Option{cmpopts.EquateApprox(0, 1e-9), cmpopts.IgnoreFields(explain.Record{}, "Body"), cmpopts.IgnoreFields(explain.Error{}, "Expected", "Dialect")}
	if diff := cmp.Diff(want, g, opts...); diff != "" {
		t.Errorf("entry %d (-want +got):\n%s", i+1, diff)
	}
}

func BenchmarkParse(b *testing.B) {
	lines := strings.Split(strings.TrimSpace(string(formattest.Read(b, formattest.Testdata("edgeone/ok/entries.log")))), "\n")
	formattest.Bench(b, config(), lines)
}

func FuzzLine(f *testing.F) { formattest.Fuzz(f, config(), formattest.Seeds(f, "edgeone")) }
