// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package selfmetrics reads the metrics that a Collector serves about itself, for programs that start one and have to
// know how far it is.
package selfmetrics

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// host is where the Collector serves its metrics: they are for the program that started it only.
const host = "127.0.0.1"

// maxAnswer bounds what is read of the Collector's answer, in bytes.
const maxAnswer = 16 << 20

// FreePort finds a loopback port that nobody listens on. Somebody may take it before the Collector does.
func FreePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Config is service::telemetry::metrics of a Collector that serves its metrics at the port.
func Config(port int) map[string]any {
	exporter := map[string]any{"prometheus": map[string]any{"host": host, "port": port}}
	return map[string]any{"readers": []any{map[string]any{"pull": map[string]any{"exporter": exporter}}}}
}

// Sample is one value of a metric.
type Sample struct {
	// Name is the metric's. A unit and _total may stand behind the name it is known by, as the Collector's settings want.
	Name  string
	Value float64

	labels string
}

// Label is the value of a label, "" where there is none. The values asked for need no unescaping.
func (s *Sample) Label(name string) string {
	for rest := s.labels; ; {
		i := strings.Index(rest, name+`="`)
		if i < 0 {
			return ""
		}
		value := rest[i+len(name)+len(`="`):]
		if i == 0 || rest[i-1] == ',' {
			value, _, _ = strings.Cut(value, `"`)
			return value
		}
		rest = value
	}
}

// Read asks the Collector at the port for all its metrics.
func Read(ctx context.Context, client *http.Client, port int) ([]Sample, error) {
	url := fmt.Sprintf("http://%s:%d/metrics", host, port)
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
	return Parse(io.LimitReader(res.Body, maxAnswer))
}

// Parse reads Prometheus' text format: name{labels} value [timestamp], one sample a line. Comments are passed over, and
// so are samples without labels, of which the Collector has none, and one that the answer's limit has cut.
func Parse(r io.Reader) ([]Sample, error) {
	var samples []Sample
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		name, rest, _ := strings.Cut(line, "{")
		end := strings.LastIndexByte(rest, '}')
		if end < 0 || strings.HasPrefix(line, "#") {
			continue
		}
		value := strings.Fields(rest[end+1:])
		if len(value) == 0 {
			continue
		}
		v, err := strconv.ParseFloat(value[0], 64)
		if err != nil {
			return nil, fmt.Errorf("metrics: %q: %w", line, err)
		}
		samples = append(samples, Sample{Name: name, Value: v, labels: rest[:end]})
	}
	return samples, lines.Err()
}
