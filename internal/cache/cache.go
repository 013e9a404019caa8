// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package cache keeps a bounded number of values, the least recently used of which makes room for a new one.
package cache

import (
	"container/list"
	"sync"
)

// Cache keeps what belongs to a key, such as the memory of a stream of lines, for when the key comes back. It is safe
// for concurrent use.
type Cache[K comparable, V any] struct {
	mu    sync.Mutex
	limit int
	byKey map[K]*list.Element
	order *list.List // of *entry, the newest in front
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// New makes a cache of at most limit values.
func New[K comparable, V any](limit int) *Cache[K, V] {
	return &Cache[K, V]{limit: limit, byKey: make(map[K]*list.Element), order: list.New()}
}

// Of is the value of a key, made by fresh where there is none. It stays in the cache: others may get it at the same time.
func (c *Cache[K, V]) Of(key K, fresh func() V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*entry[K, V]).value
	}
	value := fresh()
	c.put(key, value)
	return value
}

// Take hands over the value of a key; until it is put back, nobody else gets it.
func (c *Cache[K, V]) Take(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		var zero V
		return zero, false
	}
	delete(c.byKey, key)
	return c.order.Remove(e).(*entry[K, V]).value, true
}

// Put keeps a value as the most recently used one. It takes the place of a value that the key had.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		c.order.Remove(e)
	}
	c.put(key, value)
}

func (c *Cache[K, V]) put(key K, value V) {
	c.byKey[key] = c.order.PushFront(&entry[K, V]{key, value})
	for c.order.Len() > c.limit {
		delete(c.byKey, c.order.Remove(c.order.Back()).(*entry[K, V]).key)
	}
}

// Drain takes all values.
func (c *Cache[K, V]) Drain() []V {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []V
	for e := c.order.Front(); e != nil; e = e.Next() {
		out = append(out, e.Value.(*entry[K, V]).value)
	}
	c.order.Init()
	clear(c.byKey)
	return out
}

// Len is the number of values.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len()
}
