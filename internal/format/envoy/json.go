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
	// identities are the slots of what identifies the proxy.
	identities []int
	// prefix is that of keys without a known operator.
	prefix string
	// least is how many of its keys a line has at least.
	least int
	// required are slots of which a line has at least one; none where the list is empty.
	required []int
	// sniff are the keys, in quotes, of which one has to be in a line.
	sniff []string
}

// binding is a key, below a nested object with the keys of the objects before it, and the operator that fills it.
type binding struct {
	path     []string
	operator string
}

// newJSON compiles a dialect. A key whose operator is not known, or was given to another key already, is none of its.
func newJSON(name, prefix, directive string, keys []binding) (*jsonDialect, error) {
	d := &jsonDialect{prefix: prefix}
	// Envoy prints its keys sorted.
	sort.Slice(keys, func(i, k int) bool { return slices.Compare(keys[i].path, keys[k].path) < 0 })
	var fields []field.Field
	var list []jsonscan.Key
	for _, b := range keys {
		op, known := lookup(b.operator)
		if !known || given(fields, &op.field) {
			continue
		}
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
	d.least = min(8, (len(fields)+1)/2)
	d.Dialect = format.NewDialect(formatName, name, directive, format.KindTraffic, fields)
	return d, nil
}

// require makes one of the keys necessary.
func (d *jsonDialect) require(codes ...string) {
	for i := range d.Fields {
		for _, c := range codes {
			if d.Fields[i].Code == c {
				d.required = append(d.required, i)
			}
		}
	}
}

// fits reports whether what was read can be a line of the dialect: known and extra are how many keys it knew or not.
func (d *jsonDialect) fits(slots []field.Slot, known, extra int) bool {
	if known < d.least || extra > known {
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

// readMap reads a JSON map of keys to format strings as it stands in Envoy's configuration, alone or as the json_format
// of a log format. A value of several commands, or a constant, is left out: its key is not a known one.
func readMap(s string) ([]binding, error) {
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(s))
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("not a JSON map: %w", err)
	}
	if dec.More() {
		return nil, fmt.Errorf("not a JSON map: something follows at byte %d", dec.InputOffset())
	}
	if inner, ok := m["json_format"].(map[string]any); ok {
		m = inner
	}
	return flatten(nil, nil, m)
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
