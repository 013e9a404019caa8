// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// syntaxError is a directive that HAProxy would not accept, or that this version cannot read back.
type syntaxError struct {
	at   int // byte of the log-format string
	text string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("at byte %d: %s", e.at, e.text) }

// front reads a log-format string (the manual's section 8.2.6) into the items of a directive.
type front struct {
	s     string
	i     int
	items []directive.Item
	flags flags // set by %{…}o for all that follows
	blank bool  // the text so far ends in a blank
}

// flags change how a value is printed.
type flags struct{ quote, escape bool }

// parseLogFormat reads a log-format string, configuration quoting already undone.
func parseLogFormat(s string) ([]directive.Item, error) {
	f := front{s: s, blank: true}
	for f.i < len(s) {
		switch c := s[f.i]; {
		case c != '%':
			f.literal(c)
			f.i++
		case strings.HasPrefix(s[f.i:], "%%"):
			f.literal('%')
			f.i += 2
		default:
			if err := f.item(); err != nil {
				return nil, err
			}
		}
	}
	return f.finish(), nil
}

// literal adds a byte of literal text. Blanks separate: a run of them prints as one, and none is printed at the start.
func (f *front) literal(c byte) {
	if c == ' ' {
		if f.blank {
			return
		}
		f.blank = true
	} else {
		f.blank = false
	}
	f.items = append(f.items, directive.Item{Literal: string(c)})
}

// item reads one of %name, %{flags}name and %[expression].
func (f *front) item() error {
	at := f.i
	f.i++
	fl := f.flags
	if f.i < len(f.s) && f.s[f.i] == '(' {
		return &syntaxError{at, "named items, %(name)…, are not supported yet"}
	}
	if f.i < len(f.s) && f.s[f.i] == '{' {
		e := strings.IndexByte(f.s[f.i:], '}')
		if e < 0 {
			return &syntaxError{f.i, "a } is missing"}
		}
		if err := fl.parse(f.s[f.i+1:f.i+e], f.i+1); err != nil {
			return err
		}
		f.i += e + 1
	}
	if f.i < len(f.s) && f.s[f.i] == '[' {
		e := bracket(f.s, f.i)
		if e < 0 {
			return &syntaxError{f.i, "the ] that closes the expression is missing"}
		}
		f.expression(f.s[f.i+1:e-1], fl)
		f.i = e
		return nil
	}
	from := f.i
	for f.i < len(f.s) && isAlnum(f.s[f.i]) {
		f.i++
	}
	name := f.s[from:f.i]
	if name == "o" {
		f.flags = fl
		return nil
	}
	c, ok := codes[name]
	if !ok {
		if name == "" {
			return &syntaxError{at, "a % has to be followed by a variable, {flags} or [expression]; a percent sign is %%"}
		}
		return &syntaxError{at, fmt.Sprintf("no variable %%%s is known", name)}
	}
	c.field.Code = "%" + name
	f.value(c, fl)
	return nil
}

// parse reads +Q,-E and so on into the flags.
func (fl *flags) parse(s string, at int) error {
	for _, w := range strings.Split(s, ",") {
		w = strings.TrimSpace(w)
		switch w {
		case "+Q", "Q":
			fl.quote = true
		case "-Q":
			fl.quote = false
		case "+E", "E":
			fl.escape = true
		case "-E":
			fl.escape = false
		case "-X", "":
		default:
			return &syntaxError{at, fmt.Sprintf("flag %s is not supported yet; +Q and +E are", w)}
		}
	}
	return nil
}

