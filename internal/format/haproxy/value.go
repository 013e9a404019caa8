// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// value adds an item for a variable or an expression, with the quotes, backslashes, digits and encoding that its flags
// ask for. An item with a name has the attribute of what it logs; where that has none, it is haproxy.<name>.
func (f *front) value(c code, fl flags, l label) {
	if l.name != "" {
		c.named(l)
	}
	if f.encoding != encodeNone {
		if l.name == "" {
			return // HAProxy prints named items only
		}
		f.items = append(f.items, f.encoding.opening(l.name, f.named), f.encoding.item(c, l))
		f.named++
		return
	}
	f.blank = false
	if fl.encoding != encodeNone {
		f.items = append(f.items, fl.encoding.item(c, l))
		return
	}
	it := directive.Item{Field: new(field.Field), Shape: c.shape}
	*it.Field = c.field
	quoted := fl.quote && c.text != number
	escaped := fl.escape && c.text != number && c.text != port
	if fl.hex {
		if h, ok := hexShape(it.Field.Code); ok {
			// Addresses in hexadecimal digits are not quoted.
			it.Shape, it.Field.Decode, quoted, escaped = h.shape, h.decode, false, false
			if fl.quote {
				it.Shape.Also = `""`
			}
		}
	}
	if escaped && it.Field.Decode == nil {
		it.Shape.Escape, it.Field.Decode = `\`, unescape
	}
	switch {
	case c.text == port:
		it.Shape.HasNull, it.Shape.Null = true, "-"
		if fl.quote {
			it.Shape.Null, quoted = `""`, false
		}
	case quoted:
		quoted = inQuotes(c, &it, escaped)
	case c.text == lists, c.text == always, c.text == number, c.shape.Optional:
	default:
		it.Shape.HasNull, it.Shape.Null = true, "-"
	}
	if !quoted {
		f.items = append(f.items, it)
		return
	}
	f.items = append(f.items, literal(`"`), it, literal(`"`))
}

// inQuotes settles how a value is read that the flags put into quotes. It reports whether these are literals around the
// item: a list has quotes of its own, and where there may be nothing, there are no quotes then.
func inQuotes(c code, it *directive.Item, escaped bool) (around bool) {
	switch {
	case c.text == lists:
		it.Shape, it.Field.List, it.Field.Decode = quotedList, splitQuoted, nil
		if escaped {
			it.Shape.Escape, it.Field.List = `\`, splitQuotedEscaped
		}
		return false
	case c.shape.Optional:
		it.Shape.Func, it.Shape.Set = scanQuotedBraces, directive.NewSet(`"`)
		it.Shape.Escape, it.Field.Decode = `"`, unquoted
		if escaped {
			it.Field.Decode = unquotedEscaped
		}
		return false
	}
	it.Shape = quotedShape(c, it.Shape, escaped)
	return true
}

// named gives an item that has no attribute of its own one by its name. What the contract calls something else keeps
// clear of it by an underscore.
func (c *code) named(l label) {
	if c.field.Role != 0 || c.field.Key != "" && !strings.HasPrefix(c.field.Key, fieldPrefix) {
		return
	}
	c.field.Key = "haproxy." + l.name
	if attr.Type(c.field.Key) != "" {
		c.field.Key += "_"
	}
}

// fieldPrefix begins the attribute of what has no attribute of its own.
const fieldPrefix = "haproxy.field."

// quotedShape is the shape of a value between quotes.
func quotedShape(c code, s directive.Shape, escaped bool) directive.Shape {
	if c.text != always {
		s.HasNull, s.Null = true, ""
	}
	s.First = nil
	switch {
	case c.shape.Kind == directive.KindInt, c.shape.Width > 0, isJSONText(c.shape) && !escaped:
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
