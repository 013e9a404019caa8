// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
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
	f := field.Field{Key: key, Conv: field.Str, Decode: x.Decode}
	text := f.Value(line, &x.Slot)
	switch {
	case x.Slot.Flags&(field.Number|field.Real) == field.Number:
		out.Int(key, x.Slot.Num)
	case x.Slot.Flags&field.Real != 0:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			out.Decoded(key, text)
			return
		}
		out.Double(key, n)
	case x.Slot.Flags&(field.True|field.False) != 0:
		out.Bool(key, x.Slot.Num != 0)
	case rustDuration(text):
		ns, _ := scan.Duration(text)
		out.Seconds(key, ns)
	default:
		out.Decoded(key, text)
	}
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
	i := 0
	for i < len(text) && text[i]-'0' <= 9 {
		i++
	}
	if i == 0 || i+5 > len(text) || text[i] != '.' || text[i+4]-'0' <= 9 {
		return false
	}
	_, ok := scan.Duration(text)
	return ok
}
