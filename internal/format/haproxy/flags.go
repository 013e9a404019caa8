// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"fmt"
	"slices"
	"strings"
)

// flags change how a value is printed.
type flags struct {
	quote, escape, hex bool
	encoding           encoding
}

// label is what %(name:type) says.
type label struct{ name, kind string }

// parse reads +Q,-E and so on into the flags. Spaces around them and unknown letters are refused as HAProxy does.
func (fl *flags) parse(s string, at int) error {
	for _, w := range strings.Split(s, ",") {
		set := !strings.HasPrefix(w, "-")
		switch strings.TrimLeft(w, "+-") {
		case "Q":
			fl.quote = set
		case "E":
			fl.escape = set
		case "X":
			fl.hex = set
		case "json":
			fl.encode(encodeJSON, set)
		case "cbor":
			fl.encode(encodeCBOR, set)
		case "bin":
			// Of CBOR: raw bytes instead of hexadecimal digits.
			if set && fl.encoding == encodeCBOR || fl.encoding == encodeNone {
				fl.encode(encodeBinary, set)
			}
		case "":
		default:
			return &syntaxError{at, fmt.Sprintf("no flag %s is known, of +Q, +E, +X, +json, +cbor and +bin", w)}
		}
		at += len(w) + 1
	}
	return nil
}

func (fl *flags) encode(e encoding, set bool) {
	switch {
	case !set && (fl.encoding == e || fl.encoding == encodeBinary):
		fl.encoding = encodeNone
	case set && !(e == encodeCBOR && fl.encoding == encodeBinary):
		fl.encoding = e
	}
}

// encodingOf is the encoding of the whole line: that of an item %{…}o, wherever it stands.
func encodingOf(s string) encoding {
	for rest := s; ; {
		_, after, ok := strings.Cut(rest, "%{")
		if !ok {
			return encodeNone
		}
		inner, behind, ok := strings.Cut(after, "}")
		if ok && strings.HasPrefix(behind, "o") && (len(behind) == 1 || !isAlnum(behind[1])) {
			var fl flags
			if fl.parse(inner, 0) == nil && fl.encoding != encodeNone {
				if fl.encoding == encodeBinary && !strings.Contains(inner, "cbor") {
					return encodeNone // alone it changes nothing
				}
				return fl.encoding
			}
		}
		rest = after
	}
}

// parseLabel reads name:type; both may be missing.
func parseLabel(s string, at int) (label, error) {
	name, kind, typed := strings.Cut(s, ":")
	if typed && !slices.Contains([]string{"str", "sint", "bool"}, kind) {
		return label{}, &syntaxError{at + len(name) + 1, fmt.Sprintf("type %q is none of str, sint and bool", kind)}
	}
	for i := range len(name) {
		if c := name[i]; !isAlnum(c) && c != '_' && c != '-' && c != '.' {
			return label{}, &syntaxError{at + i, "a name holds letters, digits, _, - and . only"}
		}
	}
	return label{name, kind}, nil
}
