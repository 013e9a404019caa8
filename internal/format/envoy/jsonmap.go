// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
)

// errNoMap is the error of a text that is no JSON object.
var errNoMap = errors.New("not a JSON map")

// jsonMap is what a JSON object of a configuration says: the keys of a JSON map, or a format string.
type jsonMap struct {
	keys []binding
	// constants is how many keys it has besides, whose values no command makes alone.
	constants int
	// names are all keys, those of nested objects behind the ones of the objects they are in, and these too.
	names map[string]bool
	// typed says that one of the commands makes a number, so that a line of the map has one without quotes.
	typed bool
	text  string
	// omits says that keys without a value are left out of a line, and that a text has nothing in their place.
	omits bool
	// bare says that it is the map alone, so that it may be a text that writes JSON by hand as well.
	bare bool
}

// readMap reads a JSON map of keys to format strings as it stands in Envoy's configuration, alone or as the json_format
// of a log format, or the format string of one.
func readMap(s string) (jsonMap, error) {
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(s))
	if err := dec.Decode(&m); err != nil {
		return jsonMap{}, &directive.PositionError{Directive: s, At: brokenAt(s, err), Err: fmt.Errorf("%w: %w", errNoMap, err)}
	}
	if dec.More() {
		return jsonMap{}, fmt.Errorf("not a JSON map: something follows at byte %d", dec.InputOffset())
	}
	out := jsonMap{bare: true, names: map[string]bool{}}
	if inner, ok := m["log_format"].(map[string]any); ok {
		m, out.bare = inner, false
	}
	out.omits, _ = m["omit_empty_values"].(bool)
	if source, ok := m["text_format_source"].(map[string]any); ok {
		m = map[string]any{"text_format": source["inline_string"]}
	}
	if text, ok := m["text_format"].(string); ok && text != "" {
		out.text, out.bare = text, false
		return out, nil
	}
	if logger, ok := m["opentelemetry_access_logger"].(map[string]any); ok {
		// Its attributes, and what comes with them as GDC's log pipeline writes it.
		m, out.bare = map[string]any{}, false
		if attributes, ok := logger["attributes"].(map[string]any); ok {
			m = attributes
		}
		out.keys = companions(m)
	}
	for _, key := range []string{"json_format", "typed_json_format"} {
		if inner, ok := m[key].(map[string]any); ok {
			m, out.bare = inner, false
		}
	}
	err := out.flatten(nil, m)
	return out, err
}

// brokenAt is the byte of a text at which it is no JSON.
func brokenAt(s string, err error) int {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset > 0 {
		return int(syntax.Offset) - 1
	}
	return len(s)
}

// companions are the keys of what an OpenTelemetry record has besides the attributes of its configuration.
func companions(m map[string]any) []binding {
	var out []binding
	for path, op := range gdcKeys {
		first, _, _ := strings.Cut(path, ".")
		if _, own := m[first]; !own && strings.HasPrefix(op, "gdc:") && op != "gdc:username" {
			out = append(out, guess(op, strings.Split(path, ".")...))
		}
	}
	return out
}

// flatten adds the keys of a map below others.
func (j *jsonMap) flatten(above []string, m map[string]any) error {
	for key, v := range m {
		path := append(slices.Clip(above), key)
		j.names[strings.Join(path, ".")] = true
		switch v := v.(type) {
		case map[string]any:
			if err := j.flatten(path, v); err != nil {
				return err
			}
		case string:
			items, err := parseFormat(v)
			if err != nil {
				return fmt.Errorf("%s: %w", strings.Join(path, "."), err)
			}
			b := binding{path: path, items: withoutEnvironment(items)}
			if len(commandsOf(b.items)) == 0 {
				j.constants++
				continue
			}
			if op, ok := operators[b.operator()]; ok && op.kind == integer {
				j.typed = true
			}
			j.keys = append(j.keys, b)
		default:
			j.constants++
		}
	}
	return nil
}

// withoutEnvironment leaves out ENVIRONMENT(…) beside another command, with nothing between them: an empty variable makes
// Envoy print numbers as text.
func withoutEnvironment(items []item) []item {
	var out []item
	for _, it := range items {
		switch {
		case it.name == "":
			return items
		case !strings.HasPrefix(it.name, "ENVIRONMENT("):
			out = append(out, it)
		}
	}
	if len(out) == 0 {
		return items
	}
	return out
}
