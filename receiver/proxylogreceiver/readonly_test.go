// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestReadOnly reads lines with the same captured headers. Where the next consumer says that it changes records, each has a
// list of its own; where it does not, they share one.
func TestReadOnly(t *testing.T) {
	const line = `<134>Nov 21 23:43:21 localhost haproxy[4540]: 127.0.0.1:4764%d [21/Nov/2026:23:43:21.402] web web/s1 0/0/0/1/1 200 193 - - ---- 1/1/0/0/0 0/0 {www.example.com|curl/7.88.1} {} "GET / HTTP/1.1"`
	const records = 6
	for _, mutates := range []bool{true, false} {
		t.Run(fmt.Sprint(mutates), func(t *testing.T) {
			var text strings.Builder
			for i := range records {
				fmt.Fprintf(&text, line+"\n", i)
			}
			path := filepath.Join(t.TempDir(), "a.log")
			write(t, path, text.String())

			batches := make(chan plog.Logs, records)
			next, err := consumer.NewLogs(func(_ context.Context, logs plog.Logs) error {
				batches <- logs
				return nil
			}, consumer.WithCapabilities(consumer.Capabilities{MutatesData: mutates}))
			require.NoError(t, err)
			h := start(t, fileConfig(path), next, nil)
			var lists []string
			select {
			case logs := <-batches:
				require.Equal(t, records, logs.LogRecordCount())
				formattest.Each(logs, func(r plog.LogRecord) {
					v, ok := r.Attributes().Get(attr.HaproxyCapturedRequestHeaders)
					require.True(t, ok)
					lists = append(lists, v.AsString())
					v.Slice().At(0).SetStr("changed")
				})
			case <-time.After(time.Minute):
				t.Fatal("nothing came")
			}
			h.stop(t)
			assert.Equal(t, `["www.example.com","curl/7.88.1"]`, lists[0])
			want := `["www.example.com","curl/7.88.1"]`
			if !mutates {
				want = `["changed","curl/7.88.1"]`
			}
			assert.Equal(t, want, lists[records-1])
		})
	}
}
