// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"slices"
	"sort"
	"strings"
)

// guess says that a key is filled by the operator, however its value may be printed.
func guess(operator string, path ...string) binding {
	return binding{path: path, items: []item{{name: operator}}, guessed: true}
}

// commandBindings are the names of commands in small letters.
func commandBindings() []binding {
	var out []binding
	for op := range operators {
		if op[0] >= 'A' && op[0] <= 'Z' && !strings.Contains(op, "(") {
			out = append(out, guess(op, strings.ToLower(op)))
		}
	}
	return out
}

// commonBindings is the table of spellings, sorted.
func commonBindings() []binding {
	out := commandBindings()
	for op, keys := range spellings {
		for _, key := range keys {
			out = append(out, guess(op, key))
		}
	}
	sort.Slice(out, func(i, k int) bool { return out[i].path[0] < out[k].path[0] })
	return out
}

// bindings are the keys of a built-in, in which a point stands between the keys of nested objects.
func bindings(lists ...map[string]string) []binding {
	var out []binding
	for _, keys := range lists {
		for path, op := range keys {
			out = append(out, guess(op, strings.Split(path, ".")...))
		}
	}
	return out
}

// builtinJSON makes a built-in JSON dialect; nil for the name of another one.
func builtinJSON(name string) (*jsonDialect, error) {
	switch name {
	case dialectGDC:
		d, err := newJSON(name, "gdc.", "", bindings(gdcKeys), false)
		if err == nil {
			d.require("resource.cluster_name", "resource.log_name", "resource.node_name", "resource.zone_name")
		}
		return d, err
	case dialectDefaultJSON:
		return atLeast(newJSON(name, "envoy.", "", bindings(defaultKeys), false))
	case dialectContour:
		own := slices.DeleteFunc(commandBindings(), func(b binding) bool { return b.operator() == "START_TIME" })
		d, err := atLeast(newJSON(name, "envoy.", "", append(own, bindings(contourKeys)...), false))
		if err == nil {
			d.sniff = []string{`"@timestamp"`, `"ts"`}
		}
		return d, err
	case dialectIstioJSON:
		return atLeast(newJSON(name, "envoy.", "", bindings(defaultKeys, istioKeys), false))
	case dialectCommonJSON:
		d, err := atLeast(newJSON(name, "envoy.", "", commonBindings(), false))
		if err != nil {
			return nil, err
		}
		for i, k := range d.kinds {
			// The keys are a guess: what does not have the type of the command is kept as it is.
			if k == integer {
				d.kinds[i] = loose
			}
		}
		return d, nil
	}
	return nil, nil
}

// fewest is how many keys a line of a built-in has at least: with omit_empty_values only those remain that always have a
// value.
const fewest = 5

// atLeast makes a built-in one whose lines may lack most of its keys, but not START_TIME.
func atLeast(d *jsonDialect, err error) (*jsonDialect, error) {
	if err != nil {
		return nil, err
	}
	d.least = fewest
	d.require(marks...)
	d.sniff = []string{`"start_time"`}
	for i := range d.Fields {
		if d.Fields[i].Role == roleStart {
			d.start = i
		}
	}
	return d, nil
}
