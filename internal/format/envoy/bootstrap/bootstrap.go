// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package bootstrap reads what Envoy is told to log out of Envoy's own configuration: a bootstrap, a file of listeners
// (LDS), or a dump of the running configuration (the admin's /config_dump), in YAML or JSON; and out of Istio's mesh
// configuration, alone, in a ConfigMap or in an IstioOperator. Envoy's may stand in a ConfigMap too.
//
// It does not follow Envoy's schema from the top: access logs stand in listeners, in the HTTP connection manager, in the
// TCP, UDP and other proxies, in the router and in extensions of all kinds, always as a list under one of few keys. The
// whole document is searched for these keys, so that a filter that is not known here is no obstacle.
package bootstrap

import (
	"errors"
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"
)

// File is what a configuration says about access logs.
type File struct {
	// Path is where it was read.
	Path string
	// Logs are the access logs in the order of the file.
	Logs []Log
}

// Sink is where an access log goes.
type Sink string

// Sinks.
const (
	SinkFile   Sink = "file"
	SinkStdout Sink = "stdout"
	SinkStderr Sink = "stderr"
	// SinkOTLP is Envoy's OpenTelemetry access logger: records over OTLP, which the proxylog processor reads.
	SinkOTLP Sink = "otlp"
	// SinkOther is a logger that writes no lines, such as the one over Envoy's own gRPC service.
	SinkOther Sink = "other"
)

// Log is one access log.
type Log struct {
	// Where is the YAML path at which it stands, such as static_resources.listeners[0].filter_chains[0]….
	Where string
	// Listener is the name of the listener to which it belongs; "" where it has none, and for a mesh.
	Listener string
	// Filter is the type of what logs: HttpConnectionManager, TcpProxy, UdpProxyConfig, Router, Listener …; "" if unknown.
	Filter string
	// Logger is the name of the logger's type, such as FileAccessLog.
	Logger string
	Sink   Sink
	// Path is the file of SinkFile; /dev/stdout and /dev/stderr are SinkStdout and SinkStderr.
	Path string
	// Format is the log's format as the envoy::format setting takes it: the name of a built-in, a format string, or a
	// JSON map; "" where the logger has none.
	Format string
	// Upstream says that it is a log of the router's requests to the upstream.
	Upstream bool
}

// Read reads a configuration from a file. The error names the file, and what is wrong in it by YAML path, or by line where
// it is no YAML. Where only some logs are wrong, the File holds the others.
func Read(path string) (*File, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, raw)
}

// Parse is Read of a file's content; path is for messages, and for files that it names relative to itself.
func Parse(path string, raw []byte) (*File, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("%s: it is empty", path)
	}
	w := walker{file: &File{Path: path}}
	root := doc.Content[0]
	switch m := mesh(root); {
	case m.node != nil:
		w.mesh(m)
	case text(get(root, "kind")) == "ConfigMap":
		w.configMap(root)
	default:
		w.walk(root, place{}, 0)
	}
	if len(w.file.Logs) == 0 && len(w.errs) == 0 {
		w.errs = append(w.errs, errors.New("no access log is configured in it"))
	}
	for i, err := range w.errs {
		w.errs[i] = fmt.Errorf("%s: %w", path, err)
	}
	return w.file, errors.Join(w.errs...)
}
