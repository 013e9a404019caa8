// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// writeExtra writes a pair that the table does not have, typed as it stands. A text in the form of Rust's durations with
// three decimals, in which g3proxy prints all of them, becomes seconds like those of the table.
func writeExtra(line string, x *field.Extra, out *record.Writer) {
	if !x.Slot.Has() {
		return
	}
	key := extraKey(x.Key)
	if x.Slot.Flags&^field.Encoded == 0 {
		text := (&field.Field{Decode: x.Decode}).Value(line, &x.Slot)
		if rustDuration(text) {
			ns, _ := scan.Duration(text)
			out.Seconds(key, ns)
			return
		}
	}
	format.EmitExtra(line, key, x, out)
}

// extraKey is the attribute of a key that the table does not have: g3proxy.<key>. What is no key of g3proxy's cannot
// stand in the place of another attribute and goes below g3proxy.field.
func extraKey(key string) string {
	const prefix = formatName + "."
	if key == "" || key == "message" || keyEnd(key, 0, len(key)) != len(key) {
		return prefix + "field." + strings.ToValidUTF8(key, "\uFFFD")
	}
	return prefix + key
}

// rustDuration reports whether the text has the form of {:.3?}: digits, three decimals, a unit.
func rustDuration(text string) bool {
	const decimals = len(".093")
	i, _ := digits(text, 0)
	if i < 0 || i == len(text) || text[i] != '.' {
		return false
	}
	if end, _ := digits(text, i+1); end != i+decimals {
		return false
	}
	_, ok := scan.Duration(text)
	return ok
}
