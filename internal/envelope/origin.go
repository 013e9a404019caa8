// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// origin reads what stands at i behind the time of RFC 3164: host and tag, and what the daemons of some systems put around
// them. It returns where the text begins.
func (p *Parser) origin(line string, i int, h *Header, n *names) int {
	var from string
	if i < len(line) {
		switch line[i] {
		case '<':
			i = verbose(line, i, h)
		case 'M':
			from, i = forwarded(line, i)
		}
	}
	start, tagged := p.hostAndTag(line, i, true, n)
	if from != "" && n.host == "" {
		n.host = from
	}
	if tagged && start < len(line) && line[start] == '[' {
		start = messageID(line, start, h)
	}
	return start
}

// verbose reads the priority that FreeBSD's syslogd writes into files behind the time, <local0.info> with -vv or <16.6>
// with -v (syslogd(8)), and returns where the host begins; i where none stands there.
func verbose(line string, i int, h *Header) int {
	name, _, ok := strings.Cut(line[i+1:min(len(line), i+maxPriority)], "> ")
	if !ok || !named(name, h) {
		return i
	}
	return i + len(name) + len("<> ")
}

// forwarded reads the words that AIX's syslogd puts before what it passes on, "Message forwarded from host: ", and returns
// the host and where the tag begins; "" and i where they do not stand there.
func forwarded(line string, i int) (string, int) {
	const words = "Message forwarded from "
	if !strings.HasPrefix(line[i:], words) {
		return "", i
	}
	host, _, ok := strings.Cut(line[i+len(words):], ": ")
	if !ok || !isName(host) {
		return "", i
	}
	return host, i + len(words) + len(host) + len(": ")
}

// messageID reads what Solaris's syslogd puts behind the tag, "[ID 702911 local0.info] " (msgid(1M)), and returns where
// the text begins; i where it does not stand there.
func messageID(line string, i int, h *Header) int {
	const words = "[ID "
	if !strings.HasPrefix(line[i:], words) {
		return i
	}
	e, _ := scan.Uint(line, i+len(words), len(line))
	if e < 0 || e >= len(line) || line[e] != ' ' {
		return i
	}
	name, _, ok := strings.Cut(line[e+1:min(len(line), e+maxPriority)], "] ")
	if !ok || !named(name, h) {
		return i
	}
	return e + 1 + len(name) + len("] ")
}

// maxPriority bounds the text of a priority with what stands around it.
const maxPriority = 32

// named reads "facility.severity", in names or numbers, into h, unless the line began with a priority. It reports whether
// the text is one. A facility that only some systems have counts as user's: the severity is what matters.
func named(text string, h *Header) bool {
	facility, severity, ok := strings.Cut(text, ".")
	if !ok || !isName(facility) {
		return false
	}
	switch severity {
	case "warning":
		severity = "warn"
	case "error":
		severity = "err"
	}
	f, s := numberOf(facilities[:], facility), numberOf(severities[:], severity)
	if s < 0 {
		return false
	}
	if f < 0 {
		f = 1
	}
	if h.Priority < 0 {
		h.Priority = int16(f*8 + s)
	}
	return true
}

// numberOf is the place of a name in the list, or the number that stands for it; -1 for none.
func numberOf(list []string, name string) int {
	if n, ok := scan.Whole(name); ok && n >= 0 && n < int64(len(list)) {
		return int(n)
	}
	return slices.Index(list, name)
}
