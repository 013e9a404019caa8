// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// writeHTTP writes what an HTTP dialect knows of the request.
func (d *dialect) writeHTTP(in *format.Input, out *record.Writer, status int64, secure bool) {
	out.Str(attr.NetworkProtocolName, "http")
	if status >= 100 && status <= 599 {
		out.Int(attr.HTTPResponseStatusCode, status)
	}
	method, uri, version := requestParts(in)
	version = strings.TrimPrefix(version, "HTTP/")
	if version == "2.0" || version == "3.0" {
		version = version[:1]
	}
	out.Str(attr.NetworkProtocolVersion, version)
	format.Method(out, method)
	scheme := ""
	if secure {
		scheme = "https"
	}
	format.URL(out, method, uri, scheme)
	request := attr.HaproxyCapturedRequestHeaders
	if d.requestList >= 0 {
		request = attr.HaproxyCapturedHeaders // of both, and nothing tells where those of the request end
	}
	captured(in, roleRequestHeaders, d.captures.request, request, out)
	captured(in, roleResponseHeaders, d.captures.response, attr.HaproxyCapturedResponseHeaders, out)
}

// clean is the text of a field with all that hides it undone; "" where HAProxy got no request.
func clean(in *format.Input, r field.Role) string {
	s := in.RoleText(r)
	if s == "" || s == badRequest {
		return ""
	}
	if f := in.Match.Dialect.Field(r); f.Clean != nil {
		return f.Clean(s)
	}
	return s
}

// requestParts is the request line's parts, from %r or from the single variables; empty where HAProxy got no request.
func requestParts(in *format.Input) (method, uri, version string) {
	if in.Match.Role(roleRequest) != nil {
		method, uri, _ = strings.Cut(clean(in, roleRequest), " ")
		// A request of HTTP/0.9 has no version.
		if i := strings.LastIndexByte(uri, ' '); i >= 0 && strings.HasPrefix(uri[i+1:], "HTTP/") {
			uri, version = uri[:i], uri[i+1:]
		}
		return method, uri, version
	}
	method, uri, version = clean(in, roleMethod), clean(in, roleURI), clean(in, roleVersion)
	if uri == "" {
		uri = clean(in, rolePath)
		if query := clean(in, roleQuery); query != "" {
			if query[0] != '?' { // %HQ has the question mark, query has not
				uri += "?"
			}
			uri += query
		}
	}
	return method, uri, version
}

// captured writes the captured headers: under their names where the configuration tells them, else as a list.
func captured(in *format.Input, role field.Role, keys []string, list string, out *record.Writer) {
	s := in.Match.Role(role)
	if s == nil {
		return
	}
	f := in.Match.Dialect.Field(role)
	text := f.Value(in.Line, s)
	if f.List == nil {
		capturedInBraces(text, keys, list, out)
		return
	}
	parts := f.List(text)
	for i := range parts {
		parts[i] = unhex(parts[i])
	}
	if len(keys) != len(parts) {
		out.Strs(list, parts...)
		return
	}
	for i, v := range parts {
		capturedAs(keys[i], v, out)
	}
}

// capturedInBraces writes what %hr and %hs print: {a|b}, in which an inner bar is always #7C.
func capturedInBraces(text string, keys []string, list string, out *record.Writer) {
	if len(text) < len("{}") {
		return
	}
	if len(keys) == 0 || len(keys) != strings.Count(text, "|")+1 {
		out.List(list, text, braceList)
		return
	}
	text = text[1 : len(text)-1]
	for _, key := range keys {
		var v string
		v, text, _ = strings.Cut(text, "|")
		capturedAs(key, unhex(v), out)
	}
}

// braceList makes a list of {a|b}.
var braceList = record.NewList(func(text string, to *record.Elements) {
	text = text[1 : len(text)-1]
	to.Expect(strings.Count(text, "|") + 1)
	for v, more := "", true; more; {
		if v, text, more = strings.Cut(text, "|"); strings.IndexByte(v, '#') >= 0 {
			to.Decoded(unhex(v))
		} else {
			to.Str(v)
		}
	}
})

// capturedAs writes one captured header that has a name.
func capturedAs(key, v string, out *record.Writer) {
	switch {
	case v == "" || key == "":
	case key == attr.UserAgentOriginal:
		out.Decoded(key, v)
	default:
		out.Strs(key, v)
	}
}
