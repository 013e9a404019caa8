// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/msgpack"
)

// captured are the repository's captures, one line a record.
var captured = []string{
	"haproxy/ok/tcplog_rfc3164.log", "haproxy/ok/httplog_captures_rfc3164.log", "haproxy/ok/httplog_rfc5424.log",
	"squid/ok/squid.log", "squid/ok/icap_squid.log", "squid/ok/icap_squid_syslog.log",
	"envoy/ok/default.log", "envoy/ok/gdc.log", "g3proxy/ok/rfc3164.log", "g3proxy/ok/cee5424.log", "edgeone/ok/entries.log",
}

const stamp = "2026-11-21T23:59:59.269111123Z"

// wrappings write a line as runtimes do; with pieces of at most so many bytes, 0 for whole lines.
var wrappings = map[string]func(text, stream string, piece int) []string{
	"cri": func(text, stream string, piece int) []string {
		var out []string
		for piece > 0 && len(text) > piece {
			out, text = append(out, stamp+" "+stream+" P "+text[:piece]), text[piece:]
		}
		return append(out, stamp+" "+stream+" F "+text)
	},
	"docker": func(text, stream string, piece int) []string {
		var out []string
		line := func(s string) {
			out = append(out, fmt.Sprintf(`{"log":%s,"stream":%q,"time":%q}`, msgpack.AppendText(nil, s), stream, stamp))
		}
		for piece > 0 && len(text) > piece {
			line(text[:piece])
			text = text[piece:]
		}
		line(text + "\n")
		return out
	},
	"journald": func(text, _ string, _ int) []string {
		message := msgpack.AppendText(nil, text)
		if !utf8.ValidString(text) {
			message = fmt.Appendf(nil, "%v", []byte(text))
			message = bytes.ReplaceAll(message, []byte(" "), []byte(","))
		}
		return []string{fmt.Sprintf(`{"MESSAGE":%s,"_TRANSPORT":"stdout","__REALTIME_TIMESTAMP":"1795305599269111"}`, message)}
	},
}

// records reads lines and lists their records, each without what the wrapping adds.
func records(t *testing.T, cfg decode.Config, lines []string) []*explain.Record {
	t.Helper()
	d := formattest.Decoder(t, cfg)
	src, b := d.NewSource("s"), d.NewBatch()
	var out []*explain.Record
	for _, l := range lines {
		src.Decode(b, decode.Line{Text: l, Observed: formattest.Observed})
		logs, stats := b.Take()
		for f := range decode.NumFormats {
			if stats.Rejected[f] > 0 {
				t.Fatalf("rejected: %v: %s", stats.Rejects[f], l)
			}
		}
		for _, r := range explain.Records(logs) {
			delete(r.Attributes, "log.iostream")
			out = append(out, r)
		}
	}
	return out
}

// TestWrapped wants the records of wrapped lines to be those of the lines, under auto and by name, whole and in pieces.
func TestWrapped(t *testing.T) {
	for _, file := range captured {
		lines := formattest.Lines(t, formattest.Testdata(file))
		plain := decode.NewConfig()
		want := records(t, plain, lines)
		for name, wrap := range wrappings {
			for _, piece := range []int{0, 100} {
				for _, mode := range []string{"auto", name} {
					cfg := decode.NewConfig()
					cfg.Envelope = mode
					if mode != "auto" {
						cfg.Format, _, _ = strings.Cut(file, "/")
					}
					var wrapped []string
					for _, l := range lines {
						wrapped = append(wrapped, wrap(l, "stdout", piece)...)
					}
					if diff := cmp.Diff(want, records(t, cfg, wrapped)); diff != "" {
						t.Errorf("%s in %s, pieces of %d, envelope %s (-want +got):\n%.2000s", file, name, piece, mode, diff)
					}
				}
			}
		}
	}
}

