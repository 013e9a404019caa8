// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// jsonDialect is a format of one JSON object a line.
type jsonDialect struct {
	*format.Dialect
	kinds []kind
	keys  *jsonscan.Keys
	list  []jsonscan.Key
	// identities are the slots of what identifies the proxy.
	identities []int
	// prefix is that of keys without a known operator.
	prefix string
	// least is how many of its keys a line has at least.
	least int
	// required are slots of which a line has at least one; none where the list is empty.
	required []int
	// start is the slot of START_TIME where a line has to have it, else -1.
	start int
	// sniff are the keys, in quotes, of which one has to be in a line.
	sniff []string
}

// binding is a key, below a nested object with the keys of the objects before it, and the operator that fills it.
type binding struct {
	path     []string
	operator string
}

// newJSON compiles a dialect. A key whose operator is not known is none of its; nor is one whose operator was given to
// another key already, unless the dialect is the table of spellings, in which they stand for one another.
func newJSON(name, prefix, directive string, keys []binding) (*jsonDialect, error) {
	d := &jsonDialect{prefix: prefix, start: -1}
	// Envoy prints its keys sorted.
	sort.Slice(keys, func(i, k int) bool { return slices.Compare(keys[i].path, keys[k].path) < 0 })
	var fields []field.Field
	var list []jsonscan.Key
	spelled := map[string]int{}
	for _, b := range keys {
		op, known := lookup(b.operator)
		if n, again := spelled[b.operator]; again && name == dialectCommonJSON {
			list = append(list, jsonscan.Key{Path: b.path, Field: n})
			continue
		}
		if !known || given(fields, &op.field) {
			continue
		}
		spelled[b.operator] = len(fields)
		f := op.field
		f.Code, f.Decode = strings.Join(b.path, "."), jsonscan.Unescape
		list = append(list, jsonscan.Key{Path: b.path, Field: len(fields)})
		if op.kind == identity {
			d.identities = append(d.identities, len(fields))
		}
		fields, d.kinds = append(fields, f), append(d.kinds, op.kind)
		d.sniff = append(d.sniff, `"`+b.path[len(b.path)-1]+`"`)
	}
	if len(fields) < 2 {
		return nil, errors.New("at least two of its keys need a known command, or its lines could not be told from others")
	}
	var err error
	if d.keys, err = jsonscan.NewKeys(list); err != nil {
		return nil, err
	}
	d.least = min(fewest, (len(fields)+1)/2)
	d.Dialect = format.NewDialect(formatName, name, directive, format.KindTraffic, fields)
	d.Makes = makes
	d.Keyed, d.KeyOf = true, jsonscan.KeyOf
	d.list = list
	return d, nil
}

// require makes one of the keys necessary.
func (d *jsonDialect) require(keys ...string) {
	for _, k := range d.list {
		if slices.Contains(keys, strings.Join(k.Path, ".")) && !slices.Contains(d.required, k.Field) {
			d.required = append(d.required, k.Field)
		}
	}
}

// fits reports whether what was read can be a line of the dialect: known and extra are how many keys it knew or not.
func (d *jsonDialect) fits(slots []field.Slot, known, extra int) bool {
	if known < d.least || extra > known || d.start >= 0 && !slots[d.start].Has() {
		return false
	}
	for _, i := range d.required {
		if slots[i].Start >= 0 {
			return true
		}
	}
	return len(d.required) == 0
}

// given reports whether one of the fields writes what f would write.
func given(fields []field.Field, f *field.Field) bool {
	for i := range fields {
		if f.Key != "" && fields[i].Key == f.Key || f.Role != 0 && fields[i].Role == f.Role {
			return true
		}
	}
	return false
}

// errNoMap is the error of a text that is no JSON object.
var errNoMap = errors.New("not a JSON map")

// jsonMap is what a JSON object of a configuration says: the keys of a JSON map, or a format string.
type jsonMap struct {
	keys []binding
	text string
	// omits says that keys without a value are left out of a line.
	omits bool
}

// readMap reads a JSON map of keys to format strings as it stands in Envoy's configuration, alone or as the json_format
// of a log format, or the format string of one. A value of several commands, or a constant, is left out: its key is not
// a known one.
func readMap(s string) (jsonMap, error) {
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(s))
	if err := dec.Decode(&m); err != nil {
		return jsonMap{}, fmt.Errorf("%w: %w", errNoMap, err)
	}
	if dec.More() {
		return jsonMap{}, fmt.Errorf("not a JSON map: something follows at byte %d", dec.InputOffset())
	}
	if inner, ok := m["log_format"].(map[string]any); ok {
		m = inner
	}
	if source, ok := m["text_format_source"].(map[string]any); ok {
		m = map[string]any{"text_format": source["inline_string"]}
	}
	if text, ok := m["text_format"].(string); ok && text != "" {
		return jsonMap{text: text}, nil
	}
	omits, _ := m["omit_empty_values"].(bool)
	if inner, ok := m["json_format"].(map[string]any); ok {
		m = inner
	}
	keys, err := flatten(nil, nil, m)
	return jsonMap{keys: keys, omits: omits}, err
}

func flatten(out []binding, above []string, m map[string]any) ([]binding, error) {
	for key, v := range m {
		path := append(slices.Clip(above), key)
		switch v := v.(type) {
		case map[string]any:
			var err error
			if out, err = flatten(out, path, v); err != nil {
				return nil, err
			}
		case string:
			items, err := parseFormat(v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", strings.Join(path, "."), err)
			}
			items = withoutEnvironment(items)
			if len(items) != 1 || items[0].name == "" {
				continue
			}
			if err := items[0].check(); err != nil {
				return nil, fmt.Errorf("%s: %w", strings.Join(path, "."), err)
			}
			out = append(out, binding{path, items[0].name})
		}
	}
	return out, nil
}

// withoutEnvironment leaves out ENVIRONMENT(…) beside another command, with nothing between them: an empty variable makes
// Envoy print numbers as text.
func withoutEnvironment(items []item) []item {
	var out []item
	for _, it := range items {
		if !strings.HasPrefix(it.name, "ENVIRONMENT(") {
			out = append(out, it)
		}
	}
	if len(out) == 0 {
		return items
	}
	return out
}
