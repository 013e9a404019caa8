// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestDocs: docs/commands.md has the help of every command word for word, and its examples are what is printed.
func TestDocs(t *testing.T) {
	doc := string(formattest.Read(t, formattest.Testdata("../docs/commands.md")))
	for _, c := range commands() {
		if c.name == "version" {
			continue
		}
		if !strings.Contains(doc, "\n## "+c.name+"\n") || !strings.Contains(doc, "```text\n"+strings.TrimRight(c.help, "\n")+"\n```\n") {
			t.Errorf("the help of %s is not in docs/commands.md as it is", c.name)
		}
	}
	first, _, _ := strings.Cut(string(formattest.Read(t, formattest.Testdata("haproxy/ok/tcplog_rfc3164.log"))), "\n")
	for _, example := range []struct {
		stdin string
		args  []string
	}{
		{"", []string{"--directive", "log-format '%ci %[capture.req.hdr(0)] %ST %CC %CS %Ta'"}},
		{"", []string{"--directive", `log-format "%ci:%cp %ST %Zz"`}},
		{first + "\n", []string{"--directive", "option httplog"}},
	} {
		o := proxylog(example.stdin, append([]string{"explain"}, example.args...)...)
		if want := strings.TrimSpace(o.stdout + o.stderr); !strings.Contains(doc, want) {
			t.Errorf("the example %s is not what is printed:\n%s", example.args[1], want)
		}
	}
	// The README's record, and its rejected line.
	readme := string(formattest.Read(t, formattest.Testdata("../README.md")))
	const line = "<134>Nov 21 23:43:15 localhost haproxy[4540]: ::1:42510 [21/Nov/2026:23:43:15.414] fnt fnt.ok/s1 1/0/13 300000 -- 17/1/0/0/0 0/0"
	if o := proxylog(line+"\n", "explain", "--timezone", "UTC"); !strings.Contains(readme, line+"\n") || !strings.Contains(readme, strings.TrimSpace(o.stdout)) {
		t.Errorf("the README's record is not what is printed:\n%s", o.stdout)
	}
	rejected := strings.Split(string(formattest.Read(t, formattest.Testdata("haproxy/reject/lines.log"))), "\n")[4]
	if o := proxylog(rejected+"\n", "explain"); !strings.Contains(readme, strings.TrimSpace(o.stdout)) {
		t.Errorf("the README's rejected line is not what is printed:\n%s", o.stdout)
	}
}
