// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// Client writes the client's address and its family; "" is left out.
func Client(out *record.Writer, addr string) {
	if addr == "" {
		return
	}
	out.Str(attr.ClientAddress, addr)
	out.Str(attr.NetworkType, scan.Family(addr))
}

// Method writes the request method. One that is not registered (RFC 9110 section 9, RFC 5789) becomes _OTHER, with the
// original beside it, so that the attribute keeps few values.
func Method(out *record.Writer, method string) {
	switch method {
	case "":
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH":
		out.Str(attr.HTTPRequestMethod, method)
	default:
		out.Str(attr.HTTPRequestMethod, "_OTHER")
		out.Decoded(attr.HTTPRequestMethodOriginal, method)
	}
}

// URL writes a request target as it stands in a request line: a path and query, an absolute URL, or for CONNECT a host
// and port. scheme is what is known besides, "" for nothing.
func URL(out *record.Writer, method, target, scheme string) {
	if target == "" || target == "*" {
		return
	}
	if method == "CONNECT" {
		host, port := scan.HostPort(target)
		Server(out, host, port)
		return
	}
	if authority := Target(out, target, scheme); authority != "" {
		host, port := scan.HostPort(authority)
		Server(out, host, port)
	}
}

// Target writes a path and query or an absolute URL, and returns the host and port of the latter. scheme is what is
// known besides, "" for nothing.
func Target(out *record.Writer, target, scheme string) (authority string) {
	if i := strings.Index(target, "://"); i > 0 && i < 12 && target[0] != '/' {
		out.Decoded(attr.URLFull, target)
		scheme = target[:i]
		authority = target[i+3:]
		target = ""
		for k := range len(authority) {
			if c := authority[k]; c == '/' || c == '?' {
				authority, target = authority[:k], authority[k:]
				break
			}
		}
		if k := strings.LastIndexByte(authority, '@'); k >= 0 {
			authority = authority[k+1:]
		}
	}
	switch scheme {
	case "":
	case "http", "https":
		out.Str(attr.URLScheme, scheme)
	default:
		out.Str(attr.URLScheme, strings.ToLower(scheme))
	}
	path, query, _ := strings.Cut(target, "?")
	out.Decoded(attr.URLPath, path)
	out.Decoded(attr.URLQuery, query)
	return authority
}

// Server writes what the client asked for; port 0 is none.
func Server(out *record.Writer, host string, port int64) {
	out.Decoded(attr.ServerAddress, host)
	if host != "" && port > 0 {
		out.Int(attr.ServerPort, port)
	}
}
