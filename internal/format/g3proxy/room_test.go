// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func config() decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = "g3proxy"
	return cfg
}

func auto() decode.Config { return decode.NewConfig() }

// captures are the corpus' runs over the transports of this room, the folder of each with its files and how many lines
// they have; decoded.jsonl is what an independent decoder read of them.
var captures = []struct {
	folder, dialect string
	files           map[string]int
}{
	{"rfc3164", "rfc3164", map[string]int{"task": 609, "escape": 17, "resolve": 62, "audit": 23}},
	{"rfc5424", "rfc5424", map[string]int{"task": 609, "escape": 17, "resolve": 62, "audit": 23}},
	{"cee3164", "cee", map[string]int{"task": 611, "escape": 17, "resolve": 62, "audit": 23}},
	{"cee5424", "cee", map[string]int{"task": 615, "escape": 17, "resolve": 62, "audit": 23}},
	{"escapes-rfc3164", "rfc3164", map[string]int{"all": 27}},
	{"escapes-rfc5424", "rfc5424", map[string]int{"all": 27}},
	{"escapes-cee3164", "cee", map[string]int{"all": 27}},
	{"shutdown-cee3164-sigterm", "cee", map[string]int{"task": 29, "escape": 1}},
	{"shutdown-rfc5424-sigkill", "rfc5424", map[string]int{"task": 15, "escape": 1}},
}

// TestCorpus holds every key, value and attribute of every line against the independent decoder.
func TestCorpus(t *testing.T) {
	for _, c := range captures {
		t.Run(c.folder, func(t *testing.T) {
			want := readDecoded(t, formattest.Corpus(t, "g3proxy/"+c.folder+"/decoded.jsonl"))
			for file, n := range c.files {
				log := formattest.Read(t, formattest.Corpus(t, "g3proxy/"+c.folder+"/"+file+".log"))
				if len(want[file]) != n {
					t.Fatalf("%s: the oracle has %d lines, want %d", file, len(want[file]), n)
				}
				for _, cfg := range []decode.Config{config(), auto()} {
					compare(t, file, c.dialect, formattest.Explain(t, cfg, log), want[file])
				}
			}
		})
	}
}

// TestDevlog reads the datagrams that g3proxy sends to /dev/log by default, each behind its length in the capture: five
// of tasks, one of an escaper, two of a resolver.
func TestDevlog(t *testing.T) {
	for _, cfg := range []decode.Config{config(), auto()} {
		logs := map[any]int{}
		for i, text := range formattest.Datagrams(t, formattest.Corpus(t, "g3proxy/syslog-default-devlog/all.raw")) {
			lr, _ := formattest.Record(t, cfg, text)
			a := lr.Attributes().AsRaw()
			if a["proxy.type"] != "g3proxy" || lr.EventName() == "" || (a["proxy.session.id"] == nil) != (a["g3proxy.log_type"] == "Resolve") {
				t.Errorf("datagram %d: %v", i, a)
			}
			logs[a["g3proxy.log_type"]]++
		}
		if diff := cmp.Diff(map[any]int{"Task": 5, "Escape": 1, "Resolve": 2}, logs); diff != "" {
			t.Errorf("logs (-want +got):\n%s", diff)
		}
	}
}

// samples are captures of the repository: whole tasks with the entries of the other logs that belong to them.
var samples = []string{"rfc3164", "rfc5424", "cee3164", "cee5424", "escapes"}

// TestTestdata does the same with the captures that are part of the repository.
func TestTestdata(t *testing.T) {
	for _, name := range samples {
		want := readDecoded(t, formattest.Testdata("g3proxy/ok/"+name+".expected.jsonl"))
		got := formattest.Explain(t, config(), formattest.Read(t, formattest.Testdata("g3proxy/ok/"+name+".log")))
		compare(t, name, "", got, want[name])
	}
}

// Seeds for the fuzzers: one line of each kind per transport, and hostile ones.
var seeds = []string{
	`<29>Nov 21 23:45:11 g3proxy[13611]: idle after 2s x 4, server_name="socks-main", server_type="SocksProxy", pid=13611, log_type="Task", daemon_name="", total_time="10.007s", reason="Idle", upstream="script.ok.test:18001", client_addr="127.0.0.1:37126", user="o\'b\u{a0}\"]", start_at="2026-11-21T23:45:01.610544Z", stage="Relaying", task_event="Finished", task_id="918925e7e60511f199b7b5f191b3bc75", task_type="TcpConnect"`,
	`<29>1 2026-11-21T23:45:02.322992Z vm g3proxy 13557 g3escape [g3proxy@32473 escaper_name="direct" escaper_type="DirectFixed" pid="13557" log_type="Escape" daemon_name="a\]b" reason="ConnectFailed" tcp_connect_spend="3.677ms" tcp_connect_tries="1" next_peer_addr="[::1]:18077" upstream="multi.ok.test:18077" task_id="91f30626e60511f19ec2cb2254a4e4d5" escape_type="TcpConnect"] connect failed: connection refused`,
	`<29>1 2026-11-21T23:46:02.495703Z - g3proxy 15634 cee @cee:{"auditor_name":"aud","pid":15634,"log_type":"Intercept","daemon_name":"","dur_rsp_recv_all":"969.956µs","rsp_status":201,"host":"tls.ok.test:18002","uri":"/post?tid=1","method":"POST","received_at":"2026-11-21T23:46:02.494709Z","depth":2,"task_id":"b5cfcc34e60511f1bece6796d0a4276b","intercept_type":"HttpForward","new_key":1.5,"msg":"ok"}`,
	`<29>Nov 21 23:45:02 g3proxy[1]: @cee:{"resolver_name":"r","pid":1,"log_type":"Resolve","domain":"q'u\"o.nx.test","error_subtype":"NOTFOUND","error_type":"ServerError","duration":"1.690ms","query_type":"A","msg":"\u0001"}`,
	`<30>Nov 21 23:45:02 g3proxy[1]: loaded config`,
	`g3proxy[1]: , server_name="`,
}

func FuzzLine(f *testing.F) { formattest.Fuzz(f, config(), seeds) }

func FuzzAuto(f *testing.F) { formattest.Fuzz(f, auto(), seeds) }

// TestAllocs leaves the escapes out: undoing them is one allocation for each value.
func TestAllocs(t *testing.T) {
	for _, name := range []string{"rfc3164", "rfc5424", "cee3164"} {
		for i, l := range formattest.Lines(t, formattest.Testdata("g3proxy/ok/"+name+".log")) {
			if i%5 == 0 && !strings.Contains(l, `\`) {
				formattest.Allocs(t, config(), l)
			}
		}
	}
}

func BenchmarkRFC3164(b *testing.B) { bench(b, "rfc3164") }
func BenchmarkRFC5424(b *testing.B) { bench(b, "rfc5424") }
func BenchmarkCEE(b *testing.B)     { bench(b, "cee3164") }

func bench(b *testing.B, name string) {
	b.Helper()
	formattest.Bench(b, config(), formattest.Lines(b, formattest.Testdata("g3proxy/ok/"+name+".log")))
}
