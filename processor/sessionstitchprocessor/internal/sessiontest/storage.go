// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessiontest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// Storage is a storage extension in memory whose process can die at any write.
type Storage struct {
	component.StartFunc
	component.ShutdownFunc

	mu sync.Mutex
	// Values are what is stored.
	Values map[string][]byte
	// Whole says that a batch is written as one, as file_storage does; else a crash may cut it.
	Whole bool
	// Crash is after how many more writes the process dies; below 0: never. Stored says that the last one is still
	// stored, though the caller hears of an error.
	Crash  int
	Stored bool
	// Full, unless it is nil, is what writes of more than Room bytes fail with as long as it is set; deletes go on.
	Full error
	Room int
	// Largest is the size of the largest value that was written.
	Largest int
	// Writes counts them.
	Writes int
	client *client
}

var (
	errCrashed = errors.New("the process has died")
	// ErrTwice is what a second client of one name gets.
	ErrTwice = errors.New("timeout")
)

// NewStorage makes an empty one.
func NewStorage() *Storage { return &Storage{Values: map[string][]byte{}, Whole: true, Crash: -1} }

// GetClient gives the one client there is.
func (s *Storage) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return nil, ErrTwice
	}
	s.client = &client{s: s}
	return s.client, nil
}

// Kill makes the present client's process die; the next one finds what is stored.
func (s *Storage) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.dead = true
		s.client = nil
	}
	s.Crash = -1
}

// CrashAfter sets Crash and Stored.
func (s *Storage) CrashAfter(writes int, stored bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Crash, s.Stored = writes, stored
}

// Died says that Crash was reached.
func (s *Storage) Died() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Crash < 0
}

// SetFull sets Full, with no room at all.
func (s *Storage) SetFull(err error) { s.SetRoom(err, 0) }

// SetRoom sets Full and Room.
func (s *Storage) SetRoom(err error, room int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Full, s.Room = err, room
}

// Set sets a value.
func (s *Storage) Set(key string, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Values[key] = b
}

// Keys are the keys, sorted, whose beginning is prefix.
func (s *Storage) Keys(prefix string) (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.Values {
		if len(k) >= len(prefix) && k[:len(prefix)] == prefix {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	return list
}

// Size is that of all values.
func (s *Storage) Size() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.Values {
		n += len(b)
	}
	return n
}

type client struct {
	s    *Storage
	dead bool
}

func (c *client) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := c.Batch(ctx, op)
	return op.Value, err
}

func (c *client) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c *client) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, storage.DeleteOperation(key))
}

func (c *client) Batch(_ context.Context, ops ...*storage.Operation) error {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	writes := slices.ContainsFunc(ops, func(o *storage.Operation) bool { return o.Type != storage.Get })
	if c.dead {
		return errCrashed
	}
	crash := false
	if writes && s.Whole {
		s.Writes++
		if crash = s.count(c); crash && !s.Stored {
			return errCrashed
		}
	}
	if s.Full != nil && slices.ContainsFunc(ops, func(o *storage.Operation) bool { return o.Type == storage.Set && len(o.Value) > s.Room }) {
		return s.Full
	}
	for _, o := range ops {
		if o.Type == storage.Get {
			o.Value = slices.Clone(s.Values[o.Key])
			continue
		}
		if !s.Whole {
			s.Writes++
			if crash = s.count(c); crash && !s.Stored {
				return errCrashed
			}
		}
		if o.Type == storage.Set {
			s.Values[o.Key] = slices.Clone(o.Value)
			s.Largest = max(s.Largest, len(o.Value))
		} else {
			delete(s.Values, o.Key)
		}
		if crash {
			return errCrashed
		}
	}
	if crash {
		return errCrashed
	}
	return nil
}

// count says that this is the write at which the process dies.
func (s *Storage) count(c *client) bool {
	if s.Crash < 0 {
		return false
	}
	s.Crash--
	c.dead = s.Crash < 0
	return c.dead
}

func (c *client) Close(context.Context) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.s.client == c {
		c.s.client = nil
	}
	return nil
}

// Host has storage extensions.
type Host map[component.ID]component.Component

// GetExtensions gives them.
func (h Host) GetExtensions() map[component.ID]component.Component { return h }
