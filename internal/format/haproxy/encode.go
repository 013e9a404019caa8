// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// Since 3.0 HAProxy prints lines, or single items, as JSON and CBOR (the manual's section 8.2.6). Names and their order
// are those of the directive, so that such a line is a directive like any other: what stands before a value is a
// literal. The values are read leniently, since HAProxy itself puts raw tabs and bytes that are not UTF-8 into strings.

// encoding is how values are printed.
type encoding uint8

const (
	encodeNone encoding = iota
	encodeJSON
	encodeCBOR
	encodeBinary // CBOR as raw bytes and not as hexadecimal digits
)

// opening is what stands before the value of a name; n is how many names there are before it.
func (e encoding) opening(name string, n int) directive.Item {
	if e == encodeJSON {
		if n == 0 {
			return literal(`{"` + name + `": `)
		}
		return literal(`, "` + name + `": `)
	}
	text := cborHeader(cborText, len(name)) + name
	if n == 0 {
		text = "\xbf" + text
	}
	return literal(e.bytes(text))
}

// closing is what stands behind the last value.
func (e encoding) closing(n int) directive.Item {
	switch {
	case e == encodeJSON && n == 0:
		return literal("{}")
	case e == encodeJSON:
		return literal("}")
	case n == 0:
		return literal(e.bytes("\xbf\xff"))
	}
	return literal(e.bytes("\xff"))
}

// bytes is how raw CBOR is printed.
func (e encoding) bytes(raw string) string {
	if e == encodeBinary {
		return raw
	}
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(raw) {
		b.WriteByte(digits[raw[i]>>4])
		b.WriteByte(digits[raw[i]&15])
	}
	return b.String()
}

// item is a value.
func (e encoding) item(c code, l label) directive.Item {
	it := directive.Item{Field: new(field.Field)}
	*it.Field = c.field
	inner := scanner(c.shape)
	it.Shape = directive.Shape{Kind: directive.KindFunc, HasNull: true, Expect: "a value"}
	switch e {
	case encodeJSON:
		it.Shape.Func = jsonValue(inner)
		it.Shape.Null, it.Shape.Also, it.Shape.Escape = `""`, "null", `"`
		it.Field.Decode = decodeJSON
		if c.text == lists {
			it.Field.Decode, it.Field.List = nil, splitJSON
		}
	default:
		it.Shape.Func = cborValue(inner, e == encodeCBOR)
		it.Shape.Null, it.Shape.Also, it.Shape.Encoded = e.bytes("\xf6"), e.bytes("\x60"), true
		it.Field.Decode = decodeCBOR(e == encodeCBOR)
		if c.text == lists {
			it.Field.Decode, it.Field.List = nil, splitCBOR(e == encodeCBOR)
			it.Shape.Encoded = false
		}
	}
	if l.kind == "str" || l.kind == "sint" {
		it.Shape.Expect = "a value as %(" + l.name + ":" + l.kind + ") prints it"
	}
	return it
}

// scanner reads the number or time of a value that an encoding has printed as text; nil where it has none.
func scanner(s directive.Shape) directive.Func {
	switch {
	case s.Kind == directive.KindInt:
		return scanNumber
	case s.Kind == directive.KindFunc && (s.Width > 0 || s.Set == nil) && !s.Optional:
		return s.Func
	}
	return nil
}

// jsonValue reads a JSON value, strings leniently. inner reads the number of what stands in it.
func jsonValue(inner directive.Func) directive.Func {
	return func(line string, i, end int) (int, int64) {
		if i >= end {
			return -1, 0
		}
		var to int
		e, from := i, i
		switch line[i] {
		case '"':
			if e = scanQuoted(line, i, end); e < 0 {
				return -1, 0
			}
			from, to = i+1, e-1
		case '[', '{':
			if e = jsonNested(line, i, end); e < 0 {
				return -1, 0
			}
			return e, 0
		default:
			for e < end && jsonBare[line[e]] {
				e++
			}
			if e == i {
				return -1, 0
			}
			if to = e; line[i:e] == "true" {
				return e, 1
			}
		}
		if inner != nil {
			if k, n := inner(line, from, to); k == to {
				return e, n
			}
		}
		return e, 0
	}
}

// jsonBare are the bytes of numbers, true, false and null.
var jsonBare = directive.NewSet("0123456789+-.eEabcdefghijklmnopqrstuvwxyz")

// jsonNested passes over an array or object.
func jsonNested(line string, i, end int) int {
	depth := 0
	for i < end {
		switch line[i] {
		case '"':
			if i = scanQuoted(line, i, end); i < 0 {
				return -1
			}
			continue
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// decodeJSON is the text of a value.
func decodeJSON(s string) string {
	if len(s) < 2 || s[0] != '"' {
		return s
	}
	return unescapeBytes(s[1 : len(s)-1])
}

// splitJSON parts an array of strings. HAProxy prints a header that is missing as -.
func splitJSON(s string) []string {
	var out []string
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		e := scanQuoted(s, i, len(s))
		if e < 0 {
			break
		}
		v := decodeJSON(s[i:e])
		if v == "-" {
			v = ""
		}
		out = append(out, v)
		i = e
	}
	return out
}

// scanNumber reads a number with an optional minus.
func scanNumber(line string, i, end int) (int, int64) {
	from, n, negative := i, int64(0), false
	if i < end && (line[i] == '-' || line[i] == '+') {
		negative = line[i] == '-'
		i++
	}
	digits := i
	for ; i < end && line[i] >= '0' && line[i] <= '9' && i-digits < 18; i++ {
		n = n*10 + int64(line[i]-'0')
	}
	if i == digits {
		return -1, int64(from)
	}
	if negative {
		n = -n
	}
	return i, n
}

// isJSONText reports whether a shape is that of what the converter json prints, which ends at a quote.
func isJSONText(s directive.Shape) bool { return s.Expect == jsonText.Expect }

// jsonText is what the converter json prints between the quotes of the directive.
var jsonText = directive.Shape{
	Kind: directive.KindFunc, Func: scanEscaped, Set: directive.Except(`"`), Escape: `\`, Expect: "text with the escapes of JSON",
}
