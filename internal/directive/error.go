// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import (
	"errors"
	"strconv"
)

// ErrAdjacent is the error of a directive in which nothing tells where one field ends and the next begins.
var ErrAdjacent = errors.New("nothing separates it from the field before, and neither has an end of its own")

// Error is an item of a directive that cannot be read back.
type Error struct {
	// Item is its place among the items, adjacent literals counted as one.
	Item int
	// At is the byte of the directive at which it stands.
	At int
	// Name is the field's code.
	Name string
	Err  error
}

func (e *Error) Error() string { return e.Name + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// PositionError is an error at a byte of a directive.
type PositionError struct {
	// Directive is the text that At counts in.
	Directive string
	At        int
	Err       error
}

func (e *PositionError) Error() string { return "at byte " + strconv.Itoa(e.At) + ": " + e.Err.Error() }

func (e *PositionError) Unwrap() error { return e.Err }

// inseparable is the error of a field whose beginning nothing tells.
func (p *Program) inseparable(item int) error {
	it := &p.items[item]
	return &Error{item, it.At, it.Field.Code, ErrAdjacent}
}
