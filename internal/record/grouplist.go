// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"hash/maphash"
	"slices"

	"go.opentelemetry.io/collector/pdata/plog"
)

// group is the records of one resource and scope.
type group struct {
	scope *Scope
	res   []KV
	recs  plog.LogRecordSlice
	// before is the group before it with a resource of the same hash, -1 for none.
	before int
}

func (g *group) is(scope *Scope, res []KV) bool { return g.scope == scope && slices.Equal(g.res, res) }

const (
	// few is how many groups are looked through one by one; hardly a batch has more.
	few = 8
	// maxGroups bounds the groups whose room is kept for the next batch.
	maxGroups = 1 << 10
)

// groups are those of a batch. Whoever sends lines chooses how many there are, so that many are found by a hash of which
// nobody knows the seed.
type groups struct {
	list []group
	// byHash has the last group of each hash; nil as long as there are few.
	byHash map[uint64]int
	seed   maphash.Seed
}

// find is the number of the group with that scope and resource, -1 for none.
func (g *groups) find(scope *Scope, res []KV) int {
	if g.byHash == nil {
		for i := range g.list {
			if g.list[i].is(scope, res) {
				return i
			}
		}
		return -1
	}
	i := g.lastOf(g.hash(res))
	for i >= 0 && !g.list[i].is(scope, res) {
		i = g.list[i].before
	}
	return i
}

// add adds a group that is not there yet, and returns its number.
func (g *groups) add(one group) int {
	n := len(g.list)
	g.list = append(g.list, one)
	switch {
	case g.byHash != nil:
		g.note(n)
	case n >= few:
		g.byHash, g.seed = make(map[uint64]int), maphash.MakeSeed()
		for i := range g.list {
			g.note(i)
		}
	}
	return n
}

// note makes group i the last one of its hash.
func (g *groups) note(i int) {
	h := g.hash(g.list[i].res)
	g.list[i].before = g.lastOf(h)
	g.byHash[h] = i
}

func (g *groups) lastOf(hash uint64) int {
	if i, ok := g.byHash[hash]; ok {
		return i
	}
	return -1
}

func (g *groups) hash(res []KV) (h uint64) {
	for i := range res {
		h = h*spread + maphash.Comparable(g.seed, res[i])
	}
	return h
}

func (g *groups) reset() {
	clear(g.list)
	if g.byHash = nil; cap(g.list) > maxGroups {
		g.list = nil
	}
	g.list = g.list[:0]
}
