// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// rfc5424 reads the header behind the version. g3proxy leaves the structured data out where it logs CEE: then the text
// begins behind the message id.
func (p *Parser) rfc5424(line string, i int, h *Header) bool {
	token := func() (string, bool) {
		b := strings.IndexByte(line[i:], ' ')
		if b <= 0 {
			return "", false
		}
		t := line[i : i+b]
		i += b + 1
		if t == "-" {
			t = ""
		}
		return t, true
	}
	ts, ok := token()
	if !ok {
		return false
	}
	out := *h
	if ts != "" {
		e, ns, zoned := scan.RFC3339(ts, 0, len(ts))
		if e != len(ts) || !zoned {
			return false
		}
		out.Time, out.Precise = ns, fractional(ts)
	}
	var pid string
	for _, f := range []*string{&out.Host, &out.App, &pid, &out.MsgID} {
		if *f, ok = token(); !ok {
			return false
		}
	}
	if n, isNum := scan.Whole(pid); isNum && n > 0 {
		out.PID = n
	}
	out.Kind = RFC5424
	switch {
	case strings.HasPrefix(line[i:], "- "):
		i += 2
	case line[i:] == "-":
		i++
	case i < len(line) && line[i] == '[':
		out.SDStart = i
		i = sdEnd(line, i)
		out.SDEnd = i
		if i < len(line) && line[i] == ' ' {
			i++
		}
	}
	if strings.HasPrefix(line[i:], "\ufeff") {
		// RFC 5424 marks text as UTF-8 by it.
		i += len("\ufeff")
	}
	out.Start = i
	*h = out
	return true
}

// fractional reports whether a time has a fraction of a second.
func fractional(ts string) bool { return len(ts) > 19 && (ts[19] == '.' || ts[19] == ',') }

// sdEnd is the byte behind the structured data that begins at i. HAProxy does not validate what log-format-sd makes,
// and prints values without quotes too: brackets count only outside of quotes.
func sdEnd(line string, i int) int {
	escapes := strings.IndexByte(line[i:], '\\') >= 0
	for i < len(line) && line[i] == '[' {
		for i++; i < len(line) && line[i] != ']'; i++ {
			switch line[i] {
			case '\\':
				i++
			case '"':
				i = quoteEnd(line, i+1, escapes)
			}
		}
		if i >= len(line) {
			return len(line)
		}
		i++
	}
	return i
}

// quoteEnd is the quote that ends the text at i, or the end of the line. escapes says that there are backslashes.
func quoteEnd(line string, i int, escapes bool) int {
	if !escapes {
		if n := strings.IndexByte(line[i:], '"'); n >= 0 {
			return i + n
		}
		return len(line)
	}
	for i < len(line) && line[i] != '"' {
		if line[i] == '\\' {
			i++
		}
		i++
	}
	return i
}
