// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/field"
)

// envoyLine has the shape and length of a GDC audit record.
const envoyLine = `{"authority":"app.lab.example","body":{},"bytes_received":"0","bytes_sent":"5000","connection_termination_details":"-","downstream_local_address":"127.0.0.1:17300","downstream_remote_address":"127.0.0.1:56324","duration":"7","method":"GET","observed_time_unix_nano":"1795305118585925000","path":"/api/v1/users/929","protocol":"HTTP/1.1","requested_server_name":"-","resource":{"cluster_name":"lab-proxy.lab-system","log_name":"otel_envoy_accesslog","node_name":"sidecar~127.0.0.1~lab-proxy-0.lab-system~lab-system.svc.cluster.local","zone_name":"us-east1-b"},"response_code":"401","response_code_details":"via_upstream","response_flags":"-","route_name":"default","severity_number":0,"severity_text":"","start_time":"2026-11-21T23:51:58.578Z","time_unix_nano":"1795305118578236000","upstream_cluster":"h1","upstream_host":"127.0.0.1:17400","upstream_local_address":"127.0.0.1:52342","upstream_transport_failure_reason":"-","user_agent":"Go-http-client/1.1","username":"gdch-system:serviceaccount:iam-test:psa-test","x_envoy_upstream_service_time":"6","x_forwarded_for":"10.200.0.1,192.0.2.2","x_goog_api_client":"gl-go/1.21 gccl/2023","x_request_id":"0427c1d0-fd82-4fc5-935e-9ce103226aca"}`

// lineKeys makes Keys of all keys of a line.
func lineKeys(t testing.TB, line string) (*Keys, int) {
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(line), &m))
	var list []Key
	for k, v := range m {
		if sub, ok := v.(map[string]any); ok && len(sub) > 0 {
			for name := range sub {
				list = append(list, Key{Path: []string{k, name}, Field: len(list)})
			}
			continue
		}
		list = append(list, Key{Path: []string{k}, Field: len(list)})
	}
	k, err := NewKeys(list)
	require.NoError(t, err)
	return k, len(list)
}

func TestObjectDoesNotAllocate(t *testing.T) {
	k, n := lineKeys(t, envoyLine)
	r, slots := NewReader(k), make([]field.Slot, n)
	got := testing.AllocsPerRun(100, func() {
		field.Reset(slots)
		if r.Object(envoyLine, 0, slots) != len(envoyLine) {
			t.Fatal(r.Err)
		}
	})
	require.Zero(t, got)
	require.Equal(t, n, r.Known)
}

func BenchmarkObject(b *testing.B) {
	k, n := lineKeys(b, envoyLine)
	r, slots := NewReader(k), make([]field.Slot, n)
	b.SetBytes(int64(len(envoyLine)))
	b.ReportAllocs()
	for b.Loop() {
		field.Reset(slots)
		if r.Object(envoyLine, 0, slots) < 0 {
			b.Fatal(r.Err)
		}
	}
}

func BenchmarkEncodingJSON(b *testing.B) {
	b.SetBytes(int64(len(envoyLine)))
	b.ReportAllocs()
	line := []byte(envoyLine)
	for b.Loop() {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			b.Fatal(err)
		}
	}
}
