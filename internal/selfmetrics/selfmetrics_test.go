// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package selfmetrics_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/selfmetrics"
)

const answer = `# HELP otelcol_receiver_proxylog_lines Lines read, by format{} and by what became of them. [Alpha]
# TYPE otelcol_receiver_proxylog_lines counter
otelcol_receiver_proxylog_lines{format="haproxy",outcome="parsed",otel_scope_name="a}b"} 12
otelcol_receiver_proxylog_lines_total{xoutcome="empty",outcome="rejected"} 1.5e+02
otelcol_receiver_proxylog_lines__line__total{outcome="empty"} 7 1700000000
otelcol_receiver_proxylog_rejects{format="haproxy"} 9
otelcol_receiver_proxylog_lines 4
otelcol_receiver_proxylog_lines{outcome="parsed"
`

// seen is what the caller of Read or Parse can tell of a sample.
type seen struct {
	Name, Outcome string
	Value         float64
}

var want = []seen{
	{"otelcol_receiver_proxylog_lines", "parsed", 12},
	{"otelcol_receiver_proxylog_lines_total", "rejected", 150},
	{"otelcol_receiver_proxylog_lines__line__total", "empty", 7},
	{"otelcol_receiver_proxylog_rejects", "", 9},
}

func compare(t *testing.T, samples []selfmetrics.Sample) {
	t.Helper()
	got := make([]seen, len(samples))
	for i, s := range samples {
		got[i] = seen{s.Name, s.Label("outcome"), s.Value}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

func TestParse(t *testing.T) {
	samples, err := selfmetrics.Parse(strings.NewReader(answer))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, samples)
	if _, err := selfmetrics.Parse(strings.NewReader(`lines{outcome="parsed"} many`)); err == nil {
		t.Error("a value that is no number is accepted")
	}
}

// TestRead asks a server at a port that FreePort found, which answers at the path of the metrics only.
func TestRead(t *testing.T) {
	port, err := selfmetrics.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	var down atomic.Bool
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/metrics":
			http.NotFound(w, r)
		case down.Load():
			http.Error(w, "", http.StatusServiceUnavailable)
		default:
			_, _ = w.Write([]byte(answer))
		}
	}))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	samples, err := selfmetrics.Read(t.Context(), server.Client(), port)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, samples)
	down.Store(true)
	if _, err := selfmetrics.Read(t.Context(), server.Client(), port); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("error %v, want the status", err)
	}
}
