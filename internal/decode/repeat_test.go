// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"testing"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
)

// TestRepeatedOfOthers: what stands in for lines that could not be read is none of a proxy's either. A tag tells whose they
// were; without one it is the line before.
func TestRepeatedOfOthers(t *testing.T) {
	const (
		failed = "Nov 21 23:43:14 lb1 sshd[7]: Failed password for root from 192.0.2.1 port 51234 ssh2"
		sshd   = "Nov 21 23:43:15 lb1 sshd[7]: message repeated 3 times: [ Failed password for root from 192.0.2.1 port 51234 ssh2]"
		lb     = "Nov 21 23:43:15 lb1 haproxy[4540]: message repeated 3 times: [ Proxy fnt started.]"
		last   = "Nov 21 23:43:15 lb1 last message repeated 3 times"
		own    = "Nov 21 23:43:15 lb1 syslogd: last message repeated 3 times"
	)
	for _, c := range []struct {
		lines []string
		want  string // the format of the last line's event, "" where it is rejected
	}{
		{[]string{failed, sshd}, ""},
		{[]string{tcp, failed, sshd}, ""},
		{[]string{tcp, failed, tcp, sshd}, ""},
		{[]string{tcp, failed, tcp, icap, sshd}, ""},
		{[]string{tcp, failed, lb}, "haproxy"},
		{[]string{tcp, icap, icap, lb}, "haproxy"},
		{[]string{failed, last}, ""},
		{[]string{tcp, failed, last}, ""},
		{[]string{tcp, failed, own}, ""},
		{[]string{failed, tcp, own}, "haproxy"},
		{[]string{failed, tcp, last}, "haproxy"},
		{[]string{tcp, tcp, icap, last}, "squid"},
		{[]string{tcp, failed, last, last, tcp, last}, "haproxy"},
	} {
		d := decoder(t, nil, decode.Settings{})
		src, b := d.NewSource("s"), d.NewBatch()
		end := len(c.lines) - 1
		readAll(src, b, c.lines[:end])
		logs, counted := readAll(src, b, c.lines[end:])
		r := explain.Records(logs)
		if len(r) != 1 || counted != 1 {
			t.Fatalf("%q: %d records, counted %d", c.lines, len(r), counted)
		}
		got, _ := r[0].Attributes["proxy.type"].(string)
		if got != c.want || (r[0].Event == "proxy.event") != (c.want != "") {
			t.Errorf("%q: %+v", c.lines, r[0])
		}
	}
}
