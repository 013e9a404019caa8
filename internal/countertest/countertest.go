// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package countertest reads the counters of a component under test.
package countertest

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// By gives what a counter has counted by the values of some of its attributes, with blanks between them, summed over its
// other attributes. It is empty where nothing was counted yet.
func By(t testing.TB, tel *componenttest.Telemetry, counter string, attributes ...string) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	assert.NoError(t, tel.Reader.Collect(context.Background(), &all)) // not fatal: a condition of Eventually may ask
	out := make(map[string]int64)
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != counter {
				continue
			}
			for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
				values := make([]string, len(attributes))
				for i, key := range attributes {
					v, _ := p.Attributes.Value(attribute.Key(key))
					values[i] = v.AsString()
				}
				out[strings.Join(values, " ")] += p.Value
			}
		}
	}
	return out
}
