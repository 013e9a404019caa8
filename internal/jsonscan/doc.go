// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package jsonscan reads the JSON objects of log lines in place: one pass, no copy, no allocation.
//
// What it gives for each member is a field.Slot, the bytes that the value covers, so that a record can be cut out of
// the line. Which key belongs to which slot says a Keys, made once per dialect. Lines of one source have their keys in
// the same order, so a Reader remembers which key followed which in the line before and compares the line with that one
// key; only where the order differs is a key looked up.
//
// The grammar is RFC 8259's, with these differences:
//   - A key that occurs twice counts with its last value.
//   - A string may hold bytes that are not UTF-8, as encoding/json allows; they are kept as they stand.
//   - Objects and arrays may be nested to MaxDepth.
//   - Between the objects of a line (Skip) commas and brackets may stand anywhere, since some producers spread one
//     array over many lines, and a byte order mark and the record separator of RFC 7464 are passed over.
package jsonscan

// MaxDepth is how deep objects and arrays may be nested.
const MaxDepth = 128

// MaxExtra bounds the unknown keys that are kept of one object; what comes later is left out.
const MaxExtra = 256

// Error says where and why a text is not JSON.
type Error struct {
	// Offset is the byte of the text.
	Offset int
	// Expected is what should have stood there, for a person.
	Expected string
	// Truncated says that the text ends in the middle.
	Truncated bool
}
