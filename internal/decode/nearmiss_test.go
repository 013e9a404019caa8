// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
)

const httpLine = `192.0.2.7:1 [21/Nov/2026:23:43:14.491] f b/s 0/0/0/1/1 200 5 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"`

// TestNearMiss: lines that fit another dialect are told of once for each source, with what to configure, and counted.
func TestNearMiss(t *testing.T) {
	haproxy := func(list ...string) func(*decode.Config) {
		return func(c *decode.Config) { c.Format, c.Formats.HAProxy.LogFormat = "haproxy", list }
	}
	for _, c := range []struct {
		name   string
		change func(*decode.Config)
		line   string
		fits   string
		hint   string
	}{
		{"another dialect of the format", haproxy("tcplog"), httpLine, "haproxy httplog", "add httplog to haproxy::log_format"},
		{"a custom directive", haproxy(`log-format "%ci %ST"`), httpLine, "haproxy httplog", "add httplog to haproxy::log_format"},
		{"another format", func(c *decode.Config) { c.Format = "squid" }, tcp, "haproxy tcplog", "set format to haproxy, or to auto"},
		{
			"another format with a list",
			func(c *decode.Config) { c.Format, c.Formats.Squid.Logformat = "envoy", []string{"common"} }, icap,
			"squid icap_squid", "set format to squid, or to auto, and add icap_squid to squid::logformat",
		},
		{
			"a list under auto",
			func(c *decode.Config) { c.Formats.Squid.Logformat = []string{"common"} }, icap, "squid icap_squid", "add icap_squid to squid::logformat",
		},
		{"a format that has no directives", haproxy(), task, "g3proxy rfc3164", "set format to g3proxy, or to auto"},
		{"JSON", haproxy(), entry, "edgeone l4_json", "set format to edgeone, or to auto"},
		{"what nobody reads", haproxy("tcplog"), nothing, "", ""},
		{"nothing is left out", nil, nothing, "", ""},
		{"an entry that was cut", func(c *decode.Config) { c.Format = "squid" }, task[:len(task)*3/4], "", ""},
		{"an event", func(c *decode.Config) { c.Format = "squid" }, "<145>Nov 21 23:43:19 h haproxy[1]: Server a/b is DOWN. 0 active and 0 backup servers left.", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			core, logs := observer.New(zap.WarnLevel)
			counted := map[string]int{}
			d := decoder(t, c.change, decode.Settings{Logger: zap.New(core), NearMiss: func(format, dialect string) { counted[format+" "+dialect]++ }})
			b := d.NewBatch()
			for _, name := range []string{"one.log", "two.log"} {
				s := d.NewSource(name)
				for range 40 {
					s.Decode(b, at(c.line))
				}
			}
			_, stats := b.Take()
			var rejected int64
			for _, n := range stats.Rejected {
				rejected += n
			}
			if rejected != 80 {
				t.Errorf("%d lines rejected, want 80", rejected)
			}
			if c.fits == "" {
				if logs.Len() != 0 || len(counted) != 0 {
					t.Errorf("told of %v, counted %v", logs.All(), counted)
				}
				return
			}
			if len(counted) != 1 || counted[c.fits] != 32 {
				t.Errorf("counted %v, want the first 16 lines of two sources for %s", counted, c.fits)
			}
			entries := logs.FilterMessageSnippet("fit another dialect").All()
			if len(entries) != 2 {
				t.Fatalf("%d messages, want one for each source: %v", len(entries), entries)
			}
			for i, name := range []string{"one.log", "two.log"} {
				m := entries[i].ContextMap()
				if m["source"] != name || m["format"].(string)+" "+m["dialect"].(string) != c.fits || m["hint"] != c.hint {
					t.Errorf("message %v, want %s for %s: %s", m, c.fits, name, c.hint)
				}
				for key, value := range m {
					if strings.Contains(value.(string), "192.0.2") || strings.Contains(value.(string), "sid-1") {
						t.Errorf("%s holds a part of the line: %v", key, value)
					}
				}
			}
		})
	}
}

// TestNearMissIsBounded: only the first rejected lines of a source are looked at, and none that can be read.
func TestNearMissIsBounded(t *testing.T) {
	counted := 0
	d := decoder(t, func(c *decode.Config) { c.Format, c.Formats.HAProxy.LogFormat = "haproxy", []string{"tcplog"} },
		decode.Settings{NearMiss: func(string, string) { counted++ }})
	b, s := d.NewBatch(), d.NewSource("a.log")
	for range 1000 {
		s.Decode(b, at(tcp))
	}
	for range 16 {
		s.Decode(b, at(nothing))
	}
	s.Decode(b, at(httpLine))
	if counted != 0 {
		t.Errorf("%d lines counted after as many lines that fit nothing", counted)
	}
	// Whoever wants each line explained gets it for each line.
	var fits int
	s.Trace(func(_ *format.Input, err *format.Error) {
		if err != nil && err.Fits != nil {
			fits++
		}
	})
	for range 40 {
		s.Decode(b, at(httpLine))
	}
	if fits != 40 {
		t.Errorf("%d lines explained, want 40", fits)
	}
}

// TestNearMissShort: texts that are rejected before a header was looked for, shorter than the line before them.
func TestNearMissShort(t *testing.T) {
	long := strings.Repeat(" ", 100) + "x"
	for name, c := range map[string]struct {
		format, envelope string
		lines            []string
	}{
		"an object without an end":  {"edgeone", "auto", []string{long, "{", long}},
		"a wrapping without an end": {"haproxy", "docker", []string{`{"log":"` + long + `\n","stream":"stdout","time":"2026-11-20T00:00:00Z"}`, `{"log":"x`}},
	} {
		d := decoder(t, func(c2 *decode.Config) { c2.Format, c2.Envelope = c.format, c.envelope }, decode.Settings{})
		b, s := d.NewBatch(), d.NewSource("a.log")
		rejected := 0
		s.Trace(func(_ *format.Input, err *format.Error) {
			if err != nil {
				rejected++
			}
		})
		for _, l := range c.lines {
			s.Decode(b, at(l))
		}
		if rejected != len(c.lines) {
			t.Errorf("%s: %d lines rejected, want %d", name, rejected, len(c.lines))
		}
	}
}