// bracket is the byte behind the ] that closes the [ at i; brackets inside of quotes do not count.
func bracket(s string, i int) int {
	depth, quote := 0, byte(0)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// value adds an item for a variable, with the quotes and backslashes that its flags ask for.
func (f *front) value(c code, fl flags) {
	f.blank = false
	it := directive.Item{Field: new(field.Field), Shape: c.shape}
	*it.Field = c.field
	quoted := fl.quote && c.text != number
	escaped := fl.escape && c.text != number && c.text != port
	if escaped {
		it.Shape.Escape, it.Field.Decode = `\`, unescape
	}
	switch {
	case c.text == port:
		it.Shape.HasNull, it.Shape.Null = true, "-"
		if quoted {
			it.Shape.Null, quoted = `""`, false
		}
	case c.text == lists:
		if quoted {
			it.Shape, it.Field.List, quoted = quotedList, splitQuoted, false
		}
	case quoted && c.shape.Optional:
		// Nothing is printed where there is nothing, no quotes either.
		it.Shape.Func, it.Shape.Set, quoted = scanQuoted, directive.NewSet(`"`), false
		it.Shape.Escape, it.Field.Decode = `"`, unquoted
		if escaped {
			it.Field.Decode = unquotedEscaped
		}
	case quoted:
		it.Shape = quotedShape(c, it.Shape, escaped)
	case c.shape.Optional:
	case c.text != number:
		it.Shape.HasNull, it.Shape.Null = true, "-"
	}
	if !quoted {
		f.items = append(f.items, it)
		return
	}
	f.items = append(f.items, literal(`"`), it, literal(`"`))
}

// quotedShape is the shape of a value between quotes.
func quotedShape(c code, s directive.Shape, escaped bool) directive.Shape {
	s.HasNull, s.Null = true, ""
	switch {
	case c.shape.Kind == directive.KindInt, c.shape.Width > 0:
	case escaped:
		s.Kind, s.Func, s.Width, s.Set, s.Valid = directive.KindFunc, scanEscaped, 0, nil, nil
	case c.text != raw:
		// Nothing in the value can be a quote, so it ends at the next one.
		s.Kind, s.Func, s.Min, s.Set = directive.KindSet, nil, 0, directive.Except(`"`)
	case c.shape.Expect == cookie.Expect:
		s.Valid = isQuotedCookie
	}
	return s
}

// expression adds an item for %[…]. HAProxy prints the sample as it is, so it may hold anything.
func (f *front) expression(expr string, fl flags) {
	c, ok := expressions[strings.ReplaceAll(expr, " ", "")]
	if !ok {
		c = code{field.Field{Conv: field.Str, Key: "haproxy.field." + expr}, directive.Shape{Kind: directive.KindText}, raw, false}
		if h, isHeader := header(expr); isHeader {
			c.field.Key, c.field.Conv = h, field.Strs
		}
	}
	c.field.Code = "%[" + expr + "]"
	f.value(c, fl)
}

// header is the attribute of a request or response header: req.hdr(x), res.hdr(x) and their captured kin.
func header(expr string) (string, bool) {
	for _, p := range []struct{ fn, key string }{
		{"req.hdr(", "http.request.header."},
		{"req.fhdr(", "http.request.header."},
		{"hdr(", "http.request.header."},
		{"res.hdr(", "http.response.header."},
		{"res.fhdr(", "http.response.header."},
	} {
		if rest, ok := strings.CutPrefix(expr, p.fn); ok {
			if n, _, _ := strings.Cut(rest, ")"); n != "" {
				return p.key + strings.ToLower(strings.Trim(strings.SplitN(n, ",", 2)[0], "\"' ")), true
			}
		}
	}
	return "", false
}

// expressions are the samples that option httpslog and its kin log, and that have attributes of their own. All of them are
// texts to HAProxy, which +Q quotes.
var expressions = map[string]code{
	"fc_err":             {field.Field{Key: attr.HaproxyFcErr, Conv: field.Positive, Role: roleFcErr}, digits, plain, false},
	"fc_err_str":         {field.Field{Key: attr.HaproxyMessage, Conv: field.Str, Role: roleMessage}, phrase, encoded, false},
	"ssl_fc_err,hex":     {field.Field{Key: attr.HaproxySslFcErr, Conv: field.Positive}, hexDigits, plain, false},
	"ssl_c_err":          {field.Field{Key: attr.HaproxySslCErr, Conv: field.Positive}, digits, plain, false},
	"ssl_c_ca_err":       {field.Field{Key: attr.HaproxySslCCaErr, Conv: field.Positive}, digits, plain, false},
	"ssl_fc_is_resumed":  {field.Field{Key: attr.TLSResumed, Conv: field.Bool}, digits, plain, false},
	"ssl_fc_sni":         {field.Field{Key: attr.TLSClientServerName, Conv: field.Str}, tlsWord, plain, false},
	"ssl_fc_protocol":    {field.Field{Key: attr.TLSProtocolVersion, Conv: field.Str}, tlsWord, plain, false},
	"ssl_fc_cipher":      {field.Field{Key: attr.TLSCipher, Conv: field.Str}, tlsWord, plain, false},
	"unique-id":          {field.Field{Key: attr.HaproxyUniqueID, Conv: field.Str}, words, plain, false},
	"capture.req.method": {field.Field{Role: roleMethod}, words, plain, true},
	"capture.req.uri":    {field.Field{Role: roleURI}, words, plain, true},
	"capture.req.ver":    {field.Field{Role: roleVersion}, words, plain, true},
	"txn.timer.total":    {field.Field{Role: roleActive}, digits, plain, true},
	"bytes_out":          {field.Field{Role: roleBytes}, digits, plain, false},
	"bytes_in":           {field.Field{Key: attr.ProxyClientBytesSent, Conv: field.Count}, digits, plain, false},
	"src":                {field.Field{Role: roleClientAddress}, address, plain, false},
	"src_port":           {field.Field{Role: roleClientPort}, digits, plain, false},
	"dst":                {field.Field{Key: attr.NetworkLocalAddress, Conv: field.Str}, address, plain, false},
	"dst_port":           {field.Field{Key: attr.NetworkLocalPort, Conv: field.Count}, digits, plain, false},
}

// finish settles what depends on the neighbours of an item.
func (f *front) finish() []directive.Item {
	items := f.items
	for i := range items {
		if items[i].Field == nil || items[i].Shape.Func == nil || i+1 >= len(items) {
			continue
		}
		if items[i].Shape.Expect == address.Expect && items[i+1].Field == nil && items[i+1].Literal == ":" {
			items[i].Shape.Func = scanAddressColon
		}
	}
	return items
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
