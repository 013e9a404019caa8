// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"sync"
	"time"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// pause is how long a model's input has to be silent until the event clock goes on by itself.
const pause = 5 * time.Second

// clock is the time that deadlines of one model are measured in, in nanoseconds since 1970: the wall clock, or the
// newest event time seen, so that a file read at full speed is stitched as its events happened.
type clock struct {
	event bool

	mu sync.Mutex
	dial
}

// dial is what an event clock shows.
type dial struct {
	// base is the event clock when the last part came, at is the wall clock then.
	base, at int64
}

// now is the clock's time at a wall time.
func (c *clock) now(wall int64) int64 {
	if !c.event {
		return wall
	}
	return c.look().read(wall)
}

// look gives what an event clock shows.
func (c *clock) look() dial {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dial
}

// putBack puts an event clock back that is ahead of the wall.
func (c *clock) putBack(wall int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at != 0 {
		c.base, c.at = min(c.base, wall), min(c.at, wall)
	}
}

// saw moves an event clock to a part's time, never back and never beyond the wall.
func (c *clock) saw(event, wall int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dial.saw(event, wall)
}

func (d dial) read(wall int64) int64 {
	if d.at == 0 {
		return wall
	}
	// While input pauses, time passes as on the wall.
	return min(d.base+max(wall-d.at-int64(pause), 0), max(wall, d.base))
}

func (d *dial) saw(event, wall int64) {
	now := d.read(wall)
	if d.at == 0 {
		now = min(event, wall)
	}
	d.base, d.at = max(now, min(event, wall)), wall
}

// ahead are the clocks of the models as the parts that are being added move them; the others see it when they settle.
type ahead struct {
	clocks []clock
	wall   int64
	// hands are for the clocks of the same places; empty where no model has an event clock.
	hands []hand
}

type hand struct {
	dial
	// newest is the time of the newest part.
	newest        int64
	looked, moved bool
}

func (t *Table) ahead(wall int64) ahead {
	a := ahead{clocks: t.clocks, wall: wall}
	for i := range t.clocks {
		if t.clocks[i].event {
			a.hands = make([]hand, len(t.clocks))
			break
		}
	}
	return a
}

// saw is the time of a part's clock when the part was seen.
func (a *ahead) saw(mi int, p *session.Part) int64 {
	c := &a.clocks[mi]
	if !c.event {
		return a.wall
	}
	h := &a.hands[mi]
	if !h.looked {
		h.dial, h.looked = c.look(), true
	}
	if p.Flags&session.HasNewest == 0 {
		return h.read(a.wall)
	}
	h.dial.saw(p.Time, a.wall)
	if !h.moved || p.Time > h.newest {
		h.newest, h.moved = p.Time, true
	}
	return h.base
}

// settle moves the clocks.
func (a *ahead) settle() {
	for i := range a.hands {
		if a.hands[i].moved {
			a.clocks[i].saw(a.hands[i].newest, a.wall)
		}
	}
}
