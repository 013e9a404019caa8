// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/format"
)

// TestDocumentation holds the lists of error.type in the documentation against the code: what is listed is what becomes of it, and
// every name in the code is listed.
func TestDocumentation(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/formats/g3proxy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(raw), "## error.type")
	if !ok {
		t.Fatal("there is no section error.type")
	}
	lists := map[string][]string{}
	for _, p := range strings.Split(section, "\n\n") {
		p = strings.TrimSpace(p)
		for _, w := range regexp.MustCompile("`([A-Za-z_]+)`").FindAllStringSubmatch(p, -1) {
			lists[strings.SplitN(p, " ", 4)[2]] = append(lists[strings.SplitN(p, " ", 4)[2]], w[1])
		}
	}
	// The paragraphs begin "Of a failed task", "Of an Escape entry", "Of a Resolve entry", "Of an Intercept entry", "Of
	// g3keymess".
	for name, want := range map[string]int{"failed": 35, "Escape": 34, "Resolve": 18, "Intercept": 1} {
		if n := len(lists[name]); n != want {
			t.Errorf("%d of %s are listed, want %d", n, name, want)
		}
	}
	for _, reason := range lists["failed"] {
		if v := ofTask(reason, "HttpForward", "Relaying"); v.Outcome != format.Failure {
			t.Errorf("a task's %s is no failure", reason)
		}
	}
	for _, reason := range lists["Escape"] {
		if reason == "tls_handshake" {
			continue
		}
		if got := ofEscape(reason, "TcpConnect").ErrorType; got != reason {
			t.Errorf("an escaper's %s is %q", reason, got)
		}
	}
	for _, subtype := range lists["Resolve"] {
		bySubtype, byType := ofResolve("ServerError", subtype).ErrorType, ofResolve(subtype, "").ErrorType
		if bySubtype != subtype && byType != subtype {
			t.Errorf("a resolver's %s is %q or %q", subtype, bySubtype, byType)
		}
	}
	code, err := os.ReadFile("outcome.go")
	if err != nil {
		t.Fatal(err)
	}
	// What else the code compares with: types and stages.
	others := []string{"Finished", "UdpAssociate", "UdpConnect", "TcpConnect", "Relaying", "TlsHandshake", "strings", "ok", "started", "finished"}
	for _, w := range regexp.MustCompile(`"([A-Za-z_]+)"`).FindAllStringSubmatch(string(code), -1) {
		if !slices.Contains(others, w[1]) && !strings.Contains(section, "`"+w[1]+"`") {
			t.Errorf("%s is not documented", w[1])
		}
	}
}
