// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package deliver

import (
	"errors"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/decode"
)

// GiveUp counts lines that will never be delivered.
func (s *Sink) GiveUp(items []Item) {
	batch := s.batches.Get().(*decode.Batch)
	defer s.batches.Put(batch)
	for i := range items {
		items[i].Source.Decode(batch, items[i].Line)
	}
	_, stats := batch.Take()
	s.counters.settle(&stats, true)
	s.complain("lines are lost: the receiver stopped before their records were accepted", len(items), errStopped)
}

var errStopped = errors.New("receiver stopped")

// Overflow counts lines that there was no room for.
func (s *Sink) Overflow(lines int64) {
	s.counters.unread(lines)
	s.complain("lines are lost: they come faster than the next consumer takes their records", int(lines), errFull)
}

var errFull = errors.New("queue is full")

// Lost counts datagrams that the kernel has dropped before anybody could read them.
func (s *Sink) Lost(datagrams int64) {
	s.counters.lost(datagrams)
	s.complain("datagrams are lost: they come faster than they are read; a larger read_buffer_size helps against bursts",
		int(datagrams), errDropped)
}

var errDropped = errors.New("socket's buffer is full")

// complain logs what goes wrong, each message at most once a minute: an outage of the next consumer must not fill the log.
func (s *Sink) complain(message string, lines int, err error) {
	s.trouble.Warn(s.now(), message, zap.Int("count", lines), zap.Error(err))
}
