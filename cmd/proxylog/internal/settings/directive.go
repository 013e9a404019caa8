// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/format/all"
)

// keywords are the first words of directives, and names of built-in dialects, that tell whose they are.
var keywords = map[string][]string{
	"haproxy": {"log-format", "log-format-sd", "error-log-format", "unique-id-format", "option", "tcplog", "httplog", "httpslog"},
	"squid":   {"logformat", "squid", "icap_squid", "common", "combined", "referrer", "useragent"},
	"envoy": {
		"default", "gdc", "istio", "default_json", "istio_json", "common_json", "default_text", "istio_text", "gdc_json", "gdc_audit",
		"contour", "contour_json", "contour_text", "emissary", "emissary_json", "envoy_gateway",
	},
}

// owner finds out whose directive a text is: by Envoy's JSON map and its %OPERATOR%, or by the keyword of a line.
func owner(text string) (string, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") {
		for line := range strings.Lines(text) {
			if name := byKeyword(line); name != "" {
				return name, nil
			}
		}
	}
	if strings.HasPrefix(text, "{") || hasOperator(text) {
		return "envoy", nil
	}
	var names []string
	for _, f := range all.Formats() {
		if f.Listing != nil {
			names = append(names, f.Name)
		}
	}
	return "", fmt.Errorf("cannot tell which proxy's directive this is: add --format %s", strings.Join(names, "|"))
}

// byKeyword is the format whose keyword begins a line; none where there is none.
func byKeyword(line string) string {
	word, _ := firstWord(line)
	for _, f := range all.Formats() {
		if slices.Contains(keywords[f.Name], word) {
			return f.Name
		}
	}
	return ""
}

// firstWord is the first word of a line; more says that something follows.
func firstWord(line string) (word string, more bool) {
	line = strings.TrimSpace(line)
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], true
	}
	return line, false
}

// hasOperator looks for a command operator of Envoy: capitals between percent signs, with or without arguments.
func hasOperator(text string) bool {
	for i := range len(text) {
		if text[i] != '%' {
			continue
		}
		k := i + 1
		for k < len(text) && (text[k] >= 'A' && text[k] <= 'Z' || text[k] == '_' || k > i+1 && text[k] >= '0' && text[k] <= '9') {
			k++
		}
		if k > i+3 && k < len(text) && (text[k] == '%' || text[k] == '(' || text[k] == ':') {
			return true
		}
	}
	return false
}

// split cuts the text of --directive into directives: one per line, as in the configuration of HAProxy and Squid, where
// a line that ends in a backslash goes on in the next; Envoy's format is one text. Where lines of HAProxy's say something
// of a frontend beside its formats, such as the headers that it captures, all lines are about that frontend: they are one.
func split(format, text string) []string {
	if format == "envoy" {
		return []string{text}
	}
	var out []string
	open, frontend := "", false
	for line := range strings.Lines(text) {
		if format == "haproxy" {
			line = strings.TrimLeft(strings.TrimRight(line, "\r\n"), " \t") // a blank behind a backslash is part of the format
		} else {
			line = strings.TrimSpace(line)
		}
		line, open = open+line, ""
		if rest, more := strings.CutSuffix(line, `\`); more && format == "squid" {
			open = rest
			continue
		}
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
			frontend = frontend || format == "haproxy" && saysMore(line)
		}
	}
	if open != "" {
		out = append(out, open)
	}
	if frontend {
		return []string{strings.Join(out, "\n")}
	}
	return out
}

// saysMore reports whether a line of haproxy.cfg has no format in it, which those have that begin with one of the
// keywords, or hold a variable.
func saysMore(line string) bool {
	word, more := firstWord(line)
	return more && !slices.Contains(keywords["haproxy"], word) && !strings.Contains(word, "%")
}
