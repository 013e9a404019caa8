// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package bootstrap

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// otlpFormat is the format of an OpenTelemetry access logger
// (extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig): its attributes as a JSON map; without
// attributes the string of its body.
func otlpFormat(cfg *yaml.Node, at place) (string, error) {
	list, where := find(cfg, at, "attributes", "values")
	m, err := keyValues(list, where)
	if err != nil {
		return "", err
	}
	if len(m) > 0 {
		return marshal(map[string]any{"opentelemetry_access_logger": map[string]any{"attributes": m}})
	}
	if body, _ := find(cfg, at, "body", "string_value"); text(body) != "" {
		return textFormat(text(body), false)
	}
	return "", nil
}

// keyValues reads a list of OpenTelemetry attributes: nested ones become nested maps.
func keyValues(list *yaml.Node, at place) (map[string]any, error) {
	if list == nil {
		return nil, nil
	}
	m := map[string]any{}
	for i, kv := range list.Content {
		here := at.index(i)
		kv = resolve(kv)
		key := text(get(kv, "key"))
		if key == "" {
			return nil, fmt.Errorf("%s: the key is missing", here.path)
		}
		value := get(kv, "value")
		if nested, where := find(value, here.key("value"), "kvlist_value", "values"); nested != nil {
			inner, err := keyValues(nested, where)
			if err != nil {
				return nil, err
			}
			m[key] = inner
			continue
		}
		m[key] = text(get(value, "string_value"))
	}
	return m, nil
}

// marshal writes a map as JSON without escaping what is only special in HTML, since a person may read it.
func marshal(m map[string]any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func decodeBase64(s string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	return string(raw), err
}
