// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// Partitions is the number of pieces.
const Partitions = 256

const (
	keyHead  = "journal/head"
	keyHead2 = "journal/head2"
	// aside is what keys of values that were set aside begin with.
	aside = "aside/"

	// leastPiece is what a piece counts at least, in bytes, so that small ones are not written all the time.
	leastPiece = 8 << 10
	// maxDeletes is how many records are deleted at once.
	maxDeletes = 512
	// probes is how far behind a missing record the next one is looked for.
	probes = 16
)

func keyDict(i int) string      { return fmt.Sprintf("journal/dict/%d", i) }
func keyPiece(p int) string     { return fmt.Sprintf("journal/piece/%03d", p) }
func keyRecord(n uint64) string { return fmt.Sprintf("journal/record/%016x", n) }

// Journal is one journal. It is for one goroutine.
type Journal struct {
	client storage.Client
	// report is told of each value that cannot be used.
	report func(key string, err error)

	epoch uint64
	// Records first to last exist.
	first, last uint64
	// pieces are the records after which pieces were written; 0: there is none.
	pieces [Partitions]uint64
	// hurt says that a piece could not be read.
	hurt  bool
	dicts int
	meta  []byte
	fresh bool

	// turn is the partition whose piece is written next, debt how many bytes of pieces are due.
	turn int
	debt int64
}

// Open reads the head of the journal in a client. Values that cannot be used are set aside and reported; an error is one
// of the storage.
func Open(ctx context.Context, client storage.Client, report func(key string, err error)) (*Journal, error) {
	j := &Journal{client: client, report: report}
	found := false
	for _, key := range []string{keyHead, keyHead2} {
		b, err := client.Get(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", key, err)
		}
		if b == nil {
			continue
		}
		if err = j.readHead(b); err == nil {
			return j, nil
		}
		j.putAside(ctx, key, b, err)
		found = true
	}
	j.begin()
	if found {
		// What the lost head pointed to cannot be trusted; the copies say what it was.
		err := j.SetAside(ctx)
		return j, err
	}
	return j, nil
}

// begin makes it an empty journal.
func (j *Journal) begin() {
	j.epoch, j.first, j.last, j.pieces, j.dicts, j.meta, j.fresh = rand.Uint64(), 1, 0, [Partitions]uint64{}, 0, nil, true
	j.turn, j.debt, j.hurt = 0, 0, false
}

func (j *Journal) readHead(b []byte) error {
	epoch, _, b, err := unseal(kindHead, b)
	if err != nil {
		return err
	}
	next := func() uint64 {
		n, k := binary.Uvarint(b)
		if k <= 0 {
			err = errFormat
			return 0
		}
		b = b[k:]
		return n
	}
	first := next()
	var pieces [Partitions]uint64
	for p := range pieces {
		pieces[p] = next()
	}
	if err != nil || first == 0 {
		return errFormat
	}
	j.epoch, j.first, j.last, j.pieces, j.meta = epoch, first, first-1, pieces, slices.Clone(b)
	return nil
}

func (j *Journal) head(first uint64) []byte {
	b := binary.AppendUvarint(make([]byte, 0, 64+3*Partitions+len(j.meta)), first)
	for _, n := range j.pieces {
		b = binary.AppendUvarint(b, n)
	}
	return seal(kindHead, j.epoch, 0, b, j.meta)
}

// Fresh says that there was no journal.
func (j *Journal) Fresh() bool { return j.fresh }

// Meta is what the writer said about itself.
func (j *Journal) Meta() []byte { return j.meta }

// Last is the number of the newest record.
func (j *Journal) Last() uint64 { return j.last }

// Begin writes the head with what the writer says about itself, and for an empty journal the dictionary.
func (j *Journal) Begin(ctx context.Context, meta, dict []byte) error {
	j.meta = slices.Clone(meta)
	var ops []*storage.Operation
	if j.fresh {
		ops = append(ops, storage.SetOperation(keyDict(0), seal(kindDict, j.epoch, 0, dict)))
	}
	if err := j.client.Batch(ctx, append(ops, j.heads(j.first)...)...); err != nil {
		return err
	}
	if j.fresh {
		j.dicts, j.fresh = 1, false
	}
	return nil
}

