// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// wholeTask is what tasks.json says of a task.
type wholeTask struct {
	Events []struct {
		Event  string  `json:"event"`
		Stage  string  `json:"stage"`
		Reason *string `json:"reason"`
	} `json:"events"`
	Finished    int              `json:"finished"`
	Final       map[string]int64 `json:"final"`
	FinalReason *string          `json:"final_reason"`
}

// TestTasks adds nothing up: it follows each task through its records and holds the newest one against tasks.json.
func TestTasks(t *testing.T) {
	for folder, tasks := range map[string]int{
		"rfc3164": 226, "rfc5424": 226, "cee3164": 227, "cee5424": 228,
		"escapes-rfc3164": 18, "escapes-rfc5424": 18, "escapes-cee3164": 18,
		"shutdown-cee3164-sigterm": 6, "shutdown-rfc5424-sigkill": 5,
		"stdout": 231, "journal-native": 230, "journal-json": 230, "fluentd": 231,
	} {
		t.Run(folder, func(t *testing.T) {
			var want map[string]wholeTask
			if err := json.Unmarshal(formattest.Read(t, formattest.Corpus(t, "g3proxy/"+folder+"/tasks.json")), &want); err != nil {
				t.Fatal(err)
			}
			got := map[string][]*explain.Record{}
			for _, g := range explainAll(t, auto(), taskTexts(t, "g3proxy/"+folder+"/")) {
				if id, _ := g.Record.Attributes["proxy.session.id"].(string); id != "" && g.Record.Attributes["g3proxy.log_type"] == "Task" {
					got[id] = append(got[id], g.Record)
				}
			}
			if len(got) != len(want) || len(got) != tasks {
				t.Errorf("%d tasks, want %d of %d", len(got), len(want), tasks)
			}
			for id, w := range want {
				follow(t, id, got[id], w, folder == "stdout")
			}
		})
	}
}

// taskTexts are the texts of a capture that hold tasks, in order.
func taskTexts(t *testing.T, folder string) []string {
	t.Helper()
	switch path := func(file string) string { return formattest.Corpus(t, folder+file) }; folder {
	case "g3proxy/stdout/":
		return formattest.Entries(t, path("stdout.log"))
	case "g3proxy/journal-native/":
		return formattest.Datagrams(t, path("journal.raw"))
	case "g3proxy/journal-json/":
		return formattest.Lines(t, path("journalctl.json"))
	case "g3proxy/fluentd/":
		var out []string
		for i := range 25 {
			out = append(out, formattest.Messages(t, path(fmt.Sprintf("task.conn%d.msgpack", i)))...)
		}
		return out
	case "g3proxy/escapes-rfc3164/", "g3proxy/escapes-rfc5424/", "g3proxy/escapes-cee3164/":
		return formattest.Lines(t, path("all.log"))
	default:
		return formattest.Lines(t, path("task.log"))
	}
}

// follow holds a task's records against tasks.json. late says that the header's time is when the driver came to write
// the entry, which for an entry without times of its own may be after the next one.
func follow(t *testing.T, id string, records []*explain.Record, want wholeTask, late bool) {
	t.Helper()
	if len(records) != len(want.Events) {
		t.Errorf("%s: %d records, want %d", id, len(records), len(want.Events))
		return
	}
	ends := 0
	for i, r := range records {
		e := want.Events[i]
		reason := any(nil)
		if e.Reason != nil {
			reason = *e.Reason
		}
		if a := r.Attributes; a["g3proxy.task.event"] != e.Event || a["g3proxy.task.stage"] != e.Stage || a["g3proxy.reason"] != reason {
			t.Errorf("%s entry %d: %v %v %v, want %v", id, i, a["g3proxy.task.event"], a["g3proxy.task.stage"], a["g3proxy.reason"], e)
		}
		if r.Event == "proxy.session.end" {
			ends++
		}
		// The Connected entry of a retry has no time but the header's, which over RFC 3164 is a whole second.
		late := late && i > 0 && want.Events[i-1].Event == "Connected"
		retry := i > 0 && e.Event == "Connected" && want.Events[i-1].Event == "Finished"
		if i > 0 && !retry && !late && r.Timestamp < records[i-1].Timestamp {
			t.Errorf("%s entry %d of %s is earlier than the one before, of %s", id, i, r.Timestamp, records[i-1].Timestamp)
		}
	}
	if ends != want.Finished {
		t.Errorf("%s: %d ends, want %d", id, ends, want.Finished)
	}
	last := records[len(records)-1].Attributes
	final := map[string]int64{}
	for key := range want.Final {
		attribute := renamed[key]
		if attribute == "" {
			attribute = "g3proxy." + key
		}
		if n, ok := last[attribute].(int64); ok {
			final[key] = n
		}
	}
	if diff := cmp.Diff(want.Final, final); diff != "" && ends > 0 {
		t.Errorf("%s: totals (-want +got):\n%s", id, diff)
	}
	if want.FinalReason != nil && last["g3proxy.reason"] != *want.FinalReason {
		t.Errorf("%s: reason %v, want %s", id, last["g3proxy.reason"], *want.FinalReason)
	}
}
