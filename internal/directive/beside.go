// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import "strings"

// Where a value ends, and whether it can be found from either side, follows from what stands beside it.

// followsText reports whether the literal before an item may stand in it and in a text before that, so that the border
// between the two has to be looked for.
func followsText(items []Item, i int) bool {
	if i < 2 || items[i-1].Field != nil {
		return false
	}
	for k := range items[:i-1] {
		if sh := items[k].Shape; items[k].Field != nil && sh.Kind == KindText && sh.holdsAll(items[i-1].Literal) && items[i].Shape.holdsAll(items[i-1].Literal) {
			return true
		}
	}
	return false
}

// lastEnds reports whether a value out of a set ends at the last of the literals behind it that the run of the set's
// bytes holds: whether what follows the literal cannot hold it, and is the last that belongs to the run.
func lastEnds(items []Item) bool {
	sh, lit := items[0].Shape, items[1].Literal
	if len(items) < 3 {
		return true
	}
	if items[2].Shape.Optional {
		return false // its set is of first bytes only
	}
	for b := range lit {
		if items[2].Shape.MayHold(lit[b]) {
			return false
		}
	}
	return len(items) == 3 || items[3].Field == nil && !sh.Set[items[3].Literal[0]]
}

// touchesAny is touches for what may stand right behind the value: the first field, and what is behind optional ones.
func touchesAny(sh Shape, items []Item) bool {
	for _, it := range items {
		if it.Field == nil {
			return runsInto(sh, it.Literal[0])
		}
		if touches(sh, it.Shape) {
			return true
		}
		if !it.Shape.Optional {
			return false
		}
	}
	return false
}

// runsInto reports whether a run of the value's bytes may go on with a literal's first.
func runsInto(sh Shape, b byte) bool {
	return sh.Kind == KindSet && sh.Set[b] || sh.Kind == KindInt && isDigit(b)
}

// besides is how many blanks the literals before and behind an item have beside it, -1 each for a number, and where there
// are only blanks between it and another item that is filled up with them.
func besides(items []Item, i int) (before, after int) {
	if items[i].Shape.Kind == KindInt {
		return -1, -1
	}
	if k := i - 1; k >= 0 {
		lit := items[k].Literal
		before = len(lit) - len(strings.TrimRight(lit, " "))
		if items[k].Field == nil {
			k--
		}
		if before == len(lit) && k >= 0 && items[k].Shape.Pad > 0 && items[k].Shape.PadRight {
			before = -1
		}
	}
	if k := i + 1; k < len(items) {
		lit := items[k].Literal
		after = len(lit) - len(strings.TrimLeft(lit, " "))
		if items[k].Field == nil {
			k++
		}
		if after == len(lit) && k < len(items) && items[k].Shape.Pad > 0 && !items[k].Shape.PadRight {
			after = -1
		}
	}
	return before, after
}

// touches reports whether a value of next may begin with a byte that could still be one of the value before it, so that
// nothing tells where the one ends and the other begins.
func touches(sh, next Shape) bool {
	if sh.Kind == KindFunc && sh.Width > 0 || sh.Fixed || sh.Closed && next.Optional {
		return false // the width tells, or the last byte
	}
	return next.Min == 0 && next.Kind == KindSet || next.Kind == KindText || overlap(sh, next)
}

// overlap reports whether there is a byte that values of both shapes, which stand side by side, may hold.
func overlap(sh, next Shape) bool {
	if next.Pad > 0 && !next.PadRight && sh.holds(' ') || sh.PadRight && next.holds(' ') {
		return true
	}
	for b := range 256 {
		if sh.holds(byte(b)) && next.holds(byte(b)) {
			return true
		}
	}
	return false
}

// readable reports whether a value of the shape, read from the right, ends at the item before it.
func readable(sh Shape, before Item) bool {
	if before.Field != nil {
		return sh.Kind == KindFunc && sh.Width > 0 || before.Shape.Kind != KindText && !overlap(before.Shape, sh)
	}
	c := before.Literal[len(before.Literal)-1]
	switch {
	case sh.Kind == KindSet && !sh.Optional:
		return !sh.Set[c]
	case sh.Kind == KindInt:
		return !sh.holds(c)
	}
	return true
}
