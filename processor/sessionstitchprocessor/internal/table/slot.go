// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"

// slot is what the table keeps of a session beside its encoded state; times are in nanoseconds since 1970.
type slot struct {
	key session.Key
	// opened is when the present output began.
	opened int64
	// due is when the session is released, or forgotten if it is only remembered. The heap has this time or an earlier one.
	due int64
	// layout is that of the state, as far as it is known.
	layout session.Layout
	// state is the encoded state, size bytes of it.
	state ref
	size  uint32
	// at is the place in the heap of deadlines, ticks that in the heap of progress reports.
	at, ticks uint32
	model     uint8
	flags     slotFlags
}

type slotFlags uint8

const (
	slotUsed slotFlags = 1 << iota
	// slotRemembered: released, kept for what comes late.
	slotRemembered
	// slotEnded: the end was seen.
	slotEnded
	// slotReopened: the end was in an earlier output.
	slotReopened
	// slotLifetime: due is the end of the longest lifetime.
	slotLifetime
	// slotTicking: it is in the heap of progress reports.
	slotTicking
	// slotChanged: there were parts since the last progress report.
	slotChanged
)

// slotSize is what a slot takes, in bytes.
const slotSize = 64

const (
	chunkBits = 8
	chunkLen  = 1 << chunkBits
)

// slab is a growing array of slots that does not move when it grows.
type slab struct {
	chunks [][]slot
	free   []uint32
	n      int
}

func (s *slab) at(i uint32) *slot { return &s.chunks[i>>chunkBits][i&(chunkLen-1)] }

// take gives an unused slot.
func (s *slab) take() uint32 {
	s.n++
	if k := len(s.free); k > 0 {
		i := s.free[k-1]
		s.free = s.free[:k-1]
		return i
	}
	i := uint32(len(s.chunks) << chunkBits)
	s.chunks = append(s.chunks, make([]slot, chunkLen))
	for j := uint32(chunkLen - 1); j > 0; j-- {
		s.free = append(s.free, i+j)
	}
	return i
}

func (s *slab) give(i uint32) {
	*s.at(i) = slot{}
	s.free = append(s.free, i)
	s.n--
}

func (s *slab) bytes() int64 { return int64(len(s.chunks))*chunkLen*slotSize + int64(cap(s.free))*4 }
