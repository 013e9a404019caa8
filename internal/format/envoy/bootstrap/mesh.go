// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package bootstrap

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// meshNode is where Istio's mesh configuration (istio.mesh.v1alpha1.MeshConfig) stands in a document.
type meshNode struct {
	node *yaml.Node
	at   place
}

// mesh finds a mesh configuration: alone, in the ConfigMap of the control plane (data.mesh, as text), or in an
// IstioOperator or the values of Istio's chart (meshConfig); the node is nil where there is none.
func mesh(root *yaml.Node) meshNode {
	if inner, at := find(root, place{}, "data", "mesh"); text(inner) != "" {
		if n := document(inner); n != nil {
			return meshNode{n, at}
		}
	}
	for _, keys := range [][]string{{"spec", "mesh_config"}, {"mesh_config"}, {}} {
		n, at := find(root, place{}, keys...)
		for _, key := range []string{"access_log_file", "access_log_format", "access_log_encoding", "extension_providers", "default_providers"} {
			if get(n, key) != nil {
				return meshNode{n, at}
			}
		}
	}
	return meshNode{}
}

// mesh reads a mesh configuration: the one log of all proxies, and those of extension providers.
func (w *walker) mesh(m meshNode) {
	if path := text(get(m.node, "access_log_file")); path != "" {
		l := Log{Where: m.at.key("accessLogFile").path, Logger: "FileAccessLog", Path: path}
		json := text(get(m.node, "access_log_encoding")) == "JSON"
		format, err := meshFormat(text(get(m.node, "access_log_format")), json)
		w.add(l, format, m.at.key("accessLogFormat"), err)
	}
	list, at := find(m.node, m.at, "extension_providers")
	if list == nil {
		return
	}
	for i, p := range list.Content {
		w.provider(resolve(p), at.index(i))
	}
}

// meshFormat is the format of the mesh's log: a text, or with the encoding JSON a map as text.
func meshFormat(format string, json bool) (string, error) {
	switch {
	case format == "" && json:
		return "istio_json", nil
	case format == "":
		return "istio", nil
	case json:
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(format), &doc); err != nil {
			return "", err
		}
		if len(doc.Content) == 0 {
			return "", errNoMap
		}
		return jsonFormat(doc.Content[0], place{}, false)
	}
	return textFormat(format, false)
}

// provider reads the access log of one extension provider.
func (w *walker) provider(p *yaml.Node, at place) {
	if n := get(p, "envoy_file_access_log"); n != nil {
		where := at.key("envoyFileAccessLog")
		path := text(get(n, "path"))
		if path == "" {
			path = "/dev/stdout"
		}
		omits := text(get(n, "omit_empty_values")) == "true"
		format, err := labels(get(n, "log_format"), where.key("logFormat"), omits)
		w.add(Log{Where: where.path, Logger: "FileAccessLog", Path: path}, format, where, err)
	}
	if n := get(p, "envoy_otel_als"); n != nil {
		where := at.key("envoyOtelAls")
		format, err := labels(get(n, "log_format"), where.key("logFormat"), false)
		if inner, ok := strings.CutPrefix(format, `{"json_format":`); ok {
			format = `{"opentelemetry_access_logger":{"attributes":` + inner + "}"
		}
		w.add(Log{Where: where.path, Logger: "OpenTelemetryAccessLogConfig", Sink: SinkOTLP}, format, where, err)
	}
}

// labels is the format of a provider: labels are a map, which is logged as JSON or as attributes, and text is a string.
func labels(n *yaml.Node, at place, omits bool) (string, error) {
	if m := get(n, "labels"); m != nil {
		return jsonFormat(m, at.key("labels"), omits)
	}
	if f := text(get(n, "text")); f != "" {
		return textFormat(f, omits)
	}
	return "istio", nil
}

// add adds a mesh's log.
func (w *walker) add(l Log, format string, at place, err error) {
	if err != nil {
		w.errs = append(w.errs, fmt.Errorf("%s: %w", at.path, err))
		return
	}
	l.Format = format
	switch {
	case l.Sink == SinkOTLP:
	case l.Path == "/dev/stdout":
		l.Sink = SinkStdout
	case l.Path == "/dev/stderr":
		l.Sink = SinkStderr
	default:
		l.Sink = SinkFile
	}
	w.file.Logs = append(w.file.Logs, l)
}
