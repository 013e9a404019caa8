// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
)

// syntaxError is a directive that HAProxy would not accept, or that this version cannot read back.
type syntaxError struct {
	at   int // byte of the log-format string
	text string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("at byte %d: %s", e.at, e.text) }

// front reads a log-format string (the manual's section 8.2.6) into the items of a directive.
type front struct {
	s        string
	i        int
	items    []directive.Item
	flags    flags // set by %{…}o for all that follows
	blank    bool  // the text so far ends in a blank
	captures captures
	// encoding is that of the whole line (3.0): then only named items are printed.
	encoding encoding
	named    int // how many of them there are
}

// parseLogFormat reads a log-format string, configuration quoting already undone.
func parseLogFormat(s string, c captures) ([]directive.Item, error) {
	f := front{s: s, blank: true, captures: c, encoding: encodingOf(s), items: make([]directive.Item, 0, len(s)/2)} // mostly %xx and a blank
	for f.i < len(s) {
		switch c := s[f.i]; {
		case c != '%':
			f.literal(c)
			f.i++
		case strings.HasPrefix(s[f.i:], "%%"):
			f.literal('%')
			f.i += 2
		default:
			at, first := f.i, len(f.items)
			if err := f.item(); err != nil {
				return nil, err
			}
			for i := first; i < len(f.items); i++ {
				f.items[i].At = at
			}
		}
	}
	return f.finish(), nil
}

// literal adds a byte of literal text. Blanks separate: a run of them prints as one, and none is printed at the start.
func (f *front) literal(c byte) {
	if f.encoding != encodeNone {
		return
	}
	if c == ' ' {
		if f.blank {
			return
		}
		f.blank = true
	} else {
		f.blank = false
	}
	f.items = append(f.items, directive.Item{Literal: string([]byte{c})})
}

// item reads one of %name, %{flags}name and %[expression], with (name:type) before the flags.
func (f *front) item() error {
	at := f.i
	f.i++
	fl := f.flags
	var l label
	if f.at('(') {
		e := strings.IndexByte(f.s[f.i:], ')')
		if e < 0 {
			return &syntaxError{f.i, "a ) is missing"}
		}
		var err error
		if l, err = parseLabel(f.s[f.i+1:f.i+e], f.i+1); err != nil {
			return err
		}
		f.i += e + 1
	}
	if f.at('{') {
		e := strings.IndexByte(f.s[f.i:], '}')
		if e < 0 {
			return &syntaxError{f.i, "a } is missing"}
		}
		if err := fl.parse(f.s[f.i+1:f.i+e], f.i+1); err != nil {
			return err
		}
		f.i += e + 1
	}
	if f.at('[') {
		e := bracket(f.s, f.i)
		if e < 0 {
			return &syntaxError{f.i, "the ] that closes the expression is missing"}
		}
		expr := f.s[f.i+1 : e-1]
		if strings.TrimSpace(expr) == "" {
			return &syntaxError{f.i, "the expression is empty"}
		}
		if open := unclosed(expr); open >= 0 {
			return &syntaxError{f.i + 1 + open, "the ) that closes the arguments is missing"}
		}
		f.value(f.expression(expr), fl, l)
		f.i = e
		return nil
	}
	from := f.i
	for f.i < len(f.s) && isAlnum(f.s[f.i]) {
		f.i++
	}
	name := f.s[from:f.i]
	if name == "o" {
		fl.encoding = f.flags.encoding // that of the whole line is known already
		f.flags = fl
		return nil
	}
	c, ok := codes[name]
	if !ok {
		if name == "" {
			return &syntaxError{at, "a % has to be followed by a variable, {flags}, (name) or [expression]; a percent sign is %%"}
		}
		return &syntaxError{at, fmt.Sprintf("no variable %%%s is known%s", name, like(name))}
	}
	c.field.Code = "%" + name
	f.value(c, fl, l)
	return nil
}

func (f *front) at(c byte) bool { return f.i < len(f.s) && f.s[f.i] == c }

// like names the variables that a name may have been meant to be: those that it begins with, or that are spelled in
// another case.
func like(name string) string {
	var found []string
	for c := range codes {
		if strings.EqualFold(c, name) || len(c) > 1 && strings.HasPrefix(name, c) {
			found = append(found, "%"+c)
		}
	}
	if found == nil {
		return ""
	}
	slices.Sort(found)
	return "; is " + strings.Join(found, " or ") + " meant? A name ends at the first byte that is no letter or digit"
}

// bracket is the byte behind the ] that closes the [ at i; brackets inside of quotes do not count.
func bracket(s string, i int) int {
	depth, quote := 0, byte(0)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quote != '\'':
			i++
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

// unclosed is the byte of a ( whose ) is missing; -1 for none. Arguments end at the first ) that stands in no quotes.
func unclosed(expr string) int {
	open, quote := -1, byte(0)
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' && open < 0:
			open = i
		case c == ')':
			open = -1
		}
	}
	return open
}

// finish settles what depends on the neighbours of an item.
func (f *front) finish() []directive.Item {
	items := f.items
	if f.encoding != encodeNone {
		return append(items, f.encoding.closing(f.named))
	}
	next := func(i int) string {
		if i+1 < len(items) && items[i+1].Field == nil {
			return items[i+1].Literal
		}
		return ""
	}
	quotedLists := slices.ContainsFunc(items, isQuotedListItem)
	for i := range items {
		it := &items[i]
		if it.Field == nil {
			continue
		}
		literal := next(i)
		if isForgeable(it) && !quotedLists {
			it.Shape.Valid = nil // no text in quotes can be too many
		}
		if it.Field.List != nil && isBetweenBlanks(items, i) {
			it.Shape.HasNull = false // where nothing is printed, the blank behind it is not either: that is a variant
		}
		switch {
		case it.Shape.Expect == address.Expect && it.Shape.Func != nil && !it.Shape.Encoded && literal == ":" && i+2 < len(items) && !items[i+2].Shape.MayHold(':'):
			it.Shape.Func, it.Shape.Last, it.Shape.Set = scanAddressColon, scanAddress, nil
		case it.Shape.Expect == address.Expect && it.Shape.Func != nil && !it.Shape.Encoded && literal != "" && addressBytes[literal[0]]:
			it.Shape.Kind, it.Shape.Func = directive.KindSet, nil
		case it.Shape.Expect == request.Expect && it.Shape.Kind == directive.KindText && literal == `"`:
			it.Shape.Kind, it.Shape.Set = directive.KindSet, directive.Except(`"`) // no quote stands raw in it
		case isJSONText(it.Shape) && literal != `"`:
			it.Shape.Kind, it.Shape.Func, it.Shape.Set = directive.KindText, nil, nil
		case it.Field.Code == "%HQ" && i > 0 && items[i-1].Field != nil && items[i-1].Shape.Set == pathBytes:
			it.Shape.Kind, it.Shape.Func = directive.KindFunc, scanQuery
			items[i-1].Shape.Kind, items[i-1].Shape.Func = directive.KindFunc, scanPath
		}
	}
	return items
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