// TestStreams mixes the pieces of two streams; each line says which one it is from.
func TestStreams(t *testing.T) {
	for _, name := range []string{"cri", "docker"} {
		a := wrappings[name](tcp, "stdout", 30)
		b := wrappings[name](task, "stderr", 100)
		var mixed []string
		for i := range max(len(a), len(b)) {
			mixed = append(mixed, a[i:min(i+1, len(a))]...)
			mixed = append(mixed, b[min(i, len(b)):min(i+1, len(b))]...)
		}
		d := decoder(t, nil, decode.Settings{})
		src, batch := d.NewSource("s"), d.NewBatch()
		for _, l := range mixed {
			src.Decode(batch, at(l))
		}
		logs, stats := batch.Take()
		got := map[any]any{}
		for _, r := range explain.Records(logs) {
			got[r.Attributes["log.iostream"]] = r.Body
		}
		if diff := cmp.Diff(map[any]any{"stdout": tcp, "stderr": task}, got); diff != "" || len(mixed) != len(a)+len(b) {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
		lines := int64(0)
		for f := range decode.NumFormats {
			lines += stats.Parsed[f]
		}
		if lines != 2 {
			t.Errorf("%s: %d lines are counted, want 2", name, lines)
		}
	}
}

// TestReadAgain reads a batch of pieces twice, as after a refusal: the line is whole both times.
func TestReadAgain(t *testing.T) {
	lines := wrappings["cri"](tcp, "stdout", 30)
	d := decoder(t, nil, decode.Settings{})
	src, b := d.NewSource("s"), d.NewBatch()
	src.Mark()
	src.Decode(b, at(lines[0]))
	src.Mark()
	for range 3 {
		src.Rewind()
		for _, l := range lines[1:] {
			src.Decode(b, at(l))
		}
		logs, _ := b.Take()
		if r := explain.Records(logs); len(r) != 1 || r[0].Body != tcp {
			t.Fatalf("%v", r)
		}
	}
}

// TestPieceLimit cuts what is joined at the limit and keeps its beginning; what never ends is kept by Flush.
func TestPieceLimit(t *testing.T) {
	d := decoder(t, nil, decode.Settings{MaxLineBytes: 100})
	src, b := d.NewSource("s"), d.NewBatch()
	for _, l := range wrappings["cri"](strings.Repeat("x", 300), "stdout", 40) {
		src.Decode(b, at(l))
	}
	src.Decode(b, at(wrappings["cri"]("a line that has no end", "stderr", 10)[0]))
	src.Flush(b, at("").Observed)
	src.Flush(b, at("").Observed)
	logs, stats := b.Take()
	var got []string
	for _, r := range explain.Records(logs) {
		got = append(got, fmt.Sprint(r.Attributes["proxylog.error.type"], " ", r.Attributes["log.iostream"], " ", r.Body))
	}
	if diff := cmp.Diff([]string{"oversize stdout " + strings.Repeat("x", 100), "truncated stderr a line tha"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if stats.Oversize[decode.Unknown] != 1 || stats.Rejected[decode.Unknown] != 1 {
		t.Errorf("%+v", stats)
	}
}

// TestEmptyInside counts an empty line of a container as empty, and keeps a wrapping that cannot be read.
func TestEmptyInside(t *testing.T) {
	d := decoder(t, nil, decode.Settings{})
	src, b := d.NewSource("s"), d.NewBatch()
	src.Decode(b, at(stamp+" stdout F  "))
	src.Decode(b, at(`{"log":"\n","stream":"stdout","time":"`+stamp+`"}`))
	broken := `{"log":"x\n","stream":"stdout","time":`
	src.Decode(b, at(broken))
	logs, stats := b.Take()
	r := explain.Records(logs)
	if stats.Empty[decode.Unknown] != 2 || len(r) != 1 || r[0].Body != broken || r[0].Attributes["proxylog.error.type"] != "truncated" {
		t.Errorf("%+v, %v", stats.Empty, r)
	}
}

// TestPod takes the pod's names from the path of its log.
func TestPod(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for path, want := range map[string]map[string]any{
		"/var/log/pods/edge_lb-7d9-x2_3f1c/haproxy/4.log": {
			"k8s.namespace.name": "edge", "k8s.pod.name": "lb-7d9-x2", "k8s.pod.uid": "3f1c", "k8s.container.name": "haproxy", "k8s.container.restart_count": int64(4),
		},
		"/var/log/pods/edge_lb-7d9-x2_3f1c/haproxy/0.log.20261121-234502": {
			"k8s.namespace.name": "edge", "k8s.pod.name": "lb-7d9-x2", "k8s.pod.uid": "3f1c", "k8s.container.name": "haproxy", "k8s.container.restart_count": int64(0),
		},
		"/var/log/containers/lb-7d9-x2_edge_my-proxy-" + id + ".log": {
			"k8s.namespace.name": "edge", "k8s.pod.name": "lb-7d9-x2", "k8s.container.name": "my-proxy", "container.id": id,
		},
		"/var/lib/docker/containers/" + id + "/" + id + "-json.log": {"container.id": id},
		"/var/log/pods/edge_lb/haproxy/0.log":                       {},
		"/var/log/containers/a_b_c-d.log":                           {},
		"/var/log/haproxy.log":                                      {},
		"udp 192.0.2.1:514":                                         {},
	} {
		for mode, found := range map[string]bool{"auto": true, "cri": true, "syslog": false, "none": false} {
			d := decoder(t, func(c *decode.Config) { c.Envelope = mode }, decode.Settings{})
			src, b := d.NewSource(path), d.NewBatch()
			src.Decode(b, at(icap))
			src.Decode(b, at(nothing))
			logs, _ := b.Take()
			for _, r := range explain.Records(logs) {
				got := map[string]any{}
				for k, v := range r.Resource {
					if strings.HasPrefix(k, "k8s.") || strings.HasPrefix(k, "container.") {
						got[k] = v
					}
				}
				expected := want
				if !found {
					expected = map[string]any{}
				}
				if diff := cmp.Diff(expected, got); diff != "" {
					t.Errorf("%s, %s (-want +got):\n%s", path, mode, diff)
				}
			}
		}
	}
}

// TestModes names them all, and what is none.
func TestModes(t *testing.T) {
	for _, mode := range append(envelope.Modes(), "kubernetes") {
		cfg := decode.NewConfig()
		cfg.Envelope = mode
		if err := cfg.Validate(); (err == nil) != (mode != "kubernetes") {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

// TestJournalSender: what journald says of the sender stands in for the header that it has taken off.
func TestJournalSender(t *testing.T) {
	_, text, _ := strings.Cut(tcp, "]: ")
	line := fmt.Sprintf(`{"MESSAGE":%q,"PRIORITY":"6","SYSLOG_IDENTIFIER":"haproxy","SYSLOG_PID":"4540","_PID":"1","_HOSTNAME":"lb1","__REALTIME_TIMESTAMP":"1795304594700000"}`, text)
	want := records(t, decode.NewConfig(), []string{tcp})
	want[0].Body = text
	if diff := cmp.Diff(want, records(t, decode.NewConfig(), []string{line})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	event := `{"MESSAGE":"Proxy fnt started.","PRIORITY":"5","SYSLOG_IDENTIFIER":"haproxy","_PID":"77","_HOSTNAME":"lb1","__REALTIME_TIMESTAMP":"1795304594700000"}`
	r := records(t, decode.NewConfig(), []string{line, event})[1]
	if r.Event != "proxy.event" || r.Timestamp != "2026-11-21T23:43:14.700000000Z" || r.Resource["process.pid"] != int64(77) || r.Severity != "INFO" {
		t.Errorf("%+v", r)
	}
}

// TestContainerTime: a text without a time has that of the runtime.
func TestContainerTime(t *testing.T) {
	r := records(t, decode.NewConfig(), []string{stamp + " stdout F " + icap, stamp + ` stdout F <5>haproxy[3]: Proxy fnt started.`})
	if r[1].Event != "proxy.event" || r[1].Timestamp != "2026-11-21T23:59:59.269111123Z" {
		t.Errorf("%+v", r[1])
	}
	if r[0].Timestamp != "2026-11-21T23:49:10.095000000Z" {
		t.Errorf("%s", r[0].Timestamp)
	}
}

// TestRepeated makes events of syslogd's own lines, and no record of what they stand for.
func TestRepeated(t *testing.T) {
	for text, want := range map[string]map[string]any{
		"Nov 21 23:43:15 lb1 last message repeated 3 times":                                           {"proxylog.repeated": int64(3), "host.name": "lb1"},
		"<134>Nov 21 23:43:15 last message repeated 12 times":                                         {"proxylog.repeated": int64(12)},
		"Nov 21 23:43:15 lb1 haproxy[4540]: message repeated 2 times: [ 127.0.0.1:1 [x]]":             {"proxylog.repeated": int64(2), "host.name": "lb1", "service.name": "haproxy", "process.pid": int64(4540)},
		"2026-11-21T23:43:15.000000+00:00 lb1 haproxy[4540]: message repeated 2 times: [ some text ]": {"proxylog.repeated": int64(2), "host.name": "lb1", "service.name": "haproxy", "process.pid": int64(4540)},
	} {
		for _, first := range []string{tcp, icap, ""} {
			d := decoder(t, nil, decode.Settings{})
			src, b := d.NewSource("s"), d.NewBatch()
			src.Decode(b, at(first))
			b.Take()
			src.Decode(b, at(text))
			logs, stats := b.Take()
			r := explain.Records(logs)
			if len(r) != 1 || r[0].Event != "proxy.event" || r[0].Timestamp != "2026-11-21T23:43:15.000000000Z" || r[0].Body != text {
				t.Fatalf("%s: %v", text, r)
			}
			got := map[string]any{"proxylog.repeated": r[0].Attributes["proxylog.repeated"]}
			for k, v := range r[0].Resource {
				got[k] = v
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
			parsed := int64(0)
			for f := range decode.NumFormats {
				parsed += stats.Parsed[f]
				if stats.Rejected[f] != 0 {
					t.Errorf("%s is rejected", text)
				}
			}
			if parsed != 1 {
				t.Errorf("%s: counted %d times", text, parsed)
			}
		}
	}
	for _, text := range []string{
		"last message repeated 3 times", "Nov 21 23:43:15 lb1 app: last message repeated 3 times", "Nov 21 23:43:15 lb1 last message repeated x times",
		"Nov 21 23:43:15 lb1 haproxy[4540]: message repeated 2 times", "Nov 21 23:43:15 lb1 some last message repeated 3 times",
	} {
		d := decoder(t, func(c *decode.Config) { c.Format = "squid" }, decode.Settings{})
		src, b := d.NewSource("s"), d.NewBatch()
		src.Decode(b, at(text))
		if _, stats := b.Take(); stats.Rejected[indexOf("squid")] != 1 {
			t.Errorf("%q is taken for a repetition", text)
		}
	}
}

func indexOf(format string) int {
	for i, n := range decode.FormatNames() {
		if n == format {
			return i
		}
	}
	return -1
}

// TestOctal undoes rsyslog's escapes where a line cannot be read with them, and leaves HAProxy's alone.
func TestOctal(t *testing.T) {
	tabs := func(c *decode.Config) {
		c.Format = "squid"
		c.Formats.Squid.Logformat = []string{"logformat tabs %ts.%03tu\t%>a\t%Ss/%03>Hs\t%ru"}
	}
	const header = "<158>Nov 21 23:49:10 cache squid: "
	const line = "1795304950.093\t127.0.0.5\tTCP_MISS/200\thttp://h/#top"
	d := decoder(t, tabs, decode.Settings{})
	read := func(text string) *explain.Record {
		src, b := d.NewSource("s"), d.NewBatch()
		src.Decode(b, at(text))
		logs, _ := b.Take()
		return explain.Records(logs)[0]
	}
	want := read(header + line)
	if want.Event == "" {
		t.Fatalf("%+v", want)
	}
	if diff := cmp.Diff(want, read(header+strings.ReplaceAll(line, "\t", "#011"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Without a header rsyslog has not written it, and an escape that helps nothing stays.
	for _, text := range []string{strings.ReplaceAll(line, "\t", "#011"), header + "no line#011of Squid"} {
		if r := read(text); r.Attributes["proxylog.error.type"] == nil || r.Body != text {
			t.Errorf("%+v", r)
		}
	}
	d = decoder(t, func(c *decode.Config) { c.Format = "haproxy" }, decode.Settings{})
	hash := `<134>Nov 21 23:43:14 lb1 haproxy[4540]: 127.0.0.1:37190 [21/Nov/2026:23:43:14.652] fnt fnt.ok/s1 0/0/1/2/3 200 30 - - ---- 1/1/0/0/0 0/0 {a#011b} "GET /#09 HTTP/1.1"`
	if r := read(hash); r.Body != hash || r.Attributes["proxylog.error.type"] != nil {
		t.Errorf("%+v", r)
	}
	if r := read(hash[:150] + "#011"); r.Body != hash[:150]+"#011" {
		t.Errorf("%+v", r)
	}
}

// TestZoneHint says once per source that a zone must be wrong, where three lines in a row say so.
func TestZoneHint(t *testing.T) {
	line := func(header string) string { return strings.Replace(tcp, "Nov 21 23:43:14", header, 1) }
	for name, c := range map[string]struct {
		lines []string
		hints int
	}{
		"no difference":     {[]string{tcp, tcp, tcp, tcp}, 0},
		"an hour":           {[]string{line("Nov 22 00:43:14"), line("Nov 22 00:43:15"), line("Nov 22 00:43:14"), line("Nov 22 00:43:14")}, 1},
		"Nepal":             {[]string{line("Nov 22 05:28:15"), line("Nov 22 05:28:15"), line("Nov 22 05:28:15")}, 1},
		"west":              {[]string{line("Nov 21 18:43:15"), line("Nov 21 18:43:15"), line("Nov 21 18:43:15")}, 1},
		"twice is a chance": {[]string{line("Nov 22 00:43:14"), line("Nov 22 00:43:14"), tcp}, 0},
		"an odd difference": {[]string{line("Nov 22 00:48:14"), line("Nov 22 00:48:14"), line("Nov 22 00:48:14")}, 0},
		"late lines":        {[]string{line("Nov 21 23:43:20"), line("Nov 21 23:44:20"), line("Nov 21 23:50:20")}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			core, logs := observer.New(zap.WarnLevel)
			d := decoder(t, nil, decode.Settings{Logger: zap.New(core)})
			src, b := d.NewSource("/var/log/haproxy.log"), d.NewBatch()
			for range 2 {
				for _, l := range c.lines {
					src.Decode(b, at(l))
				}
			}
			if n := logs.FilterMessageSnippet("time zone").Len(); n != c.hints {
				t.Errorf("%d hints, want %d: %v", n, c.hints, logs.All())
			}
		})
	}
}

// FuzzEnvelope reads a line in every wrapping and mode, as a whole and in pieces.
func FuzzEnvelope(f *testing.F) {
	for _, s := range samples {
		f.Add(s, uint16(50))
	}
	f.Add("a#011b", uint16(1))
	d, err := decode.New(decode.NewConfig(), decode.Settings{Location: time.UTC, MaxLineBytes: 1000})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, piece uint16) {
		src, b := d.NewSource("s"), d.NewBatch()
		lines := int64(0)
		for _, wrap := range wrappings {
			for _, l := range wrap(text, "stdout", int(piece)%1000) {
				src.Decode(b, at(l))
			}
			lines++
		}
		src.Decode(b, at(text))
		lines++
		src.Flush(b, at("").Observed)
		_, stats := b.Take()
		counted := int64(0)
		for f := range decode.NumFormats {
			counted += stats.Parsed[f] + stats.Rejected[f] + stats.Empty[f] + stats.Oversize[f]
		}
		// A text that is itself a piece or holds ends of lines may make it more or less.
		if !strings.ContainsAny(text, "\r\n") && !strings.Contains(text, " std") && !strings.Contains(text, `"std`) && counted != lines {
			t.Fatalf("%d lines are counted, want %d: %q", counted, lines, text)
		}
	})
}
