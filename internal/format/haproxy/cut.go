// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// HAProxy cuts a line at the len of its log directive, 1024 bytes where none is given, the header included. Long
// requests and captured headers are what makes a line that long, and they stand behind all else: a line that was cut
// behind its counters is read up to the cut. One that was cut earlier is rejected as truncated.

// cutter reads lines that were cut behind the counters.
type cutter struct {
	// before reads up to the last counter and takes the rest as one text; rest is that text's slot.
	before *directive.Program
	rest   int
	// after reads the rest as far as it goes.
	after *directive.Program
	// template is a text that could stand for the free texts and counters up to the last.
	template string
}

// counters are the codes behind which a line can be cut and is still of use.
var counters = []string{"ts", "tsc", "ac", "fc", "bc", "sc", "rc", "sq", "bq"}

// newCutter makes the cutter of a directive; nil where it has no counters and date, or ends in a counter.
func newCutter(items []directive.Item) *cutter {
	last, fields, dated := -1, 0, false
	for i, n := 0, 0; i < len(items); i++ {
		f := items[i].Field
		if f == nil {
			continue
		}
		n++
		dated = dated || f.Role == roleAcceptDate || f.Role == roleRequestDate || f.Role == roleEpoch
		for _, c := range counters {
			if f.Code == "%"+c && dated {
				last, fields = i, n
			}
		}
	}
	if last < 0 || last+1 >= len(items) || items[last+1].Field != nil {
		return nil
	}
	rest := directive.Item{Field: &field.Field{Code: "rest"}, Shape: directive.Shape{Kind: directive.KindText}}
	before, err := directive.Compile(append(items[:last+1:last+1], items[last+1], rest))
	if err != nil {
		return nil
	}
	after, err := directive.Compile(items[last+1:])
	if err != nil {
		return nil // nothing but literals is left, or what cannot be read without what stands before it
	}
	return &cutter{before: before, rest: fields, after: after, template: template(items[:last+2])}
}

// template prints the items from the first free text on with the shortest values.
func template(items []directive.Item) string {
	var b strings.Builder
	for _, it := range items {
		switch s := it.Shape; {
		case it.Field == nil:
			if b.Len() > 0 {
				b.WriteString(it.Literal)
			}
		case s.Kind == directive.KindText:
			b.WriteString("-")
		case b.Len() == 0:
		case s.Kind == directive.KindInt:
			b.WriteString("0")
		default:
			b.WriteString(strings.Repeat("-", max(s.Width, 1)))
		}
	}
	return b.String()
}

// completes reports whether the line could be the beginning of one of the dialect: whether there is an end of the
// template with which it is one.
func (c *cutter) completes(text string, slots []field.Slot) bool {
	for i := range c.template {
		for _, missing := range [...]string{"", "="} { // a cookie's name alone lacks that
			if whole := text + missing + c.template[i:]; c.before.Run(whole, 0, len(whole), slots[:c.rest+1]).OK {
				return true
			}
		}
	}
	return false
}

// read reads a line that was cut. ok says whether it was; if not, the result says where it stops fitting, when its
// beginning fits. The slots of what the cut has hit are absent.
func (c *cutter) read(line string, start, end int, slots []field.Slot) (res directive.Result, begins, ok bool) {
	before := c.before.Run(line, start, end, slots[:c.rest+1])
	if !before.OK {
		return before, false, false
	}
	from := int(slots[c.rest].Start) - 1 // the literal is both the last of before and the first of after
	rest := slots[c.rest : c.rest+len(c.after.Fields)]
	field.Reset(rest)
	res = c.after.Run(line, from, end, rest)
	if res.OK || !wasCut(c.after, res, line, end) {
		return res, true, false
	}
	for i := range rest {
		if int(rest[i].End) >= end {
			rest[i] = field.Absent
		}
	}
	res.Ambiguous = before.Ambiguous
	return res, true, true
}

// wasCut reports whether the line ended before the item at which a program stopped was complete.
func wasCut(p *directive.Program, res directive.Result, line string, end int) bool {
	switch {
	case res.Item < 0:
		return false
	case res.Offset >= end:
		return true
	}
	switch code := p.Code(res.Item); code {
	case "%hr", "%hs":
		return line[res.Offset] == '{'
	case "%t", "%tr", "%T", "%Tl", "%trg", "%trl":
		return isPart(line[res.Offset:end], "00/aaa/0000:00:00:00")
	case "":
		// A date stands there whose fraction of a second is not complete.
		rest := line[res.Offset:end]
		return rest[0] == '.' && len(rest) <= 3 && allOf(rest[1:], decimals)
	case "%ci", "%fi", "%bi", "%si":
		return allOf(line[res.Offset:end], addressBytes)
	case "%[ssl_fc_err,hex]":
		return allOf(line[res.Offset:end], hexBytes)
	case "%ts", "%tsc":
		c, rest := codes[code[1:]], line[res.Offset:end]
		if len(rest) >= c.shape.Width {
			return false
		}
		e, _ := c.shape.Func(rest+strings.Repeat("-", c.shape.Width-len(rest)), 0, c.shape.Width)
		return e > 0
	}
	return false
}

func allOf(text string, set *directive.Set) bool {
	for i := range len(text) {
		if !set[text[i]] {
			return false
		}
	}
	return true
}

// isPart reports whether text begins like the pattern, in which 0 is a digit and a is a letter, and is no longer than it
// and a fraction or zone.
func isPart(text, pattern string) bool {
	for i := 0; i < len(text) && i < len(pattern); i++ {
		switch c := text[i]; pattern[i] {
		case '0':
			if c < '0' || c > '9' {
				return false
			}
		case 'a':
			if c|0x20 < 'a' || c|0x20 > 'z' {
				return false
			}
		default:
			if c != pattern[i] {
				return false
			}
		}
	}
	return len(text) < len(pattern)+len(" +0000")
}

// truncated reads the line as one that was cut. Where it was not, or earlier, the error says where it stops fitting.
func (d *dialect) truncated(in *format.Input, c *cutter) (ok bool, e format.Error) {
	slots := in.Begin(d.Dialect)
	res, begins, ok := c.read(in.Line, in.Header.Start, in.Header.End, slots[:len(d.program.Fields)])
	if ok {
		in.Match.Kind, in.Match.Ambiguous = format.KindTruncated, res.Ambiguous
		return true, e
	}
	if begins {
		return false, failure(d, c.after, res, in)
	}
	e = failure(d, c.before, res, in)
	if e.Reason != format.Truncated && c.completes(in.Line[in.Header.Start:in.Header.End], slots) {
		e.Reason, e.Field, e.Offset = format.Truncated, "", in.Header.End
	}
	return false, e
}

// failure is the error of a program that did not fit.
func failure(d *dialect, p *directive.Program, res directive.Result, in *format.Input) format.Error {
	e := format.Error{
		Reason: format.Mismatch, Dialect: d.Dialect, Offset: res.Offset, Field: p.Code(res.Item), Expected: p.Expected(res.Item),
	}
	switch {
	case res.Item < 0:
		e.Reason = format.Trailing
	case wasCut(p, res, in.Line, in.Header.End):
		e.Reason = format.Truncated
	}
	return e
}
