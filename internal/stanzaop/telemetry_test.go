// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package stanzaop

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator"

	"github.com/proxylog/proxylog/internal/stanzaop/internal/metadatatest"
)

// TestCounts: each line is counted once by what was read of it, entries that "if" leaves out are not, and a rejected line
// that another dialect reads is a near miss.
func TestCounts(t *testing.T) {
	const foreign = `<134>Nov 21 23:43:15 localhost haproxy[4540]: 10.0.0.7:42510 [21/Nov/2026:23:43:15.414] fe be/s1 0/0/0/5/6 200 142 - - ---- 3/1/0/0/0 0/0 "GET / HTTP/1.1"`
	for name, send := range ways {
		t.Run(name, func(t *testing.T) {
			tel := componenttest.NewTelemetry()
			t.Cleanup(func() { assert.NoError(t, tel.Shutdown(context.Background())) })
			cfg, err := config(t, `{type: proxylog_parser, on_error: drop_quiet, if: 'body != "left out"', haproxy: {log_format: [tcplog]}}`)
			require.NoError(t, err)
			op, err := cfg.Build(tel.NewTelemetrySettings())
			require.NoError(t, err)
			out := &output{}
			op.SetOutputIDs([]string{"output"})
			require.NoError(t, op.SetOutputs([]operator.Operator{out}))

			_ = send(op, entryOf(good), entryOf(good), entryOf(bad), entryOf("  "), entryOf("left out"), entryOf(foreign))
			assert.Len(t, out.entries, 4)

			point := func(n int64, labels ...attribute.KeyValue) metricdata.DataPoint[int64] {
				return metricdata.DataPoint[int64]{Value: n, Attributes: attribute.NewSet(labels...)}
			}
			haproxy, outcome, reason := attribute.String("format", "haproxy"), attribute.Key("outcome"), attribute.Key("reason")
			metadatatest.AssertEqualOperatorProxylogParserLines(t, tel, []metricdata.DataPoint[int64]{
				point(2, haproxy, outcome.String("parsed")),
				point(2, haproxy, outcome.String("rejected")),
				point(1, haproxy, outcome.String("empty")),
			}, metricdatatest.IgnoreTimestamp())
			metadatatest.AssertEqualOperatorProxylogParserRejects(t, tel, []metricdata.DataPoint[int64]{
				point(1, haproxy, reason.String("unrecognized")),
				point(1, haproxy, reason.String("mismatch")),
			}, metricdatatest.IgnoreTimestamp())
			metadatatest.AssertEqualOperatorProxylogParserNearMisses(t, tel, []metricdata.DataPoint[int64]{
				point(1, haproxy, attribute.String("dialect", "httplog")),
			}, metricdatatest.IgnoreTimestamp())
		})
	}
}
