// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import "github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"

// slot is what the table keeps of a session before its encoded state; times are in nanoseconds since 1970.
type slot struct {
	key session.Key
	// opened is when the present output began.
	opened int64
	// due is when the session is released, or forgotten if it is only remembered. The heap has this time or an earlier one.
	due int64
	// layout is that of the state, as far as it is known.
	layout session.Layout
	// size is the length of the state that follows, room what there is for one.
	size, room uint32
	// at is the place in the heap of deadlines, ticks that in the heap of progress reports.
	at, ticks uint32
	model     uint8
	flags     slotFlags
}

// nowhere is the place of what is in no heap of deadlines.
const nowhere = ^uint32(0)

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
const slotSize = 56
