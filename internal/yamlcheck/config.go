// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package yamlcheck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// block is one piece of YAML and where it stands.
type block struct {
	where string // file:line of its first line
	text  string
}

// fenced returns the blocks that a Markdown text fences as yaml.
func fenced(name, markdown string) []block {
	var out []block
	var open *block
	indent := ""
	for i, line := range strings.Split(markdown, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case open == nil && (trimmed == "```yaml" || strings.HasPrefix(trimmed, "```yaml ")):
			indent, _, _ = strings.Cut(line, "`")
			open = &block{where: fmt.Sprintf("%s:%d", name, i+2)}
		case open != nil && trimmed == "```":
			out = append(out, *open)
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	return out
}

// sections are the top-level keys of a Collector configuration.
var sections = []string{"receivers", "processors", "exporters", "extensions", "connectors", "service"}

// Configs returns the Collector configurations among the documents of a YAML text, completed so that they can be
// validated: those in a ConfigMap of Kubernetes and in values of the Collector's Helm chart (alternateConfig) too. Other
// documents, such as builder configurations, are left out.
func Configs(text string) ([]string, error) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	var out []string
	for {
		var doc map[string]any
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		found, err := inside(doc)
		if err != nil {
			return nil, err
		}
		for _, config := range found {
			complete(config)
			var b bytes.Buffer
			if err := yaml.NewEncoder(&b).Encode(config); err != nil {
				return nil, err
			}
			out = append(out, b.String())
		}
	}
}

// inside returns a document that is a configuration itself, or those that it holds.
func inside(doc map[string]any) ([]map[string]any, error) {
	if isCollectorConfig(doc) {
		return []map[string]any{doc}, nil
	}
	var out []map[string]any
	if helm, ok := doc["alternateConfig"].(map[string]any); ok && isCollectorConfig(helm) {
		out = append(out, helm)
	}
	if data, ok := doc["data"].(map[string]any); ok && doc["kind"] == "ConfigMap" {
		for _, key := range slices.Sorted(maps.Keys(data)) {
			text, _ := data[key].(string)
			if !strings.HasSuffix(key, ".yaml") {
				continue
			}
			var config map[string]any
			if err := yaml.Unmarshal([]byte(text), &config); err != nil {
				return nil, fmt.Errorf("%s of a ConfigMap: %w", key, err)
			}
			if isCollectorConfig(config) {
				out = append(out, config)
			}
		}
	}
	return out, nil
}

// isCollectorConfig reports whether a document is a Collector configuration or a part of one: it has a section of one,
// and its sections are maps, where ocb's are lists.
func isCollectorConfig(doc map[string]any) bool {
	found := false
	for _, s := range sections {
		v, ok := doc[s]
		if !ok {
			continue
		}
		if _, isMap := v.(map[string]any); !isMap {
			return false
		}
		found = true
	}
	return found
}

// complete adds what a part of a configuration lacks to be a whole one: a receiver, an exporter and a service that
// uses all that is there.
func complete(doc map[string]any) {
	if _, ok := doc["service"]; ok {
		return
	}
	for section, fallback := range map[string]map[string]any{
		"receivers": {"otlp": map[string]any{"protocols": map[string]any{"grpc": map[string]any{}}}},
		"exporters": {"nop": nil},
	} {
		if _, ok := doc[section]; !ok {
			doc[section] = fallback
		}
	}
	service := map[string]any{"pipelines": map[string]any{"logs": map[string]any{
		"receivers":  names(doc["receivers"]),
		"processors": names(doc["processors"]),
		"exporters":  names(doc["exporters"]),
	}}}
	if _, ok := doc["extensions"]; ok {
		service["extensions"] = names(doc["extensions"])
	}
	doc["service"] = service
}

// names returns the sorted keys of a section; none for a section that is missing.
func names(section any) []string {
	out := []string{}
	m, _ := section.(map[string]any)
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
