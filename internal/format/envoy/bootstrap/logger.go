// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package bootstrap

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// defaultFormat is the name of the format that Envoy writes where none is configured.
const defaultFormat = "default"

// nowhere is the path of a log that nobody is to read.
const nowhere = "/dev/null"

// names are the loggers by the name under which they are registered, for configurations that give no type (before v3).
var names = map[string]string{
	"envoy.access_loggers.file": "FileAccessLog", "envoy.file_access_log": "FileAccessLog", "envoy.access_loggers.stdout": "StdoutAccessLog",
	"envoy.access_loggers.stderr": "StderrAccessLog", "envoy.access_loggers.open_telemetry": "OpenTelemetryAccessLogConfig",
}

// logger reads one entry of a list of access loggers (config.accesslog.v3.AccessLog). ok is false where it is none.
func logger(n *yaml.Node, at place, file string) (l Log, ok bool, err error) {
	l = Log{Where: at.path, Listener: at.listener, Filter: at.filter, Upstream: at.upstream, Sink: SinkOther}
	cfg, where := n, at
	for _, key := range []string{"typed_config", "config"} {
		if c := get(n, key); c != nil {
			cfg, where = c, at.key(key)
		}
	}
	l.Logger = typeOf(cfg)
	if l.Logger == "" || l.Logger == "TypedStruct" {
		l.Logger = names[text(get(n, "name"))]
	}
	if v := get(cfg, "value"); strings.HasSuffix(text(get(cfg, "@type")), "TypedStruct") && v != nil {
		cfg, where = v, where.key("value")
	}
	switch l.Logger {
	case "":
		return l, false, nil
	case "FileAccessLog":
		l.Sink, l.Path = SinkFile, text(get(cfg, "path"))
		switch l.Path {
		case "":
			return l, false, fmt.Errorf("%s: the path is missing", where.key("path").path)
		case nowhere:
			return l, false, nil
		case "/dev/stdout":
			l.Sink = SinkStdout
		case "/dev/stderr":
			l.Sink = SinkStderr
		}
	case "StdoutAccessLog":
		l.Sink = SinkStdout
	case "StderrAccessLog":
		l.Sink = SinkStderr
	case "OpenTelemetryAccessLogConfig":
		l.Sink = SinkOTLP
		l.Format, err = otlpFormat(cfg, where)
		return l, err == nil, err
	default:
		return l, true, nil
	}
	l.Format, err = fileFormat(cfg, where, file)
	return l, err == nil, err
}

// fileFormat is the format of a logger that writes lines (extensions.access_loggers.file.v3.FileAccessLog, and
// stream.v3 alike).
func fileFormat(cfg *yaml.Node, at place, file string) (string, error) {
	if f := text(get(cfg, "format")); f != "" {
		return textFormat(f, false)
	}
	for _, key := range []string{"json_format", "typed_json_format"} {
		if m := get(cfg, key); m != nil {
			return jsonFormat(m, at.key(key), false)
		}
	}
	if f := get(cfg, "log_format"); f != nil {
		return substitution(f, at.key("log_format"), file)
	}
	return defaultFormat, nil
}

// substitution is the format that a config.core.v3.SubstitutionFormatString gives.
func substitution(n *yaml.Node, at place, file string) (string, error) {
	omits := text(get(n, "omit_empty_values")) == "true"
	if m := get(n, "json_format"); m != nil {
		return jsonFormat(m, at.key("json_format"), omits)
	}
	if f := text(get(n, "text_format")); f != "" {
		return textFormat(f, omits)
	}
	source, where := find(n, at, "text_format_source")
	switch {
	case source == nil:
		return "", fmt.Errorf("%s: neither text_format_source nor json_format is in it", at.path)
	case get(source, "inline_string") != nil:
		return textFormat(text(get(source, "inline_string")), omits)
	case get(source, "inline_bytes") != nil:
		raw, err := decodeBase64(text(get(source, "inline_bytes")))
		if err != nil {
			return "", fmt.Errorf("%s: %w", where.key("inline_bytes").path, err)
		}
		return textFormat(raw, omits)
	case get(source, "filename") != nil:
		name := text(get(source, "filename"))
		raw, err := os.ReadFile(name)
		if err != nil && !filepath.IsAbs(name) {
			raw, err = os.ReadFile(filepath.Join(filepath.Dir(file), name))
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", where.key("filename").path, err)
		}
		return textFormat(string(raw), omits)
	case get(source, "environment_variable") != nil:
		name := text(get(source, "environment_variable"))
		f, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("%s: the variable %s is not set here", where.key("environment_variable").path, name)
		}
		return textFormat(f, omits)
	}
	return "", fmt.Errorf("%s: a source of an unknown kind", where.path)
}

// textFormat is a format string. One that writes JSON by hand, or whose missing values are printed as nothing, is wrapped,
// so that it is not taken for a JSON map or for one with dashes; the empty one stands for the default.
func textFormat(f string, omits bool) (string, error) {
	switch {
	case f == "":
		return defaultFormat, nil
	case omits:
		return marshal(map[string]any{"text_format": f, "omit_empty_values": true})
	case strings.HasPrefix(strings.TrimSpace(f), "{"):
		return marshal(map[string]any{"text_format": f})
	}
	return f, nil
}

// jsonFormat is a JSON map.
func jsonFormat(n *yaml.Node, at place, omits bool) (string, error) {
	if n.Kind != yaml.MappingNode {
		return "", fmt.Errorf("%s: %w", at.path, errNoMap)
	}
	var m map[string]any
	if err := n.Decode(&m); err != nil {
		return "", fmt.Errorf("%s: %w", at.path, err)
	}
	out := map[string]any{"json_format": m}
	if omits {
		out["omit_empty_values"] = true
	}
	s, err := marshal(out)
	if err != nil {
		return "", fmt.Errorf("%s: %w", at.path, err)
	}
	return s, nil
}

var errNoMap = errors.New("it is no map of keys to formats")
