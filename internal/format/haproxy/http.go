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
	split := f.List
	if split == nil {
		split = splitBraces
	}
	parts := split(f.Value(in.Line, s))
	for i := range parts {
		parts[i] = unhex(parts[i])
	}
	if len(keys) != len(parts) {
		out.Strs(list, parts...)
		return
	}
	for i, v := range parts {
		switch {
		case v == "" || keys[i] == "":
		case convOf(keys[i]) == field.Str:
			out.Decoded(keys[i], v)
		default:
			out.Strs(keys[i], v)
		}
	}
}
