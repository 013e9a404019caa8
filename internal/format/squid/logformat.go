// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// syntaxError is a definition that Squid would not accept, or that cannot be read back.
type syntaxError struct {
	at   int // byte of the definition
	text string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("at byte %d: %s", e.at, e.text) }

// piece is a literal or a code of a definition, as it was written.
type piece struct {
	at       int
	literal  string // where name is empty
	name     string // of the table
	written  string // without modifiers and the prefix http::, the argument before it
	arg      string
	enc      encoding
	left     bool // filled up on the right
	zero     bool
	min, max int // 0 is none
	// layout reads the times of %{layout}tl and %{layout}tg; nil where it cannot, so that they are text.
	layout *scan.Layout
}

// front reads a definition (squid.conf's documentation of logformat: % [encoding] [-] [0][min][.max] [{arg}] code [{arg}]).
type front struct {
	s      string
	i      int
	pieces []piece
	around encoding // what the literals so far ask for: quoted or blob
}

// parseLogformat reads a definition into pieces; no two literals follow one another.
func parseLogformat(s string) ([]piece, error) {
	f := front{s: s}
	for f.i < len(s) {
		if s[f.i] != '%' {
			f.literal(s[f.i : f.i+1])
			f.i++
			continue
		}
		if err := f.item(); err != nil {
			return nil, err
		}
	}
	return f.pieces, nil
}

// literal adds literal text and follows its quotes and brackets: what stands between them is encoded accordingly.
func (f *front) literal(text string) {
	switch {
	case text == `"` && f.around == plain:
		f.around = quoted
	case text == `"` && f.around == quoted, text == "]" && f.around == blob:
		f.around = plain
	case text == "[" && f.around == plain:
		f.around = blob
	}
	if n := len(f.pieces); n > 0 && f.pieces[n-1].name == "" {
		f.pieces[n-1].literal += text
		return
	}
	f.pieces = append(f.pieces, piece{at: f.i, literal: text})
}

// item reads one code with its modifiers.
func (f *front) item() error {
	p := piece{at: f.i, enc: f.around}
	f.i++
	if f.i < len(f.s) {
		if e := strings.IndexByte("\"[#/'", f.s[f.i]); e >= 0 {
			p.enc = [...]encoding{quoted, blob, url, shell, raw}[e]
			f.i++
		}
	}
	p.left = f.accept('-')
	p.zero = f.accept('0')
	p.min = f.width()
	if f.accept('.') {
		p.max = f.width()
	}
	var err error
	if p.arg, err = f.argument(); err != nil {
		return err
	}
	// The prefix http:: is optional, and no code has it in its name.
	if rest := strings.TrimPrefix(f.s[f.i:], "http::"); !strings.HasPrefix(rest, "%") {
		f.i = len(f.s) - len(rest)
	}
	if f.accept('%') {
		f.literal("%")
		return nil
	}
	n, name := lookup(f.s[f.i:])
	if n == 0 {
		return &syntaxError{p.at, fmt.Sprintf("no code of Squid's begins with %q; a percent sign is %%%%", clip(f.s[p.at:]))}
	}
	p.name, p.written = name, f.s[f.i:f.i+n]
	f.i += n
	if p.arg == "" {
		if p.arg, err = f.argument(); err != nil {
			return err
		}
	}
	if p.arg != "" {
		p.written = "{" + p.arg + "}" + p.written
	}
	if (name == "tl" || name == "tg") && p.arg != "" && p.enc != url && !strings.ContainsAny(p.arg, `"\[]`) {
		// A layout that cannot be read back is no error: the time is text then.
		p.layout, _ = scan.NewLayout(p.arg)
	}
	f.pieces = append(f.pieces, p)
	return nil
}

func (f *front) accept(c byte) bool {
	if f.i < len(f.s) && f.s[f.i] == c {
		f.i++
		return true
	}
	return false
}

// maxWidth bounds widths: Squid's own buffers are no longer.
const maxWidth = 1 << 16

func (f *front) width() int {
	n := 0
	for f.i < len(f.s) && f.s[f.i] >= '0' && f.s[f.i] <= '9' {
		n = min(n*10+int(f.s[f.i]-'0'), maxWidth)
		f.i++
	}
	return n
}

func (f *front) argument() (string, error) {
	if !f.accept('{') {
		return "", nil
	}
	e := strings.IndexByte(f.s[f.i:], '}')
	if e < 0 {
		return "", &syntaxError{f.i - 1, "the } that closes the argument is missing"}
	}
	arg := f.s[f.i : f.i+e]
	f.i += e + 1
	return arg, nil
}

func clip(s string) string { return s[:min(len(s), 24)] }

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
	}
	return out
}

// item is the item of a code before a literal, "" where a code or nothing follows.
func (p *piece) item(next string) directive.Item {
	c := codes[p.name]
	f := c.field
	f.Code = "%" + p.written
	s := c.shape
	s.HasNull, s.Null = true, "-"
	switch {
	case p.layout != nil:
		s.Kind, s.Func, s.Set, s.HasNull, s.Expect = directive.KindFunc, p.layout.Read, nil, false, "a time as "+p.arg
	case c.class == date && p.arg != "":
		s = p.encoded(text, &f, next)
	case c.class == date:
		s.HasNull = false
	case c.class == millis && p.max > 0:
		s.Kind, s.Func, s.Set = directive.KindFunc, scanMillis, directive.NewSet("0123456789.-")
		s.Expect = "milliseconds with a fraction"
		f.Conv = nanos(f.Conv)
	case c.class == number || c.class == millis:
		s.Kind, s.Unsigned, s.Expect = directive.KindInt, c.shape.Expect == "", "a number"
	default:
		s = p.encoded(c.class, &f, next)
	}
	if c.class == header && f.Conv == field.None {
		f.Conv = field.Str
	}
	s.Zeros = p.zero && c.class <= millis
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
	case p.max == 0:
		return 1e6
	case p.name != "tu":
		return 1
	}
	u := int64(1)
	for i := p.max; i < 9; i++ {
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

// encoded is the shape of a text of class token, text or header, and sets how f is decoded.
func (p *piece) encoded(c class, f *field.Field, next string) directive.Shape {
	s := codes[p.name].shape
	s.Kind, s.Func, s.Min, s.HasNull, s.Null = directive.KindSet, nil, 1, true, "-"
	if s.Expect == "" || p.arg != "" {
		s.Set, s.Expect = nil, "text"
	}
	free := c != token
	enc := p.enc
	if enc == plain && c == header {
		enc = url
	}
	switch enc {
	case quoted:
		f.Decode, s.Escape = unquote, "\\"
		if strings.HasPrefix(next, `"`) {
			s.Kind, s.Func, s.Set = directive.KindFunc, scanQuoted, nil
			return s
		}
		s.Valid = noQuote
		s.Set = visible
	case blob:
		f.Decode, s.Escape = unblob, "\\%"
		s.Set = blobWords
		if free {
			s.Set = blobBytes
			free = next == "" || blobBytes[next[0]]
		}
	case url:
		f.Decode, s.Escape = unescape, "%"
		s.Set = urlBytes
		free = next != "" && urlBytes[next[0]]
	case shell:
		f.Decode, s.Escape = unshell, "\"\\"
		s.Kind, s.Func, s.Set = directive.KindFunc, scanShell(next), nil
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
