// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"sync"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// buckets is the number of keys in the storage over which files are spread, so that little is written when one of many
// files has changed, and nothing has to be listed.
const buckets = 64

// keyBook says that there are positions at all; the buckets have its name and a number.
const keyBook = "gzipFiles"

// format is written with every value. Another one is not read.
const format = 1

type page struct {
	Format int     `json:"format"`
	Files  []*pack `json:"files,omitempty"`
}

func bucketOf(path string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(path))
	return int(h.Sum32() % buckets)
}

func bucketKey(i int) string { return fmt.Sprintf("%s.%02d", keyBook, i) }

// ledger keeps the book in the storage. What is read back needs no checksum: a wrong position does not fit the text
// before it, and the file is read from its beginning.
type ledger struct {
	client     storage.Client
	unreadable int // values that were not understood

	mu     sync.Mutex
	sealed bool
}

// load reads all files. known is whether any were ever saved.
func (l *ledger) load(ctx context.Context) (known bool, packs []*pack, err error) {
	ops := make([]*storage.Operation, buckets+1)
	ops[buckets] = storage.GetOperation(keyBook)
	for i := range buckets {
		ops[i] = storage.GetOperation(bucketKey(i))
	}
	if err := l.client.Batch(ctx, ops...); err != nil {
		return false, nil, err
	}
	for _, op := range ops[:buckets] {
		if op.Value == nil {
			continue
		}
		var p page
		if err := json.Unmarshal(op.Value, &p); err != nil || p.Format != format {
			l.unreadable++
			continue
		}
		for _, f := range p.Files {
			if f != nil && f.Path != "" && f.Pos >= 0 && f.HeadLen >= 0 {
				packs = append(packs, f)
			}
		}
	}
	return ops[buckets].Value != nil, packs, nil
}

// save writes the parts of the book that have changed, all or none.
func (l *ledger) save(ctx context.Context, b *book) error {
	var pages [buckets][]*pack
	put := func(p *pack) {
		if i := bucketOf(p.Path); b.dirty[i] {
			pages[i] = append(pages[i], p)
		}
	}
	for _, p := range b.here {
		put(p)
	}
	for _, p := range b.gone {
		put(p)
	}
	var ops []*storage.Operation
	if b.fresh {
		value, _ := json.Marshal(page{Format: format})
		ops = append(ops, storage.SetOperation(keyBook, value))
	}
	for i, dirty := range b.dirty {
		if !dirty {
			continue
		}
		value, err := json.Marshal(page{format, pages[i]})
		if err != nil {
			return err
		}
		ops = append(ops, storage.SetOperation(bucketKey(i), value))
	}
	if len(ops) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sealed {
		return nil
	}
	if err := l.client.Batch(ctx, ops...); err != nil {
		return err
	}
	b.dirty, b.fresh = [buckets]bool{}, false
	return nil
}

// seal ends all saving. It waits for one that is under way.
func (l *ledger) seal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sealed = true
}
