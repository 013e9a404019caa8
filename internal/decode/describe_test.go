// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"fmt"
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
			if logs.Len() != c.want {
				t.Fatalf("%d messages, want %d: %v", logs.Len(), c.want, logs.All())
			}
			for _, m := range logs.All() {
				f := m.ContextMap()
				if got := fmt.Sprint(f["format"], f["codes"]); got != "haproxy[%[capture.req.hdr(0)] %[capture.req.hdr(1)]]" || f["why"] == "" || f["avoid"] == "" {
					t.Errorf("%v", f)
				}
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
