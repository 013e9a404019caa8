// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/record"
)

// Batch collects the records of lines until they are taken, and counts the lines. It is not safe for concurrent use;
// one Batch may serve several Sources in turn.
type Batch struct {
	// Stats counts the lines since the last Take.
	Stats  Stats
	writer record.Writer
}

// NewBatch makes an empty Batch for lines of the Decoder's Sources.
func (d *Decoder) NewBatch() *Batch {
	return &Batch{writer: record.NewWriter(d.options)}
}

// Len is the number of records in the batch.
func (b *Batch) Len() int { return b.writer.Len() }

// Written lets fn see each record when it is complete and before the next one is begun; it may change it.
func (b *Batch) Written(fn func(plog.LogRecord)) { b.writer.Written = fn }

// Room says how many attributes fn adds to the records from now on, as far as that is known; it saves memory.
func (b *Batch) Room(attributes int) { b.writer.Room = attributes }

// Take hands over the records and their counts, and empties the batch.
func (b *Batch) Take() (plog.Logs, Stats) {
	s := b.Stats
	b.Stats = Stats{}
	return b.writer.Take(), s
}

// Line is one line of an input.
type Line struct {
	// Text is the line; an end of line at its end is removed. The records keep parts of it: it must not change.
	Text string
	// Cut says that the line was longer than the input's limit and Text is only its beginning.
	Cut bool
	// End says that there is no line but the end of the source: what has come of a line without its end is kept as a
	// record, as Flush does.
	End bool
	// Observed is when it was read.
	Observed time.Time
}
