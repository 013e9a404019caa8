// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/stitch"
	"github.com/proxylog/proxylog/internal/selfmetrics"
)

// fingerprint is how much of a file tells it from the others, in bytes: the fileconsumer takes files that begin alike
// for one file.
const fingerprint = 16 << 10

// Config is a configuration of the distribution.
type Config struct {
	// Files are absolute paths.
	Files []string
	// Receiver are more settings of the receiver, such as its format.
	Receiver map[string]any
	// Output is the path of the file that gets the records, one OTLP JSON document per line.
	Output string
	// Port is the loopback port of the Collector's own metrics.
	Port int
}

// YAML writes the configuration as the Collector reads it.
func (c *Config) YAML() ([]byte, error) {
	receiver := map[string]any{
		// Bodies are of no use for a table; a line that cannot be read has one all the same.
		"body": "none",
		"file": map[string]any{
			"include": patterns(c.Files), "start_at": "beginning", "poll_interval": "100ms", "fingerprint_size": fingerprint,
		},
	}
	for k, v := range c.Receiver {
		receiver[k] = escape(v)
	}
	doc := map[string]any{
		"receivers":  map[string]any{"proxylog": receiver},
		"processors": map[string]any{"session_stitch": stitch.Settings()},
		"exporters":  map[string]any{"file": map[string]any{"path": escape(c.Output)}},
		"service": map[string]any{
			"pipelines": map[string]any{"logs": map[string]any{
				"receivers": []string{"proxylog"}, "processors": []string{"session_stitch"}, "exporters": []string{"file"},
			}},
			"telemetry": map[string]any{
				"logs":    map[string]any{"level": "warn", "encoding": "json"},
				"metrics": selfmetrics.Config(c.Port),
			},
		},
	}
	out, err := yaml.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	return out, nil
}

// patterns are include patterns that match the files and nothing else.
func patterns(files []string) []string {
	meta := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`)
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = escape(meta.Replace(f)).(string)
	}
	return out
}

// escape doubles dollar signs, which the Collector would expand.
func escape(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "$", "$$")
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = escape(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = escape(e)
		}
		return out
	}
	return v
}
