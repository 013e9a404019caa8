// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package stanzaop

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/entry"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// BenchmarkProcess is the way of a line of file_log through the operator.
func BenchmarkProcess(b *testing.B) {
	for _, name := range []string{"tcplog", "httplog_captures"} {
		b.Run(name, func(b *testing.B) {
			raw := string(formattest.Read(b, formattest.Testdata("haproxy/ok/"+name+"_rfc3164.log")))
			lines := strings.Split(strings.TrimSuffix(raw, "\n"), "\n")
			op, out, _ := build(b, "format: haproxy")
			b.SetBytes(int64(len(raw) / len(lines)))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				e := entry.New()
				e.Body, e.ObservedTimestamp = lines[i%len(lines)], time.Time{}
				e.AddAttribute("log.file.name", "haproxy.log")
				if err := op.ProcessBatch(context.Background(), []*entry.Entry{e}); err != nil {
					b.Fatal(err)
				}
				if i++; len(out.entries) >= 100 {
					out.entries = out.entries[:0]
				}
			}
		})
	}
}
