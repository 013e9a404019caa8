// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/format/squid/conf"
	"github.com/proxylog/proxylog/internal/scan"
)

// encoding is how a value is made safe for the line (the modifiers of logformat, and src/format/Quoting.cc).
type encoding uint8

const (
	plain  encoding = iota // no modifier and no literal around it that would ask for one
	quoted                 // "  backslash escapes
	blob                   // [  backslash escapes of line ends, other bytes as %xx
	url                    // #  %XX
	shell                  // /  in quotes where there is a blank
	raw                    // '  as it is
)

var (
	// urlBytes stand for themselves under the URL encoding, and the percent sign that begins an escape.
	urlBytes = without(from('!'), "<>\"#{}|\\^~[]`'")
	// blobBytes are what the blob encoding prints, escapes included; blobWords are those without the blank.
	blobBytes = without(from(' '), "[]")
	blobWords = without(from('!'), "[]")
	// lineBytes are all that do not end a line.
	lineBytes = directive.Except("\r\n")
)

// from is the set of the printable bytes of ASCII that begins with first.
func from(first byte) *directive.Set {
	var s directive.Set
	for b := first; b <= '~'; b++ {
		s[b] = true
	}
	return &s
}

func without(s *directive.Set, bytes string) *directive.Set {
	for i := range len(bytes) {
		s[bytes[i]] = false
	}
	return s
}

func copyOf(s *directive.Set) *directive.Set {
	set := *s
	return &set
}

// unblob undoes the blob encoding: \r \n \\ and %xx.
func unblob(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	from := 0 // what is not in b yet
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c != '\\' && c != '%':
		case c == '\\' && i+1 < len(s) && strings.IndexByte("rn\\", s[i+1]) >= 0:
			b.WriteString(s[from:i])
			i++
			b.WriteByte(conf.Control(s[i]))
			from = i + 1
		case c == '%' && i+2 < len(s) && scan.Hex(s[i+1]) < 16 && scan.Hex(s[i+2]) < 16:
			b.WriteString(s[from:i])
			b.WriteByte(scan.Hex(s[i+1])<<4 | scan.Hex(s[i+2]))
			i += 2
			from = i + 1
		}
	}
	b.WriteString(s[from:])
	return b.String()
}

// escapeByte is what the URL encoding prints of a byte (lib/rfc1738.c, rfc1738_escape).
func escapeByte(b byte) string {
	if urlBytes[b] && b != '%' {
		return string([]byte{b})
	}
	return fmt.Sprintf("%%%02X", b)
}

// unescape undoes %XX. Where Squid leaves percent signs alone, which is what it does for headers without a modifier,
// %22 may also have been sent as it stands: the line does not tell.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && scan.Hex(s[i+1]) < 16 && scan.Hex(s[i+2]) < 16 {
			b.WriteByte(scan.Hex(s[i+1])<<4 | scan.Hex(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unshell undoes the shell encoding: quotes around all of it, if there are, and backslash escapes. Where it was cut the
// closing quote is missing.
func unshell(s string) string {
	if s != "" && s[0] == '"' {
		s = s[1:]
		if n := len(s); n > 0 && s[n-1] == '"' && len(unfinishedSlash(s[:n-1])) == n-1 {
			s = s[:n-1]
		}
	}
	return conf.Unquote(s)
}

// unfinishedSlash takes off a backslash that escapes nothing more.
func unfinishedSlash(s string) string {
	n := 0
	for n < len(s) && s[len(s)-1-n] == '\\' {
		n++
	}
	return s[:len(s)-n%2]
}

// unfinishedPercent takes off a percent sign with fewer than two digits behind it.
func unfinishedPercent(s string) string {
	if i := strings.LastIndexByte(s, '%'); i >= 0 && i > len(s)-3 {
		return s[:i]
	}
	return s
}

func unfinishedBlob(s string) string { return unfinishedSlash(unfinishedPercent(s)) }
