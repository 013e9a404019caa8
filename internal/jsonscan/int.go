// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// Int reads the whole number that the value of a slot is into the slot, also one in quotes and one that is printed with a
// fraction or an exponent; false where it is none.
func Int(s string, slot *field.Slot) bool {
	if slot.Is(field.Number) && !slot.Is(field.Real) {
		return true
	}
	if e, n := scan.Int(s, int(slot.Start), int(slot.End)); e == int(slot.End) && e > int(slot.Start) {
		slot.Num = n
		return true
	}
	n, ok := scan.Integral(slot.Text(s))
	if ok {
		slot.Num = n
		slot.Flags &^= field.Real
	}
	return ok
}
