// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// %hr and %hs print captured headers between braces, with a bar between each two, and nothing at all for a side of which a
// frontend captures nothing.

// splitBraces parts what %hr and %hs print: {a|b}, in which an inner bar is always #7C.
func splitBraces(text string) []string {
	if len(text) < 2 {
		return nil
	}
	return strings.Split(text[1:len(text)-1], "|")
}

// echo is an expression that prints a captured header which the braces of the same line hold too. Without quotes
// nothing but these tells a header whose value is - from one that is missing.
type echo struct{ slot, braces, n int }

// echoes are the captured headers of a directive that its braces hold too.
func echoes(fields []field.Field) []echo {
	braces := map[string]int{}
	for i := range fields {
		switch fields[i].Code {
		case "%hr":
			braces["%[capture.req.hdr("] = i
		case "%hs":
			braces["%[capture.res.hdr("] = i
		}
	}
	var out []echo
	for i := range fields {
		for prefix, at := range braces {
			rest, ok := strings.CutPrefix(fields[i].Code, prefix)
			if n, err := strconv.Atoi(strings.TrimSuffix(rest, ")]")); ok && err == nil {
				out = append(out, echo{i, at, n})
			}
		}
	}
	return out
}

// settle gives the values that are - their value back.
func (d *dialect) settle(in *format.Input) {
	for _, e := range d.echoes {
		s, b := &in.Match.Slots[e.slot], &in.Match.Slots[e.braces]
		if !s.Is(field.Null) || s.Text(in.Line) != "-" || !b.Has() {
			continue
		}
		if parts := splitBraces(d.Fields[e.braces].Value(in.Line, b)); e.n < len(parts) && parts[e.n] == "-" {
			s.Flags &^= field.Null
		}
	}
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
func (d *dialect) sideOfBraces(in *format.Input) {
	request, response := &in.Match.Slots[d.requestBraces], &in.Match.Slots[d.responseBraces]
	if request.Has() == response.Has() {
		return
	}
	if ofResponse := len(d.captures.request) == 0 && len(d.captures.response) > 0; ofResponse != response.Has() {
		*request, *response = *response, *request
	}
}
