// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// encodings sets how the built-ins print their values: names of users as blobs, all else as it is. The quotes around
// URL, Referer and User-Agent do not protect them.
func encodings(pieces []piece) {
	for i := range pieces {
		switch p := &pieces[i]; p.name {
		case "un", "ui":
			p.enc = blob
		case "rm", "ru", "rv", ">h":
			p.enc = raw
		}
	}
}

// withoutIdent is a built-in as Squid 7 has it, which asks no client's ident server any more and prints a - in place of
// its answer.
func withoutIdent(definition string) string { return strings.Replace(definition, "%[ui", "-", 1) }

// peculiar gives the fields of the built-ins their shapes. The URL is copied as it is, with the blanks that
// uri_whitespace allow leaves in it, and so are the two headers; users keep their blanks too. What a client sent may
// look like the rest of the line: in common and combined each text ends at the first place behind which the rest can be
// read, since a URL has a blank least often, and a line with a second such place is marked as ambiguous.
func peculiar(pieces []piece, list []directive.Item) {
	for i := range pieces {
		before, behind := "", ""
		if i > 0 {
			before = pieces[i-1].literal
		}
		if i+1 < len(pieces) {
			behind = pieces[i+1].literal
		}
		switch s := &list[i].Shape; pieces[i].name {
		case "ru":
			s.Kind, s.Set, s.Absorb, s.Expect = directive.KindText, nil, behind == "", "a URL"
			s.Likely = nil
			if behind == "" { // referrer has little else by which its lines are known
				s.Likely = isTarget
			}
		case "un":
			if s.Absorb = true; behind == " [" { // with an ident before it or, of 7, without
				s.Kind, s.Func, s.Set, s.Absorb = directive.KindFunc, scanUser, blobBytes, false
			}
		case ">h":
			s.Absorb = before != " " && strings.HasPrefix(pieces[i].arg, "User")
			if before == " " { // that of referrer has no quotes around it
				s.Likely = isReferer
			}
		case "rv":
			// HTTP/1.1, or NONE/0.0 where there was no request that could be read: the name is no literal, but part of
			// what is read, and taken off by trimVersion.
			s.Kind, s.Func, s.Set, s.HasNull, s.Expect = directive.KindFunc, scanProtocol, nil, false, "a protocol as HTTP/1.1"
			list[i-1].Literal = strings.TrimSuffix(before, "HTTP/")
		case "Ss", "Sh":
			s.Set = tags
		}
	}
}

// tags are the bytes of result codes and hierarchy codes: src/LogTags.cc and src/hier_code.h.
var tags = directive.NewSet("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")

// scanProtocol reads NAME/digits.digits.
func scanProtocol(line string, i, end int) (int, int64) {
	e := i
	for e < end && line[e] >= 'A' && line[e] <= 'Z' {
		e++
	}
	if e == i || e >= end || line[e] != '/' {
		return -1, 0
	}
	major := digits(line, e+1, end)
	if major == e+1 || major >= end || line[major] != '.' {
		return -1, 0
	}
	minor := digits(line, major+1, end)
	if minor == major+1 {
		return -1, 0
	}
	return minor, 0
}

func digits(line string, i, end int) int {
	for i < end && line[i] >= '0' && line[i] <= '9' {
		i++
	}
	return i
}

// scanUser reads up to the date in brackets. A bracket in a name is encoded.
func scanUser(line string, i, end int) (int, int64) {
	e := strings.IndexByte(line[i:end], '[')
	if e < 2 || line[i+e-1] != ' ' {
		return -1, 0
	}
	return i + e - 1, 0
}

// scanIdent reads the first of the two names before the date: all but the sign for no user, where the second is missing,
// else up to the first blank.
func scanIdent(line string, i, end int) (int, int64) {
	e, _ := scanUser(line, i, end)
	if e < 0 {
		return -1, 0
	}
	names := line[i:e]
	k := strings.IndexByte(names, ' ')
	if rest, ok := strings.CutSuffix(names, " -"); ok && !strings.HasPrefix(names, "- ") {
		k = len(rest)
	}
	if k <= 0 {
		return -1, 0
	}
	return i + k, 0
}

// isUser tells a user's name from the end of a URL with blanks and the sign for no user.
func isUser(s string) bool { return !strings.HasSuffix(s, " -") }

// isReferer tells a Referer from the sign for none and a URL with blanks.
func isReferer(s string) bool { return !strings.HasPrefix(s, "- ") }

// isTarget reports whether s begins as what Squid logs for a URL or its path: a scheme, a host and port, a path, or
// error:. A word may stand there too, where Squid could not read the request.
func isTarget(s string) bool {
	switch {
	case s == "" || !beginsTarget(s):
		return false
	case s[0] == '[': // a host and port
		return strings.Contains(s, "]:")
	case s[0] == '/':
		return true
	}
	return strings.IndexByte(s, ':') != len(s)-1 // a word, or something behind a scheme or a host
}

// beginsTarget reports whether more text behind s could make it what isTarget takes, or s is that already.
func beginsTarget(s string) bool {
	if s == "" || s[0] == '/' || s[0] == '[' {
		return true
	}
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case s[i] == ':':
			return i > 0
		case (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && strings.IndexByte("+-._*", s[i]) < 0:
			return false
		}
	}
	return true
}

// unsure is the slot of a value that makes a line of referrer or useragent doubtful, which have so few fields that other
// servers' lines with a time and an address look like theirs; nil where it looks as Squid's mostly do.
func (d *dialect) unsure(in *format.Input) *field.Slot {
	slots := in.Match.Slots
	last := &slots[len(slots)-1]
	text := last.Text(in.Line)
	switch d.Scope.Dialect {
	case "referrer":
		port := strings.LastIndexByte(text, ':')
		connect := port > 0 && digits(text, port+1, len(text)) == len(text) && !strings.Contains(text, " ")
		if !connect && !strings.Contains(text, "://") && !strings.HasPrefix(text, errorURL) {
			return last
		}
		referer := &slots[len(slots)-2]
		if v := referer.Text(in.Line); referer.Has() && !strings.Contains(v, "://") && (strings.Contains(v, " ") || v == strings.ToUpper(v)) {
			return referer // words, or a method
		}
	case "useragent":
		if strings.Contains(text, " HTTP/") { // a request
			return last
		}
	}
	return nil
}

// trimVersion takes the name of the protocol off the version of a built-in.
func (d *dialect) trimVersion(in *format.Input) {
	if !d.builtin {
		return
	}
	if s := in.Match.Role(roleVersion); s != nil {
		s.Start += int32(strings.IndexByte(s.Text(in.Line), '/') + 1)
	}
}

// twoNames reports whether the names of common and combined can be parted at more than one blank.
func (d *dialect) twoNames(in *format.Input) bool {
	if d.ident < 0 || d.user < 0 {
		return false
	}
	ident, user := &in.Match.Slots[d.ident], &in.Match.Slots[d.user]
	return ident.Has() && (user.Has() || hasBlank(in.Line, ident)) && (hasBlank(in.Line, ident) || hasBlank(in.Line, user))
}

// noUser reports whether a URL with blanks ends before the sign for no user, which isUser has settled: what follows its
// first blank may also be a user's name.
func (d *dialect) noUser(in *format.Input) bool {
	for _, n := range d.urls {
		if url, user := &in.Match.Slots[n], &in.Match.Slots[n+1]; url.Has() && !user.Has() && hasBlank(in.Line, url) {
			return true
		}
	}
	return false
}

func hasBlank(line string, s *field.Slot) bool { return strings.IndexByte(s.Text(line), ' ') >= 0 }
