// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// Dictionary calls f with the entries of the dictionary, in the order in which they were written. ok false says that one
// is damaged: nothing that the journal holds can be read then.
func (j *Journal) Dictionary(ctx context.Context, f func([]byte) error) (ok bool, err error) {
	if j.fresh {
		return true, nil
	}
	for i := 0; ; i++ {
		key := keyDict(i)
		b, err := j.client.Get(ctx, key)
		if err != nil {
			return false, fmt.Errorf("read %s: %w", key, err)
		}
		if b == nil && i > 0 {
			j.dicts = i
			return true, nil
		}
		payload, err := j.unseal(kindDict, uint64(i), b)
		if errors.Is(err, errEpoch) && i > 0 {
			j.dicts = i
			return true, nil
		}
		if err == nil {
			err = f(payload)
		}
		if err != nil {
			j.report(key, err)
			return false, nil
		}
	}
}

// CompactDictionary replaces the dictionary's entries by one that holds all of them, if there are many.
func (j *Journal) CompactDictionary(ctx context.Context, all []byte) error {
	if j.dicts < 64 {
		return nil
	}
	ops := []*storage.Operation{storage.SetOperation(keyDict(0), seal(kindDict, j.epoch, 0, all))}
	for i := 1; i < j.dicts; i++ {
		ops = append(ops, storage.DeleteOperation(keyDict(i)))
	}
	if err := j.client.Batch(ctx, ops...); err != nil {
		return err
	}
	j.dicts = 1
	return nil
}

// missing says that there is no value, or one that another journal left behind.
func missing(err error) bool { return errors.Is(err, errGap) || errors.Is(err, errEpoch) }

// unseal also checks place and epoch.
func (j *Journal) unseal(kind byte, place uint64, b []byte) ([]byte, error) {
	if b == nil {
		return nil, errGap
	}
	epoch, at, payload, err := unseal(kind, b)
	switch {
	case err != nil:
		return nil, err
	case epoch != j.epoch:
		return nil, errEpoch
	case at != place:
		return nil, errPlace
	}
	return payload, nil
}

// Pieces calls f with each piece and the number of the record after which it was written. A damaged piece is set aside
// and reported; f gets damaged true for it and no payload.
func (j *Journal) Pieces(ctx context.Context, f func(partition int, after uint64, payload []byte, damaged bool) error) error {
	for p := range j.pieces {
		key := keyPiece(p)
		b, err := j.client.Get(ctx, key)
		if err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		payload, err := j.unseal(kindPiece, uint64(p), b)
		if j.pieces[p] == 0 && missing(err) {
			continue
		}
		after, k := uint64(0), 0
		if err == nil {
			if after, k = binary.Uvarint(payload); k <= 0 || after < j.pieces[p] {
				err = errFormat
			}
		}
		if err == nil {
			j.pieces[p] = after
			j.last = max(j.last, after) // no number is used twice, whatever became of the records
			err = f(p, after, payload[k:], false)
		}
		if err == nil {
			continue
		}
		j.hurt = true
		j.putAside(ctx, key, b, err)
		if err := f(p, 0, nil, true); err != nil {
			return err
		}
	}
	return nil
}

// Records calls f with the records that a piece does not cover yet, in their order; where a piece is damaged, with all there
// are. What f finds wrong with one, and what is damaged or missing, is set aside and reported.
func (j *Journal) Records(ctx context.Context, f func(n uint64, payload []byte) error) error {
	n, gap := j.first, 0
	if !j.hurt {
		n = max(n, slices.Min(j.pieces[:])+1)
	}
	for ; ; n++ {
		key := keyRecord(n)
		b, err := j.client.Get(ctx, key)
		if err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		payload, err := j.unseal(kindRecord, n, b)
		if missing(err) {
			if gap++; gap > probes && n > j.last {
				for k := n + 1 - uint64(gap); k <= j.last; k++ {
					j.report(keyRecord(k), errGap)
				}
				return nil
			}
			continue
		}
		for ; gap > 0; gap-- {
			j.report(keyRecord(n-uint64(gap)), errGap)
		}
		j.last = max(j.last, n)
		if err == nil {
			err = f(n, payload)
		}
		if err != nil {
			j.putAside(ctx, key, b, err)
		}
	}
}

// putAside keeps a value as it was found under another key, and reports it. Where it cannot be kept, as on a disk that is
// full, that is reported too: to start matters more than the copy.
func (j *Journal) putAside(ctx context.Context, key string, b []byte, why error) {
	j.report(key, why)
	if b == nil {
		return
	}
	if err := j.client.Set(ctx, aside+key, b); err != nil {
		j.report(aside+key, err)
	}
}

// SetAside copies all values there are and begins an empty journal.
func (j *Journal) SetAside(ctx context.Context) error {
	if err := j.CopyAside(ctx); err != nil {
		return err
	}
	return j.Clear(ctx)
}

// CopyAside copies all values there are. A copy that cannot be written is reported.
func (j *Journal) CopyAside(ctx context.Context) error {
	keys := []string{keyHead, keyHead2}
	for p := range Partitions {
		keys = append(keys, keyPiece(p))
	}
	for _, key := range keys {
		if _, err := j.copyOne(ctx, key); err != nil {
			return err
		}
	}
	dicts := 0
	for ; ; dicts++ {
		if ok, err := j.copyOne(ctx, keyDict(dicts)); err != nil {
			return err
		} else if !ok {
			break
		}
	}
	j.dicts = max(j.dicts, dicts)
	for n, gap := j.first, 0; gap <= probes; n++ {
		ok, err := j.copyOne(ctx, keyRecord(n))
		if err != nil {
			return err
		}
		gap++
		if ok {
			gap, j.last = 0, max(j.last, n)
		}
	}
	return nil
}

func (j *Journal) copyOne(ctx context.Context, key string) (found bool, err error) {
	b, err := j.client.Get(ctx, key)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", key, err)
	}
	if b == nil {
		return false, nil
	}
	if err := j.client.Set(ctx, aside+key, b); err != nil {
		j.report(aside+key, err)
	}
	return true, nil
}
