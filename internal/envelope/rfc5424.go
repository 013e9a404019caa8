// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"math/bits"
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// rfc5424 reads the header behind the version; false where it is none, and then h and n are as they were. g3proxy leaves
// the structured data out where it logs CEE: then the text begins behind the message id.
func (p *Parser) rfc5424(line string, i int, h *Header, n *names) bool {
	ts, i := word(line, i)
	if i < 0 {
		return false
	}
	var at int64
	if ts != "" {
		e, ns, zoned := scan.RFC3339(ts, 0, len(ts))
		if e != len(ts) || !zoned {
			return false
		}
		at = ns
	}
	var sender names
	if p.words.at(line, i, &sender) {
		i += p.words.len
	} else if i = p.sender(line, i, &sender); i < 0 {
		return false
	}
	if sender.msgID, i = word(line, i); i < 0 {
		return false
	}
	*n = sender
	h.Kind, h.Time, h.Precise = RFC5424, at, fractional(ts)
	switch {
	case strings.HasPrefix(line[i:], "- "), line[i:] == "-":
		i++
	case i < len(line) && line[i] == '[':
		h.SDStart = i
		i = sdEnd(line, i)
		h.SDEnd = i
	}
	// rsyslog keeps the blank behind RFC 3164's tag, so that there may be two.
	i = skipBlank(line, i)
	if strings.HasPrefix(line[i:], bom) {
		// RFC 5424 marks text as UTF-8 by it.
		i += len(bom)
	}
	h.Start = i
	return true
}

// sender reads the words for host, name and process id at i, and returns the byte behind the blank after them or -1.
func (p *Parser) sender(line string, i int, n *names) int {
	host, app := word(line, i)
	if app < 0 {
		return -1
	}
	name, k := word(line, app)
	if k < 0 {
		return -1
	}
	pid, k := word(line, k)
	if k < 0 {
		return -1
	}
	n.host, n.app = host, name
	if id, ok := scan.Whole(pid); ok && id > 0 {
		n.pid = id
	}
	p.words.keep(line[i:k], app-i, n)
	return k
}

// word reads a word of the header at i, "" for -, and returns the byte behind the blank after it, -1 where there is none.
func word(line string, i int) (string, int) {
	b := strings.IndexByte(line[i:], ' ')
	if b <= 0 {
		return "", -1
	}
	if t := line[i : i+b]; t != "-" {
		return t, i + b + 1
	}
	return "", i + b + 1
}

// fractional reports whether a time has a fraction of a second.
func fractional(ts string) bool { return len(ts) > 19 && (ts[19] == '.' || ts[19] == ',') }

// Each byte of eight.
const (
	ones    = 0x0101010101010101
	highs   = ones << 7
	quote   = '"' * ones
	bracket = ']' * ones
	slash   = '\\' * ones
)

// sdEnd is the byte behind the structured data that begins at i. HAProxy does not validate what log-format-sd makes,
// and prints values without quotes too: brackets count only outside of quotes.
func sdEnd(line string, i int) int {
	for i < len(line) && line[i] == '[' {
		for i++; ; {
			i = next(line, i, quote, slash, bracket)
			if i >= len(line) {
				return len(line)
			}
			if line[i] == ']' {
				break
			}
			if line[i] == '"' {
				// The quote that ends the text.
				for i = next(line, i+1, quote, slash, slash); i < len(line) && line[i] == '\\'; {
					i = next(line, i+2, quote, slash, slash)
				}
				i++
				continue
			}
			i += 2
		}
		i++
	}
	return i
}

// next is the next byte from i on that is one of three, each given as eight of it; the end of the line, or a byte behind
// it, where there is none.
func next(line string, i int, a, b, c uint64) int {
	for i+8 <= len(line) {
		// A byte that is 0 after the exclusive or is the one that is looked for; of the bits that stay, the lowest is right.
		x := scan.Eight(line, i)
		x, y, z := x^a, x^b, x^c
		if found := ((x-ones)&^x | (y-ones)&^y | (z-ones)&^z) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
		i += 8
	}
	for i < len(line) && line[i] != byte(a) && line[i] != byte(b) && line[i] != byte(c) {
		i++
	}
	return i
}
