// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/bench/corpus"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/outbox"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// BenchmarkWrite makes the records of sessions that were released, of one line each, and BenchmarkPass takes lines' records
// all the way to that: what the stitcher costs a line where it has nothing to join.
func BenchmarkWrite(b *testing.B) {
	for _, name := range []string{"tcp", "edgeone", "g3proxy"} {
		b.Run(name, func(b *testing.B) {
			r := newPassRig()
			batch := released(b, r, recordsOf(b, name))
			b.ReportAllocs()
			for b.Loop() {
				r.write(batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch.Items)), "ns/record")
		})
	}
}

func BenchmarkPass(b *testing.B) {
	for _, name := range []string{"tcp", "edgeone", "g3proxy"} {
		b.Run(name, func(b *testing.B) {
			records := recordsOf(b, name)
			b.ReportAllocs()
			n := 0
			r := newPassRig()
			for b.Loop() {
				batch := released(b, r, records)
				r.write(batch)
				n += len(batch.Items)
				r.advance(2 * r.config.LateWindow)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/record")
		})
	}
}

func newPassRig() *rig {
	return newRig(func(c *Config) { c.Timeline, c.Rules = 0, nil })
}

// recordsOf are the records of lines of a corpus, each of a session of its own, as far as one batch of the outbox takes
// them.
func recordsOf(b *testing.B, name string) plog.Logs {
	b.Helper()
	c, err := corpus.Load("../..", name)
	require.NoError(b, err)
	var lines bytes.Buffer
	_, err = c.Write(250, 1, &lines)
	require.NoError(b, err)
	cfg := decode.NewConfig()
	decoder, err := decode.New(cfg, decode.Settings{Location: time.UTC})
	require.NoError(b, err)
	src, out := decoder.NewSource(name), decoder.NewBatch()
	for line := range strings.Lines(lines.String()) {
		src.Decode(out, decode.Line{Text: strings.TrimSuffix(line, "\n"), Observed: time.Unix(0, sessiontest.Epoch)})
	}
	logs, _ := out.Take()
	return logs
}

// released takes records in and lets go of their sessions at once.
func released(b *testing.B, r *rig, records plog.Logs) *outbox.Batch {
	b.Helper()
	r.consume(records)
	r.table.ReleaseAll(table.ReasonShutdown, r.clock.UnixNano())
	batch := r.outbox.Take(context.Background())
	r.outbox.Done(batch)
	return batch
}
