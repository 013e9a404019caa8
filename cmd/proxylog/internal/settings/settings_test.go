// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/settings"
	"github.com/proxylog/proxylog/extension/proxylogencodingextension"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/processor/proxylogprocessor"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver"
)

type m = map[string]any

// TestFrontKeys: the configurations of the components may hold any of their keys.
func TestFrontKeys(t *testing.T) {
	for section, cfg := range map[string]component.Config{
		"receivers: {proxylog: {%s: null}}":           proxylogreceiver.NewFactory().CreateDefaultConfig(),
		"processors: {proxylog: {%s: null}}":          proxylogprocessor.NewFactory().CreateDefaultConfig(),
		"extensions: {proxylog_encoding: {%s: null}}": proxylogencodingextension.NewFactory().CreateDefaultConfig(),
	} {
		keys := 0
		for _, field := range reflect.VisibleFields(reflect.TypeOf(cfg).Elem()) {
			key := field.Tag.Get("mapstructure")
			if key == ",squash" {
				continue
			}
			keys++
			f := settings.Flags{Config: config(t, fmt.Sprintf(section, key))}
			if _, err := f.Decoder(context.Background(), true); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		}
		if keys == 0 {
			t.Errorf("%s: no key was tried", section)
		}
	}
}

func TestMap(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags settings.Flags
		want  m
		err   string
	}{
		{"nothing", settings.Flags{}, m{}, ""},
		{"format", settings.Flags{Format: "squid"}, m{"format": "squid"}, ""},
		{
			"log-format",
			settings.Flags{Directive: `log-format "%ci:%cp"`},
			m{"format": "haproxy", "haproxy": m{"log_format": []any{`log-format "%ci:%cp"`}}},
			"",
		},
		{
			"several lines",
			settings.Flags{Directive: "  log-format %ci\n\n  # a comment\n  log-format-sd [x@1 a=%cp]\n"},
			m{"format": "haproxy", "haproxy": m{"log_format": []any{"log-format %ci", "log-format-sd [x@1 a=%cp]"}}},
			"",
		},
		{
			"all lines of a frontend",
			settings.Flags{Directive: "  mode\thttp\n  option\thttplog\n\n  capture request header Host len 20\n"},
			m{"format": "haproxy", "haproxy": m{"log_format": []any{"mode\thttp\noption\thttplog\ncapture request header Host len 20"}}},
			"",
		},
		{"option", settings.Flags{Directive: "option tcplog"}, m{"format": "haproxy", "haproxy": m{"log_format": []any{"option tcplog"}}}, ""},
		{
			"bare log-format with --format",
			settings.Flags{Format: "haproxy", Directive: "%ci:%cp"},
			m{"format": "haproxy", "haproxy": m{"log_format": []any{"%ci:%cp"}}},
			"",
		},
		{
			"logformat",
			settings.Flags{Format: "auto", Directive: "logformat x %ts.%03tu \\\n  %>a"},
			m{"format": "squid", "squid": m{"logformat": []any{`logformat x %ts.%03tu %>a`}}},
			"",
		},
		{
			"Envoy's format string",
			settings.Flags{Directive: "[%START_TIME%] %REQ(:PATH)%\n"},
			m{"format": "envoy", "envoy": m{"format": []any{"[%START_TIME%] %REQ(:PATH)%\n"}}},
			"",
		},
		{
			"Envoy's JSON map",
			settings.Flags{Directive: "{\n  \"a\": \"x\"\n}"},
			m{"format": "envoy", "envoy": m{"format": []any{"{\n  \"a\": \"x\"\n}"}}},
			"",
		},
		{
			"headers",
			settings.Flags{RequestHeaders: "Host, User-Agent", ResponseHeaders: "Server"},
			m{"haproxy": m{"capture_request_headers": []any{"Host", "User-Agent"}, "capture_response_headers": []any{"Server"}}},
			"",
		},
		{"zone", settings.Flags{Timezone: "UTC"}, m{"envoy": m{"timezone": "UTC"}, "g3proxy": m{"timezone": "UTC"}, "haproxy": m{"timezone": "UTC"}, "squid": m{"timezone": "UTC"}}, ""},
		{"unknown directive", settings.Flags{Directive: "%ci:%cp"}, nil, "--directive: cannot tell which proxy's directive this is: add --format envoy|haproxy|squid"},
		{"fixed format", settings.Flags{Format: "edgeone", Directive: "x"}, nil, "--directive: the logs of edgeone have a fixed format"},
		{"unknown format", settings.Flags{Format: "nosuch", Directive: "x"}, nil, `--format: "nosuch" is neither auto nor the name of a format`},
		{"only a comment", settings.Flags{Format: "haproxy", Directive: "# x"}, nil, "--directive: there is no directive in it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.flags.Map()
			if text(err) != c.err {
				t.Fatalf("error %q, want %q", text(err), c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func config(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "collector.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// kv is a HAProxy log-format that no built-in reads.
const kvLine = "c=192.0.2.7 s=app1"

// dialect reads a line with a decoder made from flags.
func dialect(t *testing.T, f settings.Flags, line string) (explain.Line, error) {
	t.Helper()
	d, err := f.Decoder(context.Background(), true)
	if err != nil {
		return explain.Line{}, err
	}
	return explain.New(d, "test").Read(line, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)), nil
}

func TestConfigFile(t *testing.T) {
	t.Setenv("PROXYLOG_TEST_ZONE", "Europe/Berlin")
	path := config(t, `
receivers:
  otlp: {endpoint: "${unknown_provider:x}"}
  proxylog:
    format: haproxy
    storage: file_storage
    file: {include: [/var/log/haproxy.log]}
    haproxy:
      log_format: ["log-format 'c=%ci s=%s [%t] $$'"]
      timezone: ${env:PROXYLOG_TEST_ZONE}
    resource: {service.name: edge}
`)
	l, err := dialect(t, settings.Flags{Config: path}, "c=192.0.2.7 s=app1 [21/Nov/2026:23:43:14.491] $")
	if err != nil {
		t.Fatal(err)
	}
	if l.Record == nil {
		t.Fatalf("%+v", l.Error)
	}
	if got := l.Record.Attributes["proxy.start_time"]; got != "2026-11-21T22:43:14.491000000Z" {
		t.Errorf("proxy.start_time = %v: the zone of the file was not used", got)
	}
	if got := l.Record.Resource["service.name"]; got != "edge" {
		t.Errorf("service.name = %v", got)
	}
	// A flag beats the file.
	l, err = dialect(t, settings.Flags{Config: path, Directive: `log-format "c=%ci s=%s"`}, kvLine)
	if err != nil || l.Record == nil {
		t.Errorf("with --directive: %v %+v", err, l.Error)
	}
}

// TestConfigIsReadOnce, since what the shell makes of <(…) can be read only once.
func TestConfigIsReadOnce(t *testing.T) {
	path := config(t, "receivers: {proxylog: {format: haproxy}}\nprocessors: {session_stitch: {timeline: 3}}")
	f := settings.Flags{Config: path}
	if _, err := f.Decoder(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	section, err := f.Stitching(t.Context())
	if err != nil || fmt.Sprint(section) != "map[timeline:3]" {
		t.Errorf("%v, %v", section, err)
	}
}

func TestConfigFileErrors(t *testing.T) {
	two := config(t, "receivers: {proxylog: {format: haproxy}, proxylog/b: {format: squid}}\n")
	for _, c := range []struct {
		name  string
		flags settings.Flags
		want  string // part of the error
	}{
		{"missing", settings.Flags{Config: "no-such.yaml"}, "--config: open no-such.yaml: no such file"},
		{"not YAML", settings.Flags{Config: config(t, "a: [")}, "yaml:"},
		{"none", settings.Flags{Config: config(t, "receivers: {otlp: {}}")}, "has no receiver proxylog"},
		{"several", settings.Flags{Config: two}, "choose one with --component receivers::proxylog|receivers::proxylog/b"},
		{"unknown component", settings.Flags{Config: two, Component: "proxylog/c"}, "has no proxylog/c; it has receivers::proxylog, receivers::proxylog/b"},
		{"wrong type", settings.Flags{Config: config(t, "receivers: {proxylog: {format: [1]}}")}, "format"},
		{"unknown format", settings.Flags{Config: config(t, "receivers: {proxylog: {format: nosuch}}")}, "nosuch"},
		{"unknown key", settings.Flags{Config: config(t, "receivers: {proxylog/a: {log_format: [tcplog]}}")}, "receivers::proxylog/a: "},
		{"its name", settings.Flags{Config: config(t, "receivers: {proxylog: {log_format: [tcplog]}}")}, "invalid keys: log_format"},
		{"unknown key of a format", settings.Flags{Config: config(t, "receivers: {proxylog: {haproxy: {logformat: []}}}")}, "'haproxy' has invalid keys: logformat"},
		{"a key of another front", settings.Flags{Config: config(t, "processors: {proxylog: {storage: x}}")}, "invalid keys: storage"},
		{"component of nothing", settings.Flags{Component: "proxylog/c"}, "--component: it chooses from a --config"},
		{"unknown zone", settings.Flags{Timezone: "Mars/Base"}, "Mars/Base"},
		{"unknown code", settings.Flags{Directive: "log-format %nosuch"}, "log_format[0]: at byte 0: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.flags.Decoder(context.Background(), true)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	// The processor and the extension have the same settings.
	for _, c := range []string{"processors: {proxylog: {format: squid, from: body}}", "extensions: {proxylog_encoding/x: {format: squid}}"} {
		l, err := dialect(t, settings.Flags{Config: config(t, c)}, "192.0.2.7:1 [21/Nov/2026:23:43:14.491] f b/s 1/3/80 512 -- 16/1/0/0/0 0/0")
		if err != nil || l.Error == nil || l.Error.Fits != "haproxy tcplog" {
			t.Errorf("%s: %v %+v", c, err, l.Error)
		}
	}
	if _, err := (&settings.Flags{Config: two, Component: "proxylog/b"}).Decoder(context.Background(), true); err != nil {
		t.Error(err)
	}
}
