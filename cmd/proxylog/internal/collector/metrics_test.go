// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLines(t *testing.T) {
	const text = `# HELP otelcol_receiver_proxylog_lines Lines read, by format and by what became of them. [Alpha]
# TYPE otelcol_receiver_proxylog_lines counter
otelcol_receiver_proxylog_lines{format="haproxy",outcome="parsed",otel_scope_name="a}b"} 12
otelcol_receiver_proxylog_lines{outcome="parsed",format="squid"} 3
otelcol_receiver_proxylog_lines_total{xoutcome="empty",outcome="rejected"} 1.5e+02
otelcol_receiver_proxylog_lines__line__total{outcome="empty"} 7 1700000000
otelcol_receiver_proxylog_rejects{format="haproxy",reason="truncated"} 9
otelcol_process_uptime 1.5
otelcol_receiver_proxylog_lines 4
otelcol_receiver_proxylog_lines{outcome="parsed"
`
	got, err := parseLines(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"parsed": 15, "rejected": 150, "empty": 7}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := parseLines(strings.NewReader(`otelcol_receiver_proxylog_lines{outcome="parsed"} many`)); err == nil {
		t.Error("a value that is no number is accepted")
	}
}

func TestLogWriter(t *testing.T) {
	var said []string
	w := &logWriter{say: func(s string) { said = append(said, s) }}
	for _, part := range []string{"{\"level\":\"err", "or\",\"msg\":\"m\"}\nplain\n\n", strings.Repeat("x", 3*maxLogLine), "\n"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
	}
	for range maxLogLines {
		if _, err := w.Write([]byte("again\n")); err != nil {
			t.Error(err)
		}
	}
	w.flush()
	if len(said) != maxLogLines+1 || said[0] != "error: m" || said[1] != "plain" || len(said[2]) > maxLogLine {
		t.Errorf("%d lines: %.60q", len(said), said)
	}
	if got := said[maxLogLines]; got != "the Collector logged 3 more lines" {
		t.Errorf("the last line: %q", got)
	}
}
