// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestReject reads real lines that were damaged by hand; the expected file says where.
func TestReject(t *testing.T) {
	want := formattest.Lines(t, formattest.Testdata("g3proxy/reject/lines.expected.jsonl"))
	got := formattest.Explain(t, config(), formattest.Read(t, formattest.Testdata("g3proxy/reject/lines.log")))
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	for i, g := range got {
		var e explain.Error
		if err := json.Unmarshal([]byte(want[i]), &e); err != nil {
			t.Fatal(err)
		}
		if g.Error == nil {
			t.Errorf("line %d is read: %s", g.Line, g.Text)
			continue
		}
		if diff := cmp.Diff(e, *g.Error, cmpopts.IgnoreFields(explain.Error{}, "Expected", "Dialect")); diff != "" {
			t.Errorf("line %d (-want +got):\n%s%s", g.Line, diff, g.Text)
		}
	}
}

// TestCut cuts task entries of each transport at every byte behind the header: none of them may pass for a whole one,
// however well formed what is left looks.
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
			var cut []string
			for i := from + 3; i < to; i++ {
				cut = append(cut, l[:i])
			}
			for _, g := range formattest.Explain(t, config(), []byte(strings.Join(cut, "\n"))) {
				if g.Error == nil || g.Error.Reason != "truncated" {
					t.Fatalf("%s: %+v: %s", sample, g.Error, g.Text)
				}
			}
		}
		if n != 5 {
			t.Errorf("%s: only %d lines were cut", sample, n)
		}
	}
}
