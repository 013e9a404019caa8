// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// %hrl and %hsl print captured headers one behind the other, a blank between them: in quotes each under +Q, else as they
// are and - for one that is missing. Where a frontend captures nothing, or a line has no stream, they print nothing at
// all, not even the blank behind. How many there are of each is known to the configuration only.

var (
	quotedList = directive.Shape{Kind: directive.KindText, Valid: isQuotedList, Absorb: true, HasNull: true, Expect: "captured headers in quotes"}
	plainList  = directive.Shape{Kind: directive.KindText, Set: printable, Valid: isPlainList, HasNull: true, Expect: "captured headers"}
)

// isQuoted reports whether a list is printed in quotes.
func isQuoted(s *directive.Shape) bool { return s.Set == nil }

// isPlainList reports whether s can be texts without quotes, none of which is empty or ends in a blank.
func isPlainList(s string) bool { return s != "" && s[0] != ' ' && s[len(s)-1] != ' ' }

// isPairOf reports whether a text is what %hrl and %hsl print. The blank between the two is there without either of them,
// but for one that a blank would stand before or behind.
func isPairOf(isList func(string) bool, before, behind bool) func(string) bool {
	return func(s string) bool {
		if before {
			s = strings.TrimPrefix(s, " ")
		}
		if behind {
			s = strings.TrimSuffix(s, " ")
		}
		return isList(s)
	}
}

// isQuotedList reports whether s is texts in quotes with a blank between each two. No quote stands raw in such a text.
func isQuotedList(s string) bool {
	for {
		if s == "" || s[0] != '"' {
			return false
		}
		k := strings.IndexByte(s[1:], '"')
		if k < 0 {
			return false
		}
		if s = s[k+2:]; s == "" {
			return true
		}
		if s[0] != ' ' {
			return false
		}
		s = s[1:]
	}
}

// splitQuoted parts the text of a quoted list.
func splitQuoted(text string) []string {
	return strings.Split(strings.TrimPrefix(strings.TrimSuffix(text, `"`), `"`), `" "`)
}

// splitQuotedEscaped parts the text of a list that is quoted and escaped too.
func splitQuotedEscaped(text string) []string {
	list := splitQuoted(text)
	for i := range list {
		list[i] = unescape(list[i])
	}
	return list
}

// splitPlain parts the text of a list without quotes, as far as values without blanks can be told.
func splitPlain(text string) []string {
	list := strings.Split(text, " ")
	for i := range list {
		if list[i] == "-" {
			list[i] = ""
		}
	}
	return list
}

// onlyValue is the list of a text without quotes that is one value.
func onlyValue(text string) []string {
	if text == "-" {
		text = ""
	}
	return []string{text}
}

// divideLists gives the captured response headers their part of the list that %hrl has taken, where the configuration
// or the braces of the same line tell how many there are of both. Another number than that is of another frontend, or of
// a cookie that forged a header; values without quotes that hold blanks cannot be told from several.
func (d *dialect) divideLists(in *format.Input) {
	all := &in.Match.Slots[d.requestList]
	requests, responses := d.counts(in)
	text, response := all.Text(in.Line), &in.Match.Slots[d.requestList+1]
	if !all.Has() || text == "" {
		return
	}
	switch {
	case text[0] == ' ': // the blank between the two: no headers of requests are captured
		all.Start++
		*response, *all = *all, field.Absent
		in.Match.Ambiguous = in.Match.Ambiguous || requests > 0
		return
	case text[len(text)-1] == ' ':
		all.End--
		in.Match.Ambiguous = in.Match.Ambiguous || responses > 0
		return
	case requests+responses == 0:
		return
	}
	if valuesOf(text) != requests+responses {
		in.Match.Ambiguous = true
		return
	}
	border, at := between(text), 0
	for range requests {
		at += strings.Index(text[at:], border) + len(border)
		if at < len(border) {
			return // all of it is of the request
		}
	}
	switch {
	case responses == 0:
	case requests == 0:
		*response, *all = *all, field.Absent
	default:
		blank := int(all.Start) + at - len(border) + (len(border)-1)/2
		*response = field.Slot{Start: int32(blank + 1), End: all.End, Flags: all.Flags}
		all.End = int32(blank)
	}
}

// counted is a list of which the configuration tells how many values it has.
type counted struct {
	slot, values int
	// bare says that it is printed without quotes.
	bare bool
}

// countLists lists those of a directive that print as many values as headers are captured, but for a pair, of which
// divideLists sees the number.
func (d *dialect) countLists(l *layout) (out []counted) {
	n := 0
	for i := range l.items {
		it := &l.items[i]
		if it.Field == nil {
			continue
		}
		slot := l.slot(n)
		n++
		values := 0
		switch it.Field.Code {
		case "%hrl":
			values = len(d.captures.request)
		case "%hsl":
			values = len(d.captures.response)
		}
		pair := d.requestList >= 0 && (slot == d.requestList || slot == d.requestList+1)
		if values > 0 && it.Field.List != nil && !pair {
			out = append(out, counted{slot, values, it.Shape.Expect == plainList.Expect})
		}
	}
	return out
}

// withoutSingles returns the lists that can be miscounted: where one header is captured, all of a list without quotes is its
// value, since blanks in it part nothing, and its field becomes one that is read so.
func withoutSingles(fields []field.Field, lists []counted) []counted {
	return slices.DeleteFunc(lists, func(l counted) bool {
		single := l.bare && l.values == 1
		if single {
			fields[l.slot].List = onlyValue
		}
		return single
	})
}

// miscounted reports whether a list has another number of values than headers are captured: then it is of another
// frontend, or something else was taken for a part of it.
func (d *dialect) miscounted(in *format.Input) bool {
	for _, l := range d.counted {
		s := &in.Match.Slots[l.slot]
		// Nothing at all is one header without a value, or what a line without a stream has for any number of them.
		if text := s.Text(in.Line); s.Has() && text != "" && valuesOf(text) != l.values {
			return true
		}
	}
	return false
}

// valuesOf is how many values a list has that printed something.
func valuesOf(text string) int { return strings.Count(text, between(text)) + 1 }

// between is what stands between the values of a list.
func between(text string) string {
	if text[0] == '"' {
		return `" "`
	}
	return " "
}

// counts is how many headers are captured of each side: by the configuration, or by %hr and %hs where the line has both.
func (d *dialect) counts(in *format.Input) (requests, responses int) {
	if n := len(d.captures.request) + len(d.captures.response); n > 0 || d.requestBraces < 0 {
		return len(d.captures.request), len(d.captures.response)
	}
	request, response := &in.Match.Slots[d.requestBraces], &in.Match.Slots[d.responseBraces]
	if !request.Has() || !response.Has() {
		return 0, 0
	}
	return strings.Count(request.Text(in.Line), "|") + 1, strings.Count(response.Text(in.Line), "|") + 1
}
