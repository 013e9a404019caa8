// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

// names are the frontends of a configuration, by their names.
func names(t *testing.T, text, version string) (string, []cfg.Warning) {
	t.Helper()
	f, err := cfg.Parse("x", strings.NewReader(text), env, version)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var out []string
	for i := range f.Frontends {
		out = append(out, f.Frontends[i].Name)
	}
	return strings.Join(out, " "), f.Warnings
}

// TestConditions: what holds by the manual's section 2.4, and what a HAProxy 2.6 with -c makes of it, but for true and
// false, strstr and the version. A condition that is not known reads both branches and warns.
func TestConditions(t *testing.T) {
	for condition, want := range map[string]string{
		"":                             "else",
		`""`:                           "else",
		"0":                            "else",
		"00":                           "else",
		"1":                            "if",
		"10":                           "if",
		"true":                         "if",
		"false":                        "else",
		"!0":                           "if",
		"!!1":                          "if",
		"(1)":                          "if",
		"( 1 ) # why":                  "if",
		"!(0 || 1)":                    "else",
		"1 && 0 || 1 && 1":             "if",
		"1&&0||0":                      "else",
		"0 && (1 || 1)":                "else",
		"defined(SITE)":                "if",
		"defined(WHO)":                 "if",
		"defined(GONE)":                "else",
		"defined(NONE)":                "else",
		"defined( SITE )":              "else",
		"defined(HAPROXY_TCP_LOG_FMT)": "if",
		"defined(HAPROXY_MWORKER)":     "unknown",
		`streq("$WHO",me)`:             "if",
		`streq("$WHO", me)`:            "else",
		`streq("$NONE",)`:              "if",
		`strneq("$WHO",me)`:            "else",
		`strneq("$WHO",you)`:           "if",
		`strstr("$SITE",b o)`:          "if",
		`strstr("$SITE",two)`:          "else",
		`streq('"a,)"','"a,)"')`:       "if",
		`streq('"a\"b"','a"b')`:        "error",
		`streq('"a\"b"',"'a\"b'")`:     "if",
		`streq(a\,b,a)`:                "error",
		`streq(,)`:                     "if",
		"defined":                      "else",
		"defined()":                    "else",
		"-1":                           "if",
		"!-1":                          "else",
		"-0":                           "else",
		"0x10":                         "if",
		"0x0":                          "else",
		"1x":                           "error",
		"1(2)":                         "error",
		"()":                           "error",
		`"" && 1`:                      "error",
		"streq(a,b,c)":                 "error",
		`streq('"a',a`:                 "error",
		`streq("${NONE-x}",x)`:         "if",
		`"${NONE}"`:                    "else",
		`"${NONE-1}"`:                  "if",
		`streq("$HAPROXY_BRANCH",3.1)`: "if",
		`!streq("$HAPROXY_LOCALPEER")`: "unknown",
		"feature(OPENSSL)":             "unknown",
		"!feature(OPENSSL)":            "unknown",
		"feature(OPENSSL) && 0":        "else",
		"1 || feature(OPENSSL)":        "if",
		"feature(QUIC) || 0":           "unknown",
		"enabled(POLL)":                "unknown",
		"openssl_version_before(3.0)":  "unknown",
		"later":                        "unknown",
		"version_atleast(3.1)":         "if",
		"version_atleast(3.1.0)":       "if",
		"version_atleast(3.1-dev5)":    "if",
		"version_atleast(3.1.4)":       "unknown",
		"version_atleast(3.2-dev1)":    "else",
		"version_atleast(2.9.30)":      "if",
		"version_before(3.1)":          "else",
		"version_before(4.0)":          "if",
		"version_before(3.1.1)":        "unknown",
		"version_atleast(3)":           "if",
		"version_atleast(4)":           "else",
		"version_atleast(new)":         "unknown",
		"streq(a)":                     "error",
		"defined(A":                    "error",
		"(1":                           "error",
		"1 1":                          "error",
		"1 &&":                         "error",
		"!":                            "error",
		strings.Repeat("!", 100) + "1": "error",
	} {
		text := "global\n setenv WHO me\n setenv GONE x\n unsetenv GONE\n.if " + condition + "\nfrontend if\n.else\nfrontend else\n.endif\n"
		f, err := cfg.Parse("x", strings.NewReader(text), env, "3.1")
		if (err != nil) != (want == "error") || err != nil && !strings.HasPrefix(err.Error(), "x:5:") {
			t.Errorf("%s: %v, want %s", condition, err, want)
		}
		if err != nil {
			continue
		}
		got, warned := "unknown", len(f.Warnings) > 0 && strings.Contains(f.Warnings[len(f.Warnings)-1].Text, "conditions")
		if len(f.Frontends) == 1 {
			got = f.Frontends[0].Name
		}
		if got != want || warned != (want == "unknown") {
			t.Errorf("%s: %s, want %s; warnings %v", condition, got, want, f.Warnings)
		}
	}
}

