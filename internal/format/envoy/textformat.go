// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/scan"
)

// textDialect is a format of text.
type textDialect struct {
	*format.Dialect
	program *directive.Program
	// loose are the slots of numbers that may be no number.
	loose  []int
	clocks []clock
	// omits says that missing values are printed as nothing.
	omits bool
	// indented says that a line may begin with a blank: where its first value is missing or empty, or the format does so.
	indented bool
	// blanks is how many blanks a line ends in, which somebody may have taken off.
	blanks int
	// spare says that it is another way to read what was given as a JSON map.
	spare bool
	// first is the literal that a line begins with, "" where it begins with a field, and time what reads the first
	// field where that is a time.
	first string
	time  directive.Func
}

// newText compiles a format string; omits says that missing values are printed as nothing (omit_empty_values).
func newText(name, text string, omits bool) (*textDialect, error) {
	printed := strings.TrimRight(text, "\r\n")
	text = strings.TrimRight(printed, " \t")
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return nil, &directive.PositionError{Directive: text, At: i, Err: errLines}
	}
	list, err := parseFormat(text)
	if err != nil {
		return nil, err
	}
	commands, err := resolve(commandsOf(list))
	if err != nil {
		return nil, place(text, err)
	}
	d := &textDialect{omits: omits, blanks: len(printed) - len(text)}
	if len(list) > 0 {
		d.first = list[0].literal
		d.indented = d.first == "" && omits || strings.HasPrefix(d.first, " ") || strings.HasPrefix(d.first, "\t")
	}
	items := itemsOf(list, commands, 0, omits)
	if d.first == "" && len(commands) > 0 && commands[0].mayBeEmpty() {
		d.indented = true
	}
	for i := range commands {
		if commands[i].op.kind == loose {
			d.loose = append(d.loose, commands[i].slot)
		}
	}
	for i := range items {
		if items[i].Field != nil {
			if commands[0].layout != nil {
				d.time = items[i].Shape.Func
			}
			break
		}
	}
	d.clocks = clocks(commands)
	if d.program, err = directive.Compile(items); err != nil {
		var e *directive.Error
		if errors.As(err, &e) {
			return nil, &directive.PositionError{Directive: text, At: e.At, Err: err}
		}
		return nil, err
	}
	d.Dialect = format.NewDialect(formatName, name, text, format.KindTraffic, d.program.Fields)
	d.Makes = makes
	return d, nil
}

var errLines = errors.New("a record of several lines cannot be read, give each its own format")

// place gives an error of a command the format and the byte.
func place(text string, err error) error {
	var e *commandError
	if errors.As(err, &e) {
		return &directive.PositionError{Directive: text, At: e.item.at, Err: err}
	}
	return err
}

// commandsOf are the commands among the items of a format.
func commandsOf(list []item) []*item {
	var out []*item
	for i := range list {
		if list[i].name != "" {
			out = append(out, &list[i])
		}
	}
	return out
}

// itemsOf makes the items of a program of a format's: commands are those of list, and get the slots from first on.
func itemsOf(list []item, commands []command, first int, omits bool) []directive.Item {
	var out []directive.Item
	n := 0
	for i := range list {
		if list[i].name == "" {
			out = append(out, directive.Item{Literal: list[i].literal})
			continue
		}
		c := &commands[n]
		c.slot = first + n
		n++
		f := c.op.field
		f.Code = list[i].code
		s := shape(c, follows(list[i+1:]))
		if c.item.quotes() {
			s.Escape, f.Decode = `"`, unquoted
		}
		if omits {
			s.Null, s.Min = "", 0
		}
		out = append(out, directive.Item{Field: &f, Shape: s, At: list[i].at})
	}
	return out
}

// mayBeEmpty reports whether the command may print nothing also where missing values are dashes: a header that was sent
// without a value, and custom flags.
func (c *command) mayBeEmpty() bool {
	return c.layout == nil && c.op.kind != integer && c.op.look == lookText || c.item.name == "CUSTOM_FLAGS"
}

// begins reports whether the payload begins as a line of the dialect does.
func (d *textDialect) begins(payload string) bool {
	if !strings.HasPrefix(payload, d.first) {
		return false
	}
	if d.time == nil {
		return true
	}
	e, _ := d.time(payload, len(d.first), len(payload))
	return e > 0
}

var (
	notBlank = directive.Except(" \t\r\n")
	notQuote = directive.Except(" \t\r\n\"")
)

// follows is the byte that follows a field, 0 at the end.
func follows(rest []item) byte {
	if len(rest) == 0 || rest[0].literal == "" {
		return 0
	}
	return rest[0].literal[0]
}

// shape is what a command's value looks like in a text, next being the byte behind it. Envoy prints - where there is
// none, without quotes of its own, and escapes nothing.
func shape(c *command, next byte) directive.Shape {
	s := directive.Shape{HasNull: true, Null: "-"}
	op := &c.op
	switch {
	case c.layout != nil:
		// There always is one. A line that lacks it lost it to what was taken for a header around the line.
		s.Kind, s.Func, s.Width, s.HasNull = directive.KindFunc, c.layout.read, c.layout.width, false
		s.Expect, s.Sample = "a time as "+c.item.format()+" prints it", c.layout.example()
		if c.item.arg == "" && !c.item.local() {
			s.Func, s.Expect = scanISO, "a time as 2026-11-21T23:51:58.578Z"
		}
	case op.kind == integer:
		s.Kind, s.Expect = directive.KindInt, "a number"
	case op.look == lookText:
		s.Kind, s.Absorb = directive.KindText, op.field.Key == attr.UserAgentOriginal
	case op.field.Role == roleProtocol && next > ' ' && next != '"':
		s.Kind, s.Func, s.Expect = directive.KindFunc, scanProtocol, "a protocol as HTTP/1.1"
	case op.look == lookWord && next > ' ' && next != '"':
		// What is to end the value may be part of it.
		s.Kind = directive.KindText
	case op.look == lookWord:
		s.Kind, s.Set, s.Min, s.Expect = directive.KindSet, notBlank, 1, "text without blanks"
	case next > ' ' && !strings.ContainsRune(`":.,-_/[]`, rune(next)):
		// Envoy made the value, and no such byte is in it.
		s.Kind, s.Set, s.Expect = directive.KindSet, directive.Except(" \t\r\n\""+string([]byte{next})), "text without blanks and quotes"
		if next < 0x80 {
			s.Expect = "text without blanks, quotes and " + string([]byte{next})
		}
	default:
		s.Kind, s.Set, s.Expect = directive.KindSet, notQuote, "text without blanks and quotes"
	}
	return s
}

// scanProtocol reads a protocol as PROTOCOL prints it: HTTP/1.0 to HTTP/3.
func scanProtocol(line string, i, end int) (int, int64) {
	e := i + len("HTTP/")
	if e > end || line[i:e] != "HTTP/" {
		return -1, 0
	}
	for e < end && (line[e]-'0' <= 9 || line[e] == '.') {
		e++
	}
	return e, 0
}

// scanISO reads a time as START_TIME prints it by default.
func scanISO(line string, i, end int) (int, int64) {
	e, ns, zoned := scan.RFC3339(line, i, end)
	if !zoned || ns < 0 {
		return -1, 0
	}
	return e, ns
}
