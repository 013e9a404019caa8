// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package formattest

import (
	"encoding/json"
	"testing"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
)

// Rejects reads testdata/<format>/reject/lines.log, of which no line is to be read, and holds the errors against
// lines.expected.jsonl beside it: one object with reason, offset and, where the line stops in one, field for each line.
func Rejects(t *testing.T, cfg decode.Config, format string) {
	t.Helper()
	got := Explain(t, cfg, Read(t, Testdata(format+"/reject/lines.log")))
	want := Lines(t, Testdata(format+"/reject/lines.expected.jsonl"))
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
		if g.Error.Reason != e.Reason || g.Error.Offset != e.Offset || g.Error.Field != e.Field {
			t.Errorf("line %d: %+v, want %+v\n%s", g.Line, *g.Error, e, g.Text)
		}
	}
}
