// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cache

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCache(t *testing.T) {
	c := New[string, int](2)
	_, ok := c.Take("a")
	assert.False(t, ok)
	c.Put("a", 1)
	c.Put("b", 2)
	c.Put("a", 3)
	assert.Equal(t, 2, c.Len())
	c.Put("c", 4) // b is the oldest
	_, ok = c.Take("b")
	assert.False(t, ok)
	v, ok := c.Take("a")
	assert.True(t, ok)
	assert.Equal(t, 3, v)
	_, ok = c.Take("a")
	assert.False(t, ok, "somebody has it")
	c.Put("a", v)
	assert.Equal(t, 2, c.Len())
}

// TestOf: what is asked for stays longer than what is not.
func TestOf(t *testing.T) {
	c, made := New[string, *string](2), 0
	of := func(key string) *string {
		return c.Of(key, func() *string {
			made++
			return &key
		})
	}
	a, b := of("a"), of("b")
	assert.Same(t, a, of("a"))
	assert.Same(t, a, of("a"))
	assert.Equal(t, 2, made)
	of("c") // b is the oldest
	assert.Equal(t, 2, c.Len())
	assert.Same(t, a, of("a"))
	assert.NotSame(t, b, of("b"))
	assert.Equal(t, 4, made)
}

func TestCacheConcurrent(t *testing.T) {
	c := New[int, *int](8)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2000 {
				v, ok := c.Take(i % 16)
				if !ok {
					v = new(int)
				}
				*v++ // the race detector sees two that have it at once
				c.Put(i%16, v)
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, c.Len(), 8)
}
