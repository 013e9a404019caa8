// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/record"
)

// orders are a log as it was written, shuffled, and shuffled with repetitions.
func orders(lines []string) map[string][]string {
	rng := rand.New(rand.NewPCG(7, uint64(len(lines))))
	mixed := slices.Clone(lines)
	rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	twice := append(slices.Clone(lines), mixed...)
	rng.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
	return map[string][]string{"as written": lines, "shuffled": mixed, "twice, shuffled": twice}
}

func readLines(t *testing.T, path string) []string {
	t.Helper()
	return strings.Split(strings.TrimRight(string(formattest.Read(t, path)), "\n"), "\n")
}

func integer(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	require.NoError(t, err)
	return n
}

// made is what a test made of a session, or what the stitcher says of it.
type made struct {
	Received int64
	Parts    int64
	Complete bool
	Duration string
	Extra    string
}

// TestHAProxyLogasap adds to each real line of option logasap the final line that a log-profile gives the same
// connection, with totals that the test chooses. The final line's hold, in any order.
func TestHAProxyLogasap(t *testing.T) {
	for _, capture := range []string{"v2.6/tcplog_logasap.log", "v1.7/v17_tcplog_logasap.log"} {
		asap := regexp.MustCompile(`^(.*: )(\S+) (\[[^\]]+\] \S+) (\S+ -?\d+/-?\d+)/\+(\d+) \+(\d+) (.*)$`)
		rng := rand.New(rand.NewPCG(1, 2))
		want := map[string]made{}
		var lines []string
		for _, l := range readLines(t, formattest.Corpus(t, "haproxy/"+capture)) {
			m := asap.FindStringSubmatch(l)
			if len(m) == 0 || strings.HasPrefix(m[2], "unix:") {
				continue
			}
			lines = append(lines, l)
			id := m[2] + " " + m[3]
			if len(lines)%5 == 0 { // still open: only the lower bound is known
				want[id] = made{Received: integer(t, m[6]), Parts: 1, Duration: seconds(integer(t, m[5]))}
				continue
			}
			total, bytes := integer(t, m[5])+rng.Int64N(90_000), integer(t, m[6])+rng.Int64N(1<<33)
			lines = append(lines, fmt.Sprintf("%s%s %s %s/%d %d %s", m[1], m[2], m[3], m[4], total, bytes, m[7]))
			want[id] = made{Received: bytes, Parts: 2, Complete: true, Duration: seconds(total)}
		}
		require.Greater(t, len(want), 20)
		cfg := decode.NewConfig()
		cfg.Format, cfg.Formats.HAProxy.Timezone = "haproxy", "UTC"
		for name, lines := range orders(lines) {
			t.Run(capture+"/"+name, func(t *testing.T) {
				got := map[string]made{}
				for _, lr := range stitch(t, nil, read(t, cfg, lines)) {
					require.Equal(t, record.SessionEnd, lr.EventName())
					body := socketOf(lr)
					_, twice := got[body]
					require.False(t, twice, "one record a connection: %s", body)
					got[body] = madeOf(lr)
				}
				require.Len(t, got, len(want))
				for id, w := range want {
					socket, _, _ := strings.Cut(id, " ")
					start := regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`).FindString(id)
					assert.Equal(t, w, got[socket+" "+start], id)
				}
			})
		}
	}
}

// socketOf names a connection by its client's socket and the time of day at which it began.
func socketOf(lr plog.LogRecord) string {
	start := word(lr, attr.ProxyStartTime)
	return fmt.Sprintf("%s:%s %s", word(lr, attr.ClientAddress), word(lr, attr.ClientPort), start[11:23])
}

func madeOf(lr plog.LogRecord) made {
	d, _ := lr.Attributes().Get(attr.ProxyDuration)
	return made{
		Received: number(lr, attr.ProxyClientBytesReceived), Parts: number(lr, attr.ProxySessionParts),
		Complete: word(lr, attr.ProxySessionComplete) == "true", Duration: fmt.Sprintf("%.3f", d.Double()),
	}
}

func seconds(ms int64) string { return fmt.Sprintf("%.3f", float64(ms)/1e3) }

// TestHAProxySteps has requests that log a line at every step (log-steps, 3.1), several of one connection within a
// millisecond, told apart by their unique id; with the origin in the format, and with the line of the last step alone.
func TestHAProxySteps(t *testing.T) {
	cfg := decode.NewConfig()
	cfg.Format = "haproxy"
	cfg.Formats.HAProxy.Timezone = "UTC"
	cfg.Formats.HAProxy.LogFormat = []string{`log-format "%ID %OG %ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %U %tsc %{+Q}r"`}
	rng := rand.New(rand.NewPCG(3, 4))
	want := map[string]made{}
	var lines []string
	for i := range 40 {
		id := fmt.Sprintf("7F000001:%04X_7F000001:01BB_6740%04X_%04X:1A2B", 40000+i/4, i, i)
		at := "[21/Nov/2026:23:36:50.847]"
		line := func(origin, server, times string, status, received, sent int64, state string) {
			lines = append(lines, fmt.Sprintf(`%s %s 198.51.100.7:%d %s web app/%s %s %d %d %d %s "GET /%d HTTP/2.0"`,
				id, origin, 40000+i/4, at, server, times, status, received, sent, state, i))
		}
		total, received := int64(20+rng.IntN(5000)), 300+rng.Int64N(1<<32)
		line("txn_accept", "<NOSRV>", "-1/-1/-1/-1/0", -1, 0, 0, "----")
		line("txn_request", "<NOSRV>", "2/-1/-1/-1/2", -1, 0, 180, "----")
		line("txn_connect", "s1", "2/0/1/-1/4", -1, 0, 180, "----")
		line("txn_response", "s1", "2/0/1/9/13", 200, 240, 180, "----")
		if i%7 == 0 {
			want[id] = made{Received: 240, Parts: 4, Duration: seconds(13), Extra: "200"}
			continue
		}
		line("txn_close", "s1", fmt.Sprintf("2/0/1/9/%d", total), 200, received, 180, "----")
		want[id] = made{Received: received, Parts: 5, Complete: true, Duration: seconds(total), Extra: "200"}
	}
	for name, lines := range orders(lines) {
		t.Run(name, func(t *testing.T) {
			got := map[string]made{}
			for _, lr := range stitch(t, nil, read(t, cfg, lines)) {
				m := madeOf(lr)
				m.Extra = word(lr, attr.HTTPResponseStatusCode)
				assert.EqualValues(t, 180, number(lr, attr.ProxyClientBytesSent))
				got[word(lr, attr.HaproxyUniqueID)] = m
			}
			assert.Equal(t, want, got)
		})
	}
}

// TestHAProxyRequestsWithoutIDPass as they came: nothing tells two of one connection apart.
func TestHAProxyRequestsWithoutIDPass(t *testing.T) {
	cfg := decode.NewConfig()
	cfg.Format = "haproxy"
	lines := readLines(t, formattest.Testdata("haproxy/ok/httplog_captures_rfc3164.log"))
	batches := read(t, cfg, lines)
	want := map[string]int{}
	for _, b := range batches {
		for _, rl := range b.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					want[lr.EventName()+lr.Body().AsString()]++
				}
			}
		}
	}
	got := map[string]int{}
	for _, lr := range stitch(t, nil, batches) {
		got[lr.EventName()+lr.Body().AsString()]++
	}
	assert.Equal(t, want, got)
}

// TestSquidMasterTransactions gives the real lines of access.log that log %master_xaction the ICAP transactions of a
// format that logs it too, as the reference describes them: none, one, several, retried; and OPTIONS, which pass.
func TestSquidMasterTransactions(t *testing.T) {
	cfg := decode.NewConfig()
	cfg.Format = "squid"
	directive := string(formattest.Read(t, formattest.Corpus(t, "squid/access_codes.directive")))
	directive, _, _ = strings.Cut(directive, "\n")
	cfg.Formats.Squid.Timezone = "UTC"
	cfg.Formats.Squid.Logformat = []string{
		directive,
		`logformat icap_mx %ts.%03tu %icap::tr %>a %icap::to/%03icap::Hs %icap::<st %icap::rm %icap::ru %icap::<service_name %master_xaction`,
	}
	access := regexp.MustCompile(`^\d+ (\d+)\.(\d{3}) .* (127\.0\.0\.\d+):\d+ .* <st=(\d+) .* (\d+) \[[^\]]*\] \[[^\]]*\] \S+$`)
	rng := rand.New(rand.NewPCG(5, 6))
	outcomes := []string{"ICAP_ECHO", "ICAP_MOD", "ICAP_ERR_OTHER", "ICAP_ERR_RACE"}
	want := map[string]made{}
	var lines []string
	options := 0
	for _, l := range readLines(t, formattest.Corpus(t, "squid/access_codes.log")) {
		m := access.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		client := regexp.MustCompile(`\| \S+ (\S+):\d+ `).FindStringSubmatch(l)
		require.NotNil(t, client, l)
		lines = append(lines, l)
		w := made{Received: integer(t, m[4]), Parts: 1, Complete: true}
		used := map[string]bool{}
		n := rng.IntN(4)
		for i := range n {
			outcome := outcomes[rng.IntN(len(outcomes))]
			used[outcome] = true
			lines = append(lines, fmt.Sprintf("%s.%03d %d %s %s/204 107 REQMOD icap://127.0.0.1:1344/reqmod svc_%d %s", m[1], i, 3+i, client[1], outcome, i, m[5]))
		}
		if n == 0 && options < 3 {
			options++
			lines = append(lines, fmt.Sprintf("%s.000 1 - ICAP_OPT/200 203 OPTIONS icap://127.0.0.1:1344/reqmod svc_0 %d", m[1], 1_000_000+options))
		}
		w.Parts += int64(n)
		w.Duration = fmt.Sprint(n)
		var list []string
		for o := range used {
			list = append(list, `"`+o+`"`)
		}
		slices.Sort(list)
		w.Extra = strings.Join(list, ",")
		want[m[5]] = w
	}
	require.Greater(t, len(want), 50)
	for name, lines := range orders(lines) {
		t.Run(name, func(t *testing.T) {
			got := map[string]made{}
			passed := 0
			for _, lr := range stitch(t, nil, read(t, cfg, lines)) {
				if lr.EventName() != record.SessionEnd {
					assert.Equal(t, "OPTIONS", word(lr, attr.SquidIcapMethod), lr.Body().AsString())
					passed++
					continue
				}
				m := madeOf(lr)
				m.Duration = fmt.Sprint(number(lr, attr.SquidIcapCount))
				m.Extra = strings.Trim(word(lr, attr.SquidIcapOutcomes), "[]")
				got[word(lr, attr.SquidMasterXaction)] = m
				// What access.log says holds; an ICAP transaction's values stand beside it.
				assert.NotEmpty(t, word(lr, attr.SquidResultCode))
				assert.Equal(t, m.Duration != "0", word(lr, attr.SquidIcapURL) != "")
			}
			assert.Equal(t, want, got)
			assert.Positive(t, passed)
		})
	}
}

// TestG3proxyLinks wants the tasks of chained proxies to name the connection that they share, as the sockets that the
// independent decoder read say, and no other tasks to.
func TestG3proxyLinks(t *testing.T) {
	for _, set := range []string{"rfc5424", "cee3164"} {
		dir := formattest.Corpus(t, "g3proxy/"+set)
		type ends struct{ first, second map[string]bool }
		link := func(all map[string]*ends, socket, task string, first bool) {
			e := all[socket]
			if e == nil {
				e = &ends{map[string]bool{}, map[string]bool{}}
				all[socket] = e
			}
			if first {
				e.first[task] = true
			} else {
				e.second[task] = true
			}
		}
		chains := func(all map[string]*ends) map[string]string {
			out := map[string]string{}
			for socket, e := range all {
				if len(e.first) > 0 && len(e.second) > 0 {
					out[socket] = fmt.Sprint(e.first, e.second)
				}
			}
			return out
		}
		want := map[string]*ends{}
		for _, e := range truth[struct {
			Log    string `json:"log_type"`
			Task   string `json:"task_id"`
			Bound  string `json:"next_bound_addr"`
			Peer   string `json:"next_peer_addr"`
			Client string `json:"client_addr"`
			Server string `json:"server_addr"`
		}](t, dir+"/decoded.jsonl") {
			if e.Log == "Task" && e.Bound != "" && e.Peer != "" {
				link(want, e.Bound+">"+e.Peer, e.Task, true)
			}
			if e.Log == "Task" && e.Client != "" && e.Server != "" {
				link(want, e.Client+">"+e.Server, e.Task, false)
			}
		}
		cfg := decode.NewConfig()
		cfg.Format = "g3proxy"
		lines := readLines(t, dir+"/task.log")
		got := map[string]*ends{}
		for _, lr := range stitch(t, map[string]any{"models": map[string]any{"g3proxy": map[string]any{"links": true}}}, read(t, cfg, lines)) {
			id := word(lr, attr.ProxySessionID)
			link(got, word(lr, attr.G3proxyLinkUpstream), id, true)
			link(got, word(lr, attr.G3proxyLinkClient), id, false)
		}
		delete(got, "")
		require.Greater(t, len(chains(want)), 5)
		assert.Equal(t, chains(want), chains(got))
		for _, lr := range stitch(t, nil, read(t, cfg, lines)) {
			require.Empty(t, word(lr, attr.G3proxyLinkClient), "only where it is asked for")
		}
	}
}

// TestEnvoySessions wants of each session what its line with the greatest totals says: TCP, HTTP with periodic lines and
// tunnels, attempts at upstreams, UDP. The oracle reads the lines as JSON.
func TestEnvoySessions(t *testing.T) {
	for _, file := range []string{"tcp/ext_json", "periodic/ext_json", "periodic/upstream_json", "udp_json"} {
		path := formattest.Corpus(t, "envoy") + "/" + file
		cfg := decode.NewConfig()
		cfg.Format = "envoy"
		cfg.Formats.Envoy.Format = []string{string(formattest.Read(t, path+".directive"))}
		var lines []string
		type session struct{ parts, received, sent int64 }
		sessions := map[string]session{}
		ended := map[string]bool{}
		for _, l := range readLines(t, path+".log") {
			var e map[string]any
			dec := json.NewDecoder(strings.NewReader(l))
			dec.UseNumber()
			require.NoError(t, dec.Decode(&e))
			kind := fmt.Sprint(e["type"])
			if kind == "NotSet" {
				continue
			}
			lines = append(lines, l)
			key := fmt.Sprint(kind[:3], e["start_time"], e["stream_id"], e["request_id"], e["connection_id"], e["down_remote"])
			if kind[:3] == "Ups" {
				key += fmt.Sprint(e["upstream_local"])
			}
			s := sessions[key]
			s.parts++
			s.received = max(s.received, integer(t, fmt.Sprint(e["bytes_received"])))
			s.sent = max(s.sent, integer(t, fmt.Sprint(e["bytes_sent"])))
			sessions[key] = s
			ended[key] = ended[key] || strings.HasSuffix(kind, "End")
		}
		want := map[string]int{}
		several := 0
		for k, s := range sessions {
			want[fmt.Sprint(s, ended[k])]++
			if s.parts > 1 {
				several++
			}
		}
		require.Positive(t, several)
		for name, lines := range orders(lines) {
			t.Run(file+"/"+name, func(t *testing.T) {
				got := map[string]int{}
				for _, lr := range stitch(t, nil, read(t, cfg, lines)) {
					s := session{parts: number(lr, attr.ProxySessionParts)}
					// In lines about an upstream the directions are Envoy's towards it.
					s.received = number(lr, attr.ProxyClientBytesSent) + number(lr, attr.ProxyUpstreamBytesSent)
					s.sent = number(lr, attr.ProxyClientBytesReceived) + number(lr, attr.ProxyUpstreamBytesReceived)
					got[fmt.Sprint(s, word(lr, attr.ProxySessionComplete) == "true")]++
				}
				assert.Equal(t, want, got)
			})
		}
	}
}
