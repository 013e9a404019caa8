// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
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
	plainList  = directive.Shape{Kind: directive.KindText, Set: printable, HasNull: true, Expect: "captured headers"}
)

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

// splitBraces parts what %hr and %hs print: {a|b}, in which an inner bar is always #7C.
func splitBraces(text string) []string {
	if len(text) < 2 {
		return nil
	}
	return strings.Split(text[1:len(text)-1], "|")
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

// joinLists lets %hrl take what %hsl right behind it at the end prints too, and returns the field of the latter; nil
// where the directive does not end so.
func joinLists(items []directive.Item) ([]directive.Item, *field.Field) {
	n := len(items)
	if n < 3 || items[n-1].Field == nil || items[n-3].Field == nil || items[n-2].Literal != " " ||
		items[n-1].Field.Code != "%hsl" || items[n-3].Field.Code != "%hrl" {
		return items, nil
	}
	return items[:n-2], items[n-1].Field
}

// braces are the slots of %hr and %hs, -1 and -1 unless there are both.
func braces(fields []field.Field) (request, response int) {
	request, response = -1, -1
	for i := range fields {
		switch fields[i].Code {
		case "%hr":
			request = i
		case "%hs":
			response = i
		}
	}
	if request < 0 || response < 0 {
		return -1, -1
	}
	return request, response
}

// sideOfBraces gives the only block of captured headers to the response where the configuration has captures of the
// response only, and else to the request: HAProxy prints nothing for a side without captures.
func (p *parser) sideOfBraces(in *format.Input, d *dialect) {
	request, response := &in.Match.Slots[d.requestBraces], &in.Match.Slots[d.responseBraces]
	if request.Has() == response.Has() {
		return
	}
	if ofResponse := len(p.request) == 0 && len(p.response) > 0; ofResponse != response.Has() {
		*request, *response = *response, *request
	}
}

// divideLists gives the captured response headers their part of the list that %hrl has taken, where the configuration
// tells how many there are of both. Another number than that is of another frontend, or of a cookie that forged a
// header.
func (p *parser) divideLists(in *format.Input, d *dialect) {
	all := &in.Match.Slots[d.requestList]
	want := len(p.request) + len(p.response)
	if !all.Has() || want == 0 {
		return
	}
	if strings.Count(all.Text(in.Line), `" "`)+1 != want {
		in.Match.Ambiguous = true
		return
	}
	at := int(all.Start)
	for range len(p.request) {
		at += strings.IndexByte(in.Line[at+1:all.End], '"') + 3 // behind the closing quote and the blank
	}
	response := &in.Match.Slots[d.requestList+1]
	switch {
	case len(p.response) == 0:
	case len(p.request) == 0:
		*response, *all = *all, field.Absent
	default:
		*response = field.Slot{Start: int32(at), End: all.End}
		all.End = int32(at - 1)
	}
}
