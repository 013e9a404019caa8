// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestOrigins has headers with what the daemons of some systems put around host and tag.
func TestOrigins(t *testing.T) {
	const text = "127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt b/s 1/-1/80 0 CD 1/1/0/0/0 0/0"
	want := func(priority int16, host, text string) parsed {
		return parsed{RFC3164, priority, at + "Z", false, host, "haproxy", 7, "", "", text}
	}
	for line, want := range map[string]parsed{
		// Solaris.
		"Nov 21 23:43:19 h haproxy[7]: [ID 702911 local0.info] " + text:     want(134, "h", text),
		"Nov 21 23:43:19 h haproxy[7]: [ID 702911 audit.warning] " + text:   want(12, "h", text),
		"<131>Nov 21 23:43:19 haproxy[7]: [ID 702911 local0.error] " + text: want(131, "", text),
		"Nov 21 23:43:19 h haproxy[7]: [ID 702911 local0.nothing] " + text:  want(-1, "h", "[ID 702911 local0.nothing] "+text),
		"Nov 21 23:43:19 h haproxy[7]: [ID x local0.info] " + text:          want(-1, "h", "[ID x local0.info] "+text),
		"Nov 21 23:43:19 h haproxy[7]: [ID 702911":                          want(-1, "h", "[ID 702911"),
		"Nov 21 23:43:19 h haproxy[7]: [ID 702911 local0.info]":             want(-1, "h", "[ID 702911 local0.info]"),
		// FreeBSD's syslogd -v and -vv.
		"Nov 21 23:43:19 <local0.info> h haproxy[7]: " + text: want(134, "h", text),
		"Nov 21 23:43:19 <16.3> h haproxy[7]: " + text:        want(131, "h", text),
		// AIX.
		"Nov 21 23:43:19 Message forwarded from web1: haproxy[7]: " + text:      want(-1, "web1", text),
		"<134>Nov 21 23:43:19 Message forwarded from web1: haproxy[7]: " + text: want(134, "web1", text),
		// A priority that a relay has left in the text is a second header.
		"Nov 21 23:43:19 h <134>Nov 21 23:43:19 haproxy[7]: " + text: want(134, "h", text),
	} {
		p := NewParser(time.UTC)
		for range 2 { // the second time with what is known of the line before
			if diff := cmp.Diff(want, parse(&p, line)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", line, diff)
			}
		}
	}
}
