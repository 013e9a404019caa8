// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format/squid/conf"
)

// items makes what the engine reads of the pieces.
func items(pieces []piece) []directive.Item {
	out := make([]directive.Item, len(pieces))
	for i := range pieces {
		p := &pieces[i]
		if p.name == "" {
			out[i].Literal = p.literal
			continue
		}
		next := ""
		if i+1 < len(pieces) {
			next = pieces[i+1].literal
		}
		out[i] = p.item(next)
		out[i].At = p.at
		if i+1 < len(pieces) && next == "" {
			p.column(&out[i].Shape)
		}
	}
	if i := twoUsers(pieces); i >= 0 {
		readNames(&out[i].Shape, &out[i+2].Shape)
	}
	neighbours(pieces, out)
	wholeDate(pieces, out)
	return out
}

// wholeDate leaves the time to a date that has a time of day, where there is one: parts in fields of their own are then
// values like others.
func wholeDate(pieces []piece, list []directive.Item) {
	whole := false
	for i := range pieces {
		l := pieces[i].layout
		whole = whole || list[i].Field != nil && list[i].Field.Role == roleDate && (l == nil || l.Clock)
	}
	for i := range pieces {
		if l := pieces[i].layout; whole && l != nil && (l.Date || l.Clock) && !(l.Date && l.Clock) {
			list[i].Field.Role = 0
		}
	}
}

// twoUsers is the place of %[ui %[un [, the two names of common and combined, or -1.
func twoUsers(pieces []piece) int {
	for i := range pieces {
		if i+3 >= len(pieces) || pieces[i].name != "ui" || pieces[i+2].name != "un" {
			continue
		}
		ui, un := &pieces[i], &pieces[i+2]
		if ui.plainBlob() && un.plainBlob() && pieces[i+1].literal == " " && strings.HasPrefix(pieces[i+3].literal, " [") {
			return i
		}
	}
	return -1
}

func (p *piece) plainBlob() bool { return p.enc == blob && p.min == 0 && p.max < 0 }

// readNames settles how they are read: up to the bracket, which is encoded in a name.
func readNames(ident, user *directive.Shape) {
	ident.Kind, ident.Func, ident.Set, ident.Expect = directive.KindFunc, scanIdent, blobBytes, "a name or -"
	user.Kind, user.Func, user.Set, user.Expect = directive.KindFunc, scanUser, blobBytes, users.Expect
}

// neighbours settles what texts side by side hold: each but the last ends at the first place behind which the rest can be
// read. Where a URL with blanks stands before a user, a user that ends in " -" is the end of the URL and none.
func neighbours(pieces []piece, list []directive.Item) {
	last := -1
	for i := range list {
		s := &list[i].Shape
		if list[i].Field == nil || s.Kind != directive.KindText {
			continue
		}
		if s.Absorb = true; last >= 0 {
			list[last].Shape.Absorb = false
		}
		if last == i-2 && besideURL(pieces, list, i) {
			if quotes := s.Valid; quotes != nil {
				s.Valid = func(v string) bool { return isUser(v) && quotes(v) }
			} else {
				s.Valid = isUser
			}
		}
		last = i
	}
	for i := 2; i < len(list); i++ { // what a URL looks like tells where a text right before it ends
		if s := &list[i].Shape; s.Likely != nil && s.Kind == directive.KindSet && list[i-1].Field == nil && list[i-2].Shape.Kind == directive.KindText {
			s.Kind, s.Absorb = directive.KindText, false
		}
	}
}

// besideURL reports whether item i is a user right behind a URL that may hold blanks.
func besideURL(pieces []piece, list []directive.Item, i int) bool {
	return i >= 2 && pieces[i-1].literal == " " && pieces[i-2].name == "ru" && list[i-2].Shape.Kind == directive.KindText && list[i].Shape.Expect == users.Expect
}

// column settles what tells where a value ends behind which the next one follows at once: its width, where it can be no
// wider. Numbers are taken to fit.
func (p *piece) column(s *directive.Shape) {
	switch class := codes[p.name].class; {
	case p.name == "ts" && p.min == 0: // ten digits until the year 2286
		s.Pad, s.Fixed = epochDigits, true
	case class == number && p.min > 0, class == millis && p.min > 0 && p.max < 0:
		s.Pad, s.PadRight, s.Fixed = p.min, p.left && !p.zero, true
		s.Overflow = !s.Unsigned && p.min < noTime
	case class > date && p.min > 0 && p.min == p.max && s.Kind != directive.KindFunc:
		s.Fixed = true
	}
}

const (
	epochDigits = 10
	// noTime is how wide icap::tio is where no I/O took place: minus the milliseconds since 1970.
	noTime = len("-1795304950229")
)

