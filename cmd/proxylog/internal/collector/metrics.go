// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// linesMetric counts the lines that the receiver has settled, by outcome.
const linesMetric = "otelcol_receiver_proxylog_lines"

// maxMetrics bounds what is read of the Collector's answer, in bytes.
const maxMetrics = 16 << 20

// scrape asks the Collector for its metrics and sums the lines by outcome.
func scrape(ctx context.Context, client *http.Client, url string) (map[string]int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics: %s", res.Status)
	}
	return parseLines(io.LimitReader(res.Body, maxMetrics))
}

// parseLines reads Prometheus' text format, as far as it is about lines.
func parseLines(r io.Reader) (map[string]int64, error) {
	counts := map[string]int64{}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		line := sc.Text()
		labels, ok := strings.CutPrefix(line, linesMetric)
		if !ok {
			continue
		}
		// The name may go on with a unit and _total, depending on the reader's settings.
		open, end := strings.IndexByte(labels, '{'), strings.LastIndexByte(labels, '}')
		if open < 0 || end < open {
			continue
		}
		outcome := label(labels[open+1:end], "outcome")
		value := strings.Fields(labels[end+1:])
		if outcome == "" || len(value) == 0 {
			continue
		}
		n, err := strconv.ParseFloat(value[0], 64)
		if err != nil {
			return nil, fmt.Errorf("metrics: %q: %w", line, err)
		}
		counts[outcome] += int64(n)
	}
	return counts, sc.Err()
}

// label is the value of a label; the values looked for need no unescaping.
func label(labels, name string) string {
	for rest := labels; rest != ""; {
		i := strings.Index(rest, name+`="`)
		if i < 0 {
			return ""
		}
		value := rest[i+len(name)+2:]
		if i == 0 || rest[i-1] == ',' {
			value, _, _ = strings.Cut(value, `"`)
			return value
		}
		rest = value
	}
	return ""
}
