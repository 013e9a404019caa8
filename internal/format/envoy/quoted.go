// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/jsonscan"
)

// quotes reports whether the command prints JSON into a text, so that a string has quotes of its own: an object of the
// filter state, which is printed typed unless something else is asked for (source/common/formatter/stream_info_formatter.cc,
// FilterStateFormatter).
func (it *item) quotes() bool {
	command, _, _ := strings.Cut(it.name, "(")
	if command != "FILTER_STATE" && command != "UPSTREAM_FILTER_STATE" {
		return false
	}
	_, how, _ := strings.Cut(it.arg, ":")
	return how == "" || how == "TYPED"
}

// unquoted is the string of a JSON string, of which a length in the command may have cut off the end; any other text is
// itself.
func unquoted(s string) string {
	rest, ok := strings.CutPrefix(s, `"`)
	if !ok {
		return s
	}
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			if i != len(rest)-1 {
				return s
			}
			rest = rest[:i]
		}
	}
	return jsonscan.Unescape(rest)
}

// unquotedTwice is unquoted of a text that stands in a JSON string itself.
func unquotedTwice(s string) string { return unquoted(jsonscan.Unescape(s)) }
