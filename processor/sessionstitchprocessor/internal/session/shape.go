// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"
	"sync"
)

// A shape is a name for a list of attribute keys: two packed parts of one shape have the same attributes.

// maxShapes bounds the lists that get a name.
const maxShapes = 1024

// shapes gives names to lists. It is safe for concurrent use.
type shapes struct {
	mu    sync.Mutex
	names map[string]uint16
}

// name is a list's name, given at first sight, 0 when there are too many.
func (s *shapes) name(keys []uint16) uint16 {
	b := make([]byte, 0, 2*maxPacked)
	for _, k := range keys {
		b = append(b, byte(k), byte(k>>8))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.names[string(b)]
	if !ok && len(s.names) < maxShapes {
		if s.names == nil {
			s.names = map[string]uint16{}
		}
		n = uint16(len(s.names) + 1)
		s.names[string(b)] = n
	}
	return n
}

// named shapes are the last ones that a reader met, so that it need not ask.
type namedShape struct {
	keys []uint16
	name uint16
}

// shape names the keys of a part.
func (r *Reader) shape(keys []uint16) uint16 {
	for i := range r.shapes {
		if slices.Equal(r.shapes[i].keys, keys) {
			return r.shapes[i].name
		}
	}
	x := &r.shapes[r.nextShape]
	r.nextShape = (r.nextShape + 1) % len(r.shapes)
	x.keys, x.name = append(x.keys[:0], keys...), r.model.shapes.name(keys)
	return x.name
}
