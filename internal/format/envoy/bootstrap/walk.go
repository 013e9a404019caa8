// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package bootstrap

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is looked at: the nesting, and the nodes, of which aliases can make very many of a few. Envoy's own
// configurations stay far below.
const (
	maxDepth = 100
	maxNodes = 1 << 20
)

// walker searches a document for access logs.
type walker struct {
	file  *File
	errs  []error
	nodes int
}

// place is where the walker is.
type place struct {
	path     string
	listener string
	// filter is the type of the nearest object with a type.
	filter   string
	upstream bool
}

func (p place) key(key string) place {
	if p.path != "" {
		p.path += "."
	}
	p.path += key
	return p
}

func (p place) index(i int) place {
	p.path += "[" + strconv.Itoa(i) + "]"
	return p
}

// logKeys are the keys below which a list of access loggers stands.
var logKeys = map[string]bool{
	"access_log": true, "access_logs": true, "upstream_log": true, "proxy_access_log": true, "session_access_log": true, "access_loggers": true,
}

// adminPath is the key of the administration interface's log in older configurations: its path, and nothing else
// (config.bootstrap.v3.Admin, deprecated for access_log).
const adminPath = "access_log_path"

// admin adds the log that is written to a path in the default format.
func (w *walker) admin(path string, at place) {
	if path == "" || path == nowhere {
		return
	}
	l := Log{Where: at.path, Listener: at.listener, Filter: at.filter, Logger: "FileAccessLog", Path: path}
	w.add(l, defaultFormat, at, nil)
}

// configMap looks at the files that a ConfigMap of Kubernetes holds as texts; those that are no YAML are others.
func (w *walker) configMap(root *yaml.Node) {
	data, at := find(root, place{}, "data")
	if data == nil {
		return
	}
	for i := 0; i+1 < len(data.Content); i += 2 {
		if n := document(resolve(data.Content[i+1])); n != nil {
			w.walk(n, at.key(data.Content[i].Value), 0)
		}
	}
}

// document is what a YAML text inside the configuration holds; nil where it is none.
func document(n *yaml.Node) *yaml.Node {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text(n)), &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// walk looks at a node and all below it.
func (w *walker) walk(n *yaml.Node, at place, depth int) {
	n = resolve(n)
	if w.nodes++; depth > maxDepth || w.nodes > maxNodes {
		if w.nodes <= maxNodes+1 {
			w.errs = append(w.errs, fmt.Errorf("%s: nested too deeply, or too much of it", at.path))
		}
		return
	}
	switch n.Kind {
	case yaml.SequenceNode:
		for i, c := range n.Content {
			w.walk(c, at.index(i), depth+1)
		}
	case yaml.MappingNode:
		if t := typeOf(n); t != "" {
			at.filter = t
		}
		if get(n, "filter_chains") != nil || get(n, "listener_filters") != nil || get(n, "default_filter_chain") != nil {
			at.filter = "Listener"
			at.listener = text(get(n, "name"))
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, v := n.Content[i].Value, resolve(n.Content[i+1])
			below := at.key(key)
			if name := snake(key); logKeys[name] && v.Kind == yaml.SequenceNode {
				below.upstream = name == "upstream_log"
				w.loggers(v, below)
				continue
			}
			if snake(key) == adminPath {
				w.admin(text(v), below)
			}
			w.walk(v, below, depth+1)
		}
	}
}

// loggers reads a list of access loggers.
func (w *walker) loggers(list *yaml.Node, at place) {
	for i, n := range list.Content {
		if l, ok, err := logger(resolve(n), at.index(i), w.file.Path); err != nil {
			w.errs = append(w.errs, err)
		} else if ok {
			w.file.Logs = append(w.file.Logs, l)
		}
	}
}

// resolve follows an alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// get is the value of a key, which may be written as protobuf's JSON has it (accessLog) or as its text (access_log); nil
// where there is none.
func get(n *yaml.Node, key string) *yaml.Node {
	v, _ := lookup(n, key)
	return v
}

// lookup is get, and the key as it is written.
func lookup(n *yaml.Node, key string) (*yaml.Node, string) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, key
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Value; snake(k) == key {
			return resolve(n.Content[i+1]), k
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		// YAML's merge key; that of what is merged is not followed, so that none can go in circles.
		if m := resolve(n.Content[i+1]); n.Content[i].Tag == "!!merge" && m.Kind == yaml.MappingNode {
			for k := 0; k+1 < len(m.Content); k += 2 {
				if snake(m.Content[k].Value) == key {
					return resolve(m.Content[k+1]), key
				}
			}
		}
	}
	return nil, key
}

// find is get over several keys, and where the last one stands.
func find(n *yaml.Node, at place, keys ...string) (*yaml.Node, place) {
	for _, key := range keys {
		var written string
		n, written = lookup(n, key)
		at = at.key(written)
	}
	return n, at
}

// text is a scalar's text; "" where it is none.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// typeOf is the last part of an object's @type, such as FileAccessLog.
func typeOf(n *yaml.Node) string {
	t := text(get(n, "@type"))
	return t[strings.LastIndexByte(t, '.')+1:]
}

// snake turns accessLog into access_log.
func snake(s string) string {
	if strings.ToLower(s) == s {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
