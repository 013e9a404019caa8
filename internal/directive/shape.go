// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive

import "strings"

// Kind is how the end of a field is found.
type Kind uint8

const (
	// KindText is free text: it may hold anything, so only what stands around it tells where it ends.
	KindText Kind = iota
	// KindInt is a number: an optional sign and digits.
	KindInt
	// KindSet is a run of bytes out of a set.
	KindSet
	// KindFunc is what a function reads, such as a date.
	KindFunc
)

// Set is a set of bytes.
type Set [256]bool

// NewSet is the set of the bytes of s.
func NewSet(s string) *Set {
	var set Set
	for i := range len(s) {
		set[s[i]] = true
	}
	return &set
}

// Except is the set of all bytes but those of s, the blank ones below 32 included.
func Except(s string) *Set {
	var set Set
	for i := range set {
		set[i] = true
	}
	for i := range len(s) {
		set[s[i]] = false
	}
	return &set
}

// only is the byte of a set of one.
func (set *Set) only() byte {
	for b := range set {
		if set[b] {
			return byte(b)
		}
	}
	return 0
}

// Func reads a value at line[i:end] and returns where it ends, or -1, and its number if it has one.
// An optional value's may return Foreign for what begins like the value and is something else.
type Func func(line string, i, end int) (int, int64)

// Foreign is returned by the Func of an optional value for what is none of its values.
const Foreign = -2

// Shape is what a field looks like in the text.
type Shape struct {
	Kind Kind
	// Set holds the bytes of a KindSet, and those that a KindFunc may hold, if known. Where that of a KindSet also holds the
	// first byte of the literal that follows, the field ends at the last such literal in the run.
	Set *Set
	// First holds the bytes with which a KindSet begins that is not empty; nil is Set.
	First *Set
	// Min is the fewest bytes a KindSet or KindText has.
	Min int
	// Func reads a KindFunc, and Width is its length in bytes where that is always the same: then it can be read from
	// the right too.
	Func  Func
	Width int
	// Last reads a KindFunc in Func's place where the value ends at end, since what stands behind it is read from the right:
	// a Func that looks for the literal behind would not find it there. nil is Func.
	Last Func
	// Plus allows a plus sign before a KindInt, and the slot is marked with it; Unsigned allows no minus sign.
	Plus, Unsigned bool
	// Pad is the width in bytes to which shorter values are filled up with blanks, on the left or, with PadRight, on the
	// right; 0 is none. A missing value may be filled up or not.
	Pad      int
	PadRight bool
	// Fixed says that a value is never wider than Pad, so that the width tells where it ends although the next one follows
	// at once. A missing value may be Null alone; with Overflow a number below zero is wider where it has to be.
	Fixed, Overflow bool
	// Zeros says that numbers are filled up with zeros on the left, which are no part of the slot.
	Zeros bool
	// Null is the text that stands for a missing value, where HasNull is set; it may be empty.
	Null    string
	HasNull bool
	// Also is another text that stands for a missing value; "" for none.
	Also string
	// Escape holds up to two bytes that mark text which the field's Decode has to undo: the slot is Encoded where one of
	// them occurs.
	Escape string
	// Encoded says that the slot always is Encoded.
	Encoded bool
	// Optional says that the proxy prints nothing at all where it has no value, and not even the blank behind it where one
	// stands before it; Set then holds the one byte by which the beginning of a value is recognised, and nothing fills it up.
	Optional bool
	// Closed says that the last byte of an Optional value tells where it ends, so that another one may stand right behind it.
	Closed bool
	// Valid tells what is no value of a KindText, to choose between several readings; nil is everything.
	Valid func(string) bool
	// Likely tells what a value of a KindText mostly looks like, to choose between several readings; nil is everything. The
	// program takes no other value, the one of Loose does.
	Likely func(string) bool
	// Begins tells whether a value that Likely takes may begin with a text, so that no longer one is tried where none may;
	// nil is every text.
	Begins func(string) bool
	// Absorb makes a KindText the one that takes what could belong to several.
	Absorb bool
	// Expect says what a value looks like, for a person.
	Expect string
	// Sample is a value, where none of what proxies mostly log is one; "" else. It shows which lines are ambiguous.
	Sample string
}

// Int is a number with an optional minus.
var Int = Shape{Kind: KindInt, Expect: "a number"}

// holds reports whether a value may hold the byte. A function without a set is taken to hold any.
func (sh Shape) holds(b byte) bool {
	switch {
	case sh.Kind == KindInt:
		return isDigit(b) || b == '-' && (!sh.Unsigned || sh.HasNull) || sh.Plus && b == '+'
	case sh.Set != nil:
		return sh.Set[b]
	}
	return true
}

// holdsAll reports whether a value may hold each byte of a text.
func (sh Shape) holdsAll(text string) bool {
	for i := range len(text) {
		if !sh.holds(text[i]) {
			return false
		}
	}
	return true
}

// MayHold reports whether the byte may stand in a value, or in what stands for a missing one.
func (sh Shape) MayHold(b byte) bool {
	return sh.holds(b) || strings.IndexByte(sh.Null+sh.Also, b) >= 0
}
