// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package samples_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/samples"
)

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := samples.Find(); err == nil {
		t.Error("samples are found where there are none")
	}
	for name, content := range map[string]string{
		"testdata/envoy/ok/own.log": "", "testdata/envoy/ok/own.directive": "%DURATION%", "testdata/envoy/ok/own.expected.jsonl": "",
		"testdata/squid/ok/a.log": "", "testdata/squid/reject/b.log": "", "testdata/squid/ok/unused.directive": "logformat x %>a",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := samples.Find()
	if err != nil {
		t.Fatal(err)
	}
	want := samples.Samples{
		Files:    []string{filepath.Join("testdata", "envoy", "ok", "own.log"), filepath.Join("testdata", "squid", "ok", "a.log")},
		Receiver: map[string]any{"envoy": map[string]any{"format": []any{"gdc", "default", "default_json", "istio", "istio_json", "common_json", "%DURATION%"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
