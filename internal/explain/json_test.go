// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package explain_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
)

func explainer(t *testing.T, format string) *explain.Explainer {
	t.Helper()
	cfg := decode.NewConfig()
	cfg.Format = format
	cfg.Formats.HAProxy.Timezone = "UTC"
	d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	return explain.New(d, t.Name())
}

// read explains a line and returns its JSON, which must be one line of valid UTF-8.
func read(t *testing.T, e *explain.Explainer, line decode.Line) map[string]any {
	t.Helper()
	line.Observed = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	l := e.ReadLine(line)
	var b bytes.Buffer
	if err := l.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "\n") != 1 || !json.Valid(b.Bytes()) {
		t.Errorf("not one line of JSON: %q", b.String())
	}
	var m map[string]any
	if err := json.Unmarshal(b.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func keys(v any) string {
	m, _ := v.(map[string]any)
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

const tcplog = "<134>Nov 21 23:43:14 localhost haproxy[4540]: 127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full 1/-1/80 0 CD 16/1/0/0/0 0/0"

// TestContract holds the keys and types of the output against section 6 of the contract.
func TestContract(t *testing.T) {
	e := explainer(t, "auto")
	m := read(t, e, decode.Line{Text: tcplog})
	if got := keys(m); got != "dialect fields format kind line record" {
		t.Errorf("keys of a line that was read: %s", got)
	}
	if m["line"] != 1.0 || m["format"] != "haproxy" || m["dialect"] != "tcplog" || m["kind"] != "traffic" {
		t.Errorf("line, format, dialect, kind = %v %v %v %v", m["line"], m["format"], m["dialect"], m["kind"])
	}
	fields := m["fields"].([]any)
	want := map[string]any{"code": "%ci", "raw": "127.0.0.1", "offset": float64(strings.Index(tcplog, "127.0.0.1:"))}
	if diff := cmp.Diff(want, fields[0]); diff != "" {
		t.Errorf("first field (-want +got):\n%s", diff)
	}
	record := m["record"].(map[string]any)
	if got := keys(record); got != "attributes body event resource severity timestamp" {
		t.Errorf("keys of the record: %s", got)
	}
	for key, want := range map[string]any{
		"timestamp": "2026-11-21T23:43:14.571000000Z", "event": "proxy.session.end", "body": tcplog,
	} {
		if record[key] != want {
			t.Errorf("record.%s = %v, want %v", key, record[key], want)
		}
	}
	attributes := record["attributes"].(map[string]any)
	if attributes["client.address"] != "127.0.0.1" || attributes["client.port"] != 47846.0 || attributes["proxy.duration"] != 0.08 {
		t.Errorf("attributes %v", attributes)
	}
	if resource := record["resource"].(map[string]any); resource["process.pid"] != 4540.0 {
		t.Errorf("resource %v", resource)
	}

	end := strings.Index(tcplog, "s_full")
	m = read(t, e, decode.Line{Text: tcplog[:end]})
	if m["line"] != 2.0 || m["record"] != nil || m["error"] == nil {
		t.Errorf("a truncated line: %v", m)
	}
	failure := m["error"].(map[string]any)
	if failure["reason"] != "truncated" || failure["offset"] != float64(end) || failure["field"] != "%s" {
		t.Errorf("error = %v", failure)
	}

	m = read(t, e, decode.Line{Text: "  "})
	if diff := cmp.Diff(map[string]any{"line": 3.0}, m); diff != "" {
		t.Errorf("a blank line (-want +got):\n%s", diff)
	}

	m = read(t, e, decode.Line{Text: tcplog[:50], Cut: true})
	if failure := m["error"].(map[string]any); failure["reason"] != "oversize" || m["line"] != 4.0 {
		t.Errorf("a line that was cut: %v", m)
	}
}

// TestInvalidText: a byte that is not UTF-8 becomes the character of ISO 8859-1 in what the line says, whole; a value
// that is UTF-8 stays as it is.
func TestInvalidText(t *testing.T) {
	line := strings.Replace(tcplog, "fnt.full/s_full", "f\xe9t\xff/caf\u00e9", 1)
	m := read(t, explainer(t, "haproxy"), decode.Line{Text: line})
	got := map[string]any{}
	for _, f := range m["fields"].([]any) {
		f := f.(map[string]any)
		got[f["code"].(string)] = f["raw"]
	}
	if got["%b"] != "f\u00e9t\u00ff" || got["%s"] != "caf\u00e9" {
		t.Errorf("%%b = %q, %%s = %q", got["%b"], got["%s"])
	}
	body := m["record"].(map[string]any)["body"].(string)
	if !strings.Contains(body, "f\u00e9t\u00ff/caf\u00c3\u00a9 ") {
		t.Errorf("body = %q", body)
	}
}

func TestRecordJSON(t *testing.T) {
	r := &explain.Record{
		Timestamp:  "2026-11-21T23:43:14.571000000Z",
		Attributes: map[string]any{"nan": math.NaN(), "list": []any{"<a>", math.Inf(-1)}, "map": map[string]any{"b": []byte("\xff")}},
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	want := `{"timestamp":"2026-11-21T23:43:14.571000000Z","attributes":{"list":["<a>","-Inf"],"map":{"b":"` + "\u00ff" + `"},"nan":"NaN"},"resource":{}}` + "\n"
	if b.String() != want {
		t.Errorf("got  %s want %s", b.String(), want)
	}
}

// TestEntries: the entries of an array keep their own fields and record, also where one between them cannot be read.
func TestEntries(t *testing.T) {
	entry := func(id string) string {
		return fmt.Sprintf(`{"ServiceID":%q,"ConnectTimeStamp":"2026-11-20T00:03:24Z","DisconnetTimeStamp":"2026-11-20T00:04:54Z","DisconnetReason":"up:net_exception_closed","ClientRealIP":"192.0.2.109","ForwardProtocol":"TCP","ForwardPort":3306,"SentBytes":10,"ReceivedBytes":20,"LogTimeStamp":"2026-11-20T00:04:56Z","SessionID":%q}`, "sid-"+id, id)
	}
	m := read(t, explainer(t, "edgeone"), decode.Line{Text: "[" + entry("1") + `,7,` + entry("2") + "]"})
	entries, _ := m["entries"].([]any)
	if len(entries) != 3 {
		t.Fatalf("%d entries: %v", len(entries), m)
	}
	for i, id := range map[int]string{0: "1", 2: "2"} {
		e := entries[i].(map[string]any)
		record, _ := e["record"].(map[string]any)
		if record == nil || record["attributes"].(map[string]any)["proxy.session.id"] != id {
			t.Errorf("entry %d: %v", i, e)
		}
	}
	if e := entries[1].(map[string]any); e["record"] != nil || e["error"] == nil {
		t.Errorf("entry 1: %v", e)
	}
	if m["dialect"] != entries[0].(map[string]any)["dialect"] {
		t.Errorf("the line is of dialect %v", m["dialect"])
	}
	// Fields stand as they do in the line, those that the format does not know among them.
	line := strings.Replace(entry("1"), `"SentBytes"`, `"Unknown":1,"SentBytes"`, 1)
	last := -1.0
	for _, f := range read(t, explainer(t, "edgeone"), decode.Line{Text: line})["fields"].([]any) {
		f := f.(map[string]any)
		if at := f["offset"].(float64); f["raw"] != nil {
			if at <= last {
				t.Errorf("%v at byte %v stands behind byte %v", f["code"], at, last)
			}
			last = at
		}
	}
}

// TestForeignLine: a line of another proxy among EdgeOne's entries is read as what it is. Its address begins like a
// number, which does not make it a list of JSON values.
func TestForeignLine(t *testing.T) {
	e := explainer(t, "auto")
	for i, want := range []string{"edgeone", "haproxy", "edgeone"} {
		line := `{"SessionID":"1","ConnectTimeStamp":"2026-11-20T00:03:24Z","DisconnetTimeStamp":"-","DisconnetReason":"-","SentBytes":1,"ReceivedBytes":2,"LogTimeStamp":"2026-11-20T00:04:56Z","EdgeIP":"192.0.2.1","ServiceID":"s"}`
		if want == "haproxy" {
			line = tcplog
		}
		if m := read(t, e, decode.Line{Text: line}); m["format"] != want || m["record"] == nil {
			t.Errorf("line %d: %v", i+1, m)
		}
	}
}
