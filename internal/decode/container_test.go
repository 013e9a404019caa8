// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/record"
)

// TestNamesAreText: a file's name may hold any bytes, what is made of it is valid UTF-8, of lines that are or are not.
func TestNamesAreText(t *testing.T) {
	d, err := decode.New(decode.NewConfig(), decode.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	given := record.KV{Key: attr.LogFileName, Str: "0\xff.log"}
	constant := []record.KV{given}
	src, b := d.NewSource("/var/log/pods/shop_edge\xfe_3f1c/proxy/0.log", constant...), d.NewBatch()
	for _, text := range []string{"a line", "no \xff text"} {
		src.Decode(b, decode.Line{Text: stamp + " stdout F " + text, Observed: time.Unix(1, 0)})
	}
	logs, _ := b.Take()
	n := 0
	for _, rl := range logs.ResourceLogs().All() {
		if pod, _ := rl.Resource().Attributes().Get(attr.K8sPodName); pod.Str() != "edge\uFFFD" {
			t.Errorf("the pod is %q", pod.Str())
		}
		for _, r := range rl.ScopeLogs().At(0).LogRecords().All() {
			n++
			if name, _ := r.Attributes().Get(attr.LogFileName); name.Str() != "0\uFFFD.log" {
				t.Errorf("the file is %q", name.Str())
			}
		}
	}
	if n != 2 || constant[0] != given {
		t.Errorf("%d records; what was given is %q now", n, constant[0].Str)
	}
}
