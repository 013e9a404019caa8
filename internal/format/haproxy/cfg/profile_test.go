// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

// show prints lines as "profile.step kind format | structured data".
func show(lines []cfg.Line) []string {
	var out []string
	for _, l := range lines {
		s := l.Profile + "." + l.Step
		if l.Error {
			s += " error"
		}
		s += " " + l.Option + l.Format.Text
		if l.StructuredData.Line > 0 {
			s += " | " + l.StructuredData.Text
		}
		out = append(out, strings.TrimPrefix(s, ". "))
	}
	return out
}

// TestLines: what lines look like by the profile of the log line that prints them (the manual's section 8.3.5). What a
// step does not say is the frontend's; any is for the steps that are not named, errors among them.
func TestLines(t *testing.T) {
	const profiles = `
log-profile names
 log-tag custom
 on error format "%ci: error"
 on connect drop
 on any sd "[x@1 og=%OG]"
log-profile close
 on close format "%ci" sd "%cp"
log-profile all
 on accept format "%ci a"
 on request format "%ci r"
 on connect format "%ci c"
 on response format "%ci p"
 on close format "%ci e"
 on http-req format "%ci h"
log-profile any
 on any format "%OG"
log-profile silent
 on any drop
 on error sd "[y %OG]"
log-profile constant
 on close format "close 100%%" sd "sdclose"
 on connect sd "sdconnect"
log-profile twice
 on close format "%ci"
 on close format "%cp"
`
	for _, c := range []struct {
		name, logs string
		want       []string
	}{
		{"no profile", "log a local0", []string{"%B | [own %f]", "error %fc | [own %f]"}},
		{"no log line", "", []string{"%B | [own %f]", "error %fc | [own %f]"}},
		{"some steps", "log a profile names local0", []string{"%B | [x@1 og=%OG]", "names.error error %ci: error | [own %f]"}},
		{"one step", "log a profile close local0", []string{"close.close %ci | %cp", "%B | [own %f]", "error %fc | [own %f]"}},
		{"every step", "log a len 9 profile all local0", []string{
			"all.accept %ci a | [own %f]", "all.request %ci r | [own %f]", "all.connect %ci c | [own %f]", "all.response %ci p | [own %f]",
			"all.close %ci e | [own %f]", "all.http-req %ci h | [own %f]", "error %fc | [own %f]",
		}},
		{"any is errors too", "log a profile any local0", []string{"any.any %OG | [own %f]"}},
		{"errors alone", "log a profile silent local0", []string{"error %fc | [y %OG]"}},
		{"nothing to read", "log a profile constant local0", []string{"%B", "%B | [own %f]", "error %fc | [own %f]"}},
		{"the last one counts", "log a profile twice local0", []string{"twice.close %cp | [own %f]", "%B | [own %f]", "error %fc | [own %f]"}},
		{"several log lines", "log a local0\nlog b profile any local0\nlog c profile any local1", []string{
			"%B | [own %f]", "error %fc | [own %f]", "any.any %OG | [own %f]",
		}},
		{"a rule, by the step of its log line's profile", "log a profile all local0\nhttp-response do-log", []string{
			"all.accept %ci a | [own %f]", "all.request %ci r | [own %f]", "all.connect %ci c | [own %f]", "all.response %ci p | [own %f]",
			"all.close %ci e | [own %f]", "all.http-req %ci h | [own %f]", "error %fc | [own %f]", "%B | [own %f]",
		}},
		{"a rule with a profile", "log a local0\nhttp-request do-log profile all if { src 10.0.0.0/8 }", []string{
			"%B | [own %f]", "error %fc | [own %f]", "all.http-req %ci h | [own %f]",
		}},
		{"a rule of a step that the profile does not name", "log a local0\ntcp-request content do-log profile any", []string{
			"%B | [own %f]", "error %fc | [own %f]", "any.any %OG | [own %f]",
		}},
		{"a rule that prints nothing", "log a local0\ntcp-request connection do-log profile silent", []string{"%B | [own %f]", "error %fc | [own %f]"}},
		{"a rule of a backend", "log a local0\nbackend b\nhttp-request do-log profile all", []string{
			"%B | [own %f]", "error %fc | [own %f]", "all.http-req %ci h | [own %f]",
		}},
		{"of the section global", "log global", []string{"any.any %OG | [own %f]"}},
	} {
		for _, text := range []string{"%s" + profiles, profiles + "%s"} { // a profile may stand before or behind
			text = strings.Replace(text, "%s", "global\n log g profile any local0\nfrontend f\n log-format %B\n error-log-format %fc\n log-format-sd \"[own %f]\"\n"+c.logs+"\n", 1)
			f, err := cfg.Parse("x", strings.NewReader(text), env, "")
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if diff := cmp.Diff(c.want, show(f.Lines(&f.Frontends[0]))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			if len(f.Profiles) != 7 || f.Profiles[0].LogTag != "custom" {
				t.Errorf("%+v", f.Profiles)
			}
			if len(f.Warnings) != 1 || !strings.Contains(f.Warnings[0].Text, "the format of step close has no variables") {
				t.Errorf("warnings %v", f.Warnings)
			}
		}
	}
}

// TestRuleErrors: a rule that names a log-profile has to name one that the file has.
func TestRuleErrors(t *testing.T) {
	for text, want := range map[string]string{
		"frontend f\n http-request do-log profile nope if TRUE": `x:2:30: there is no section log-profile "nope"`,
		"backend b\n tcp-response content do-log profile nope":  `x:2:38: there is no section log-profile "nope"`,
		"frontend f\n http-request do-log profile":              "x:2:22: profile has to be followed by the name of a log-profile",
	} {
		if _, err := cfg.Parse("x", strings.NewReader(text+"\n"), env, ""); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
