// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"fmt"
	"strconv"
	"strings"

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
	min, max int // in bytes; max is -1 for none, and counts digits of a fraction where the code is a time
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
	f.append(text)
}

func (f *front) append(text string) {
	if n := len(f.pieces); n > 0 && f.pieces[n-1].name == "" {
		f.pieces[n-1].literal += text
		return
	}
	f.pieces = append(f.pieces, piece{at: f.i, literal: text})
}

// item reads one code with its modifiers.
func (f *front) item() error {
	p := piece{at: f.i, enc: f.around, max: -1}
	f.i++
	if f.i < len(f.s) {
		if e := strings.IndexByte("\"[#/'", f.s[f.i]); e >= 0 {
			p.enc = [...]encoding{quoted, blob, url, shell, raw}[e]
			f.i++
		}
	}
	p.left = f.accept('-')
	p.zero = f.accept('0')
	p.min, _ = f.width()
	if f.accept('.') {
		if n, ok := f.width(); ok {
			p.max = n
		}
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
		f.constant(p.enc, '%')
		return nil
	}
	if strings.HasPrefix(f.s[f.i:], "byte{") || p.arg != "" && strings.HasPrefix(f.s[f.i:], "byte") {
		return f.byte(&p)
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
	} else if manyLines[name] && p.enc == raw {
		return &syntaxError{p.at, fmt.Sprintf("%%'%s prints every line of them as it is, so that one record becomes several lines of the log: "+
			`write %%[%[1]s, %%"%[1]s or %%#%[1]s`, p.written)}
	}
	// A layout that cannot be read back is no error: the time is text then.
	switch {
	case name != "tl" && name != "tg" || p.arg == "":
	case p.enc == url:
		p.layout, _ = scan.NewEncodedLayout(p.arg, escapeByte)
	case !strings.ContainsAny(p.arg, `"\[]`):
		p.layout, _ = scan.NewPartialLayout(p.arg)
	}
	f.pieces = append(f.pieces, p)
	return nil
}

// manyLines are the codes that print, without an argument, all headers or notes with a line end behind each.
var manyLines = map[string]bool{
	">h": true, ">ha": true, "<h": true, "icap::>h": true, "icap::<h": true, "adapt::<last_h": true, "proxy_protocol::>h": true, "note": true,
}

// constant adds a code that always prints the same byte, which begins and ends no quotes. It is encoded as any value is.
func (f *front) constant(enc encoding, c byte) {
	text := string(c)
	switch {
	case c == '%' && enc == blob:
		text = "%25"
	case c == '%' && enc == url:
		text = "%25"
	}
	f.append(text)
}

// byte reads %byte{N} of Squid 7: the byte of that number, in C's notation.
func (f *front) byte(p *piece) error {
	f.i += len("byte")
	if p.arg == "" {
		var err error
		if p.arg, err = f.argument(); err != nil {
			return err
		}
	}
	n, err := strconv.ParseUint(p.arg, 0, 8)
	if err != nil || n == 0 {
		return &syntaxError{p.at, fmt.Sprintf("byte{%s} is no number from 1 to 255", p.arg)}
	}
	f.append(string([]byte{byte(n)}))
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

func (f *front) width() (n int, ok bool) {
	from := f.i
	for f.i < len(f.s) && f.s[f.i] >= '0' && f.s[f.i] <= '9' {
		n = min(n*10+int(f.s[f.i]-'0'), maxWidth)
		f.i++
	}
	return n, f.i > from
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
