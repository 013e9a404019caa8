// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"math"
)

const (
	// idSize is what an identity takes: 8 bytes of hash, 4 of time.
	idSize = 12
	// maxIdentities bounds the identities of one session, so that a session of endless parts costs the same for each.
	maxIdentities = 4096
)

// seconds is a time as identities keep it: whole seconds since 1970.
func seconds(ns int64) uint32 {
	return uint32(min(max(ns/1e9, 0), math.MaxUint32))
}

// appendID adds an identity to a list.
func appendID(dst []byte, id uint64, at int64) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(dst, id), seconds(at))
}

// hasID says that an identity is among others.
func hasID(ids []byte, id uint64) bool {
	for at := 0; at+idSize <= len(ids); at += idSize {
		if binary.LittleEndian.Uint64(ids[at:]) == id {
			return true
		}
	}
	return false
}

// remember adds identities and gives up those that are older than the window behind the newest part.
func (s *State) remember(ids []byte, window int64) {
	for b := ids; len(b) >= idSize; b = b[idSize:] {
		at := binary.LittleEndian.Uint32(b[8:])
		i := len(s.IDs)
		for i > 0 && binary.LittleEndian.Uint32(s.IDs[i-4:]) > at {
			i -= idSize
		}
		// Two buffers take turns, since what is read may be what was written last.
		next := append(s.ids[0][:0], s.IDs[:i]...)
		next = append(next, b[:idSize]...)
		next = append(next, s.IDs[i:]...)
		s.IDs, s.ids[0], s.ids[1] = next, s.ids[1], next
	}
	cut := 0
	horizon := seconds(before(s.Newest, window))
	for cut < len(s.IDs) && binary.LittleEndian.Uint32(s.IDs[cut+8:]) < horizon {
		cut += idSize
	}
	if over := len(s.IDs) - cut - maxIdentities*idSize; over > 0 {
		cut += over
		// All that is as old as the newest given up may have been given up too.
		s.Floor = max(s.Floor, int64(binary.LittleEndian.Uint32(s.IDs[cut-4:])+1)*1e9)
	}
	s.IDs = s.IDs[cut:]
}

// tooOld says that a part of this time may be a repetition that is no longer known as one.
func (s *State) tooOld(at, window int64) bool {
	return s.Flags&HasNewest != 0 && (at < before(s.Newest, window) || at < s.Floor)
}

// before is the time so long before another, in nanoseconds since 1970, and the earliest there is where that is earlier.
func before(at, window int64) int64 {
	if at < math.MinInt64+window {
		return math.MinInt64
	}
	return at - window
}
