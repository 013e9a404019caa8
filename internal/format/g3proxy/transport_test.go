// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// explainAll reads texts that are no lines, such as datagrams, and says what was read of each.
func explainAll(t *testing.T, cfg decode.Config, texts []string) []explain.Line {
	t.Helper()
	e := explain.New(formattest.Decoder(t, cfg), t.Name())
	var out []explain.Line
	for _, text := range texts {
		out = append(out, e.Read(text, formattest.Observed))
	}
	return out
}

// both are the two ways to configure the format.
func both() map[string]decode.Config {
	return map[string]decode.Config{"named": config(), "auto": auto()}
}

// TestNative reads the datagrams to journald; they carry no time.
func TestNative(t *testing.T) {
	want := readDecoded(t, formattest.Corpus(t, "g3proxy/journal-native/decoded.jsonl"))["journal"]
	texts := formattest.Datagrams(t, formattest.Corpus(t, "g3proxy/journal-native/journal.raw"))
	for name, cfg := range both() {
		t.Run(name, func(t *testing.T) {
			compare(t, "journal.raw", "journal_native", explainAll(t, cfg, texts), want)
		})
	}
}

// TestJournal reads the same from journalctl. The oracle is the JSON itself, by Go's own decoder, its keys in small
// letters; which of them are numbers tells what the independent decoder says of a capture with types.
func TestJournal(t *testing.T) {
	journalctl(t, formattest.Corpus(t, "g3proxy/journal-json/journalctl.json"), formattest.Corpus(t, "g3proxy/journal-native/decoded.jsonl"))
}

func journalctl(t *testing.T, path, typed string) {
	t.Helper()
	numeric := map[string]bool{}
	for _, list := range readDecoded(t, typed) {
		for _, d := range list {
			for k, v := range d {
				if _, ok := v.(json.Number); ok {
					numeric[k] = true
				}
			}
		}
	}
	lines := formattest.Lines(t, path)
	var want []decoded
	for _, l := range lines {
		want = append(want, journalEntry(t, l, numeric))
	}
	for _, cfg := range both() {
		compare(t, "journalctl.json", "journal", explainAll(t, cfg, lines), want)
	}
	named := auto()
	named.Envelope = "journald"
	compare(t, "journalctl.json", "journal", explainAll(t, named, lines), want)
}

