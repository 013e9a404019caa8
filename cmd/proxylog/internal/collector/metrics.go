// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"context"
	"net/http"
	"strings"

	"github.com/proxylog/proxylog/internal/selfmetrics"
)

// linesMetric counts the lines that the receiver has settled, by outcome.
const linesMetric = "otelcol_receiver_proxylog_lines"

// settled asks the Collector what became of the lines so far, and sums them by outcome.
func settled(ctx context.Context, client *http.Client, port int) (map[string]int64, error) {
	samples, err := selfmetrics.Read(ctx, client, port)
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for _, s := range samples {
		if outcome := s.Label("outcome"); outcome != "" && strings.HasPrefix(s.Name, linesMetric) {
			counts[outcome] += int64(s.Value)
		}
	}
	return counts, nil
}
