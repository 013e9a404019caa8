// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
)

// Beginnings of the attributes of HTTP headers.
const (
	RequestHeader  = "http.request.header."
	ResponseHeader = "http.response.header."
)

// Header is the attribute of a header below one of these prefixes or another one, and how it is written: the name in small
// letters and a list of texts, but for the User-Agent of a request, which has an attribute of its own.
func Header(prefix, name string) (key string, conv field.Conv) {
	name = strings.ToLower(name)
	if prefix == RequestHeader && name == "user-agent" {
		return attr.UserAgentOriginal, field.Str
	}
	return prefix + name, field.Strs
}