func (j *Journal) heads(first uint64) []*storage.Operation {
	b := j.head(first)
	return []*storage.Operation{storage.SetOperation(keyHead, b), storage.SetOperation(keyHead2, b)}
}

// Append stores a record, and before it what the dictionary has got, if that is not empty. After an error nothing may be
// done that the record tells.
func (j *Journal) Append(ctx context.Context, dict, record []byte) error {
	n := j.last + 1
	ops := make([]*storage.Operation, 0, 2)
	if len(dict) > 0 {
		ops = append(ops, storage.SetOperation(keyDict(j.dicts), seal(kindDict, j.epoch, uint64(j.dicts), dict)))
	}
	b := seal(kindRecord, j.epoch, n, record)
	ops = append(ops, storage.SetOperation(keyRecord(n), b))
	if err := j.client.Batch(ctx, ops...); err != nil {
		return err
	}
	if len(dict) > 0 {
		j.dicts++
	}
	j.last = n
	j.debt += int64(len(b)+len(dict)) / 2
	return nil
}

// Due is the partition whose piece should be written now, if one should.
func (j *Journal) Due() (partition int, ok bool) { return j.turn, j.debt > 0 }

// Piece stores what a partition is after the newest record, and deletes records that no partition needs.
func (j *Journal) Piece(ctx context.Context, partition int, payload []byte) error {
	b := seal(kindPiece, j.epoch, uint64(partition), binary.AppendUvarint(nil, j.last), payload)
	old := j.pieces[partition]
	j.pieces[partition] = j.last
	first := min(slices.Min(j.pieces[:])+1, j.first+maxDeletes)
	first = max(first, j.first)
	ops := append([]*storage.Operation{storage.SetOperation(keyPiece(partition), b)}, j.heads(first)...)
	for n := j.first; n < first; n++ {
		ops = append(ops, storage.DeleteOperation(keyRecord(n)))
	}
	if err := j.client.Batch(ctx, ops...); err != nil {
		j.pieces[partition] = old
		return err
	}
	j.first = first
	if partition == j.turn {
		j.turn = (j.turn + 1) % Partitions
		j.debt = max(j.debt-max(int64(len(b)), leastPiece), -1<<20)
	}
	return nil
}

// Save stores a dictionary and all pieces in place of what the journal held. The head comes last, so that a crash in
// between leaves an empty journal.
func (j *Journal) Save(ctx context.Context, meta, dict []byte, piece func(partition int) []byte) error {
	j.begin()
	j.first, j.last, j.meta = 2, 1, slices.Clone(meta)
	if err := j.client.Set(ctx, keyDict(0), seal(kindDict, j.epoch, 0, dict)); err != nil {
		return err
	}
	for p := range j.pieces {
		j.pieces[p] = j.last
		b := seal(kindPiece, j.epoch, uint64(p), binary.AppendUvarint(nil, j.last), piece(p))
		if err := j.client.Set(ctx, keyPiece(p), b); err != nil {
			return err
		}
	}
	return j.client.Batch(ctx, j.heads(j.first)...)
}

// Clear deletes the journal, the head first, so that a crash in between leaves none.
func (j *Journal) Clear(ctx context.Context) error {
	ops := []*storage.Operation{storage.DeleteOperation(keyHead), storage.DeleteOperation(keyHead2)}
	for p := range Partitions {
		ops = append(ops, storage.DeleteOperation(keyPiece(p)))
	}
	for i := range j.dicts {
		ops = append(ops, storage.DeleteOperation(keyDict(i)))
	}
	if err := j.client.Batch(ctx, ops...); err != nil {
		return err
	}
	for n := j.first; n <= j.last; n += maxDeletes {
		ops = ops[:0]
		for k := n; k < min(n+maxDeletes, j.last+1); k++ {
			ops = append(ops, storage.DeleteOperation(keyRecord(k)))
		}
		if err := j.client.Batch(ctx, ops...); err != nil {
			return err
		}
	}
	j.begin()
	return nil
}
