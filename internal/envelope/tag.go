// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// maxTag bounds how far a header is searched for "[pid]: "; longer tags do not occur.
const maxTag = 256

// knownTag is a host, a name and a process id as they stood in the line before, with what stands between and behind
// them, and what was read of them: lines of one source mostly have the same.
type knownTag struct {
	text [maxTag + 8]byte
	len  int // of text, 0 for none
	host int // where the host ends
	// app and appEnd are the bytes of the name.
	app, appEnd int
	pid         int64
}

// at reports whether the same text stands at byte i, and says what it means.
func (t *knownTag) at(line string, i int, n *names) bool {
	if t.len == 0 || len(line)-i < t.len || line[i:i+t.len] != string(t.text[:t.len]) {
		return false
	}
	n.host, n.app, n.pid = line[i:i+t.host], line[i+t.app:i+t.appEnd], t.pid
	return true
}

// keep remembers a text and what was read of it; its name begins at byte app.
func (t *knownTag) keep(text string, app int, n *names) {
	t.len = 0
	if len(text) <= len(t.text) {
		t.len, t.host, t.app, t.appEnd, t.pid = copy(t.text[:], text), len(n.host), app, app+len(n.app), n.pid
	}
}

// hostAndTag reads "host tag[pid]: ", "tag[pid]: ", "host tag: " or "tag: " at i and returns where the text behind it
// begins. It reports whether there was a tag; without one the text begins at i. due says that there ought to be one.
func (p *Parser) hostAndTag(line string, i int, due bool, n *names) (start int, tagged bool) {
	if p.tag.at(line, i, n) {
		return skipBlank(line, i+p.tag.len), true
	}
	if relay(line, i) != "" {
		return i, false
	}
	end := tagPID(line, i, n)
	if end < 0 {
		end = tagAlone(line, i, n)
	}
	if end < 0 {
		end = oddTag(line, i, due, n)
	}
	if end < 0 {
		return i, false
	}
	// Only with the blank behind the colon it is certain that the same bytes are read in the same way whatever follows.
	if end < len(line) && line[end] == ' ' {
		app := 0
		if n.host != "" {
			app = len(n.host) + 1
		}
		p.tag.keep(line[i:end+1], app, n)
	}
	return skipBlank(line, end), true
}

// tagAlone reads a tag without a process id, which is the first or second word and ends in a colon, and returns the byte
// behind it, or -1.
func tagAlone(line string, i int, n *names) int {
	for word, from := 0, i; word < 2; word++ {
		b := strings.IndexByte(line[from:], ' ')
		if b <= 0 {
			return -1
		}
		if line[from+b-1] == ':' && isName(line[from:from+b-1]) {
			if word == 1 {
				n.host = line[i : from-1]
			}
			n.app = line[from : from+b-1]
			return from + b
		}
		from += b + 1
	}
	return -1
}

// forwardedTag is how much of a tag rsyslog's templates for forwarding pass on (%syslogtag:1:32%).
const forwardedTag = 32

// oddTag reads a tag without the blank behind its colon, as a template without sp-if-no-1st-sp leaves it, and one that
// rsyslog has cut, and returns the byte behind it, or -1. The tag is the first or second word, or begins it; where there
// need not be any, only one with a process id counts.
func oddTag(line string, i int, due bool, n *names) int {
	for word, from := 0, i; word < 2 && from < len(line); word++ {
		b := strings.IndexByte(line[from:], ' ')
		if b < 0 {
			b = len(line) - from
		}
		tag := line[from : from+b]
		colon := strings.IndexByte(tag, ':')
		if colon > 0 {
			tag = tag[:colon]
		}
		name, number, bracket := strings.Cut(tag, "[")
		pid, ends := scan.Whole(strings.TrimSuffix(number, "]"))
		switch {
		case !isName(name):
		case colon < 0 && b == forwardedTag && word == 1:
			// A process id that was cut is none.
			n.host, n.app = line[i:from-1], name
			return from + b
		case bracket && colon > 0 && ends && number[len(number)-1] == ']',
			due && !bracket && colon > 0 && !isAddress(name) && !isPort(line[from+colon+1:from+b]):
			if word == 1 {
				n.host = line[i : from-1]
			}
			n.app, n.pid = name, pid
			return from + colon + 1
		}
		from += b + 1
	}
	return -1
}

// isAddress reports whether a name could be the beginning of an address, or a host before its port.
func isAddress(name string) bool {
	return strings.Contains(name, ".") || strings.Trim(name, "0123456789abcdefABCDEF") == ""
}

// isPort reports whether s is nothing but a number.
func isPort(s string) bool { return strings.Trim(s, "0123456789") == "" }

// tagPID finds "[digits]:" behind a host and a tag that begin at i and returns the byte behind the colon, or -1. A tag
// may hold brackets, colons and blanks (HAProxy's log-tag), so the process id is what decides.
func tagPID(line string, i int, n *names) int {
	limit := min(len(line), i+maxTag)
	for k := i; k < limit; k++ {
		switch line[k] {
		case '"', '{', '<':
			return -1
		case ':':
			if k+1 < limit && line[k+1] == ' ' {
				// A tag without a process id ended here.
				return -1
			}
			continue
		case '[':
		default:
			continue
		}
		e, pid := scan.Uint(line, k+1, limit)
		if e < 0 || e+1 >= len(line) || line[e] != ']' || line[e+1] != ':' || e+2 < len(line) && line[e+2] != ' ' || k == i {
			continue
		}
		tag := line[i:k]
		if b := strings.IndexByte(tag, ' '); b > 0 {
			n.host, tag = tag[:b], tag[b+1:]
		}
		n.app, n.pid = tag, pid
		return e + 2
	}
	return -1
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
			c != '-' && c != '_' && c != '.' && c != '/' && c != '(' && c != ')' {
			return false
		}
	}
	return s != ""
}
