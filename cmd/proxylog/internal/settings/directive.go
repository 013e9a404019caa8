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

// owner finds out whose directive a text is: by its keyword, or by Envoy's %OPERATOR% and its JSON map.
func owner(text string) (string, error) {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	var names []string
	for _, f := range all.Formats() {
		if slices.Contains(keywords[f.Name], word) {
			return f.Name, nil
		}
		if f.Listing != nil {
			names = append(names, f.Name)
		}
	}
	if strings.HasPrefix(word, "{") || hasOperator(text) {
		return "envoy", nil
	}
	return "", fmt.Errorf("cannot tell which proxy's directive this is: add --format %s", strings.Join(names, "|"))
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
// a line that ends in a backslash goes on in the next; Envoy's format is one text.
func split(format, text string) []string {
	if format == "envoy" {
		return []string{text}
	}
	var out []string
	open := ""
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
		}
	}
	if open != "" {
		out = append(out, open)
	}
	return out
}
