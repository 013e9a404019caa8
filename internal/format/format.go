// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package format says what a format is: a room that turns a payload into records. Each of the five lies in a folder of
// its own below this one; format/all is the only list of them.
package format

import (
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// Parser is a format compiled for one configuration. It never changes and is safe for concurrent use: what a source of
// lines needs from one line to the next is in its Input.
type Parser interface {
	// Sniff reports at a glance whether the payload could be of this format; format: auto asks it first. It may say
	// yes to what Parse rejects, and must not say no to what Parse reads.
	Sniff(in *Input) bool
	// Parse reads the payload in.Line[in.Header.Start:in.Header.End] and writes its records to out. Where it returns an
	// error, nothing was written; the error is valid until the next call with the same Input.
	Parse(in *Input, out *record.Writer) *Error
}

// Input is one line on its way to its records, and what its source keeps from one line to the next. It is reused.
type Input struct {
	// Source is the name of where the lines come from: the path of a file, or else what their input calls it.
	Source string
	// Line is all of the line as it was read; every offset counts from its first byte.
	Line string
	// Header is what the envelope said, and where the payload stands.
	Header envelope.Header
	// Observed is when the line was read, in nanoseconds since 1970.
	Observed int64
	// Dirty says that Line is not valid UTF-8.
	Dirty bool
	// Continues says that the line may go on with the entry in the line before it, which the same format has read: in no
	// other way can it be read, by no format.
	Continues bool
	// Sticky is what a format remembers about its source, such as the dialect of the line before. Each format has one.
	Sticky any
	// Calendar reads the source's times, where they are printed in one of the ways of JSON.
	Calendar scan.Calendar
	// Match is what was read; Parse fills it, and Done shows it to Trace.
	Match Match
	// Bad counts the entries of the line that could not be read although the line as such could, by reason.
	Bad [NumReasons]int64
	// DropBad leaves such entries out instead of keeping them as records.
	DropBad bool
	// Trace, where it is set, is called for each entry of a line when it is in Match, with nil, and for one that could not be
	// read, with the error: explain looks through it.
	Trace func(*Error)

	err Error
}

// Rewinder is what a format remembers of a source (Input.Sticky) where it decides what becomes of the next line, and not
// only how fast that is read. Rewind brings back what it was at Mark, so that the lines since can be read again; where
// there was nothing to mark yet, that is its beginning.
type Rewinder interface {
	Mark()
	Rewind()
}

// Keeper is what a format remembers about its source, in Input.Sticky, where that may hold parts of a line.
type Keeper interface {
	// LetGo forgets them, since the line is long and the next one may never come.
	LetGo()
}

// Record begins the record of the entry that was read. keys is a number of Hash for what tells which attributes it has;
// names are the fields whose values, besides, vary little from entry to entry.
func (in *Input) Record(out *record.Writer, keys uint64, names ...field.Role) {
	kind := record.Kind{Keys: keys, Values: in.Hash(keys, names...)}
	out.BeginKind(in.Match.Dialect.Scope, kind, in.Dirty, in.Observed)
}

// RejectEntry counts an entry of a line that otherwise can be read, such as one object of a JSON array, and keeps its
// text as a record unless such are to be dropped. scope is the format's "rejected" scope.
func (in *Input) RejectEntry(out *record.Writer, scope *record.Scope, text string, err *Error) {
	in.Bad[err.Reason]++
	if in.Trace != nil {
		in.Trace(err)
	}
	if in.DropBad {
		return
	}
	out.Begin(scope, in.Dirty, in.Observed)
	out.Reject(text, err.Reason.String(), err.Field, err.Offset)
}

// LetGo forgets the line.
func (in *Input) LetGo() {
	in.Line, in.Header, in.Match.Extra, in.err = "", envelope.Header{}, nil, Error{}
}

// Done is to be called when an entry was read and its record committed.
func (in *Input) Done() {
	if in.Trace != nil {
		in.Trace(nil)
	}
}
