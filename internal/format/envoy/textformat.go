// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/scan"
)

// textDialect is a format of text.
type textDialect struct {
	*format.Dialect
	program *directive.Program
	// loose are the slots of numbers that may be no number.
	loose []int
	// first is the literal that a line begins with, "" where it begins with a field, and time what reads the first
	// field where that is a time.
	first string
	time  directive.Func
}

// newText compiles a format string.
func newText(name, text string) (*textDialect, error) {
	text = strings.TrimRight(text, "\r\n")
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return nil, fmt.Errorf("at byte %d: a record of several lines cannot be read, give each its own format", i)
	}
	list, err := parseFormat(text)
	if err != nil {
		return nil, err
	}
	d := &textDialect{}
	if len(list) > 0 {
		d.first = list[0].literal
	}
	var items []directive.Item
	var fields []field.Field
	for i := range list {
		it := &list[i]
		if it.name == "" {
			items = append(items, directive.Item{Literal: it.literal})
			continue
		}
		if err := it.check(); err != nil {
			return nil, positioned(text, it.code, err)
		}
		op, known := lookup(it.name)
		if !known || given(fields, &op.field) {
			return nil, positioned(text, it.code, fmt.Errorf("%s: %w", it.code, errUnknown))
		}
		f := op.field
		f.Code = it.code
		if op.kind == loose {
			d.loose = append(d.loose, len(fields))
		}
		fields = append(fields, f)
		sh := shape(it, &op, follows(list[i+1:]))
		if len(fields) == 1 && op.kind == moment {
			d.time = sh.Func
		}
		items = append(items, directive.Item{Field: &f, Shape: sh})
	}
	if d.program, err = directive.Compile(items); err != nil {
		var e *directive.Error
		if errors.As(err, &e) {
			return nil, positioned(text, e.Name, err)
		}
		return nil, err
	}
	d.Dialect = format.NewDialect(formatName, name, text, format.KindTraffic, d.program.Fields)
	d.Makes = makes
	return d, nil
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

// errUnknown is the error of a command in a format string that is not known, or is there twice.
var errUnknown = errors.New("the command is not known, or means what another one of the format means already")

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

// shape is what an operator's value looks like in a text, next being the byte behind it. Envoy prints - where there is
// none, without quotes of its own, and escapes nothing.
func shape(it *item, op *operator, next byte) directive.Shape {
	s := directive.Shape{HasNull: true, Null: "-"}
	switch {
	case op.kind == integer:
		s.Kind, s.Expect = directive.KindInt, "a number"
	case op.kind == moment:
		s.Kind, s.Func, s.Expect = directive.KindFunc, scanISO, "a time as 2026-11-21T23:51:58.578Z"
		if strings.HasPrefix(it.arg, "%s") {
			s.Func, s.Expect = scanEpoch, "a time as a count since 1970"
		}
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
		s.Kind, s.Set, s.Expect = directive.KindSet, directive.Except(" \t\r\n\""+string(rune(next))), "text without blanks, quotes and "+string(rune(next))
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
	e, _, _ := scan.RFC3339(line, i, end)
	return instant(line, i, e)
}

// scanEpoch reads a time that START_TIME prints as a count since 1970.
func scanEpoch(line string, i, end int) (int, int64) {
	e := i
	for e < end && (line[e]-'0' <= 9 || line[e] == '.') {
		e++
	}
	return instant(line, i, e)
}

func instant(line string, i, e int) (int, int64) {
	if e < 0 {
		return -1, 0
	}
	ns, ok := scan.Instant(line[i:e])
	if !ok {
		return -1, 0
	}
	return e, ns
}
