// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package field holds what is read of a line: the fields of a dialect and, for one line, a Slot for each.
//
// A dialect is a list of Fields, made once. Reading a line fills one Slot per field with the bytes it covers and, for
// numbers and times, the value; nothing is copied. Writing the record and explaining the line both start from the
// slots, so that neither looks at the bytes a second time to find out where a field is.
package field

// Conv says how a slot becomes an attribute.
type Conv uint8

const (
	// None leaves the slot to the format: it feeds a derived attribute, a timestamp or the resource.
	None Conv = iota
	// Str writes the text.
	Str
	// Int writes the number.
	Int
	// Count writes the number and leaves out a negative one, which proxies print for "not known".
	Count
	// Positive writes the number and leaves out zero and negative ones, such as the status of a request never answered.
	Positive
	// Millis writes a number of milliseconds as seconds and leaves out a negative one.
	Millis
	// Nanos writes a number of nanoseconds as seconds.
	Nanos
	// Bool writes true for 1 and false for 0.
	Bool
	// Strs writes the text as a list of one.
	Strs
	// HostPort splits host:port into Key (text) and Key2 (number), brackets and a port of 0 removed.
	HostPort
)

// Role is a format's own number for a field that it has to find again when it writes the record; 0 is none.
type Role uint8

// Field is one field of a dialect. It is made when the dialect is compiled and never changes.
type Field struct {
	// Code is the field as the directive writes it, without flags and width (%ci, %icap::tr, %REQ(:PATH)%), or the key
	// of a JSON or key=value format.
	Code string
	// Key is the attribute. Where Conv is None nothing is written from it: it may name what the format makes of the field.
	Key string
	// Key2 is the second attribute of HostPort.
	Key2 string
	Conv Conv
	Role Role
	// Decode undoes the encoding in which the text stands in the line; nil where it stands as it is.
	Decode func(string) string
	// Clean undoes what the proxy escapes on its own, after Decode and in the attribute only; nil where that is nothing.
	Clean func(string) string
	// List parts the text of a field that is a list of values; nil where it is one value.
	List func(string) []string
}

// Flag marks what a slot's bytes alone do not tell.
type Flag uint8

const (
	// Null is a value that the proxy printed as missing.
	Null Flag = 1 << iota
	// Encoded text needs the field's Decode.
	Encoded
	// Plus is a number that was printed with a plus sign, a lower bound (HAProxy's logasap) or a redispatch mark.
	Plus
	// Number is a JSON number; Num is its value unless Real is set too.
	Number
	// True is a JSON true.
	True
	// Object is a JSON object or array, kept as its text.
	Object
	// Real is a number with a fraction or an exponent, or one that does not fit into 64 bits: Num is not its value.
	Real
	// False is a JSON false.
	False
)

// Slot is where one field stands in one line.
type Slot struct {
	// Start and End are bytes of the line; Start is negative where the field is not in the line at all.
	Start, End int32
	Flags      Flag
	// Num is the value of a number, or nanoseconds of a time or duration.
	Num int64
}

// Extra is a key that a dialect does not know, kept all the same.
type Extra struct {
	// Key is the key with its escapes undone; below a nested object with the object's key and a point before it.
	Key  string
	Slot Slot
	// Decode undoes the encoding of the value where the slot is Encoded.
	Decode func(string) string
}

// Absent is the slot of a field that the line does not have.
var Absent = Slot{Start: -1, End: -1}

// Has reports whether the line has a value for the field.
func (s *Slot) Has() bool { return s.Start >= 0 && s.Flags&Null == 0 }

// Is reports whether all of the flags are set.
func (s *Slot) Is(f Flag) bool { return s.Flags&f == f }

// Text is the field's text as it stands in the line, "" where it has none.
func (s *Slot) Text(line string) string {
	if s.Start < 0 {
		return ""
	}
	return line[s.Start:s.End]
}

// Value is the field's text with its encoding undone. It allocates only where there is something to undo.
func (f *Field) Value(line string, s *Slot) string {
	t := s.Text(line)
	if f.Decode != nil && s.Flags&Encoded != 0 {
		return f.Decode(t)
	}
	return t
}

// absent is as many slots as most lines have, made once so that Reset only has to copy them.
var absent = func() (list [64]Slot) {
	for i := range list {
		list[i] = Absent
	}
	return list
}()

// Reset makes every slot absent.
func Reset(slots []Slot) {
	for len(slots) > 0 {
		slots = slots[copy(slots, absent[:]):]
	}
}