// TestVersions: without a version what it decides is not known; of a release everything is.
func TestVersions(t *testing.T) {
	for _, c := range []struct{ condition, version, want string }{
		{"version_atleast(2.4)", "", "if else"},
		{`streq("$HAPROXY_BRANCH",2.4)`, "", "if else"},
		{"version_atleast(2.4.3)", "2.4.3", "if"},
		{"version_atleast(2.4.4)", "2.4.3-1ppa1", "else"},
		{"version_atleast(2.4-dev19)", "2.4-dev18", "else"},
		{"version_atleast(2.4-dev19)", "2.4-dev20-ab12", "if"},
		{"version_atleast(2.4-rc1)", "2.4-dev20", "else"},
		{"version_before(2.4)", "2.4-rc1", "if"},
		{"version_before(2.4.0)", "2.4.0", "else"},
	} {
		if got, _ := names(t, ".if "+c.condition+"\nfrontend if\n.else\nfrontend else\n.endif\n", c.version); got != c.want {
			t.Errorf("%s of %q: %q, want %q", c.condition, c.version, got, c.want)
		}
	}
}

// TestBlocks: at most one branch is read, or those that may hold; what is not read is not looked at either.
func TestBlocks(t *testing.T) {
	for text, want := range map[string]string{
		".if 0|frontend a|.elif 1|frontend b|.elif 1|frontend c|.else|frontend d|.endif|frontend e":                     "b e",
		".if 1|frontend a|.elif (|frontend b|.else|frontend c|.endif":                                                   "a",
		".if feature(X)|frontend a|.elif 0|frontend b|.elif 1|frontend c|.else|frontend d|.endif":                       "a c",
		".if feature(X)|frontend a|.elif feature(Y)|frontend b|.else|frontend c|.endif":                                 "a b c",
		".if 0|.if 1|frontend a|.else|frontend b|.endif|.elif 1|frontend c|.endif":                                      "c",
		".if 1|.if 0|frontend a|.else|frontend b|.endif|.endif|frontend c":                                              "b c",
		".if 0|log-format \"|frontend|.alert \"SSL is missing\"|.endif|frontend a|.notice \"x\"|.diag x|.warning \"x\"": "a",
		".if 0|global|setenv WHO me|.endif|.if defined(WHO)|frontend a|.endif":                                          "",
	} {
		if got, _ := names(t, strings.ReplaceAll(text, "|", "\n"), ""); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		".endif":                     "x:1:1: .endif without an .if",
		"frontend a| .else":          "x:2:2: .else without an .if",
		".if 1|.else|.else|.endif":   "x:3:1: .else behind the .else of the .if in line 1",
		".if 0|.else|.elif 1|.endif": "x:3:1: .elif behind the .else",
		"frontend a|.if 1|.if 0":     "x:2:1: .if: the .endif of this block is missing",
		".if streq(x)|.endif":        "x:1:5: .if: streq has 2 arguments, not 1",
	} {
		_, err := cfg.Parse("x", strings.NewReader(strings.ReplaceAll(text, "|", "\n")), env, "")
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	_, warnings := names(t, "frontend a\n.if 0\n.if feature(X)\n.endif\n.elif feature(Y)\n.endif\n", "")
	want := []cfg.Warning{{Line: 5, Text: ".elif: conditions that depend on the HAProxy that runs are not evaluated: all branches that may hold are read"}}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
