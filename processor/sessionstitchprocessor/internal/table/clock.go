// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"sync"
	"time"
)

// pause is how long a model's input has to be silent until the event clock goes on by itself.
const pause = 5 * time.Second

// clock is the time that deadlines of one model are measured in, in nanoseconds since 1970: the wall clock, or the
// newest event time seen, so that a file read at full speed is stitched as its events happened.
type clock struct {
	event bool

	mu sync.Mutex
	// base is the event clock when the last part came, at is the wall clock then.
	base, at int64
}

// now is the clock's time at a wall time.
func (c *clock) now(wall int64) int64 {
	if !c.event {
		return wall
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read(wall)
}

func (c *clock) read(wall int64) int64 {
	if c.at == 0 {
		return wall
	}
	// While input pauses, time passes as on the wall.
	return min(c.base+max(wall-c.at-int64(pause), 0), max(wall, c.base))
}

// saw moves the event clock to a part's time, never back and never beyond the wall, and gives the time.
func (c *clock) saw(event, wall int64) int64 {
	if !c.event {
		return wall
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.read(wall)
	if c.at == 0 {
		now = min(event, wall)
	}
	c.base, c.at = max(now, min(event, wall)), wall
	return c.base
}
