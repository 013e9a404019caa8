// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/selfmetrics"
)

// TestCount wants what other receivers accepted and what could not be read left out.
func TestCount(t *testing.T) {
	const metrics = `# HELP otelcol_receiver_accepted_log_records_total Number of log records
# TYPE otelcol_receiver_accepted_log_records_total counter
otelcol_receiver_accepted_log_records_total{receiver="proxylog",transport="file"} 1000
otelcol_receiver_accepted_log_records_total{receiver="proxylog",transport="udp"} 7
otelcol_receiver_accepted_log_records_total{receiver="otlp",transport="grpc"} 50
otelcol_receiver_proxylog_lines_total{format="haproxy",outcome="parsed"} 990
otelcol_receiver_proxylog_lines_total{format="haproxy",outcome="rejected"} 17
otelcol_process_uptime_total{} 1.5
`
	samples, err := selfmetrics.Parse(strings.NewReader(metrics))
	if err != nil {
		t.Fatal(err)
	}
	if n := count(samples, "proxylog"); n != 990 {
		t.Errorf("%d records, want 990", n)
	}
}

// TestTail wants the last bytes of what was written.
func TestTail(t *testing.T) {
	out := &tail{limit: 4}
	for _, s := range []string{"ab", "cde", "f"} {
		if n, err := out.Write([]byte(s)); n != len(s) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if out.text() != "cdef" {
		t.Errorf("tail %q", out.text())
	}
}
