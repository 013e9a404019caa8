// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestRejects reads real lines that were damaged by hand; the expected file says where.
func TestRejects(t *testing.T) { formattest.Rejects(t, config(), "g3proxy") }

// TestCut cuts task entries of each transport at every byte behind the header: none of them may pass for a whole one,
// however well formed what is left looks. Where it says which log it is from, it becomes a record with the pairs that are
// left, each with the value that it has in the whole entry.
func TestCut(t *testing.T) {
	for sample, payload := range map[string]string{"rfc3164": ": , server_name", "rfc5424": " server_name", "cee3164": "@cee:", "cee5424": "@cee:"} {
		n := 0
		for _, l := range formattest.Lines(t, formattest.Testdata("g3proxy/ok/"+sample+".log")) {
			from := strings.Index(l, payload)
			if from < 0 || !strings.Contains(l, `"Task"`) || n == 5 {
				continue
			}
			n++
			to := len(l)
			if sample == "rfc5424" {
				to = strings.LastIndex(l, "] ") + 1
			}
			whole := map[string]string{}
			for _, f := range formattest.Explain(t, config(), []byte(l))[0].Fields {
				whole[f.Code] = *f.Raw
			}
			var cut []string
			for i := from + 3; i < to; i++ {
				cut = append(cut, l[:i])
			}
			rejected, most := 0, 0
			for _, g := range formattest.Explain(t, config(), []byte(strings.Join(cut, "\n"))) {
				if g.Error != nil {
					if g.Error.Reason != "truncated" || strings.Contains(g.Text, `"Task"`) {
						t.Fatalf("%s: %+v: %s", sample, g.Error, g.Text)
					}
					rejected++
					continue
				}
				cutEntry(t, g, whole)
				most = max(most, len(g.Fields))
			}
			if rejected == 0 || rejected > 120 || most < len(whole)-2 {
				t.Errorf("%s: %d of %d cut entries are rejected, of the others one has %d of %d pairs", sample, rejected, len(cut), most, len(whole))
			}
		}
		if n != 5 {
			t.Errorf("%s: only %d lines were cut", sample, n)
		}
	}
}

// cutEntry checks the record of a cut entry against the pairs of the whole one.
func cutEntry(t *testing.T, g explain.Line, whole map[string]string) {
	t.Helper()
	if g.Kind != "truncated" || g.Record.Attributes["proxylog.truncated"] != true {
		t.Fatalf("kind %s, truncated %v: %s", g.Kind, g.Record.Attributes["proxylog.truncated"], g.Text)
	}
	pairs := map[string]string{}
	for _, f := range g.Fields {
		if pairs[f.Code] = *f.Raw; whole[f.Code] != *f.Raw {
			t.Fatalf("%s = %q, in the whole entry %q: %s", f.Code, *f.Raw, whole[f.Code], g.Text)
		}
	}
	event := "proxy.session.progress"
	switch {
	case pairs["task_event"] == "Created":
		event = "proxy.session.start"
	case pairs["task_event"] == "Finished" || pairs["reason"] != "":
		event = "proxy.session.end"
	}
	// All of the captures are of two minutes; without a start the time is the header's.
	if !strings.HasPrefix(g.Record.Timestamp, "2026-11-21T23:4") {
		t.Fatalf("timestamp %s: %s", g.Record.Timestamp, g.Text)
	}
	if g.Record.Event != event {
		t.Fatalf("event %s, want %s: %s", g.Record.Event, event, g.Text)
	}
}

// TestNothingBehindHeader: a header of the stdout driver or of syslog alone is no entry, and no event either.
func TestNothingBehindHeader(t *testing.T) {
	for _, cfg := range both() {
		for _, l := range []string{"Nov 21 23:46:06.338 INFO ", "Nov 21 23:46:06.338 INFO", "<29>Nov 21 23:45:11 g3proxy[7]: ", "<29>1 2026-11-21T23:45:02.306932Z vm g3proxy 7 - - "} {
			if g := explainAll(t, cfg, []string{l})[0]; g.Error == nil {
				t.Errorf("%q is read: %+v", l, g.Record)
			}
		}
	}
}
