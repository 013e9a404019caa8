// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import "strconv"

// Reason is why a line was rejected: a small closed list, since it is an attribute of a counter.
type Reason uint8

// The reasons. docs/formats lists them for users.
const (
	// Unrecognized: no dialect fits, not even its beginning.
	Unrecognized Reason = iota
	// Mismatch: the line fits a dialect up to a byte where something else stands than the dialect expects.
	Mismatch
	// Truncated: the line ends in the middle.
	Truncated
	// Trailing: something follows behind the dialect's last field.
	Trailing
	// BadJSON: the line begins as JSON and is none.
	BadJSON
	// BadValue: a field has a value of the wrong type or out of its range, such as a time that is none.
	BadValue
	// MissingField: a field is missing without which the record would be of no use.
	MissingField
	// Oversize: the line was longer than max_line_bytes and was cut.
	Oversize
	// Foreign: the line is well formed and of this product, but of a log that this format does not cover.
	Foreign

	// NumReasons is how many there are.
	NumReasons
)

var reasonNames = [NumReasons]string{
	"unrecognized", "mismatch", "truncated", "trailing", "bad_json", "bad_value", "missing_field", "oversize", "foreign",
}

func (r Reason) String() string { return reasonNames[r] }

// Error is why and where a payload does not fit.
type Error struct {
	Reason Reason
	// Dialect is the dialect that fitted furthest.
	Dialect *Dialect
	// Field is the directive's code or the key at which it stopped fitting; "" between fields.
	Field string
	// Offset is the byte of the line.
	Offset int
	// Expected says what should have stood there, for a person.
	Expected string
	// Fits is a dialect that reads the line and that the configuration leaves out; nil where none was found or looked for.
	// Hint then says what to configure.
	Fits *Dialect
	Hint string
}

func (e *Error) Error() string {
	s := e.Reason.String() + " at byte " + strconv.Itoa(e.Offset)
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Expected != "" {
		s += ": expected " + e.Expected
	}
	return s
}

// Fail returns e as the Input's error, without allocating one for each line.
func (in *Input) Fail(e Error) *Error {
	in.err = e
	return &in.err
}