func journalEntry(t *testing.T, line string, numeric map[string]bool) decoded {
	t.Helper()
	var raw map[string]string
	if err := json.Unmarshal([]byte(line), &raw); err != nil {
		t.Fatal(err)
	}
	d := decoded{"_msg": raw["MESSAGE"]}
	us, err := strconv.ParseInt(raw["_SOURCE_REALTIME_TIMESTAMP"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	d["_h"] = map[string]any{"hostname": raw["_HOSTNAME"], "ts": time.UnixMicro(us).UTC().Format(time.RFC3339Nano)}
	for k, v := range raw {
		key := strings.ToLower(k)
		switch {
		case k == "MESSAGE" || k == "PRIORITY" || k == "SYSLOG_IDENTIFIER" || k[0] == '_':
		case numeric[key]:
			d[key] = json.Number(v)
		case v == "true" || v == "false":
			d[key] = v == "true"
		default:
			d[key] = v
		}
	}
	return d
}

// readFluentd reads an oracle file into messages by file, without what is nil.
func readFluentd(t *testing.T, path string) map[string][]decoded {
	t.Helper()
	type entry struct {
		File   string
		Time   struct{ Sec, Nsec int64 }
		Record decoded
	}
	out := map[string][]decoded{}
	dec := json.NewDecoder(bytes.NewReader(formattest.Read(t, path)))
	dec.UseNumber()
	for dec.More() {
		var e entry
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		d := e.Record
		d["_msg"] = d["msg"]
		delete(d, "msg")
		maps.DeleteFunc(d, func(_ string, v any) bool { return v == nil })
		d["_h"] = map[string]any{"ts": time.Unix(e.Time.Sec, e.Time.Nsec).UTC().Format(time.RFC3339Nano)}
		out[e.File] = append(out[e.File], d)
	}
	return out
}

func fluentd(t *testing.T, path string, want []decoded) int {
	t.Helper()
	texts := formattest.Messages(t, path)
	for _, cfg := range both() {
		got := explainAll(t, cfg, texts)
		for i := range got {
			got[i].Fields = slices.DeleteFunc(got[i].Fields, func(f explain.Field) bool { return f.Raw == nil })
		}
		compare(t, filepath.Base(path), "fluentd", got, want)
	}
	return len(texts)
}

// TestFluentd reads the messages to fluentd, connection by connection.
func TestFluentd(t *testing.T) {
	want := readFluentd(t, formattest.Corpus(t, "g3proxy/fluentd/decoded-fluentd.jsonl"))
	files, err := filepath.Glob(filepath.Join(formattest.Corpus(t, "g3proxy/fluentd"), "*.msgpack"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, the oracle has %d: %v", len(files), len(want), err)
	}
	total := 0
	for _, path := range files {
		total += fluentd(t, path, want[filepath.Base(path)])
	}
	if total != 725 {
		t.Errorf("%d messages, want 725", total)
	}
}

// TestTransportSamples does the same with the captures that are part of the repository.
func TestTransportSamples(t *testing.T) {
	ok := func(name string) string { return formattest.Testdata("g3proxy/ok/" + name) }
	for _, cfg := range both() {
		compare(t, "journal.raw", "journal_native", explainAll(t, cfg, formattest.Datagrams(t, ok("journal.raw"))), readDecoded(t, ok("journal.expected.jsonl"))["journal"])
		compare(t, "stdout.txt", "stdout", explainAll(t, cfg, formattest.Entries(t, ok("stdout.txt"))), readDecoded(t, ok("stdout.expected.jsonl"))["stdout.log"])
	}
	journalctl(t, ok("journalctl.json"), ok("cee3164.expected.jsonl"))
	fluentd(t, ok("fluentd.msgpack"), readFluentd(t, ok("fluentd.expected.jsonl"))["escape.conn9.msgpack"])
	fluentd(t, ok("fluentd-task.msgpack"), readFluentd(t, ok("fluentd-task.expected.jsonl"))["task.conn3.msgpack"])
}

// TestStdout reads entries of the stdout driver, each with all the lines of its message.
func TestStdout(t *testing.T) {
	want := readDecoded(t, formattest.Corpus(t, "g3proxy/stdout/decoded.jsonl"))["stdout.log"]
	texts := formattest.Entries(t, formattest.Corpus(t, "g3proxy/stdout/stdout.log"))
	for name, cfg := range both() {
		t.Run(name, func(t *testing.T) {
			compare(t, "stdout.log", "stdout", explainAll(t, cfg, texts), want)
		})
	}
}

// TestStdoutLines reads the same capture line by line, as from a file: 726 entries, of which 6 have a message of four
// lines. Of those the third and fourth line are events that name the task, and the second is empty.
func TestStdoutLines(t *testing.T) {
	want := readDecoded(t, formattest.Corpus(t, "g3proxy/stdout/decoded.jsonl"))["stdout.log"]
	lines := strings.Split(strings.TrimSuffix(string(formattest.Read(t, formattest.Corpus(t, "g3proxy/stdout/stdout.log"))), "\n"), "\n")
	for name, cfg := range both() {
		t.Run(name, func(t *testing.T) {
			entries, events, empty, id := 0, 0, 0, ""
			for _, g := range explainAll(t, cfg, lines) {
				switch {
				case g.Error != nil:
					t.Fatalf("line %d: %+v: %s", g.Line, *g.Error, g.Text)
				case g.Record == nil:
					empty++
				case g.Kind == "event":
					events++
					if a := g.Record.Attributes; a["g3proxy.message"] != g.Text || a["g3proxy.task.id"] != id || a["proxy.session.id"] != nil {
						t.Errorf("line %d: %v, the task is %s", g.Line, a, id)
					}
				default:
					message, _, _ := strings.Cut(want[entries].str("_msg"), "\n")
					if got, _ := g.Record.Attributes["g3proxy.message"].(string); got != message {
						t.Errorf("line %d: message %q, want %q", g.Line, got, message)
					}
					id, _ = g.Record.Attributes["g3proxy.task.id"].(string)
					entries++
				}
			}
			if entries != 726 || events != 12 || empty != 6 {
				t.Errorf("%d entries, %d events, %d empty lines; want 726, 12, 6", entries, events, empty)
			}
		})
	}
}

// TestStdoutPairs has a message that goes on with what looks like pairs.
func TestStdoutPairs(t *testing.T) {
	entry := `Nov 21 23:45:11.002 INFO escape_type: TlsHandshake, log_type: Escape, task_id: 918925e7e60511f199b7b5f191b3bc75, failed`
	for name, cfg := range both() {
		g := explainAll(t, cfg, []string{entry, "Caused by:", `    0: error, reason="no", code=1`})
		if g[2].Error != nil || g[2].Record.Event != "proxy.event" || g[2].Record.Attributes["g3proxy.task.id"] != "918925e7e60511f199b7b5f191b3bc75" {
			t.Errorf("%s: %+v %+v", name, g[2].Error, g[2].Record)
		}
	}
}

// TestStdoutEnds: a message that may go on takes no lines of others: none with a header, and of those without one so many
// that what comes behind cannot be a message. A line of the daemon itself belongs to no task.
func TestStdoutEnds(t *testing.T) {
	const task = "918925e7e60511f199b7b5f191b3bc75"
	entry := `Nov 21 23:45:11.002 INFO escape_type: TlsHandshake, log_type: Escape, task_id: ` + task + `, failed`
	for name, cfg := range both() {
		for _, other := range []string{
			"sshd[12]: Server listening on 0.0.0.0 port 22.",
			"<38>Accepted publickey for root",
			"Nov 21 23:45:12 node1 cron[12]: (root) CMD (true)",
			"2026-11-21T23:45:12Z node1 kernel: eth0: link up",
			"<38>1 - node1 kernel - - - eth0: link up",
			`{"SYSLOG_IDENTIFIER":"sshd","MESSAGE":"Connection closed","__REALTIME_TIMESTAMP":"1795304756425889"}`,
		} {
			g := explainAll(t, cfg, []string{entry, other, "Caused by:"})
			if g[1].Error == nil {
				t.Errorf("%s: %s: %+v", name, other, g[1].Record)
			}
		}
		g := explainAll(t, cfg, []string{entry, "Nov 21 23:45:12 node1 g3proxy[12]: reloaded"})
		if g[1].Error != nil || g[1].Record.Attributes["g3proxy.task.id"] != nil {
			t.Errorf("%s: %+v %+v", name, g[1].Error, g[1].Record)
		}
		if name == "auto" {
			for _, other := range []string{"Nov 21 23:45:11.002 INFO hello (x)>", "Nov 21 23:45:11.002 INFO hello (x/main.rs:12)", "Nov 21 23:45:11.002 INFO listening on 127.0.0.1:12"} {
				if g := explainAll(t, cfg, []string{other}); g[0].Error == nil {
					t.Errorf("%s: %+v", other, g[0].Record)
				}
			}
		}
		lines := []string{entry}
		for range 100 {
			lines = append(lines, "no such name")
		}
		went := 0
		for _, l := range explainAll(t, cfg, append(lines, entry, "Caused by:")) {
			if l.Error == nil && l.Record.Attributes["g3proxy.task.id"] != task {
				t.Errorf("%s: %+v", name, l.Record)
			}
			if l.Error == nil {
				went++
			}
		}
		if went != 1+64+2 {
			t.Errorf("%s: %d lines are the entries' and those with which they go on", name, went)
		}
	}
}