// item is the item of a code before a literal, "" where a code or nothing follows.
func (p *piece) item(next string) directive.Item {
	c := codes[p.name]
	f := c.field
	f.Code = "%" + p.written
	s := c.shape
	s.HasNull, s.Null = true, "-"
	switch {
	case p.layout != nil:
		switch {
		case !p.layout.Date && p.layout.Clock:
			f.Role = roleClock
		case !p.layout.Date:
			f.Role = roleZone
		}
		s.Kind, s.Func, s.Set, s.HasNull, s.Expect = directive.KindFunc, p.layout.Read, nil, false, "a time as "+p.arg
		s.Sample = p.layout.Example()
		if p.enc == url {
			f.Decode, s.Escape = unescape, "%"
		}
	case c.class == date && p.arg != "" && p.name != "tS":
		s = p.encoded(text, &f, next)
	case p.name == "tS":
		s.HasNull = false
		if p.max == 0 {
			s.Func = scanSecondsMillis
		}
	case c.class == date:
		s.HasNull = false
		if p.enc == url {
			s.Func, f.Decode, s.Escape = scanURLDate, unescape, "%"
		}
	case c.class == millis && p.max >= 0:
		s.Kind, s.Func, s.Set = directive.KindFunc, scanMillis, directive.NewSet("0123456789.-")
		if p.max == 0 {
			s.Func = scanMillisMicros
		}
		s.Expect = "milliseconds with a fraction"
		f.Conv = nanos(f.Conv)
	case c.class == number || c.class == millis:
		s.Kind, s.Unsigned, s.Expect = directive.KindInt, c.shape.Expect == "", "a number"
	case c.class == token && c.shape.Func != nil && p.max < 0: // it holds nothing that an encoding would change
	default:
		s = p.encoded(c.class, &f, next)
	}
	if c.class == date && p.enc == shell && s.Kind == directive.KindFunc && p.name != "tS" && (p.arg == "" || p.layout != nil) {
		s.Func, f.Decode, s.Escape = inShell(s.Func), unshell, `"`
	}
	if c.class == header && f.Conv == field.None {
		f.Conv = field.Str
	}
	s.Zeros = p.zero && (c.class <= millis || p.name == "tS")
	if !s.Zeros {
		s.Pad, s.PadRight = p.min, p.left
	}
	return directive.Item{Field: &f, Shape: s}
}

// unit is how many nanoseconds one of the code's number is: a precision of p makes %tu count in the p-th digit of a
// second, and has the other times read to the nanosecond.
func (p *piece) unit() int64 {
	switch {
	case p.name != "tu" && codes[p.name].class != millis:
		return 0
	case p.max < 0 || p.name == "tu" && p.max == 0:
		return 1e6
	case p.name != "tu":
		return 1
	}
	u := int64(1)
	for i := min(p.max, 6); i < 9; i++ { // Squid counts in microseconds at the finest
		u *= 10
	}
	return u
}

// nanos is the conversion of a time with a fraction of a millisecond.
func nanos(c field.Conv) field.Conv {
	if c == field.Millis {
		return field.Nanos
	}
	return c
}

// encoded is the shape of a text of class token, text, target or header, and sets how f is decoded.
func (p *piece) encoded(c class, f *field.Field, next string) directive.Shape {
	s := codes[p.name].shape
	s.Kind, s.Func, s.Min, s.HasNull, s.Null = directive.KindSet, nil, 1, true, "-"
	if s.Expect == "" || p.arg != "" {
		s.Set, s.Expect = nil, "text"
	}
	if p.max > 0 {
		s.Likely = nil // what a URL begins with may be cut off
	}
	// Blanks are percent-encoded in what has that as its default.
	free := c == text || c > text && p.enc != plain
	enc := p.enc
	if enc == plain && c == header {
		enc = url
	}
	switch enc {
	case quoted:
		f.Decode, s.Escape = p.cut(conf.Unquote, unfinishedSlash), "\\"
		own := c == token && s.Set != nil && !s.Set['"'] && !s.Set['\\'] && p.arg == "" // nothing in it has to be escaped
		if !own && strings.HasPrefix(next, `"`) {
			s.Kind, s.Func, s.Set = directive.KindFunc, scanQuoted(p.max), nil
			return s
		}
		s.Valid = noQuote
		if s.Set == nil || c != token { // a token has no quote in it, and none but its own bytes
			s.Set = visible
		}
	case blob:
		f.Decode, s.Escape = p.cut(unblob, unfinishedBlob), "\\%"
		s.Set = blobWords
		if free {
			s.Set = blobBytes
			free = next == "" || blobBytes[next[0]]
		}
	case url:
		f.Decode, s.Escape = p.cut(unescape, unfinishedPercent), "%"
		s.Set = urlBytes
		free = next != "" && urlBytes[next[0]]
	case shell:
		f.Decode, s.Escape = p.cut(unshell, unfinishedSlash), "\"\\"
		s.Kind, s.Func, s.Set, s.Likely = directive.KindFunc, scanShell(p.max), nil, nil
		if next != "" && next[0] != ' ' {
			s.Kind, s.Set, s.Valid = directive.KindText, lineBytes, isShell(p.max)
		}
		return s
	case plain, raw:
		if s.Set == nil {
			s.Set = visible
		}
	}
	switch {
	case free && (enc == blob || enc == url):
		s.Kind = directive.KindText
	case free:
		s.Kind, s.Set = directive.KindText, lineBytes
	case next != "" && s.Set[next[0]] && s.Absorb:
		s.Kind = directive.KindText // a URL may hold whatever separates it from what follows
	case next != "" && s.Set[next[0]] && s.Set == visible:
		s.Set = without(copyOf(s.Set), next[:1]) // a word is taken not to
	}
	return s
}

// cut is how a value is decoded that the code may have cut in the middle of an escape: without that piece of one.
func (p *piece) cut(decode, unfinished func(string) string) func(string) string {
	if p.max <= 0 {
		return decode
	}
	return func(s string) string {
		if len(s) >= p.max {
			s = unfinished(s)
		}
		return decode(s)
	}
}
