// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"github.com/proxylog/proxylog/internal/format/squid/conf"
)

// ReadConfig reads a squid.conf as conf.Read does. A header code without an argument in any of the formats is as good as
// log_mime_hdrs.
func ReadConfig(path string) (*conf.File, error) {
	names := make([]string, len(builtins))
	for i := range builtins {
		names[i] = builtins[i].name
	}
	f, err := conf.Read(path, names)
	if err != nil {
		return nil, err
	}
	for i := range f.Formats {
		pieces, err := parseLogformat(f.Formats[i].Definition)
		f.MimeHeaders = f.MimeHeaders || err == nil && hasAllHeaders(pieces)
	}
	return f, nil
}

// hasAllHeaders reports whether a definition logs all headers of a message.
func hasAllHeaders(pieces []piece) bool {
	for i := range pieces {
		if codes[pieces[i].name].class == header && pieces[i].arg == "" && strings.HasSuffix(pieces[i].name, "h") {
			return true
		}
	}
	return false
}
