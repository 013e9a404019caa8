// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// Int reads the whole number that the value of a slot is, also one in quotes, into the slot; false where it is none.
func Int(s string, slot *field.Slot) bool {
	if slot.Is(field.Number) {
		return !slot.Is(field.Real)
	}
	e, n := scan.Int(s, int(slot.Start), int(slot.End))
	slot.Num = n
	return e == int(slot.End) && e > int(slot.Start)
}
