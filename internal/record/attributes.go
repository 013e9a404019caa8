// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Attributes makes the attributes of one record after the other: Begin, attributes, Into. Values that the last record of
// the same kind had are shared with it (see shape.go), so that many records of a sort cost little. It is for records that
// are not made of a line; those come from a Writer. It is not safe for concurrent use.
type Attributes struct{ shapes shapes }

// NewAttributes makes an Attributes.
func NewAttributes() *Attributes { return &Attributes{shapes: shapes{off: pooled()}} }

// Begin starts a record of a kind. alone says that none of its texts are to be kept for the next one, since they are long.
func (a *Attributes) Begin(kind Kind, alone bool) { a.shapes.begin(kind, alone) }

// Str adds a text, which is valid UTF-8. A key may be added once per record; so with the others.
func (a *Attributes) Str(key, s string) { a.shapes.text(key, s) }

// Int adds a number.
func (a *Attributes) Int(key string, n int64) { a.shapes.number(key, uint64(n), integer) }

// Double adds a number with a fraction.
func (a *Attributes) Double(key string, f float64) {
	a.shapes.number(key, math.Float64bits(f), double)
}

// Bool adds a truth value.
func (a *Attributes) Bool(key string, b bool) { a.shapes.number(key, bit(b), truth) }

// Into makes what was added the attributes of m, which is empty.
func (a *Attributes) Into(m pcommon.Map) { a.shapes.into(m, "", 0) }

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
