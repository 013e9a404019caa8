// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/decode"
)

// TestAmbiguousDirective: what some lines of a user's own directive leave open is said at the start, and nothing of
// built-ins, nor of formats that are not read.
func TestAmbiguousDirective(t *testing.T) {
	const open = "log-format '%ci %[capture.req.hdr(0)] %[capture.req.hdr(1)] %ST'"
	for _, c := range []struct {
		name   string
		change func(*decode.Config)
		want   int
	}{
		{"an ambiguous one", func(c *decode.Config) { c.Format, c.Formats.HAProxy.LogFormat = "haproxy", []string{"tcplog", open} }, 1},
		{"under auto", func(c *decode.Config) { c.Formats.HAProxy.LogFormat = []string{open} }, 1},
		{"one that is not", func(c *decode.Config) {
			c.Format, c.Formats.HAProxy.LogFormat = "haproxy", []string{"log-format '%ci %ST'"}
		}, 0},
		{"built-ins", func(c *decode.Config) { c.Format, c.Formats.HAProxy.LogFormat = "haproxy", []string{"httplog"} }, 0},
		{"of another format", func(c *decode.Config) { c.Format, c.Formats.HAProxy.LogFormat = "squid", []string{open} }, 0},
		{"nothing is listed", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			core, logs := observer.New(zap.WarnLevel)
			decoder(t, c.change, decode.Settings{Logger: zap.New(core)})
			said := logs.FilterMessageSnippet("leaves open")
			if said.Len() != c.want {
				t.Fatalf("%d messages, want %d: %v", said.Len(), c.want, logs.All())
			}
			for _, m := range said.All() {
				f := m.ContextMap()
				if got := fmt.Sprint(f["format"], f["codes"]); got != "haproxy[%[capture.req.hdr(0)] %[capture.req.hdr(1)]]" || f["why"] == "" || f["avoid"] == "" {
					t.Errorf("%v", f)
				}
			}
		})
	}
}

// TestLookalikes: that lines of two directives cannot be told apart is said at the start, unless they mean the same, one is
// known by its name, or each is written to a file of its own.
func TestLookalikes(t *testing.T) {
	dir := t.TempDir()
	conf := func(name, second string) string {
		path := filepath.Join(dir, name)
		text := "logformat a %ts %>st %<st\nlogformat b %ts %<st %>st\naccess_log stdio:/var/log/a.log a\naccess_log " + second + " b\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const sent, received = "%START_TIME% %BYTES_SENT% %BYTES_RECEIVED%", "%START_TIME% %BYTES_RECEIVED% %BYTES_SENT%"
	envoy := func(list ...string) func(*decode.Config) {
		return func(c *decode.Config) { c.Format, c.Formats.Envoy.Format = "envoy", list }
	}
	squid := func(file string, list ...string) func(*decode.Config) {
		return func(c *decode.Config) {
			c.Format, c.Formats.Squid.ConfigFile, c.Formats.Squid.Logformat = "squid", file, list
		}
	}
	for _, c := range []struct {
		name   string
		change func(*decode.Config)
		codes  string // "" where nothing is said
	}{
		{"two texts", envoy(sent, received), "[%BYTES_RECEIVED% %BYTES_SENT%]"},
		{"two maps", envoy(`{"t":"%START_TIME%","a":"%BYTES_SENT%"}`, `{"a":"%DURATION%","t":"%START_TIME%"}`), "[a]"},
		{"more than the other", envoy("%START_TIME% %BYTES_SENT%", "%START_TIME% %REQ(X)%"), "[%REQ(X)%]"},
		{"texts that differ", envoy(sent, "x "+received, "%START_TIME%,%BYTES_SENT%"), ""},
		{"maps that differ", envoy(`{"t":"%START_TIME%","a":"%BYTES_SENT%"}`, `{"b":"%DURATION%","t":"%START_TIME%"}`), ""},
		{"the same twice", envoy("%START_TIME% %REQ(:METHOD)%", "%START_TIME% %REQUEST_HEADER(:METHOD)%", sent, sent), ""},
		{"built-ins", envoy("default_json", "common_json", "istio_json"), ""},
		{"two logformats", squid("", "logformat a %ts %>st %<st", "logformat b %ts %<st %>st"), "[%<st %>st]"},
		{"files of their own", squid(conf("two", "stdio:/var/log/b.log")), ""},
		{"the same file", squid(conf("same", "stdio:/var/log/a.log"), "a", "b"), "[%<st %>st]"},
		{"one is sent", squid(conf("sent", "udp://127.0.0.1:5140"), "a", "b"), "[%<st %>st]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			core, logs := observer.New(zap.WarnLevel)
			decoder(t, c.change, decode.Settings{Logger: zap.New(core)})
			got := ""
			for _, m := range logs.FilterMessage("the lines of two directives cannot be told apart").All() {
				got += fmt.Sprint(m.ContextMap()["codes"])
			}
			if got != c.codes {
				t.Errorf("%q is said, want %q: %v", got, c.codes, logs.All())
			}
		})
	}
}

// TestUnknownCommand: a JSON map can be read although one of its commands is not known, so that it is a warning.
func TestUnknownCommand(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	decoder(t, func(c *decode.Config) {
		c.Format, c.Formats.Envoy.Format = "envoy", []string{`{"a":"%START_TIME%","b":{"c":"%NOPE%"},"d":"%BYTES_SENT%"}`, "gdc"}
	}, decode.Settings{Logger: zap.New(core)})
	if logs.Len() != 1 {
		t.Fatalf("%d messages: %v", logs.Len(), logs.All())
	}
	if got := logs.All()[0].ContextMap(); got["format"] != "envoy" || got["dialect"] != "json" || got["command"] != "b.c: %NOPE%" {
		t.Errorf("%v", got)
	}
}

// TestDirectiveOfAnotherFormat: a directive of another format than the one that is configured is said at the start, since
// no line is read by it. Defaults that are spelled out are none.
func TestDirectiveOfAnotherFormat(t *testing.T) {
	for _, c := range []struct {
		format string
		want   []map[string]any
	}{
		{"squid", []map[string]any{{"format": "squid", "section": "haproxy"}}},
		{"haproxy", nil},
		{"auto", nil},
	} {
		core, logs := observer.New(zap.WarnLevel)
		cfg := decode.NewConfig()
		cfg.Format = c.format
		cfg.Formats.HAProxy.LogFormat = []string{`log-format "%ci:%cp %ST"`}
		cfg.Formats.Envoy.Format = []string{}
		if _, err := decode.New(cfg, decode.Settings{Logger: zap.New(core)}); err != nil {
			t.Fatal(err)
		}
		var got []map[string]any
		for _, l := range logs.FilterMessageSnippet("no line is read by these directives").All() {
			got = append(got, l.ContextMap())
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.format, got, c.want)
		}
	}
}

// TestAllErrors: one wrong setting does not hide another.
func TestAllErrors(t *testing.T) {
	cfg := decode.NewConfig()
	cfg.Body, cfg.Format, cfg.Formats.HAProxy.LogFormat = "all", "nosuch", []string{"log-format '%nope'"}
	err := cfg.Validate()
	for _, want := range []string{`body: "all"`, `format: "nosuch"`, "haproxy::log_format[0]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}
